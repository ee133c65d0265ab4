"""What the command line and the console share of publishing: rehearse, compose, do it, look.

The rehearsal and the real thing draw the same ids, so that the addresses in a preview are those
that will be, and so that what was done is found again when nobody knows whether it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from incidents import outbox, queries
from incidents.actions import Desk, Outcome
from incidents.models import Draft, Incident, IncidentUpdate, Publication
from publishers.channels._base import Post, Publisher
from statuspage.messages import compose_message

if TYPE_CHECKING:
    from statuspage.house import House

Work = Callable[[Desk], Outcome]

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_LENGTH = 12


class InDoubt(Exception):
    """It may have been saved or not, and nobody can tell. Its cause is what the database said."""


@dataclass
class SameIds:
    """Lets the rehearsal and the real thing draw the same ids."""

    new_id: Callable[[], str]
    drawn: list[str] = field(default_factory=list)

    def desk(self, desk: Desk) -> Desk:
        """A desk that draws from the first id on."""
        turn = count()
        return replace(desk, new_id=lambda: self._drawn(next(turn)))

    def first(self) -> str:
        """The id that comes first."""
        return self._drawn(0)

    def _drawn(self, number: int) -> str:
        while number >= len(self.drawn):
            self.drawn.append(self.new_id())
        return self.drawn[number]


def ids_of(token: str) -> SameIds:
    """The ids that follow from a form's own token: the same form sent twice draws the same ones,
    in whatever process, so that it cannot be published twice."""
    turn = count()

    def new_id() -> str:
        rest = int.from_bytes(hashlib.sha256(f"{token} {next(turn)}".encode()).digest())
        base = len(_ALPHABET)
        return "".join(_ALPHABET[rest // base**place % base] for place in range(_LENGTH))

    return SameIds(new_id)


def carry_out(
    house: House, work: Callable[[], Outcome], planned: Callable[[], Outcome | None]
) -> Outcome:
    """The action itself. Raises `InDoubt`, and whatever the action raises.

    A connection that is lost while it commits leaves open whether it did: then what was `planned`
    is looked for, by the ids that were drawn.
    """
    try:
        return work()
    except DBAPIError as problem:
        wanted = planned()
        if not (problem.connection_invalidated and problem.statement is None) or wanted is None:
            raise
        try:
            found = saved(house, wanted)
        except SQLAlchemyError as away:
            raise InDoubt("it may have been saved or not") from away
        if found is None:
            raise
        return found


def saved(house: House, planned: Outcome) -> Outcome | None:
    """What was done of what was planned; None where it was not."""
    # Alone in the line of events: a commit that was still under way has ended then.
    with house.db.undone() as session:
        if planned.draft_id:
            return planned if session.get(Draft, planned.draft_id) else None
        said = [session.get(Publication, publication) for publication in planned.publications]
        incident = session.get(Incident, planned.incident_id)
        if incident is None or None in said:
            return None
        return replace(planned, event=queries.last_event(session), number=incident.number)


@contextmanager
def publishers_of(house: House) -> Iterator[dict[str, Publisher]]:
    """A publisher for each channel, to compose with."""
    publishers = house.publishers()
    try:
        yield publishers
    finally:
        for publisher in publishers.values():
            publisher.close()


def posts_of(
    house: House, publishers: Mapping[str, Publisher], publication: Publication
) -> dict[str, Post]:
    """What each channel would say, in the thread as it is there by now."""
    with house.db.read() as session:
        threads = {name: outbox.standing(session, name, publication) for name in publishers}
    return {
        name: publisher.compose(
            compose_message(house.desk, publisher.options, publication, "preview", threads[name])
        )
        for name, publisher in publishers.items()
    }


def done_by(house: House, ids: SameIds) -> Outcome | None:
    """What was published, or kept as a draft, with the first of these ids; None where nothing was.

    Raises `sqlalchemy.exc.SQLAlchemyError` where nobody can tell.
    """
    first = ids.first()
    with house.db.undone() as session:  # alone in the line of events, as in `saved`
        event = queries.last_event(session)
        draft = session.get(Draft, first)
        if draft is not None:
            return Outcome(event, draft.incident_id, draft_id=draft.id, why=draft.why)
        incident = session.get(Incident, first)
        if incident is not None:
            return Outcome(event, incident.id, incident.number, 1)
        said = session.get(IncidentUpdate, first) or session.get(Publication, first)
        if said is None:
            return None
        about = session.get_one(Incident, said.incident_id)
        number = said.number if isinstance(said, IncidentUpdate) else said.update_number
        return Outcome(event, about.id, about.number, number)
