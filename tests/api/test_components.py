"""Components and groups by the API: what is not said stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from statuspage.api._components import free_key
from tests.api.conftest import Program


def test_a_component_is_made_changed_and_hidden(on_each: Program) -> None:
    made = on_each.done("POST", "/components", {"component": {"name": "Più carte!"}})
    assert made["avviso"]["key"] == "piu-carte"
    assert made["avviso"]["names"] == {"it": "Più carte!", "en": "Più carte!"}
    path = f"/components/{made['id']}"
    words = {"it": "Per chi paga", "en": "For who pays"}
    changed = on_each.done("PATCH", path, {"component": {"description": words, "position": 3}})
    assert changed["name"] == "Più carte!"
    assert changed["description"] == "Per chi paga"
    both = {"component": {"name": "Carte", "status": "partial_outage"}}
    changed = on_each.done("PUT", path, both)
    assert (changed["name"], changed["status"]) == ("Carte", "partial_outage")
    assert (changed["description"], changed["position"]) == ("Per chi paga", 3)
    assert on_each("DELETE", path).status_code == 204
    assert on_each.done("GET", path)["avviso"]["hidden"] is True


def test_the_same_name_twice_has_two_keys(program: Program) -> None:
    keys = [
        program.done("POST", "/components", {"component": {"name": "Carte"}})["avviso"]["key"]
        for _ in range(2)
    ]
    assert keys == ["carte", "carte-2"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, "component.name: is missing"),
        ({"name": "a", "status": "fine"}, "component.status: Input should be"),
        ({"name": "a", "group_id": "nix"}, "component.group_id: there is no component group"),
        ({"name": "a", "key": "wallet"}, "component.key: 'wallet' names another component"),
        ({"name": "a", "key": "A B"}, "component.key: may hold only"),
        ({"name": "a", "position": 0}, "component.position: Input should be greater"),
    ],
)
def test_what_cannot_be_a_component(program: Program, said: object, names: str) -> None:
    assert names in program.refused(422, "POST", "/components", {"component": said})


def test_a_status_that_it_has_already_changes_nothing(program: Program) -> None:
    said = {"component": {"status": "operational"}}
    before = program.events()
    program.done("PATCH", "/components/wallet", said)
    assert program.events() == before


def test_a_group_gathers_components_and_lets_go_of_them(on_each: Program) -> None:
    said = {"component_group": {"name": "Denaro", "components": ["wallet", "iban"]}}
    made = on_each.done("POST", "/component-groups", said)
    path = f"/component-groups/{made['id']}"
    inside = on_each.done("GET", f"{path}/components")
    assert {part["avviso"]["key"] for part in inside} == {"wallet", "iban"}
    fewer = {"description": "Tutto ciò che paga", "component_group": {"components": ["iban"]}}
    changed = on_each.done("PATCH", path, fewer)
    assert (changed["name"], changed["description"]) == ("Denaro", "Tutto ciò che paga")
    assert len(changed["components"]) == 1
    assert on_each.done("GET", "/components/wallet")["group_id"] is None
    assert on_each.done("GET", "/component-groups") == [changed]
    assert "is not deleted" in on_each.refused(422, "DELETE", path)


def test_a_group_is_made_whole_or_not_at_all(on_each: Program) -> None:
    for wrong in (
        {"name": "a"},
        {"name": "a", "components": ["wallet", "nix"]},
        {"name": "a", "components": []},
    ):
        on_each.refused(422, "POST", "/component-groups", {"component_group": wrong})
    assert on_each.done("GET", "/component-groups") == []


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_of_two_who_change_a_component_the_second_looks_again(
    on_each: Program, method: str
) -> None:
    path = "/components/wallet"
    seen = on_each("GET", path).headers["ETag"]
    first = on_each("PATCH", path, {"component": {"description": "a"}}, headers={"If-Match": seen})
    assert first.status_code == 200
    said = None if method == "DELETE" else {"component": {"name": "Borsellino"}}
    why = on_each.refused(412, method, path, said, headers={"If-Match": seen})
    assert "was changed by somebody else" in why
    nothing: dict[str, Any] = {"component": {}}
    on_each.refused(412, "PATCH", path, nothing, headers={"If-Match": seen})
    now = first.headers["ETag"]
    assert now == on_each("GET", path).headers["ETag"]
    assert on_each(method, path, said, headers={"If-Match": now}).status_code in (200, 204)


def test_of_two_who_change_a_group_the_second_looks_again(on_each: Program) -> None:
    said = {"component_group": {"name": "Denaro", "components": ["wallet", "iban"]}}
    made = on_each("POST", "/component-groups", said)
    path, seen = f"/component-groups/{(made.json or {})['id']}", made.headers["ETag"]
    on_each.done("PATCH", "/components/iban", {"component": {"group_id": ""}})
    fewer = {"component_group": {"components": ["wallet"]}}
    on_each.refused(412, "PATCH", path, fewer, headers={"If-Match": seen})
    now = on_each("GET", path).headers["ETag"]
    assert on_each("PATCH", path, fewer, headers={"If-Match": now}).status_code == 200
    for wrong in ("1", "x", '"0123"'):
        on_each.refused(412, "PATCH", path, fewer, headers={"If-Match": wrong})


def test_a_status_alone_is_another_version(program: Program) -> None:
    path = "/components/wallet"
    seen = program("GET", path).headers["ETag"]
    program.done("PATCH", path, {"component": {"status": "partial_outage"}})
    better = {"component": {"status": "operational"}}
    program.refused(412, "PATCH", path, better, headers={"If-Match": seen})


def test_pages_of_components(program: Program) -> None:
    every = program.done("GET", "/components")
    assert program.done("GET", "/components?per_page=2&page=2") == every[2:4]


def test_the_page_and_its_templates(program: Program) -> None:
    page = program.done("GET", "/v1/pages.json")[0]
    assert page == program.done("GET", ".json")
    assert page["avviso"]["locales"] == ["it", "en"]
    templates = {one["id"]: one for one in program.done("GET", "/incident_templates")}
    own = templates["resolution/recovered"]
    assert own["update_status"] == "resolved"
    assert [field["name"] for field in own["avviso"]["fields"]] == ["data"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Più carte", "piu-carte"),
        ("42", "component-42"),
        ("日本", "component"),
        ("a" * 99, "a" * 60),
    ],
)
def test_keys_are_made_of_names(name: str, key: str) -> None:
    assert free_key(name, (), "component") == key


def test_a_stranger_changes_nothing(program_of: Callable[..., Program]) -> None:
    author = program_of("author", "components")
    said = {"component_group": {"name": "a", "components": ["wallet"]}}
    author.refused(403, "POST", "/component-groups", said)
    author.refused(403, "DELETE", "/components/wallet")
