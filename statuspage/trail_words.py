"""What each kind of event is called, and what it tells of before and after. Pure.

English phrases, which are the keys of the catalogues. A test looks for kinds without words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publishers.documents._phrases import N_

EVENTS: Mapping[str, str] = {
    "incident_declared": N_("Declared a problem"),
    "update_posted": N_("Posted an update"),
    "update_corrected": N_("Corrected an update"),
    "update_retracted": N_("Retracted an update"),
    "answer_posted": N_("Posted an answer"),
    "incident_backdated": N_("Told of a problem that was over"),
    "incident_imported": N_("Took over an entry from another page"),
    "components_imported": N_("Took over components from another page"),
    "component_statuses_imported": N_("Took over components' statuses from another page"),
    "scheduled": N_("Announced planned work or an expected strain"),
    "started": N_("Planned work began"),
    "ended": N_("Planned work ended"),
    "reminded": N_("Reminded of planned work"),
    "cancelled": N_("Called planned work off"),
    "notice_came_true": N_("An advance notice came true"),
    "component_saved": N_("Set up a component"),
    "group_saved": N_("Set up a component group"),
    "component_shown_or_hidden": N_("A component was shown or hidden"),
    "component_status_set": N_("Set a component's status"),
    "answer_attached": N_("Let an answer stand on the page"),
    "answer_detached": N_("Took an answer off the page"),
    "delivery_sent": N_("A post is out"),
    "delivery_retried": N_("Sent a delivery again"),
    "delivery_skipped": N_("Left a delivery out"),
    "delivery_settled": N_("Said what became of a post"),
    "channel_set": N_("Paused a channel or used it again"),
    "alarm_began": N_("An alarm began"),
    "alarm_ended": N_("An alarm is over"),
    "alarm_acknowledged": N_("Automatic: an alarm was acknowledged without a person"),
    "alarm_held": N_("An alarm waits for a person: the checks or the template stopped it"),
    "draft_saved": N_("Kept a draft"),
    "draft_published": N_("Published a draft"),
    "draft_discarded": N_("Threw a draft away"),
    "operator_added": N_("Added an operator"),
    "operator_role_set": N_("Gave an operator another role"),
    "operator_disabled": N_("Disabled an operator"),
    "second_factors_re_encrypted": N_("Kept second factors under a new key"),
    "operator_enabled": N_("Let an operator act again"),
    "duty_taken": N_("Took the duty"),
    "duty_handed_over": N_("Handed the duty over"),
    "duty_left": N_("Left the duty"),
    "answer_reworded": N_("An answer's new words went onto the page"),
    "answered_forgotten": N_("Old notes of answers to persons were deleted"),
    "approval_overridden": N_("Published without a second person, in an emergency"),
    "citizen_answered": N_("Answered a person"),
    "draft_approved": N_("Approved a draft"),
    "draft_changed": N_("Changed a draft"),
    "invitation_link_made": N_("Made an invitation"),
    "reset_link_made": N_("Made a link for a new password"),
    "sign_in_link_made": N_("Made a link to sign in"),
    "other_sessions_ended": N_("Ended their other sessions"),
    "password_set": N_("Set a password"),
    "published_despite": N_("Published in spite of what the checks said"),
    "recovery_code_used": N_("Used a recovery code"),
    "recovery_codes_renewed": N_("Made new recovery codes"),
    "second_factor_added": N_("Added a second factor"),
    "second_factor_removed": N_("Removed a second factor"),
    "signed_in": N_("Signed in"),
    "text_added": N_("Added a text"),
    "text_retired": N_("Took a text away"),
    "text_reverted": N_("Went back to the shipped text"),
    "text_reworded": N_("Reworded a text"),
    "token_added": N_("Made a token for programs"),
    "token_revoked": N_("Revoked a token"),
}
"""By an event's kind, what happened."""

