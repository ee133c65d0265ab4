"""Takes the pictures of the documentation: the demo's page at chosen hours, seen by Chromium.

Run by `make screenshots`; the pictures go into docs/images, to be looked at before a commit.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from statuspage import demo

IMAGES = Path(__file__).parent.parent / "docs" / "images"
WORST = "2020-12-08T14:30"
LAST = "2020-12-16T12:00"
LARGEST = 300_000
"""Bytes; a picture that is larger makes the script fail, lest the repository swell."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HERO = """\
<!doctype html><style>
body {{ margin: 0; padding: 32px 32px 0; background: #dfe5ec; height: 740px; overflow: hidden;
  box-sizing: border-box; position: relative; }}
img {{ display: block; border: 1px solid #aab4c0; background: #fff; }}
.wide {{ width: 940px; border-radius: 10px; }}
.narrow {{ position: absolute; inset: 96px 32px auto auto; width: 300px; border-radius: 22px;
  border: 8px solid #14191f; }}
</style><img class="wide" src="{wide}"><img class="narrow" src="{narrow}">
"""


@dataclass(frozen=True)
class Shot:
    """One picture: what is looked at, and how."""

    name: str
    path: str
    as_of: str = WORST
    width: int = 1280
    height: int = 1000
    dark: bool = False
    paper: bool = False
    """As it is printed, rather than on a screen."""
    letters: int = 100
    """Size of the letters in percent, as a reader may set it."""


DAY = demo.load_day()
OTHER_LOCALES = [name for name in DAY.service["locales"] if name != DAY.service["default_locale"]]
# The demo gives the day's main incident, and the Wallet, the same id at every run.
CRASH = "/incidents/npdhkjsio0q9/"
SERVICE = "/components/a2j6rxzrx4vf/"
SHOTS = (
    Shot("home-desktop", "/", height=1440),
    Shot("home-phone", "/", width=390, height=1250),
    Shot("home-dark", "/", height=900, dark=True),
    Shot("home-large-letters", "/", width=640, height=1000, letters=200),
    Shot("home-last-day", "/", as_of=LAST),
    Shot("incident", CRASH, as_of=LAST, height=1100),
    Shot("incident-correction", CRASH + "#u10", as_of=LAST, height=720),
    Shot("answers-phone", "/answers/", width=390, height=1350),
    Shot("well-phone", "/", as_of=LAST, width=390, height=1250),
    Shot("service", SERVICE, as_of=LAST, height=1100),
    Shot("month", "/history/2020-12/", as_of=LAST, height=1000),
    Shot("call-script", "/call-script/", height=1250),
    Shot("subscribe", "/subscribe/", height=1250),
    Shot("print", "/", width=794, height=1123, paper=True),
    *(Shot(f"home-{locale}", f"/{locale}/", height=900) for locale in OTHER_LOCALES),
)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        addresses = {hour: serve(live(hour, Path(folder))) for hour in (WORST, LAST)}
        browser = playwright.chromium.launch(executable_path=chromium())
        for shot in SHOTS:
            take(browser, addresses[shot.as_of], shot)
        take_hero(browser)
        browser.close()
    too_large = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > LARGEST]
    if too_large:
        sys.exit(f"larger than {LARGEST} bytes: {', '.join(too_large)}")


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("there is no chromium on PATH (Debian: apt-get install chromium)")
    return found


def live(hour: str, folder: Path) -> Path:
    """The demo's page as it stood at an hour of the day."""
    data = folder / hour.replace(":", "")
    command = [sys.executable, "-m", "statuspage", "demo", "--no-serve", "--as-of", hour]
    env = {**os.environ, "DATA": str(data)}
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
    return data / "demo" / "page"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name
        """Say nothing."""


def serve(root: Path) -> str:
    """Serve a folder until the process ends; answers its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


@contextmanager
def saved(name: str) -> Iterator[Path]:
    """A file to write a picture into, pressed harder afterwards."""
    path = IMAGES / f"{name}.png"
    yield path
    path.write_bytes(pressed(path.read_bytes()))
    print(f"{path.stat().st_size:>8} {path.name}")


def take(browser: Browser, address: str, shot: Shot) -> None:
    scheme: Literal["dark", "light"] = "dark" if shot.dark else "light"
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=scheme
    )
    answer = page.goto(address + shot.path)
    if answer is None or not answer.ok:
        sys.exit(f"the demo has no page {shot.path}")
    page.emulate_media(media="print" if shot.paper else "screen")
    page.evaluate(f"document.documentElement.style.fontSize = '{shot.letters}%'")
    with saved(shot.name) as path:
        page.screenshot(path=path)
    page.close()


def take_hero(browser: Browser) -> None:
    """The README's picture: a desktop and a phone side by side."""
    wide, narrow = ((IMAGES / f"home-{kind}.png").as_uri() for kind in ("desktop", "phone"))
    page = browser.new_page(viewport={"width": 1280, "height": 740})
    with tempfile.NamedTemporaryFile("w", suffix=".html") as file:
        file.write(_HERO.format(wide=wide, narrow=narrow))
        file.flush()
        page.goto(Path(file.name).as_uri())
        page.wait_for_function("[...document.images].every((i) => i.complete && i.naturalWidth)")
        with saved("worst-hour") as path:
            page.screenshot(path=path)
    page.close()


def pressed(png: bytes) -> bytes:
    """The same picture in fewer bytes: Chromium compresses fast rather than well."""
    chunks = list(_chunks(png))
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    kept = [(kind, body) for kind, body in chunks if kind in (b"IHDR", b"IEND")]
    kept.insert(1, (b"IDAT", zlib.compress(pixels, 9)))
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in kept)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of each chunk (PNG, third edition, 5.3)."""
    at = len(_SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


if __name__ == "__main__":
    main()
