"""Never a storm: when a new publication's deliveries may go, and what they take the place of.

**The rule.** A program's first notice about a component goes at once. What programs publish about
the same components within the window after that is on the page and in the feeds at once, and waits
for the window's end on every channel. The later update takes the place of what waits, also that of
another incident which is over and whose components it all names (but on a list where somebody
follows that one); so each entry's latest state is said once, in order, and the last word is never
lost. What a person publishes never waits for the window, and takes what waits in its thread along
or its place. Then come the quiet hours: what is of low impact waits until they are over, whoever
published it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Select, Table, or_, select, update

from incidents.calm import Wait, WaitsFor
from incidents.models import (
    AffectedComponent,
    Delivery,
    Incident,
    IncidentUpdate,
    Publication,
    UpdateComponent,
)
from incidents.status import (
    DeliveryState,
    Impact,
    IncidentKind,
    ListMode,
    PublicationKind,
    impact_of,
    worse,
)

if TYPE_CHECKING:
    from incidents.actions._desk import Act

TAKEN_OVER = "a later notice says the latest state"
CALLED_OFF = "called off before it was sent"

_MENDING = (PublicationKind.CORRECTION, PublicationKind.RETRACTION)
_NOT_TOLD = (DeliveryState.SUPERSEDED, DeliveryState.FAILED)
_WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)
_OUT = (DeliveryState.SENT, DeliveryState.VERIFIED)
_LOOK_BACK = timedelta(hours=48)
"""What was published before that does not leave any more."""
_deliveries = cast("Table", Delivery.__table__)


def waits(
    act: Act, publication: Publication, incident: Incident, channels: Collection[str]
) -> Mapping[str, Wait]:
    """By channel, until when this publication waits; those that it may go to at once are left out.

    What waits already and is overtaken by it leaves the line, what goes before it is not late.
    """
    _take_over(act, publication, incident)
    if act.calmed is None:  # an answer goes with the update that brings it
        act.calmed = _settled(act, incident, channels)
    _take_along(act, incident, channels, act.calmed)
    return act.calmed


def _settled(act: Act, incident: Incident, channels: Collection[str]) -> dict[str, Wait]:
    ends = _window_ends(act, incident, channels) if act.desk.by_program else {}
    quiet, zone = act.desk.calm.quiet, act.desk.service.time_zone
    impact = _impact(act, incident) if any(name in quiet for name in channels) else Impact.NONE
    found = {}
    for name in channels:
        at = max(ends.get(name, act.now), act.now)
        night = quiet[name].until(at, impact, zone) if name in quiet else None
        if night is not None:
            found[name] = Wait(night, WaitsFor.QUIET_HOURS)
        elif at > act.now:
            found[name] = Wait(at, WaitsFor.WINDOW)
    return found


def _impact(act: Act, incident: Incident) -> Impact:
    """What the entry counts as, or what its components came to since it was declared."""
    if incident.kind is not IncidentKind.INCIDENT:
        return incident.impact
    later = select(UpdateComponent.new_status).join(
        IncidentUpdate, IncidentUpdate.id == UpdateComponent.update_id
    )
    grown = later.where(IncidentUpdate.incident_id == incident.id, IncidentUpdate.number > 1)
    return worse(incident.impact, impact_of(act.session.scalars(grown)))


# The window


def _window_ends(act: Act, incident: Incident, channels: Collection[str]) -> dict[str, datetime]:
    """By channel, when the window ends that a program's notice of these components opened."""
    window = act.desk.calm.window
    if not window:
        return {}
    lately = act.now - window
    rows = act.session.execute(
        select(
            Delivery.channel,
            Delivery.state,
            Delivery.waits_for,
            Delivery.not_before,
            Delivery.due_at,
            Delivery.sent_at,
        )
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(
            Publication.by_program.is_(True),
            Delivery.channel.in_(channels),
            Delivery.recipient == "",
            Delivery.thread.in_(_threads(act, incident)),
            Delivery.state.not_in(_NOT_TOLD),
            or_(
                Delivery.state.in_(_WAITING),
                Delivery.sent_at > lately,
                Delivery.due_at > lately,
            ),
        )
    )
    ends: dict[str, datetime] = {}
    for row in rows:
        waits_for_it = row.state is DeliveryState.PENDING and row.waits_for
        end = row.not_before if waits_for_it else (row.sent_at or row.due_at) + window
        ends[row.channel] = max(end, ends.get(row.channel, end))
    return ends


def _threads(act: Act, incident: Incident) -> Select[str]:
    """The entries whose notices speak of the same: itself, and incidents of its components."""
    mine = select(AffectedComponent.component_id).where(
        AffectedComponent.incident_id == incident.id
    )
    same = (
        select(AffectedComponent.incident_id)
        .where(AffectedComponent.component_id.in_(mine))
        .scalar_subquery()
    )
    others: ColumnElement[bool] = (
        Incident.id.in_(same)
        & (Incident.kind == IncidentKind.INCIDENT)
        & (Incident.updated_at > act.now - act.desk.calm.window - _LOOK_BACK)
    )
    if incident.kind is not IncidentKind.INCIDENT:
        return select(Incident.id).where(Incident.id == incident.id)
    return select(Incident.id).where(or_(Incident.id == incident.id, others))


