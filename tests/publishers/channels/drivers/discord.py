"""Works `discord` against the fake of its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from publishers.channels.discord import Channel
from tests.fakes import discord_webhook as discord
from tests.fakes._service import Answer
from tests.publishers.channels.drivers import _chat_webhook


class Driver(_chat_webhook.Driver):
    kind = "discord"
    channel_type = Channel
    path = discord.PATH
    edits = True
    reads_back = True

    def __init__(self, folder: Path) -> None:
        self.discord = discord.FakeDiscord()
        super().__init__(folder, self.discord)

    def remove(self, remote_id: str) -> None:
        del self.discord.kept[remote_id]

    @property
    def answers(self) -> Mapping[str, Answer]:
        wait = {"Retry-After": "300"}
        return {
            "limited": Answer(429, b"error code: 1015"),
            "limited for 300 s": Answer(429, discord.limited(299.6), wait),
            "bad credentials": Answer(401, discord.INVALID_TOKEN),
            "account forbidden": Answer(404, discord.UNKNOWN_WEBHOOK),
            "content refused": Answer(400, discord.BLOCKED),
            "server error": Answer(503, discord.error(0, "503: Service Unavailable")),
            "server error without words": Answer(502, b"<html>Bad gateway"),
            "redirected": Answer(302, None, {"Location": f"{self.fake.url}/elsewhere"}),
        }
