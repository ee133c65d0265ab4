"""Works `mastodon` through Mastodon.py against the fake of an instance.

Its channels know the instance's limits already, as after a check: the first request is the post.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar

from publishers.channels._base import Publisher
from publishers.channels._mastodon_limits import KnownLimits, Limits
from publishers.channels.mastodon import Channel, MastodonOptions
from tests.fakes import mastodon_api as api
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _base

_ITS_TIME = datetime(2031, 1, 1, tzinfo=UTC)


class Driver(_base.NetworkDriver):
    kind = "mastodon"
    edits = True
    impossible: ClassVar[Mapping[str, str]] = {
        "usage cap": "an instance sells no plans",
        "no credit": "an instance sells no plans",
        "duplicate": "Mastodon takes the same text twice",
    }

    def __init__(self, folder: Path) -> None:
        self.mastodon = api.FakeMastodon()
        super().__init__(folder, self.mastodon)

    def make(self, **options: Any) -> Publisher:
        known = KnownLimits(self.folder / "limits" / "mastodon.json", self.url)
        known.write(Limits(), datetime.now(UTC))
        settings = {"name": "mastodon", "kind": "mastodon", "locale": "it", "base_url": self.url}
        return Channel(MastodonOptions(**{**settings, **options}), self.secrets, self.folder)

    def remove(self, remote_id: str) -> None:
        self.mastodon.delete(remote_id)

    @property
    def answers(self) -> Mapping[str, Answer]:
        reset = {
            "X-RateLimit-Reset": "2031-01-01T00:05:00.000000Z",
            "Date": format_datetime(_ITS_TIME, usegmt=True),
        }
        return {
            "limited": Answer(429, api.RATE_LIMITED, {"X-RateLimit-Reset": ""}),
            "limited for 300 s": Answer(429, api.RATE_LIMITED, reset),
            "bad credentials": Answer(401, api.INVALID_TOKEN),
            "account forbidden": Answer(403, api.DISABLED),
            "content refused": Answer(422, api.BLANK),
            "reply refused": Answer(404, api.PARENT_GONE),
            "server error": Answer(503, api.BUSY),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.mastodon.url}/api/v1/statuses"}),
        }
