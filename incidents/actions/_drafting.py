"""Drafts and the second person: what is kept instead of being published."""

from __future__ import annotations

from incidents.actions._desk import Act, Outcome
from incidents.inputs import CorrectInput, Input, Words
from incidents.models import Draft, Incident
from incidents.status import Impact, at_least

SECOND_PERSON = "own words at this impact need a second person"


def second_person_needed(act: Act, form: Words | CorrectInput, impact: Impact) -> bool:
    """Whether a second person must approve: own words, at or above the impact that is set.

    A template used with its fields was approved when it was written, so that the first notice
    never waits.
    """
    threshold = act.desk.approval_from
    return threshold is not None and form.texts is not None and at_least(impact, threshold)


def keep(
    act: Act, action: str, form: Input, incident: Incident | None = None, why: str = ""
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
        )
    )
    act.event("draft_saved", public=False, draft=draft.id, action=action, why=why)
    return Outcome(
        event=act.seq,
        incident_id=incident.id if incident else None,
        number=incident.number if incident else None,
        draft_id=draft.id,
        why=why,
    )
