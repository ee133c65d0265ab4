"""Answering one person: how old a post is, whether it speaks to us, and which answer fits.

Nothing is fetched and nothing is sent: an operator pastes, copies and posts. A citizen's text is
looked at and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from incidents import actions
from incidents.answered import AnsweredPost, answers_to, fields_in_use, latest_answers
from incidents.answering import (
    OLD_AFTER,
    Address,
    Addressed,
    Candidate,
    address_of,
    addressed,
    guess_language,
    rank,
)
from incidents.errors import ActionError
from incidents.models import Operator
from incidents.rules import parse_local
from incidents.status import Role
from incidents.texts import RenderedAnswer, TextError, TextLibrary
from publishers.channels._graphemes import grapheme_length
from publishers.channels._x_text import weighted_length
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in
from statuspage.console._forms import Problems
from statuspage.console._render import render, words
from statuspage.settings import Settings

NETWORKS: Mapping[str, tuple[str, int, Callable[[str], int]]] = {
    "x": ("X", 280, weighted_length),
    "mastodon": ("Mastodon", 500, grapheme_length),
    "bluesky": ("Bluesky", 300, grapheme_length),
    "facebook": ("Facebook", 8000, len),
}
"""Each network's name, how long a post may be there, and how it counts."""
_STRICTEST = ("", 280, weighted_length)
_BEST = 3
_LONGEST_POST = 5000
SAID: Mapping[Addressed, tuple[str, str]] = {
    Addressed.TO_US: ("working", N_("It speaks to us.")),
    Addressed.NAMES_US: (
        "slow",
        N_("It only names us and speaks to others: an answer may butt in. Look at the thread."),
    ),
    Addressed.TO_OTHERS: ("down", N_("It speaks to others and does not name us.")),
    Addressed.NOBODY: (
        "slow",
        N_("It does not name us. If it answers one of our posts, say so above."),
    ),
}
"""What is said of whom a post speaks to, and in which tone."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was sent."""

    address: str = ""
    text: str = ""
    written_at: str = ""
    locale: str = ""
    replies_to_us: bool = False


