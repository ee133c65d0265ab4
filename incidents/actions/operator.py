"""The page itself and its operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from incidents.access._rows import SignInLink, end_sessions
from incidents.actions._desk import AVVISO, Desk, Outcome, acting, random_id
from incidents.db import Database
from incidents.errors import InvalidInput, NotFound, NotPossible, UpdatedFirst
from incidents.inputs import OperatorInput, parse
from incidents.models import Operator, Page
from incidents.status import Role


def set_up(db: Database, now: datetime, new_id: Callable[[], str] = random_id) -> str:
    """Make the page and the clock's own operator where they are missing; answers the page's id."""
    with db.write() as session:
        page = session.scalar(select(Page))
        if page is None:
            page = Page(id=new_id(), created_at=now)
            session.add(page)
            session.add(
                Operator(id=new_id(), login=AVVISO, name="Avviso", role=Role.ADMIN, created_at=now)
            )
        return page.id


def add_operator(
    desk: Desk, actor: str, now: datetime, data: OperatorInput | Mapping[str, Any]
) -> Outcome:
    """Let a person act under a login. Raises `InvalidInput` where it is taken."""
    form = parse(OperatorInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.ADMIN) as act:
        if act.session.scalar(select(Operator).where(Operator.login == form.login)):
            raise InvalidInput(f"login: {form.login!r} is taken; choose another one")
        person = act.add(
            Operator(
                id=desk.new_id(),
                login=form.login,
                name=form.name,
                role=form.role,
                created_at=now,
            )
        )
        act.event("operator_added", public=False, operator=person.id, role=form.role)
        return act.outcome()


def set_role(
    desk: Desk, actor: str, now: datetime, login: str, role: Role, was: Role | None = None
) -> Outcome:
    """Give an operator another role, and sign them out everywhere: they come back with it.

    `was`: the role that the one who changes it saw. Raises `UpdatedFirst` where it is another one.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        person = _person(act.session, login)
        if was is not None and person.role is not was:
            raise UpdatedFirst(f"{login!r} is {person.role} by now: look again before you save")
        old, person.role = person.role, role
        end_sessions(act.session, person.id, now)
        act.event("operator_role_set", public=False, operator=person.id, old=old, new=role)
        return act.outcome()


def disable_operator(desk: Desk, actor: str, now: datetime, login: str) -> Outcome:
    """Let a person act no more, from now on; what they did stays under their name."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        person = _person(act.session, login)
        if person.disabled_at is not None:
            raise NotPossible(f"{login!r} is disabled already")
        person.disabled_at = now
        end_sessions(act.session, person.id, now)
        act.event("operator_disabled", public=False, operator=person.id)
        return act.outcome()


def enable_operator(desk: Desk, actor: str, now: datetime, login: str) -> Outcome:
    """Let a disabled person act again, with the role, password and tokens that they had.

    Links that were made before let nobody in any more. Raises `NotFound`, `NotPossible`.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        person = _person(act.session, login)
        if person.disabled_at is None:
            raise NotPossible(f"{login!r} is not disabled")
        act.session.execute(delete(SignInLink).where(SignInLink.operator_id == person.id))
        person.disabled_at = None
        act.event("operator_enabled", public=False, operator=person.id)
        return act.outcome()


def _person(session: Any, login: str) -> Operator:
    person: Operator | None = session.scalar(select(Operator).where(Operator.login == login))
    if person is None:
        raise NotFound(f"there is no operator {login!r}")
    if person.login == AVVISO:
        raise NotPossible("'avviso' is the clock's own login and cannot be changed")
    return person
