"""Telegram: a bot's posts to one channel or group, by the Bot API.

Corrections and retractions edit their post in place. The Bot API neither knows a post again nor
lets a bot read what it said: a post that may have been sent is never sent a second time. In a
public chat a stranger is shown a post whose number is known, and so are we.
https://core.telegram.org/bots/api
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

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
    Seen,
    TryLater,
)
from publishers.channels._composing import compose, edit_target, reply_target
from publishers.channels._json_http import Answer, Server
from publishers.channels._links import accidental_links
from publishers.channels._telegram_reader import READERS_HOST, Reader
from publishers.channels._text import BREAKER, clean

API_HOST = "https://api.telegram.org"
LIMIT = 4096
NONSENSE = "Telegram's answer makes no sense"

_TOKEN = re.compile(r"[0-9]{1,20}:[0-9A-Za-z_-]{1,100}")
_COMMAND = re.compile(r"(?<!\S)/(?=\w)")
_LONGEST_WAIT = 24 * 60 * 60
# Errors have no codes of their own, so that their words must do. These are about the chat or the
# bot's rights in it; whatever else is a bad request is about the text.
_ABOUT_THE_CHAT = re.compile(
    r"chat not found|chat_id|peer_id_invalid|not enough rights|administrator rights|need admin"
    r"|have no rights|write_forbidden|chat_restricted|send_plain_forbidden|topic_closed"
    r"|message thread not found|upgraded to a supergroup|group is deactivated|bot .*kicked"
    r"|user_banned_in_channel|channel_private",
    re.IGNORECASE,
)
_NOT_MODIFIED = re.compile("message is not modified", re.IGNORECASE)
_NO_EDIT = re.compile(
    "message to edit not found|message can't be edited|message_id_invalid|message identifier",
    re.IGNORECASE,
)
_MAY_POST = ("creator", "administrator", "member")


class TelegramOptions(ChannelOptions):
    """Beside the common options, those of Telegram."""

    chat: Annotated[str, StringConstraints(pattern=r"^(@[A-Za-z][0-9A-Za-z_]{3,31}|-[0-9]{1,20})$")]
    """The public name of the channel or group with its "@", or its number with its "-"."""
    topic: Annotated[int, Field(ge=0, le=2_147_483_647)] = 0
    """The number of the topic to post to, in a group that has topics; 0 for none."""
    preview: bool = False
    """Whether Telegram shows a preview of the update's page below the post."""
    silent: bool = False
    """Whether posts arrive without a sound."""
    base_url: str = API_HOST
    """Where requests go: a Bot API server of your own, or an egress gateway."""
    reader_url: str = ""
    """Who is asked, without the token, whether readers see a post of a public chat; "" means
    https://t.me, and behind a gateway nobody."""

    @field_validator("base_url", "reader_url")
    @classmethod
    def _is_server(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "reader_url":
            return value
        if not is_server(value):
            raise ValueError(f"{info.field_name} must be an address such as {API_HOST}")
        return value.rstrip("/")


class Channel(Publisher):
    """Posts to one chat as one bot.

    A receipt's extra has "chat", the number of the chat: the ids of posts count per chat.
    """

    Options = TelegramOptions
    options: TelegramOptions
    NETWORK = "Telegram"
    certainty = Certainty.BLIND
    SECRETS = ("bot_token",)

    def compose(self, message: Message) -> Post:
        """The short text with the link, as plain text: no markup to escape."""
        post = compose(message, self.options, limit=LIMIT, measure=counted_length, tidy=harmless)
        edits = edit_target(message) is not None
        post = replace(post, edits=edits, replies=post.replies and not edits)
        return replace(post, notes=tuple(_notes(post)))

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it, as a reply within a thread, or edit the post that it speaks of.

        What is gone is not replied to or edited: it is said in a post of its own.
        """
        if post.length > post.limit:
            raise Rejected(f"the post counts {post.length} characters, Telegram takes {post.limit}")
        target = edit_target(message)
        if target is None:
            return self._post(message, post, reply_target(message, self.options))
        edited = self._edit(message, target, post)
        return edited or replace(self._post(message, post, None), standalone=True)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Nothing: a bot cannot read what it said."""
        del message, post
        return None

    def look(self, receipt: Receipt) -> Seen:
        """Whether a stranger is shown the post, where its chat is public; else nothing."""
        if not (receipt.url and self._readers_host):
            return Seen()
        return Seen(reader=self._reader.shows(receipt.url.removeprefix(f"{READERS_HOST}/")))

    def check(self) -> str:
        """Who the bot is, and whether it may post to the chat; answers "@bot in Chat"."""
        bot = self._ask("getMe")
        chat = self._ask("getChat", chat_id=self.options.chat)
        member = self._ask("getChatMember", chat_id=self.options.chat, user_id=bot.get("id"))
        name = str(chat.get("title") or self.options.chat)
        if not _may_post(member, in_channel=chat.get("type") == "channel"):
            raise ChannelBroken(f"the bot may not post to “{name}”: make it an administrator")
        return f"@{bot.get('username')} in {name}"

    def close(self) -> None:
        if "_server" in self.__dict__:
            self._server.close()
        if "_reader" in self.__dict__:
            self._reader.close()

    @property
    def _readers_host(self) -> str:
        """Where a stranger asks: nowhere, where all requests have to go through a gateway."""
        direct = self.options.base_url == API_HOST
        return self.options.reader_url or (READERS_HOST if direct else "")

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._readers_host)

    @cached_property
    def _server(self) -> Server:
        token = self.secrets.get("bot_token", "")
        if not token:
            raise ChannelBroken("this secret is not set: bot_token")
        if not _TOKEN.fullmatch(token):
            raise ChannelBroken("the bot_token is not of the form 123456:ABC-DEF")
        return Server(f"{self.options.base_url}/bot{token}", (token,))

    def _post(self, message: Message, post: Post, parent: Receipt | None) -> Receipt:
        said = {"chat_id": self.options.chat, **self._said(message, post)}
        if self.options.topic:
            said["message_thread_id"] = self.options.topic
        if self.options.silent:
            said["disable_notification"] = True
        if parent is not None and parent.remote_id.isdecimal():
            replied = {"message_id": int(parent.remote_id), "allow_sending_without_reply": True}
            said["reply_parameters"] = replied
        answer = self._server.write("POST", "sendMessage", said)
        if answer.accepted:
            return self._taken(answer, parent)
        raise posting_error(answer)

    def _edit(self, message: Message, target: Receipt, post: Post) -> Receipt | None:
        """Give a post its new text; None where it is gone. One in doubt is simply made again."""
        if not target.remote_id.isdecimal():
            return None
        chat = target.extra.get("chat", self.options.chat)
        said = {"chat_id": chat, "message_id": int(target.remote_id), **self._said(message, post)}
        answer = self._server.read("POST", "editMessageText", document=said)
        description = answer.words("description")
        if answer.status == 400 and _NOT_MODIFIED.search(description):
            return target
        if answer.status == 400 and _NO_EDIT.search(description):
            return None
        if answer.accepted:
            return replace(_receipt(answer), standalone=False)
        error = posting_error(answer)
        raise TryLater(str(error)) if isinstance(error, MaybeSent) else error

    def _said(self, message: Message, post: Post) -> dict[str, Any]:
        # Of all the links in the text only this one is previewed.
        preview = {"url": message.url} if self.options.preview else {"is_disabled": True}
        return {"text": post.text, "link_preview_options": preview}

    def _taken(self, answer: Answer, parent: Receipt | None) -> Receipt:
        try:
            receipt = _receipt(answer)
        except TryLater as problem:
            raise MaybeSent(f"the post was taken, but {problem}") from None
        replied = _object(_result(answer).get("reply_to_message")).get("message_id")
        alone = parent is not None and str(replied) != parent.remote_id
        return replace(receipt, standalone=alone)

    def _ask(self, method: str, **asked: Any) -> Mapping[str, Any]:
        """One question. Raises `TryLater` or `ChannelBroken`."""
        answer = self._server.read("POST", method, document=asked)
        if answer.accepted and _result(answer):
            return _result(answer)
        if answer.accepted:
            raise TryLater(NONSENSE)
        error = posting_error(answer)
        if isinstance(error, MaybeSent):
            raise TryLater(str(error))
        raise ChannelBroken(str(error)) if isinstance(error, Rejected) else error


