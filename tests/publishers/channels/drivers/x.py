"""Works `x` through tweepy against the fake of X's API."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from publishers.channels._base import Publisher
from publishers.channels.x import Channel, XOptions
from tests.fakes import x_api as api
from tests.publishers.channels.drivers import _base

_X_TIME = datetime(2031, 1, 1, tzinfo=UTC)


class Driver(_base.Driver):
    kind = "x"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.x = api.FakeX()
        self.x.start()
        self.secrets = self.x.secrets
        self._url = self.x.url

    def stop(self) -> None:
        super().stop()
        self.x.stop()

    def make(self, **options: Any) -> Publisher:
        settings = {"name": "x", "kind": "x", "locale": "it", "base_url": self._url, **options}
        return Channel(XOptions(**settings), self.secrets, self.folder)

    @property
    def texts(self) -> list[str]:
        return self.x.texts

    @property
    def requests(self) -> int:
        return len(self.x.requests)

    def remove(self, remote_id: str) -> None:
        self.x.delete(remote_id)

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        def answers(status: int, body: Any, **headers: str) -> Callable[[], None]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return lambda: self.x.faults.append(api.Answer(status, body, named))

        def meets(fault: api.Fault) -> Callable[[], None]:
            return lambda: self.x.faults.append(fault)

        reset = str(int(_X_TIME.timestamp()) + 300)
        date = format_datetime(_X_TIME, usegmt=True)
        refused = api.problem(403, "Forbidden", api.REPLY_REFUSED)
        unsure = api.problem(500, "Internal Server Error", "Internal Server Error")
        return {
            "limited": answers(429, api.RATE_LIMITED),
            "limited for 300 s": answers(
                429, api.RATE_LIMITED, x_rate_limit_reset=reset, Date=date
            ),
            "usage cap": answers(429, api.USAGE_CAPPED, x_rate_limit_reset=reset, Date=date),
            "bad credentials": answers(401, api.UNAUTHORIZED),
            "no credit": answers(402, api.NO_CREDIT),
            "account forbidden": answers(403, api.NOT_ENROLLED),
            "content refused": answers(400, api.problem(400, "Invalid Request", "Bad text")),
            "reply refused": answers(403, refused),
            "server error": answers(500, unsure),
            "server error without words": answers(502, b"<html>Bad gateway"),
            "unreachable": self._become_unreachable,
            "hung": meets(api.Hang()),
            "dripping": meets(api.Drip()),
            "dripping headers": meets(api.Drip(in_headers=True)),
            "cut off": meets(api.Cut()),
            "cut in the middle": meets(api.Cut(in_the_middle=True)),
            "garbage": meets(api.Garbage()),
            "redirected": answers(302, None, Location=f"{self.x.url}/2/tweets"),
        }

    def _become_unreachable(self) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self._url = f"http://127.0.0.1:{sock.getsockname()[1]}"
