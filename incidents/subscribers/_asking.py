"""What the public may do without an account: ask, confirm, choose, leave, be forgotten.

Whoever asks changes nothing but a row of its own: only the owner of the address, by the link that
is sent to it, makes it count. So nobody learns from an answer whether an address is known, and
nobody changes what somebody else chose.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Select, delete, insert, literal, select
from sqlalchemy.orm import Session

from incidents.access._digests import digest
from incidents.access._throttle import Counter, TooManyTries, count_attempt, count_within
from incidents.actions import Desk, random_id
from incidents.db import Database
from incidents.errors import InvalidInput, NotFound
from incidents.status import ListMode
from incidents.subscribers._address import address_key, read_address, read_email
from incidents.subscribers._choices import Choices, checked_choices, choices_of, set_choices
from incidents.subscribers._rows import Letter, LetterKind, Subscriber, SubscriberState

MOST_ASKED = 3
"""Letters with a link that one address gets within a quarter of an hour, whoever asks."""
MOST_OWNERS = 10
"""Owners of one webhook's address who are sent their links when somebody names it."""
MOST_FOLLOWED = 50
"""Single incidents that one subscriber may follow."""
STANDING = (SubscriberState.ACTIVE, SubscriberState.QUARANTINED, SubscriberState.UNSUBSCRIBED)
"""States of what was confirmed once."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for. Addresses as they were typed."""

    mode: ListMode
    address: str
    choices: Choices
    contact: str = ""
    """A webhook's owner: their e-mail address."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """A browser's keys: `p256dh` and `auth`."""


def ask(desk: Desk, request: Request, now: datetime) -> str:
    """Keep a request, and send its address a link that confirms it; answers the request's id.

    The answer is the same whether the address is known or not, and whether the letter is sent or
    the address had too many of them within the hour. Raises `InvalidInput`.
    """
    address = read_address(request.mode, request.address)
    contact = owner_of(request)
    may_have_a_letter = may_be_written(desk.db, contact or address, now)
    with desk.db.claim() as session:
        choices = checked_choices(session, request.choices, desk.service.locales)
        row = new_row(session, request, address, contact, choices, now)
        if may_have_a_letter:
            write_letter(session, row, LetterKind.CONFIRM, now)
        return row.id


def owner_of(request: Request) -> str | None:
    """Where a webhook's owner reads mail; None of all else. Raises `InvalidInput`."""
    if request.mode is not ListMode.WEBHOOK:
        return None
    if not request.contact.strip():
        raise InvalidInput("email: say where you read mail; the link that confirms is sent there")
    return read_email(request.contact)


def new_row(
    session: Session,
    request: Request,
    address: str,
    contact: str | None,
    choices: Choices,
    now: datetime,
) -> Subscriber:
    """A request as it is kept until its owner confirms it."""
    row = Subscriber(
        id=random_id(),
        mode=request.mode,
        address=address,
        address_key=address_key(request.mode, address, contact),
        contact=contact,
        keys=dict(request.keys),
        state=SubscriberState.UNCONFIRMED,
        created_at=now,
        changed_at=now,
        active_since=None,
        locale=choices.locale,
        follows=True,
        everything=True,
        incidents=True,
        maintenances=True,
        notices=True,
    )
    session.add(row)
    session.flush()
    set_choices(session, row, choices)
    return row


def may_be_written(db: Database, address: str, now: datetime) -> bool:
    """Whether an address may get one more letter with a link: nobody floods a stranger."""
    try:
        count_attempt(db, [_letters_to(address)], now)
    except TooManyTries:
        return False
    return True


def _letters_to(address: str) -> Counter:
    """However it is written, lest one address have as many letters as it has spellings."""
    return Counter(digest(f"letters to {address.lower()}"), MOST_ASKED)


def write_letter(session: Session, row: Subscriber, kind: LetterKind, now: datetime) -> None:
    """Let a subscriber have a letter that is no news. What concerns a webhook goes to its owner."""
    by_mail = row.mode is not ListMode.PUSH
    session.add(
        Letter(
            channel=str(ListMode.EMAIL if by_mail else row.mode),
            subscriber=row.number,
            kind=kind,
            created_at=now,
            not_before=now,
        )
    )


def ask_again(db: Database, subscriber_id: str, now: datetime) -> None:
    """Send the link that confirms once more. Raises `NotFound`; too many are silently not sent."""
    with db.read() as session:
        row = find(session, subscriber_id)
    is_new = row.state is SubscriberState.UNCONFIRMED
    if is_new and may_be_written(db, row.contact or row.address, now):
        with db.claim() as session:
            write_letter(session, find(session, subscriber_id), LetterKind.CONFIRM, now)


def ask_for_link(db: Database, mode: ListMode, typed: str, now: datetime) -> None:
    """Send the owner of a known address the link to their choices; says nothing of whether it is.

    Raises `InvalidInput` for what is no address.
    """
    address = read_address(mode, typed)
    with contextlib.suppress(TooManyTries), db.claim() as session:
        count_within(session, [_letters_to(address)], now)
        # One commit and the same statements for every address: how long it takes says nothing.
        session.execute(_links_for(mode, address, now))


def _links_for(mode: ListMode, address: str, now: datetime) -> Insert:
    """A letter with the link to each who has an address, and to nobody where nobody has it."""
    letter = {
        Letter.channel: ListMode.EMAIL,
        Letter.kind: LetterKind.MANAGE,
        Letter.created_at: now,
        Letter.not_before: now,
        Letter.attempts: 0,
        Letter.error: "",
    }
    same = [literal(value, column.type).label(column.key) for column, value in letter.items()]
    owners = _standing_at(mode, address, Subscriber.number, *same)
    return insert(Letter).from_select([Letter.subscriber, *letter], owners)


