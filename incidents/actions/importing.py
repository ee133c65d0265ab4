"""What another status page told, taken over: history as it was, delivered to nobody.

It makes no publication: no channel and no feed of publications tells it as news. What is here
already stays as it is, so that a second run changes nothing, and a later one adds what is new.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import count

from sqlalchemy import select

from incidents.actions import _writing as writing
from incidents.actions._comparing import Comparison, NewEntry, changed_statuses, compare
from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.imported import (
    ImportedComponent,
    ImportedMaintenance,
    ImportedUpdate,
    our_id,
)
from incidents.models import (
    AffectedComponent,
    Component,
    ComponentChange,
    ComponentGroup,
    Incident,
)
from incidents.status import CLOSED, ComponentStatus, Role, Status, impact_of
from incidents.status import Origin as Origins
from incidents.view import PublicText


def import_components(
    desk: Desk, actor: str, now: datetime, new: Comparison, locale: str
) -> Outcome:
    """Make the component groups and components that are not here yet, all or none.

    Each is operational from its start on; what its entries did to it comes with them. Those that
    are not on the other page any more are hidden.
    """
    with acting(desk, actor, now, Role.ADMIN) as act:
        names = _Names(act, locale)
        for part in new.components:
            if part.group:
                _make_group(act, names, part)
        for part in new.components:
            if not part.group:
                _make_component(act, names, part)
        for part in new.former:
            _make_component(act, names, part, hidden=True)
        made = len(new.components) + len(new.former)
        act.event("components_imported", components=made)
        return act.outcome()


@dataclass
class _Names:
    """Names by locale, and keys made of them that nobody else has."""

    act: Act
    locale: str

    def __post_init__(self) -> None:
        session = self.act.session
        self._components = set(session.scalars(select(Component.key)))
        self._groups = set(session.scalars(select(ComponentGroup.key)))

    def localized(self, text: str | None) -> dict[str, str]:
        """A name is looked for in the default locale wherever there is none in another."""
        default = self.act.desk.service.default_locale
        return {default: text, self.locale: text} if text else {}

    def key(self, part: ImportedComponent) -> str:
        """As in "api-gateway", or "api-gateway-2" where that is taken."""
        taken = self._groups if part.group else self._components
        key = next(key for key in _keys(part.name) if key not in taken)
        taken.add(key)
        return key


def _keys(name: str) -> Iterator[str]:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:70].rstrip("-")
    stem = words if re.search("[a-z]", words) else "component"
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _make_group(act: Act, names: _Names, part: ImportedComponent) -> None:
    act.add(
        ComponentGroup(
            id=our_id(part.id),
            key=names.key(part),
            name=names.localized(part.name),
            description=names.localized(part.description),
            position=part.position,
            created_at=part.created_at or act.now,
            updated_at=part.updated_at or act.now,
        )
    )


def _make_component(
    act: Act, names: _Names, part: ImportedComponent, *, hidden: bool = False
) -> None:
    began = _began(act, part)
    group = our_id(part.group_id) if part.group_id else None
    component = act.add(
        Component(
            id=our_id(part.id),
            key=names.key(part),
            name=names.localized(part.name),
            description=names.localized(part.description),
            group_id=group if group and act.session.get(ComponentGroup, group) else None,
            position=part.position,
            status=ComponentStatus.OPERATIONAL,
            status_since=began,
            hidden=hidden,
            only_show_if_degraded=part.only_show_if_degraded,
            start_date=began.astimezone(act.desk.service.time_zone).date(),
            created_at=part.created_at or act.now,
            updated_at=part.updated_at or act.now,
        )
    )
    _change(act, component, began, ComponentStatus.OPERATIONAL, ComponentStatus.OPERATIONAL)


def _began(act: Act, part: ImportedComponent) -> datetime:
    """When it is watched from: what was before is not known."""
    if part.start_date is None:
        return part.created_at or act.now
    midnight = datetime.combine(part.start_date, time(), act.desk.service.time_zone)
    return min(midnight, act.now)


def _change(
    act: Act,
    component: Component,
    at: datetime,
    old: ComponentStatus,
    new: ComponentStatus,
    incident: Incident | None = None,
) -> None:
    act.add(
        ComponentChange(
            component_id=component.id,
            at=at,
            old_status=old,
            new_status=new,
            incident_id=incident.id if incident else None,
        )
    )


def import_entry(desk: Desk, actor: str, now: datetime, new: NewEntry, locale: str) -> Outcome:
    """Write one entry with its updates and what they did to components, or the updates that it
    has not told here yet; all or nothing.

    Its words stand in `locale`. What was told there only when it was over is marked as recorded
    afterwards. What is still open, or planned work, lives on here as if it had been told here.
    """
    ids = iter([*(() if new.known else (new.id,)), *(update_id for update_id, _ in new.updates)])
    with acting(replace(desk, new_id=ids.__next__), actor, now, Role.ADMIN) as act:
        incident = act.session.get_one(Incident, new.id) if new.known else _begin(act, new, locale)
        touched: dict[str, Component] = {}
        for _, update in new.updates:
            touched.update(_tell(act, incident, update, locale, new.entry.name))
        _close(incident, new)
        if not new.known:
            _name_others(act, incident, new, touched)
        for component in touched.values():
            _settle(act, incident, component)
        if new.known:
            act.touch(incident)
        act.event("incident_imported", incident, updates=len(new.updates))
        return act.outcome(incident)


def _begin(act: Act, new: NewEntry, locale: str) -> Incident:
    entry = new.entry
    afterwards = entry.told()[0].status in CLOSED
    plan = entry if isinstance(entry, ImportedMaintenance) else None
    ahead = plan is not None and plan.scheduled_for > act.now
    told = [change.new_status for update in entry.told() for change in update.affected_components]
    incident = writing.new_incident(
        act,
        kind=entry.kind,
        name={act.desk.service.default_locale: entry.name, locale: entry.name},
        status=entry.told()[0].status,
        impact=entry.impact or impact_of(told),
        origin=Origins.OPERATOR,
        backdated=afterwards,
        started_at=entry.begins,
        scheduled_for=plan.scheduled_for if plan else None,
        scheduled_until=plan.scheduled_until if plan else None,
        # What has begun elsewhere, or should have, is not announced here by the clock.
        starts_itself=ahead,
        ends_itself=ahead,
    )
    if not afterwards:
        incident.created_at = entry.created_at
    incident.updated_at = entry.updated_at or entry.told()[-1].at
    return incident


def _tell(
    act: Act, incident: Incident, update: ImportedUpdate, locale: str, name: str
) -> dict[str, Component]:
    """Write an update; answers the components that it names, by id."""
    incident.status = update.status
    changes = _changes(act, update)
    words = {locale: PublicText(headline=name, short=name, body=update.body or "")}
    writing.write_update(act, incident, words, changes=changes, at=update.at)
    for component, old, new in changes:
        writing.affect(act, incident, component, new)
        if old is not new:
            _change(act, component, update.at, old, new, incident)
    return {component.id: component for component, _, _ in changes}


def _changes(act: Act, update: ImportedUpdate) -> writing.Changes:
    found = {change.code: change for change in update.affected_components}
    return [
        (component, change.old_status, change.new_status)
        for code, change in found.items()
        if (component := act.session.get(Component, our_id(code))) is not None
    ]


def _close(incident: Incident, new: NewEntry) -> None:
    """The times that go with the status that it has come to."""
    updates = [update for _, update in new.updates]
    watched = [update.at for update in updates if update.status is Status.MONITORING]
    incident.monitoring_at = new.entry.monitoring_at or max(watched, default=incident.monitoring_at)
    if incident.status not in CLOSED:
        incident.closed_at = incident.resolved_at = None
    elif incident.closed_at is None:
        incident.closed_at = incident.resolved_at = new.entry.resolved_at or _closed_at(updates)
        incident.next_update_by = None
    incident.updated_at = max(incident.updated_at, updates[-1].at)


def _closed_at(updates: Sequence[ImportedUpdate]) -> datetime:
    """When the first of those closing updates was told that nothing but closing ones follow."""
    closing = updates[-1].at
    for update in reversed(updates):
        if update.status not in CLOSED:
            break
        closing = update.at
    return closing


def _name_others(act: Act, incident: Incident, new: NewEntry, changed: Collection[str]) -> None:
    """Components that the entry names, of which no update said anything; and planned work's."""
    for code in dict.fromkeys(our_id(part.id) for part in new.entry.components):
        component = act.session.get(Component, code)
        if component is None:
            continue
        if code not in changed:
            is_over = incident.closed_at is not None or incident.status is Status.SCHEDULED
            status = ComponentStatus.OPERATIONAL if is_over else component.status
            writing.affect(act, incident, component, status)
        if isinstance(new.entry, ImportedMaintenance):
            row = act.session.get_one(AffectedComponent, (incident.id, code))
            row.planned = ComponentStatus.UNDER_MAINTENANCE


