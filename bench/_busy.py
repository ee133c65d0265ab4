"""`python -m bench._busy FOLDER PORT`: what goes on beside the crowd, each second on its core.

An update is published, and somebody signs in. The console's sign-in is stood in for by what it
costs: a request to the application, and a password hash of 32 MB (scrypt).
"""

from __future__ import annotations

import hashlib
import sys
import time
from datetime import timedelta
from pathlib import Path

from bench import _place as place
from bench._web import ask


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    desk = place.open_desk(f"sqlite:///{folder / 'avviso.db'}")
    site = place.open_site(desk, folder / "page")
    now = place.START + timedelta(hours=1)
    incident = place.declare(desk, now).incident_id
    print("ready", flush=True)
    while True:
        began = time.monotonic()
        now += timedelta(seconds=10)
        site.refresh(now, place.update(desk, incident, now).event)
        ask(port, "/nothing-there")
        hashlib.scrypt(b"password", salt=b"salt", n=2**15, r=8, p=1, maxmem=2**26)
        time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))


if __name__ == "__main__":
    main()
