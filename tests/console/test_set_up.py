"""Set-up: what the database holds is edited, by administrators, one after the other; what the
settings file holds is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from incidents import access, actions, queries
from incidents.models import Component, ComponentGroup
from incidents.status import Role
from tests.console.conftest import Browser, Place

COMPONENTS = "/console/set-up/components"
NAMES = {"name.it": "Bollettini", "name.en": "Payment slips"}
PAGES = ["", "/components", "/operators", "/tokens", "/hours", "/theme", "/alarms"]
FOR_ADMINISTRATORS = ["/components", "/components/new", "/groups/new", "/operators", "/tokens"]


@pytest.fixture
def ada(place: Place) -> Browser:
    return place.client_of("admin", "en")


def components(place: Place) -> dict[str, Component]:
    with place.house.db.read() as session:
        return {row.key: row for row in queries.components(session)}


def groups(place: Place) -> list[ComponentGroup]:
    with place.house.db.read() as session:
        return queries.groups(session)


def seen_on(browser: Browser, path: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', browser.get(path).text)
    assert found
    return unescape(found[1])


def home_of(place: Place) -> str:
    assert place.settings.documents_path
    return (place.settings.documents_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", ["it", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_in_both_languages(place: Place, page: str, locale: str) -> None:
    answer = place.client_of("admin", locale).get(f"/console/set-up{page}")
    assert answer.status_code == 200
    assert f'<html lang="{locale}"' in answer.text


@pytest.mark.parametrize("page", FOR_ADMINISTRATORS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR, Role.APPROVER])
def test_only_administrators_set_up(place: Place, role: Role, page: str) -> None:
    browser = place.client_of(role)
    assert browser.get(f"/console/set-up{page}").status_code == 403
    before = components(place).keys()
    answer = browser.post_form(f"/console/set-up{page}", {"key": "slips", **NAMES})
    assert answer.status_code in (403, 405)
    assert components(place).keys() == before


def test_a_component_is_added_and_on_the_page(place: Place, ada: Browser) -> None:
    data = {"key": "slips", "seen": "new", **NAMES, "description.it": "Per pagare."}
    answer = ada.post_form(f"{COMPONENTS}/new", data)
    assert answer.status_code == 303, answer.text
    assert answer.location == f"{COMPONENTS}?said=saved"
    assert components(place)["slips"].name == {"it": "Bollettini", "en": "Payment slips"}
    assert "Bollettini" in home_of(place)
    assert "Saved, and on the page" in ada.get(answer.location).text


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"key": "wallet"}, "key", "taken"),
        ({"key": "Not a key"}, "key", "hold only"),
        ({"name.en": ""}, "name", "missing"),
        ({"name.it": "x" * 256}, "name.it", "255"),
        ({"group": "nowhere"}, "group", "no component group"),
        ({"name.it": "a\u202eb"}, "name.it", "direction"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    place: Place, ada: Browser, wrong: dict[str, str], field: str, says: str
) -> None:
    before = components(place)
    data = {"key": "slips", "seen": "new", **NAMES, "description.en": "To pay.", **wrong}
    answer = ada.post_form(f"{COMPONENTS}/new", data)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert says in answer.text
    assert "To pay." in answer.text
    assert components(place).keys() == before.keys()


def test_two_who_edit_the_same_component(place: Place, ada: Browser) -> None:
    path = f"{COMPONENTS}/wallet/edit"
    seen = seen_on(ada, path)
    place.clock.forward(timedelta(minutes=1))
    first = {"name.it": "Portafoglio nuovo", "name.en": "New wallet", "seen": seen}
    assert ada.post_form(path, first).status_code == 303
    second = {"name.it": "Borsellino", "name.en": "Purse", "seen": seen}
    answer = ada.post_form(path, second)
    assert answer.status_code == 409
    assert "Borsellino" in answer.text
    assert "Portafoglio nuovo" in answer.text
    assert components(place)["wallet"].name["it"] == "Portafoglio nuovo"
    again = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert again
    assert ada.post_form(path, {**second, "seen": unescape(again[1])}).status_code == 303
    assert components(place)["wallet"].name["it"] == "Borsellino"


def test_a_component_changes_places_with_its_neighbour(place: Place, ada: Browser) -> None:
    rows = list(components(place).values())
    first, second = [row for row in rows if row.group_id == rows[0].group_id][:2]
    answer = ada.post_form(f"{COMPONENTS}/{second.key}/move", {"step": "up"})
    assert answer.status_code == 303
    keys = [row.key for row in components(place).values() if row.group_id == first.group_id]
    assert keys[:2] == [second.key, first.key]
    refused = ada.post_form(f"{COMPONENTS}/{second.key}/move", {"step": "up"})
    assert refused.status_code == 409
    assert ada.post_form(f"{COMPONENTS}/{second.key}/move", {"step": "in"}).status_code == 400
    assert ada.post_form(f"{COMPONENTS}/nowhere/move", {"step": "up"}).status_code in (404, 422)


def test_groups_are_added_edited_and_ordered(place: Place, ada: Browser) -> None:
    for key in ("one", "two"):
        data = {"key": key, "seen": "new", "name.it": key, "name.en": key}
        assert ada.post_form("/console/set-up/groups/new", data).status_code == 303
    assert ada.post_form("/console/set-up/groups/two/move", {"step": "up"}).status_code == 303
    keys = [row.key for row in groups(place)]
    assert keys.index("two") < keys.index("one")
    path = "/console/set-up/groups/one/edit"
    data = {"name.it": "Uno", "name.en": "First", "seen": seen_on(ada, path)}
    assert ada.post_form(path, data).status_code == 303
    assert "First" in ada.get(COMPONENTS).text


def test_a_component_is_retired_with_words_about_what_stays(place: Place, ada: Browser) -> None:
    path = f"{COMPONENTS}/wallet/retire"
    actions.declare_incident(
        place.house.desk,
        "ada",
        place.clock.now(),
        {
            "name": {"it": "Portafoglio giù", "en": "Wallet down"},
            "template": "acknowledgement/component-down",
            "components": {"wallet": "major_outage"},
        },
    )
    page = ada.get(path).text
    assert "Wallet down" in page
    assert "Every word that was published" in page
    answer = ada.post_form(path, {"seen": seen_on(ada, path)})
    assert answer.status_code == 303
    assert components(place)["wallet"].hidden


def test_what_is_not_there(ada: Browser) -> None:
    for path in ("components/nowhere/edit", "components/nowhere/retire", "groups/nowhere/edit"):
        assert ada.get(f"/console/set-up/{path}").status_code == 404


def test_an_operator_is_added_and_the_link_lets_them_in(place: Place, ada: Browser) -> None:
    data = {"login": "dina", "name": "Dina", "role": "author"}
    answer = ada.post_form("/console/set-up/operators", data)
    found = re.search(r"/console/enter/([\w-]+)", answer.text)
    assert found
    link = access.look_at_link(place.house.desk, found[1], place.clock.now())
    assert link is not None
    assert (link.login, link.purpose) == ("dina", access.Purpose.INVITATION)
    assert found[1] not in ada.get("/console/set-up/operators").text


def test_an_operator_who_is_there_already(ada: Browser) -> None:
    data = {"login": "bea", "name": "Another", "role": "author"}
    answer = ada.post_form("/console/set-up/operators", data)
    assert answer.status_code == 422
    assert 'href="#login"' in answer.text
    assert "Another" in answer.text


def role_of(place: Place, login: str) -> tuple[Role, bool]:
    with place.house.db.read() as session:
        who = next(each for each in queries.operators(session) if each.login == login)
    return who.role, who.disabled_at is not None


def test_another_role_is_given_by_who_saw_the_old_one(place: Place, ada: Browser) -> None:
    path = "/console/set-up/operators/role"
    given = {"login": "bea", "was": "author", "role": "approver"}
    assert ada.post_form(path, given).status_code == 303
    assert role_of(place, "bea") == (Role.APPROVER, False)
    assert ada.post_form(path, {**given, "role": "admin"}).status_code == 409
    assert ada.post_form(path, {**given, "role": "king"}).status_code == 422
    assert role_of(place, "bea") == (Role.APPROVER, False)


def test_an_operator_is_disabled_but_not_by_themselves(place: Place, ada: Browser) -> None:
    path = "/console/set-up/operators/disable"
    assert ada.post_form(path, {"login": "bea"}).status_code == 303
    assert role_of(place, "bea") == (Role.AUTHOR, True)
    assert ada.post_form(path, {"login": "ada"}).status_code == 409
    assert ada.post_form(path, {"login": "nobody"}).status_code == 404
    assert role_of(place, "ada") == (Role.ADMIN, False)


def test_a_disabled_operator_is_enabled_again(place: Place, ada: Browser) -> None:
    ada.post_form("/console/set-up/operators/disable", {"login": "bea"})
    page = "/console/set-up/operators"
    assert "Enable again" in ada.get(page).text
    assert ada.post_form(f"{page}/enable", {"login": "bea"}).status_code == 303
    assert role_of(place, "bea") == (Role.AUTHOR, False)
    assert "Enable again" not in ada.get(page).text
    assert ada.post_form(f"{page}/enable", {"login": "bea"}).status_code == 409
    carlo = place.client_of("approver")
    assert carlo.post_form(f"{page}/enable", {"login": "bea"}).status_code == 403


def test_a_token_is_shown_once_and_revoked(place: Place, ada: Browser) -> None:
    path = "/console/set-up/tokens"
    data = {"name": "pipeline", "operator": "bea", "scope": "write", "days": "30"}
    answer = ada.post_form(path, data)
    shown = re.search(r"avviso_[a-z0-9]{8}_[\w-]{43}", answer.text)
    assert shown
    page = ada.get(path).text
    assert shown[0] not in page
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    assert ada.post_form(f"{path}/revoke", {"token": token[1]}).status_code == 303
    assert ada.post_form(f"{path}/revoke", {"token": token[1]}).status_code == 409
    assert ada.post_form(f"{path}/revoke", {"token": "nothing"}).status_code == 404


@pytest.mark.parametrize("wrong", [{"name": ""}, {"operator": "nobody"}, {"scope": "everything"}])
def test_a_token_that_cannot_be(ada: Browser, wrong: dict[str, str]) -> None:
    data = {"name": "pipeline", "operator": "bea", "scope": "write", "days": "30", **wrong}
    answer = ada.post_form("/console/set-up/tokens", data)
    assert answer.status_code == 422
    assert "avviso_" not in answer.text


HOURS = """
[hours]
monday = "08:00-20:00"
tuesday = ["09:00-12:00", "15:00-24:00"]
holidays = "IT"
closed = ["2020-12-14"]

[theme]
accent = "#0a4a9e"

[[alarms]]
name = "prom"
kind = "alertmanager"
components = { "service=wallet" = "wallet", "service=x" = "gone" }
"""


def test_what_the_settings_file_holds_is_shown(make_place: Callable[..., Place]) -> None:
    ada = make_place(HOURS).client_of("admin", "en")
    hours = ada.get("/console/set-up/hours").text
    assert "Somebody is there now" in hours
    assert "09:00–12:00, 15:00–24:00" not in hours.split("Tuesday 8")[1].split("</tr>")[0]
    assert "closed on this date" in hours
    assert "avviso.toml" in hours
    theme = ada.get("/console/set-up/theme").text
    assert "#0a4a9e" in theme
    assert ": 1" in theme
    alarms = ada.get("/console/set-up/alarms").text
    assert "https://stato.example.it/alarms/prom" in alarms
    assert "AVVISO_ALARMS_PROM_SECRET" in alarms
    assert "its secret is not set" in alarms
    assert "There is no component gone" in alarms
