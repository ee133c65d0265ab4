"""What the tests of the chats share: a channel on a fake, shorthand for publishing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from incidents.status import PublicationKind
from publishers.channels._base import Message, Receipt
from publishers.channels._chat_webhook import WebhookChannel, WebhookOptions
from tests.fakes._service import FakeService
from tests.publishers.channels.drivers._base import message

T = TypeVar("T", bound=WebhookChannel)


def channel(kind: type[T], fake: FakeService, **options: Any) -> T:
    settings = {"name": "chat", "kind": "chat", "locale": "it", **options}
    return kind(WebhookOptions(**settings), fake.secrets, Path())


def publish(
    kind: type[WebhookChannel], fake: FakeService, sent: Message | None = None, **options: Any
) -> Receipt:
    made, sent = channel(kind, fake, **options), sent or message()
    try:
        return made.publish(sent, made.compose(sent))
    finally:
        made.close()


def correction(target: Receipt, short: str = "Rettifica: riapre alle 9.", **more: Any) -> Message:
    return message(
        key="delivery-2", kind=PublicationKind.CORRECTION, short=short, target=target, **more
    )