# What waits already


def _take_over(act: Act, publication: Publication, incident: Incident) -> None:
    held = _held(act, [incident.id, *_over(act, incident)])
    gone = [
        row.id
        for row in held
        if _is_overtaken(act, row, publication) and not _is_awaited(act, row, incident)
    ]
    if gone:
        leave(act, _deliveries.c.id.in_(gone), TAKEN_OVER)


def _held(act: Act, threads: Sequence[str]) -> Sequence[Any]:
    """What waits in these threads for a calmer hour, on whichever channel."""
    return act.session.execute(
        select(
            Delivery.id,
            Delivery.channel,
            Delivery.recipient,
            Delivery.thread,
            Publication.kind,
            Publication.update_id,
        )
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(
            Delivery.channel.in_(act.desk.channels),
            Delivery.thread.in_(threads),
            Delivery.state == DeliveryState.PENDING,
            Delivery.waits_for.is_not(None),
        )
    ).all()


def _is_overtaken(act: Act, row: Any, publication: Publication) -> bool:
    if publication.kind in _MENDING:
        # What was wrong before anybody read it there is said right, and once.
        return bool(row.update_id == publication.update_id)
    if publication.kind is not PublicationKind.UPDATE:
        return False
    return row.kind not in _MENDING or not _is_out(act, row)


def _is_awaited(act: Act, row: Any, incident: Incident) -> bool:
    """Whether subscribers follow that other incident: who follows it alone hears nothing else."""
    from incidents.subscribers import has_followers  # which stands on the actions

    return (
        row.thread != incident.id
        and row.channel in act.desk.lists
        and has_followers(act.session, ListMode(row.channel), row.thread)
    )


def _is_out(act: Act, row: Any) -> bool:
    """Whether what a correction or retraction speaks of is before this channel's readers."""
    found = (
        select(Delivery.id)
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(
            Delivery.channel == row.channel,
            Delivery.recipient == row.recipient,
            Publication.update_id == row.update_id,
            Publication.kind == PublicationKind.UPDATE,
            Delivery.state.in_(_OUT),
        )
    )
    return act.session.scalar(found.limit(1)) is not None


def _over(act: Act, incident: Incident) -> Iterable[str]:
    """Other incidents that are over and of whose every component this one speaks."""
    if incident.kind is not IncidentKind.INCIDENT:
        return []
    waiting = (
        select(Delivery.thread)
        .where(Delivery.state == DeliveryState.PENDING, Delivery.waits_for.is_not(None))
        .distinct()
    )
    rows = act.session.execute(
        select(AffectedComponent.incident_id, AffectedComponent.component_id)
        .join(Incident, Incident.id == AffectedComponent.incident_id)
        .where(
            AffectedComponent.incident_id.in_(waiting.scalar_subquery()),
            Incident.kind == IncidentKind.INCIDENT,
            Incident.closed_at.is_not(None),
        )
    )
    components: dict[str, set[str]] = {}
    for thread, component in rows:
        components.setdefault(thread, set()).add(component)
    mine = set(
        act.session.scalars(
            select(AffectedComponent.component_id).where(
                AffectedComponent.incident_id == incident.id
            )
        )
    )
    return [each for each, named in components.items() if named <= mine and each != incident.id]


def _take_along(
    act: Act, incident: Incident, channels: Collection[str], calmed: Mapping[str, Wait]
) -> None:
    """What stays before it in its thread goes when it goes: else that would hold it up."""
    for name in channels:
        until = calmed[name].until if name in calmed else act.now
        act.session.execute(
            update(_deliveries)
            .where(
                _deliveries.c.channel == name,
                _deliveries.c.thread == incident.id,
                _deliveries.c.state == DeliveryState.PENDING,
                _deliveries.c.waits_for.is_not(None),
                _deliveries.c.not_before > until,
            )
            .values(not_before=until, due_at=until)
        )


def leave(act: Act, which: ColumnElement[bool], why: str) -> int:
    """Let deliveries go that still wait; answers how many. A worker that took one meanwhile, or
    that may have sent it, keeps it."""
    gone = (
        update(_deliveries)
        .where(
            which,
            _deliveries.c.state == DeliveryState.PENDING,
            _deliveries.c.settled_at.is_(None),
        )
        .values(state=DeliveryState.SUPERSEDED, error=why, settled_at=act.now, waits_for=None)
    )
    return int(act.session.connection().execute(gone).rowcount)


# What is called off


def withdraw(act: Act, incident: Incident) -> frozenset[str]:
    """Take back whatever of an entry still waits to be sent; answers the channels that were told
    of it, or may have been."""
    leave(act, _deliveries.c.thread == incident.id, CALLED_OFF)
    told = (
        select(Delivery.channel)
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(Publication.incident_id == incident.id, Delivery.state.not_in(_NOT_TOLD))
    )
    return frozenset(act.session.scalars(told))
