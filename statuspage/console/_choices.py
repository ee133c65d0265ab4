"""What there is to choose from in the forms that publish, named in the operator's language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import cast

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents import queries
from incidents.actions import Desk
from incidents.models import ComponentGroup, Incident
from incidents.operators_texts import texts_at
from incidents.status import BAD, ComponentStatus, Impact, Status
from incidents.texts import AnswerTemplate, Field, NoticeTemplate
from incidents.view import choose
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.console._render import words, words_for

Options = list[tuple[str, str]]

TEMPLATE_KINDS: Mapping[str, str] = {
    "acknowledgement": N_("First notice"),
    "apology": N_("Apology"),
    "advance-notice": N_("Advance notice"),
    "update": N_("Update"),
    "resolution": N_("Resolution"),
    "postmortem": N_("What happened"),
}
FAULTS = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
)


@dataclass(frozen=True, slots=True)
class Choosable:
    """A component as a row to choose."""

    key: str
    name: str
    names: str
    """In all languages, for the search."""
    status: ComponentStatus


@dataclass(frozen=True, slots=True)
class Blank:
    """A field of a text, labelled in the operator's language."""

    name: str
    type: str
    required: bool
    label: str
    help: str
    hints: Mapping[str, str]
    """By language: its default, or an example."""


def desk() -> Desk:
    """What actions need at hand, with the operators' own texts as they are now."""
    if "avviso_desk" not in g:
        place = house()
        with place.db.read() as session:
            g.avviso_desk = replace(place.desk, texts=texts_at(place.texts, session))
    return cast("Desk", g.avviso_desk)


def said(texts: Mapping[str, str]) -> str:
    """A text in the operator's language, else in the best there is."""
    default = house().service.default_locale
    locale = choose(texts, words().locale, default)
    return texts[locale] if locale else ""


def components(session: Session) -> list[tuple[str, list[Choosable]]]:
    """All components that the public sees, by group in the page's order; "" for no group."""
    groups = {group.id: group for group in session.scalars(select(ComponentGroup))}
    rows = [row for row in queries.components(session) if not row.hidden]

    def place(group_id: str | None) -> tuple[int, str]:
        return (groups[group_id].position, group_id) if group_id else (-1, "")

    rows.sort(key=lambda row: (*place(row.group_id), row.position, row.key))
    return [
        (
            said(groups[group_id].name) if group_id else "",
            [
                Choosable(row.key, said(row.name), " ".join(row.name.values()), row.status)
                for row in some
            ],
        )
        for group_id, some in groupby(rows, key=lambda row: row.group_id)
    ]


def component_statuses(*, planned: bool = False) -> Options:
    """What a component may be said to be, worst first."""
    say = words().gettext
    wanted = (ComponentStatus.UNDER_MAINTENANCE, *FAULTS) if planned else FAULTS
    chosen = (*wanted, ComponentStatus.OPERATIONAL)
    return [(status, say(phrases.COMPONENT_STATUS[status])) for status in chosen]


def faults() -> Options:
    """How bad it can be."""
    say = words().gettext
    return [(status, say(phrases.COMPONENT_STATUS[status])) for status in FAULTS]


def statuses(chosen: Sequence[Status]) -> Options:
    """Statuses of an entry with their words."""
    say = words().gettext
    return [(status, say(phrases.STATUS[status])) for status in chosen]


def impacts() -> Options:
    """Impacts of an incident; "" leaves it to the components."""
    say = words().gettext
    shown = (Impact.NONE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL)
    return [
        ("", say("As the components say")),
        *((impact, say(phrases.IMPACT[impact])) for impact in shown),
    ]


def _spoken() -> str:
    """The operator's language where the texts have it, else the page's."""
    place = house()
    mine = words().locale
    return mine if mine in place.service.locales else place.service.default_locale


def templates(kinds: Collection[str]) -> list[tuple[str, Options]]:
    """Notice templates of some kinds, grouped: key and title."""
    texts, locale = desk().texts, _spoken()
    say = words().gettext
    found = [texts.notice(key, locale) for key in texts.notice_keys()]
    return [
        (say(TEMPLATE_KINDS[kind]), [(item.key, item.title) for item in found if item.kind == kind])
        for kind in kinds
        if any(item.kind == kind for item in found)
    ]


def blanks(key: str) -> list[Blank]:
    """The fields of a notice template; none where there is no such template."""
    texts = desk().texts
    return _blanks(key, texts.notice) if key in texts.notice_keys() else []


def answer_blanks(key: str) -> list[Blank]:
    """The fields of an answer; none where there is no such answer."""
    texts = desk().texts
    return _blanks(key, texts.answer) if key in texts.answer_keys() else []


def _blanks(key: str, find: Callable[[str, str], NoticeTemplate | AnswerTemplate]) -> list[Blank]:
    by_language = {locale: find(key, locale) for locale in house().service.locales}
    return [
        Blank(
            name=field.name,
            type=field.type,
            required=field.required,
            label=field.label,
            help=field.help,
            hints={
                locale: _hint(next(own for own in item.fields if own.name == field.name), locale)
                for locale, item in by_language.items()
            },
        )
        for field in by_language[_spoken()].fields
    ]


def _hint(field: Field, locale: str) -> str:
    """What stands there if nothing is typed, else an example, in the language of the field."""
    if field.default not in (None, "", ()):
        return str(field.default)
    if field.example in (None, "", ()):
        return ""
    say = words_for(locale, house().service.time_zone).gettext
    return say("for example: {example}").format(example=field.example)


def answers(*, with_blanks: bool = False) -> Options:
    """Answers by key and question: those that have no field to fill, or all."""
    texts, locale = desk().texts, _spoken()
    found = [texts.answer(key, locale) for key in texts.answer_keys()]
    return [
        (item.key, item.question)
        for item in found
        if with_blanks or not any(field.required for field in item.fields)
    ]


def local(moment: datetime | None) -> str:
    """An instant as a browser's field takes it: the service's local time, to the minute."""
    zone = house().service.time_zone
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""


def affected(entry: Incident, session: Session) -> dict[str, ComponentStatus]:
    """The components that an entry names, by key, with what they are now."""
    mine = {row.component_id for row in entry.affected}
    return {row.key: row.status for row in queries.components(session) if row.id in mine}


def still_bad(entry: Incident, session: Session) -> list[str]:
    """The keys of those that forbid saying that it is over."""
    return [key for key, status in affected(entry, session).items() if status in BAD]
