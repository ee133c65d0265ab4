"""What administrators do with subscribers: add, change, remove, reactivate, ask once more.

Each is an event of the trail with the subscriber's id, or how many there were, and never with an
address: the trail stays while a person is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, select, update

from incidents.access._digests import digest
from incidents.access._throttle import Counter, TooManyTries, count_within
from incidents.actions import Desk
from incidents.actions._desk import Act, acting
from incidents.errors import InvalidInput, NotFound, NotPossible
from incidents.status import ListMode, Role
from incidents.subscribers._address import address_key, read_address
from incidents.subscribers._asking import (
    MOST_ASKED,
    Request,
    activate,
    find,
    new_row,
    owner_of,
    standing,
    write_letter,
)
from incidents.subscribers._choices import Choices, checked_choices, choices_of, set_choices
from incidents.subscribers._finding import Search, matching
from incidents.subscribers._rows import Letter, LetterKind, Subscriber, SubscriberState

MOST_AT_ONCE = 100
"""Subscribers that one request may name."""
LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Added:
    """A subscriber who was added."""

    id: str
    asked: bool
    """Whether a letter asks them to confirm."""


def checked_note(note: str) -> str:
    """Where somebody's consent comes from, as the trail keeps it. Raises `InvalidInput`."""
    tidy = " ".join(note.split())
    if not tidy:
        raise InvalidInput("consent: say where and when they agreed, as the trail will keep it")
    if "@" in tidy:
        raise InvalidInput("consent: leave addresses out; the trail keeps this for good")
    if len(tidy) > LONGEST_NOTE or not tidy.isprintable():
        raise InvalidInput(f"consent: is too long; use at most {LONGEST_NOTE} characters")
    return tidy


def add(
    desk: Desk, actor: str, now: datetime, request: Request, consent: str | None = None
) -> Added:
    """Add a subscriber. With `consent`, which says where and when they agreed, they are active at
    once; else a letter asks them to confirm.

    Raises `InvalidInput`, also for an address that is subscribed, or was and left.
    """
    if request.mode is ListMode.PUSH:
        raise InvalidInput("mode: a browser subscribes by itself")
    address, contact = read_address(request.mode, request.address), owner_of(request)
    note = checked_note(consent) if consent is not None else ""
    with acting(desk, actor, now, Role.ADMIN) as act:
        known = standing(act.session, request.mode, address_key(request.mode, address, contact))
        _must_be_new(request.mode, known, by_consent=bool(note))
        choices = checked_choices(act.session, request.choices, desk.service.locales)
        row = new_row(act.session, request, address, contact, choices, now)
        if note:
            activate(row, now)
        else:
            _ask(act, row)
        act.event("subscriber_added", public=False, subscriber=row.id, mode=row.mode, consent=note)
        return Added(row.id, asked=not note)


def _must_be_new(mode: ListMode, known: Subscriber | None, *, by_consent: bool) -> None:
    field = "email" if mode is ListMode.EMAIL else "endpoint"
    if known is None:
        return
    if known.state is not SubscriberState.UNSUBSCRIBED:
        raise InvalidInput(f"{field}: is subscribed already")
    if by_consent:
        raise InvalidInput(f"{field}: its owner unsubscribed; let a letter ask them to confirm")


def change(desk: Desk, actor: str, now: datetime, subscriber_id: str, choices: Choices) -> None:
    """Change what a subscriber chose. Raises `NotFound`, `InvalidInput`."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        row = find(act.session, subscriber_id)
        wanted = checked_choices(act.session, choices, desk.service.locales)
        if wanted == choices_of(act.session, row):
            return
        set_choices(act.session, row, wanted)
        act.event("subscriber_changed", public=False, subscriber=row.id)


def remove(desk: Desk, actor: str, now: datetime, subscriber_ids: Sequence[str]) -> int:
    """Erase subscribers for good; answers how many. Raises `InvalidInput`, `NotFound`."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        rows = _named(act, subscriber_ids)
        numbers = [row.number for row in rows]
        act.session.execute(delete(Subscriber).where(Subscriber.number.in_(numbers)))
        _tell(act, "subscribers_removed", rows)
        return len(rows)


