"""The checks see what an action would really publish: its posts, its components, its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.actions import Approval, Desk, Outcome
from incidents.approval import Judgement
from incidents.checks import Rules, Severity
from incidents.db import Database
from incidents.errors import InvalidInput
from incidents.models import Event
from publishers.channels._base import Publisher
from statuspage.checking import Looked, Stopped, in_words, look, publish
from statuspage.clock import Clock
from statuspage.house import House, open_house
from statuspage.publishing import SameIds, publishers_of
from statuspage.settings import example_settings, load_settings

SAID = {
    "name": {"it": "Portafoglio lento", "en": "Wallet slow"},
    "impact": "minor",
}
WORDS = {
    "it": {"headline": "Portafoglio lento", "body": "Purtroppo il Portafoglio è lento."},
    "en": {"headline": "Wallet slow", "body": "The Wallet is slow."},
}
CHANNEL = '\n[[channels]]\nname = "log-it"\nkind = "log"\nlocale = "it"\n'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    path = tmp_path / "avviso.toml"
    path.write_text(example_settings() + CHANNEL, encoding="utf-8")
    opened = open_house(load_settings(path, {}), Clock())
    now = opened.clock.now()
    for login, role in (("ada", "admin"), ("bea", "author")):
        person = {"login": login, "name": login, "role": role}
        actions.add_operator(opened.desk, actions.AVVISO, now, person)
    for key, it, en in (("wallet", "Portafoglio", "Wallet"), ("gsix", "GSIX", "GSIX")):
        part = {"key": key, "name": {"it": it, "en": en}}
        actions.save_component(opened.desk, "ada", now, part)
    yield opened
    opened.close()


@pytest.fixture
def publishers(house: House) -> Iterator[Mapping[str, Publisher]]:
    with publishers_of(house) as found:
        yield found


class Place:
    """Looks at declarations and updates of bea's in one house."""

    def __init__(self, house: House, publishers: Mapping[str, Publisher]) -> None:
        self.house = house
        self.publishers = publishers

    def declares(self, how: Mapping[str, Any] | None = None, **data: Any) -> Looked:
        said = {**SAID, "texts": WORDS, **data}
        ids = SameIds(self.house.desk.new_id)
        return look(self.house, self.declaring(said), ids, self.publishers, **(how or {}))

    def declaring(self, said: Mapping[str, Any]) -> Any:
        now = self.house.clock.now()
        return lambda desk: actions.declare_incident(desk, "bea", now, said)

    def updates(self, incident: str | None, **data: Any) -> Looked:
        said = {"incident": incident, "texts": WORDS, **data}
        now = self.house.clock.now()

        def work(desk: Desk) -> Outcome:
            return actions.post_update(desk, "bea", now, said)

        return look(self.house, work, SameIds(self.house.desk.new_id), self.publishers)

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.house.db.read() as session:
            return [row.data for row in session.scalars(select(Event).where(Event.kind == kind))]


@pytest.fixture
def place(house: House, publishers: Mapping[str, Publisher]) -> Place:
    return Place(house, publishers)


def ids(looked: Looked) -> set[str]:
    return {finding.id for finding in looked.findings}


def test_it_looks_at_the_texts_and_at_the_promise_and_changes_nothing(place: Place) -> None:
    looked = place.declares()
    assert ids(looked) == {"next_update_missing", "euphemism"}
    assert looked.judged.findings == ("next_update_missing", "euphemism")
    assert looked.planned.draft_id is None
    assert looked.stops == ()
    looked.must_not_stop()
    assert place.events("incident_declared") == []


def published(place: Place, **how: Any) -> tuple[Outcome, Judgement]:
    ids = SameIds(place.house.desk.new_id)
    work = place.declaring({**SAID, "texts": WORDS})
    return publish(place.house, work, ids, place.publishers, **how)


def test_it_checks_and_publishes_in_one_transaction(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Database, "undone")  # nothing is rehearsed
    outcome, judged = published(place)
    assert outcome.number == 1
    assert judged.findings == ("next_update_missing", "euphemism")
    assert len(place.events("incident_declared")) == 1


def test_what_stops_undoes_all_of_it(place: Place) -> None:
    rules = Rules({"euphemism": Severity.STOP})
    place.house = replace(place.house, settings=replace(place.house.settings, rules=rules))
    with pytest.raises(Stopped) as stopped:
        published(place, how="say why")
    assert stopped.value.problems[-1] == "say why"
    assert place.events("incident_declared") == []
    outcome, judged = published(place, despite={"euphemism": "the mayor's own words"})
    assert outcome.number == 1
    assert judged.despite == {"euphemism": "the mayor's own words"}
    assert len(place.events("published_despite")) == 1


def test_what_waits_for_a_second_person_is_kept(place: Place) -> None:
    desk = replace(place.house.desk, approval=Approval(findings=frozenset({"euphemism"})))
    place.house = replace(place.house, desk=desk)
    outcome, _ = published(place)
    assert outcome.draft_id
    assert place.events("incident_declared") == []


def test_it_looks_at_what_each_channel_would_say(place: Place) -> None:
    long = {**WORDS, "it": {**WORDS["it"], "short": "Il Portafoglio è lento. " * 40}}
    (finding,) = [f for f in place.declares(texts=long).findings if f.id == "does_not_fit"]
    assert finding.where[0].startswith("log-it: ")


def test_it_looks_at_what_was_said_before(place: Place) -> None:
    now = place.house.clock.now()
    incident = place.declaring({**SAID, "texts": WORDS})(place.house.desk).incident_id
    promise = now + timedelta(hours=2)
    assert "same_text" in ids(place.updates(incident, next_update_by=promise))
    other = {**WORDS, "it": {**WORDS["it"], "body": "Il Portafoglio va."}}
    found = [f for f in place.updates(incident, texts=other).findings if f.id == "same_text"]
    assert [finding.locale for finding in found] == ["en"]


