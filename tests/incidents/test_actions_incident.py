"""Declaring, updating, resolving, correcting, retracting: what is written, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.errors import (
    ActionError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotPossible,
    UpdatedFirst,
)
from incidents.models import Base, Delivery, Event, IncidentUpdate, Publication
from incidents.status import ComponentStatus, Impact, PublicationKind, Status
from incidents.view import Overview, PublicIncident
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, updated, words


def overview(desk: Desk, now: Any = NOON) -> Overview:
    with desk.db.read() as session:
        return queries.Reader(session, desk.service, desk.texts, now).overview()


def incident(desk: Desk, outcome: Outcome, now: Any = NOON) -> PublicIncident:
    with desk.db.read() as session:
        found = queries.Reader(session, desk.service, desk.texts, now).incident(
            outcome.incident_id or ""
        )
    assert found is not None
    return found.incident


def rows(desk: Desk) -> dict[str, int]:
    """How many rows each table holds: nothing may be left behind."""
    with desk.db.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_declaring_writes_the_update_the_event_the_publication_and_a_delivery_per_channel(
    desk: Desk,
) -> None:
    before = rows(desk)
    outcome = declared(desk, next_update_by=NOON + HOUR)
    after = rows(desk)
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown == {
        "incidents": 1,
        "incident_updates": 1,
        "affected_components": 1,
        "update_components": 1,
        "component_changes": 1,
        "events": 1,
        "publications": 1,
        "deliveries": 2,
    }
    shown = incident(desk, outcome)
    assert (shown.status, shown.impact) == (Status.INVESTIGATING, Impact.CRITICAL)
    assert shown.next_update_by == NOON + HOUR
    assert shown.updates[0].texts["it"].headline == "Guasto"
    assert shown.updates[0].changes[0].new is ComponentStatus.MAJOR_OUTAGE


def test_events_are_numbered_without_gaps_even_by_two_threads(desk: Desk) -> None:
    outcome = declared(desk)

    def talk() -> None:
        for _ in range(5):
            updated(desk, outcome.incident_id, NOON + MINUTE)

    threads = [threading.Thread(target=talk) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.db.read() as session:
        numbers = list(session.scalars(select(Event.seq).order_by(Event.seq)))
        updates = session.scalar(select(func.count()).select_from(IncidentUpdate))
    assert numbers == list(range(1, len(numbers) + 1))
    assert updates == 11


def test_the_second_of_two_operators_is_told_who_was_first(desk: Desk) -> None:
    outcome = declared(desk)
    updated(desk, outcome.incident_id, NOON + MINUTE, actor="carlo", version=2)
    before = rows(desk)
    with pytest.raises(UpdatedFirst, match=r"updated first by Carlo, at 12:01"):
        updated(desk, outcome.incident_id, NOON + 2 * MINUTE, version=2)
    assert rows(desk) == before


def test_the_version_that_a_screen_shows_is_the_one_that_may_be_updated(desk: Desk) -> None:
    outcome = declared(desk)
    with desk.db.read() as session:
        version = queries.find_incident(session, outcome.incident_id or "").version
    assert updated(desk, outcome.incident_id, NOON + MINUTE, version=version).update_number == 2


def test_resolving_is_refused_naming_the_component_that_is_bad(desk: Desk) -> None:
    outcome = declared(desk, components={"wallet": "major_outage", "login": "partial_outage"})
    before = rows(desk)
    with pytest.raises(NotPossible, match=r"Accesso \(login\)") as refusal:
        resolved(desk, outcome.incident_id, NOON + HOUR)
    assert "wallet" not in str(refusal.value)
    assert rows(desk) == before
    assert overview(desk).components[0].status is ComponentStatus.MAJOR_OUTAGE


def test_a_component_that_another_open_incident_holds_does_not_stop_resolving(desk: Desk) -> None:
    first = declared(desk)
    declared(desk, NOON + MINUTE, components={"wallet": "partial_outage"})
    outcome = resolved(desk, first.incident_id, NOON + HOUR, components={})
    assert incident(desk, outcome).status is Status.RESOLVED


def test_monitoring_has_to_say_who_still_cannot(desk: Desk) -> None:
    outcome = declared(desk)
    well = {"wallet": "operational"}
    with pytest.raises(InvalidInput, match="still_cannot"):
        updated(desk, outcome.incident_id, NOON + MINUTE, status="monitoring", components=well)
    said = {"it": "Nessuno: tutti possono usarlo.", "en": "Nobody: everyone can use it."}
    updated(
        desk,
        outcome.incident_id,
        NOON + MINUTE,
        status="monitoring",
        components=well,
        still_cannot=said,
    )
    assert incident(desk, outcome).updates[0].still_cannot == said


def test_what_to_do_goes_out_with_the_update_and_with_no_other(desk: Desk) -> None:
    outcome = declared(desk)
    do = {"it": "Paga con la carta.", "en": "Pay by card."}
    avoid = {"it": "Non reinstallare l'app.", "en": "Do not reinstall the app."}
    updated(desk, outcome.incident_id, NOON + MINUTE, to_do=do, not_to_do=avoid)
    newest, first = incident(desk, outcome).updates
    assert (newest.to_do, newest.not_to_do) == (do, avoid)
    assert (first.to_do, first.not_to_do) == ({}, {})
    published = overview(desk, NOON + HOUR).publications
    assert [(one.to_do, one.not_to_do) for one in published] == [(do, avoid), ({}, {})]


def test_monitoring_with_a_component_that_is_still_bad_says_it_by_that(desk: Desk) -> None:
    outcome = declared(desk)
    slow = {"wallet": "degraded_performance"}
    updated(desk, outcome.incident_id, NOON + MINUTE, status="monitoring", components=slow)
    assert incident(desk, outcome).monitoring_at == NOON + MINUTE


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": {"it": "Solo italiano"}}, r"name: the language en is missing"),
        ({"name": {"it": "", "en": "x"}}, r"name\.it: is empty"),
        ({"name": {"it": "a" * 256, "en": "x"}}, r"name\.it: .*255"),
        ({"name": {"it": "a\x07", "en": "x"}}, r"name\.it: has the control character U\+0007"),
        ({"name": {"it": "a\u202eb", "en": "x"}}, r"name\.it: has the invisible .*U\+202E"),
        ({"name": {"it": "a", "en": "b", "fr": "c"}}, r"name: fr is not a language of the page"),
        ({"components": {"wallett": "major_outage"}}, r"components\.wallett: .*wallet"),
        ({"components": {"wallet": "broken"}}, r"components\.wallet: .*major_outage"),
        ({"status": "resolved"}, r"status: .*resolved"),
        ({"status": "gone"}, r"status: .*investigating"),
        ({"started_at": NOON + HOUR}, r"started_at: is in the future"),
        ({"started_at": "2020-12-07T12:00:00"}, r"started_at: .*timezone"),
        ({"started_at": "yesterday"}, r"started_at: should be a moment, as in "),
        ({"next_update_by": NOON - MINUTE}, r"next_update_by: 2020-12-07 11:59 is over already"),
        ({"texts": None}, r"either a template or texts"),
        ({"template": "update/mitigated"}, r"either a template or texts"),
        ({"texts": None, "template": "no/such"}, r"no notice template 'no/such'"),
        ({"texts": {"it": words()["it"]}}, r"the language en is missing"),
        ({"texts": {**words(), "it": {"headline": "x"}}}, r"texts\.it\.body: is missing"),
        ({"answers": ["no-such"]}, r"answers: there is no answer 'no-such'"),
        ({"from_notice": "no-such"}, r"from_notice: there is no 'no-such'"),
        ({"colour": "red"}, r"colour: is not a field here"),
        ({"figures": [{"key": "users", "value": 3}]}, r"figures\.0\.unit: is missing"),
        ({"key": "Not A Key"}, r"key: may hold only"),
    ],
)
def test_bad_input_names_its_field_and_leaves_nothing_behind(
    desk: Desk, data: dict[str, Any], message: str
) -> None:
    before = rows(desk)
    with pytest.raises(ActionError, match=message):
        declared(desk, **data)
    assert rows(desk) == before


def test_all_problems_are_said_at_once(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refusal:
        declared(desk, name={"it": "x"}, impact="huge", components={"wallet": "?"})
    assert len(refusal.value.problems) == 3


@pytest.mark.parametrize(
    ("actor", "error"),
    [("vera", NotAllowed), ("nobody", NotFound)],
)
def test_who_may_not_declare_leaves_nothing_behind(
    desk: Desk, actor: str, error: type[ActionError]
) -> None:
    before = rows(desk)
    with pytest.raises(error, match=actor):
        declared(desk, actor=actor)
    assert rows(desk) == before


def test_a_disabled_operator_may_do_nothing(desk: Desk) -> None:
    actions.disable_operator(desk, "ada", NOON, "bea")
    with pytest.raises(NotAllowed, match="disabled"):
        declared(desk)


def test_a_key_names_one_entry_only(desk: Desk) -> None:
    declared(desk, key="crash")
    with pytest.raises(InvalidInput, match="'crash' names another entry"):
        declared(desk, key="crash")


def test_late_updates_are_counted_against_the_promise_before_them(desk: Desk) -> None:
    outcome = declared(desk, next_update_by=NOON + HOUR)
    kept = updated(desk, outcome.incident_id, NOON + HOUR, next_update_by=NOON + 2 * HOUR)
    updated(desk, outcome.incident_id, NOON + 2 * HOUR + 13 * MINUTE)
    by_number = {update.number: update.late_by for update in incident(desk, kept).updates}
    assert by_number == {1: None, 2: None, 3: 13}


def test_a_promise_is_overdue_only_after_its_moment(desk: Desk) -> None:
    outcome = declared(desk, next_update_by=NOON + HOUR)
    assert not incident(desk, outcome, NOON + HOUR).overdue
    assert incident(desk, outcome, NOON + HOUR + timedelta(seconds=1)).overdue


def test_first_notice_is_measured_from_the_start_of_the_fault(desk: Desk) -> None:
    outcome = declared(desk, started_at=NOON - 9 * MINUTE)
    assert incident(desk, outcome).first_notice_after == 9


@pytest.mark.parametrize("status", ["scheduled", "completed", "in_progress"])
def test_an_incident_has_no_status_of_planned_work(desk: Desk, status: str) -> None:
    outcome = declared(desk)
    with pytest.raises(InvalidInput, match="its statuses are investigating"):
        updated(desk, outcome.incident_id, NOON + MINUTE, status=status)


def test_a_resolved_incident_can_be_reopened_and_promises_again(desk: Desk) -> None:
    outcome = resolved(desk, declared(desk).incident_id, NOON + HOUR)
    updated(
        desk,
        outcome.incident_id,
        NOON + 2 * HOUR,
        status="identified",
        components={"wallet": "partial_outage"},
        next_update_by=NOON + 3 * HOUR,
    )
    shown = incident(desk, outcome)
    assert shown.open
    assert shown.resolved_at is None
    assert shown.next_update_by == NOON + 3 * HOUR


def test_a_postmortem_follows_only_a_resolution(desk: Desk) -> None:
    outcome = declared(desk)
    with pytest.raises(NotPossible, match="is investigating: it cannot become postmortem"):
        updated(desk, outcome.incident_id, NOON + MINUTE, status="postmortem")
    resolved(desk, outcome.incident_id, NOON + HOUR)
    updated(desk, outcome.incident_id, NOON + 2 * HOUR, status="postmortem")
    assert incident(desk, outcome).resolved_at == NOON + HOUR


def test_a_resolution_promises_nothing(desk: Desk) -> None:
    outcome = declared(desk)
    with pytest.raises(InvalidInput, match="nothing follows resolved"):
        resolved(desk, outcome.incident_id, NOON + HOUR, next_update_by=NOON + 2 * HOUR)


def test_a_correction_shows_what_stood_before_and_why_and_goes_to_every_channel(
    desk: Desk,
) -> None:
    outcome = declared(desk)
    reason = {"it": "Era sbagliato.", "en": "It was wrong."}
    actions.correct_update(
        desk,
        "bea",
        NOON + HOUR,
        {
            "incident": outcome.incident_id,
            "update": "1",
            "texts": words("Giusto"),
            "reason": reason,
        },
    )
    update = incident(desk, outcome).updates[0]
    assert update.texts["it"].headline == "Giusto"
    assert update.corrections[0].before["it"].headline == "Guasto"
    assert update.corrections[0].reason == reason
    with desk.db.read() as session:
        corrections = session.scalars(
            select(Publication).where(Publication.kind == PublicationKind.CORRECTION)
        ).one()
        first = session.scalars(select(Publication).order_by(Publication.event_seq)).first()
        sent = session.scalar(select(func.count()).where(Delivery.publication_id == corrections.id))
    assert first is not None
    assert first.texts["it"]["headline"] == "Guasto", "what was published stays as it was"
    assert sent == 2


def test_a_correction_goes_out_with_the_advice_that_still_holds(desk: Desk) -> None:
    do, avoid = {"it": "Aspetta.", "en": "Wait."}, {"it": "Non pagare.", "en": "Do not pay."}
    outcome = declared(desk, to_do=do, not_to_do=avoid)
    reason = {"it": "Era sbagliato.", "en": "It was wrong."}
    said = {"incident": outcome.incident_id, "update": "1", "reason": reason}
    actions.correct_update(desk, "bea", NOON + MINUTE, {**said, "texts": words("Giusto")})
    actions.retract_update(desk, "bea", NOON + HOUR, said)
    with desk.db.read() as session:
        told = session.scalars(select(Publication).order_by(Publication.event_seq)).all()
    assert [(one.kind, one.to_do, one.not_to_do) for one in told] == [
        (PublicationKind.UPDATE, do, avoid),
        (PublicationKind.CORRECTION, do, avoid),
        (PublicationKind.RETRACTION, None, None),
    ]


def test_a_correction_of_fields_keeps_the_moment_that_the_update_spoke_of(desk: Desk) -> None:
    outcome = declared(
        desk,
        components={"wallet": "major_outage"},
        texts=None,
        template="acknowledgement/high-traffic",
        next_update_by=NOON + HOUR,
    )
    said = incident(desk, outcome).updates[0].texts["it"].short
    delay = updated(
        desk,
        outcome.incident_id,
        NOON + 2 * HOUR,
        texts=None,
        template="apology/data-shown-late",
        fields={"delay": {"it": "3 giorni per essere confermate", "en": "3 days"}},
        components={"wallet": "partial_outage"},
    )
    before = incident(desk, delay).updates[0].texts["it"]
    updated(desk, outcome.incident_id, NOON + 3 * HOUR, components={"wallet": "operational"})
    actions.correct_update(
        desk,
        "bea",
        NOON + 30 * HOUR,
        {
            "incident": outcome.incident_id,
            "update": "2",
            "fields": {"delay": {"it": "3 giorni per essere visualizzate", "en": "3 days!"}},
            "reason": {"it": "Parola sbagliata.", "en": "Wrong word."},
        },
    )
    after = next(u for u in incident(desk, delay).updates if u.number == 2).texts["it"]
    assert after.body == before.body.replace("confermate", "visualizzate")
    assert incident(desk, delay).updates[-1].texts["it"].short == said


BOTH_DO = {"it": "Aspetta.", "en": "Wait."}
WHY = {"it": "Era sbagliato.", "en": "It was wrong."}


def test_what_an_update_advises_is_corrected_beside_its_words(desk: Desk) -> None:
    avoid = {"it": "Non pagare.", "en": "Do not pay."}
    outcome = declared(desk, to_do=BOTH_DO)
    said = {"incident": outcome.incident_id, "update": "1", "reason": WHY}
    new = {"to_do": {"it": "Riprova.", "en": "Try again."}, "not_to_do": avoid}
    actions.correct_update(desk, "bea", NOON + MINUTE, {**said, **new})
    update = incident(desk, outcome).updates[0]
    assert (update.to_do, update.not_to_do) == (new["to_do"], avoid)
    (fix,) = update.corrections
    assert (fix.before, fix.advice) == ({}, {"to_do": BOTH_DO, "not_to_do": {}})
    with desk.db.read() as session:
        told = session.scalars(select(Publication).order_by(Publication.event_seq)).all()[-1]
        event = session.scalars(select(Event).where(Event.kind == "update_corrected")).one()
    assert told.texts["it"]["short"] == "Che cosa fare: Riprova. Che cosa non fare: Non pagare."
    assert told.texts["it"]["body"] == update.texts["it"].body
    assert (told.to_do, told.not_to_do) == (new["to_do"], avoid)
    assert (event.data["before"]["to_do"], event.data["after"]["not_to_do"]) == (BOTH_DO, avoid)


def test_advice_that_does_not_hold_any_more_is_taken_off_with_the_reason(desk: Desk) -> None:
    outcome = declared(desk, to_do=BOTH_DO)
    said = {"incident": outcome.incident_id, "update": "1", "reason": WHY}
    actions.correct_update(desk, "bea", NOON + MINUTE, {**said, "texts": words("Giusto")})
    actions.correct_update(desk, "bea", NOON + 2 * MINUTE, {**said, "to_do": None})
    update = incident(desk, outcome).updates[0]
    assert update.to_do == {}
    first, second = update.corrections
    assert (first.before["it"].headline, first.advice) == ("Guasto", {})
    assert (second.before, second.advice) == ({}, {"to_do": BOTH_DO})
    with desk.db.read() as session:
        told = session.scalars(select(Publication).order_by(Publication.event_seq)).all()[-1]
    assert told.texts["en"]["short"] == "It was wrong."
    with pytest.raises(InvalidInput, match="the same as before"):
        actions.correct_update(desk, "bea", NOON + HOUR, {**said, "to_do": None})


def test_monitoring_goes_on_saying_who_cannot(desk: Desk) -> None:
    outcome = declared(desk)
    who = {"it": "Chi ha un iPhone.", "en": "Who has an iPhone."}
    updated(desk, outcome.incident_id, NOON + MINUTE, status="monitoring", still_cannot=who)
    said = {"incident": outcome.incident_id, "update": "2", "reason": WHY}
    with pytest.raises(InvalidInput, match="still_cannot: monitoring has to say"):
        actions.correct_update(desk, "bea", NOON + HOUR, {**said, "still_cannot": None})
    new = {"it": "Nessuno.", "en": "Nobody."}
    actions.correct_update(desk, "bea", NOON + HOUR, {**said, "still_cannot": new})
    update = incident(desk, outcome).updates[0]
    assert (update.still_cannot, update.corrections[0].advice) == (new, {"still_cannot": who})


CARDS: dict[str, Any] = {
    "key": "cards",
    "value": 20_000,
    "unit": {"it": "carte", "en": "cards"},
    "definition": {"it": "registrate", "en": "registered"},
    "source": {"it": "nostri sistemi", "en": "our systems"},
    "as_of": NOON,
}


def test_a_wrong_figure_is_corrected_and_stays_readable(desk: Desk) -> None:
    outcome = declared(desk, figures=[CARDS])
    said = {"incident": outcome.incident_id, "update": "1", "reason": WHY}
    right = {**CARDS, "value": 14_000}
    actions.correct_update(desk, "bea", NOON + MINUTE, {**said, "figures": [right]})
    update = incident(desk, outcome).updates[0]
    assert [figure.value for figure in update.figures] == [14_000]
    (fix,) = update.corrections
    assert ([figure.value for figure in fix.figures], fix.before) == ([20_000], {})
    with desk.db.read() as session:
        told = session.scalars(select(Publication).order_by(Publication.event_seq)).all()[-1]
        event = session.scalars(select(Event).where(Event.kind == "update_corrected")).one()
    assert (told.kind, told.figures[0]["value"]) == (PublicationKind.CORRECTION, 14_000)
    assert told.texts["en"]["short"] == "It was wrong."
    values = [event.data[at]["figures"][0]["value"] for at in ("before", "after")]
    assert values == [20_000, 14_000]
    with pytest.raises(InvalidInput, match="the same as before"):
        actions.correct_update(desk, "bea", NOON + HOUR, {**said, "figures": [right]})
    actions.correct_update(desk, "bea", NOON + HOUR, {**said, "figures": None})
    update = incident(desk, outcome).updates[0]
    assert update.figures == ()
    assert [[f.value for f in fix.figures] for fix in update.corrections] == [[20_000], [14_000]]


def test_only_the_figures_that_were_wrong_are_shown_as_they_were(desk: Desk) -> None:
    people = {**CARDS, "key": "people", "value": 5}
    outcome = declared(desk, figures=[CARDS, people])
    said = {"incident": outcome.incident_id, "update": "1", "reason": WHY}
    for value in (14_000, 15_000):
        right = [{**CARDS, "value": value}, people]
        actions.correct_update(desk, "bea", NOON + MINUTE, {**said, "figures": right})
    actions.correct_update(desk, "bea", NOON + HOUR, {**said, "to_do": BOTH_DO})
    fixes = incident(desk, outcome).updates[0].corrections
    assert [[f.value for f in fix.figures] for fix in fixes] == [[20_000], [14_000], []]


def test_figures_stay_where_only_words_are_corrected(desk: Desk) -> None:
    outcome = declared(desk, figures=[CARDS])
    said = {"incident": outcome.incident_id, "update": "1", "reason": WHY}
    actions.correct_update(desk, "bea", NOON + MINUTE, {**said, "texts": words("Giusto")})
    update = incident(desk, outcome).updates[0]
    assert ([f.value for f in update.figures], update.corrections[0].figures) == ([20_000], ())


def test_a_correction_that_changes_nothing_is_refused(desk: Desk) -> None:
    outcome = declared(desk)
    same = {
        "incident": outcome.incident_id,
        "update": "1",
        "texts": words("Guasto"),
        "reason": {"it": "x", "en": "x"},
    }
    with pytest.raises(InvalidInput, match="the same as before"):
        actions.correct_update(desk, "bea", NOON + HOUR, same)


def test_a_retraction_leaves_the_words_readable(desk: Desk) -> None:
    outcome = declared(desk)
    taken_back = {
        "incident": outcome.incident_id,
        "update": "1",
        "reason": {"it": "Non era vero.", "en": "It was not true."},
    }
    actions.retract_update(desk, "bea", NOON + HOUR, taken_back)
    update = incident(desk, outcome).updates[0]
    assert update.retraction is not None
    assert update.retraction.reason["it"] == "Non era vero."
    assert update.texts["it"].headline == "Guasto"
    with pytest.raises(NotPossible, match="retracted already"):
        actions.retract_update(desk, "bea", NOON + HOUR, taken_back)


def test_an_answer_goes_into_the_thread_the_first_time_only(desk: Desk) -> None:
    outcome = declared(desk, answers=["transaction-counting"])
    again = updated(desk, outcome.incident_id, NOON + HOUR, answers=["transaction-counting"])
    assert len(outcome.publications) == 2
    assert len(again.publications) == 1
    assert [a.key for a in incident(desk, again).updates[0].answers] == ["transaction-counting"]


def test_an_answer_can_be_posted_by_itself(desk: Desk) -> None:
    outcome = declared(desk)
    said = {"incident": outcome.incident_id, "answer": "is-my-data-safe"}
    posted = actions.post_answer(desk, "bea", NOON + HOUR, said)
    assert len(posted.publications) == 1
    assert [a.key for a in overview(desk, NOON + HOUR).answers] == ["is-my-data-safe"]


def test_the_answers_of_a_retracted_update_stand_on_the_page_no_more(desk: Desk) -> None:
    outcome = declared(desk, answers=["transaction-counting"])
    reason = {"it": "Non era vero.", "en": "It was not true."}
    retract = {"incident": outcome.incident_id, "update": "1", "reason": reason}
    assert [a.key for a in overview(desk).answers] == ["transaction-counting"]
    actions.retract_update(desk, "bea", NOON + HOUR, retract)
    assert overview(desk, NOON + HOUR).answers == ()


def test_dates_of_an_answer_roll_over_while_it_is_open_and_stay_when_it_is_closed(
    desk: Desk,
) -> None:
    outcome = declared(desk, answers=["transaction-counting"])
    day = timedelta(days=1)

    def dates(now: Any) -> tuple[str, ...]:
        return incident(desk, outcome, now).updates[-1].answers[0].dates["it"]

    assert dates(NOON) != dates(NOON + day)
    resolved(desk, outcome.incident_id, NOON + 2 * day)
    closed_with = dates(NOON + 2 * day)
    assert dates(NOON + 5 * day) == closed_with
    updated(
        desk,
        outcome.incident_id,
        NOON + 5 * day,
        status="identified",
        components={"wallet": "partial_outage"},
    )
    assert dates(NOON + 5 * day) != closed_with


def test_the_internal_note_is_in_no_view(desk: Desk) -> None:
    outcome = declared(desk, internal_note="il fornitore SEGRETO")
    shown = repr(overview(desk)) + repr(incident(desk, outcome))
    assert "SEGRETO" not in shown
    with desk.db.read() as session:
        assert "SEGRETO" not in repr([event.data for event in session.scalars(select(Event))])


def test_a_backdated_incident_is_in_history_but_on_no_channel(desk: Desk) -> None:
    outcome = actions.backdate_incident(
        desk,
        "bea",
        NOON,
        {
            "name": {"it": "Ieri", "en": "Yesterday"},
            "started_at": NOON - 26 * HOUR,
            "resolved_at": NOON - 25 * HOUR,
            "components": {"wallet": "major_outage"},
            "texts": words("Era"),
        },
    )
    shown = incident(desk, outcome)
    assert (shown.backdated, shown.status) == (True, Status.RESOLVED)
    assert shown.updates[0].at == NOON - 25 * HOUR
    assert rows(desk)["deliveries"] == 0
    assert overview(desk).publications == ()
    assert overview(desk).components[0].status is ComponentStatus.OPERATIONAL
    with desk.db.read() as session:
        wallet = queries.components(session)[0].id
        history = queries.component_history(session, wallet)
    assert [status for _, status in history] == [
        ComponentStatus.MAJOR_OUTAGE,
        ComponentStatus.OPERATIONAL,
        ComponentStatus.OPERATIONAL,
    ]


def test_hidden_components_are_in_no_view(desk: Desk) -> None:
    hidden = {"key": "secret", "name": {"it": "SEGRETO", "en": "SECRET"}, "hidden": True}
    actions.save_component(desk, "ada", NOON, hidden)
    outcome = declared(desk, components={"secret": "major_outage", "wallet": "major_outage"})
    shown = repr(overview(desk)) + repr(incident(desk, outcome))
    assert "SEGRETO" not in shown
    assert "SECRET" not in shown


def test_own_words_wait_for_a_second_person_where_that_is_set(
    db: Any, make_desk: Callable[..., Desk]
) -> None:
    desk = make_desk(db, approval_from=Impact.CRITICAL)
    outcome = declared(desk)
    assert outcome.draft_id is not None
    assert rows(desk)["incidents"] == 0
    with pytest.raises(NotAllowed, match="second person"):
        actions.publish_draft(desk, "bea", NOON, outcome.draft_id)
    published = actions.publish_draft(desk, "carlo", NOON, outcome.draft_id)
    assert published.incident_id is not None
    assert rows(desk)["drafts"] == 0


def test_own_words_below_that_impact_do_not_wait(db: Any, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(db, approval_from=Impact.CRITICAL)
    outcome = declared(desk, components={"wallet": "partial_outage"})
    assert outcome.draft_id is None
    assert rows(desk)["incidents"] == 1


PROPOSED: dict[str, Any] = {
    "name": {"it": "Fuori servizio: Portafoglio", "en": "Out of service: Wallet"},
    "texts": None,
    "template": "acknowledgement/component-down",
}


def test_a_correction_in_own_words_waits_too(db: Any, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(db, approval_from=Impact.CRITICAL)
    outcome = declared(desk, **PROPOSED)
    said = {
        "incident": outcome.incident_id,
        "update": "1",
        "texts": words("Giusto"),
        "reason": {"it": "Errore.", "en": "Mistake."},
    }
    kept = actions.correct_update(desk, "bea", NOON + MINUTE, said)
    assert kept.draft_id is not None
    assert incident(desk, outcome).updates[0].corrections == ()
    actions.publish_draft(desk, "carlo", NOON + 2 * MINUTE, kept.draft_id)
    assert incident(desk, outcome).updates[0].texts["it"].headline == "Giusto"


def test_a_template_never_waits_for_a_second_person(
    db: Any, make_desk: Callable[..., Desk]
) -> None:
    desk = make_desk(db, approval_from=Impact.MINOR)
    outcome = declared(desk, **PROPOSED)
    assert outcome.draft_id is None
    assert rows(desk)["incidents"] == 1


def test_a_draft_is_void_when_its_incident_changed(desk: Desk) -> None:
    outcome = declared(desk)
    said = {"incident": outcome.incident_id, "texts": words("Bozza")}
    draft = actions.save_draft(desk, "bea", NOON, "post_update", said)
    updated(desk, outcome.incident_id, NOON + MINUTE)
    with pytest.raises(UpdatedFirst, match="has changed since this draft"):
        actions.publish_draft(desk, "bea", NOON + 2 * MINUTE, draft.draft_id or "")


def test_drafts_leak_nowhere(desk: Desk) -> None:
    said = {"name": {"it": "BOZZA", "en": "DRAFT"}, "texts": words("BOZZA")}
    actions.save_draft(desk, "bea", NOON, "declare_incident", said)
    shown = repr(overview(desk))
    assert "BOZZA" not in shown
    assert "DRAFT" not in shown
    with desk.db.read() as session:
        assert queries.everything(session).incidents == frozenset()
