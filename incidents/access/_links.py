"""Links that let somebody in once: invitations, resets, and the way in made on the machine.

Their tokens are printed or shown once; the database has only what they hash to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incidents.access._digests import digest, new_token
from incidents.access._entering import Entered, enter
from incidents.access._own import set_password_of
from incidents.access._passwords import check_password, hash_password
from incidents.access._rows import SignInLink, end_sessions
from incidents.access._second_factor import forget_second_factor
from incidents.access._sessions import Visitor
from incidents.actions._desk import AVVISO, Act, Desk, acting
from incidents.errors import NotAllowed, NotFound, NotPossible
from incidents.models import Operator
from incidents.status import Role


class Purpose(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"
    SIGN_IN = "sign_in"


GOOD_FOR: Mapping[Purpose, timedelta] = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(hours=24),
    Purpose.SIGN_IN: timedelta(minutes=10),
}
"""How long each works."""
NO_LINK = "this link was used already, or is too old; ask for another one"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link that still works is for."""

    purpose: Purpose
    login: str
    name: str


def make_link(
    desk: Desk,
    actor: str,
    now: datetime,
    login: str,
    purpose: Purpose,
    *,
    without_second_factor: bool = False,
) -> str:
    """Make a link for an operator; older ones for the same purpose are void. Answers its token.

    A reset ends no session before it is used; `without_second_factor` removes that at once.
    Raises `NotFound`, `NotPossible`, `NotAllowed`.
    """
    if purpose is Purpose.SIGN_IN and actor != AVVISO:
        raise NotAllowed("a link that signs in is made on the machine alone")
    with acting(desk, actor, now, Role.ADMIN) as act:
        person = _person(act.session, login)
        act.session.execute(
            update(SignInLink)
            .where(
                SignInLink.operator_id == person.id,
                SignInLink.purpose == purpose,
                SignInLink.used_at.is_(None),
            )
            .values(used_at=now)
        )
        token = new_token()
        act.session.add(
            SignInLink(
                digest=digest(token),
                operator_id=person.id,
                purpose=purpose,
                expires_at=now + GOOD_FOR[purpose],
            )
        )
        if without_second_factor:
            forget_second_factor(act.session, person.id)
            end_sessions(act.session, person.id, now)
            act.event("second_factor_removed", public=False, operator=person.id)
        act.event(f"{purpose}_link_made", public=False, operator=person.id)
        return token


def look_at_link(desk: Desk, token: str, now: datetime) -> Link | None:
    """What a link is for, without using it; None where it does not work."""
    with desk.db.read() as session:
        found = _found(session, token, now)
        if found is None:
            return None
        row, person = found
        return Link(Purpose(row.purpose), person.login, person.name)


def use_link(
    desk: Desk,
    now: datetime,
    token: str,
    visitor: Visitor,
    device: str | None,
    password: str | None = None,
) -> Entered | None:
    """Use a link up: choose a password by it, or sign in where it is a way in.

    After a new password one signs in with it, so that a second factor is asked for: None then.
    Raises `NotFound` for a link that does not work, `InvalidInput` for a password that will not do.
    """
    link = look_at_link(desk, token, now)
    if link is None:
        raise NotFound(NO_LINK)
    hashed = None
    if link.purpose is not Purpose.SIGN_IN:
        names = (link.login, link.name, *desk.service.name.values())
        check_password(password or "", names)
        hashed = hash_password(password or "")
    with acting(desk, link.login, now, Role.VIEWER) as act:
        _use_up(act, token)
        if hashed is not None:
            set_password_of(act, hashed)
    if hashed is not None:
        return None
    return enter(desk, now, link.login, visitor, "link", device)


def _use_up(act: Act, token: str) -> None:
    used = act.session.execute(
        update(SignInLink)
        .where(SignInLink.digest == digest(token), SignInLink.used_at.is_(None))
        .values(used_at=act.now)
        .returning(SignInLink.digest)
    )
    if used.first() is None:
        raise NotFound(NO_LINK)


def _found(session: Session, token: str, now: datetime) -> tuple[SignInLink, Operator] | None:
    row = session.get(SignInLink, digest(token))
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    person = session.get_one(Operator, row.operator_id)
    return None if person.disabled_at is not None else (row, person)


def _person(session: Session, login: str) -> Operator:
    person = session.scalar(select(Operator).where(Operator.login == login))
    if person is None:
        raise NotFound(f"there is no operator {login!r}; see 'avviso operator list'")
    if person.login == AVVISO or person.disabled_at is not None:
        raise NotPossible(f"{login!r} may not sign in")
    return person