@dataclass(frozen=True, slots=True)
class Fitting:
    """An answer that fits, as it can be posted; `length` as its network counts."""

    key: str
    question: str
    short: str
    length: int
    on_the_page: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """Somebody answered already."""

    at: datetime
    who: str
    answer: str
    address: str
    network: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What could be found out about a post."""

    network: str
    limit: int
    address: str
    written_at: datetime | None
    age: str
    """In words; "" where it is not known."""
    old: bool
    tone: str
    locale: str
    to_whom: tuple[str, str] | None
    """Tone and words; None where no text was pasted."""
    noted: Sequence[Noted] = ()
    best: Sequence[Fitting] = ()
    others: Sequence[Fitting] = field(default_factory=tuple)


def routes(pages: Blueprint, settings: Settings) -> None:
    """`/console/answering`: the form, what it finds, and that somebody answered."""
    accounts = _accounts(settings)

    @pages.get("/answering")
    @needs(Role.AUTHOR)
    def answering() -> Response:
        kept = kept_form(request.path)
        return _page(_typed(kept) if kept is not None else Typed())

    @pages.post("/answering")
    @needs(Role.AUTHOR)
    def look() -> Response:
        return _looked(_typed(request.form), accounts)

    @pages.post("/answering/done")
    @needs(Role.AUTHOR)
    def answered() -> BaseResponse:
        return _note()


def _accounts(settings: Settings) -> tuple[str, ...]:
    """Our own names on the networks: those of the settings, and those that channels have."""
    handles = [getattr(options, "handle", "") for options in settings.channels]
    return (*settings.answering.accounts, *(handle for handle in handles if handle))


def _typed(form: MultiDict[str, str]) -> Typed:
    return Typed(
        form.get("address", "").strip(),
        form.get("text", "").replace("\r\n", "\n").strip(),
        form.get("written_at", "").strip(),
        form.get("locale", ""),
        form.get("replies_to_us") == "yes",
    )


def _looked(typed: Typed, accounts: Sequence[str]) -> Response:
    problems: Problems = {}
    say = words().gettext
    address = address_of(typed.address) if typed.address else None
    if not typed.address and not typed.text:
        problems["address"] = [say("Paste the address of the post, or its text.")]
    elif typed.address and address is None:
        problems["address"] = [
            say("This is no address of a post on X, Mastodon, Bluesky or Facebook.")
        ]
    if len(typed.text) > _LONGEST_POST:
        problems["text"] = [say("It is longer than a post can be.")]
    written = _written(typed, address, problems)
    if problems:
        return _page(typed, problems, status=422)
    return _page(typed, looked=_found_out(typed, address, written, accounts))


def _written(typed: Typed, address: Address | None, problems: Problems) -> datetime | None:
    """When the post was written: its id knows best, then the operator."""
    if address is not None and address.written_at is not None:
        return address.written_at
    if not typed.written_at:
        return None
    try:
        return parse_local(typed.written_at, house().service.time_zone)
    except ValueError:
        problems["written_at"] = [words().gettext("Write it as in 2020-12-08T18:30.")]
        return None


def _found_out(
    typed: Typed, address: Address | None, written: datetime | None, accounts: Sequence[str]
) -> Looked:
    place = house()
    with place.db.read() as session:
        noted = [
            _noted(session.get_one(Operator, row.operator_id).name, row)
            for row in answers_to(session, address.address if address else "")
        ]
        in_use = fields_in_use(session)
    locales = place.service.locales
    guessed = guess_language(typed.text, _default_first(locales)) if typed.text else locales[0]
    locale = typed.locale if typed.locale in locales else guessed
    network = address.network if address else ""
    fitting = _fitting(typed.text, locale, network, in_use)
    tone, age = _age(written, place.clock.now())
    to_whom = None
    if typed.text:
        to_whom = SAID[addressed(typed.text, accounts, replies_to_us=typed.replies_to_us)]
    name, limit, _ = NETWORKS.get(network, _STRICTEST)
    return Looked(
        network=name,
        limit=limit,
        address=address.address if address else "",
        written_at=written,
        age=age,
        old=written is not None and place.clock.now() - written > OLD_AFTER,
        tone=tone,
        locale=locale,
        to_whom=to_whom,
        noted=noted,
        best=fitting[:_BEST] if typed.text else (),
        others=fitting[_BEST:] if typed.text else fitting,
    )


def _default_first(locales: Sequence[str]) -> list[str]:
    default = house().service.default_locale
    return [default, *(locale for locale in locales if locale != default)]


def _age(written: datetime | None, now: datetime) -> tuple[str, str]:
    """The tone, and the age in words; a post is old from 24 hours on."""
    if written is None:
        return "slow", ""
    passed = now - written
    if passed < -timedelta(minutes=5):
        return "down", words().gettext("its date is in the future: look at it again")
    minutes = max(0, int(passed.total_seconds()) // 60)
    tone = "down" if passed > OLD_AFTER else "working"
    return tone, _in_words(minutes)


def _in_words(minutes: int) -> str:
    """As in "3 days ago", in the largest unit of which there are two, or one of the smallest."""
    count = words().ngettext
    days, hours = minutes // (24 * 60), minutes // 60
    if days >= 2:
        return count("{count} day ago", "{count} days ago", days).format(count=days)
    if hours >= 2:
        return count("{count} hour ago", "{count} hours ago", hours).format(count=hours)
    return count("{count} minute ago", "{count} minutes ago", minutes).format(count=minutes)


def _fitting(
    text: str, locale: str, network: str, in_use: Mapping[str, Mapping[str, object]]
) -> list[Fitting]:
    """The answers in the language of the post, the best first; then those without a word of it."""
    texts = house().texts
    measure = NETWORKS.get(network, _STRICTEST)[2]
    rendered: dict[str, RenderedAnswer] = {}
    for key in texts.answer_keys():
        if (found := _rendered(texts, key, locale, in_use.get(key, {}))) is not None:
            rendered[key] = found
    candidates = [
        Candidate(key, each.question, each.short, each.answer) for key, each in rendered.items()
    ]
    ranked = [each.key for each in rank(text, candidates, locale)]
    return [
        Fitting(
            key,
            rendered[key].question,
            rendered[key].short,
            measure(rendered[key].short),
            key in in_use,
        )
        for key in [*ranked, *(key for key in rendered if key not in ranked)]
    ]


def _rendered(
    texts: TextLibrary, key: str, locale: str, fields: Mapping[str, object]
) -> RenderedAnswer | None:
    """An answer as the page says it, else with its defaults; None where a field has none."""
    place = house()
    service = place.service.name.get(locale) or place.service.name[place.service.default_locale]
    today = place.clock.now().astimezone(place.service.time_zone).date()
    try:
        return texts.render_answer(key, locale, service, today, fields)
    except TextError:
        return None


def _noted(who: str, row: AnsweredPost) -> Noted:
    return Noted(row.at, who, row.answer, row.address, row.network)


def _note() -> BaseResponse:
    """Record that the operator answered. The address is read again: it is kept in one form."""
    address = address_of(request.form.get("address", ""))
    data = {
        "answer": request.form.get("answer", ""),
        "address": address.address if address else "",
        "network": address.network if address else "",
    }
    place = house()
    try:
        actions.record_answered(place.desk, signed_in().login, place.clock.now(), data)
    except ActionError as problem:
        return _page(_typed(request.form), {"": list(problem.problems)}, status=422)
    return redirect("/console/answering?said=done", 303)


def _page(
    typed: Typed,
    problems: Problems | None = None,
    looked: Looked | None = None,
    status: int = 200,
) -> Response:
    place = house()
    with place.db.read() as session:
        latest = [
            _noted(session.get_one(Operator, row.operator_id).name, row)
            for row in latest_answers(session)
        ]
    return render(
        "answering.html",
        status,
        typed=typed,
        problems=problems or {},
        looked=looked,
        latest=latest,
        keep_days=place.settings.answering.keep_days,
        said=request.args.get("said") == "done",
        names={key: name for key, (name, _, _) in NETWORKS.items()},
        languages={locale: place.shipped.words[locale].endonym for locale in place.service.locales},
    )
