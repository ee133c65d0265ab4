"""How often somebody may be wrong. A stranger's failures never count against the owner.

Counted in the database, because several processes and machines sign people in, and because a
restart must not forget it. What counts is who tries, not whose login is tried: a login from one
neighbourhood, the neighbourhood itself, or, where the owner signed in before, that very browser
(OWASP, "Slow down online guessing attacks with device cookies").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from incidents.access._digests import digest
from incidents.access._rows import FailedSignIn
from incidents.db import Database
from incidents.errors import NotAllowed

WINDOW = timedelta(minutes=15)
"""How long a failure counts."""
PER_LOGIN = 5
"""Failures with one login from one neighbourhood."""
PER_NEIGHBOURHOOD = 30
"""Failures from one neighbourhood, whatever the login: an office has many people in one."""
PER_DEVICE = 10
"""Failures in a browser in which this operator signed in before."""
PER_CODES = 20
"""Wrong codes for one operator from unknown browsers: they all knew the password."""


class WrongSignIn(NotAllowed):
    """Login, password or code are not right; which of them is not said."""


class TooManyTries(NotAllowed):
    """Whoever tries has to wait; `minutes` says how long at the most."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many attempts from here; try again in {minutes} minutes")
        self.minutes = minutes


@dataclass(frozen=True, slots=True)
class Counter:
    """One thing that failures are counted against, and how many it may have."""

    digest: str
    most: int


def password_counters(login: str, neighbourhood: str, device: str | None) -> tuple[Counter, ...]:
    """What a wrong password counts against. `device`: the id of a browser known for this login."""
    if device is not None:
        return (Counter(digest(f"device {device}"), PER_DEVICE),)
    return (
        Counter(digest(f"login {neighbourhood} {login.casefold()}"), PER_LOGIN),
        Counter(digest(f"neighbourhood {neighbourhood}"), PER_NEIGHBOURHOOD),
    )


def code_counters(operator_id: str, neighbourhood: str, device: str | None) -> tuple[Counter, ...]:
    """What a wrong code of a second factor counts against."""
    if device is not None:
        return (Counter(digest(f"code device {device}"), PER_DEVICE),)
    return (
        Counter(digest(f"code {operator_id} {neighbourhood}"), PER_LOGIN),
        Counter(digest(f"code {operator_id}"), PER_CODES),
    )


def own_counters(session_id: str) -> tuple[Counter, ...]:
    """What a wrong password counts against that somebody gives who is signed in."""
    return (Counter(digest(f"own {session_id}"), PER_LOGIN),)


def count_attempt(db: Database, counters: Sequence[Counter], now: datetime) -> None:
    """Count an attempt before it is made, so that many at once are counted too.

    Raises `TooManyTries`; `forgive` takes it back where the attempt was right.
    """
    with db.claim() as session:
        count_within(session, counters, now)


def count_within(session: Session, counters: Sequence[Counter], now: datetime) -> None:
    """The same, in a transaction that is under way. Raises `TooManyTries`."""
    since = now - WINDOW
    for counter in counters:
        count, oldest = session.execute(
            select(func.count(), func.min(FailedSignIn.at)).where(
                FailedSignIn.counted == counter.digest, FailedSignIn.at > since
            )
        ).one()
        if count >= counter.most:
            raise TooManyTries(_minutes_until(oldest + WINDOW, now))
    session.add_all(FailedSignIn(counted=counter.digest, at=now) for counter in counters)


def forgive(session: Session, counters: Sequence[Counter], now: datetime) -> None:
    """Take back what was counted for an attempt that was right, and all before it but for the
    neighbourhood's: one right password must not pay for guesses at other logins."""
    narrow = min(counters, key=lambda counter: counter.most)
    session.execute(delete(FailedSignIn).where(FailedSignIn.counted == narrow.digest))
    for counter in counters:
        if counter is narrow:
            continue
        own = (
            select(FailedSignIn.id)
            .where(FailedSignIn.counted == counter.digest, FailedSignIn.at == now)
            .limit(1)
        )
        session.execute(delete(FailedSignIn).where(FailedSignIn.id.in_(own)))


def _minutes_until(moment: datetime, now: datetime) -> int:
    return max(1, -int((now - moment).total_seconds() // 60))
