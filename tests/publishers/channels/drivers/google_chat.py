"""Works `google_chat` against the fake of its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from publishers.channels.google_chat import Channel
from tests.fakes import google_chat_webhook as space
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _chat_webhook


class Driver(_chat_webhook.Driver):
    kind = "google_chat"
    channel_type = Channel
    path = space.PATH + space.QUERY
    threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, space.FakeSpace())

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            "limited": Answer(429, space.LIMITED),
            "limited for 300 s": Answer(429, space.LIMITED, {"Retry-After": "300"}),
            "bad credentials": Answer(401, space.BAD_TOKEN),
            "account forbidden": Answer(403, space.FORBIDDEN),
            "content refused": Answer(400, space.error(400, "INVALID_ARGUMENT", "Too long")),
            "server error": Answer(503, space.UNAVAILABLE),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.fake.url}/elsewhere"}),
        }
