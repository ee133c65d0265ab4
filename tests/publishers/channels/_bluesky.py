"""What the tests of `bluesky` share: a channel on a PDS, and shorthand for posting."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publishers.channels._base import Message, Receipt
from publishers.channels.bluesky import BlueskyOptions, Channel
from tests.fakes.bluesky_pds import HANDLE, FakeBluesky, address
from tests.publishers.channels.drivers._base import message

AT = datetime(2020, 12, 7, 20, 49, 30, 123456, tzinfo=UTC)
GONE = address("3jzfcijpj2z2a")
"""A post that is not there."""


def options(**changes: Any) -> BlueskyOptions:
    settings = {"name": "bluesky", "kind": "bluesky", "locale": "it", "handle": HANDLE, **changes}
    return BlueskyOptions(**settings)


def channel(pds: FakeBluesky, **changes: Any) -> Channel:
    urls = {"base_url": pds.url, "appview_url": pds.url}
    return Channel(options(**{**urls, **changes}), dict(pds.secrets), Path())


def publish(made: Channel, sent: Message | None = None) -> Receipt:
    sent = sent or message()
    return made.publish(sent, made.compose(sent))


def find(made: Channel, sent: Message) -> Receipt | None:
    return made.find(sent, made.compose(sent))


def only_record(pds: FakeBluesky) -> dict[str, Any]:
    (record,) = pds.records.values()
    return record
