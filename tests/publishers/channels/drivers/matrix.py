"""Works `matrix` against the fake of a homeserver."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from publishers.channels._base import Publisher
from publishers.channels.matrix import Channel, MatrixOptions
from tests.fakes import matrix_api as api
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _base


class Driver(_base.NetworkDriver):
    kind = "matrix"
    edits = True
    impossible: ClassVar[Mapping[str, str]] = {
        "usage cap": "a homeserver sells no plans",
        "no credit": "a homeserver sells no plans",
        "duplicate": "Matrix takes the same text twice",
    }

    def __init__(self, folder: Path) -> None:
        self.matrix = api.FakeMatrix()
        super().__init__(folder, self.matrix)

    def make(self, **options: Any) -> Publisher:
        settings = {
            "name": "matrix",
            "kind": "matrix",
            "locale": "it",
            "room": self.matrix.room,
            "base_url": self.url,
        }
        return Channel(MatrixOptions(**{**settings, **options}), self.secrets, self.folder)

    def remove(self, remote_id: str) -> None:
        self.matrix.delete(remote_id)

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            "limited": Answer(429, api.LIMITED),
            "limited for 300 s": Answer(429, {**api.LIMITED, "retry_after_ms": 300_000}),
            "bad credentials": Answer(401, api.UNKNOWN_TOKEN),
            "account forbidden": Answer(403, api.NOT_IN_ROOM),
            "content refused": Answer(413, api.TOO_LARGE),
            "reply refused": Answer(400, api.NO_PARENT),
            "server error": Answer(500, api.INTERNAL),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.matrix.url}/elsewhere"}),
        }
