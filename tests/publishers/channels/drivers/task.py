"""Works `task`, which only asks: what was handed over is written down here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from publishers.channels._base import Message, Post, Publisher, Receipt
from publishers.channels.task import Channel, TaskOptions
from tests.publishers.channels.drivers import _base


class Driver(_base.Driver):
    kind = "task"
    impossible = dict.fromkeys(_base.FATES, "nothing is sent: there is no network and no account")
    threads = False
    may_refuse_replies = False
    reads_back = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.handed_over: dict[str, str] = {}
        """The texts by their delivery's key."""

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        return {}

    def make(self, **options: Any) -> Publisher:
        usual = {"name": "prova", "kind": "task", "locale": "it", "who": "Ada"}
        return _Listed(TaskOptions(**{**usual, **options}), self.handed_over, self.folder)

    @property
    def texts(self) -> list[str]:
        return list(self.handed_over.values())

    @property
    def requests(self) -> int:
        return len(self.handed_over)

    def remove(self, remote_id: str) -> None:
        del self.handed_over[remote_id]


class _Listed(Channel):
    """Keeps what was handed over, as the list of jobs does."""

    def __init__(self, options: TaskOptions, handed_over: dict[str, str], folder: Path) -> None:
        super().__init__(options, {}, folder)
        self._handed_over = handed_over

    def publish(self, message: Message, post: Post) -> Receipt:
        receipt = super().publish(message, post)
        self._handed_over.setdefault(receipt.remote_id, post.text)
        return receipt
