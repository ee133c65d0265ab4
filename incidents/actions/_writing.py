"""What the writing actions share: finding entries, setting components, rendering words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from incidents import queries
from incidents.actions._desk import Act, dump_texts
from incidents.errors import InvalidInput, NotPossible
from incidents.inputs import AnswerInput, FigureInput, MessageWords, TextInput, UpdateWords, Words
from incidents.models import (
    AffectedComponent,
    Component,
    ComponentChange,
    Incident,
    IncidentUpdate,
    UpdateComponent,
)
from incidents.status import (
    BAD,
    CLOSED,
    ComponentStatus,
    IncidentKind,
    Origin,
    Status,
    still_bad,
    worst,
)
from incidents.texts import NoticeContext, TextError
from incidents.view import PublicText, choose

Changes = Sequence[tuple[Component, ComponentStatus, ComponentStatus]]
"""(component, old status, new status) for each component that an update names."""


def components_by_key(act: Act, keys: Iterable[str]) -> dict[str, Component]:
    """The named components. Raises `InvalidInput` naming each that does not exist."""
    known = {component.key: component for component in act.session.scalars(select(Component))}
    unknown = [key for key in keys if key not in known]
    if unknown:
        there = ", ".join(sorted(known)) or "none yet"
        raise InvalidInput(
            *(f"components.{key}: there is no such component; there are {there}" for key in unknown)
        )
    return {key: known[key] for key in keys}


def affect(act: Act, incident: Incident, component: Component, status: ComponentStatus) -> None:
    """Note that an entry names a component, with the status that it gives it."""
    row = act.session.get(AffectedComponent, (incident.id, component.id))
    if row is None:
        taken = act.session.scalar(
            select(func.count()).where(AffectedComponent.incident_id == incident.id)
        )
        row = act.add(
            AffectedComponent(
                incident_id=incident.id,
                component_id=component.id,
                position=taken or 0,
                name=dict(component.name),
                status=status,
                planned=None,
            )
        )
    row.status = status


def set_component(
    act: Act, component: Component, status: ComponentStatus, incident: Incident | None = None
) -> None:
    """Change a component's status; whoever held it until now does not hold it any more."""
    for row in act.session.scalars(
        select(AffectedComponent).where(
            AffectedComponent.component_id == component.id, AffectedComponent.holding.is_(True)
        )
    ):
        row.holding = False
    if incident is not None:
        held = act.session.get_one(AffectedComponent, (incident.id, component.id))
        held.holding = True
    if component.status is status:
        return
    act.add(
        ComponentChange(
            component_id=component.id,
            at=act.now,
            old_status=component.status,
            new_status=status,
            incident_id=incident.id if incident else None,
        )
    )
    component.status = status
    component.status_since = act.now
    component.updated_at = act.now


def apply_components(
    act: Act, incident: Incident, wanted: Mapping[str, ComponentStatus]
) -> Changes:
    """Set what an update says of components; answers (component, old, new) for each it names."""
    changes = []
    for key, component in components_by_key(act, wanted).items():
        changes.append((component, component.status, wanted[key]))
        affect(act, incident, component, wanted[key])
        set_component(act, component, wanted[key], incident)
    return changes


def held_elsewhere(act: Act, incident: Incident, component_id: str) -> ComponentStatus | None:
    """The worst that other open incidents say of this component; None where none says it is bad."""
    statuses = act.session.scalars(
        select(AffectedComponent.status)
        .join(Incident, Incident.id == AffectedComponent.incident_id)
        .where(
            AffectedComponent.component_id == component_id,
            AffectedComponent.status.in_(BAD),
            Incident.kind == IncidentKind.INCIDENT,
            Incident.closed_at.is_(None),
            Incident.id != incident.id,
        )
    ).all()
    return worst(statuses) if statuses else None


def must_be_well(act: Act, incident: Incident) -> None:
    """Raises `NotPossible`, naming the components, while an affected one is bad."""
    rows = act.session.execute(
        select(Component)
        .join(AffectedComponent, AffectedComponent.component_id == Component.id)
        .where(AffectedComponent.incident_id == incident.id)
        .order_by(AffectedComponent.position)
    ).scalars()
    default = act.desk.service.default_locale
    bad = still_bad(
        {
            f"{component.name.get(default, component.key)} ({component.key})": component.status
            for component in rows
            if not held_elsewhere(act, incident, component.id)
        }
    )
    if bad:
        raise NotPossible(
            f"#{incident.number} cannot be resolved while this is not operational: "
            f"{', '.join(bad)}; set it to operational in the same update, or keep it monitoring"
        )


def must_say_who_cannot(act: Act, incident: Incident, form: UpdateWords) -> None:
    """*Monitoring* says who still cannot: by a component that is still bad, or in words."""
    if form.still_cannot is not None:
        return
    bad = act.session.scalar(
        select(func.count())
        .select_from(AffectedComponent)
        .where(AffectedComponent.incident_id == incident.id, AffectedComponent.status.in_(BAD))
    )
    if not bad:
        raise InvalidInput(
            "still_cannot: monitoring has to say who still cannot use what; leave a component that "
            "is not well yet, or say it in words (even 'everyone can use everything again')"
        )


