"""Works `telegram` against the fake of the Bot API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from publishers.channels._base import Publisher
from publishers.channels.telegram import Channel, TelegramOptions
from tests.fakes import telegram_api as api
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _base


class Driver(_base.NetworkDriver):
    kind = "telegram"
    edits = True
    impossible: ClassVar[Mapping[str, str]] = {
        "usage cap": "posting costs nothing; limits pass",
        "no credit": "posting costs nothing",
        "duplicate": "Telegram takes the same text twice",
    }

    def __init__(self, folder: Path) -> None:
        self.telegram = api.FakeTelegram()
        super().__init__(folder, self.telegram)

    def make(self, **options: Any) -> Publisher:
        settings = {
            "name": "telegram",
            "kind": "telegram",
            "locale": "it",
            "chat": "@comune_prova",
            "base_url": self.url,
            "reader_url": self.url,
        }
        return Channel(TelegramOptions(**{**settings, **options}), self.secrets, self.folder)

    def remove(self, remote_id: str) -> None:
        self.telegram.delete(remote_id)

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        # The bot asks for its post to go out in any case: a refused reply is no error there.
        refused = partial(setattr, self.telegram, "keeps_parents", False)
        return {**super().faults, "reply refused": refused}

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            "limited": Answer(429, api.error(429, "Too Many Requests")),
            "limited for 300 s": Answer(429, api.limited(300)),
            "bad credentials": Answer(401, api.UNAUTHORIZED),
            "account forbidden": Answer(403, api.KICKED),
            "content refused": Answer(400, api.TOO_LONG),
            "server error": Answer(500, api.INTERNAL),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.telegram.url}/elsewhere"}),
        }
