"""One draft, or one acknowledgement, out of what several alarms say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents import proposed, queries
from incidents.actions import _drafting as drafting
from incidents.actions import incident as incidents
from incidents.actions._desk import Act, Outcome
from incidents.alarm_rules import AlarmRules
from incidents.alarms import Alarm, summaries
from incidents.inputs import DeclareInput, parse
from incidents.models import Draft, Incident
from incidents.status import ComponentStatus, Origin, worst

_NOTE_LENGTH = 5000


def declaration(act: Act, rules: AlarmRules, alarms: Sequence[Alarm]) -> dict[str, Any]:
    """What would be declared for these alarms: their components, the template, a name."""
    components = worst_of(alarm.components for alarm in alarms)
    return {
        "name": proposed.alarm_name(
            queries.components_chosen(act.session, components),
            act.desk.service,
            act.desk.texts.words,
        ),
        "template": rules.template,
        "components": components,
        "started_at": min(alarm.began_at for alarm in alarms),
        "internal_note": summaries(alarms)[:_NOTE_LENGTH],
    }


def worst_of(several: Iterable[Mapping[str, str]]) -> dict[str, ComponentStatus]:
    """Each component that is named anywhere, with the worst that is said of it."""
    found: dict[str, ComponentStatus] = {}
    for components in several:
        for key, word in components.items():
            status = ComponentStatus(word)
            found[key] = worst([status, found.get(key, status)])
    return found


def keep_draft(act: Act, rules: AlarmRules, alarms: Sequence[Alarm]) -> str:
    """A draft with these alarms: that of the window where nobody has touched it, or a new one."""
    open_draft = _draft_of_window(act, rules)
    if open_draft is not None:
        together = [*in_draft(act, open_draft.id), *alarms]
        form = parse(DeclareInput, declaration(act, rules, together), act.desk.service.locales)
        open_draft.input = form.model_dump(mode="json", exclude_unset=True)
        open_draft.revision += 1
        draft_id = open_draft.id
    else:
        form = parse(DeclareInput, declaration(act, rules, alarms), act.desk.service.locales)
        outcome = drafting.keep(act, "declare_incident", form, why=f"alarm: {rules.source}")
        draft_id = outcome.draft_id or ""
    for alarm in alarms:
        alarm.draft_id = draft_id
    act.session.flush()
    return draft_id


def _draft_of_window(act: Act, rules: AlarmRules) -> Draft | None:
    return act.session.scalar(
        select(Draft)
        .join(Alarm, Alarm.draft_id == Draft.id)
        .where(
            Alarm.source == rules.source,
            Draft.created_at > act.now - rules.window,
            Draft.author_id == act.operator.id,
            Draft.approved_by.is_(None),
        )
        .order_by(Draft.created_at.desc())
        .limit(1)
    )


def in_draft(act: Act, draft_id: str) -> list[Alarm]:
    """The alarms that a draft was made of, oldest first."""
    found = select(Alarm).where(Alarm.draft_id == draft_id).order_by(Alarm.id)
    return list(act.session.scalars(found))


def acknowledge(
    act: Act, rules: AlarmRules, alarms: Sequence[Alarm], next_update_by: datetime | None
) -> Outcome:
    """Publish the template for these alarms, marked as automatic."""
    data = {**declaration(act, rules, alarms), "origin": Origin.AUTOMATIC}
    if next_update_by is not None:
        data["next_update_by"] = next_update_by
    form = parse(DeclareInput, data, act.desk.service.locales)
    outcome = incidents.declare(act, form)
    for alarm in alarms:
        alarm.incident_id, alarm.published_at = outcome.incident_id, act.now
    act.event(
        "alarm_acknowledged",
        act.session.get(Incident, outcome.incident_id),
        public=False,
        source=rules.source,
        alarms=[alarm.id for alarm in alarms],
        origin=Origin.AUTOMATIC,
        findings=list(act.desk.judged.findings),
    )
    return replace(outcome, event=act.seq)


def went_out_lately(act: Act, rules: AlarmRules) -> bool:
    """Whether an acknowledgement of this source went out by itself within the window."""
    found = select(Alarm.id).where(
        Alarm.source == rules.source,
        Alarm.created_at > act.now - rules.window,
        Alarm.published_at.is_not(None),
    )
    return act.session.scalar(found.limit(1)) is not None


def follow_draft(act: Act, draft_id: str, incident_id: str | None) -> None:
    """The alarms of a draft that was published belong to its incident from now on."""
    for alarm in in_draft(act, draft_id):
        alarm.incident_id, alarm.draft_id = incident_id, None
