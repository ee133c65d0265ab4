"""Signing in: by password, then the second factor where there is one; by OIDC; by a link.

Whatever is wrong is answered in the same words and after the same time: nobody learns from it
which logins there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incidents.access._digests import digest, new_token
from incidents.access._passwords import hash_password, is_outdated, is_password
from incidents.access._rows import Credential, KnownDevice, SignInSession
from incidents.access._second_factor import has_second_factor, take_code, take_recovery_code
from incidents.access._sessions import HALF_FOR, Visitor, begin_session
from incidents.access._throttle import (
    WrongSignIn,
    code_counters,
    count_attempt,
    forgive,
    password_counters,
)
from incidents.actions._desk import AVVISO, Act, Desk, acting
from incidents.errors import NotAllowed
from incidents.models import Operator
from incidents.status import Role

_NOT_RIGHT = "login or password is not right"
_TOO_LATE = "this took too long; sign in again"


@dataclass(frozen=True, slots=True)
class Entered:
    """A sign-in that was right, as far as it went."""

    token: str
    """For the session's cookie."""
    device: str | None
    """For the cookie of a known browser; None where the second factor is still to come."""

    @property
    def half(self) -> bool:
        """The second factor is still to come."""
        return self.device is None


def enter_by_password(
    desk: Desk, now: datetime, login: str, password: str, visitor: Visitor, device: str | None
) -> Entered:
    """Sign in. `device` is the cookie of a browser that may be known.

    Raises `WrongSignIn`, and `TooManyTries` without looking at the password.
    """
    login = login.strip() if login.isprintable() else ""  # PostgreSQL takes no NUL
    with desk.db.read() as session:
        operator, kept = _who(session, login)
        known = _known_device(session, operator, device)
        operator_id = operator.id if operator else None
        hashed, chosen = (kept.password, kept.password_at) if kept else (None, None)
    counters = password_counters(login, visitor.neighbourhood, known)
    count_attempt(desk.db, counters, now)
    if not is_password(password, hashed) or operator_id is None or hashed is None:
        raise WrongSignIn(_NOT_RIGHT)
    again = hash_password(password) if is_outdated(hashed) else None
    with desk.db.claim() as session:
        _must_stand(session, operator_id, chosen)
        forgive(session, counters, now)
        if again:
            kept_row = update(Credential).where(Credential.password == hashed)
            session.execute(kept_row.values(password=again))
        if has_second_factor(session, operator_id):
            half = begin_session(session, operator_id, now, visitor, "password", half=True)
            return Entered(half, None)
    with acting(desk, login, now, Role.VIEWER) as act:
        _must_stand(act.session, operator_id, chosen)
        return _let_in(act, visitor, "password", device)


def enter_by_code(
    desk: Desk, now: datetime, half: str, code: str, visitor: Visitor, device: str | None, key: str
) -> Entered:
    """Finish a sign-in with a code of the second factor, or with a recovery code.

    `half` is the token that the password gave, `key` the environment's. Raises `WrongSignIn`,
    `TooManyTries`, and `NotPossible` where the second factor cannot be read with this key.
    """
    with desk.db.read() as session:
        operator = _halfway(session, half, now)
        known = _known_device(session, operator, device)
    counters = code_counters(operator.id, visitor.neighbourhood, known)
    count_attempt(desk.db, counters, now)
    with acting(desk, operator.login, now, Role.VIEWER) as act:
        by_recovery = take_recovery_code(act.session, operator.id, code, now)
        if not by_recovery and not take_code(act.session, operator.id, code, now, key):
            raise WrongSignIn("the code is not right, or was used already")
        _finish(act, half)
        forgive(act.session, counters, now)
        if by_recovery:
            act.event("recovery_code_used", public=False)
        return _let_in(act, visitor, "password", device)


def enter(
    desk: Desk, now: datetime, login: str, visitor: Visitor, way: str, device: str | None
) -> Entered:
    """Let an operator in who proved who they are. Raises `NotFound`, `NotAllowed`."""
    if login == AVVISO:
        raise NotAllowed(f"nobody signs in as {AVVISO!r}")
    with acting(desk, login, now, Role.VIEWER) as act:
        return _let_in(act, visitor, way, device)


def _finish(act: Act, half: str) -> None:
    """What was begun by a password is finished once, and not after that password was changed."""
    ended = act.session.execute(
        update(SignInSession)
        .where(SignInSession.digest == digest(half), SignInSession.ended_at.is_(None))
        .values(ended_at=act.now)
        .returning(SignInSession.digest)
    )
    if ended.first() is None:
        raise WrongSignIn(_TOO_LATE)


def _let_in(act: Act, visitor: Visitor, way: str, device: str | None) -> Entered:
    token = begin_session(act.session, act.operator.id, act.now, visitor, way)
    act.event("signed_in", public=False, way=way)
    return Entered(token, _remember_device(act.session, act.operator.id, act.now, device))


def _must_stand(session: Session, operator_id: str, chosen: datetime | None) -> None:
    """To compare a password takes long: one that was changed meanwhile is none any more."""
    kept = session.get(Credential, operator_id, with_for_update=True, populate_existing=True)
    if kept is None or kept.password_at != chosen:
        raise WrongSignIn(_NOT_RIGHT)


def _who(session: Session, login: str) -> tuple[Operator | None, Credential | None]:
    """An operator who may sign in, and what they sign in with."""
    operator = session.scalar(
        select(Operator).where(
            Operator.login == login, Operator.login != AVVISO, Operator.disabled_at.is_(None)
        )
    )
    return operator, session.get(Credential, operator.id) if operator else None


def _halfway(session: Session, half: str, now: datetime) -> Operator:
    row = session.get(SignInSession, digest(half))
    if row is None or not row.half or row.ended_at or now - row.created_at >= HALF_FOR:
        raise WrongSignIn(_TOO_LATE)
    operator = session.get_one(Operator, row.operator_id)
    if operator.disabled_at is not None:
        raise WrongSignIn(_TOO_LATE)
    return operator


def _known_device(session: Session, operator: Operator | None, device: str | None) -> str | None:
    """The id of the browser, where this operator signed in with it before."""
    if operator is None or not device:
        return None
    row = session.get(KnownDevice, digest(device))
    return row.digest if row is not None and row.operator_id == operator.id else None


def _remember_device(session: Session, operator_id: str, now: datetime, device: str | None) -> str:
    row = session.get(KnownDevice, digest(device)) if device else None
    if row is not None and row.operator_id == operator_id and device:
        row.seen_at = now
        return device
    new = new_token()
    session.add(KnownDevice(digest=digest(new), operator_id=operator_id, seen_at=now))
    return new