def harmless(words: str, hashtags: Collection[str] = ()) -> str:
    """As `clean`; besides, "/word", which Telegram makes a button of, loses its effect."""
    return _COMMAND.sub(f"/{BREAKER}", clean(words, hashtags))


def counted_length(text: str) -> int:
    """In UTF-16 units, as Telegram counts within a text; a whole text has no more characters."""
    return len(text.encode("utf-16-le")) // 2


def _notes(post: Post) -> Iterator[str]:
    if post.edits:
        yield "Telegram edits the post in place, and marks it as edited."
    for link in accidental_links(post.text):
        yield f"Telegram makes a link of “{link}”: is a space missing after the full stop?"


def posting_error(answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
    """What it means that Telegram did not take a post."""
    said = answer.words("description")
    summary = f"Telegram answered {answer.status}: {said}".removesuffix(": ")
    if answer.is_unsure:
        return MaybeSent(summary)
    if answer.status == 429:
        return TryLater(f"Telegram limits us: {said}", _wait(answer))
    if answer.status == 401:
        return ChannelBroken(f"Telegram does not accept the token: {summary}")
    if answer.status == 403:
        return ChannelBroken(f"Telegram does not let the bot into the chat: {summary}")
    if answer.status not in (400, 413):
        return ChannelBroken(f"the token is none, or this is not the Bot API: {summary}")
    if not said:
        return ChannelBroken(f"this is not the Bot API: {summary}")
    if _ABOUT_THE_CHAT.search(said):
        return ChannelBroken(f"the bot cannot post to the chat: {said}{_moved_to(answer)}")
    return Rejected(summary)


def _wait(answer: Answer) -> timedelta | None:
    seconds = _object(answer.document.get("parameters")).get("retry_after")
    if not isinstance(seconds, int) or not 0 < seconds <= _LONGEST_WAIT:
        return None
    return timedelta(seconds=seconds)


def _moved_to(answer: Answer) -> str:
    """Where a group went when it became a supergroup; "" when it did not."""
    moved = _object(answer.document.get("parameters")).get("migrate_to_chat_id")
    return f"; its number is now {moved}" if isinstance(moved, int) else ""


def _may_post(member: Mapping[str, Any], *, in_channel: bool) -> bool:
    if member.get("status") == "restricted":
        return member.get("can_send_messages") is True and not in_channel
    if in_channel and member.get("status") == "administrator":
        return member.get("can_post_messages") is True
    return member.get("status") in _MAY_POST and not (in_channel and member["status"] == "member")


def _receipt(answer: Answer) -> Receipt:
    """What a message tells. Raises `TryLater` when it has no sound id.

    Only in a public chat there is something to see for everybody.
    """
    told = _result(answer)
    number, chat = told.get("message_id"), _object(told.get("chat"))
    if not isinstance(number, int) or number <= 0:
        raise TryLater(NONSENSE)
    name = str(chat.get("username") or "")
    url = f"{READERS_HOST}/{name}/{number}" if re.fullmatch(r"\w+", name, re.ASCII) else None
    extra = {"chat": str(chat["id"])} if isinstance(chat.get("id"), int) else {}
    return Receipt(str(number), url, extra=extra)


def _result(answer: Answer) -> Mapping[str, Any]:
    return _object(answer.document.get("result"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
