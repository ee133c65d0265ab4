"""A Matrix homeserver for one account and one room, as the specification and Synapse have it.

    with FakeMatrix() as matrix:
        matrix.faults.append(Answer(429, LIMITED, {"Retry-After": "300"}))
        ...
        assert matrix.texts == ["..."]

https://spec.matrix.org/latest/client-server-api/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.fakes._service import Answer, FakeService, Request

LARGEST_EVENT = 65_536
_OVERHEAD = 3_000
"""Bytes that the homeserver adds to an event: signatures, hashes, what came before it."""


def error(code: str, words: str, **more: Any) -> dict[str, Any]:
    """The body of an error as Matrix's API sends it."""
    return {"errcode": code, "error": words, **more}


UNKNOWN_TOKEN = error("M_UNKNOWN_TOKEN", "Invalid access token passed.", soft_logout=False)
NOT_IN_ROOM = error("M_FORBIDDEN", "User @avviso:example.it not in room !r:example.it")
LIMITED = error("M_LIMIT_EXCEEDED", "Too Many Requests")
TOO_LARGE = error("M_TOO_LARGE", "event too large")
NOT_FOUND = error("M_NOT_FOUND", "Event not found.")
UNRECOGNIZED = error("M_UNRECOGNIZED", "Unrecognized request")
NO_PARENT = error("M_UNKNOWN", "Can't send relation to unknown event")
INTERNAL = error("M_UNKNOWN", "Internal server error")


@dataclass
class Event:
    id: str
    sender: str
    content: Mapping[str, Any]
    redacted: bool = False

    @property
    def replaces(self) -> str | None:
        """The event whose text this one takes the place of."""
        relation = self.content.get("m.relates_to", {})
        return relation.get("event_id") if relation.get("rel_type") == "m.replace" else None


class FakeMatrix(FakeService):
    """One account in one room."""

    def __init__(self) -> None:
        super().__init__()
        self.room = "!Qx7zPrOva:example.it"
        self.user = "@avviso:example.it"
        self.secrets = {"access_token": "syt_YXZ2aXNv_sEcReTtOkEn_1a2B3c"}
        self.membership = "join"
        self.encrypted = False
        self.keeps_transactions = True
        """Whether it knows a transaction id again."""
        self.knows_filters = True
        """Whether it gives only what it is asked for."""
        self.page_size = 100
        self.events: list[Event] = []
        self._transactions: dict[str, str] = {}

    @property
    def texts(self) -> list[str]:
        """What readers see: every edit applied."""
        posts = [event for event in self.events if not event.redacted and not event.replaces]
        return [self._shown(event) for event in posts]

    def delete(self, event_id: str) -> None:
        """As a moderator does: the event stays, its content goes."""
        for event in self.events:
            if event.id == event_id:
                event.redacted, event.content = True, {}

    def put(self, content: Mapping[str, Any], sender: str | None = None) -> Event:
        """An event that got there by another way than this server's API."""
        made = Event(f"$ev{len(self.events)}_{'x' * 38}", sender or self.user, content)
        self.events.append(made)
        return made

    def answer(self, request: Request) -> Answer:
        """What the API does."""
        found = re.fullmatch(r"/_matrix/client/v3/(.*)", request.path)
        if found is None:
            return Answer(404, UNRECOGNIZED)
        if request.headers.get("authorization") != f"Bearer {self.secrets['access_token']}":
            return Answer(401, UNKNOWN_TOKEN)
        parts = [unquote(part) for part in found[1].split("/")]
        if parts == ["account", "whoami"]:
            return Answer(200, {"user_id": self.user, "device_id": "AVVISO"})
        if parts[:2] != ["rooms", self.room] or self.membership == "none":
            return Answer(403, NOT_IN_ROOM)
        return self._in_room(request, parts[2:])

    def _in_room(self, request: Request, parts: list[str]) -> Answer:
        if request.method == "PUT" and parts[:2] == ["send", "m.room.message"]:
            return self._send(parts[2], request.body)
        if parts[0] == "event":
            found = self._find(parts[1])
            return Answer(200, self._object(found)) if found else Answer(404, NOT_FOUND)
        if parts == ["state", "m.room.encryption"] and self.encrypted:
            return Answer(200, {"algorithm": "m.megolm.v1.aes-sha2"})
        if parts == ["state", "m.room.member", self.user]:
            return Answer(200, {"membership": self.membership})
        if parts == ["messages"]:
            return self._messages(request.query)
        return Answer(404, NOT_FOUND)

    def _send(self, transaction: str, content: Mapping[str, Any]) -> Answer:
        known = self._transactions.get(transaction)
        if known and self.keeps_transactions:
            return Answer(200, {"event_id": known})
        if len(json.dumps(content, ensure_ascii=False).encode()) > LARGEST_EVENT - _OVERHEAD:
            return Answer(413, TOO_LARGE)
        relation = content.get("m.relates_to", {})
        if relation.get("rel_type") and self._find(relation["event_id"]) is None:
            return Answer(400, NO_PARENT)
        made = self.put(content)
        self._transactions[transaction] = made.id
        return Answer(200, {"event_id": made.id})

    def _messages(self, query: Mapping[str, str]) -> Answer:
        wanted = json.loads(query.get("filter", "{}")) if self.knows_filters else {}
        known = [
            event
            for event in reversed(self.events)
            if event.sender in wanted.get("senders", [event.sender])
        ]
        first = int(query.get("from", "t0").removeprefix("t"))
        last = first + min(self.page_size, int(query.get("limit", "10")))
        page: dict[str, Any] = {"start": f"t{first}", "chunk": []}
        page["chunk"] = [self._object(event) for event in known[first:last]]
        return Answer(200, {**page, "end": f"t{last}"} if last < len(known) else page)

    def _find(self, event_id: str) -> Event | None:
        return next((event for event in self.events if event.id == event_id), None)

    def _shown(self, event: Event) -> str:
        edits = [edit for edit in self.events if edit.replaces == event.id]
        content = edits[-1].content["m.new_content"] if edits else event.content
        return str(content["body"])

    def _object(self, event: Event) -> dict[str, Any]:
        return {
            "event_id": event.id,
            "room_id": self.room,
            "sender": event.sender,
            "type": "m.room.message",
            "origin_server_ts": int(self.now().timestamp() * 1000),
            "content": event.content,
        }
