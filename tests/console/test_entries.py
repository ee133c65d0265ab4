"""One entry's page, and everything that is done to it there."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions, queries
from incidents.models import Correction, Incident, Publication
from incidents.status import Role
from tests.console.conftest import Browser, Place
from tests.console.test_declare import deliveries, incidents, own_words, typed_in, value_of

DECLARED: dict[str, Any] = {
    "name": {"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
    "components": {"wallet": "major_outage", "cards": "partial_outage"},
    "template": "acknowledgement/component-down",
    "next_update_by": "2020-12-07T12:30:00+01:00",
    "internal_note": "Il turno di notte lo sa",
}


@pytest.fixture
def author(place: Place) -> Browser:
    return place.client_of(Role.AUTHOR)


@pytest.fixture
def number(place: Place) -> int:
    """An open incident."""
    place.house.site.refresh(place.clock.now())
    found = actions.declare_incident(place.house.desk, "carlo", place.clock.now(), DECLARED)
    assert found.number is not None
    return found.number


def entry(place: Place, number: int) -> Incident:
    return next(found for found in incidents(place) if found.number == number)


def statuses(place: Place) -> dict[str, str]:
    with place.house.db.read() as session:
        return {row.key: str(row.status) for row in queries.components(session)}


def publications(place: Place) -> list[Publication]:
    with place.house.db.read() as session:
        return list(session.scalars(select(Publication).order_by(Publication.event_seq)))


def opened(client: Browser, path: str, **others: Any) -> dict[str, Any]:
    """The hidden fields of a form about an entry, with what is typed into it."""
    page = client.get(path).text
    known = {name: value_of(page, name) for name in ("token", "version", "seen")}
    return {**known, "words": "template", "do": "publish", **others}


def test_the_page_of_an_entry(author: Browser, number: int) -> None:
    page = author.get(f"/console/entries/{number}").text
    assert "<h1>Portafoglio non disponibile</h1>" in page
    assert "Il turno di notte lo sa" in page
    assert "Carlo" in page
    assert "https://stato.example.it/incidents/" in page
    assert f"/console/entries/{number}/update?status=resolved" in page


def test_who_may_only_look_sees_no_buttons(place: Place, number: int) -> None:
    viewer = place.client_of(Role.VIEWER)
    page = viewer.get(f"/console/entries/{number}")
    assert page.status_code == 200
    assert "/update" not in page.text
    assert viewer.get(f"/console/entries/{number}/update").status_code == 403


@pytest.mark.parametrize(
    "path", ["/console/entries/99", "/console/entries/99/update", "/console/entries/99/cancel"]
)
def test_no_such_entry(author: Browser, path: str) -> None:
    assert author.get(path).status_code == 404


def test_an_update(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    form = opened(
        author,
        path,
        status="identified",
        template="update/no-estimate-yet",
        next_update_by="2020-12-07T13:00",
        **{"status.cards": "operational"},
    )
    answer = author.post_form(path, form)
    assert answer.status_code == 303, answer.text
    found = entry(place, number)
    assert (found.status, len(found.updates)) == ("identified", 2)
    assert statuses(place)["cards"] == "operational"
    assert statuses(place)["wallet"] == "major_outage"


def test_resolved_with_what_the_form_proposes(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    page = author.get(f"{path}?status=resolved").text
    assert 'value="resolved" checked' in page
    assert value_of(page, "next_update_by") == ""
    form = opened(
        author,
        f"{path}?status=resolved",
        status="resolved",
        template="resolution/recovered",
        **{"status.wallet": "operational", "status.cards": "operational"},
    )
    assert author.post_form(path, form).status_code == 303
    assert entry(place, number).status == "resolved"
    assert statuses(place)["wallet"] == "operational"
    again = author.get(f"/console/entries/{number}").text
    assert "Riapri" in again
    assert "Racconta che cosa è successo" in again


def test_not_resolved_while_a_component_is_bad(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    form = opened(author, path, status="resolved", template="resolution/recovered")
    answer = author.post_form(path, form)
    assert answer.status_code in (409, 422)
    assert "Portafoglio (wallet)" in answer.text
    assert entry(place, number).status == "investigating"


def test_opened_again_and_a_postmortem(place: Place, author: Browser, number: int) -> None:
    desk, now = place.house.desk, place.clock.now()
    well = {"wallet": "operational", "cards": "operational"}
    resolved = {"incident": str(number), "template": "resolution/recovered", "components": well}
    actions.resolve_incident(desk, "carlo", now, resolved)
    path = f"/console/entries/{number}/update"
    form = opened(author, path, status="postmortem", **own_words())
    assert author.post_form(path, form).status_code == 303
    assert entry(place, number).status == "postmortem"
    form = opened(
        author, path, status="investigating", template="update/no-estimate-yet",
        next_update_by="2020-12-07T13:00",
    )  # fmt: skip
    assert author.post_form(path, form).status_code == 303
    assert entry(place, number).closed_at is None


def test_somebody_was_first(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    mine = opened(author, path, status="identified", internal_note="Aspetta", **own_words())
    other = {
        "incident": str(number),
        "template": "update/no-estimate-yet",
        "status": "identified",
        "next_update_by": "2020-12-07T13:00:00+01:00",
    }
    actions.post_update(place.house.desk, "carlo", place.clock.now(), other)
    answer = author.post_form(path, mine)
    assert answer.status_code == 409
    assert "Qualcun altro ha cambiato questa segnalazione" in answer.text
    assert "Carlo" in answer.text
    assert "Il Portafoglio non funziona" in answer.text
    assert "Aspetta</textarea>" in answer.text
    assert len(entry(place, number).updates) == 2
    renewed = {name: value_of(answer.text, name) for name in ("token", "version", "seen")}
    assert author.post_form(path, {**mine, **renewed}).status_code == 303
    assert len(entry(place, number).updates) == 3


def test_an_update_sent_twice_is_posted_once(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    form = opened(author, path, status="identified", **own_words())
    assert author.post_form(path, form).status_code == 303
    assert author.post_form(path, form).status_code == 303
    assert len(entry(place, number).updates) == 2


def test_monitoring_says_who_cannot(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    well = {"status.wallet": "operational", "status.cards": "operational"}
    form = opened(author, path, status="monitoring", template="update/mitigated", **well)
    answer = author.post_form(path, form)
    assert answer.status_code == 422
    assert 'href="#still_cannot"' in answer.text
    said = {"still_cannot.it": "Tutti possono", "still_cannot.en": "Everyone can"}
    again = {**form, **said, "next_update_by": "2020-12-07T13:00"}
    assert author.post_form(path, again).status_code == 303
    assert entry(place, number).status == "monitoring"


def test_a_correction(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/updates/1/correct"
    page = author.get(path).text
    assert value_of(page, "texts.en.headline") == "Wallet unavailable"
    why = {"reason.it": "Era sbagliato", "reason.en": "It was wrong"}
    form = opened(author, path, **own_words(), **why)
    assert author.post_form(path, form).status_code == 303
    (update,) = entry(place, number).updates
    assert update.texts["en"]["headline"] == "The Wallet does not work"
    assert "Era sbagliato" in author.get(f"/console/entries/{number}").text
    assert publications(place)[-1].kind == "correction"


def test_a_correction_by_the_template(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/updates/1/correct"
    why = {"reason.it": "Mancava", "reason.en": "It was missing"}
    new = {"fields.effect.it": "non si paga", "fields.effect.en": "nobody can pay"}
    form = opened(author, path, template="acknowledgement/component-down", **new, **why)
    assert author.post_form(path, form).status_code == 303
    (update,) = entry(place, number).updates
    assert update.texts["en"]["headline"] == "Wallet unavailable: nobody can pay"


def test_a_correction_of_what_stands_beside_the_words(place: Place, author: Browser) -> None:
    said = {**DECLARED, "to_do": {"it": "Aspetta.", "en": "Wait."}}
    actions.declare_incident(place.house.desk, "bea", place.clock.now(), said)
    path = "/console/entries/1/updates/1/correct"
    form = typed_in(author.get(path).text)
    assert form["to_do.it"] == ["Aspetta."]
    unchanged = {**form, "reason.it": "Errore", "reason.en": "Mistake", "do": "publish"}
    same = author.post_form(path, unchanged)
    assert same.status_code == 422
    avoid = {"not_to_do.it": "Non pagare.", "not_to_do.en": "Do not pay."}
    answer = author.post_form(path, {**unchanged, "to_do.it": "", "to_do.en": "", **avoid})
    assert answer.status_code == 303, answer.text
    (update,) = entry(place, 1).updates
    assert (update.to_do, update.not_to_do) == ({}, {"it": "Non pagare.", "en": "Do not pay."})
    with place.house.db.read() as session:
        fix = session.scalars(select(Correction)).one()
    assert fix.advice_before == {"to_do": {"it": "Aspetta.", "en": "Wait."}, "not_to_do": {}}
    assert fix.before == update.texts
    page = place.settings.documents_path / f"incidents/{entry(place, 1).id}/index.html"  # type: ignore[operator]
    assert "Prima diceva:" in page.read_text(encoding="utf-8")


def test_a_correction_of_a_figure(place: Place, author: Browser) -> None:
    both = {"it": "carte", "en": "cards"}
    cards = {"key": "cards", "unit": both, "definition": both, "source": both}
    now = place.clock.now()
    figures = [{**cards, "key": key, "value": 20_000, "as_of": now} for key in ("a", "b")]
    actions.declare_incident(place.house.desk, "bea", now, {**DECLARED, "figures": figures})
    path = "/console/entries/1/updates/1/correct"
    form = typed_in(author.get(path).text)
    assert (form["figures.0.value"], form["figures.1.value"]) == (["20000"], ["20000"])
    unchanged = {**form, "reason.it": "Errore", "reason.en": "Mistake", "do": "publish"}
    assert author.post_form(path, unchanged).status_code == 422
    answer = author.post_form(path, {**unchanged, "figures.1.value": "14000"})
    assert answer.status_code == 303, answer.text
    (update,) = entry(place, 1).updates
    told = [(figure["key"], figure["value"]) for figure in update.figures]
    assert told == [("a", 20_000), ("b", 14_000)]
    with place.house.db.read() as session:
        fix = session.scalars(select(Correction)).one()
    assert fix.figures_before is not None
    assert [figure["value"] for figure in fix.figures_before] == [20_000, 20_000]


def test_closed_meanwhile_is_told_and_nothing_is_posted(
    place: Place, author: Browser, number: int
) -> None:
    paths = ["update", "answer", "updates/1/correct", "updates/1/retract"]
    forms = {path: typed_in(author.get(f"/console/entries/{number}/{path}").text) for path in paths}
    well = {"wallet": "operational", "cards": "operational"}
    over_now = {"incident": str(number), "template": "resolution/recovered", "components": well}
    actions.resolve_incident(place.house.desk, "carlo", place.clock.now(), over_now)
    before = len(publications(place))
    why = {"reason.it": "Perché", "reason.en": "Because"}
    more: dict[str, dict[str, str]] = {
        "update": {"status": "identified", **own_words()},
        "answer": {"key": "is-my-data-safe"},
        "updates/1/correct": {**own_words(), **why},
        "updates/1/retract": why,
    }
    for path, form in forms.items():
        form = {**form, **more[path], "do": "publish"}
        answer = author.post_form(f"/console/entries/{number}/{path}", form)
        assert answer.status_code == 409, path
        assert "Qualcun altro ha cambiato questa segnalazione" in answer.text
        assert "Carlo" in answer.text
    assert len(publications(place)) == before


@pytest.mark.parametrize("do", ["publish", "draft"])
def test_two_operators_at_once_post_one_update(
    place: Place, author: Browser, number: int, do: str
) -> None:
    path = f"/console/entries/{number}/update"
    other = place.client_of(Role.APPROVER)
    forms = [
        (one, {**typed_in(one.get(path).text), **own_words(), "status": "identified", "do": each})
        for one, each in ((author, do), (other, "publish"))
    ]
    forms = [(one, {**form, "csrf_token": one.csrf}) for one, form in forms]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: pair[0].post(path, data=pair[1]).status_code, forms))
    told = {303, 409} if do == "publish" else {303, *answers}
    assert set(answers) == told
    assert len(entry(place, number).updates) == 2


def test_two_tabs_are_told_of_each_other(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/update"
    tabs = [typed_in(author.get(path).text) for _ in range(2)]
    first, second = (
        {**tab, **own_words(), "status": "identified", "do": "publish"} for tab in tabs
    )
    assert author.post_form(path, first).status_code == 303
    late = author.post_form(path, {**second, "internal_note": "Anch’io"})
    assert late.status_code == 409
    assert "Bea" in late.text
    assert "Anch’io" in late.text
    assert len(entry(place, number).updates) == 2


def test_a_correction_needs_a_reason(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/updates/1/correct"
    answer = author.post_form(path, opened(author, path, **own_words()))
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.text
    assert 'id="reason"' in answer.text
    assert len(publications(place)) == 1


def test_a_retraction_says_what_comes_back_and_what_does_not(
    place: Place, author: Browser, number: int
) -> None:
    path = f"/console/entries/{number}/updates/1/retract"
    page = author.get(path).text
    assert "x-it" in page
    assert "resta leggibile, barrato" in page
    why = {"reason.it": "Non è vero", "reason.en": "It is not true"}
    assert author.post_form(path, opened(author, path, **why)).status_code == 303
    (update,) = entry(place, number).updates
    assert update.retracted_at == place.clock.now()
    assert author.post_form(path, opened(author, path, **why)).status_code == 409
    assert author.get(f"/console/entries/{number}/updates/7/retract").status_code == 404


def test_an_answer_in_the_thread(place: Place, author: Browser, number: int) -> None:
    path = f"/console/entries/{number}/answer"
    before = len(deliveries(place))
    form = opened(author, path, key="is-my-data-safe")
    assert author.post_form(path, form).status_code == 303
    assert publications(place)[-1].kind == "answer"
    assert len(deliveries(place)) == before + 2
    assert author.post_form(path, opened(author, path, key="")).status_code == 422


def test_planned_and_called_off(place: Place, author: Browser) -> None:
    page = author.get("/console/schedule").text
    form = {
        "token": value_of(page, "token"),
        "kind": "maintenance",
        "name.it": "Manutenzione del Portafoglio",
        "name.en": "Wallet maintenance",
        "starts_at": "2020-12-13T01:00",
        "ends_at": "2020-12-13T03:00",
        "how_bad": "under_maintenance",
        "component": "wallet",
        "template": "advance-notice/maintenance",
        "words": "template",
        "to_do.it": "Pagate prima.",
        "to_do.en": "Pay before.",
        "answers": "is-my-data-safe",
        "internal_note": "chiamare Anna",
        "do": "publish",
    }
    assert 'name="not_to_do.it"' in page
    assert 'name="still_cannot.it"' not in page
    wrong = author.post_form("/console/schedule", {**form, "ends_at": "2020-12-13T00:30"})
    assert wrong.status_code == 422
    assert 'href="#ends_at"' in wrong.text
    assert author.post_form("/console/schedule", form).status_code == 303
    (planned,) = incidents(place)
    assert (planned.kind, planned.affected[0].planned) == ("maintenance", "under_maintenance")
    (told,) = entry(place, planned.number).updates
    assert (told.to_do, told.internal_note) == (
        {"it": "Pagate prima.", "en": "Pay before."},
        "chiamare Anna",
    )
    assert [answer["key"] for answer in told.answers] == ["is-my-data-safe"]
    path = f"/console/entries/{planned.number}/cancel"
    assert author.post_form(path, opened(author, path)).status_code == 303
    assert entry(place, planned.number).cancelled_at is not None


def over(author: Browser) -> dict[str, Any]:
    return {
        "token": value_of(author.get("/console/backdate").text, "token"),
        "how_bad": "major_outage",
        "component": "login",
        "started_at": "2020-12-01T09:00",
        "resolved_at": "2020-12-01T10:00",
        "template": "resolution/recovered",
        "words": "template",
        "do": "publish",
    }


def test_what_is_told_afterwards_is_shown_and_checked_before(place: Place, author: Browser) -> None:
    bad = own_words(**{"texts.it.body": "Purtroppo gli utenti hanno avuto alcuni disagi 😅."})
    shown = author.post_form("/console/backdate", {**over(author), **bad, "do": "preview"})
    assert 'class="told slow"' in shown.text
    left = {
        "template": "acknowledgement/component-down",
        "fields.effect.it": "non si possono aggiungere carte e IBAN",
        "fields.effect.en": "cards and IBAN cannot be added",
    }
    form = {**over(author), **left, "to_do.it": "Riprova.", "to_do.en": "Try again."}
    stopped = author.post_form("/console/backdate", form)
    assert stopped.status_code == 422
    asked = set(re.findall(r'name="(despite\.\w+)"', stopped.text))
    assert asked == {"despite.field_at_example"}
    assert incidents(place) == []
    despite = dict.fromkeys(asked, "it was said so then")
    assert author.post_form("/console/backdate", {**form, **despite}).status_code == 303
    page = author.get("/console/entries/1").text
    assert "it was said so then" in page
    assert "Riprova." in page


def test_told_afterwards(place: Place, author: Browser) -> None:
    form = over(author)
    preview = author.post_form("/console/backdate", {**form, "do": "preview"})
    assert 'class="entry-preview" lang="en"' in preview.text
    assert author.post_form("/console/backdate", form).status_code == 303
    (told,) = incidents(place)
    assert told.backdated
    assert deliveries(place) == []
