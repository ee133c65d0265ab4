"""What the tests of `x` share: a channel on the fake, and shorthand for posting and looking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from publishers.channels._base import Message, Receipt
from publishers.channels.x import Channel, XOptions
from tests.fakes.x_api import FakeX, problem
from tests.publishers.channels.drivers._base import message


def channel(x: FakeX, **options: Any) -> Channel:
    settings = {"name": "x", "kind": "x", "locale": "it", "base_url": x.url}
    more: dict[str, Any] = {"reader_url": x.url, **options}
    return Channel(XOptions(**{**settings, **more}), x.secrets, Path())


def publish(x: FakeX, sent: Message | None = None, **options: Any) -> Receipt:
    made, sent = channel(x, **options), sent or message()
    return made.publish(sent, made.compose(sent))


def find(x: FakeX, sent: Message, **options: Any) -> Receipt | None:
    made = channel(x, **options)
    return made.find(sent, made.compose(sent))


def forbidden(detail: str) -> dict[str, Any]:
    return problem(403, "Forbidden", detail)
