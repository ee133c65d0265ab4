"""A room in Slack, by an incoming webhook.

A webhook's answer names no message, so nothing can be edited, replied to or looked for: every
publication is a message of its own, and one that may have been sent is left to the operators.
"""

from __future__ import annotations

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
from publishers.channels._composing import compose, in_full, takes_back

LIMIT = 4000
"""Characters of one message that Slack advises; far longer ones it cuts.
https://docs.slack.dev/reference/methods/chat.postMessage"""

# Said with 400, 403, 404 or 410, by Slack's mood; each is about the webhook or its room.
_ABOUT_THE_ROOM = frozenset(
    {
        "action_prohibited",
        "channel_is_archived",
        "channel_not_found",
        "invalid_token",
        "no_active_hooks",
        "no_service",
        "no_service_id",
        "no_team",
        "posting_to_general_channel_denied",
        "team_disabled",
        "user_not_found",
    }
)
# What it says of a message without a text, once it knows the webhook.
_NOTHING_SAID = frozenset({"no_text", "invalid_payload", "missing_text_or_fallback_or_attachments"})


class Channel(WebhookChannel):
    """Posts to the one room that its webhook belongs to."""

    NETWORK = "Slack"
    SERVICE = "Slack"
    EXAMPLE = "https://hooks.slack.com/services/T…/B…/…"

    def compose(self, message: Message) -> Post:
        """Headline and body, or the short text, with the link."""
        worded = in_full(message) if self.options.text == "full" else message
        post = compose(
            worded, self.options, limit=LIMIT, measure=lambda text: utf16_length(as_sent(text))
        )
        return replace(post, replies=False, notes=(NO_EDIT,) if takes_back(message) else ())

    def publish(self, message: Message, post: Post) -> Receipt:
        """Post it: no markup, no names looked up, no previews of links."""
        content = {
            "text": as_sent(post.text),
            "mrkdwn": False,
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return self.say(message, post, content)

    def check(self) -> str:
        """Send a message without a text, which Slack refuses; answers "a room in Slack"."""
        answer = self.read("POST", content={})
        if answer.status == 400 and answer.code in _NOTHING_SAID:
            return "a room in Slack"
        raise self.asking_error(answer)

    def receipt(self, message: Message, answer: Answer) -> Receipt | None:
        """Slack says "ok" and no more: the delivery's key stands for the message."""
        return Receipt(message.key) if answer.text.strip() == "ok" else None

    def error(self, answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
        """As for every webhook, but that Slack's word counts more than the status."""
        if answer.code in _ABOUT_THE_ROOM:
            return ChannelBroken(f"Slack does not take messages for this room: {answer.summary}")
        return super().error(answer)


def as_sent(text: str) -> str:
    """The text as Slack wants it: "&", "<" and ">" escaped, links within "<" and ">".

    https://docs.slack.dev/messaging/formatting-message-text
    """
    return written(text, _escaped, lambda link: f"<{_escaped(link)}>")


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
