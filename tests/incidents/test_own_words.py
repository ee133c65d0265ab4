"""Which words wait for a second person: all that is neither a template's nor proposed by Avviso."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions, proposed, queries
from incidents.actions import Approval, Desk, Judgement, Outcome
from incidents.inputs import NAME_LENGTH
from incidents.models import Draft, Event, Incident
from incidents.status import Impact, IncidentKind, Status
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, words

Said = Callable[[Desk, str], Outcome]

APPROVALS = {
    "impact": Approval(impact=Impact.MINOR),
    "channel": Approval(channels=frozenset({"loud"})),
    "finding": Approval(findings=frozenset({"joke"})),
}
NAME = {"it": "Fuori servizio: Portafoglio", "en": "Out of service: Wallet"}
ADVICE = {"it": "Aspetta un’ora.", "en": "Wait an hour."}
FIRST: dict[str, Any] = {
    "name": NAME,
    "components": {"wallet": "major_outage"},
    "template": "acknowledgement/component-down",
}
FIGURE = {
    "key": "requests",
    "value": 3,
    "as_of": NOON,
    **{part: {"it": "quante", "en": "how many"} for part in ("unit", "definition", "source")},
}
OVER = {"started_at": NOON - 3 * HOUR, "resolved_at": NOON - 2 * HOUR}
PLAN: dict[str, Any] = {
    "kind": "maintenance",
    "starts_at": NOON + HOUR,
    "ends_at": NOON + 2 * HOUR,
    "components": ["wallet"],
    "template": "advance-notice/maintenance",
}


def declares(**other: Any) -> Said:
    return lambda desk, _: actions.declare_incident(desk, "bea", NOON, {**FIRST, **other})


def updates(**other: Any) -> Said:
    said = {"template": "update/no-estimate-yet", **other}
    return lambda desk, about: actions.post_update(
        desk, "bea", NOON + MINUTE, {"incident": about, **said}
    )


def corrects(**said: Any) -> Said:
    said.setdefault("reason", ours(proposed.CORRECTED))
    return lambda desk, about: actions.correct_update(
        desk, "bea", NOON + MINUTE, {"incident": about, "update": "1", **said}
    )


def retracts(reason: dict[str, str]) -> Said:
    return lambda desk, about: actions.retract_update(
        desk, "bea", NOON + MINUTE, {"incident": about, "update": "1", "reason": reason}
    )


def backdates(**other: Any) -> Said:
    said = {**FIRST, **OVER, "template": "resolution/recovered", **other}
    return lambda desk, _: actions.backdate_incident(desk, "bea", NOON, said)


def schedules(**said: Any) -> Said:
    return lambda desk, _: actions.schedule(desk, "bea", NOON, {**PLAN, **said})


def ours(phrase: str) -> dict[str, str]:
    italian = {
        proposed.NOT_SAID_WHO: "Non è stato ancora detto chi ha ancora difficoltà.",
        proposed.CORRECTED: "Il testo è stato corretto da chi l’ha pubblicato.",
        proposed.TAKEN_BACK: "Il testo è stato ritirato da chi l’ha pubblicato.",
    }
    return {"it": italian[phrase], "en": phrase}


MINE = {"it": "Parole mie", "en": "My words"}
OWN: dict[str, Said] = {
    "a name": declares(name=MINE),
    "a name in one language": declares(name={**NAME, "en": "The Wallet is on fire"}),
    "a name of something else": declares(components={"login": "major_outage"}),
    "what to do": declares(to_do=ADVICE),
    "what not to do": updates(not_to_do=ADVICE),
    "who still cannot": updates(still_cannot=ADVICE, status="monitoring"),
    "a figure": updates(figures=[FIGURE]),
    "texts": updates(template=None, texts=words()),
    "a correction of advice": corrects(to_do=ADVICE),
    "a correction's reason": corrects(to_do=None, reason=MINE),
    "a retraction's reason": retracts(MINE),
    "a name that is told afterwards": backdates(name=MINE),
    "a text that is told afterwards": backdates(template=None, texts=words()),
}
OURS: dict[str, Said] = {
    "the proposed name": declares(),
    "an alarm's name": declares(
        name={"it": "Portafoglio: non funziona", "en": "Wallet: not working"}
    ),
    "an answer": declares(answers=["is-my-data-safe"]),
    "a note": updates(internal_note="nobody reads it"),
    "nobody said who": updates(
        still_cannot=ours(proposed.NOT_SAID_WHO), status="monitoring"
    ),
    "advice taken away": corrects(to_do=None),
    "a retraction in our words": retracts(ours(proposed.TAKEN_BACK)),
    "a proposed name that is told afterwards": backdates(),
    "planned work as it is proposed": schedules(
        name={"it": "Manutenzione programmata: Portafoglio", "en": "Planned maintenance: Wallet"}
    ),
}  # fmt: skip


@pytest.fixture(params=APPROVALS)
def strict(request: pytest.FixtureRequest, db: Any, make_desk: Callable[..., Desk]) -> Desk:
    """Own words wait, for each of the reasons that settings may name."""
    desk = make_desk(db, approval=APPROVALS[request.param], channels=("log", "loud"))
    return replace(desk, judged=Judgement(findings=("joke",)))


def entry(desk: Desk) -> str:
    """What the others are about; it was declared with advice, by somebody who could not wait."""
    urgent = replace(desk, judged=Judgement(emergency="at the beginning"))
    return declares(to_do=ADVICE | {"en": "Wait."})(urgent, "").incident_id or ""


def written(desk: Desk) -> int:
    with desk.db.read() as session:
        return queries.last_event(session)


def overridden(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        rows = session.scalars(select(Event).where(Event.kind == "approval_overridden"))
        return [row.data["reason"] for row in rows]


@pytest.mark.parametrize("what", OWN)
def test_own_words_beside_a_template_wait(strict: Desk, what: str) -> None:
    about = entry(strict)
    silent = "afterwards" in what and strict.approval == APPROVALS["channel"]
    outcome = OWN[what](strict, about)
    assert (outcome.draft_id is None) is silent, "what is over goes to no channel"
    if outcome.draft_id is not None:
        assert outcome.publications == ()
        with strict.db.read() as session:
            assert session.get_one(Draft, outcome.draft_id).needs_approval


@pytest.mark.parametrize("what", OURS)
def test_what_a_template_says_and_what_is_proposed_never_waits(strict: Desk, what: str) -> None:
    about = entry(strict)
    assert OURS[what](strict, about).draft_id is None


@pytest.mark.parametrize("what", OWN)
def test_an_emergency_lets_each_out_and_is_in_the_trail(strict: Desk, what: str) -> None:
    about = entry(strict)
    silent = "afterwards" in what and strict.approval == APPROVALS["channel"]
    urgent = replace(strict, judged=replace(strict.judged, emergency="it burns"))
    assert OWN[what](urgent, about).draft_id is None
    assert overridden(strict).count("it burns") == (0 if silent else 1)


@pytest.mark.parametrize(
    "what", ["a retraction's reason", "a name that is told afterwards", "a correction of advice"]
)
def test_what_waited_is_published_by_a_second_person(strict: Desk, what: str) -> None:
    about = entry(strict)
    waiting = OWN[what](strict, about).draft_id
    if waiting is None:
        return  # what is over goes to no channel
    done = actions.publish_draft(strict, "carlo", NOON + HOUR, waiting, revision=1)
    with strict.db.read() as session:
        incident = session.get_one(Incident, done.incident_id)
        (update,) = incident.updates
        if what.startswith("a retraction"):
            assert (update.retracted_at, update.retraction_reason) == (NOON + HOUR, MINE)
        elif what.startswith("a correction"):
            assert update.to_do == ADVICE
        else:
            assert (incident.backdated, incident.status) == (True, Status.RESOLVED)


def test_the_same_retraction_may_be_kept_by_hand(desk: Desk) -> None:
    about = entry(desk)
    said = {"incident": about, "update": "1", "reason": MINE}
    kept = actions.save_draft(desk, "bea", NOON, "retract_update", said)
    assert kept.incident_id == about
    again = {**said, "reason": ADVICE}
    actions.change_draft(desk, "bea", NOON, kept.draft_id or "", again)
    done = actions.publish_draft(desk, "bea", NOON + timedelta(1), kept.draft_id or "")
    assert done.incident_id == about


def test_names_are_proposed_for_the_worst_alone(desk: Desk) -> None:
    parts = [({"it": "A", "en": "B"}, "partial_outage"), ({"it": "C", "en": "D"}, "operational")]
    told = proposed.declared_name(parts, desk.service, desk.texts.words)
    assert told == {"it": "In parte fuori servizio: A", "en": "Partly out of service: B"}
    assert proposed.declared_name(parts[1:], desk.service, desk.texts.words) == {}
    assert proposed.planned_name(IncidentKind.INCIDENT, parts, desk.service, desk.texts.words) == {}


def test_a_proposed_name_always_fits(desk: Desk) -> None:
    parts = [({"it": "x" * 60, "en": "y" * 260}, "major_outage")] * 9
    for told in (
        proposed.declared_name(parts, desk.service, desk.texts.words),
        proposed.alarm_name(parts, desk.service, desk.texts.words),
    ):
        assert all(len(text) <= NAME_LENGTH for text in told.values())
        assert told["it"].count("x" * 60) == 3
