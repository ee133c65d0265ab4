"""Incidents by the API: what Statuspage's clients send works, and what is published is public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from incidents.models import Delivery
from tests.api.conftest import Program, program_at
from tests.conftest import NOON
from tests.console.conftest import Place

HOUR = timedelta(hours=1)
BODY = "Il portafoglio non risponde."
WORK = {
    "name": "Lavori",
    "scheduled_for": (NOON + HOUR).isoformat(),
    "scheduled_until": (NOON + 2 * HOUR).isoformat(),
}
FIGURE = {
    "key": "carte",
    "value": 3,
    "unit": {"it": "carte", "en": "cards"},
    "definition": {"it": "Carte aggiunte", "en": "Cards added"},
    "source": {"it": "Noi", "en": "Us"},
    "as_of": NOON.isoformat(),
}


def online(program: Program, path: str = "index.html") -> str:
    """A document as the public has it."""
    folder = program.place.settings.documents_path
    assert folder is not None
    return (folder / path).read_text(encoding="utf-8")


def test_a_client_that_knows_only_statuspage_creates_updates_and_resolves(on_each: Program) -> None:
    made = on_each("POST", "/incidents", {"incident": {"name": "Wallet giù", "body": BODY}})
    assert made.status_code == 201
    assert made.headers["Avviso-Online"] == "true"
    told = made.json
    assert told is not None
    assert (told["status"], told["impact"]) == ("investigating", "none")
    assert told["incident_updates"][0]["body"] == BODY
    assert told["incident_updates"][0]["avviso"]["untranslated"] == ["en"]
    assert "Wallet giù" in online(on_each)
    assert BODY in online(on_each, f"incidents/{told['id']}/index.html")

    path = f"/incidents/{told['id']}"
    for status in ("identified", "monitoring", "resolved"):
        on_each.done("PATCH", path, {"incident": {"status": status, "body": f"Ora {status}."}})
    now = on_each.done("GET", path)
    assert now["status"] == "resolved"
    assert now["resolved_at"] is not None
    assert len(now["incident_updates"]) == 4


def test_forms_say_the_same_as_json(program: Program) -> None:
    form = {
        "incident[name]": "Accesso lento",
        "incident[body]": "Siamo al lavoro.",
        "incident[impact_override]": "",
        "incident[components][wallet]": "partial_outage",
        "incident[component_ids][]": "messages",
    }
    told = program("POST", "/incidents.json", data=form).json
    assert told is not None
    assert told["impact"] == "major"
    assert {part["avviso"]["key"] for part in told["components"]} == {"wallet", "messages"}


def test_components_are_named_by_their_ids_too(program: Program) -> None:
    wallet = program.done("GET", "/components/wallet")["id"]
    told = program.declared(components={wallet: "major_outage"})
    assert [part["id"] for part in told["components"]] == [wallet]
    assert program.done("GET", f"/components/{wallet}")["status"] == "major_outage"


def test_without_words_the_templates_speak_in_every_language(program: Program) -> None:
    told = program.done("POST", "/incidents", {"incident": {"name": "Guasto"}})
    texts = told["incident_updates"][0]["avviso"]["texts"]
    assert texts["it"]["body"] != texts["en"]["body"]
    assert told["incident_updates"][0]["avviso"]["untranslated"] == []


def test_resolved_means_that_what_it_held_is_well(program: Program) -> None:
    told = program.declared()
    path = f"/incidents/{told['id']}"
    program.done("PATCH", path, {"incident": {"status": "resolved", "body": "Funziona tutto."}})
    assert program.done("GET", "/components/wallet")["status"] == "operational"


def test_resolved_is_refused_where_the_client_says_that_something_is_bad(program: Program) -> None:
    told = program.declared()
    said = {"status": "resolved", "body": "Fatto.", "components": {"wallet": "partial_outage"}}
    why = program.refused(422, "PATCH", f"/incidents/{told['id']}", {"incident": said})
    assert "wallet" in why


def test_our_own_fields(program: Program) -> None:
    by = (NOON + HOUR).isoformat()
    words = {"it": "Chi usa carte", "en": "Card holders"}
    told = program.declared(
        name={"it": "Carte ferme", "en": "Cards down"},
        body=None,
        texts={
            "it": {"headline": "Carte ferme", "body": "Non si aggiungono carte."},
            "en": {"headline": "Cards down", "body": "Cards cannot be added."},
        },
        next_update_by=by,
        still_cannot=words,
        to_do="Riprovare domani mattina alle 9:00",
        internal_note="chiamare Anna",
        key="carte",
    )
    update = told["incident_updates"][0]["avviso"]
    assert update["still_cannot"] == words
    assert update["to_do"]["en"] == update["to_do"]["it"]
    assert update["texts"]["en"]["headline"] == "Cards down"
    assert told["avviso"]["next_update_by"].startswith("2020-12-07T13:00")
    assert told["avviso"]["key"] == "carte"
    assert "Anna" not in str(told)
    assert program.done("GET", "/incidents/carte")["id"] == told["id"]


def test_planned_work_and_its_lists(program: Program) -> None:
    said = {
        "name": "Lavori",
        "body": "Aggiorniamo i sistemi.",
        "scheduled_for": (NOON + HOUR).isoformat(),
        "scheduled_until": (NOON + 2 * HOUR).isoformat(),
        "component_ids": ["wallet"],
    }
    told = program.done("POST", "/incidents", {"incident": said})
    assert (told["status"], told["impact"]) == ("scheduled", "maintenance")
    lists = ("scheduled", "upcoming", "active_maintenance", "unresolved")
    found = {which: len(program.done("GET", f"/incidents/{which}.json")) for which in lists}
    assert found == {"scheduled": 1, "upcoming": 1, "active_maintenance": 0, "unresolved": 0}
    path = f"/incidents/{told['id']}"
    program.done("PATCH", path, {"incident": {"status": "in_progress", "body": "Si comincia."}})
    assert program.done("GET", "/components/wallet")["status"] == "under_maintenance"
    assert len(program.done("GET", "/incidents/active_maintenance")) == 1


def test_planned_work_says_what_to_do_with_figures_and_answers(on_each: Program) -> None:
    said = {
        **WORK,
        "impact_override": "maintenance",
        "to_do": {"it": "Pagate prima.", "en": "Pay before."},
        "not_to_do": "Aspettate.",
        "figures": [FIGURE],
        "answers": ["debit-or-credit"],
        "internal_note": "chiamare Anna",
    }
    told = on_each.done("POST", "/incidents", {"incident": said})
    first = told["incident_updates"][0]["avviso"]
    assert first["to_do"] == {"it": "Pagate prima.", "en": "Pay before."}
    assert first["not_to_do"] == {"it": "Aspettate.", "en": "Aspettate."}
    assert [figure["value"] for figure in first["figures"]] == [3]
    assert first["answers"] == ["debit-or-credit"]
    assert "Pagate prima." in online(on_each, f"incidents/{told['id']}/index.html")
    assert "Anna" not in str(told)


@pytest.mark.parametrize("kind", ["maintenance", "advance_notice"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("next_update_by", (NOON + HOUR).isoformat()),
        ("still_cannot", "Tutti"),
        ("impact_override", "critical"),
        ("started_at", NOON.isoformat()),
        ("resolved_at", NOON.isoformat()),
        ("from_notice", "1"),
    ],
)
def test_what_says_nothing_of_planned_work_is_refused_by_its_field(
    program: Program, kind: str, field: str, value: str
) -> None:
    said = {**WORK, "kind": kind, field: value}
    why = program.refused(422, "POST", "/incidents", {"incident": said})
    assert why.startswith(f"incident.{field}: is not said of planned work")


def test_what_planned_work_says_to_do_is_checked(program: Program) -> None:
    advice = {"to_do": "Il sistema è in tilt."}
    for said in ({**WORK, **advice}, {"name": "Guasto", **advice}):
        made = program("POST", "/incidents", {"incident": said})
        assert "slang" in made.headers["Avviso-Findings"]


def test_what_has_not_begun_is_called_off_and_nothing_else_disappears(on_each: Program) -> None:
    said = {
        "name": "Lavori",
        "scheduled_for": (NOON + HOUR).isoformat(),
        "scheduled_until": (NOON + 2 * HOUR).isoformat(),
    }
    planned = on_each.done("POST", "/incidents", {"incident": said})
    gone = on_each.done("DELETE", f"/incidents/{planned['id']}")
    assert gone["avviso"]["cancelled_at"] is not None
    told = on_each.declared()
    why = on_each.refused(422, "DELETE", f"/incidents/{told['id']}")
    assert "does not disappear" in why


def test_what_is_told_afterwards_says_from_when_to_when(program: Program) -> None:
    said = {"name": "Guasto di ieri", "body": "È finito.", "backfilled": True}
    assert "incident.started_at" in program.refused(422, "POST", "/incidents", {"incident": said})
    times = {
        "started_at": (NOON - 5 * HOUR).isoformat(),
        "resolved_at": (NOON - 3 * HOUR).isoformat(),
    }
    told = program.done("POST", "/incidents", {"incident": {**said, **times}})
    assert told["status"] == "resolved"
    assert told["incident_updates"][0]["deliver_notifications"] is False


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, "incident.name: is missing"),
        ({"name": " "}, "incident.name: is empty"),
        ({"name": {"it": "", "en": "a"}}, "incident.name.it: is empty"),
        ({"name": 3}, "incident.name: should be a text"),
        ({"name": {"it": "Solo"}}, "incident.name: the language en is missing"),
        ({"name": "a", "status": "resolved"}, "incident.status: an incident is not created as"),
        ({"name": "a", "status": "broken"}, "incident.status: Input should be"),
        ({"name": "a", "colour": "red"}, "incident.colour: is not a field here"),
        ({"name": "a", "components": {"nix": "major_outage"}}, "incident.components.nix: there is"),
        ({"name": "a", "component_ids": ["nix"]}, "incident.component_ids.nix: there is no such"),
        ({"name": "a", "scheduled_for": "2030-01-01T00:00:00Z"}, "incident.scheduled_until: is"),
        ({"name": "a", "template": "update/nix"}, "update/nix"),
        ({"name": "a", "body": "b", "template": "update/x"}, "incident.body: comes alone"),
        ({"name": "a", "next_update_by": "2019-01-01T00:00:00Z"}, "incident.next_update_by: "),
        ({"name": "a", "body": "x" * 25_001}, "incident.body: String should have at most"),
        ({"name": "a\u202eb"}, "invisible direction mark"),
        ({"name": "a", "scheduled_until": "2030-01-01T00:00:00Z"}, "incident.scheduled_until: com"),
        ({"name": "a", "resolved_at": "2020-01-01T00:00:00Z"}, "incident.resolved_at: say backf"),
    ],
)
def test_what_cannot_be_created_is_named_by_its_field(
    program: Program, said: object, names: str
) -> None:
    assert names in program.refused(422, "POST", "/incidents", {"incident": said})


def test_what_was_published_keeps_its_name_and_its_time(program: Program) -> None:
    told = program.declared()
    path = f"/incidents/{told['id']}"
    same = {"name": "Portafoglio giù", "body": "Ancora fermo."}
    program.done("PATCH", path, {"incident": same})
    why = program.refused(422, "PATCH", path, {"incident": {"name": "Altro", "body": "x"}})
    assert why.startswith("incident.name: what was published keeps its name")
    moved = {"scheduled_for": (NOON + HOUR).isoformat()}
    assert "incident.scheduled_for" in program.refused(422, "PATCH", path, {"incident": moved})


def test_nothing_new_publishes_nothing(program: Program) -> None:
    told = program.declared()
    before = program.events()
    same = {"status": "investigating", "components": {"wallet": "major_outage"}}
    again = program.done("PUT", f"/incidents/{told['id']}", {"incident": same})
    assert again["avviso"]["version"] == told["avviso"]["version"]
    assert program.events() == before


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"to_do": "Riprovate domani."}, {"it": "Riprovate domani.", "en": "Riprovate domani."}),
        ({"not_to_do": {"it": "No.", "en": "Do not."}}, {"it": "No.", "en": "Do not."}),
        ({"still_cannot": {"it": "Tutti", "en": "All"}}, {"it": "Tutti", "en": "All"}),
        ({"answers": ["debit-or-credit"]}, ["debit-or-credit"]),
    ],
)
def test_what_stands_beside_the_words_is_news_by_itself(
    program: Program, said: dict[str, object], shown: object
) -> None:
    path = f"/incidents/{program.declared()['id']}"
    told = program.done("PATCH", path, {"incident": said})
    latest = told["incident_updates"][0]["avviso"]
    assert (latest["number"], latest[next(iter(said))]) == (2, shown)
    assert latest["untranslated"] == []
    before = program.events()
    program.done("PATCH", path, {"incident": said})
    assert program.events() == before


def test_figures_are_news_by_themselves(program: Program) -> None:
    path = f"/incidents/{program.declared()['id']}"
    for value, number in ((3, 2), (3, 2), ("unknown", 3)):
        said = {"figures": [{**FIGURE, "value": value}]}
        latest = program.done("PATCH", path, {"incident": said})["incident_updates"][0]["avviso"]
        assert latest["number"] == number
        assert latest["figures"][0]["value"] == (None if value == "unknown" else value)


def test_what_to_do_is_news_again_after_other_advice(program: Program) -> None:
    path = f"/incidents/{program.declared(to_do='Aspettate.')['id']}"
    for said, number in (
        ({"body": "Ancora fermo."}, 2),
        ({"to_do": "Aspettate."}, 2),
        ({"not_to_do": "Non pagate."}, 3),
        ({"to_do": "Aspettate."}, 4),
    ):
        told = program.done("PATCH", path, {"incident": said})
        assert told["incident_updates"][0]["avviso"]["number"] == number


def test_without_words_for_it_what_is_new_is_refused_by_its_field(program: Program) -> None:
    path = f"/incidents/{program.declared()['id']}"
    program.done("PATCH", path, {"incident": {"status": "resolved", "body": "Fatto."}})
    program.done("PATCH", path, {"incident": {"status": "postmortem", "body": "Perché."}})
    why = program.refused(422, "PATCH", path, {"incident": {"to_do": "Riprovate."}})
    assert why == "incident.body: is missing; say what is new"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"started_at": (NOON - HOUR).isoformat()}, "incident.started_at: is said only while"),
        ({"resolved_at": NOON.isoformat()}, "incident.resolved_at: is the moment at which"),
        ({"from_notice": "1"}, "incident.from_notice: is said only while it is created"),
        ({"fields": {"effect": {"it": "a", "en": "b"}}}, "incident.fields: belong to a template"),
        ({"fields": {"effect": "a"}, "body": "b"}, "incident.fields: belong to a template"),
        ({"internal_note": "Anna"}, "incident.internal_note: is kept with an update"),
        ({"key": "nuova"}, "incident.key: is the name of an update"),
    ],
)
def test_what_no_update_changes_is_refused_by_its_field(
    program: Program, said: dict[str, object], why: str
) -> None:
    path = f"/incidents/{program.declared()['id']}"
    assert program.refused(422, "PATCH", path, {"incident": said}).startswith(why)


def test_what_was_told_may_come_back_as_it_is(program: Program) -> None:
    warned = program.done("POST", "/incidents", {"incident": {**WORK, "kind": "advance_notice"}})
    fields = {"effect": {"it": "non si paga", "en": "nobody can pay"}}
    told = program.done(
        "POST",
        "/incidents",
        {
            "incident": {
                "name": "Guasto",
                "key": "guasto",
                "from_notice": warned["id"],
                "template": "acknowledgement/component-down",
                "fields": fields,
                "internal_note": "Anna",
                "next_update_by": (NOON + HOUR).isoformat(),
            }
        },
    )
    same = {
        "name": told["name"],
        "key": "guasto",
        "started_at": told["started_at"],
        "from_notice": f"#{warned['avviso']['number']}",
        "fields": fields,
        "internal_note": "Anna",
        "next_update_by": told["avviso"]["next_update_by"],
        "figures": [],
        "answers": [],
        "to_do": None,
    }
    before = program.events()
    again = program.done("PATCH", f"/incidents/{told['id']}", {"incident": same})
    assert again["avviso"]["version"] == told["avviso"]["version"]
    resolved = program.done("PATCH", "/incidents/guasto", {"incident": {"status": "resolved"}})
    ended = {"resolved_at": resolved["resolved_at"]}
    after = program.events()
    program.done("PATCH", "/incidents/guasto", {"incident": ended})
    assert before < after == program.events()


def test_who_begins_planned_work_is_not_changed_afterwards(program: Program) -> None:
    told = program.done("POST", "/incidents", {"incident": WORK})
    path = f"/incidents/{told['id']}"
    program.done("PATCH", path, {"incident": {"scheduled_auto_in_progress": True}})
    for field in ("scheduled_auto_in_progress", "scheduled_auto_completed"):
        why = program.refused(422, "PATCH", path, {"incident": {field: False}})
        assert why.startswith(f"incident.{field}: is said only while")


def test_of_two_writers_the_second_is_told(on_each: Program) -> None:
    told = on_each.declared()
    path = f"/incidents/{told['id']}"
    seen = on_each("GET", path).headers["ETag"]
    said = {"incident": {"body": "Ci lavoriamo."}}
    first = on_each("PATCH", path, said, headers={"If-Match": seen})
    assert first.status_code == 200
    assert first.headers["ETag"] != seen
    why = on_each.refused(412, "PATCH", path, said, headers={"If-Match": seen})
    assert "was updated first by" in why
    nothing = {"incident": {"status": "investigating"}}
    on_each.refused(412, "PATCH", path, nothing, headers={"If-Match": seen})
    on_each.refused(412, "PATCH", path, said, headers={"If-Match": '"old"'})


def test_an_update_is_corrected_in_sight(on_each: Program) -> None:
    told = on_each.declared()
    update = told["incident_updates"][0]["id"]
    path = f"/incidents/{told['id']}/incident_updates/{update}"
    assert "incident_update.body" in on_each.refused(422, "PATCH", path, {"incident_update": {}})
    right = {"body": "Il portafoglio è lento.", "reason": {"it": "Errore", "en": "Mistake"}}
    corrected = on_each.done("PATCH", path, {"incident_update": right})
    assert corrected["avviso"]["corrected"] == 1
    assert corrected["body"].startswith("Il portafoglio è lento.")
    assert "Errore" in corrected["body"]
    wrong = f"/incidents/{told['id']}/incident_updates/nix"
    on_each.refused(404, "PATCH", wrong, {"incident_update": right})


def test_what_is_said_beside_an_update_is_corrected_alone(on_each: Program) -> None:
    told = on_each.declared(to_do="Aspettate.", not_to_do="Non pagate due volte.")
    update = told["incident_updates"][0]["id"]
    path = f"/incidents/{told['id']}/incident_updates/{update}"
    right = {"to_do": "Pagate allo sportello.", "not_to_do": None, "reason": "Era sbagliato."}
    corrected = on_each.done("PATCH", path, {"incident_update": right})
    assert corrected["avviso"]["corrected"] == 1
    assert "Pagate allo sportello." in corrected["body"]
    assert "Non pagate due volte." not in corrected["body"]


def test_a_wrong_figure_is_corrected_alone(on_each: Program) -> None:
    cards = {
        "key": "cards",
        "value": 20_000,
        "unit": {"it": "carte", "en": "cards"},
        "definition": {"it": "registrate", "en": "registered"},
        "source": {"it": "nostri sistemi", "en": "our systems"},
        "as_of": "2020-12-07T10:00:00Z",
    }
    told = on_each.declared(figures=[cards])
    path = f"/incidents/{told['id']}/incident_updates/{told['incident_updates'][0]['id']}"
    right = {"figures": [{**cards, "value": 14_000}], "reason": "Era sbagliato."}
    corrected = on_each.done("PATCH", path, {"incident_update": right})
    assert [figure["value"] for figure in corrected["avviso"]["figures"]] == [14_000]
    assert corrected["avviso"]["corrected"] == 1
    assert "sbagliato" in corrected["body"]


def test_a_postmortem_is_written_published_and_taken_back(on_each: Program) -> None:
    told = on_each.declared()
    path = f"/incidents/{told['id']}"
    draft = {"postmortem": {"body_draft": "Perché è successo."}}
    on_each.refused(422, "PUT", f"{path}/postmortem", draft)
    on_each.done("PATCH", path, {"incident": {"status": "resolved", "body": "Fatto."}})
    on_each.refused(404, "GET", f"{path}/postmortem")
    on_each.done("PUT", f"{path}/postmortem", draft)
    written = on_each.done(
        "PUT", f"{path}/postmortem", {"postmortem": {"body_draft": "Che cosa è successo."}}
    )
    assert (written["body_draft"], written["published_at"]) == ("Che cosa è successo.", None)
    published = on_each.done("PUT", f"{path}/postmortem/publish", {"postmortem": {}})
    assert published["body"] == "Che cosa è successo."
    assert published["body_draft"] is None
    assert on_each.done("GET", path)["postmortem_body"] == "Che cosa è successo."
    on_each.refused(422, "PUT", f"{path}/postmortem/publish", {})
    reverted = on_each.done("PUT", f"{path}/postmortem/revert")
    assert reverted["published_at"] is None
    page = online(on_each, f"incidents/{told['id']}/index.html")
    assert "Che cosa è successo." in page


def test_a_postmortem_has_the_version_of_its_incident(on_each: Program) -> None:
    path = f"/incidents/{on_each.declared()['id']}"
    old = on_each("GET", path).headers["ETag"]
    on_each.done("PATCH", path, {"incident": {"status": "resolved", "body": "Fatto."}})
    now = on_each("GET", path).headers["ETag"]
    draft = {"postmortem": {"body_draft": "Perché è successo."}}

    def asked(method: str, below: str, version: str, body: object = None) -> TestResponse:
        headers = {"If-Match": version}
        return on_each(method, f"{path}/postmortem{below}", body, headers=headers)

    def refused(method: str, below: str, body: object = None) -> None:
        whole = f"{path}/postmortem{below}"
        why = on_each.refused(412, method, whole, body, headers={"If-Match": old})
        assert why.startswith("If-Match: this is version ")

    refused("PUT", "", draft)
    written = asked("PUT", "", now, draft)
    assert (written.status_code, written.headers["ETag"]) == (200, now)
    assert on_each("GET", f"{path}/postmortem").headers["ETag"] == now
    refused("DELETE", "")
    assert asked("DELETE", "", now).status_code == 204
    on_each.done("PUT", f"{path}/postmortem", draft)
    refused("PUT", "/publish", {"postmortem": {}})
    published = asked("PUT", "/publish", now, {"postmortem": {}})
    assert published.status_code == 200
    newest = published.headers["ETag"]
    assert newest == on_each("GET", path).headers["ETag"] != now
    old = now
    refused("PUT", "/publish", {"postmortem": {}})
    refused("PUT", "/revert")
    reverted = asked("PUT", "/revert", newest)
    assert reverted.status_code == 200
    assert reverted.headers["ETag"] == on_each("GET", path).headers["ETag"] != newest


def test_a_draft_written_with_a_version_is_published_without(program: Program) -> None:
    path = f"/incidents/{program.declared()['id']}"
    program.done("PATCH", path, {"incident": {"status": "resolved", "body": "Fatto."}})
    seen = program("GET", path).headers["ETag"]
    draft = {"postmortem": {"body_draft": "Perché è successo."}}
    program.done("PUT", f"{path}/postmortem", draft, headers={"If-Match": seen})
    program.done("PATCH", path, {"incident": {"body": "Ancora una cosa."}})
    published = program.done("PUT", f"{path}/postmortem/publish", {"postmortem": {}})
    assert published["body"] == "Perché è successo."


def test_lists_have_pages(program: Program) -> None:
    ids = [program.declared(name=f"Guasto {number}", components={})["id"] for number in range(5)]
    first = program("GET", "/incidents?per_page=2")
    assert [entry["id"] for entry in first.json or []] == ids[:2:-1]
    assert first.headers["Total-Count"] == "5"
    links = first.headers["Link"]
    assert 'page=2>; rel="next"' in links
    assert 'page=3>; rel="last"' in links
    assert "prev" not in links
    assert len(program.done("GET", "/incidents?limit=2&page=3")) == 1
    assert program.done("GET", "/incidents?limit=2&page=4") == []
    for wrong in ("page=0", "page=x", "per_page=101", "limit=-1", "page=1000000000000"):
        assert "should be a number" in program.refused(422, "GET", f"/incidents?{wrong}")


def test_a_search_finds_names_in_any_language(on_each: Program) -> None:
    on_each.declared(name={"it": "Perché no", "en": "Why not 100%"}, components={})
    on_each.declared(name="Altro", components={})
    for words, count in (("perché", 1), ("why", 1), ("100%", 1), ("%", 1), ("zzz", 0), ("", 2)):
        found = on_each.done("GET", "/incidents", query_string={"q": words})
        assert len(found) == count, words
    on_each.refused(422, "GET", "/incidents?q=a%00b")


def test_what_the_checks_stop_goes_out_only_with_a_reason(program: Program) -> None:
    figure = {
        "key": "carte",
        "value": 3,
        "unit": {"it": "carte", "en": "cards"},
        "definition": {"it": "Carte aggiunte", "en": "Cards added"},
        "source": {"it": "Noi", "en": "Us"},
        "as_of": NOON.isoformat(),
    }
    told = program.declared(figures=[figure])
    assert told["incident_updates"][0]["avviso"]["figures"][0]["value"] == 3
    program.refused(
        422, "POST", "/incidents", {"incident": {"name": "a", "body": "b", "despite": {"nix": "x"}}}
    )


def test_what_needs_a_second_person_waits(make_place: Callable[..., Place]) -> None:
    author = program_at(make_place('[approval]\nfrom = "minor"\n'), "bea", "write")
    said = {"name": "Guasto", "body": "Fermo.", "components": {"wallet": "major_outage"}}
    waiting = author("POST", "/incidents", {"incident": said})
    assert waiting.status_code == 202
    assert (waiting.json or {})["status"] == "waiting"
    assert author.done("GET", "/incidents") == []
    templated = {"components": {"wallet": "major_outage"}}
    named = author("POST", "/incidents", {"incident": {**templated, "name": "Guasto"}})
    assert named.status_code == 202
    told = author.done("POST", "/incidents", {"incident": templated})
    assert told["name"] == "Fuori servizio: Portafoglio"
    begun = f"/incidents/{told['id']}"
    quiet = {"status": "monitoring", "components": {"wallet": "operational"}}
    author.done("PATCH", begun, {"incident": quiet})
    asked = {"incident_update": {"to_do": "Aspetta."}}
    assert author("PATCH", f"{begun}/incident_updates/1", asked).status_code == 202


def test_what_is_told_afterwards_waits_as_well(make_place: Callable[..., Place]) -> None:
    author = program_at(make_place('[approval]\nfrom = "minor"\n'), "bea", "write")
    times = {
        "started_at": (NOON - 5 * HOUR).isoformat(),
        "resolved_at": (NOON - 3 * HOUR).isoformat(),
    }
    said = {"name": "Guasto", "body": "Fermo.", "components": {"wallet": "major_outage"}}
    over = author("POST", "/incidents", {"incident": {**said, **times, "backfilled": True}})
    assert over.status_code == 202
    assert author.done("GET", "/incidents") == []


def test_what_is_planned_without_a_name_is_called_as_proposed(program: Program) -> None:
    times = {
        "scheduled_for": (NOON + 5 * HOUR).isoformat(),
        "scheduled_until": (NOON + 6 * HOUR).isoformat(),
    }
    said = {"component_ids": ["wallet"], **times}
    told = program.done("POST", "/incidents", {"incident": said})
    assert told["name"] == "Manutenzione programmata: Portafoglio"


def test_what_a_program_says_again_waits_for_its_window(program: Program) -> None:
    made = program.declared()
    path = f"/incidents/{made['id']}"
    program.done("PATCH", path, {"incident": {"status": "resolved", "body": "Fatto."}})
    with program.place.house.db.read() as session:
        rows = session.scalars(
            select(Delivery).where(Delivery.thread == made["id"]).order_by(Delivery.seq)
        ).all()
    assert {row.waits_for for row in rows} == {None, "window"}
    assert rows[0].waits_for is None
    assert online(program, f"incidents/{made['id']}/index.html").count("Fatto.")
