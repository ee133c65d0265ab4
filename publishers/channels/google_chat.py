"""A space in Google Chat, by its webhook; an incident's messages stand in one thread.

A webhook may neither edit nor read: corrections reply in the thread, and a message that may have
been sent is left to the operators.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import replace

from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Post,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._chat_text import utf16_length, written
from publishers.channels._chat_webhook import NO_EDIT, Answer, WebhookChannel
from publishers.channels._composing import compose, in_full, reply_target, takes_back
from publishers.channels._text import BREAKER, clean

LIMIT = 4096
"""Characters of a text, which are well below the 32,000 bytes that a message may have.
https://developers.google.com/workspace/chat/create-messages"""

_IF_GONE = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
_MARKUP = re.compile(r"<|[*_~`](?=\S)")
_BAD_KEY = re.compile(r"API[ _]key", re.IGNORECASE)
_MESSAGE = re.compile(r"spaces/[\w.-]{1,200}/messages/[\w.-]{1,200}")


class Channel(WebhookChannel):
    """Posts to the one space that its webhook belongs to.

    A receipt's extra has "thread", the thread that the message went into.
    """

    NETWORK = "Google Chat"
    SERVICE = "Google Chat"
    EXAMPLE = "https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…"

    def compose(self, message: Message) -> Post:
        """Headline and body, or the short text, with the link."""
        worded = in_full(message) if self.options.text == "full" else message
        post = compose(worded, self.options, limit=LIMIT, measure=utf16_length, tidy=harmless)
        return replace(post, notes=(NO_EDIT,) if takes_back(message) else ())

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it into the incident's thread; where that is gone, Google Chat opens a new one."""
        # Google documents the id for its API. Whether it counts for webhooks is not said, so that
        # nothing relies on it.
        query = {"requestId": _request_id(message)}
        content: dict[str, object] = {"text": post.text}
        if self.options.thread:
            content["thread"] = {"threadKey": message.url.partition("?")[0]}
            query["messageReplyOption"] = _IF_GONE
        return self.say(message, post, content, **query)

    def check(self) -> str:
        """Send a message without a text, which Google Chat refuses; answers "a space ..."."""
        answer = self.read("POST", content={})
        if answer.status == 400 and answer.code == "INVALID_ARGUMENT" and not _is_bad_key(answer):
            return "a space in Google Chat"
        raise self.asking_error(answer)

    def receipt(self, message: Message, answer: Answer) -> Receipt | None:
        """The message's name, and whether it went where its thread was."""
        name, thread = str(answer.content.get("name")), answer.content.get("thread")
        if not _MESSAGE.fullmatch(name):
            return None
        here = str(thread.get("name") or "") if isinstance(thread, dict) else ""
        parent = reply_target(message, self.options)
        there = parent.extra.get("thread") if parent else None
        extra = {"thread": here} if here else {}
        return Receipt(name, standalone=bool(there) and there != here, extra=extra)

    def error(self, answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
        """As for every webhook, but that a wrong key is said as a bad request."""
        if answer.status == 400 and _is_bad_key(answer):
            return ChannelBroken(f"the webhook does not work any more: {answer.summary}")
        return super().error(answer)


def harmless(text: str, hashtags: Collection[str] = ()) -> str:
    """As `clean`; besides, what Google Chat reads as markup or as a mention loses its effect.

    It knows no way to escape: https://developers.google.com/workspace/chat/format-messages.
    """
    cleaned = clean(text, hashtags)
    return written(cleaned, lambda words: _MARKUP.sub(rf"\g<0>{BREAKER}", words), str)


def _is_bad_key(answer: Answer) -> bool:
    return _BAD_KEY.search(answer.summary) is not None


def _request_id(message: Message) -> str:
    """Stable over every attempt, and not the same again for a space that two databases use."""
    return hashlib.sha256(f"{message.key} {message.at.isoformat()}".encode()).hexdigest()[:32]
