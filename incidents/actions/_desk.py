"""What every action stands on: who acts, one transaction, its events, its publications.

An action parses its input, takes the line of events (`acting`), checks, writes, and is done:
when the block ends everything is committed, or nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.actions import _calming as calming
from incidents.approval import Approval, Judgement
from incidents.calm import Calm, Wait
from incidents.db import Database
from incidents.errors import NotAllowed, NotFound, UpdatedFirst
from incidents.models import (
    Base,
    Channel,
    Delivery,
    Event,
    Incident,
    IncidentUpdate,
    Operator,
    Publication,
)
from incidents.operators_texts import texts_at
from incidents.reminders import Reminders
from incidents.status import (
    ROLE_RANK,
    ChannelState,
    DeliveryState,
    Impact,
    ListMode,
    Origin,
    PublicationKind,
    Role,
)
from incidents.texts import TextLibrary
from incidents.view import PublicText, Service

AVVISO = "avviso"
"""The login under which the clock acts; nobody can sign in with it."""
STALE_AFTER = timedelta(hours=48)
"""A publication that could not leave within this time does not leave any more."""
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"

Row = TypeVar("Row", bound=Base)


def random_id() -> str:
    """12 lower-case letters and digits, as Statuspage's ids."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


@dataclass(frozen=True)
class Desk:
    """Everything that actions need to know besides their input."""

    db: Database
    service: Service
    texts: TextLibrary
    channels: tuple[str, ...] = ()
    """The names of the configured channels, lists among them."""
    approval_from: Impact | None = None
    """From this impact on, own words need a second person; None: never."""
    new_id: Callable[[], str] = field(default=random_id)
    approval: Approval = field(default_factory=Approval)
    """When else own words need a second person."""
    judged: Judgement = field(default_factory=Judgement)
    """What was judged of the notice that is about to be published."""
    calm: Calm = field(default_factory=Calm)
    """When what is published waits before it is pushed."""
    reminders: Reminders = field(default_factory=Reminders)
    """When those who subscribed are reminded of planned work, and where else."""
    by_program: bool = False
    """Whether no person stands before it: a token, or a monitor's alarm."""
    lists: tuple[str, ...] = ()
    """Those of the channels that are lists of subscribers."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did. `event` is the last one it wrote: when the page shows it, it is out."""

    event: int
    incident_id: str | None = None
    number: int | None = None
    update_number: int | None = None
    publications: tuple[str, ...] = ()
    draft_id: str | None = None
    """Set where nothing was published: it waits here for a second person."""
    why: str = ""


