"""The audit trail: who did what and when, with what was before and after; filtered, exported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from incidents import queries
from incidents.errors import NotFound
from incidents.queries import TrailEvent, TrailFilter, TrailPage
from incidents.rules import resolve_local
from incidents.status import Role
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from statuspage._at_hand import house
from statuspage.auth import needs
from statuspage.console._render import render, words
from statuspage.console._set_up_people import ROLES
from statuspage.settings import Settings
from statuspage.trail_files import csv_lines, json_lines
from statuspage.trail_words import LABELS, Fact, event_phrase, facts_of

NOBODY = "-"
"""What the filter says for what nobody did: a login has a letter or a digit."""
_FILTERS = ("person", "kind", "entry", "since", "until")
_LONGEST = 200

_WRITTEN = frozenset(
    LABELS[name]
    for name in (
        "description",
        "fields",
        "internal_note",
        "name",
        "not_to_do",
        "reason",
        "still_cannot",
        "text",
        "texts",
        "title",
        "to_do",
        "why",
    )
)
"""What people wrote: nothing in it is a word of ours."""
_PHRASES = {
    str(value): said
    for known in (
        phrases.STATUS,
        phrases.COMPONENT_STATUS,
        phrases.IMPACT,
        phrases.KIND,
        ROLES,
    )
    for value, said in known.items()
}

Write = Callable[[Iterable[TrailEvent]], Iterator[str]]


class _Wrong(Exception):
    """A filter that cannot be understood: its field, and what is wrong."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field
        self.says = says


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The trail's page and its two exports."""

    @pages.get("/trail")
    @needs(Role.VIEWER)
    def trail() -> Response:
        return _page()

    @pages.get("/trail.csv")
    @needs(Role.VIEWER)
    def trail_csv() -> Response:
        zone, locale = house().service.time_zone, words().locale
        return _export(lambda events: csv_lines(events, zone, locale), "csv", "text/csv")

    @pages.get("/trail.json")
    @needs(Role.VIEWER)
    def trail_json() -> Response:
        zone = house().service.time_zone
        return _export(lambda events: json_lines(events, zone), "json", "application/json")


def _page() -> Response:
    try:
        asked, before = _asked(), _number("before")
        with house().db.read() as session:
            found = queries.trail(session, asked, before)
    except (_Wrong, NotFound) as problem:
        return _shown(TrailPage((), None), _problems(problem), 422)
    return _shown(found, {})


def _shown(found: TrailPage, problems: Mapping[str, list[str]], status: int = 200) -> Response:
    with house().db.read() as session:
        people = [(row.login, row.name) for row in queries.operators(session)]
        kinds = queries.event_kinds(session)
    say = words().gettext
    told = [(kind, say(event_phrase(kind))) for kind in kinds]
    given = {name: request.args.get(name, "") for name in _FILTERS}
    chosen = {name: value for name, value in given.items() if value}
    return render(
        "trail.html",
        status,
        found=found,
        given=given,
        query=urlencode(chosen),
        older=urlencode({**chosen, "before": found.older or ""}),
        paged="before" in request.args,
        problems=problems,
        people=[("", say("Everybody")), *people, (NOBODY, say("Nobody: by itself"))],
        kinds=[("", say("Everything")), *sorted(told, key=lambda each: each[1])],
        event_phrase=event_phrase,
        facts_of=facts_of,
        in_words=_in_words,
        page=Page(house().service, words().locale, ""),
    )


def _in_words(fact: Fact, value: str) -> str:
    """A status, a role or an instant as people say it; anything else as it was written."""
    if fact.label in _WRITTEN:
        return value
    if value in _PHRASES:
        return words().gettext(_PHRASES[value]).partition(":")[0]  # of a role its name alone
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return words().when(moment) if moment.tzinfo else value


def _problems(problem: _Wrong | NotFound) -> dict[str, list[str]]:
    if isinstance(problem, _Wrong):
        return {problem.field: [words().gettext(problem.says)]}
    return {"entry": [words().gettext(N_("There is no such entry."))]}


def _asked() -> TrailFilter:
    """What the address asks for. Raises `_Wrong`."""
    given = {name: request.args.get(name, "").strip() for name in _FILTERS}
    for name, value in given.items():
        if len(value) > _LONGEST or "\0" in value:
            raise _Wrong(name, N_("This is too long, or no text."))
    person = given["person"]
    return TrailFilter(
        person="" if person == NOBODY else person or None,
        kind=given["kind"] or None,
        entry=given["entry"] or None,
        since=_begins("since", given["since"]),
        until=_begins("until", given["until"], timedelta(days=1)),
    )


def _begins(name: str, day: str, later: timedelta = timedelta(0)) -> datetime | None:
    """The beginning of a local day, or of one so many days later. Raises `_Wrong`."""
    if not day:
        return None
    try:
        wanted = date.fromisoformat(day) + later
        moment = resolve_local(wanted, time(0), house().service.time_zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong(name, N_("This is no date; write it as in 2020-12-31.")) from None
    return moment


def _number(name: str) -> int | None:
    """An event's number from the address. Raises `_Wrong`."""
    given = request.args.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise _Wrong("", N_("This page of the trail does not exist."))
    return int(given)


def _export(write: Write, ending: str, kind: str) -> Response:
    """All that is asked for as a file, which is written while it is read."""
    db, now = house().db, house().clock.now()
    try:
        asked = _asked()
        with db.read() as session:
            queries.trail(session, asked, limit=1)  # says now what cannot be found
    except (_Wrong, NotFound) as problem:
        return _shown(TrailPage((), None), _problems(problem), 422)

    def lines() -> Iterator[str]:
        with db.read() as session:
            yield from write(queries.whole_trail(session, asked))

    answer = Response(lines(), content_type=f"{kind}; charset=utf-8")
    day = now.astimezone(house().service.time_zone).date()
    answer.headers["Content-Disposition"] = f'attachment; filename="trail-{day}.{ending}"'
    return answer
