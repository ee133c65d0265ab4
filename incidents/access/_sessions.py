"""Sessions: begun at a sign-in, over when idle or old, ended by whoever owns them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incidents.access._digests import digest, new_token
from incidents.access._rows import Credential, SignInSession
from incidents.db import Database
from incidents.models import Operator
from incidents.status import Role

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is written down when a session was last used."""
HALF_FOR = timedelta(minutes=10)
"""How long the second factor may follow the password."""


@dataclass(frozen=True, slots=True)
class Limits:
    """After how long a session is over: without use, and in any case."""

    idle: timedelta = timedelta(hours=8)
    longest: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a sign-in comes from, as far as that is kept."""

    neighbourhood: str
    """Of the address: "203.0.113.0/24"."""
    browser: str
    """As in "Firefox, Linux"."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is behind a session."""

    operator_id: str
    login: str
    name: str
    role: Role
    locale: str | None
    """None: never chosen."""
    session_id: str
    """The session's digest; it opens nothing."""
    half: bool
    """The second factor is still to come."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of the list of one's own sessions."""

    id: str
    created_at: datetime
    seen_at: datetime
    way: str
    browser: str
    neighbourhood: str


def begin_session(
    session: Session,
    operator_id: str,
    now: datetime,
    visitor: Visitor,
    way: str,
    *,
    half: bool = False,
) -> str:
    """Let a browser in, within a transaction; answers the token for its cookie."""
    token = new_token()
    row = SignInSession(
        digest=digest(token),
        operator_id=operator_id,
        created_at=now,
        seen_at=now,
        half=half,
        way=way,
        browser=visitor.browser,
        neighbourhood=visitor.neighbourhood,
    )
    session.add(row)
    session.flush()
    return token


def person_of(db: Database, token: str, now: datetime, limits: Limits) -> Person | None:
    """Who shows this token; None where its session is over, or never was."""
    key = digest(token)
    with db.read() as session:
        found = session.execute(
            select(SignInSession, Operator, Credential.locale)
            .join(Operator, Operator.id == SignInSession.operator_id)
            .outerjoin(Credential, Credential.operator_id == Operator.id)
            .where(SignInSession.digest == key)
        ).one_or_none()
    if found is None:
        return None
    row, operator, locale = found
    if operator.disabled_at is not None or is_over(row, now, limits):
        return None
    if now - row.seen_at >= SEEN_EVERY:
        with db.claim() as session:
            seen = update(SignInSession).where(SignInSession.digest == key)
            session.execute(seen.values(seen_at=now))
    return Person(
        operator.id, operator.login, operator.name, operator.role, locale, key, half=row.half
    )


def is_over(row: SignInSession, now: datetime, limits: Limits) -> bool:
    """Whether a session opens nothing any more."""
    longest = HALF_FOR if row.half else limits.longest
    return (
        row.ended_at is not None
        or now - row.created_at >= longest
        or now - row.seen_at >= limits.idle
    )


def sessions_of(
    db: Database, operator_id: str, now: datetime, limits: Limits
) -> tuple[OpenSession, ...]:
    """The open sessions of an operator, the one used last first."""
    with db.read() as session:
        rows = session.scalars(
            select(SignInSession)
            .where(
                SignInSession.operator_id == operator_id,
                SignInSession.ended_at.is_(None),
                SignInSession.half.is_(False),
            )
            .order_by(SignInSession.seen_at.desc())
        ).all()
    return tuple(
        OpenSession(
            row.digest, row.created_at, row.seen_at, row.way, row.browser, row.neighbourhood
        )
        for row in rows
        if not is_over(row, now, limits)
    )


def end_session(db: Database, operator_id: str, session_id: str, now: datetime) -> bool:
    """End one of an operator's own sessions; False where there is none such that is open."""
    if not session_id.isprintable():
        return False  # PostgreSQL takes no NUL
    with db.claim() as session:
        ended = session.execute(
            update(SignInSession)
            .where(
                SignInSession.digest == session_id,
                SignInSession.operator_id == operator_id,
                SignInSession.ended_at.is_(None),
            )
            .values(ended_at=now)
            .returning(SignInSession.digest)
        )
        return ended.first() is not None