def _settle(act: Act, incident: Incident, component: Component) -> None:
    """A component has the status that its latest change gave it; an open entry then holds it."""
    latest = act.session.scalars(
        select(ComponentChange)
        .where(ComponentChange.component_id == component.id)
        .order_by(ComponentChange.at.desc(), ComponentChange.id.desc())
        .limit(1)
    ).one()
    component.status, component.status_since = latest.new_status, latest.at
    component.updated_at = max(component.updated_at, latest.at)
    if latest.incident_id != incident.id:
        return
    holders = select(AffectedComponent).where(
        AffectedComponent.component_id == component.id, AffectedComponent.holding.is_(True)
    )
    for row in act.session.scalars(holders):
        row.holding = False
    own = act.session.get_one(AffectedComponent, (incident.id, component.id))
    own.holding = incident.closed_at is None


def import_statuses(
    desk: Desk, actor: str, now: datetime, parts: Sequence[ImportedComponent]
) -> Outcome:
    """Give components the status that the other page gave them outside of any entry."""
    with acting(desk, actor, now, Role.ADMIN) as act:
        for part in parts:
            component = act.session.get_one(Component, our_id(part.id))
            at = part.updated_at or now
            _change(act, component, at, component.status, part.status)
            component.status, component.status_since = part.status, at
            component.updated_at = max(component.updated_at, at)
        act.event("component_statuses_imported", components=len(parts))
        return act.outcome()


__all__ = [
    "Comparison",
    "changed_statuses",
    "compare",
    "import_components",
    "import_entry",
    "import_statuses",
]
