"""That a person answered a citizen's post, and that this is forgotten after a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from incidents.actions._desk import AVVISO, Desk, Outcome, acting
from incidents.answered import AnsweredPost
from incidents.errors import InvalidInput
from incidents.inputs import AnsweredInput, parse
from incidents.status import Role
from incidents.texts import ANSWER, TextName


def record_answered(
    desk: Desk, actor: str, now: datetime, data: AnsweredInput | Mapping[str, Any]
) -> Outcome:
    """Note that the operator answered one post, and with which answer. Nothing is sent.

    The event does not hold the address: events stay, and an address leads to its author.
    """
    form = parse(AnsweredInput, data, desk.service.locales)
    with acting(desk, actor, now, Role.AUTHOR) as act:
        if not act.desk.texts.has(TextName(ANSWER, form.answer)):
            raise InvalidInput(f"answer: there is no answer {form.answer!r}")
        act.add(
            AnsweredPost(
                at=now,
                address=form.address,
                network=form.network,
                answer=form.answer,
                operator_id=act.operator.id,
            )
        )
        act.event("citizen_answered", public=False, answer=form.answer, network=form.network)
        return act.outcome()


def forget_answered(desk: Desk, now: datetime, keep: timedelta) -> int:
    """Delete what was noted longer ago than that; answers how many. Writes only where there is."""
    too_old = AnsweredPost.at < now - keep
    with desk.db.read() as session:
        count = session.scalar(select(func.count()).select_from(AnsweredPost).where(too_old)) or 0
    if not count:
        return 0
    with acting(desk, AVVISO, now, Role.ADMIN) as act:
        act.session.execute(delete(AnsweredPost).where(too_old))
        act.event("answered_forgotten", public=False, count=count)
    return count
