"""Works `log` in a folder: it has no network, so it meets none of its faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from publishers.channels._base import ChannelOptions, Publisher
from publishers.channels.log import Channel
from tests.publishers.channels.drivers import _base


class Driver(_base.Driver):
    kind = "log"
    impossible = dict.fromkeys(_base.FATES, "a file has no network, no account and no limits")
    may_refuse_replies = False

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        return {}

    def make(self, **options: Any) -> Publisher:
        settings = {"name": "prova", "kind": "log", "locale": "it", **options}
        return Channel(ChannelOptions(**settings), {}, self.folder)

    @property
    def texts(self) -> list[str]:
        return [json.loads(line)["text"] for line in self._lines()]

    @property
    def requests(self) -> int:
        return len(self._lines())

    def remove(self, remote_id: str) -> None:
        kept = [line for line in self._lines() if json.loads(line)["key"] != remote_id]
        (self.folder / "posts" / "prova.jsonl").write_text("".join(kept), "utf-8")

    def _lines(self) -> list[str]:
        path = self.folder / "posts" / "prova.jsonl"
        return path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
