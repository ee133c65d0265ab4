"""Works `facebook` against the fake of the Graph API."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publishers.channels._base import Publisher
from publishers.channels.facebook import Channel, FacebookOptions
from tests.fakes import graph_api as graph
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _base


class Driver(_base.NetworkDriver):
    kind = "facebook"
    impossible = dict.fromkeys(("usage cap", "no credit"), "posting costs nothing; limits pass")
    threads = False
    may_refuse_replies = False
    edits = True

    def __init__(self, folder: Path) -> None:
        self.page = graph.FakePage()
        super().__init__(folder, self.page)

    def make(self, **options: Any) -> Publisher:
        settings = {
            "name": "facebook",
            "kind": "facebook",
            "locale": "it",
            "page_id": self.page.page_id,
            "base_url": self.url,
        }
        return Channel(FacebookOptions(**{**settings, **options}), self.secrets, self.folder)

    def remove(self, remote_id: str) -> None:
        self.page.delete(remote_id)

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            "limited": Answer(400, graph.PAGE_LIMIT),
            "limited for 300 s": Answer(400, graph.PAGE_LIMIT, graph.usage(self.page.page_id, 5)),
            "bad credentials": Answer(400, graph.EXPIRED),
            "account forbidden": Answer(403, graph.NOT_PERMITTED),
            "content refused": Answer(400, graph.error(100, "(#100) Param message is too long")),
            "duplicate": Answer(400, graph.DUPLICATE),
            "server error": Answer(503, graph.UNAVAILABLE),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.page.url}/v26.0/me"}),
        }
