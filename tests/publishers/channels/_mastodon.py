"""What the tests of `mastodon` share: a channel on the fake, and shorthand for posting and looking.

The channel keeps what it learns in the folder that each test gives it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publishers.channels._base import Message, Receipt
from publishers.channels._mastodon_limits import KnownLimits, Limits
from publishers.channels.mastodon import Channel, MastodonOptions
from tests.fakes.mastodon_api import FakeMastodon
from tests.publishers.channels.drivers._base import message


def channel(fake: FakeMastodon, folder: Path, *, learned: bool = True, **options: Any) -> Channel:
    """A channel that knows the instance's limits, unless it is not to have `learned` them."""
    if learned:
        known(fake, folder).write(Limits(fake.max_characters, fake.per_link), datetime.now(UTC))
    settings = {"name": "mastodon", "kind": "mastodon", "locale": "it", "base_url": fake.url}
    return Channel(MastodonOptions(**{**settings, **options}), fake.secrets, folder)


def known(fake: FakeMastodon, folder: Path) -> KnownLimits:
    return KnownLimits(folder / "limits" / "mastodon.json", fake.url)


def publish(
    fake: FakeMastodon, folder: Path, sent: Message | None = None, **options: Any
) -> Receipt:
    made, sent = channel(fake, folder, **options), sent or message()
    return made.publish(sent, made.compose(sent))


def find(fake: FakeMastodon, folder: Path, sent: Message, **options: Any) -> Receipt | None:
    made = channel(fake, folder, **options)
    return made.find(sent, made.compose(sent))
