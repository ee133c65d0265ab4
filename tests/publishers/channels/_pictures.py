"""What the tests of pictures share: each kind that attaches one on its fake, and a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from publishers.channels._base import Message, Publisher, Receipt
from publishers.channels._picture import Picture, Sign
from tests.fakes._service import FakeService
from tests.fakes.bluesky_pds import FakeBluesky
from tests.fakes.graph_api import FakePage
from tests.fakes.mastodon_api import FakeMastodon
from tests.fakes.x_api import FakeX
from tests.publishers.channels import _bluesky, _facebook, _mastodon, _x
from tests.publishers.channels.drivers._base import message

PICTURE = Picture(
    service="IO, l’app dei servizi pubblici",
    sign=Sign.OPEN,
    status="Stiamo verificando",
    name="Portafoglio non disponibile",
    said="Pubblicato alle 21:49 di lunedì 7 dicembre 2020 (ora italiana)",
    promise="Prossimo aggiornamento entro le 22:20 di lunedì 7 dicembre 2020 (ora italiana)",
)
Shown = tuple[bytes, str]


@dataclass(frozen=True)
class Network:
    """One kind on its fake; nothing was asked of it yet but who we are, so that the next request
    is that of the picture."""

    fake: Any
    channel: Publisher
    shown: Callable[[], list[Shown | None]]
    """The picture and the alternative text of each post."""
    upload: str
    """The end of the address that takes pictures."""

    def publish(self, sent: Message) -> Receipt:
        return self.channel.publish(sent, self.channel.compose(sent))


def pictured(**changes: Any) -> Message:
    """A message with a picture."""
    return replace(message(**changes), picture=PICTURE)


@contextmanager
def network(kind: str, folder: Path) -> Iterator[Network]:
    fake, make = _KINDS[kind]
    with fake() as started:
        made = make(started, folder)
        made.channel.check()
        started.requests.clear()
        yield made
        made.channel.close()


def _on_x(fake: FakeX, _folder: Path) -> Network:
    def shown() -> list[Shown | None]:
        found = [fake.media[tweet.media] if tweet.media else None for tweet in fake.tweets]
        return [(media.png, media.alt) if media else None for media in found]

    return Network(fake, _x.channel(fake, picture=True), shown, "/2/media/upload")


def _on_mastodon(fake: FakeMastodon, folder: Path) -> Network:
    def shown() -> list[Shown | None]:
        return [fake.media[s.media[0]] if s.media else None for s in fake.statuses]

    return Network(fake, _mastodon.channel(fake, folder, picture=True), shown, "/api/v2/media")


def _on_bluesky(fake: FakeBluesky, _folder: Path) -> Network:
    def shown() -> list[Shown | None]:
        return [_in_record(fake, record) for record in fake.records.values()]

    return Network(fake, _bluesky.channel(fake, picture=True), shown, ".uploadBlob")


def _in_record(fake: FakeBluesky, record: dict[str, Any]) -> Shown | None:
    images = record.get("embed", {}).get("images", [])
    return (fake.blobs[images[0]["image"]["ref"]["$link"]], images[0]["alt"]) if images else None


def _on_facebook(page: FakePage, _folder: Path) -> Network:
    def shown() -> list[Shown | None]:
        return [page.photos[post.photo] if post.photo else None for post in page.kept]

    return Network(page, _facebook.channel(page, picture=True), shown, "/photos")


_KINDS: dict[str, tuple[type[FakeService], Callable[[Any, Path], Network]]] = {
    "x": (FakeX, _on_x),
    "mastodon": (FakeMastodon, _on_mastodon),
    "bluesky": (FakeBluesky, _on_bluesky),
    "facebook": (FakePage, _on_facebook),
}
KINDS = tuple(_KINDS)
