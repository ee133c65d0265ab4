"""Telegram's Bot API for one bot and one chat, as its documentation and its users describe it.

    with FakeTelegram() as telegram:
        telegram.faults.append(Answer(429, limited(300)))
        ...
        assert telegram.texts == ["..."]

https://core.telegram.org/bots/api

It is t.me, too: there everybody is shown the posts of a chat that has a public name.
https://core.telegram.org/widgets/post
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tests.fakes._service import Answer, FakeService, Request

LIMIT = 4096


def error(code: int, description: str, **parameters: Any) -> dict[str, Any]:
    """The body of an error as the Bot API sends it."""
    told: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return {**told, "parameters": parameters} if parameters else told


def limited(seconds: int) -> dict[str, Any]:
    return error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


UNAUTHORIZED = error(401, "Unauthorized")
NO_SUCH_TOKEN = error(404, "Not Found")
KICKED = error(403, "Forbidden: bot was kicked from the channel chat")
NO_CHAT = error(400, "Bad Request: chat not found")
NO_RIGHTS = error(400, "Bad Request: need administrator rights in the channel chat")
UPGRADED = error(
    400,
    "Bad Request: group chat was upgraded to a supergroup chat",
    migrate_to_chat_id=-1001234567890,
)
TOO_LONG = error(400, "Bad Request: message is too long")
EMPTY = error(400, "Bad Request: message text is empty")
NO_REPLY = error(400, "Bad Request: message to be replied not found")
NO_EDIT = error(400, "Bad Request: message to edit not found")
NOT_EDITABLE = error(400, "Bad Request: message can't be edited")
UNCHANGED = error(
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are"
    " exactly the same as a current content and reply markup of the message",
)
INTERNAL = error(500, "Internal Server Error")


@dataclass
class Sent:
    """A message as the chat holds it."""

    id: int
    text: str
    asked: Mapping[str, Any]
    reply_to: int | None = None
    edits: list[str] = field(default_factory=list)
    """The texts that it had before."""


class FakeTelegram(FakeService):
    """One bot, in one public channel unless its `chat` says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets = {"bot_token": "7103344556:AAHk3vQ9x_TelegramToken-1aZ"}
        self.chat: dict[str, Any] = {
            "id": -1001098765432,
            "type": "channel",
            "title": "Comune di Prova",
            "username": "comune_prova",
        }
        self.member: dict[str, Any] = {"status": "administrator", "can_post_messages": True}
        """What the bot is in the chat."""
        self.keeps_parents = True
        """Whether posts can be replied to; those that cannot are as good as gone."""
        self.hidden: set[str] = set()
        """Numbers of posts that strangers are not shown."""
        self.sent: list[Sent] = []

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]

    @property
    def mentioned(self) -> list[str]:
        """Whom and what the messages would mention, tag, or make a button of."""
        marks = re.compile(r"(?<![\w.])[@#/](?=\w)\w*[a-zA-Z]\w*")
        return [mark for text in self.texts for mark in marks.findall(_without_links(text))]

    def delete(self, message_id: str) -> None:
        self.sent = [message for message in self.sent if str(message.id) != message_id]

    def answer(self, request: Request) -> Answer:
        """What the API does, or what t.me shows."""
        if place := re.fullmatch(r"/(\w+)/([0-9]+)", request.path):
            return self._shown(place[1], place[2])
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if found is None or ":" not in found[1]:
            return Answer(404, NO_SUCH_TOKEN)
        if found[1] != self.secrets["bot_token"]:
            return Answer(401, UNAUTHORIZED)
        if found[2] == "getMe":
            return _ok({"id": 7103344556, "is_bot": True, "username": "comune_prova_bot"})
        if request.body.get("chat_id") not in (f"@{self.chat.get('username')}", self._number):
            return Answer(400, NO_CHAT)
        return self._in_chat(found[2], request.body)

    def _shown(self, name: str, number: str) -> Answer:
        """The page that is put into others' pages: of status 200 whatever it has to say."""
        there = None if number in self.hidden else self._find(int(number))
        said = '<div class="tgme_widget_message_error">Post not found</div>'
        if name != self.chat.get("username"):
            said = said.replace("Post", f"Channel with username <b>@{name}</b>")
        elif there:
            text = f'<div class="tgme_widget_message_text">{escape(there.text)}</div>'
            said = f'<div class="tgme_widget_message" data-post="{name}/{number}">{text}</div>'
        page = f"<!DOCTYPE html><html><body>{said}</body></html>".encode()
        return Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})

    @property
    def _number(self) -> str:
        return str(self.chat["id"])

    def _in_chat(self, method: str, asked: Mapping[str, Any]) -> Answer:
        if method == "getChat":
            return _ok(self.chat)
        if method == "getChatMember":
            return _ok({"user": {"id": asked["user_id"]}, **self.member})
        if method == "sendMessage":
            return self._send(asked)
        if method == "editMessageText":
            return self._edit(asked)
        return Answer(404, NO_SUCH_TOKEN)

    def _send(self, asked: Mapping[str, Any]) -> Answer:
        text = str(asked.get("text", "")).strip()
        if refusal := _refusal(text):
            return Answer(400, refusal)
        replied = asked.get("reply_parameters") or {}
        parent = self._find(replied.get("message_id")) if self.keeps_parents else None
        if replied and parent is None and not replied.get("allow_sending_without_reply"):
            return Answer(400, NO_REPLY)
        number = 100 + len(self.requests)
        self.sent.append(Sent(number, text, asked, parent.id if parent else None))
        return _ok(self._object(self.sent[-1]))

    def _edit(self, asked: Mapping[str, Any]) -> Answer:
        message = self._find(asked.get("message_id"))
        if message is None:
            return Answer(400, NO_EDIT)
        text = str(asked.get("text", "")).strip()
        if refusal := _refusal(text):
            return Answer(400, refusal)
        if text == message.text:
            return Answer(400, UNCHANGED)
        message.edits.append(message.text)
        message.text = text
        return _ok({**self._object(message), "edit_date": 1607374500})

    def _find(self, number: Any) -> Sent | None:
        return next((message for message in self.sent if message.id == number), None)

    def _object(self, message: Sent) -> dict[str, Any]:
        told = {
            "message_id": message.id,
            "sender_chat": self.chat,
            "chat": self.chat,
            "date": int(self.now().timestamp()),
            "text": message.text,
        }
        parent = self._find(message.reply_to)
        return {**told, "reply_to_message": self._object(parent)} if parent else told


def _ok(result: Mapping[str, Any]) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def _refusal(text: str) -> dict[str, Any] | None:
    if not text:
        return EMPTY
    return TOO_LONG if len(text) > LIMIT else None


def _without_links(text: str) -> str:
    return re.sub(r"https?://\S+|\S+@\S+\.\S+", "", text)
