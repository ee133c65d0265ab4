"""Webhooks of Google Chat, as https://developers.google.com/workspace/chat/quickstart/webhooks
describes them.

Texts are kept as they came. A `requestId` is not honoured: nobody may rely on it.
"""

from __future__ import annotations

import re
from typing import Any

from tests.fakes._service import Answer, FakeService, Request

PATH = "/v1/spaces/AAAAxyz-123/messages"
KEY = "AIzaSyVeryLongKeyOfThirtyNineCharacters"
TOKEN = "aVeryLongTokenOfFortyThreeCharacters_xyz-1"
QUERY = f"?key={KEY}&token={TOKEN}"
_MENTION = re.compile(r"<users/[^<>]+>")
_MARKED = re.compile(r"([*_~`])([^\s\u200b*_~`][^*_~`\n]*)\1|<https?://[^<>\s]+\|[^<>]+>")


def error(code: int, status: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status}}


EMPTY = error(400, "INVALID_ARGUMENT", "Message cannot be empty. Discarding empty message.")
BAD_KEY = error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
BAD_TOKEN = error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
FORBIDDEN = error(403, "PERMISSION_DENIED", "The caller does not have permission")
NO_SPACE = error(404, "NOT_FOUND", "Requested entity was not found.")
LIMITED = error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")
UNAVAILABLE = error(503, "UNAVAILABLE", "The service is currently unavailable.")


class FakeSpace(FakeService):
    """One webhook of one space."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, str]] = []
        """Each text with the name of its thread."""
        self.threads: dict[str, str] = {}
        """The names of threads by their keys; without one, it is forgotten."""
        self.secrets = {"webhook_url": self.url + PATH + QUERY, "token": TOKEN, "key": KEY}

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.kept]

    @property
    def odd(self) -> list[str]:
        """What would be a mention or markup."""
        return [m[0] for text in self.texts for p in (_MENTION, _MARKED) for m in p.finditer(text)]

    def answer(self, request: Request) -> Answer:
        if request.path != PATH:
            return Answer(404, NO_SPACE)
        if request.query.get("key") != KEY:
            return Answer(400, BAD_KEY)
        if request.query.get("token") != TOKEN or request.method != "POST":
            return Answer(401, BAD_TOKEN)
        if not request.body.get("text"):
            return Answer(400, EMPTY)
        return Answer(200, self._kept(request))

    def _kept(self, request: Request) -> dict[str, Any]:
        number = len(self.kept) + 1
        space, thread = PATH[4:].rpartition("/")[0], f"T{number}"
        key = request.body.get("thread", {}).get("threadKey")
        if key and request.query.get("messageReplyOption", "").startswith("REPLY"):
            thread = self.threads.setdefault(key, thread)
        self.kept.append((request.body["text"], thread))
        return {
            "name": f"{space}/messages/M{number}.M{number}",
            "text": request.body["text"],
            "thread": {"name": f"{space}/threads/{thread}"},
            "space": {"name": space},
        }