def _standing_at(mode: ListMode, address: str, *wanted: Any) -> Select[Any]:
    """Of whoever has an address and did not leave: a webhook may have several owners."""
    if mode is ListMode.EMAIL:
        named = Subscriber.address_key == address_key(mode, address)
    else:
        named = Subscriber.address == address
    stays = Subscriber.state.in_((SubscriberState.ACTIVE, SubscriberState.QUARANTINED))
    return select(*wanted).where(Subscriber.mode == mode, named, stays).limit(MOST_OWNERS)


def find(session: Session, subscriber_id: str) -> Subscriber:
    """A subscriber by id. Raises `NotFound`."""
    row = session.scalar(select(Subscriber).where(Subscriber.id == subscriber_id))
    if row is None:
        raise NotFound("there is no such subscription")
    return row


def standing(session: Session, mode: ListMode, key: str) -> Subscriber | None:
    """The one row of an address (of a webhook: and its owner) that was confirmed once."""
    return session.scalar(
        select(Subscriber).where(
            Subscriber.mode == mode,
            Subscriber.address_key == key,
            Subscriber.state.in_(STANDING),
        )
    )


def confirm(desk: Desk, subscriber_id: str, now: datetime) -> Subscriber:
    """The owner says that it was them: from now on it counts, in place of what they chose before.

    Twice is once. Raises `NotFound`.
    """
    with desk.db.claim() as session:
        row = find(session, subscriber_id)
        if row.state is SubscriberState.UNCONFIRMED:
            take_the_place(session, row)
            activate(row, now)
        return row


def take_the_place(session: Session, row: Subscriber) -> None:
    """Let a request take the place of what its address had; single incidents add up."""
    old = standing(session, row.mode, row.address_key)
    if old is None:
        return
    if old.state is not SubscriberState.UNSUBSCRIBED:
        set_choices(session, row, _merged(choices_of(session, old), choices_of(session, row)))
    session.execute(delete(Subscriber).where(Subscriber.number == old.number))
    session.expunge(old)


def _merged(before: Choices, asked: Choices) -> Choices:
    """To follow one incident more takes nothing away; everything else is as it was asked now."""
    followed = dict.fromkeys((*asked.incidents, *before.incidents))
    kept = asked if asked.follows else replace(before, locale=asked.locale)
    return replace(kept, incidents=tuple(followed)[:MOST_FOLLOWED])


def activate(row: Subscriber, now: datetime) -> None:
    """From now on it gets what is published."""
    row.state, row.changed_at, row.active_since = SubscriberState.ACTIVE, now, now
    row.bounces, row.bounced_at, row.why = 0, None, ""


def choose(desk: Desk, key: str, mode: ListMode, choices: Choices) -> None:
    """The owner changes what they chose. Raises `NotFound`, `InvalidInput`."""
    with desk.db.claim() as session:
        row = _owned(session, mode, key)
        set_choices(session, row, checked_choices(session, choices, desk.service.locales))


def leave(db: Database, mode: ListMode, key: str, now: datetime) -> bool:
    """Unsubscribe an address; False where it was not subscribed. Nothing else is touched."""
    with db.claim() as session:
        row = standing(session, mode, key)
        if row is None or row.state is SubscriberState.UNSUBSCRIBED:
            return False
        row.state, row.changed_at, row.active_since = SubscriberState.UNSUBSCRIBED, now, None
        session.execute(delete(Letter).where(Letter.subscriber == row.number))
        return True


def come_back(db: Database, mode: ListMode, key: str, now: datetime) -> bool:
    """Undo an unsubscription that was a mistake, or a quarantine; False where nothing is left."""
    with db.claim() as session:
        row = standing(session, mode, key)
        if row is None:
            return False
        if row.state is not SubscriberState.ACTIVE:
            activate(row, now)
        return True


def erase(db: Database, mode: ListMode, key: str) -> bool:
    """Remove all that is kept of an address, requests that were never confirmed included."""
    with db.claim() as session:
        same = (Subscriber.mode == mode) & (Subscriber.address_key == key)
        return bool(_gone(session, session.scalars(select(Subscriber.number).where(same)).all()))


def _gone(session: Session, numbers: Sequence[int]) -> int:
    if numbers:
        session.execute(delete(Subscriber).where(Subscriber.number.in_(numbers)))
    return len(numbers)


def _owned(session: Session, mode: ListMode, key: str) -> Subscriber:
    row = standing(session, mode, key)
    if row is None:
        raise NotFound("there is no such subscription")
    return row


@dataclass(frozen=True, slots=True)
class Standing:
    """One address as its owner may see it."""

    mode: ListMode
    key: str
    address: str
    contact: str | None
    state: SubscriberState
    choices: Choices
    created_at: datetime
    active_since: datetime | None
    bounces: int
    why: str


def look_up(session: Session, mode: ListMode, key: str) -> Standing | None:
    """What is kept of an address that was confirmed once; None where nothing is."""
    row = standing(session, mode, key)
    return as_standing(session, row) if row else None


def as_standing(session: Session, row: Subscriber) -> Standing:
    return Standing(
        mode=row.mode,
        key=row.address_key,
        address=row.address,
        contact=row.contact,
        state=row.state,
        choices=choices_of(session, row),
        created_at=row.created_at,
        active_since=row.active_since,
        bounces=row.bounces,
        why=row.why,
    )
