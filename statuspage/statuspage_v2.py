"""Atlassian Statuspage's public API v2, read: documents as JSON gives them, made into a page.

What cannot be used is left, each with its place and the reason, and the rest is kept. Pure.
Shapes: https://metastatuspage.com/api and captured replies from 2019 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from incidents.errors import InvalidInput
from incidents.imported import (
    ImportedChange,
    ImportedComponent,
    ImportedEntry,
    ImportedIncident,
    ImportedMaintenance,
    ImportedPage,
    Left,
    UpdateOfIncident,
    UpdateOfMaintenance,
)
from incidents.inputs import BODY_LENGTH
from statuspage._statuspage_html import markdown_of

_LISTS = ("components", "incidents", "scheduled_maintenances")
_INNER: Mapping[tuple[type[BaseModel], str], type[BaseModel]] = {
    (ImportedIncident, "incident_updates"): UpdateOfIncident,
    (ImportedMaintenance, "incident_updates"): UpdateOfMaintenance,
    (ImportedIncident, "components"): ImportedComponent,
    (ImportedMaintenance, "components"): ImportedComponent,
    (UpdateOfIncident, "affected_components"): ImportedChange,
    (UpdateOfMaintenance, "affected_components"): ImportedChange,
}
M = TypeVar("M", bound=BaseModel)
Place = tuple[int | str, ...]

LONGEST_LIST = 50
"""Entries that the public API lists at the most."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page, what of it could not be used, and what its settings here should say."""

    page: ImportedPage
    left: tuple[Left, ...]
    name: str = ""
    time_zone: str = ""
    tweets: int = 0
    """How many updates name a post of theirs on X, the link to which does not come."""
    full: tuple[str, ...] = ()
    """The lists that are as long as the API makes them: older entries may be missing."""


def read(documents: Iterable[tuple[str, Any]], now: datetime) -> Found:
    """What documents of the API, each with its name, hold together; of what is in several, the
    latest counts.

    Raises `InvalidInput` for a document that is none of the API's.
    """
    reading = _Reading(now)
    for name, document in documents:
        reading.document(name, document)
    return reading.found()


@dataclass
class _Reading:
    now: datetime
    left: list[Left] = field(default_factory=list)
    listed: dict[str, ImportedComponent] = field(default_factory=dict)
    """What is on the page."""
    named: dict[str, ImportedComponent] = field(default_factory=dict)
    """What entries say of components."""
    entries: dict[tuple[type[ImportedEntry], str], ImportedEntry] = field(default_factory=dict)
    lists: bool = False
    """Whether any document lists the page's components."""
    page: Mapping[str, Any] = field(default_factory=dict)
    tweets: set[str] = field(default_factory=set)
    full: dict[str, None] = field(default_factory=dict)

    def document(self, named: str, document: Any) -> None:
        parts = _parts(named, document)
        if isinstance(document, dict) and isinstance(document.get("page"), dict):
            self.page = document["page"]
        for name, items in parts.items():
            if not isinstance(items, list | None):
                self.left.append(Left(name, "", "should be a list"))
                continue
            if len(items or ()) == LONGEST_LIST and name != "components":
                self.full[name] = None
            seen: set[object] = set()
            for index, item in enumerate(items or ()):
                self._item(name, index, item, seen)
        self.lists = self.lists or "components" in parts

    def _item(self, name: str, index: int, item: Any, seen: set[object]) -> None:
        if not isinstance(item, dict):
            self.left.append(Left(f"{name}[{index}]", "", "should be an object"))
            return
        model = _model_of(name, item)
        what = _called(model, item, f"{name}[{index}]")
        key = item.get("id")
        if isinstance(key, str) and key in seen:
            self.left.append(Left(what, "id", "comes twice in one list; the first one is taken"))
            return
        seen.add(key if isinstance(key, str) else None)
        found = self._checked(model, item, what)
        if isinstance(found, ImportedComponent):
            self._keep(self.listed, found)
        elif isinstance(found, ImportedEntry):
            self._entry(found, item, what)

    def _entry(self, entry: ImportedEntry, raw: Mapping[str, Any], what: str) -> None:
        if not entry.incident_updates:
            self.left.append(Left(what, "incident_updates", "has none that can be used"))
            return
        known = self.entries.get((type(entry), entry.id))
        if known is None or _age(entry) >= _age(known):
            self.entries[type(entry), entry.id] = entry
        for component in entry.components:
            self._keep(self.named, component)
        for update in entry.incident_updates:
            for change in update.affected_components:
                part = ImportedComponent(id=change.code, name=change.name)
                self.named.setdefault(part.id, part)
        known_updates = {update.id for update in entry.incident_updates}
        self.tweets.update(
            update["id"]
            for update in raw["incident_updates"]
            if isinstance(update, dict)
            and update.get("tweet_id")
            and isinstance(update.get("id"), str)
            and update["id"] in known_updates
        )

    def _keep(self, known: dict[str, ImportedComponent], part: ImportedComponent) -> None:
        old = known.get(part.id)
        if old is None or (
            part.updated_at and (old.updated_at or part.updated_at) <= part.updated_at
        ):
            known[part.id] = part

    def _checked(self, model: type[M], raw: dict[str, Any], what: str) -> M | None:
        """The model; what of it can be missed is dropped where it is wrong."""
        raw = _with_markdown(raw)
        while True:
            try:
                return model.model_validate(raw, context={"now": self.now})
            except ValidationError as problem:
                errors = problem.errors(include_url=False, include_input=False)
            dropped = set()
            for error in errors:
                self.left.append(Left(what, _written(error["loc"]), _reason(error)))
                dropped.add(_droppable(model, error["loc"]))
            if () in dropped:
                return None
            for place in sorted(dropped, key=lambda place: tuple(map(_rank, place)), reverse=True):
                _drop(raw, place)

    def found(self) -> Found:
        listed = self.listed if self.lists else self._from_entries()
        former = [part for key, part in self.named.items() if key not in listed]
        groups = {part.id for part in listed.values() if part.group}
        components = tuple(self._in_a_group(part, groups) for part in listed.values())
        zone, name = self.page.get("time_zone"), self.page.get("name")
        return Found(
            page=ImportedPage(components, tuple(former), tuple(self.entries.values())),
            left=tuple(self.left),
            name=name if isinstance(name, str) else "",
            time_zone=zone if isinstance(zone, str) else "",
            tweets=len(self.tweets),
            full=tuple(self.full),
        )

    def _from_entries(self) -> dict[str, ImportedComponent]:
        """Without a list, those that entries still show are on the page."""
        shown = {part.id for entry in self.entries.values() for part in entry.components}
        return {key: part for key, part in self.named.items() if key in shown}

    def _in_a_group(self, part: ImportedComponent, groups: set[str]) -> ImportedComponent:
        if part.group or part.group_id is None or part.group_id in groups:
            return part
        if self.lists:
            why = "names no group of the page; it comes without one"
            self.left.append(Left(f"component {part.id}", "group_id", why))
        return part.model_copy(update={"group_id": None})


