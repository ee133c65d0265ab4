"""An action as it would be: done in a transaction that is undone, or that ends only when what it
would publish was found good; so that nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.actions._desk import Desk, Outcome
from incidents.db import Database
from incidents.models import Event, Publication

Read = Callable[[Session, Sequence[Publication]], None]
"""Looks at the database as it would be, and at what would go out."""


@dataclass
class _Seen:
    """Stands where a desk's database does; what is written is seen, and then undone or kept."""

    transaction: Callable[[], AbstractContextManager[Session]]
    read: Read
    publications: list[Publication] = field(default_factory=list)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.transaction() as session:
            before = session.scalar(select(func.max(Event.seq))) or 0
            yield session
            session.flush()
            query = select(Publication).where(Publication.event_seq > before)
            self.publications = list(session.scalars(query.order_by(Publication.event_seq)))
            self.read(session, self.publications)


def _read_nothing(session: Session, publications: Sequence[Publication]) -> None:
    """What the publications say is enough."""


def rehearse(
    desk: Desk, work: Callable[[Desk], Outcome], read: Read = _read_nothing
) -> tuple[Outcome, list[Publication]]:
    """What an action would do and publish. Raises whatever the action raises.

    `read` may look at the database as it would be, before all is undone.
    """
    rehearsal = _Seen(desk.db.undone, read)
    outcome = work(replace(desk, db=cast("Database", rehearsal)))
    return outcome, rehearsal.publications


def perform(desk: Desk, work: Callable[[Desk], Outcome], read: Read) -> Outcome:
    """The action itself, in one transaction with a look at it: what `read` raises undoes it.

    Raises whatever the action or `read` raises.
    """
    return work(replace(desk, db=cast("Database", _Seen(desk.db.write, read))))
