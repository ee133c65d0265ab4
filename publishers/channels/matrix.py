"""Matrix: an account's posts to one room that is not encrypted, by the client-server API.

Corrections and retractions edit their post. Each post carries a transaction id and a sign of its
own, so that it is known again: it is looked for before it is sent a second time.
https://spec.matrix.org/latest/client-server-api/
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import StringConstraints, field_validator

from incidents.status import Certainty
from publishers.channels._address import is_server
from publishers.channels._base import (
    ChannelBroken,
    ChannelOptions,
    MaybeSent,
    Message,
    Post,
    Publisher,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._composing import compose, edit_target, reply_target
from publishers.channels._json_http import Answer, Server

LIMIT = 30_000
"""Bytes: an event may have 65,536, and an edit holds its text twice."""
SIGN = "avviso.delivery"
"""The field of a post's content by which it is found again; clients do not show it."""
NONSENSE = "the homeserver's answer makes no sense"

_API = "_matrix/client/v3"
_PAGE_SIZE = 100
_MOST_PAGES = 3
_GONE = (404, 410)
_LONGEST_WAIT = 24 * 60 * 60 * 1000
_EVENT = re.compile(r"\$[!-~]{1,254}")

Room = Annotated[str, StringConstraints(pattern=r"^![!-~]{1,254}$")]
Alias = Annotated[str, StringConstraints(pattern=r"^(#[!-~]{1,254})?$")]


class MatrixOptions(ChannelOptions):
    """Beside the common options, those of Matrix."""

    base_url: str
    """The address of the account's homeserver, for clients."""
    room: Room
    """The room's internal id, with its "!"."""
    alias: Alias = ""
    """The room's public address, with its "#", if everybody may read it: posts are linked to."""
    msgtype: Literal["m.notice", "m.text"] = "m.notice"
    """Notices make no sound for most readers, and other bots leave them alone; texts may."""
    reply_as: Literal["thread", "reply"] = "thread"
    """How later posts of an incident stand: in its thread, or in the room as replies."""

    @field_validator("base_url")
    @classmethod
    def _is_server(cls, value: str) -> str:
        if not is_server(value):
            raise ValueError("base_url must be an address such as https://matrix.example.it")
        return value.rstrip("/")


