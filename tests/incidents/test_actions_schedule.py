"""Planned work and advance notices: what the clock does, what it restores, what it announces."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.errors import ActionError, InvalidInput, NotPossible
from incidents.models import Delivery, IncidentUpdate, Publication
from incidents.status import Certainty, ComponentStatus, Impact, Status
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words
from tests.incidents.test_actions_incident import incident, overview, rows


def wallet(desk: Desk) -> ComponentStatus:
    with desk.db.read() as session:
        return queries.components(session)[0].status


def announced(desk: Desk) -> list[str]:
    """The statuses that went to the channel x, in order."""
    with desk.db.read() as session:
        query = (
            select(Publication.status)
            .join(Delivery, Delivery.publication_id == Publication.id)
            .where(Delivery.channel == "x")
            .order_by(Publication.event_seq)
        )
        return [str(status) for status in session.scalars(query)]


def notice(desk: Desk, **data: Any) -> actions.Outcome:
    return scheduled(desk, kind="advance_notice", **data)


def test_planned_work_begins_and_ends_by_the_clock(desk: Desk) -> None:
    outcome = scheduled(desk)
    assert wallet(desk) is ComponentStatus.OPERATIONAL
    assert actions.catch_up(desk, NOON + HOUR - timedelta(seconds=1)) == []
    actions.catch_up(desk, NOON + HOUR)
    assert wallet(desk) is ComponentStatus.UNDER_MAINTENANCE
    assert incident(desk, outcome).status is Status.IN_PROGRESS
    actions.catch_up(desk, NOON + 3 * HOUR)
    assert wallet(desk) is ComponentStatus.OPERATIONAL
    assert incident(desk, outcome).status is Status.COMPLETED
    assert announced(desk) == ["scheduled", "in_progress", "completed"]


def test_after_a_night_asleep_every_step_is_taken_and_only_the_last_announced(
    desk: Desk,
) -> None:
    outcome = scheduled(desk)
    actions.catch_up(desk, NOON + 12 * HOUR)
    assert announced(desk) == ["scheduled", "completed"]
    steps = [(update.status, update.at) for update in incident(desk, outcome).updates]
    assert steps[0][0] is Status.COMPLETED
    assert steps[1] == (Status.IN_PROGRESS, NOON + HOUR)


def test_catching_up_twice_does_nothing_twice(desk: Desk) -> None:
    scheduled(desk)
    actions.catch_up(desk, NOON + 12 * HOUR)
    before = rows(desk)
    assert actions.catch_up(desk, NOON + 12 * HOUR) == []
    assert actions.catch_up(desk, NOON + 11 * HOUR) == [], "a clock set back changes nothing"
    assert rows(desk) == before


def test_the_end_restores_only_what_the_work_set(desk: Desk) -> None:
    scheduled(desk, components=["wallet", "login"])
    actions.catch_up(desk, NOON + HOUR)
    actions.set_component_status(
        desk, "bea", NOON + 2 * HOUR, "login", ComponentStatus.PARTIAL_OUTAGE
    )
    actions.catch_up(desk, NOON + 3 * HOUR)
    by_key = {component.key: component.status for component in overview(desk).components}
    assert by_key["wallet"] is ComponentStatus.OPERATIONAL
    assert by_key["login"] is ComponentStatus.PARTIAL_OUTAGE


def test_the_end_leaves_what_an_open_incident_holds(desk: Desk) -> None:
    scheduled(desk)
    actions.catch_up(desk, NOON + HOUR)
    declared(desk, NOON + 2 * HOUR)
    actions.catch_up(desk, NOON + 3 * HOUR)
    assert wallet(desk) is ComponentStatus.MAJOR_OUTAGE


def test_work_does_not_paint_over_an_outage(desk: Desk) -> None:
    scheduled(desk)
    outage = declared(desk, NOON + MINUTE)
    actions.catch_up(desk, NOON + HOUR)
    assert wallet(desk) is ComponentStatus.MAJOR_OUTAGE
    resolved(desk, outage.incident_id, NOON + 2 * HOUR)
    actions.catch_up(desk, NOON + 3 * HOUR)
    assert wallet(desk) is ComponentStatus.OPERATIONAL


def test_the_end_gives_a_component_back_to_the_incident_that_is_still_open(desk: Desk) -> None:
    work = scheduled(desk, starts_itself=False, ends_itself=False)
    declared(desk, NOON + MINUTE, components={"wallet": "partial_outage"})
    updated(
        desk,
        work.incident_id,
        NOON + HOUR,
        status="in_progress",
        components={"wallet": "under_maintenance"},
    )
    assert wallet(desk) is ComponentStatus.UNDER_MAINTENANCE
    updated(desk, work.incident_id, NOON + 2 * HOUR, status="completed")
    assert wallet(desk) is ComponentStatus.PARTIAL_OUTAGE


def test_work_that_is_led_by_hand_is_not_touched_by_the_clock(desk: Desk) -> None:
    outcome = scheduled(desk, starts_itself=False, ends_itself=False)
    actions.catch_up(desk, NOON + 12 * HOUR)
    assert incident(desk, outcome).status is Status.SCHEDULED
    updated(desk, outcome.incident_id, NOON + 13 * HOUR, status="in_progress")
    assert wallet(desk) is ComponentStatus.UNDER_MAINTENANCE
    updated(desk, outcome.incident_id, NOON + 14 * HOUR, status="completed")
    assert wallet(desk) is ComponentStatus.OPERATIONAL


def test_an_advance_notice_changes_no_status_and_begins_and_ends_in_silence(desk: Desk) -> None:
    outcome = notice(desk)
    for hour in (1, 3):
        actions.catch_up(desk, NOON + hour * HOUR)
        assert wallet(desk) is ComponentStatus.OPERATIONAL
    assert incident(desk, outcome).impact is Impact.NONE
    assert incident(desk, outcome).status is Status.COMPLETED
    assert announced(desk) == ["scheduled"]


def test_an_advance_notice_does_not_take_a_status(desk: Desk) -> None:
    outcome = notice(desk)
    with pytest.raises(InvalidInput, match="an advance notice changes no status"):
        updated(desk, outcome.incident_id, NOON + MINUTE, components={"wallet": "partial_outage"})


def test_a_notice_becomes_an_incident_in_one_action_and_its_own_end_is_cancelled(
    desk: Desk,
) -> None:
    warning = notice(desk, key="launch")
    actions.catch_up(desk, NOON + HOUR)
    crash = declared(desk, NOON + 2 * HOUR, from_notice="launch")
    shown = incident(desk, warning)
    assert shown.status is Status.COMPLETED
    assert shown.incident_id == crash.incident_id
    assert incident(desk, crash).notice_id == warning.incident_id
    before = rows(desk)
    assert actions.catch_up(desk, NOON + 3 * HOUR) == []
    assert rows(desk) == before


def test_a_notice_comes_true_once(desk: Desk) -> None:
    notice(desk, key="launch")
    declared(desk, NOON + MINUTE, from_notice="launch")
    with pytest.raises(NotPossible, match="is over already"):
        declared(desk, NOON + 2 * MINUTE, from_notice="launch")


def test_only_a_notice_comes_true(desk: Desk) -> None:
    scheduled(desk, key="work")
    with pytest.raises(InvalidInput, match="is not an advance notice"):
        declared(desk, NOON + MINUTE, from_notice="work")


def test_what_is_cancelled_is_said_and_never_begins(desk: Desk) -> None:
    outcome = scheduled(desk)
    for channel in desk.channels:
        assert outbox.claim(desk.db, channel, "w", NOON + MINUTE, Certainty.BLIND)
    actions.cancel(desk, "bea", NOON + MINUTE, outcome.incident_id or "")
    actions.catch_up(desk, NOON + 12 * HOUR)
    shown = incident(desk, outcome)
    assert shown.cancelled_at == NOON + MINUTE
    assert wallet(desk) is ComponentStatus.OPERATIONAL
    assert announced(desk) == ["scheduled", "completed"]
    with pytest.raises(NotPossible, match="cancelled"):
        updated(desk, outcome.incident_id, NOON + HOUR, status="completed")


def test_what_has_begun_is_not_cancelled(desk: Desk) -> None:
    outcome = scheduled(desk)
    actions.catch_up(desk, NOON + HOUR)
    with pytest.raises(NotPossible, match="too late to cancel"):
        actions.cancel(desk, "bea", NOON + HOUR, outcome.incident_id or "")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"ends_at": NOON}, "ends_at: is not after starts_at"),
        ({"starts_at": NOON - 3 * HOUR, "ends_at": NOON - HOUR}, "ends_at: .* is over already"),
        ({"kind": "incident"}, "an incident is declared, not scheduled"),
        ({"components": ["nothing"]}, r"components\.nothing: there is no such component"),
        ({"texts": None}, "either a template or texts"),
    ],
)
def test_bad_plans_are_refused_and_leave_nothing(
    desk: Desk, data: dict[str, Any], message: str
) -> None:
    before = rows(desk)
    with pytest.raises(ActionError, match=message):
        scheduled(desk, **data)
    assert rows(desk) == before


def test_the_next_step_is_known(desk: Desk) -> None:
    def next_step() -> datetime | None:
        with desk.db.read() as session:
            return actions.next_step(session)

    assert next_step() is None
    scheduled(desk)
    assert next_step() == NOON + HOUR
    actions.catch_up(desk, NOON + HOUR)
    assert next_step() == NOON + 3 * HOUR


def test_a_template_can_speak_of_the_work(desk: Desk) -> None:
    outcome = scheduled(desk, texts=None, template="advance-notice/maintenance")
    assert "Portafoglio" in incident(desk, outcome).updates[0].texts["it"].body


def test_words_in_one_language_only_are_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="the language en is missing"):
        scheduled(desk, texts={"it": words()["it"]})


def test_what_stands_beside_the_words_goes_out_with_the_announcement(desk: Desk) -> None:
    figure = {
        "key": "cards",
        "value": 3,
        "unit": {"it": "carte", "en": "cards"},
        "definition": {"it": "Carte toccate", "en": "Cards touched"},
        "source": {"it": "Noi", "en": "Us"},
        "as_of": NOON,
    }
    to_do = {"it": "Pagate prima.", "en": "Pay before."}
    scheduled(desk, to_do=to_do, figures=[figure], answers=["is-my-data-safe"])
    with desk.db.read() as session:
        told, answer = session.scalars(select(Publication).order_by(Publication.event_seq))
        assert (told.to_do, told.figures[0]["value"]) == (to_do, 3)
        assert (str(told.kind), str(answer.kind)) == ("update", "answer")
        expiries = set(session.scalars(select(Delivery.expires_at)))
    assert expiries == {NOON + HOUR}, "no answer goes out after what it follows is stale"


def test_answers_of_planned_work_keep_the_dates_that_it_ended_with(desk: Desk) -> None:
    scheduled(desk, answers=["is-my-data-safe"])
    actions.catch_up(desk, NOON + 12 * HOUR)
    with desk.db.read() as session:
        first = session.scalars(select(IncidentUpdate).where(IncidentUpdate.number == 1)).one()
        assert first.answers[0]["dates"] is not None


def test_planned_work_promises_no_next_update(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="next_update_by: is not a field here"):
        scheduled(desk, next_update_by=NOON + HOUR)
    with pytest.raises(InvalidInput, match="still_cannot: is not a field here"):
        scheduled(desk, still_cannot={"it": "Tutti", "en": "All"})
