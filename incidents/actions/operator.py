"""The page itself and its operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents.actions._desk import AVVISO, Desk, Outcome, acting, random_id
from incidents.db import Database
from incidents.errors import InvalidInput, NotFound, NotPossible
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


def set_role(desk: Desk, actor: str, now: datetime, login: str, role: Role) -> Outcome:
    """Give an operator another role."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        person = _person(act.session, login)
        old, person.role = person.role, role
        act.event("operator_role_set", public=False, operator=person.id, old=old, new=role)
        return act.outcome()


def disable_operator(desk: Desk, actor: str, now: datetime, login: str) -> Outcome:
    """Let a person act no more; what they did stays under their name."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        person = _person(act.session, login)
        if person.disabled_at is not None:
            raise NotPossible(f"{login!r} is disabled already")
        person.disabled_at = now
        act.event("operator_disabled", public=False, operator=person.id)
        return act.outcome()


def _person(session: Any, login: str) -> Operator:
    person: Operator | None = session.scalar(select(Operator).where(Operator.login == login))
    if person is None:
        raise NotFound(f"there is no operator {login!r}")
    if person.login == AVVISO:
        raise NotPossible("'avviso' is the clock's own login and cannot be changed")
    return person