def named_components(
    act: Act, incident: Incident, up_to: IncidentUpdate | None = None
) -> list[tuple[Mapping[str, str], ComponentStatus]]:
    """Names and statuses that an entry gave its components, now or as of one of its updates.

    Hidden ones are left out: what is rendered from this is public.
    """
    if up_to is None:
        rows = act.session.scalars(
            select(AffectedComponent)
            .join(Component, Component.id == AffectedComponent.component_id)
            .where(AffectedComponent.incident_id == incident.id, Component.hidden.is_(False))
            .order_by(AffectedComponent.position)
        )
        return [(row.name, row.status) for row in rows]
    past = act.session.scalars(
        select(UpdateComponent)
        .join(IncidentUpdate, IncidentUpdate.id == UpdateComponent.update_id)
        .join(Component, Component.id == UpdateComponent.component_id)
        .where(
            IncidentUpdate.incident_id == incident.id,
            IncidentUpdate.number <= up_to.number,
            Component.hidden.is_(False),
        )
        .order_by(IncidentUpdate.number, UpdateComponent.position)
    )
    latest = {row.component_id: (row.name, row.new_status) for row in past}
    return list(latest.values())


def _unaffected(act: Act, incident: Incident) -> list[Component]:
    mine = select(AffectedComponent.component_id).where(
        AffectedComponent.incident_id == incident.id
    )
    return list(
        act.session.scalars(
            select(Component)
            .where(
                Component.hidden.is_(False),
                Component.status == ComponentStatus.OPERATIONAL,
                Component.id.not_in(mine),
            )
            .order_by(Component.position)
        )
    )


def context_of(
    act: Act,
    incident: Incident,
    locale: str,
    next_update_by: datetime | None,
    up_to: IncidentUpdate | None = None,
) -> NoticeContext:
    """What a notice template may know about an entry, in one locale; as of `up_to` if given."""
    rows = named_components(act, incident, up_to)

    def names(*statuses: ComponentStatus) -> tuple[str, ...]:
        return tuple(_in(name, locale, act) for name, status in rows if status in statuses)

    return NoticeContext(
        service=_in(act.desk.service.name, locale, act),
        incident=_in(incident.name, locale, act),
        at=up_to.at if up_to else act.now,
        started_at=incident.started_at,
        next_update_by=next_update_by,
        starts_at=incident.scheduled_for,
        ends_at=incident.scheduled_until,
        down=names(ComponentStatus.MAJOR_OUTAGE),
        partial=names(ComponentStatus.PARTIAL_OUTAGE),
        slow=names(ComponentStatus.DEGRADED_PERFORMANCE),
        recovered=names(ComponentStatus.OPERATIONAL),
        affected=names(*ComponentStatus),
        working=tuple(_in(c.name, locale, act) for c in _unaffected(act, incident)),
    )


def _in(texts: Mapping[str, str], locale: str, act: Act) -> str:
    chosen = choose(texts, locale, act.desk.service.default_locale)
    return texts[chosen] if chosen else ""


def words_of(
    act: Act, incident: Incident, form: Words, next_update_by: datetime | None = None
) -> dict[str, PublicText]:
    """The words of an update in every locale, from its template or its own texts."""
    if form.texts is not None:
        return own_words(form.texts)
    return template_words(act, incident, form.template or "", form.fields, next_update_by)


def own_words(texts: Mapping[str, TextInput]) -> dict[str, PublicText]:
    return {
        locale: PublicText(text.headline, text.short or text.headline, text.body)
        for locale, text in texts.items()
    }


def template_words(
    act: Act,
    incident: Incident,
    template: str,
    fields: Mapping[str, object],
    next_update_by: datetime | None = None,
    up_to: IncidentUpdate | None = None,
) -> dict[str, PublicText]:
    """Render a notice template in every locale, as of now or of an update."""
    try:
        return {
            locale: act.desk.texts.render_notice(
                template, locale, context_of(act, incident, locale, next_update_by, up_to), fields
            )
            for locale in act.desk.service.locales
        }
    except TextError as problem:
        raise InvalidInput(*problem.problems) from None


def frozen_answers(act: Act, answers: Iterable[AnswerInput]) -> list[dict[str, Any]]:
    """Answers as an update keeps them: words frozen now, dates worked out until it closes."""
    return [
        {
            "key": answer.key,
            "fields": answer.fields,
            "texts": _answer_texts(act, answer),
            "dates": None,
        }
        for answer in answers
    ]


def _answer_texts(act: Act, answer: AnswerInput) -> dict[str, dict[str, str]]:
    texts = {}
    for locale in act.desk.service.locales:
        service = _in(act.desk.service.name, locale, act)
        today = act.now.astimezone(act.desk.service.time_zone).date()
        try:
            rendered = act.desk.texts.render_answer(
                answer.key, locale, service, today, answer.fields
            )
        except TextError as problem:
            raise InvalidInput(*(f"answers: {p}" for p in problem.problems)) from None
        texts[locale] = {
            "question": rendered.question,
            "short": rendered.short,
            "answer": rendered.answer,
        }
    return texts