def unsubscribe(desk: Desk, actor: str, now: datetime, subscriber_ids: Sequence[str]) -> int:
    """Write to subscribers no more; they are erased in a few days. Answers how many it were.

    Requests that were never confirmed are erased at once. Raises `InvalidInput`, `NotFound`.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        rows = _named(act, subscriber_ids)
        for row in rows:
            act.session.execute(delete(Letter).where(Letter.subscriber == row.number))
            if row.state is SubscriberState.UNCONFIRMED:
                act.session.delete(row)
            elif row.state is not SubscriberState.UNSUBSCRIBED:
                row.state, row.changed_at = SubscriberState.UNSUBSCRIBED, now
                row.active_since = None
        _tell(act, "subscribers_unsubscribed", rows)
        return len(rows)


def reactivate(desk: Desk, actor: str, now: datetime, subscriber_ids: Sequence[str]) -> int:
    """Write to those again whose letters came back; answers how many.

    Raises `InvalidInput`, `NotFound`, `NotPossible` for one that is not quarantined: nobody but
    its owner lets one come back that left.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        rows = _named(act, subscriber_ids)
        for row in rows:
            if row.state is not SubscriberState.QUARANTINED:
                raise NotPossible("only who is quarantined can be reactivated")
            activate(row, now)
        _tell(act, "subscribers_reactivated", rows)
        return len(rows)


def reactivate_all(
    desk: Desk, actor: str, now: datetime, modes: Sequence[ListMode] = tuple(ListMode)
) -> int:
    """The same with everybody on some lists who is quarantined."""
    which = (Subscriber.state == SubscriberState.QUARANTINED) & Subscriber.mode.in_(modes)
    back = {"state": SubscriberState.ACTIVE, "changed_at": now, "active_since": now, "bounces": 0}
    with acting(desk, actor, now, Role.ADMIN) as act:
        done = act.session.execute(update(Subscriber).where(which).values(**back, why=""))
        count = int(cast("Any", done).rowcount)
        if count:
            act.event("subscribers_reactivated", public=False, count=count)
        return count


def resend(desk: Desk, actor: str, now: datetime, subscriber_ids: Sequence[str]) -> int:
    """Ask those once more who never confirmed; answers how many.

    Whoever had too many letters of late gets none, without a word. Raises `InvalidInput`,
    `NotFound`.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        found = _named(act, subscriber_ids)
        rows = [row for row in found if row.state is SubscriberState.UNCONFIRMED]
        for row in rows:
            _ask(act, row)
        _tell(act, "subscribers_asked_again", rows)
        return len(rows)


def named_or_all(desk: Desk, asked: Search) -> Sequence[str]:
    """The ids of all that are asked for. Raises `InvalidInput` where they are too many."""
    with desk.db.read() as session:
        found = matching(session, asked, MOST_AT_ONCE + 1)
    if len(found) > MOST_AT_ONCE:
        raise InvalidInput(f"subscribers: there are more than {MOST_AT_ONCE}; name them by id")
    return found


def note_export(desk: Desk, actor: str, now: datetime, count: int) -> None:
    """Somebody takes all addresses away in a file: the trail says who, when and how many."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        act.event("subscribers_exported", public=False, count=count)


def _named(act: Act, subscriber_ids: Sequence[str]) -> list[Subscriber]:
    wanted = list(dict.fromkeys(subscriber_ids))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise InvalidInput(f"subscribers: name 1 to {MOST_AT_ONCE} of them by id")
    rows = act.session.scalars(select(Subscriber).where(Subscriber.id.in_(wanted))).all()
    if len(rows) != len(wanted):
        missing = set(wanted) - {row.id for row in rows}
        raise NotFound(f"subscribers: there is no subscriber {min(missing)!r}")
    return list(rows)


def _tell(act: Act, kind: str, rows: Sequence[Subscriber]) -> None:
    ids = sorted(row.id for row in rows)
    if len(ids) == 1:
        act.event(kind, public=False, subscriber=ids[0])
    elif ids:
        act.event(kind, public=False, count=len(ids), subscribers=ids)


def _ask(act: Act, row: Subscriber) -> None:
    """Ask one to confirm, unless they had too many letters of late. It counts as if the owner of
    the address had asked: nobody is flooded by us either."""
    try:
        counter = Counter(digest(f"letters to {row.contact or row.address}"), MOST_ASKED)
        count_within(act.session, [counter], act.now)
    except TooManyTries:
        return
    write_letter(act.session, row, LetterKind.CONFIRM, act.now)
