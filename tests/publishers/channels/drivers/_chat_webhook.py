"""What the drivers of the chats with a webhook have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from publishers.channels._base import Publisher
from publishers.channels._chat_webhook import WebhookChannel, WebhookOptions
from tests.publishers.channels.drivers import _base


class Driver(_base.NetworkDriver):
    """Works one room. A webhook cannot read, so that nothing is looked for."""

    channel_type: ClassVar[type[WebhookChannel]]
    path: ClassVar[str]
    """Of the webhook's address, with its query."""
    impossible: ClassVar = {
        "usage cap": "a webhook has no plan",
        "no credit": "a webhook costs nothing",
        "duplicate": "the same text is taken twice",
    }
    threads = False
    may_refuse_replies = False
    reads_back = False

    def make(self, **options: Any) -> Publisher:
        settings = {"name": self.kind, "kind": self.kind, "locale": "it", **options}
        secrets = {**self.fake.secrets, "webhook_url": self.url + self.path}
        return self.channel_type(WebhookOptions(**settings), secrets, self.folder)

    def remove(self, remote_id: str) -> None:
        """Nobody would notice."""
