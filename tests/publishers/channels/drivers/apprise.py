"""Works `apprise` against a service that takes JSON, through Apprise in its own process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from publishers.channels._base import Publisher
from publishers.channels.apprise import AppriseOptions, Channel
from tests.fakes._service import Answer
from tests.fakes.apprise_json import FakeJson
from tests.publishers.channels.drivers import _base


class Driver(_base.NetworkDriver):
    kind = "apprise"
    threads = False
    may_refuse_replies = False
    reads_back = False
    impossible: ClassVar[Mapping[str, str]] = {
        "usage cap": "Apprise tells a status and no words: 429 passes",
        "duplicate": "Apprise tells a status and no words",
        "garbage": "Apprise looks at the status alone, and that was good",
    }

    def __init__(self, folder: Path) -> None:
        self.service = FakeJson()
        super().__init__(folder, self.service)

    def make(self, **options: Any) -> Publisher:
        settings = {
            "name": "apprise",
            "kind": "apprise",
            "locale": "it",
            "internal": True,
        }
        url = self.secrets["url"].replace(
            self.service.url.partition("//")[2], self.url.partition("//")[2]
        )
        secrets = {"url": url}
        return Channel(AppriseOptions(**{**settings, **options}), secrets, self.folder)

    def remove(self, remote_id: str) -> None:
        self.service.texts.clear()

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            "limited": Answer(429, {}),
            "limited for 300 s": Answer(429, {}, {"Retry-After": "300"}),
            "bad credentials": Answer(401, {}),
            "no credit": Answer(402, {}),
            "account forbidden": Answer(403, {}),
            "content refused": Answer(422, {}),
            "server error": Answer(503, {}),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.service.url}/notify/"}),
        }

    @property
    def faults(self) -> Mapping[str, Any]:
        return {name: met for name, met in super().faults.items() if name not in self.impossible}