class Act:
    """One action under way, inside its transaction."""

    def __init__(self, desk: Desk, session: Session, operator: Operator, now: datetime) -> None:
        self.desk = desk
        self.session = session
        self.operator = operator
        self.now = now
        self.publications: list[str] = []
        self.calmed: Mapping[str, Wait] | None = None
        """By channel, until when what is published here waits; None while nothing is."""
        self.seq = session.scalar(select(func.coalesce(func.max(Event.seq), 0))) or 0

    def add(self, row: Row) -> Row:
        """Write a row at once, so that what refers to it may follow."""
        self.session.add(row)
        self.session.flush()
        return row

    def event(
        self,
        kind: str,
        incident: Incident | None = None,
        *,
        public: bool = True,
        months: tuple[str, ...] = (),
        **data: Any,
    ) -> Event:
        """Number and write what happened."""
        self.seq += 1
        pages = {incident.month, *months} if incident else set(months)
        return self.add(
            Event(
                seq=self.seq,
                at=self.now,
                kind=kind,
                operator_id=self.operator.id,
                incident_id=incident.id if incident else None,
                months=" ".join(sorted(pages)),
                public=public,
                data=data,
            )
        )

    def publish(
        self,
        kind: PublicationKind,
        incident: Incident,
        texts: Mapping[str, PublicText],
        *,
        update: IncidentUpdate | None = None,
        reason: Mapping[str, str] | None = None,
        push: bool = True,
        expires_at: datetime | None = None,
        only: Collection[str] | None = None,
    ) -> Publication:
        """Freeze what goes out, with one delivery for each channel that is not paused; `only`:
        for those of them that are named."""
        told = update if update and kind is PublicationKind.UPDATE else None
        standing = update if update and kind is PublicationKind.CORRECTION else told
        publication = self.add(
            Publication(
                id=self.desk.new_id(),
                kind=kind,
                incident_id=incident.id,
                update_id=update.id if update else None,
                update_number=update.number if update else None,
                event_seq=self.seq,
                at=self.now,
                name=dict(incident.name),
                status=incident.status,
                texts=dump_texts(texts),
                reason=dict(reason or {}),
                to_do=standing.to_do if standing else None,
                not_to_do=standing.not_to_do if standing else None,
                figures=standing.figures if standing else [],
                next_update_by=update.next_update_by if update else None,
                origin=update.origin if update else Origin.OPERATOR,
                reference=f"{incident.number}/{update.number if update else 0}",
                by_program=self.desk.by_program,
                cancelled=incident.cancelled_at is not None,
            )
        )
        self.publications.append(publication.id)
        if push:
            self._push(publication, incident, expires_at, only)
        return publication

    def _push(
        self,
        publication: Publication,
        incident: Incident,
        expires_at: datetime | None,
        only: Collection[str] | None,
    ) -> None:
        channels = [
            name
            for name in self.receiving
            if (only is None or name in only) and _is_told(name, publication.kind)
        ]
        waits = calming.waits(self, publication, incident, channels)
        for name in channels:
            self.session.add(self._delivery(publication, name, expires_at, waits.get(name)))
        self.session.flush()

    @cached_property
    def receiving(self) -> tuple[str, ...]:
        """The channels that get what is published: those that are not paused."""
        paused = set(
            self.session.scalars(select(Channel.name).where(Channel.state == ChannelState.PAUSED))
        )
        return tuple(name for name in self.desk.channels if name not in paused)

    def _delivery(
        self,
        publication: Publication,
        channel: str,
        expires_at: datetime | None,
        wait: Wait | None,
    ) -> Delivery:
        due_at = wait.until if wait else self.now
        return Delivery(
            publication_id=publication.id,
            channel=channel,
            recipient="",
            state=DeliveryState.PENDING,
            thread=publication.incident_id,
            seq=publication.event_seq,
            created_at=self.now,
            due_at=due_at,
            not_before=due_at,
            waits_for=wait.why if wait else None,
            expires_at=expires_at or self.now + STALE_AFTER,
            remote_extra={},
        )

    def touch(self, incident: Incident) -> None:
        """Mark an entry as changed by this operator now."""
        incident.version = (incident.version or 0) + 1
        incident.updated_by = self.operator.id
        incident.updated_at = max(self.now, incident.updated_at)
        self.session.flush()

    def must_be_unchanged(self, incident: Incident, version: int | None) -> None:
        """Raises `UpdatedFirst` where the operator looked at an older version."""
        if version is not None and version != incident.version:
            first = self.session.get_one(Operator, incident.updated_by)
            words = self.desk.texts.words[self.desk.service.default_locale]
            raise UpdatedFirst(
                f"#{incident.number} was updated first by {first.name}, "
                f"at {words.time(incident.updated_at)}: look at it again before you publish"
            )

    def outcome(self, incident: Incident | None = None, update: int | None = None) -> Outcome:
        return Outcome(
            event=self.seq,
            incident_id=incident.id if incident else None,
            number=incident.number if incident else None,
            update_number=update,
            publications=tuple(self.publications),
        )


@contextmanager
def acting(desk: Desk, actor: str, now: datetime, needs: Role) -> Iterator[Act]:
    """One transaction in the line of events, by an operator who may do this.

    Raises `NotFound` for an unknown operator, `NotAllowed` for one with too small a role.
    """
    with desk.db.write() as session:
        operator = session.scalar(select(Operator).where(Operator.login == actor))
        if operator is None:
            raise NotFound(f"there is no operator {actor!r}; see 'avviso operator list'")
        if operator.disabled_at is not None:
            raise NotAllowed(f"the operator {actor!r} is disabled")
        if ROLE_RANK[operator.role] < ROLE_RANK[needs]:
            raise NotAllowed(f"{actor!r} is {operator.role}; this needs the role {needs} or more")
        texts = texts_at(desk.texts, session)
        yield Act(replace(desk, texts=texts), session, operator, now)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """For the trail: what an operator changed, as it was and as it is; names that stay are left
    out."""
    both = {**after, **before}
    names = [name for name in both if before.get(name) != after.get(name)]
    return {
        "before": {name: before.get(name) for name in names},
        "after": {name: after.get(name) for name in names},
    }


def _is_told(channel: str, kind: PublicationKind) -> bool:
    """Programs are told of states, and an answer changes none."""
    return not (channel == ListMode.WEBHOOK and kind is PublicationKind.ANSWER)


def dump_texts(texts: Mapping[str, PublicText]) -> dict[str, dict[str, str]]:
    return {
        locale: {"headline": text.headline, "short": text.short, "body": text.body}
        for locale, text in texts.items()
    }


def load_texts(texts: Mapping[str, Any]) -> dict[str, PublicText]:
    return {locale: PublicText(**text) for locale, text in texts.items()}
