"""An action as it would be: done in a transaction that is undone, so that nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.actions._desk import Desk, Outcome
from incidents.db import Database
from incidents.models import Event, Publication


@dataclass
class _Rehearsal:
    """Stands where a desk's database does; what is written is seen, then undone."""

    db: Database
    publications: list[Publication] = field(default_factory=list)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.db.undone() as session:
            before = session.scalar(select(func.max(Event.seq))) or 0
            yield session
            session.flush()
            query = select(Publication).where(Publication.event_seq > before)
            self.publications = list(session.scalars(query.order_by(Publication.event_seq)))


def rehearse(desk: Desk, work: Callable[[Desk], Outcome]) -> tuple[Outcome, list[Publication]]:
    """What an action would do and publish. Raises whatever the action raises."""
    rehearsal = _Rehearsal(desk.db)
    outcome = work(replace(desk, db=cast("Database", rehearsal)))
    return outcome, rehearsal.publications
