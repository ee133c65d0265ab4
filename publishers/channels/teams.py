"""A channel or chat in Microsoft Teams, by a webhook of Power Automate's Workflows.

The webhook starts a flow, which posts an Adaptive Card by itself, later. It says that it has
started and never what became of it, so nothing can be edited, replied to or looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Post,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._chat_text import pieces, utf16_length
from publishers.channels._chat_webhook import NO_EDIT, Answer, WebhookChannel, encoded
from publishers.channels._composing import compose, in_full, takes_back

LIMIT = 28 * 1024
"""Bytes of a whole message, the card around the text too.
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

_RUN = "x-ms-workflow-run-id"
# What Power Automate says of a flow that is off, gone, or not asked with its whole address.
_ABOUT_THE_FLOW = frozenset(
    {
        "AuthorizationFailed",
        "DirectApiAuthorizationRequired",
        "DirectApiInvalidAuthorizationScheme",
        "MissingApiVersionParameter",
        "WorkflowNotFound",
        "WorkflowTriggerIsNotEnabled",
        "WorkflowTriggerNotFound",
    }
)


class Channel(WebhookChannel):
    """Posts to where its flow posts."""

    NETWORK = "Microsoft Teams"
    SERVICE = "Power Automate"
    EXAMPLE = "https://….environment.api.powerplatform.com/powerautomate/…/invoke?…&sig=…"

    def compose(self, message: Message) -> Post:
        """Headline and body, or the short text, with the link; counted in bytes."""
        worded = in_full(message) if self.options.text == "full" else message
        post = compose(
            worded,
            self.options,
            limit=LIMIT,
            measure=lambda text: size(as_card(text, message.locale)),
        )
        return replace(post, replies=False, notes=(NO_EDIT,) if takes_back(message) else ())

    def publish(self, message: Message, post: Post) -> Receipt:
        """Hand the card to the flow."""
        return self.say(message, post, as_card(post.text, message.locale))

    def check(self) -> str:
        """Ask whether Power Automate is there: to ask the flow would be to start it."""
        self.knock()
        return "a flow in Power Automate, which was not started"

    def receipt(self, message: Message, answer: Answer) -> Receipt | None:
        """The number of the flow's run, by which Power Automate shows it; else the delivery's key.

        It says nothing, or what the flow was made to answer, in JSON.
        """
        if answer.text.strip() and not answer.content:
            return None
        run = answer.headers.get(_RUN, "")
        return Receipt(run if re.fullmatch("[0-9A-Za-z]{1,100}", run) else message.key)

    def error(self, answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
        """As for every webhook, but that Power Automate's word counts more than the status."""
        if answer.code in _ABOUT_THE_FLOW:
            return ChannelBroken(f"the flow does not take messages: {answer.summary}")
        return super().error(answer)


def as_card(text: str, locale: str) -> dict[str, Any]:
    """The message with its Adaptive Card. Its runs of text know no markup and mention nobody.

    https://learn.microsoft.com/adaptive-cards/schema-explorer/text-run
    """
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": locale,
        "body": list(_lines(text)),
        "msteams": {"width": "Full"},
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


def size(message: dict[str, Any]) -> int:
    """Bytes of the message in UTF-8 or in UTF-16, whichever are more: Teams does not say which."""
    whole = encoded(message)
    return max(len(whole), 2 * utf16_length(whole.decode()))


def _lines(text: str) -> Iterator[dict[str, Any]]:
    """A block for each line; what follows an empty one is set apart."""
    spacing = "None"
    for line in text.split("\n"):
        if line:
            inlines = [_run(piece, is_link) for piece, is_link in pieces(line) if piece]
            yield {"type": "RichTextBlock", "spacing": spacing, "inlines": inlines}
        spacing = "None" if line else "Medium"


def _run(piece: str, is_link: bool) -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": piece}
    return {**run, "selectAction": {"type": "Action.OpenUrl", "url": piece}} if is_link else run
