"""Drafts: what waits, for whom, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents import access, actions, queries
from incidents.models import Draft
from incidents.status import Role
from tests.console.conftest import PASSWORD, Place
from tests.console.test_declare import incidents, signed_in_again, typed_in, value_of

OWN = {
    "name": {"it": "Portafoglio non disponibile", "en": "Wallet unavailable"},
    "components": {"wallet": "major_outage"},
    "texts": {
        "it": {"headline": "Il Portafoglio è fermo", "body": "Stiamo cercando la causa."},
        "en": {"headline": "The Wallet is down", "body": "We are looking for the cause."},
    },
    "next_update_by": "2020-12-07T12:30:00+01:00",
}

TEMPLATE = {
    **OWN,
    "name": {"it": "Fuori servizio: Portafoglio", "en": "Out of service: Wallet"},
    "texts": None,
    "template": "acknowledgement/component-down",
}


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place('[approval]\nfrom = "major"\n')


@pytest.fixture
def waiting(place: Place) -> str:
    """A notice in own words that waits for a second person; bea wrote it."""
    kept = actions.declare_incident(place.house.desk, "bea", place.clock.now(), OWN)
    assert kept.draft_id is not None
    return kept.draft_id


def test_who_wrote_it_and_why_it_waits(place: Place, waiting: str) -> None:
    page = place.client_of(Role.VIEWER).get("/console/drafts").text
    assert f"/console/drafts/{waiting}" in page
    assert "Scritta da Bea" in page
    assert "richiedono una seconda persona" in page


def test_the_second_person_sees_exactly_what_goes_out(place: Place, waiting: str) -> None:
    approver = place.client_of(Role.APPROVER)
    path = f"/console/drafts/{waiting}"
    page = approver.get(path).text
    assert "Il Portafoglio è fermo" in page
    assert "The Wallet is down" in page
    assert "x-en" in page
    answer = approver.post_form(f"{path}/publish", {"token": value_of(page, "token")})
    assert answer.location.startswith("/console/entries/")
    assert len(incidents(place)) == 1


def test_approved_twice_is_published_once(place: Place, waiting: str) -> None:
    approver = place.client_of(Role.APPROVER)
    path = f"/console/drafts/{waiting}"
    form = {"token": value_of(approver.get(path).text, "token")}
    assert approver.post_form(f"{path}/publish", form).status_code == 303
    assert approver.post_form(f"{path}/publish", form).status_code in (303, 404)
    assert len(incidents(place)) == 1


def test_who_wrote_it_cannot_approve_it(place: Place, waiting: str) -> None:
    author = place.client_of(Role.AUTHOR)
    path = f"/console/drafts/{waiting}"
    page = author.get(path).text
    assert "Il Portafoglio è fermo" in page
    assert "deve approvarla una seconda persona" in page
    assert "Approva e pubblica" not in page
    answer = author.post_form(f"{path}/publish", {"token": "x"})
    assert answer.status_code == 409
    assert incidents(place) == []


def test_thrown_away(place: Place, waiting: str) -> None:
    author = place.client_of(Role.AUTHOR)
    path = f"/console/drafts/{waiting}"
    assert author.post_form(f"{path}/discard").status_code == 303
    assert "Non c’è niente in attesa." in author.get("/console/drafts").text
    assert author.get(path).status_code == 404
    assert author.post_form(f"{path}/discard").status_code == 404


def drafts(place: Place) -> list[Draft]:
    with place.house.db.read() as session:
        return queries.drafts(session)


def test_opened_in_its_form_with_everything_in_its_field(place: Place) -> None:
    author = place.client_of(Role.AUTHOR)
    page = author.get("/console/declare").text
    figure = {"unit": "utenti", "definition": "attivi", "source": "nostri"}
    typed = {
        **typed_in(page),
        "component": ["wallet", "cards"],
        "how_bad": "partial_outage",
        "status.cards": "degraded_performance",
        "started_at": "2020-12-07T11:40",
        "next_update_by": "2020-12-07T13:00",
        "name.it": "Guasto",
        "name.en": "Fault",
        "words": "own",
        "texts.it.headline": "Titolo",
        "texts.it.short": "Breve",
        "texts.it.body": "Uno.\n\nDue.",
        "texts.en.headline": "Headline",
        "texts.en.body": "One.",
        "to_do.it": "Aspetta.",
        "to_do.en": "Wait.",
        "figures.0.value": "12,5",
        "figures.0.as_of": "2020-12-07T11:45",
        **{f"figures.0.{part}.{at}": text for part, text in figure.items() for at in ("it", "en")},
        "answers": ["is-my-data-safe"],
        "internal_note": "Il turno lo sa",
        "do": "draft",
    }
    assert author.post_form("/console/declare", typed).location.startswith("/console/drafts")
    (kept,) = drafts(place)
    again = typed_in(author.get(f"/console/drafts/{kept.id}/change").text)
    for name, value in typed.items():
        if name not in ("token", "template", "proposed", "do"):
            expected = "12.5" if name == "figures.0.value" else value
            assert again[name] in (expected, [expected]), name
    assert author.post_form(f"/console/drafts/{kept.id}/change", {**again, "do": "draft"})
    (same,) = drafts(place)
    assert (same.input, same.revision) == (kept.input, 1)


def test_changed_and_kept_again(place: Place, waiting: str) -> None:
    author = place.client_of(Role.AUTHOR)
    path = f"/console/drafts/{waiting}/change"
    form = {**typed_in(author.get(path).text), "texts.it.body": "Sappiamo la causa."}
    for _ in range(2):  # a hurried finger
        answer = author.post_form(path, {**form, "do": "draft"})
        assert answer.location == f"/console/drafts?kept={waiting}"
    (draft,) = drafts(place)
    assert draft.input["texts"]["it"]["body"] == "Sappiamo la causa."
    assert (draft.revision, draft.needs_approval) == (2, True)
    assert incidents(place) == []


def test_approved_then_published_by_who_wrote_it(place: Place, waiting: str) -> None:
    author, approver = place.client_of(Role.AUTHOR), place.client_of(Role.APPROVER)
    path = f"/console/drafts/{waiting}"
    page = approver.get(path).text
    assert 'action="' + path + '/approve"' in page
    assert "Approva e pubblica" in page
    revision = {"revision": value_of(page, "revision")}
    assert approver.post_form(f"{path}/approve", revision).location == path
    assert incidents(place) == []
    assert "Approvata da Carlo" in author.get("/console/drafts").text
    page = author.get(path).text
    assert "Approvata da Carlo" in page
    assert "senza una seconda persona" not in page
    form = {"token": value_of(page, "token"), "revision": value_of(page, "revision")}
    assert author.post_form(f"{path}/publish", form).location.startswith("/console/entries/")
    assert len(incidents(place)) == 1


def test_a_change_makes_the_approval_void_and_says_so(place: Place, waiting: str) -> None:
    author, approver = place.client_of(Role.AUTHOR), place.client_of(Role.APPROVER)
    path = f"/console/drafts/{waiting}"
    read = value_of(approver.get(path).text, "revision")
    approver.post_form(f"{path}/approve", {"revision": read})
    form = {**typed_in(author.get(f"{path}/change").text), "texts.it.headline": "Altro titolo"}
    assert author.post_form(f"{path}/change", {**form, "do": "draft"}).status_code == 303
    page = author.get(path).text
    assert "L’approvazione non vale più." in page
    assert "Approvata da Carlo" not in page
    late = approver.post_form(f"{path}/approve", {"revision": read})
    assert late.status_code == 409
    assert "Altro titolo" in late.text
    token = value_of(late.text, "token")
    form = {"token": token, "revision": read}
    assert approver.post_form(f"{path}/publish", form).status_code == 409
    assert incidents(place) == []
    assert approver.post_form(f"{path}/publish", {**form, "revision": "2"}).status_code == 303


def test_published_from_its_form(make_place: Callable[..., Place]) -> None:
    place = make_place()
    author = place.client_of(Role.AUTHOR)
    kept = actions.save_draft(
        place.house.desk, "bea", place.clock.now(), "declare_incident", OWN
    ).draft_id
    path = f"/console/drafts/{kept}/change"
    form = {**typed_in(author.get(path).text), "texts.en.headline": "Another", "do": "publish"}
    first, second = author.post_form(path, form), author.post_form(path, form)
    assert first.location.split("?")[0] == second.location.split("?")[0] == "/console/entries/1"
    (incident,) = incidents(place)
    with place.house.db.read() as session:
        found = queries.find_incident(session, str(incident.number))
        assert found.updates[0].texts["en"]["headline"] == "Another"
    assert drafts(place) == []


def test_two_open_it_and_the_second_is_told(place: Place, waiting: str) -> None:
    first, second = place.client_of(Role.AUTHOR), place.client_of(Role.APPROVER)
    path = f"/console/drafts/{waiting}/change"
    mine, theirs = typed_in(first.get(path).text), typed_in(second.get(path).text)
    first.post_form(path, {**mine, "texts.it.headline": "Il primo", "do": "draft"})
    late = second.post_form(path, {**theirs, "texts.it.headline": "Il secondo", "do": "draft"})
    assert late.status_code == 409
    assert "Qualcun altro ha cambiato questa bozza" in late.text
    assert "Il primo" in late.text
    assert value_of(late.text, "texts.it.headline") == "Il secondo"
    again = {**typed_in(late.text), "do": "draft"}
    assert second.post_form(path, again).status_code == 303
    assert drafts(place)[0].input["texts"]["it"]["headline"] == "Il secondo"


def test_published_meanwhile_nothing_goes_out_twice_and_the_words_are_there(
    place: Place, waiting: str
) -> None:
    author, approver = place.client_of(Role.AUTHOR), place.client_of(Role.APPROVER)
    path = f"/console/drafts/{waiting}"
    form = {**typed_in(author.get(f"{path}/change").text), "texts.it.body": "Parole mie."}
    decide = {"token": value_of(approver.get(path).text, "token"), "revision": "1"}
    assert approver.post_form(f"{path}/publish", decide).status_code == 303
    for do in ("publish", "draft", "preview"):
        late = author.post_form(f"{path}/change", {**form, "do": do})
        assert late.status_code == 404
        assert "Questa bozza non c’è più" in late.text
        assert "Carlo" in late.text
        assert "Parole mie." in late.text
        assert "/console/entries/1" in late.text
    for button in ("approve", "publish", "discard"):
        gone = approver.post_form(f"{path}/{button}", {"token": "another", "revision": "1"})
        assert gone.status_code == 404
    assert len(incidents(place)) == 1


def test_void_once_its_entry_has_changed_and_written_again(place: Place) -> None:
    desk, now = place.house.desk, place.clock.now()
    number = actions.declare_incident(desk, "bea", now, TEMPLATE).number
    said = {"incident": str(number), "texts": OWN["texts"], "version": 2}
    kept = actions.post_update(desk, "bea", now, said).draft_id
    other = {"incident": str(number), "template": "update/no-estimate-yet"}
    place.clock.forward(timedelta(minutes=1))
    actions.post_update(desk, "carlo", place.clock.now(), other)
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{kept}"
    assert "Non vale più" in author.get("/console/drafts").text
    page = author.get(path).text
    assert "Non vale più" in page
    assert f'action="{path}/publish"' not in page
    form = author.get(f"{path}/change").text
    assert "Qualcun altro ha cambiato questa segnalazione" in form
    assert "Carlo" in form
    assert value_of(form, "version") == "3"
    answer = author.post_form(f"{path}/change", {**typed_in(form), "do": "draft"})
    assert answer.status_code == 303
    assert "Non vale più" not in author.get(path).text


def test_an_emergency_does_not_wait_and_stands_on_the_entry(place: Place, waiting: str) -> None:
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{waiting}"
    page = author.get(path).text
    form = {"token": value_of(page, "token"), "revision": "1", "emergency": "Non risponde nessuno"}
    answer = author.post_form(f"{path}/publish", form)
    assert answer.location.startswith("/console/entries/1")
    for page in (answer.location, "/console/trail"):
        shown = author.get(page).text
        assert "Non risponde nessuno" in shown
        assert "Bea" in shown
    assert "senza una seconda persona, in emergenza" in author.get("/console/entries/1").text


def test_a_correction_in_a_draft_is_opened_and_published(make_place: Callable[..., Place]) -> None:
    place = make_place()
    desk, now = place.house.desk, place.clock.now()
    actions.declare_incident(desk, "bea", now, {**OWN, "to_do": {"it": "Aspetta.", "en": "Wait."}})
    said = {
        "incident": "1",
        "update": "1",
        "reason": {"it": "Perché", "en": "Because"},
        "to_do": None,
    }
    kept = actions.save_draft(desk, "bea", now, "correct_update", said).draft_id
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{kept}/change"
    form = typed_in(author.get(path).text)
    assert form["to_do.it"] == [""]
    assert form["texts.en.headline"] == ["The Wallet is down"]
    assert author.post_form(path, {**form, "do": "publish"}).location.startswith("/console/entries")
    with place.house.db.read() as session:
        (update,) = queries.find_incident(session, "1").updates
        assert (update.to_do, len(update.corrections)) == ({}, 1)


def test_a_figure_that_a_draft_takes_off_is_not_shown_again(
    make_place: Callable[..., Place],
) -> None:
    place = make_place()
    desk, now = place.house.desk, place.clock.now()
    both = {"it": "carte", "en": "cards"}
    cards = {"value": 1, "unit": both, "definition": both, "source": both, "as_of": now}
    figures = [{**cards, "key": key} for key in ("a", "b")]
    actions.declare_incident(desk, "bea", now, {**OWN, "figures": figures})
    said = {"incident": "1", "update": "1", "reason": both, "figures": figures[:1]}
    kept = actions.save_draft(desk, "bea", now, "correct_update", said).draft_id
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{kept}/change"
    form = typed_in(author.get(path).text)
    assert (form["figures.0.value"], form["figures.1.value"]) == (["1"], [""])
    assert author.post_form(path, {**form, "do": "publish"}).location.startswith("/console/entries")
    with place.house.db.read() as session:
        (update,) = queries.find_incident(session, "1").updates
        assert [figure["key"] for figure in update.figures] == ["a"]


def test_planned_work_in_a_draft_is_opened(make_place: Callable[..., Place]) -> None:
    place = make_place()
    plan = {
        "kind": "maintenance",
        "name": {"it": "Lavori", "en": "Works"},
        "key": "works",
        "starts_at": "2020-12-13T01:00:00+01:00",
        "ends_at": "2020-12-13T03:00:00+01:00",
        "components": {"wallet": "major_outage", "login": "under_maintenance"},
        "template": "advance-notice/maintenance",
        "starts_itself": False,
        "ends_itself": False,
    }
    kept = actions.save_draft(place.house.desk, "bea", place.clock.now(), "schedule", plan).draft_id
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{kept}/change"
    form = typed_in(author.get(path).text)
    assert (form["starts_at"], form["by_hand"]) == (["2020-12-13T01:00"], ["yes"])
    assert author.post_form(path, {**form, "do": "publish"}).status_code == 303
    (planned,) = incidents(place)
    assert (planned.key, planned.starts_itself) == ("works", False)
    assert {one.name["en"]: str(one.planned) for one in planned.affected} == {
        "Wallet": "major_outage",
        "Sign-in with SPID and CIE": "under_maintenance",
    }


def test_who_may_only_look_decides_nothing(place: Place, waiting: str) -> None:
    viewer, path = place.client_of(Role.VIEWER), f"/console/drafts/{waiting}"
    page = viewer.get(path).text
    assert "<form" not in page[page.index("<main") :]
    assert viewer.get(f"{path}/change").status_code == 403
    assert place.client_of(Role.AUTHOR).post_form(f"{path}/approve").status_code == 403


def test_what_was_typed_into_a_draft_survives_the_session(place: Place, waiting: str) -> None:
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{waiting}/change"
    form = {**typed_in(author.get(path).text), "texts.it.body": "Parole mie.", "do": "draft"}
    access.change_password(place.house.desk, "bea", place.clock.now(), PASSWORD)
    place.clock.forward(timedelta(days=1))
    back = signed_in_again(author, author.post_form(path, form).location)
    assert drafts(place)[0].revision == 1
    again = {**typed_in(author.get(back).text), "do": "draft"}
    assert author.post_form(path, again).status_code == 303
    assert drafts(place)[0].input["texts"]["it"]["body"] == "Parole mie."


def test_the_first_notice_as_it_is_proposed_never_waits(place: Place) -> None:
    author = place.client_of(Role.AUTHOR)
    form = {**typed_in(author.get("/console/declare").text), "component": "wallet", "do": "publish"}
    assert author.post_form("/console/declare", form).location.startswith("/console/entries/1")
    form = {**typed_in(author.get("/console/declare").text), "component": "wallet", "do": "publish"}
    named = {"name.it": "Tutto giù", "name.en": "All down"}
    waits = author.post_form("/console/declare", {**form, **named})
    assert waits.location.startswith("/console/drafts?kept=")


def test_a_retraction_waits_and_is_opened_and_published(place: Place) -> None:
    actions.declare_incident(place.house.desk, "bea", place.clock.now(), TEMPLATE)
    author, approver = place.client_of(Role.AUTHOR), place.client_of(Role.APPROVER)
    path = "/console/entries/1/updates/1/retract"
    page = author.get(path).text
    assert "Il testo è stato ritirato da chi l’ha pubblicato." in page, "as it is proposed"
    why = {"reason.it": "Non è vero", "reason.en": "It is not true", "do": "publish"}
    answer = author.post_form(path, {**typed_in(page), **why})
    assert answer.location.startswith("/console/drafts?kept=")
    assert "Ritira" in author.get("/console/drafts").text
    (kept,) = drafts(place)
    form = typed_in(author.get(f"/console/drafts/{kept.id}/change").text)
    assert form["reason.it"] == ["Non è vero"]
    changed = {**form, "reason.it": "Non era vero", "do": "draft"}
    assert author.post_form(f"/console/drafts/{kept.id}/change", changed).status_code == 303
    page = approver.get(f"/console/drafts/{kept.id}").text
    assert "Non era vero" in page
    form = {"token": value_of(page, "token"), "revision": "2"}
    answer = approver.post_form(f"/console/drafts/{kept.id}/publish", form)
    assert answer.location.startswith("/console/entries/1")
    assert "/console/entries/1" in author.get(f"/console/drafts/{kept.id}").text, "where it went"


def test_a_retraction_without_a_reason_of_its_own_goes_at_once(place: Place) -> None:
    actions.declare_incident(place.house.desk, "bea", place.clock.now(), TEMPLATE)
    author, path = place.client_of(Role.AUTHOR), "/console/entries/1/updates/1/retract"
    answer = author.post_form(path, {**typed_in(author.get(path).text), "do": "publish"})
    assert answer.location.startswith("/console/entries/1")
    page = author.get("/console/entries/1").text
    assert "Il testo è stato ritirato da chi l’ha pubblicato." in page


def test_what_is_told_afterwards_waits_and_is_opened(place: Place) -> None:
    author, approver = place.client_of(Role.AUTHOR), place.client_of(Role.APPROVER)
    form = {
        **typed_in(author.get("/console/backdate").text),
        "component": "wallet",
        "started_at": "2020-12-01T09:00",
        "resolved_at": "2020-12-01T10:00",
        "name.it": "Pagamenti persi",
        "name.en": "Lost payments",
        "do": "publish",
    }
    answer = author.post_form("/console/backdate", form)
    assert answer.location.startswith("/console/drafts?kept=")
    (kept,) = drafts(place)
    again = typed_in(author.get(f"/console/drafts/{kept.id}/change").text)
    for name in ("started_at", "resolved_at", "name.it", "template", "how_bad"):
        assert again[name] in (form[name], [form[name]])
    page = approver.get(f"/console/drafts/{kept.id}").text
    form = {"token": value_of(page, "token"), "revision": "1"}
    assert approver.post_form(f"/console/drafts/{kept.id}/publish", form).status_code == 303
    (told,) = incidents(place)
    assert (told.backdated, told.name["en"]) == (True, "Lost payments")


def test_planned_work_is_called_as_proposed(place: Place) -> None:
    author = place.client_of(Role.AUTHOR)
    form = {
        **typed_in(author.get("/console/schedule").text),
        "component": "wallet",
        "starts_at": "2020-12-08T09:00",
        "ends_at": "2020-12-08T10:00",
        "do": "publish",
    }
    assert author.post_form("/console/schedule", form).status_code == 303
    (planned,) = incidents(place)
    assert planned.name == {
        "it": "Manutenzione programmata: Portafoglio",
        "en": "Planned maintenance: Wallet",
    }


def test_void_once_its_component_has_changed_and_looked_at_again(
    place: Place, waiting: str
) -> None:
    author, path = place.client_of(Role.AUTHOR), f"/console/drafts/{waiting}"
    place.clock.forward(timedelta(minutes=1))
    actions.declare_incident(place.house.desk, "carlo", place.clock.now(), TEMPLATE)
    assert "Non vale più: i suoi componenti" in author.get("/console/drafts").text
    page = author.get(path).text
    assert "di questo parla ormai #1: Portafoglio" in page
    assert f'action="{path}/publish"' not in page
    form = author.get(f"{path}/change").text
    assert "di questo parla ormai #1: Portafoglio" in form
    place.clock.forward(timedelta(minutes=1))
    again = {**typed_in(form), "do": "draft"}
    assert author.post_form(f"{path}/change", again).status_code == 303
    assert "Non vale più" not in author.get(path).text
    assert "Di questo componente parla già un problema aperto." in author.get(path).text
