"""Discord's webhooks, as https://docs.discord.com/developers/resources/webhook describes them.

Texts are kept as a reader sees them: what is behind a backslash is plain, and markup that works
stands as "{...}", so that a test sees it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes._service import Answer, FakeService, Request

PATH = "/api/webhooks/930061284488138802/aVeryLongTokenOfSixtyEightCharactersAsDiscordGivesThem"
LIMIT = 2000
_WRITTEN = re.compile(
    r"\\([^0-9A-Za-z\s])|<(https?://[^\s<>]+)>|([*_~`|]+)(\S[^*_~`|\n]*)\3|(.)", re.DOTALL
)
_MENTION = re.compile(r"<@[!&]?[0-9]+>|@everyone|@here")


def error(code: int, message: str, **more: Any) -> dict[str, Any]:
    return {"message": message, "code": code, **more}


UNKNOWN_WEBHOOK = error(10015, "Unknown Webhook")
UNKNOWN_MESSAGE = error(10008, "Unknown Message")
INVALID_TOKEN = error(50027, "Invalid Webhook Token")
EMPTY = error(50006, "Cannot send an empty message")
FORUM = error(220001, "Webhooks posted to forum channels must have a thread_name or thread_id")
BLOCKED = error(200000, "Message was blocked by automatic moderation")
TOO_LONG = error(50035, "Invalid Form Body", errors={"content": {}})


def limited(seconds: float) -> dict[str, Any]:
    return {"message": "You are being rate limited.", "retry_after": seconds, "global": False}


class FakeDiscord(FakeService):
    """One webhook of one channel."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        """The texts by their messages' ids."""
        self.pinged: list[str] = []
        self._last = 1_300_000_000_000_000_000
        self.secrets = {"webhook_url": self.url + PATH, "token": PATH.rpartition("/")[2]}

    @property
    def texts(self) -> list[str]:
        return list(self.kept.values())

    def answer(self, request: Request) -> Answer:
        if not request.path.startswith(PATH):
            return Answer(404, UNKNOWN_WEBHOOK)
        below = request.path.removeprefix(PATH)
        if below.startswith("/messages/"):
            return self._message(request, below.removeprefix("/messages/"))
        if request.method == "GET":
            return Answer(200, {"id": PATH.split("/")[3], "type": 1, "name": "Stato dei servizi"})
        refusal = self._refusal(request.body)
        if refusal:
            return refusal
        self._last += 1
        identity = str(self._last)
        self._keep(identity, request.body)
        return Answer(200, self._shown(identity)) if "wait" in request.query else Answer(204)

    def _message(self, request: Request, identity: str) -> Answer:
        if identity not in self.kept:
            return Answer(404, UNKNOWN_MESSAGE)
        if request.method == "PATCH":
            refusal = self._refusal(request.body)
            if refusal:
                return refusal
            self._keep(identity, request.body)
        return Answer(200, self._shown(identity))

    def _refusal(self, body: Mapping[str, Any]) -> Answer | None:
        content = body.get("content")
        if not content:
            return Answer(400, EMPTY)
        return Answer(400, TOO_LONG) if len(content) > LIMIT else None

    def _keep(self, identity: str, body: Mapping[str, Any]) -> None:
        content = body["content"]
        if body.get("allowed_mentions", {}).get("parse") != []:
            self.pinged += _MENTION.findall(content)
        self.kept[identity] = _WRITTEN.sub(
            _read, re.sub(r"^#+ |^>+ ", "{}", content, flags=re.MULTILINE)
        )

    def _shown(self, identity: str) -> dict[str, Any]:
        return {"id": identity, "type": 0, "content": self.kept[identity], "channel_id": "1"}


def _read(match: re.Match[str]) -> str:
    plain, link, _, marked, other = match.groups()
    return f"{{{marked}}}" if marked else plain or link or other