def test_it_looks_at_what_other_open_incidents_speak_of(place: Place) -> None:
    """In a first notice alone: what was said twice goes on in both."""
    bad = {"components": {"wallet": "major_outage", "gsix": "operational"}}
    said = {**SAID, "texts": WORDS, **bad}
    first = place.declaring(said)(place.house.desk).incident_id
    (finding,) = [f for f in place.declares(**bad).findings if f.id == "spoken_of_elsewhere"]
    assert (finding.field, finding.where) == ("components", ("#1: Portafoglio",))
    assert "spoken_of_elsewhere" not in ids(place.declares(components={"gsix": "major_outage"}))
    second = place.declaring(said)(place.house.desk).incident_id
    assert "spoken_of_elsewhere" not in ids(place.updates(second))
    for incident in (first, second):
        well = {"components": {"wallet": "operational"}, "texts": WORDS, "incident": incident}
        actions.resolve_incident(place.house.desk, "bea", place.house.clock.now(), well)
    assert "spoken_of_elsewhere" not in ids(place.declares(**bad))


def test_names_of_components_are_known_to_readers(place: Place) -> None:
    said = {**WORDS, "it": {**WORDS["it"], "body": "GSIX non risponde, DGSQ nemmeno."}}
    (finding,) = [f for f in place.declares(texts=said).findings if f.id == "acronym"]
    assert finding.where == ("DGSQ",)


def test_a_field_left_at_its_example_stops(place: Place) -> None:
    template: dict[str, Any] = {"texts": None, "template": "acknowledgement/component-down"}
    example = {"it": "non si possono aggiungere carte e IBAN", "en": "nobody can pay"}
    looked = place.declares(**template, fields={"effect": example})
    assert [finding.id for finding in looked.stops] == ["field_at_example"]
    with pytest.raises(Stopped) as stopped:
        looked.must_not_stop("say why")
    assert stopped.value.problems[-1] == "say why"
    assert "fields.effect: A field still holds the example" in str(stopped.value)
    mended = {**example, "it": "non si può pagare"}
    assert place.declares(**template, fields={"effect": mended}).stops == ()


def test_it_reads_why_something_is_corrected_and_all_that_is_corrected(place: Place) -> None:
    now = place.house.clock.now()
    said = {**SAID, "texts": WORDS, "still_cannot": {"it": "Nessuno", "en": "Nobody"}}
    entry = actions.declare_incident(place.house.desk, "bea", now, said).incident_id
    correction = {
        "incident": entry,
        "update": "1",
        "still_cannot": {"it": "Chi ha una carta", "en": "Who has a borked card"},
        "reason": {"it": "Un numero era sbagliato", "en": "A borked number"},
    }

    def work(desk: Desk) -> Outcome:
        return actions.correct_update(desk, "bea", now, correction)

    looked = look(place.house, work, SameIds(place.house.desk.new_id), place.publishers)
    slang = {(each.field, each.locale) for each in looked.findings if each.id == "slang"}
    assert slang >= {("reason", "en"), ("still_cannot", "en")}


def test_what_stops_goes_out_with_a_reason_that_the_trail_keeps(place: Place) -> None:
    rules = Rules({"euphemism": Severity.STOP})
    place.house = replace(place.house, settings=replace(place.house.settings, rules=rules))
    assert [finding.id for finding in place.declares().stops] == ["euphemism"]
    despite = {"euphemism": "the mayor's own words", "joke": "none is there"}
    looked = place.declares({"despite": despite})
    looked.must_not_stop()
    said = {**SAID, "texts": WORDS}
    place.declaring(said)(looked.desk(place.house.desk))
    reason = {"euphemism": "the mayor's own words"}
    assert place.events("published_despite") == [{"update": 1, "despite": reason}]


@pytest.mark.parametrize(
    ("despite", "said"),
    [
        ({"humour": "x"}, "despite: there is no check 'humour'"),
        ({"joke": " "}, "despite.joke: say why"),
    ],
)
def test_a_reason_names_a_check_and_is_one(
    place: Place, despite: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        place.declares({"despite": despite})


def test_a_finding_that_needs_a_second_person_sends_it_to_one(place: Place) -> None:
    approval = Approval(findings=frozenset({"euphemism"}))
    desk = replace(place.house.desk, approval=approval)
    place.house = replace(place.house, desk=desk)
    waiting = place.declares()
    assert waiting.planned.draft_id is not None
    assert waiting.planned.why.endswith("a second person: euphemism")
    assert len(waiting.publications) == 1, "what would go out is shown all the same"
    urgent = place.declares({"emergency": " nobody answers "})
    assert urgent.planned.draft_id is None
    assert urgent.judged.emergency == "nobody answers"


def test_a_paused_channel_is_not_looked_at(place: Place) -> None:
    now = place.house.clock.now()
    actions.pause_channel(place.house.desk, "ada", now, "log-it", "why not")
    long = {**WORDS, "it": {**WORDS["it"], "short": "Il Portafoglio è lento. " * 40}}
    assert "does_not_fit" not in ids(place.declares(texts=long))


def test_a_finding_in_words_names_field_language_fix_and_id(place: Place) -> None:
    (finding,) = [f for f in place.declares().findings if f.id == "euphemism"]
    assert in_words(finding) == (
        "body (it): It makes the fault smaller than readers find it. "
        'Say plainly what does not work, and for whom. "Purtroppo" [euphemism]'
    )
