"""Drafts and the second person: what is kept instead of being published, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from incidents.actions._desk import Act, Outcome, changed
from incidents.actions._proposing import Said, has_own_words
from incidents.inputs import BackdateInput, Input
from incidents.models import Draft, Incident, IncidentUpdate
from incidents.status import Impact, at_least

SECOND_PERSON = "own words at this impact need a second person"


def waits_because(act: Act, form: Said, impact: Impact) -> str:
    """Why a second person must approve; "" where nobody must, or where it cannot wait.

    A template used with its fields was approved when it was written, and so was what Avviso
    proposes beside it: the first notice never waits.
    """
    return "" if act.desk.judged.emergency else _second_person(act, form, impact)


def _second_person(act: Act, form: Said, impact: Impact) -> str:
    return "; ".join(_reasons(act, form, impact)) if has_own_words(act, form) else ""


def _reasons(act: Act, form: Said, impact: Impact) -> Iterator[str]:
    approval = act.desk.approval
    threshold = act.desk.approval_from or approval.impact
    if threshold is not None and at_least(impact, threshold):
        yield SECOND_PERSON
    # What is told afterwards goes to no channel.
    receiving = () if isinstance(form, BackdateInput) else act.receiving
    channels = [name for name in receiving if name in approval.channels]
    if channels:
        yield f"own words on {', '.join(channels)} need a second person"
    found = [name for name in act.desk.judged.findings if name in approval.findings]
    if found:
        yield f"what the checks found needs a second person: {', '.join(dict.fromkeys(found))}"


def record(
    act: Act,
    incident: Incident,
    form: Said,
    impact: Impact,
    update: IncidentUpdate,
) -> None:
    """Put into the trail what somebody took upon themselves for this notice, which an update
    tells, or is corrected or taken back by."""
    judged = act.desk.judged
    needed = _second_person(act, form, impact)
    if judged.emergency and needed:
        act.event(
            "approval_overridden",
            incident,
            public=False,
            update=update.number,
            reason=judged.emergency,
            why=needed,
        )
    if judged.despite:
        act.event(
            "published_despite",
            incident,
            public=False,
            update=update.number,
            despite=dict(judged.despite),
        )


def keep(
    act: Act,
    action: str,
    form: Input,
    incident: Incident | None = None,
    why: str = "",
    *,
    needs_approval: bool = False,
) -> Outcome:
    """Keep an input for later; nothing public knows of it."""
    draft = act.add(
        Draft(
            id=act.desk.new_id(),
            action=action,
            input=form.model_dump(mode="json", exclude_unset=True),
            incident_id=incident.id if incident else None,
            version=incident.version if incident else None,
            why=why,
            author_id=act.operator.id,
            created_at=act.now,
            needs_approval=needs_approval,
            revision=1,
        )
    )
    act.event("draft_saved", public=False, draft=draft.id, action=action, why=why)
    return outcome_of(act, draft, incident)


def outcome_of(act: Act, draft: Draft, incident: Incident | None = None) -> Outcome:
    """What there is to say of a draft."""
    return Outcome(
        event=act.seq,
        incident_id=incident.id if incident else draft.incident_id,
        number=incident.number if incident else None,
        draft_id=draft.id,
        why=draft.why,
    )


def says(kept: Mapping[str, Any]) -> dict[str, Any]:
    """An input without what says nothing, and without the version that its author saw."""
    empty: Sequence[Any] = ("", {}, [])
    return {name: said for name, said in kept.items() if name != "version" and said not in empty}


def discard(act: Act, draft: Draft, why: str = "") -> None:
    """Throw a draft away; what it said stays in the trail, where nothing is lost."""
    said = {**({"why": why} if why else {}), **changed(says(draft.input), {})}
    act.session.delete(draft)
    act.event(
        "draft_discarded",
        public=False,
        draft=draft.id,
        action=draft.action,
        author=draft.author_id,
        **said,
    )
