"""Looking on, after a post was read back once: again as a reader, by the search, at its reach.

A search's index is slow, and networks bill what is asked: a few looks at set times, each counted
before it is made, and none after a day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.db import Database
from incidents.models import Delivery
from incidents.outbox._rows import CHANNEL, LOOKS, NOW, OUT, VERIFY_AFTER, Sent, sent_of
from incidents.sightings import Sighting
from incidents.status import DeliveryState

STEPS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24))
"""When it is looked on, after the sending."""
SHOWING_TAKES = VERIFY_AFTER + sum(LOOKS, timedelta(0))
"""So long a network has to show a post: until the last of the first looks."""
SEARCH_TAKES = timedelta(hours=1)
"""What a search does not find sooner than this may not have been indexed yet."""
NOT_SEEN = "sent, but a reader does not see it"
NOT_SEEN_ANY_MORE = "it was seen, but a reader does not see it any more"
_WHY_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look found; None where it could not be told."""

    reader: bool | None = None
    account: bool | None = None
    follows: bool = False
    """Whether there is more to look at later: a search, or a reach."""

    @property
    def visible(self) -> bool | None:
        """Whether the post can be seen, as `Sighting.visible`."""
        if self.account is False:
            return False
        return self.account if self.reader is None else self.reader


@dataclass(frozen=True, slots=True)
class Following:
    """A post to look on at, and at what."""

    delivery: int
    channel: str
    sent: Sent
    text: str
    looks: bool
    """Whether a reader's look is due."""
    searches: bool
    """Whether a search is due, for it has not found everything yet."""
    counts: bool
    """Whether its reach is due."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What looking on found; None where it was not looked at, or the network did not allow it."""

    sight: Sight | None = None
    search: bool | None = None
    hashtags: Mapping[str, bool | None] = field(default_factory=dict)
    searched: bool = False
    reach: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    retry_after: timedelta | None = None


_ANY = select(Sighting.delivery_id).where(Sighting.channel == CHANNEL, Sighting.due_at <= NOW)


def begin_sighting(session: Session, delivery: Delivery, now: datetime, sight: Sight) -> None:
    """A post that is out was looked at: keep what was found, and when to look on.

    That nobody sees it counts with the last of the first looks: the network had two minutes.
    """
    if sight.visible is None and not sight.follows:
        return
    row = session.get(Sighting, delivery.id) or Sighting(
        delivery_id=delivery.id, channel=delivery.channel, hashtags={}, reach={}, steps=0
    )
    row.reader, row.account, row.looked_at = sight.reader, sight.account, now
    if row.due_at is None and row.steps == 0:
        row.due_at = (delivery.sent_at or now) + STEPS[0]
    _judge(row, now, missed=sight.visible is False and delivery.looks >= len(LOOKS))
    session.add(row)


def due_following(db: Database, channel: str, now: datetime) -> Following | None:
    """A post of a channel that should be looked on at now, if any; counted before it is made."""
    values = {"channel": channel, "now": now}
    with db.read() as session:
        if session.connection().scalar(_ANY.limit(1), values) is None:
            return None
    with db.claim() as session:
        row = session.scalars(
            select(Sighting)
            .where(Sighting.channel == CHANNEL, Sighting.due_at <= NOW)
            .order_by(Sighting.due_at)
            .limit(1)
            .with_for_update(skip_locked=True),
            values,
        ).first()
        return _take(session, row, now) if row else None


def _take(session: Session, row: Sighting, now: datetime) -> Following | None:
    delivery = session.get_one(Delivery, row.delivery_id)
    sent_at = delivery.sent_at
    if sent_at is None or delivery.state not in OUT or _is_edited(session, delivery):
        # Its post says something else by now, and is looked at for what it says.
        row.due_at = row.unseen_since = None
        return None
    # After an outage it is looked at once, not once for each time that was missed.
    row.steps = max(row.steps + 1, bisect_right(STEPS, now - sent_at))
    row.due_at = sent_at + STEPS[row.steps] if row.steps < len(STEPS) else None
    late = row.steps > STEPS.index(SEARCH_TAKES)
    found = row.search is True and all(row.hashtags.values())
    return Following(
        delivery=delivery.id,
        channel=delivery.channel,
        sent=sent_of(delivery),
        text=delivery.text or "",
        looks=late or row.visible is False,
        searches=not found,
        counts=late,
    )


def _is_edited(session: Session, delivery: Delivery) -> bool:
    later = select(Delivery.id).where(
        Delivery.channel == delivery.channel,
        Delivery.thread == delivery.thread,
        Delivery.seq > delivery.seq,
        Delivery.remote_id == delivery.remote_id,
        Delivery.state.in_(OUT),
    )
    return session.scalar(later.limit(1)) is not None


def settle_following(db: Database, following: Following, now: datetime, found: Followed) -> None:
    """Keep what looking on found. What the network did not allow stays as it was known before."""
    with db.claim() as session:
        row = session.get(Sighting, following.delivery, with_for_update=True)
        delivery = session.get(Delivery, following.delivery, with_for_update=True)
        if row is None or delivery is None or delivery.sent_at is None:
            return
        row.why = found.why[:_WHY_LENGTH]
        if found.searched:
            _note_search(row, now, found)
        if found.reach:
            row.reach, row.reach_at = dict(found.reach), now
        if found.sight is not None and found.sight.visible is not None:
            row.reader, row.account = found.sight.reader, found.sight.account
            row.looked_at = now
            _restate(delivery, seen=found.sight.visible)
        if row.due_at is not None and found.retry_after is not None:
            row.due_at = max(row.due_at, now + found.retry_after)
        age = now - delivery.sent_at
        hidden = row.visible is False and age >= SHOWING_TAKES
        _judge(row, now, missed=hidden or (row.is_missed and age >= SEARCH_TAKES))


def _note_search(row: Sighting, now: datetime, found: Followed) -> None:
    """Found once is found: an index is not asked for ever."""
    row.searched_at = now
    if found.search is not None and row.search is not True:
        row.search = found.search
    told = {tag: is_there for tag, is_there in found.hashtags.items() if is_there is not None}
    kept = {tag: True for tag, was_there in row.hashtags.items() if was_there}
    row.hashtags = {**found.hashtags, **row.hashtags, **told, **kept}


def _restate(delivery: Delivery, *, seen: bool) -> None:
    """A post may be hidden or deleted later, or be seen after all."""
    if seen:
        delivery.state, delivery.error = DeliveryState.VERIFIED, None
    elif delivery.state is DeliveryState.VERIFIED:
        delivery.state, delivery.error = DeliveryState.SENT, NOT_SEEN_ANY_MORE
    else:
        delivery.error = delivery.error or NOT_SEEN


def _judge(row: Sighting, now: datetime, *, missed: bool) -> None:
    if not missed:
        row.unseen_since = None
    elif row.unseen_since is None and row.known_at is None:
        row.unseen_since = now
