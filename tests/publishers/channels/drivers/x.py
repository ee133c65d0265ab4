"""Works `x` through tweepy against the fake of X's API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from publishers.channels._base import Publisher
from publishers.channels.x import Channel, XOptions
from tests.fakes import x_api as api
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _base

_X_TIME = datetime(2031, 1, 1, tzinfo=UTC)


class Driver(_base.NetworkDriver):
    kind = "x"
    refuses_wrong_clocks = True

    def __init__(self, folder: Path) -> None:
        self.x = api.FakeX()
        super().__init__(folder, self.x)

    def make(self, **options: Any) -> Publisher:
        settings = {"name": "x", "kind": "x", "locale": "it", "base_url": self.url}
        return Channel(
            XOptions(**{**settings, "reader_url": self.url, **options}), self.secrets, self.folder
        )

    def remove(self, remote_id: str) -> None:
        self.x.delete(remote_id)

    @property
    def answers(self) -> Mapping[str, Answer]:
        reset = {
            "x-rate-limit-reset": str(int(_X_TIME.timestamp()) + 300),
            "Date": format_datetime(_X_TIME, usegmt=True),
        }
        forbidden = api.problem(403, "Forbidden", api.REPLY_REFUSED)
        unsure = api.problem(500, "Internal Server Error", "Internal Server Error")
        return {
            "limited": Answer(429, api.RATE_LIMITED),
            "limited for 300 s": Answer(429, api.RATE_LIMITED, reset),
            "usage cap": Answer(429, api.USAGE_CAPPED, reset),
            "bad credentials": Answer(401, api.UNAUTHORIZED),
            "no credit": Answer(402, api.NO_CREDIT),
            "account forbidden": Answer(403, api.NOT_ENROLLED),
            "content refused": Answer(400, api.problem(400, "Invalid Request", "Bad text")),
            "duplicate": Answer(403, api.problem(403, "Forbidden", api.DUPLICATE)),
            "reply refused": Answer(403, forbidden),
            "server error": Answer(500, unsure),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.x.url}/2/tweets"}),
        }
