"""A second person: when one is needed, what their approval covers, and what makes it void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.actions import Approval, Desk, Judgement
from incidents.errors import InvalidInput, NotAllowed, UpdatedFirst
from incidents.models import Draft, Event
from incidents.status import ComponentStatus, Impact
from tests.conftest import NOON
from tests.incidents.builders import declared, updated, words

MINUTE = timedelta(minutes=1)
TEMPLATE: dict[str, Any] = {
    "texts": None,
    "template": "acknowledgement/component-down",
    "name": {"it": "Fuori servizio: Portafoglio", "en": "Out of service: Wallet"},
}
MakeDesk = Callable[..., Desk]


def events(desk: Desk, kind: str) -> list[dict[str, Any]]:
    with desk.db.read() as session:
        return [row.data for row in session.scalars(select(Event).where(Event.kind == kind))]


def draft(desk: Desk, draft_id: str | None) -> Draft:
    with desk.db.read() as session:
        return session.get_one(Draft, draft_id)


def kept(desk: Desk, **data: Any) -> str:
    """A declaration in own words that bea wrote and that waits."""
    outcome = declared(desk, **data)
    assert outcome.draft_id is not None
    return outcome.draft_id


def judged(desk: Desk, **judgement: Any) -> Desk:
    return replace(desk, judged=Judgement(**judgement))


@pytest.fixture
def strict(db: Any, make_desk: MakeDesk) -> Desk:
    """Own words wait from a critical impact on."""
    return make_desk(db, approval=Approval(impact=Impact.CRITICAL))


def test_own_words_wait_where_the_impact_asks_for_it(strict: Desk) -> None:
    assert declared(strict, components={"wallet": "partial_outage"}).draft_id is None
    assert declared(strict, **TEMPLATE).draft_id is None
    assert draft(strict, kept(strict)).needs_approval


def test_own_words_wait_where_a_channel_asks_for_it(db: Any, make_desk: MakeDesk) -> None:
    desk = make_desk(db, approval=Approval(channels=frozenset({"loud"})), channels=("log", "loud"))
    waiting = draft(desk, kept(desk))
    assert waiting.why == "own words on loud need a second person"
    assert declared(desk, **TEMPLATE).draft_id is None


def test_a_paused_channel_asks_for_nobody(db: Any, make_desk: MakeDesk) -> None:
    desk = make_desk(db, approval=Approval(channels=frozenset({"loud"})), channels=("log", "loud"))
    actions.pause_channel(desk, "ada", NOON, "loud", "maintenance")
    assert declared(desk).draft_id is None


def test_own_words_wait_where_a_finding_asks_for_it(db: Any, make_desk: MakeDesk) -> None:
    desk = make_desk(db, approval=Approval(findings=frozenset({"estimate", "joke"})))
    assert declared(desk).draft_id is None
    found = judged(desk, findings=("slang", "estimate"))
    waiting = draft(desk, kept(found))
    assert waiting.why == "what the checks found needs a second person: estimate"
    assert declared(found, **TEMPLATE).draft_id is None


def test_several_reasons_are_all_named(db: Any, make_desk: MakeDesk) -> None:
    approval = Approval(Impact.MINOR, frozenset({"log"}), frozenset({"joke"}))
    desk = judged(make_desk(db, approval=approval, channels=("log",)), findings=("joke",))
    why = draft(desk, kept(desk)).why
    assert why.count(";") == 2
    assert why.startswith("own words at this impact need a second person")


def test_an_emergency_does_not_wait_and_its_reason_is_in_the_trail(strict: Desk) -> None:
    outcome = declared(judged(strict, emergency="nobody can be reached, and it is 3 in the night"))
    assert outcome.draft_id is None
    (event,) = events(strict, "approval_overridden")
    assert event == {
        "update": 1,
        "reason": "nobody can be reached, and it is 3 in the night",
        "why": "own words at this impact need a second person",
    }


def test_an_emergency_that_was_none_leaves_no_mark(strict: Desk) -> None:
    declared(judged(strict, emergency="just in case"), **TEMPLATE)
    assert events(strict, "approval_overridden") == []


def test_what_goes_out_despite_a_finding_is_in_the_trail(desk: Desk) -> None:
    despite = {"figure_incomplete": "the source asked not to be named"}
    declared(judged(desk, findings=("figure_incomplete",), despite=despite))
    assert events(desk, "published_despite") == [{"update": 1, "despite": despite}]


def test_an_update_a_correction_and_planned_work_leave_the_mark_as_well(strict: Desk) -> None:
    incident = declared(strict, **TEMPLATE).incident_id
    urgent = judged(strict, emergency="it cannot wait")
    updated(urgent, incident, NOON + MINUTE)
    reason = {"it": "Errore.", "en": "Mistake."}
    said = {"incident": incident, "update": "1", "texts": words("Giusto"), "reason": reason}
    actions.correct_update(urgent, "bea", NOON + 2 * MINUTE, said)
    assert len(events(strict, "approval_overridden")) == 2


def test_who_approves_is_a_second_person_and_then_the_author_publishes(strict: Desk) -> None:
    waiting = kept(strict)
    with pytest.raises(NotAllowed, match="second person"):
        actions.publish_draft(strict, "bea", NOON, waiting)
    with pytest.raises(NotAllowed, match="approver"):
        actions.approve_draft(strict, "bea", NOON, waiting)
    actions.approve_draft(strict, "carlo", NOON + MINUTE, waiting, revision=1)
    assert draft(strict, waiting).approved_at == NOON + MINUTE
    published = actions.publish_draft(strict, "bea", NOON + 2 * MINUTE, waiting)
    assert published.incident_id is not None
    (event,) = events(strict, "draft_approved")
    assert event["draft"] == waiting


def test_an_approver_cannot_approve_their_own_words(strict: Desk) -> None:
    said = {"name": {"it": "A", "en": "A"}, "texts": words("A"), "impact": "critical"}
    own = actions.declare_incident(strict, "carlo", NOON, said).draft_id or ""
    for action in (actions.approve_draft, actions.publish_draft):
        with pytest.raises(NotAllowed, match="you wrote this draft"):
            action(strict, "carlo", NOON, own)


def test_a_change_of_the_text_makes_the_approval_void(strict: Desk) -> None:
    waiting = kept(strict)
    actions.approve_draft(strict, "carlo", NOON, waiting)
    before = draft(strict, waiting)
    changed = {**before.input, "texts": words("Altro")}
    actions.change_draft(strict, "bea", NOON + MINUTE, waiting, changed, revision=1)
    after = draft(strict, waiting)
    assert (after.approved_by, after.approved_at, after.revision) == (None, None, 2)
    with pytest.raises(NotAllowed, match="second person"):
        actions.publish_draft(strict, "bea", NOON + MINUTE, waiting)
    (event,) = events(strict, "draft_changed")
    assert (event["draft"], event["approval_void"]) == (waiting, True)
    assert event["before"] == {"texts": before.input["texts"]}
    assert event["after"] == {"texts": after.input["texts"]}


def test_who_changed_the_text_last_is_its_author(strict: Desk) -> None:
    waiting = kept(strict)
    changed = {**draft(strict, waiting).input, "texts": words("Altro")}
    actions.change_draft(strict, "carlo", NOON, waiting, changed)
    with pytest.raises(NotAllowed, match="you wrote this draft"):
        actions.publish_draft(strict, "carlo", NOON, waiting)


def test_what_was_changed_while_it_was_read_is_not_approved(strict: Desk) -> None:
    waiting = kept(strict)
    changed = {**draft(strict, waiting).input, "texts": words("Altro")}
    actions.change_draft(strict, "bea", NOON, waiting, changed)
    with pytest.raises(UpdatedFirst, match="while you read it"):
        actions.approve_draft(strict, "carlo", NOON, waiting, revision=1)
    later = {**changed, "texts": words("Ancora altro")}
    with pytest.raises(UpdatedFirst, match="while you read it"):
        actions.change_draft(strict, "bea", NOON, waiting, later, revision=1)
    with pytest.raises(UpdatedFirst, match="while you read it"):
        actions.publish_draft(strict, "carlo", NOON, waiting, revision=1)


def test_the_same_text_once_more_leaves_the_approval_alone(strict: Desk) -> None:
    waiting = kept(strict)
    actions.approve_draft(strict, "carlo", NOON, waiting)
    same = draft(strict, waiting).input
    for revision in (1, None):
        actions.change_draft(strict, "bea", NOON, waiting, same, revision)
    assert (draft(strict, waiting).revision, events(strict, "draft_changed")) == (1, [])
    assert actions.publish_changed_draft(strict, "bea", NOON, waiting, same, 1).incident_id


def test_changed_and_published_at_once_where_nobody_has_to_approve(strict: Desk) -> None:
    waiting = kept(strict)
    said = {**draft(strict, waiting).input, "impact": "minor"}
    published = actions.publish_changed_draft(strict, "bea", NOON, waiting, said, 1)
    assert published.incident_id is not None
    assert [event["draft"] for event in events(strict, "draft_published")] == [waiting]


def test_changed_and_kept_where_a_second_person_has_to(strict: Desk) -> None:
    waiting = kept(strict)
    actions.approve_draft(strict, "carlo", NOON, waiting)
    said = {**draft(strict, waiting).input, "texts": words("Altro")}
    for login in ("bea", "carlo"):
        outcome = actions.publish_changed_draft(strict, login, NOON, waiting, said)
        said = {**said, "texts": words("Altro ancora")}
        assert (outcome.draft_id, outcome.incident_id) == (waiting, None)
        after = draft(strict, waiting)
        assert (after.approved_by, after.needs_approval) == (None, True)
    unchanged = draft(strict, waiting).input
    second = actions.publish_changed_draft(strict, "ada", NOON, waiting, unchanged)
    assert second.incident_id is not None


def test_an_emergency_publishes_a_changed_draft(strict: Desk) -> None:
    waiting = kept(strict)
    said = {**draft(strict, waiting).input, "texts": words("Altro")}
    urgent = judged(strict, emergency="nobody answers")
    assert actions.publish_changed_draft(urgent, "bea", NOON, waiting, said).incident_id
    assert [event["reason"] for event in events(strict, "approval_overridden")] == [
        "nobody answers"
    ]


def test_a_draft_of_what_was_seen_before_somebody_was_first_is_refused(strict: Desk) -> None:
    incident = declared(strict, **TEMPLATE).incident_id
    said = {"incident": incident, "texts": words("Bozza"), "version": 2}
    waiting = actions.save_draft(strict, "bea", NOON, "post_update", said).draft_id or ""
    updated(strict, incident, NOON + MINUTE, texts=None, template="update/no-estimate-yet")
    late = {**said, "texts": words("Bozza, meglio")}
    for action in (actions.change_draft, actions.publish_changed_draft):
        with pytest.raises(UpdatedFirst, match="was updated first"):
            action(strict, "bea", NOON, waiting, late)
    with pytest.raises(UpdatedFirst, match="was updated first"):
        actions.save_draft(strict, "bea", NOON, "post_update", said)
    again = {**late, "version": 3}
    actions.change_draft(strict, "bea", NOON, waiting, again)
    assert draft(strict, waiting).version == 3


def test_a_change_that_is_wrong_leaves_draft_and_approval_alone(strict: Desk) -> None:
    waiting = kept(strict)
    actions.approve_draft(strict, "carlo", NOON, waiting)
    with pytest.raises(InvalidInput, match="name: is missing"):
        actions.change_draft(strict, "bea", NOON, waiting, {"texts": words("Altro")})
    assert draft(strict, waiting).approved_by is not None


def test_an_approval_is_void_when_the_state_changed(strict: Desk) -> None:
    incident = declared(strict, **TEMPLATE).incident_id
    said = {"incident": incident, "texts": words("Bozza")}
    waiting = actions.post_update(strict, "bea", NOON + MINUTE, said).draft_id or ""
    actions.approve_draft(strict, "carlo", NOON + 2 * MINUTE, waiting)
    template: dict[str, Any] = {"texts": None, "template": "update/no-estimate-yet"}
    updated(strict, incident, NOON + 3 * MINUTE, **template)
    for action in (actions.publish_draft, actions.approve_draft):
        with pytest.raises(UpdatedFirst, match="has changed since this draft"):
            action(strict, "carlo", NOON + 4 * MINUTE, waiting)
    actions.change_draft(strict, "bea", NOON + 5 * MINUTE, waiting, said)
    actions.publish_draft(strict, "carlo", NOON + 6 * MINUTE, waiting)


def test_a_draft_kept_by_hand_is_no_way_around_the_second_person(strict: Desk) -> None:
    said = {"name": {"it": "A", "en": "A"}, "texts": words("A"), "impact": "critical"}
    own = actions.save_draft(strict, "bea", NOON, "declare_incident", said).draft_id or ""
    assert not draft(strict, own).needs_approval
    with pytest.raises(NotAllowed, match="second person"):
        actions.publish_draft(strict, "bea", NOON, own)
    small = {**said, "impact": "minor"}
    own = actions.save_draft(strict, "bea", NOON, "declare_incident", small).draft_id or ""
    assert actions.publish_draft(strict, "bea", NOON, own).incident_id is not None


def test_a_waiting_draft_goes_out_in_an_emergency(strict: Desk) -> None:
    waiting = kept(strict)
    urgent = judged(strict, emergency="nobody answers the telephone")
    assert actions.publish_draft(urgent, "bea", NOON, waiting).incident_id is not None
    assert len(events(strict, "approval_overridden")) == 1


OTHER: dict[str, Any] = {
    "texts": None,
    "template": "acknowledgement/sign-in-failing",
    "name": {"it": "Fuori servizio: Accesso", "en": "Out of service: Sign-in"},
    "components": {"login": "major_outage"},
}


def planned(desk: Desk) -> str:
    """Planned work on the wallet that is kept for later."""
    said = {
        "kind": "maintenance",
        "name": {"it": "Lavori", "en": "Works"},
        "starts_at": NOON + timedelta(hours=1),
        "ends_at": NOON + timedelta(hours=2),
        "components": ["wallet"],
        "texts": words("Lavori"),
    }
    return actions.save_draft(desk, "bea", NOON, "schedule", said).draft_id or ""


@pytest.mark.parametrize("kept_of", [kept, planned])
def test_an_approval_is_void_when_a_component_changed(
    strict: Desk, kept_of: Callable[[Desk], str]
) -> None:
    waiting = kept_of(strict)
    actions.approve_draft(strict, "carlo", NOON + MINUTE, waiting)
    slow = ComponentStatus.DEGRADED_PERFORMANCE
    actions.set_component_status(strict, "bea", NOON + 2 * MINUTE, "wallet", slow)
    for action in (actions.publish_draft, actions.approve_draft):
        with pytest.raises(UpdatedFirst, match=r"another status .*: Portafoglio; look at it"):
            action(strict, "carlo", NOON + 3 * MINUTE, waiting)
    same = draft(strict, waiting).input
    actions.change_draft(strict, "bea", NOON + 4 * MINUTE, waiting, same, revision=1)
    assert (draft(strict, waiting).approved_by, draft(strict, waiting).revision) == (None, 2)
    assert actions.publish_draft(strict, "carlo", NOON + 5 * MINUTE, waiting).incident_id


def test_what_changed_of_other_components_is_no_news(strict: Desk) -> None:
    waiting = kept(strict)
    declared(strict, NOON + MINUTE, **OTHER)
    actions.set_component_status(
        strict, "bea", NOON + MINUTE, "messages", ComponentStatus.PARTIAL_OUTAGE
    )
    actions.approve_draft(strict, "carlo", NOON + 2 * MINUTE, waiting)
    assert actions.publish_draft(strict, "bea", NOON + 3 * MINUTE, waiting).incident_id


@pytest.mark.parametrize("kept_of", [kept, planned])
def test_a_draft_is_void_when_an_incident_took_its_component(
    strict: Desk, kept_of: Callable[[Desk], str]
) -> None:
    waiting = kept_of(strict)
    number = declared(strict, NOON + MINUTE, **TEMPLATE).number
    urgent = judged(strict, emergency="it burns")
    for desk, who in ((strict, "carlo"), (urgent, "bea")):
        with pytest.raises(UpdatedFirst, match=f"#{number} speaks of this by now: Portafoglio"):
            actions.publish_draft(desk, who, NOON + 2 * MINUTE, waiting)
    with pytest.raises(UpdatedFirst, match="speaks of this by now"):
        actions.approve_draft(strict, "carlo", NOON + 2 * MINUTE, waiting)


def test_an_incident_that_takes_a_component_without_changing_it_is_news(strict: Desk) -> None:
    actions.set_component_status(
        strict, "bea", NOON - MINUTE, "wallet", ComponentStatus.MAJOR_OUTAGE
    )
    waiting = kept(strict)
    declared(strict, NOON + MINUTE, **TEMPLATE)
    with pytest.raises(UpdatedFirst, match="speaks of this by now"):
        actions.publish_draft(strict, "carlo", NOON + 2 * MINUTE, waiting)


def test_what_an_incident_held_before_and_says_again_is_no_news(strict: Desk) -> None:
    number = declared(strict, NOON - MINUTE, **TEMPLATE).number
    waiting = kept(strict)
    again: dict[str, Any] = {"texts": None, "template": "update/no-estimate-yet"}
    updated(strict, str(number), NOON + MINUTE, components={"wallet": "major_outage"}, **again)
    assert actions.publish_draft(strict, "carlo", NOON + 2 * MINUTE, waiting).incident_id


def test_looked_at_again_in_its_form_it_is_published_at_once(desk: Desk) -> None:
    said = {"name": {"it": "A", "en": "A"}, "texts": words("A")}
    said |= {"components": {"wallet": "major_outage"}}
    own = actions.save_draft(desk, "bea", NOON, "declare_incident", said).draft_id or ""
    actions.set_component_status(
        desk, "carlo", NOON + MINUTE, "wallet", ComponentStatus.PARTIAL_OUTAGE
    )
    with pytest.raises(UpdatedFirst, match="another status"):
        actions.publish_draft(desk, "bea", NOON + 2 * MINUTE, own)
    done = actions.publish_changed_draft(desk, "bea", NOON + 3 * MINUTE, own, said, 1)
    assert done.incident_id


def test_what_is_thrown_away_stays_in_the_trail(strict: Desk) -> None:
    waiting = kept(strict)
    said = draft(strict, waiting)
    actions.discard_draft(strict, "carlo", NOON, waiting)
    (event,) = events(strict, "draft_discarded")
    assert (event["draft"], event["action"], event["author"]) == (
        waiting,
        "declare_incident",
        said.author_id,
    )
    assert event["before"] == said.input
    assert event["after"] == dict.fromkeys(said.input)