def write_update(
    act: Act,
    incident: Incident,
    texts: Mapping[str, PublicText],
    *,
    form: Words | None = None,
    changes: Changes = (),
    key: str | None = None,
    origin: Origin = Origin.OPERATOR,
    at: datetime | None = None,
) -> IncidentUpdate:
    """Write the next message in an entry's life, with what it changed."""
    number = act.session.scalar(
        select(func.coalesce(func.max(IncidentUpdate.number), 0)).where(
            IncidentUpdate.incident_id == incident.id
        )
    )
    update = act.add(
        IncidentUpdate(
            id=act.desk.new_id(),
            incident_id=incident.id,
            number=(number or 0) + 1,
            key=key,
            status=incident.status,
            texts=dump_texts(texts),
            template=form.template if form else None,
            fields=dict(form.fields) if form else {},
            figures=[],
            answers=[],
            still_cannot={},
            late_by=late_by(incident.next_update_by, act.now),
            origin=origin,
            author_id=act.operator.id,
            at=at or act.now,
            created_at=act.now,
            retraction_reason={},
        )
    )
    if isinstance(form, MessageWords):
        update.figures = figures_of(form.figures)
        update.answers = frozen_answers(act, form.answers)
        update.to_do = dict(form.to_do or {})
        update.not_to_do = dict(form.not_to_do or {})
        update.internal_note = form.internal_note
    if isinstance(form, UpdateWords):
        update.still_cannot = dict(form.still_cannot or {})
        update.next_update_by = form.next_update_by
        update.origin = form.origin
    for position, (component, old, new) in enumerate(changes):
        act.add(
            UpdateComponent(
                update_id=update.id,
                component_id=component.id,
                position=position,
                name=dict(component.name),
                old_status=old,
                new_status=new,
            )
        )
    return update


def late_by(promise: datetime | None, now: datetime) -> int | None:
    """Whole minutes by which a promise was missed; None when there was none, or it was kept."""
    if promise is None:
        return None
    return int((now - promise).total_seconds()) // 60 or None if now > promise else None


def figures_of(figures: Iterable[FigureInput]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [
        {**figure.model_dump(mode="json"), "caveat": dict(figure.caveat or {})}
        for figure in figures
    ]


def set_status(act: Act, incident: Incident, status: Status) -> None:
    """Take an entry to a status, with the times that go with it."""
    incident.status = status
    if status is Status.MONITORING:
        incident.monitoring_at = act.now
    if status in CLOSED and incident.closed_at is None:
        incident.closed_at = act.now
        incident.resolved_at = act.now
        incident.next_update_by = None
        freeze_dates(act, incident)
    elif status not in CLOSED and incident.closed_at is not None:
        incident.closed_at = incident.resolved_at = None
        _melt_dates(act, incident)


def freeze_dates(act: Act, incident: Incident) -> None:
    """An entry that is over keeps the dates that it closed with."""
    closed = incident.closed_at or act.now
    today = closed.astimezone(act.desk.service.time_zone).date()
    for update in _updates_with_answers(act, incident):
        update.answers = [
            {
                **answer,
                "dates": queries.answer_dates(
                    act.desk.texts, act.desk.service, answer["key"], answer["fields"], today
                ),
            }
            for answer in update.answers
        ]


def _melt_dates(act: Act, incident: Incident) -> None:
    for update in _updates_with_answers(act, incident):
        update.answers = [{**answer, "dates": None} for answer in update.answers]


def _updates_with_answers(act: Act, incident: Incident) -> list[IncidentUpdate]:
    updates = act.session.scalars(
        select(IncidentUpdate).where(IncidentUpdate.incident_id == incident.id)
    )
    return [update for update in updates if update.answers]


def new_incident(act: Act, **values: Any) -> Incident:
    """A new entry with the next number; the caller gives what is its own."""
    number = (act.session.scalar(select(func.max(Incident.number))) or 0) + 1
    started: datetime = values["started_at"]
    month = started.astimezone(act.desk.service.time_zone).strftime("%Y-%m")
    return act.add(
        Incident(
            id=act.desk.new_id(),
            number=number,
            month=month,
            created_at=act.now,
            updated_at=act.now,
            updated_by=act.operator.id,
            version=1,
            **values,
        )
    )


def key_is_free(act: Act, key: str | None) -> None:
    """Raises `InvalidInput` where an entry has this key already."""
    if key and act.session.scalar(select(func.count()).where(Incident.key == key)):
        raise InvalidInput(f"key: {key!r} names another entry already; choose another one")


def must_be_ahead(act: Act, field: str, moment: datetime | None) -> None:
    """Raises `InvalidInput` for a promise in the past."""
    if moment is not None and moment <= act.now:
        zone = act.desk.service.time_zone
        raise InvalidInput(
            f"{field}: {moment.astimezone(zone):%Y-%m-%d %H:%M} is over already; "
            f"it is {act.now.astimezone(zone):%Y-%m-%d %H:%M} now"
        )
