"""A channel on a Discord server, by its webhook.

Corrections and retractions edit the message that they speak of. A webhook can look at a message
whose id it knows, but at no list of them: one that may have been sent is left to the operators.
"""

from __future__ import annotations

import re
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
from publishers.channels._chat_webhook import Answer, WebhookChannel
from publishers.channels._composing import compose, edit_target, in_full

LIMIT = 2000
"""Characters of one message: https://docs.discord.com/developers/resources/webhook."""

_SUPPRESS_EMBEDS = 4
# Discord's numbers: https://docs.discord.com/developers/topics/opcodes-and-status-codes.
_GONE = frozenset({"10008", "50005"})
_ABOUT_THE_CHANNEL = frozenset(
    {"10003", "10015", "50027", "50083", "160005", "220001", "220002", "220003", "220004"}
)
_MARKUP = re.compile(r"[\\*_~`|<>\[\]#]")
_EDITED = "Discord edits the message in place, and marks it as edited."


class Channel(WebhookChannel):
    """Posts to the one channel that its webhook belongs to."""

    NETWORK = "Discord"
    SERVICE = "Discord"
    EXAMPLE = "https://discord.com/api/webhooks/…/…"

    def compose(self, message: Message) -> Post:
        """Headline and body, or the short text, with the link."""
        worded = in_full(message) if self.options.text == "full" else message
        post = compose(
            worded, self.options, limit=LIMIT, measure=lambda text: utf16_length(as_sent(text))
        )
        edits = edit_target(message) is not None
        return replace(post, replies=False, edits=edits, notes=(_EDITED,) if edits else ())

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it, or edit the message that it speaks of; where that is gone, post it anew."""
        target = edit_target(message)
        if target is None:
            return self.say(message, post, _content(post), wait="true")
        edited = self._edit(message, target, post)
        return edited or replace(
            self.say(message, post, _content(post), wait="true"), standalone=True
        )

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether the message is still there."""
        answer = self.read("GET", f"/messages/{receipt.remote_id}")
        if answer.status == 404 and answer.code in _GONE:
            return False
        if answer.accepted and answer.content.get("id") == receipt.remote_id:
            return True
        raise self.asking_error(answer)

    def check(self) -> str:
        """Ask the webhook for itself; answers its name on Discord."""
        answer = self.read("GET")
        if not answer.accepted or not answer.content.get("id"):
            raise self.asking_error(answer)
        return f"{answer.content.get('name') or 'a webhook'} on Discord"

    def receipt(self, message: Message, answer: Answer) -> Receipt | None:
        """The message's id. Its address would lead readers to a server that they are not on."""
        del message
        identity = str(answer.content.get("id") or "")
        return Receipt(identity) if re.fullmatch("[0-9]{1,32}", identity) else None

    def error(self, answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
        """As for every webhook, but that Discord's number counts more than the status."""
        if answer.code in _ABOUT_THE_CHANNEL:
            return ChannelBroken(f"Discord does not take messages here: {answer.summary}")
        return super().error(answer)

    def _edit(self, message: Message, target: Receipt, post: Post) -> Receipt | None:
        """Give a message its new text; None where it is gone. An edit in doubt is made again."""
        self.refuse_too_long(post)
        answer = self.read("PATCH", f"/messages/{target.remote_id}", _content(post))
        if answer.code in _GONE:
            return None
        receipt = self.receipt(message, answer) if answer.accepted else None
        if receipt is None:
            error = self.error(answer)
            raise error if isinstance(error, Rejected) else self.asking_error(answer)
        return receipt


def as_sent(text: str) -> str:
    """The text as Discord wants it: its markup behind backslashes, links within "<" and ">".

    https://docs.discord.com/developers/reference#message-formatting
    """
    return written(text, lambda words: _MARKUP.sub(r"\\\g<0>", words), lambda link: f"<{link}>")


def _content(post: Post) -> dict[str, object]:
    """Nobody is mentioned, and no link is shown as a card."""
    return {
        "content": as_sent(post.text),
        "allowed_mentions": {"parse": []},
        "flags": _SUPPRESS_EMBEDS,
    }
