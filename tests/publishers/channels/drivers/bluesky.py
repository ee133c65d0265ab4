"""Works `bluesky` through its SDK against the fake of a PDS and its AppView."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from publishers.channels._base import Publisher
from publishers.channels.bluesky import BlueskyOptions, Channel
from tests.fakes import bluesky_pds as pds
from tests.fakes._service import Answer, Fault
from tests.publishers.channels.drivers import _base

_ITS_TIME = datetime(2031, 1, 1, tzinfo=UTC)


class Driver(_base.NetworkDriver):
    kind = "bluesky"
    impossible = {  # noqa: RUF012  # a constant, as in the base
        "usage cap": "Bluesky has no plans; its limits all pass",
        "no credit": "Bluesky costs nothing",
    }

    def __init__(self, folder: Path) -> None:
        self.pds = pds.FakeBluesky()
        super().__init__(folder, self.pds)

    def make(self, **options: Any) -> Publisher:
        settings = {
            "name": "bluesky",
            "kind": "bluesky",
            "locale": "it",
            "handle": pds.HANDLE,
            "base_url": self.url,
            "appview_url": self.url,
            **options,
        }
        return Channel(BlueskyOptions(**settings), dict(self.secrets), self.folder)

    def remove(self, remote_id: str) -> None:
        self.pds.delete(remote_id)

    def meet(self, fault: Fault) -> None:
        """The request to post is the one after the one that logs in."""
        self.pds.faults += [self.pds.session(), fault]

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        return {
            **super().faults,
            "bad credentials": self._change_password,
            # No PDS refuses a reply; but a post that is gone is not to be replied to.
            "reply refused": lambda: self.pds.faults.append(Answer(400, pds.NOT_FOUND)),
        }

    def _change_password(self) -> None:
        self.pds.password = "another"

    @property
    def answers(self) -> Mapping[str, Answer]:
        reset = {
            "RateLimit-Reset": str(int(_ITS_TIME.timestamp()) + 300),
            "Date": format_datetime(_ITS_TIME, usegmt=True),
        }
        return {
            "limited": Answer(429, pds.LIMITED, {"RateLimit-Reset": ""}),
            "limited for 300 s": Answer(429, pds.LIMITED, reset),
            "account forbidden": Answer(401, pds.TAKEN_DOWN),
            "content refused": Answer(400, pds.error("InvalidRequest", "Invalid record")),
            "duplicate": Answer(400, pds.OTHER_RECORD),
            "server error": Answer(500, pds.INTERNAL),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.pds.url}/xrpc/x"}),
        }
