"""From what a client said to what an action takes: texts in every language, defaults, ids to keys.

Statuspage has one text where Avviso has one per language, and asks for less: what is missing gets
the default that says nothing untrue, or is refused by its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidents.errors import InvalidInput
from incidents.inputs import ADVICE, TextInput
from incidents.status import BAD, ComponentStatus, IncidentKind, Status
from incidents.view import PublicComponent, PublicIncident, Service
from statuspage.api._inputs import CorrectionSaid, IncidentSaid

LONGEST_SHORT = 250
"""Characters of a text that is its own short form too."""
FIRST_WORDS: Mapping[IncidentKind, str] = {
    IncidentKind.INCIDENT: "acknowledgement/component-down",
    IncidentKind.MAINTENANCE: "advance-notice/maintenance",
    IncidentKind.ADVANCE_NOTICE: "advance-notice/expected-load",
}
"""The notice template for a first message without any words."""
LATER_WORDS: Mapping[Status, str] = {
    Status.INVESTIGATING: "update/no-estimate-yet",
    Status.IDENTIFIED: "update/no-estimate-yet",
    Status.MONITORING: "update/recovered-in-part",
    Status.RESOLVED: "resolution/recovered",
    Status.IN_PROGRESS: "update/maintenance-started",
    Status.COMPLETED: "resolution/maintenance-completed",
}
"""The same for a later message, by the status that it takes an entry to."""


def in_every_language(said: str | Mapping[str, str], service: Service) -> dict[str, str]:
    """A text for every language alike, or those that were given."""
    return dict.fromkeys(service.locales, said) if isinstance(said, str) else dict(said)


def texts_of(body: str, names: Mapping[str, str], service: Service) -> dict[str, dict[str, str]]:
    """One text under each language's name of the entry; a short one is its own short form."""
    line = " ".join(body.split())
    short = {"short": line} if line and len(line) <= LONGEST_SHORT else {}
    fallback = names.get(service.default_locale) or next(iter(names.values()), "")
    return {
        locale: {"headline": names.get(locale, fallback), "body": body, **short}
        for locale in service.locales
    }


def words_in(
    said: IncidentSaid, names: Mapping[str, str], service: Service, template: str | None
) -> dict[str, Any]:
    """The words of a message: a template, own texts, the one body, or the default template.

    Raises `InvalidInput` where there are none.
    """
    if said.template is not None or said.texts is not None:
        if said.body:
            raise InvalidInput("body: comes alone, without template and texts")
        given = {"template": said.template, "texts": _dumped(said.texts), "fields": said.fields}
        return {name: value for name, value in given.items() if value}
    if said.body:
        if said.fields:
            raise InvalidInput("fields: belong to a template; a body has none")
        return {"texts": texts_of(said.body, names, service)}
    if template is None:
        raise InvalidInput("body: is missing; say what is new")
    return {"template": template, "fields": said.fields}


def _dumped(texts: Mapping[str, TextInput] | None) -> dict[str, Any] | None:
    if texts is None:
        return None
    return {locale: text.model_dump(exclude_none=True) for locale, text in texts.items()}


def keys_of(components: Iterable[PublicComponent], said: Iterable[str], field: str) -> list[str]:
    """The keys of components that were named by id or key. Raises `InvalidInput`."""
    known = {name: part.key for part in components for name in (part.id, part.key)}
    unknown = [name for name in said if name not in known]
    if unknown:
        raise InvalidInput(*(f"{field}.{name}: there is no such component" for name in unknown))
    return [known[name] for name in said]


def statuses_in(
    said: IncidentSaid, components: Sequence[PublicComponent]
) -> dict[str, ComponentStatus]:
    """What is said of components, by their keys; those only named keep the status they have."""
    now = {part.key: part.status for part in components}
    named = keys_of(components, said.component_ids, "component_ids")
    given = keys_of(components, said.components, "components")
    statuses = dict(zip(given, said.components.values(), strict=True))
    return {key: statuses.get(key) or now[key] for key in (*named, *given)}


def extras_in(said: IncidentSaid, service: Service) -> dict[str, Any]:
    """Our optional fields that every message may carry."""
    found: dict[str, Any] = {"internal_note": said.internal_note}
    if said.next_update_by is not None:
        found["next_update_by"] = said.next_update_by
    if said.figures:
        found["figures"] = [figure.model_dump() for figure in said.figures]
    if said.answers:
        found["answers"] = [answer.model_dump() for answer in said.answers]
    return found | {name: words for name, words in advice_in(said, service).items() if words}


def advice_in(
    said: IncidentSaid | CorrectionSaid, service: Service
) -> dict[str, dict[str, str] | None]:
    """What is said beside the text, where it is named; None for what is not said any more."""
    return {
        name: None if words is None else in_every_language(words, service)
        for name, words in ((name, getattr(said, name)) for name in ADVICE)
        if name in said.model_fields_set
    }


def recovered(entry: PublicIncident) -> dict[str, ComponentStatus]:
    """For *resolved* without a word about components: those that this entry holds are well."""
    bad = {part.component_id for part in entry.affected if part.status in BAD}
    return {part.key: ComponentStatus.OPERATIONAL for part in entry.components if part.id in bad}


def nobody_is_bad(entry: PublicIncident, said: Mapping[str, ComponentStatus]) -> bool:
    """Whether no component of an entry is bad once this is said."""
    after = {part.component_id: part.status for part in entry.affected}
    keys = {part.id: part.key for part in entry.components}
    by_key = {keys[part]: status for part, status in after.items() if part in keys}
    return not any(status in BAD for status in {**by_key, **said}.values())
