"""Who is on duty: taken, handed over, left. One person at a time, so that everybody knows whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from incidents.actions._desk import AVVISO, Act, Desk, Outcome, acting
from incidents.errors import InvalidInput, NotPossible
from incidents.models import Duty, Operator
from incidents.status import ROLE_RANK, Role


def take_duty(desk: Desk, actor: str, now: datetime) -> Outcome:
    """The operator is on duty from now on, in the place of whoever was. Raises `NotPossible`."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        return _put(act, "duty_taken", act.operator)


def hand_over_duty(desk: Desk, actor: str, now: datetime, to: str) -> Outcome:
    """Another operator is on duty from now on.

    `to` is their login. Raises `InvalidInput` for one who cannot act, `NotPossible` for one who
    has the duty already.
    """
    with acting(desk, actor, now, Role.AUTHOR) as act:
        person = act.session.scalar(select(Operator).where(Operator.login == to))
        if person is None or person.login == AVVISO or person.disabled_at is not None:
            raise InvalidInput(f"to: there is no operator {to!r} who may act")
        if ROLE_RANK[person.role] < ROLE_RANK[Role.AUTHOR]:
            raise InvalidInput(f"to: {to!r} is {person.role}, and could publish nothing")
        return _put(act, "duty_handed_over", person)


def leave_duty(desk: Desk, actor: str, now: datetime) -> Outcome:
    """Nobody is on duty any more. Raises `NotPossible` where nobody was."""
    with acting(desk, actor, now, Role.AUTHOR) as act:
        duty = act.session.scalar(select(Duty))
        if duty is None:
            raise NotPossible("nobody is on duty")
        act.session.delete(duty)
        act.event("duty_left", public=False, old=duty.operator_id, new=None)
        return act.outcome()


def _put(act: Act, event: str, person: Operator) -> Outcome:
    duty = act.session.scalar(select(Duty))
    before = duty.operator_id if duty else None
    if before == person.id:
        raise NotPossible(f"{person.name} is on duty already")
    duty = duty or Duty()
    duty.operator_id, duty.since = person.id, act.now
    act.add(duty)
    act.event(event, public=False, old=before, new=person.id)
    return act.outcome()
