"""Looking on at a post that is out: as a reader, by the network's search, at what it reached.

Each is asked by itself: a network that refuses one of them says nothing of the others, and
nothing of the post.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from incidents.outbox import Followed, Following, Sight
from publishers.channels._base import ChannelBroken, Found, Publisher, Receipt, TryLater

log = structlog.get_logger()

_Told = TypeVar("_Told")


def sight_of(publisher: Publisher, receipt: Receipt) -> Sight:
    """What a reader sees of a post. Raises `TryLater` or `ChannelBroken`."""
    seen = publisher.look(receipt)
    return Sight(seen.reader, seen.account, follows=publisher.searches or publisher.counts)


class _Asking:
    """Asks a network for several things, and keeps why some of them were not told."""

    def __init__(self) -> None:
        self.why: list[str] = []
        self.retry_after: timedelta | None = None

    def ask(self, what: str, call: Callable[[], _Told]) -> _Told | None:
        """What was told; None where the network did not allow it, or the channel has a fault."""
        try:
            return call()
        except TryLater as problem:
            self.retry_after = max(
                filter(None, (self.retry_after, problem.retry_after)), default=None
            )
            self._refused(what, str(problem))
        except ChannelBroken as problem:
            self._refused(what, str(problem))
        except Exception as problem:  # a channel's own fault must not stop the others
            log.exception("channel_fault")
            self._refused(what, f"a fault of this channel ({type(problem).__name__})")
        return None

    def _refused(self, what: str, why: str) -> None:
        log.warning("look_refused", what=what, why=why)
        self.why.append(f"{what}: {why}")


def followed(publisher: Publisher, following: Following) -> Followed:
    """All that is due to be looked at of a post, as far as the network tells."""
    sent, asking = following.sent, _Asking()
    receipt = Receipt(sent.remote_id, sent.url, extra=sent.extra)
    sight = found = reach = None
    if following.looks:
        sight = asking.ask("look", lambda: sight_of(publisher, receipt))
    if following.searches and publisher.searches and _may_be_found(sight):
        found = asking.ask("search", lambda: publisher.search(receipt, following.text))
    if following.counts and publisher.counts:
        reach = asking.ask("reach", lambda: publisher.reach(receipt))
    told = found or Found()
    return Followed(
        sight=sight,
        search=told.text,
        hashtags=told.hashtags,
        searched=found is not None,
        reach=reach or {},
        why="; ".join(asking.why),
        retry_after=asking.retry_after,
    )


def _may_be_found(sight: Sight | None) -> bool:
    """A post that nobody sees is in no search: that need not be asked."""
    return sight is None or sight.visible is not False
