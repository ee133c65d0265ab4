"""What an operator changes of their own way in: the password, the language, other sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from incidents.access._passwords import check_password, hash_password, is_password
from incidents.access._rows import (
    Credential,
    RecoveryCode,
    SignInSession,
    end_sessions,
    void_links,
)
from incidents.access._second_factor import credential
from incidents.access._throttle import WrongSignIn, count_attempt, forgive, own_counters
from incidents.actions._desk import Act, Desk, acting
from incidents.db import Database
from incidents.errors import InvalidInput, NotAllowed
from incidents.models import Operator
from incidents.status import Role

FRESH = timedelta(minutes=10)
"""For how long a sign-in proves who somebody is who has no password."""


class SignedInLongAgo(NotAllowed):
    """Whoever has no password signs in anew before they change how they sign in."""


@dataclass(frozen=True, slots=True)
class Own:
    """How one operator signs in."""

    password_at: datetime | None
    """When the password was chosen; None: there is none."""
    second_factor_at: datetime | None
    recovery_codes: int
    """How many are left."""


def own_of(db: Database, operator_id: str) -> Own:
    """How an operator signs in."""
    with db.read() as session:
        row = session.get(Credential, operator_id)
        left = session.scalar(
            select(func.count()).where(
                RecoveryCode.operator_id == operator_id, RecoveryCode.used_at.is_(None)
            )
        )
        if row is None:
            return Own(None, None, 0)
        return Own(row.password_at, row.second_factor_at, left or 0)


def prove_oneself(
    db: Database, operator_id: str, session_id: str, password: str, now: datetime
) -> None:
    """Before the way in is changed: is it the operator, or somebody who found the browser open?

    The present password proves it; where there is none, a sign-in of a moment ago. Raises
    `WrongSignIn`, `SignedInLongAgo`, and `TooManyTries`, counted by the session, so that whoever
    guesses in one keeps nobody from doing it in another.
    """
    with db.read() as session:
        row, begun = session.get(Credential, operator_id), session.get(SignInSession, session_id)
        kept = row.password if row else None
    if kept is None:
        if begun is None or now - begun.created_at >= FRESH:
            raise SignedInLongAgo("sign in again: this was asked too long after it")
        return
    counters = own_counters(session_id)
    count_attempt(db, counters, now)
    if not is_password(password, kept):
        raise WrongSignIn("password: is not the present one")
    with db.claim() as session:
        forgive(session, counters, now)


def change_password(
    desk: Desk, actor: str, now: datetime, password: str, but_session: str | None = None
) -> None:
    """Choose another password; every other session ends. Raises `InvalidInput`."""
    with desk.db.read() as session:
        name = session.scalar(select(Operator.name).where(Operator.login == actor)) or ""
    check_password(password, (actor, name, *desk.service.name.values()))
    hashed = hash_password(password)
    with acting(desk, actor, now, Role.VIEWER) as act:
        set_password_of(act, hashed, but_session)


def set_password_of(act: Act, hashed: str, but_session: str | None = None) -> None:
    """Keep the acting operator's new password, and sign them out elsewhere.

    Links that were handed out before are void: an old invitation must not undo a reset."""
    row = credential(act.session, act.operator.id)
    row.password, row.password_at = hashed, act.now
    end_sessions(act.session, act.operator.id, act.now, but_session)
    void_links(act.session, act.operator.id, act.now)
    act.event("password_set", public=False)


def set_locale(desk: Desk, actor: str, now: datetime, locale: str, known: tuple[str, ...]) -> None:
    """Choose the language of one's console. Raises `InvalidInput`."""
    if locale not in known:
        raise InvalidInput(f"locale: choose one of {', '.join(known)}")
    with acting(desk, actor, now, Role.VIEWER) as act:
        credential(act.session, act.operator.id).locale = locale


def end_other_sessions(desk: Desk, actor: str, now: datetime, but_session: str) -> None:
    """Sign out everywhere but here."""
    with acting(desk, actor, now, Role.VIEWER) as act:
        end_sessions(act.session, act.operator.id, now, but_session)
        act.event("other_sessions_ended", public=False)