def _parts(named: str, document: Any) -> Mapping[str, Any]:
    """The lists of a document, also of the manage API's bare ones and of a single incident."""
    if isinstance(document, list):
        return {"incidents": document}
    if isinstance(document, dict) and "incident_updates" in document:
        return {"incidents": [document]}
    if isinstance(document, dict) and any(name in document for name in _LISTS):
        return {name: document[name] for name in _LISTS if name in document}
    raise InvalidInput(f"{named}: has neither {', '.join(_LISTS[:-1])} nor {_LISTS[-1]}")


def _model_of(name: str, item: Mapping[str, Any]) -> type[BaseModel]:
    if name == "components":
        return ImportedComponent
    if name == "scheduled_maintenances" or item.get("scheduled_for") is not None:
        return ImportedMaintenance
    return ImportedIncident


def _called(model: type[BaseModel], item: Mapping[str, Any], place: str) -> str:
    key = item.get("id")
    if not isinstance(key, str) or not key or len(key) > 100:
        return place
    if model is ImportedComponent:
        return f"component group {key}" if item.get("group") is True else f"component {key}"
    return f"maintenance {key}" if model is ImportedMaintenance else f"incident {key}"


def _age(entry: ImportedEntry) -> tuple[datetime, int]:
    return entry.told()[-1].at, len(entry.incident_updates)


def _with_markdown(raw: dict[str, Any]) -> dict[str, Any]:
    updates = raw.get("incident_updates")
    if not isinstance(updates, list):
        return dict(raw)
    return {**raw, "incident_updates": [_body_as_markdown(update) for update in updates]}


def _body_as_markdown(update: Any) -> Any:
    if not isinstance(update, dict):
        return update
    told = dict(update)
    body, changes = told.get("body"), told.get("affected_components")
    if isinstance(body, str) and len(body) <= BODY_LENGTH:  # a longer one is refused anyway
        told["body"] = markdown_of(body)
    if isinstance(changes, list):
        told["affected_components"] = list(changes)
    return told


def _droppable(model: type[BaseModel], place: Place) -> Place:
    """The innermost part around a fault that can be missed; () where it is the whole."""
    chosen: Place = ()
    for depth, part in enumerate(place):
        if isinstance(part, int):
            chosen = place[: depth + 1]
            continue
        info = model.model_fields.get(part)
        if info is None:
            break
        if not info.is_required():
            chosen = place[: depth + 1]
        model = _INNER.get((model, part), model)
    return chosen


def _drop(raw: Any, place: Place) -> None:
    for part in place[:-1]:
        raw = raw[part]
    del raw[place[-1]]


def _rank(part: int | str) -> tuple[int, str]:
    return (part, "") if isinstance(part, int) else (0, part)


def _written(place: Sequence[int | str]) -> str:
    """As in "incident_updates[2].display_at"."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _reason(error: Any) -> str:
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "timezone_aware":
        return "has no time zone"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message.replace("Input should", "should").replace("String should", "should")