class Channel(Publisher):
    """Posts to one room as one account."""

    Options = MatrixOptions
    options: MatrixOptions
    NETWORK = "Matrix"
    certainty = Certainty.KEYED
    SECRETS = ("access_token",)

    def compose(self, message: Message) -> Post:
        """The short text with the link, as plain text: no markup to escape."""
        post = compose(message, self.options, limit=LIMIT, measure=counted_length)
        if edit_target(message) is None:
            return post
        note = "Matrix edits the post in place, and shows readers that and how it was edited."
        return replace(post, replies=False, edits=True, notes=(note,))

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it, in the incident's thread, or edit the post that it speaks of.

        What cannot be replied to or edited any more is said in a post of its own.
        """
        if post.length > post.limit:
            raise Rejected(f"the post has {post.length} bytes, Matrix takes {post.limit}")
        target = edit_target(message)
        if target is None:
            return self._post(message, post, reply_target(message, self.options))
        if self._event(target.remote_id):
            return self._edit(message, post, target)
        return replace(self._post(message, post, None), standalone=True)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Look for its sign among the account's own posts in the room, newest first."""
        del post
        sign, target = _transaction(message), edit_target(message)
        for event in self._own_events():
            content = _object(event.get("content"))
            if content.get(SIGN) != sign:
                continue
            relation = _object(content.get("m.relates_to"))
            if target is not None and relation.get("rel_type") == "m.replace":
                return target
            replied = reply_target(message, self.options) if target is None else None
            alone = target is not None or (replied is not None and not relation)
            return self._receipt(event, standalone=alone)
        return None

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether the post is in the room; asked as the account itself."""
        return bool(self._event(receipt.remote_id))

    def check(self) -> str:
        """Who we are, and whether we are in the room, and it is open; answers "@user:server"."""
        user = self._user
        member = self._state(f"m.room.member/{quote(user, safe='')}")
        if member.get("membership") != "join":
            raise ChannelBroken(f"{user} is not in the room: let it join first")
        if self._state("m.room.encryption"):
            raise ChannelBroken("the room is encrypted: Avviso posts to open rooms only")
        return user

    def close(self) -> None:
        if "_server" in self.__dict__:
            self._server.close()

    @cached_property
    def _server(self) -> Server:
        token = self.secrets.get("access_token", "")
        if not token:
            raise ChannelBroken("this secret is not set: access_token")
        if not re.fullmatch(r"[!-~]+", token):
            raise ChannelBroken("the access_token holds a character that no token has")
        headers = {"Authorization": f"Bearer {token}"}
        return Server(f"{self.options.base_url}/{_API}", (token,), headers)

    @property
    def _room(self) -> str:
        return f"rooms/{quote(self.options.room, safe='')}"

    @cached_property
    def _user(self) -> str:
        user = self._get("account/whoami").get("user_id")
        if not isinstance(user, str) or not user:
            raise TryLater(NONSENSE)
        return user

    def _post(self, message: Message, post: Post, parent: Receipt | None) -> Receipt:
        content = self._content(message, post.text)
        related = self._relation(message, parent) if parent else {}
        answer = self._send(message, {**content, **related})
        alone = parent is not None and answer.status == 400
        if alone:
            # There is no such post any more; if it is the text, it will be said again.
            answer = self._send(message, content)
        if not answer.accepted:
            raise posting_error(answer)
        return self._taken(answer, standalone=alone)

    def _edit(self, message: Message, post: Post, target: Receipt) -> Receipt:
        """Give a post its new text. One in doubt is simply made again: it has the same key."""
        new = self._content(message, post.text)
        content = {
            **new,
            "body": f"* {post.text}",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": target.remote_id},
        }
        try:
            answer = self._send(message, content)
            if not answer.accepted:
                raise posting_error(answer)
            self._taken(answer)
        except MaybeSent as problem:
            raise TryLater(str(problem)) from None
        return target

    def _content(self, message: Message, text: str) -> dict[str, Any]:
        # Empty mentions: nobody is meant, whatever stands in the text.
        sign = {SIGN: _transaction(message)}
        return {"msgtype": self.options.msgtype, "body": text, "m.mentions": {}, **sign}

    def _relation(self, message: Message, parent: Receipt) -> dict[str, Any]:
        reply = {"m.in_reply_to": {"event_id": parent.remote_id}}
        if self.options.reply_as == "reply":
            return {"m.relates_to": reply}
        root = message.root or parent
        thread = {"rel_type": "m.thread", "event_id": root.remote_id, "is_falling_back": True}
        return {"m.relates_to": {**thread, **reply}}

    def _send(self, message: Message, content: Mapping[str, Any]) -> Answer:
        path = f"{self._room}/send/m.room.message/{_transaction(message)}"
        return self._server.write("PUT", path, content)

    def _taken(self, answer: Answer, *, standalone: bool = False) -> Receipt:
        try:
            return self._receipt(answer.document, standalone=standalone)
        except TryLater as problem:
            raise MaybeSent(f"the post was taken, but {problem}") from None

    def _receipt(self, event: Mapping[str, Any], *, standalone: bool) -> Receipt:
        """What an event's id tells. Raises `TryLater` when it has no sound one."""
        identity = event.get("event_id")
        if not isinstance(identity, str) or not _EVENT.fullmatch(identity):
            raise TryLater(NONSENSE)
        alias = quote(self.options.alias, safe="")
        url = f"https://matrix.to/#/{alias}/{quote(identity, safe='')}" if alias else None
        return Receipt(identity, url, standalone)

    def _event(self, event_id: str) -> Mapping[str, Any]:
        """A post's content; empty when it is gone, or was taken back."""
        answer = self._ask(f"{self._room}/event/{quote(event_id, safe='')}")
        return {} if answer.status in _GONE else _object(_read(answer).get("content"))

    def _state(self, path: str) -> Mapping[str, Any]:
        """A part of the room's state; empty where it has none."""
        answer = self._ask(f"{self._room}/state/{path}")
        return {} if answer.status in _GONE and answer.words("errcode") else _read(answer)

    def _own_events(self) -> Iterator[Mapping[str, Any]]:
        """The account's own posts in the room, newest first, at most `_MOST_PAGES` pages."""
        wanted = {"senders": [self._user], "types": ["m.room.message"]}
        asked: dict[str, str | int] = {"dir": "b", "limit": _PAGE_SIZE}
        asked["filter"] = json.dumps(wanted)
        for _ in range(_MOST_PAGES):
            page = self._get(f"{self._room}/messages", **asked)
            chunk = page.get("chunk")
            events = [_object(event) for event in chunk] if isinstance(chunk, list) else []
            yield from (event for event in events if event.get("sender") == self._user)
            if not page.get("end"):
                return
            asked["from"] = str(page["end"])

    def _get(self, path: str, **params: str | int) -> Mapping[str, Any]:
        return _read(self._ask(path, **params))

    def _ask(self, path: str, **params: str | int) -> Answer:
        return self._server.read("GET", path, params=params)


def counted_length(text: str) -> int:
    """In bytes, as they stand in an event's JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def posting_error(answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
    """What it means that the homeserver did not take a post."""
    code, said = answer.words("errcode"), answer.words("error")
    told = f"{answer.status} {code}".strip()
    summary = f"the homeserver answered {told}: {said}".removesuffix(": ")
    if answer.is_unsure:
        return MaybeSent(summary)
    if answer.status == 429:
        return TryLater(f"the homeserver limits us: {said}", _wait(answer))
    if answer.status == 401:
        return ChannelBroken(f"the homeserver does not accept the token: {summary}")
    if answer.status == 403:
        return ChannelBroken(f"the homeserver forbids it to the account: {summary}")
    if answer.status not in (400, 413) or not code:
        return ChannelBroken(f"there is no such room, or no Matrix at this address: {summary}")
    return Rejected(summary)


def _read(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of a good answer. Raises `TryLater` or `ChannelBroken`."""
    if answer.accepted:
        if not answer.document:
            raise TryLater(NONSENSE)
        return answer.document
    error = posting_error(answer)
    if isinstance(error, MaybeSent):
        raise TryLater(str(error))
    raise ChannelBroken(str(error)) if isinstance(error, Rejected) else error


def _wait(answer: Answer) -> timedelta | None:
    """The wait that it asks for: in its header since Matrix 1.10, in the body before."""
    header = answer.headers.get("retry-after", "")
    body = answer.document.get("retry_after_ms")
    wait = int(header) * 1000 if header.isascii() and header.isdecimal() else body
    if not isinstance(wait, int) or not 0 < wait <= _LONGEST_WAIT:
        return None
    return timedelta(milliseconds=wait)


def _transaction(message: Message) -> str:
    """Stable over every attempt, and not the same again for an account that two databases use."""
    return hashlib.sha256(f"{message.key} {message.at.isoformat()}".encode()).hexdigest()


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