LABELS: Mapping[str, str] = {
    "action": N_("Action"),
    "alarm": N_("Alarm"),
    "alarms": N_("Alarms"),
    "answer": N_("Answer"),
    "answers": N_("Answers"),
    "approval_void": N_("Approval void"),
    "author": N_("Author"),
    "channel": N_("Channel"),
    "component": N_("Component"),
    "components": N_("Components"),
    "count": N_("Number"),
    "delivery": N_("Delivery"),
    "description": N_("Description"),
    "despite": N_("In spite of"),
    "draft": N_("Draft"),
    "ends_at": N_("Until"),
    "expires_at": N_("Until"),
    "fields": N_("The template’s fields"),
    "figures": N_("Figures"),
    "findings": N_("Findings"),
    "group": N_("Group"),
    "group_id": N_("Group"),
    "hidden": N_("Hidden"),
    "impact": N_("Impact"),
    "incident": N_("Entry"),
    "internal_note": N_("Internal note, never public"),
    "key": N_("Key"),
    "kind": N_("Kind"),
    "name": N_("Name"),
    "network": N_("Network"),
    "next_update_by": N_("Next update by"),
    "not_to_do": N_("What not to do"),
    "only_show_if_degraded": N_("Shown only while something is wrong"),
    "operator": N_("Operator"),
    "origin": N_("Origin"),
    "position": N_("Position"),
    "reason": N_("Reason"),
    "resolved_at": N_("Was over"),
    "role": N_("Role"),
    "scopes": N_("Scopes"),
    "severity": N_("Severity"),
    "source": N_("Source"),
    "started_at": N_("Began"),
    "starts_at": N_("From"),
    "state": N_("State"),
    "status": N_("Status"),
    "still_cannot": N_("Who still cannot use what"),
    "template": N_("Template"),
    "text": N_("Text"),
    "texts": N_("Words"),
    "title": N_("Title"),
    "to_do": N_("What to do"),
    "token": N_("Token"),
    "update": N_("Incident update"),
    "updates": N_("Updates"),
    "version": N_("Version"),
    "way": N_("By"),
    "why": N_("Why"),
}
"""What the parts of an event's data are called; what is not here is shown as it is written."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that an event tells: what it was before, where that is told, and what it is."""

    label: str
    before: str | None
    after: str


def event_phrase(kind: str) -> str:
    """The phrase of a kind; one that this version does not know, as it is written."""
    return EVENTS.get(kind) or kind.replace("_", " ")


def facts_of(data: Mapping[str, Any]) -> list[Fact]:
    """What an event's data say, in the order in which they were written."""
    rest = {**data}
    pairs = [*_pairs(rest)]
    return [Fact(_label(key), None, _said(value)) for key, value in rest.items() if value] + pairs


def _pairs(rest: dict[str, Any]) -> Iterator[Fact]:
    """Takes out what is told with what it was before."""
    if "old" in rest:
        # A channel's new state has its own name.
        new = "new" if "new" in rest else "state"
        yield Fact(_label("state"), _said(rest.pop("old")), _said(rest.pop(new, None)))
    before, after = rest.pop("before", None), rest.pop("after", None)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in after:  # it is told with what it was before
            rest.pop(key, None)
        yield from _compared(before, after)
    elif before is not None or after is not None:
        yield Fact(_label("state"), _said(before), _said(after))
    changed = rest.get("components")
    if isinstance(changed, Mapping) and all(isinstance(pair, list) for pair in changed.values()):
        del rest["components"]
        for key, (old, new_status) in changed.items():
            yield Fact(key, _said(old), _said(new_status))


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fact]:
    if all(value is None for value in before.values()):  # what is new was nothing before
        yield from (Fact(_label(key), None, _said(value)) for key, value in after.items() if value)
        return
    for key in [*after, *(key for key in before if key not in after)]:
        yield Fact(_label(key), _said(before.get(key)), _said(after.get(key)))


def _label(key: str) -> str:
    return LABELS.get(key, key)


def _said(value: Any) -> str:
    """A value as a person reads it; "–" for none."""
    if value in (None, "", {}, []):
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        lines = dict(_leaves(value))
        if all(isinstance(item, str) for item in lines.values()):
            return "\n".join(f"{key}: {item}" for key, item in lines.items())
    return json.dumps(value, ensure_ascii=False)


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in it at any depth, named by the way there: "it.headline". What is not said in
    a place is left out."""
    for key, item in value.items():
        if isinstance(item, Mapping):
            yield from _leaves(item, f"{prefix}{key}.")
        elif item is not None:
            yield f"{prefix}{key}", item
