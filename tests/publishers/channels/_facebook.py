"""What the tests of `facebook` share: a channel on the fake, shorthand for posting and looking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publishers.channels._base import Message, Receipt
from publishers.channels.facebook import Channel, FacebookOptions
from tests.fakes.graph_api import FakePage
from tests.publishers.channels.drivers._base import message


def channel(page: FakePage, **options: Any) -> Channel:
    settings = {
        "name": "facebook",
        "kind": "facebook",
        "locale": "it",
        "page_id": page.page_id,
        "base_url": page.url,
        **options,
    }
    return Channel(FacebookOptions(**settings), page.secrets, Path())


def publish(page: FakePage, sent: Message | None = None, **options: Any) -> Receipt:
    made, sent = channel(page, **options), sent or message()
    return made.publish(sent, made.compose(sent))


def find(page: FakePage, sent: Message, **options: Any) -> Receipt | None:
    made = channel(page, **options)
    return made.find(sent, made.compose(sent))
