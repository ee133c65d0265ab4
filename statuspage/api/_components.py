"""Components and their groups: list, show, make, change, hide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidents import actions, queries
from incidents.actions.changing import must_be_version
from incidents.errors import InvalidInput, NotFound, NotPossible
from incidents.view import PublicComponent, PublicGroup
from statuspage.api import _saying as saying
from statuspage.api._calls import Answer, Call, Paging
from statuspage.api._inputs import ComponentBody, ComponentSaid, GroupBody
from statuspage.api._telling import Telling

_LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class _All:
    """All components and groups, at one moment."""

    telling: Telling
    components: Sequence[PublicComponent]
    groups: list[tuple[str, PublicGroup]]
    versions: Mapping[str, str]
    """Of components, by key ..."""
    group_versions: Mapping[str, str]
    """... and of groups."""

    def component(self, wanted: str) -> PublicComponent:
        """By id or key. Raises `NotFound`."""
        for component in self.components:
            if wanted in (component.id, component.key):
                return component
        raise NotFound(f"component_id: there is no component {wanted!r}")

    def group(self, wanted: str) -> tuple[str, PublicGroup]:
        """By id or key, with its key. Raises `NotFound`."""
        for key, group in self.groups:
            if wanted in (group.id, key):
                return key, group
        raise NotFound(f"id: there is no component group {wanted!r}")

    def answer(self, component: PublicComponent, status: int = 200) -> Answer:
        """A component, with the version that `If-Match` may name."""
        told = self.telling.component(component)
        return Answer(told, status, etag=self.versions[component.key])

    def group_answer(self, key: str, group: PublicGroup, status: int = 200) -> Answer:
        """The same of a group."""
        return Answer(self.told(key, group), status, etag=self.group_versions[key])

    def told(self, key: str, group: PublicGroup) -> dict[str, Any]:
        members = [part.id for part in self.components if part.group_id == group.id]
        return self.telling.group(key, group, members)


def _all(call: Call[Any]) -> _All:
    with call.house.db.read() as session:
        listing = call.listing(session)
        telling = Telling(call.house.service, listing.hidden())
        return _All(
            telling,
            listing.components,
            listing.groups(),
            queries.component_versions(session),
            queries.group_versions(session),
        )


def list_components(call: Call[Any]) -> Answer:
    found = _all(call)
    return _page(call, [found.telling.component(part) for part in found.components])


def _page(call: Call[Any], told: list[dict[str, Any]]) -> Answer:
    paging = call.paging()
    start = (paging.number - 1) * paging.size
    shown = told[start : start + paging.size]
    return Answer(shown, paging=Paging(paging.number, paging.size, len(told)))


def list_components_of_group(call: Call[Any]) -> Answer:
    found = _all(call)
    _, group = found.group(call.args["id"])
    inside = [part for part in found.components if part.group_id == group.id]
    return _page(call, [found.telling.component(part) for part in inside])


def show_component(call: Call[Any]) -> Answer:
    found = _all(call)
    return found.answer(found.component(call.args["component_id"]))


def create_component(call: Call[ComponentBody]) -> Answer:
    said = call.body.component
    if said.name is None:
        raise InvalidInput("name: is missing")
    found = _all(call)
    for part in found.components:
        if call.again and part.id == call.ids.first():
            return found.answer(part, 201)
    taken = {part.key for part in found.components}
    key = said.key or free_key(_default_name(call, said.name), taken, "component")
    if said.key in taken:
        raise InvalidInput(f"key: {said.key!r} names another component already")
    return _changed(call, found, key, said, 201)


def update_component(call: Call[ComponentBody]) -> Answer:
    said = call.body.component
    found = _all(call)
    component = found.component(call.args["component_id"])
    if said.key not in (None, component.key):
        raise InvalidInput("key: cannot be changed")
    return _changed(call, found, component.key, said)


def _changed(
    call: Call[Any], found: _All, key: str, said: ComponentSaid, status: int = 200
) -> Answer:
    fields = _fields(call, said, found)
    if status == 201:
        fields["seen"] = "new"
    if fields or said.status is not None:
        call.act(
            lambda by, desk: actions.change_component(
                desk, by.bearer.login, by.now, key, fields, said.status, by.seen
            )
        )
    after = _all(call)
    if not (fields or said.status is not None):
        must_be_version(key, after.versions, call.seen)
    return after.answer(after.component(key), status)


def _fields(call: Call[Any], said: ComponentSaid, found: _All) -> dict[str, Any]:
    service = call.house.service
    given = said.model_fields_set
    fields: dict[str, Any] = {}
    if said.name is not None:
        fields["name"] = saying.in_every_language(said.name, service)
    if "description" in given:
        fields["description"] = _description(call, said.description)
    if "group_id" in given:
        fields["group"] = _group_key(found, said.group_id)
    for name in ("only_show_if_degraded", "position", "hidden"):
        if getattr(said, name) is not None:
            fields[name] = getattr(said, name)
    return fields


def _description(call: Call[Any], said: Any) -> dict[str, str]:
    return saying.in_every_language(said, call.house.service) if said else {}


def _group_key(found: _All, group_id: str | None) -> str | None:
    if not group_id:
        return None
    key = next((key for key, group in found.groups if group_id in (group.id, key)), None)
    if key is None:
        raise InvalidInput(f"group_id: there is no component group {group_id!r}")
    return key


def hide_component(call: Call[Any]) -> Answer:
    """Show it nowhere any more; what was told of it stays, as does its history."""
    component = _all(call).component(call.args["component_id"])
    call.act(
        lambda by, desk: actions.change_component(
            desk, by.bearer.login, by.now, component.key, {"hidden": True}, seen=by.seen
        )
    )
    return Answer(None, 204)


def list_groups(call: Call[Any]) -> Answer:
    found = _all(call)
    return _page(call, [found.told(key, group) for key, group in found.groups])


def show_group(call: Call[Any]) -> Answer:
    found = _all(call)
    return found.group_answer(*found.group(call.args["id"]))


def create_group(call: Call[GroupBody]) -> Answer:
    said = call.body.component_group
    if said.name is None:
        raise InvalidInput("name: is missing")
    if not said.components:
        raise InvalidInput("components: a group has at least one component")
    found = _all(call)
    for key, group in found.groups:
        if call.again and group.id == call.ids.first():
            return found.group_answer(key, group, 201)
    taken = {key for key, _ in found.groups}
    if said.key in taken:
        raise InvalidInput(f"key: {said.key!r} names another group already")
    key = said.key or free_key(_default_name(call, said.name), taken, "group")
    return _group_changed(call, found, key, 201)


def update_group(call: Call[GroupBody]) -> Answer:
    found = _all(call)
    key, _ = found.group(call.args["id"])
    if call.body.component_group.key not in (None, key):
        raise InvalidInput("key: cannot be changed")
    return _group_changed(call, found, key)


def _group_changed(call: Call[GroupBody], found: _All, key: str, status: int = 200) -> Answer:
    said = call.body.component_group
    fields: dict[str, Any] = {"seen": "new"} if status == 201 else {}
    if said.name is not None:
        fields["name"] = saying.in_every_language(said.name, call.house.service)
    if said.position is not None:
        fields["position"] = said.position
    for owner in (call.body, said):
        if "description" in owner.model_fields_set:
            fields["description"] = _description(call, owner.description)
    members = said.components and saying.keys_of(found.components, said.components, "components")
    call.act(
        lambda by, desk: actions.change_group(
            desk, by.bearer.login, by.now, key, fields, members, by.seen
        )
    )
    after = _all(call)
    return after.group_answer(*after.group(key), status)


def refuse_to_delete(call: Call[Any]) -> Answer:
    """A group goes by itself when it is empty, with no page of its own to lose."""
    _all(call).group(call.args["id"])
    raise NotPossible("a group is not deleted; move its components to another one")


def _default_name(call: Call[Any], said: Any) -> str:
    names = saying.in_every_language(said, call.house.service)
    return names.get(call.house.service.default_locale, "")


def free_key(name: str, taken: Collection[str], otherwise: str) -> str:
    """A key after a name that nobody has: "Più carte" is "piu-carte", then "piu-carte-2"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_KEY].strip("-")
    if not re.search("[a-z]", key):
        key = f"{otherwise}-{key}".strip("-")
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    return free
