"""Notice templates and answers: looked at, put into other words, compared with what is shipped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response as BaseResponse

from incidents import actions
from incidents.actions.wording import HEADLINE_LIMIT, SHORT_LIMIT
from incidents.errors import ActionError, InvalidInput
from incidents.models import Operator
from incidents.operators_texts import OperatorsText, own_texts, versions
from incidents.status import ROLE_RANK, Role
from incidents.texts import ANSWER, NOTICE, TextError, TextLibrary, TextName, name_problem
from incidents.texts.parts import (
    HEAD,
    TITLE,
    Composed,
    Parts,
    apart,
    at_part,
    sections_of,
    together,
)
from publishers.channels._x_text import weighted_length
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in
from statuspage.console._differences import Line, differences
from statuspage.console._forms import Problems, problems_by_field, publish
from statuspage.console._render import render, words
from statuspage.console._sentences import fault_in_words
from statuspage.console._texts_shown import (
    Listed,
    Shown,
    Version,
    how_it_is,
    names_of,
    shown_of,
    title_of,
)
from statuspage.publishing import Work
from statuspage.settings import Settings

SAID: Mapping[str, str] = {
    "saved": N_("Saved. It is used from now on; what was published stays as it is."),
    "late": N_("Saved. The page does not show it everywhere yet: the worker goes on trying."),
    "reverted": N_("The shipped text is used again."),
    "retired": N_("The text is gone from the lists; its versions stay."),
}
PARTS: Mapping[str, str] = {
    TITLE: N_("Title"),
    "question": N_("Question"),
    HEAD: N_("Fields, examples and rules"),
    "headline": N_("Headline"),
    "short": N_("Short text"),
    "body": N_("Body"),
    "answer": N_("Answer"),
    "from": N_("From when, one sentence per day"),
    "until": N_("Until when, one sentence per day"),
}
"""What the parts of a text are called."""
_SHOWN = re.compile(
    r"(?P<part>\w+\.head): (?P<says>(?:it stands on the page|#\d+ shows it): .+)", re.DOTALL
)
"""What an answer's new fields would break where it is shown."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: the parts of a text in every language."""

    name: TextName
    version: int
    parts: Mapping[str, Parts]
    problems: Problems = field(default_factory=dict)
    shown: Sequence[Shown] = ()


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/texts` and what is below it; `name` is as in "answer/lost-card"."""
    pages.add_url_rule("/texts", "texts", _list)
    pages.add_url_rule("/texts/show/<kind>/<path:key>", "text", _one)
    pages.add_url_rule("/texts/version/<int:number>/<kind>/<path:key>", "text_version", _version)
    pages.add_url_rule("/texts/edit/<kind>/<path:key>", "edit_text", _edit)
    pages.add_url_rule("/texts/edit/<kind>/<path:key>", "save_text", _save, methods=["POST"])
    pages.add_url_rule("/texts/new", "new_text", _new)
    pages.add_url_rule("/texts/new", "add_text", _add, methods=["POST"])
    pages.add_url_rule("/texts/revert/<kind>/<path:key>", "revert", _revert, methods=["POST"])
    pages.add_url_rule("/texts/retire/<kind>/<path:key>", "retire", _retire, methods=["POST"])


@needs(Role.VIEWER)
def _list() -> Response:
    place = house()
    texts = place.texts
    with place.db.read() as session:
        own = own_texts(session)
    locale = _first_locale(texts)
    rows = [
        Listed(name, title_of(texts, name, locale), how_it_is(texts, name, own))
        for name in names_of(texts)
    ]
    return render(
        "texts.html",
        notices=[row for row in rows if row.name.kind == NOTICE],
        answers=[row for row in rows if row.name.kind == ANSWER],
        problems=texts.problems,
        said=SAID.get(request.args.get("said", ""), ""),
        may=_may(),
    )


@needs(Role.VIEWER)
def _one(kind: str, key: str) -> Response:
    return _page(_known(kind, key))


@needs(Role.VIEWER)
def _version(number: int, kind: str, key: str) -> Response:
    """What one version changed against the one before it."""
    name = TextName(kind, key)
    if kind not in (NOTICE, ANSWER) or name_problem(name):
        raise PageNotFound
    with house().db.read() as session:
        found = {row.number: row for row in versions(session, name)}
        if number not in found:
            raise PageNotFound
        row = found[number]
        author = session.get_one(Operator, row.author_id).name
    before = found.get(number - 1)
    changed = {
        locale: differences(
            _source_in(before, locale) if before else row.made_from.get(locale, ""),
            _source_in(row, locale),
        )
        for locale in house().service.locales
    }
    return render(
        "text_version.html",
        which=name,
        number=number,
        at=row.at,
        author=author,
        changed=_changed(changed),
        may=_may(),
        known=house().texts.has(name),
    )


@needs(Role.APPROVER)
def _edit(kind: str, key: str) -> Response:
    name = _known(kind, key)
    form = kept_form(request.path)
    if form is not None:
        return _form(_typed(name, form))
    with house().db.read() as session:
        kept = versions(session, name)
    texts = house().texts
    wanted = request.args.get("version", type=int)
    source = next((row for row in kept if row.number == wanted), kept[0] if kept else None)
    parts = {locale: _parts_in(texts, name, source, locale) for locale in house().service.locales}
    return _form(Typed(name, kept[0].number if kept else 0, parts, shown=shown_of(texts, name)))


@needs(Role.APPROVER)
def _save(kind: str, key: str) -> BaseResponse:
    return _sent(_typed(_known(kind, key), request.form))


@needs(Role.APPROVER)
def _new() -> Response:
    form = kept_form(request.path)
    if form is not None:
        return _form(_typed(_asked(form), form), new=True)
    kind = NOTICE if request.args.get("kind") == NOTICE else ANSWER
    empty = {locale: Parts() for locale in house().service.locales}
    return _form(Typed(TextName(kind, ""), 0, empty), new=True)


@needs(Role.APPROVER)
def _add() -> BaseResponse:
    typed = _typed(_asked(request.form), request.form)
    if house().texts.has(typed.name):
        taken = words().gettext("There is such a text already; choose another key.")
        return _form(_with(typed, {"key": [taken]}), 422, new=True)
    return _sent(typed, new=True)


@needs(Role.APPROVER)
def _revert(kind: str, key: str) -> BaseResponse:
    name = _known(kind, key)
    who, now, version = signed_in().login, house().clock.now(), _looked_at()
    return _done(name, lambda desk: actions.revert_text(desk, who, now, name, version), "reverted")


@needs(Role.APPROVER)
def _retire(kind: str, key: str) -> BaseResponse:
    name = _known(kind, key)
    who, now, version = signed_in().login, house().clock.now(), _looked_at()
    return _done(name, lambda desk: actions.retire_text(desk, who, now, name, version), "retired")


def _done(name: TextName, work: Work, said: str) -> BaseResponse:
    try:
        done = publish(work)
    except ActionError as problem:
        return _page(name, problems_by_field(problem), 409)
    said = "late" if done.not_online else said
    if house().texts.has(name):
        return redirect(f"/console/texts/show/{name.kind}/{name.key}?said={said}", 303)
    return redirect(f"/console/texts?said={said}", 303)


def _sent(typed: Typed, *, new: bool = False) -> BaseResponse:
    """Show what was typed as it would be, or save it."""
    composed = {locale: together(typed.name, parts) for locale, parts in typed.parts.items()}
    sources = {locale: each.source for locale, each in composed.items()}
    if request.form.get("do") == "preview":
        found = house().texts.with_own({typed.name: sources})
        problems = _placed(InvalidInput(*found.problems), composed) if found.problems else {}
        shown = [] if problems else shown_of(found, typed.name)
        return _form(_with(typed, problems, shown), 422 if problems else 200, new=new)
    data = {"kind": typed.name.kind, "key": typed.name.key, "sources": sources}
    who, now = signed_in().login, house().clock.now()
    version = {"version": typed.version}
    try:
        done = publish(
            lambda desk: actions.reword(desk, who, now, {**data, **version}, weighted_length)
        )
    except ActionError as problem:
        status = 422 if isinstance(problem, InvalidInput) else 409
        return _form(_with(typed, _placed(problem, composed)), status, new=new)
    said = "late" if done.not_online else "saved"
    return redirect(f"/console/texts/show/{typed.name.kind}/{typed.name.key}?said={said}", 303)


def _placed(problem: ActionError, composed: Mapping[str, Composed]) -> Problems:
    """What is wrong, at the part of the text that it is in, with the line there."""
    at_line = words().gettext("line {line}: {says}")
    found: Problems = {}
    for sentence in problem.problems:
        part, line, says = at_part(sentence, composed)
        if not part and (shown := _SHOWN.fullmatch(sentence)):
            part, says = shown["part"], shown["says"]
        if not part:
            for name, told in problems_by_field(InvalidInput(sentence)).items():
                found.setdefault(name, []).extend(told)
            continue
        says = fault_in_words(words(), says)
        found.setdefault(part, []).append(at_line.format(line=line, says=says) if line else says)
    return found


def _with(typed: Typed, problems: Problems, shown: Sequence[Shown] = ()) -> Typed:
    return Typed(typed.name, typed.version, typed.parts, problems, shown)


def _typed(name: TextName, form: MultiDict[str, str]) -> Typed:
    parts = {
        locale: Parts(
            form.get(f"{locale}.{TITLE}", ""),
            form.get(f"{locale}.{HEAD}", ""),
            {part: form.get(f"{locale}.{part}", "") for part in sections_of(name.kind)},
        )
        for locale in house().service.locales
    }
    return Typed(name, form.get("version", 0, type=int), parts)


def _asked(form: MultiDict[str, str]) -> TextName:
    kind = NOTICE if form.get("kind") == NOTICE else ANSWER
    return TextName(kind, form.get("key", "").strip())


def _form(typed: Typed, status: int = 200, *, new: bool = False) -> Response:
    labels = {**PARTS, TITLE: PARTS[TITLE if typed.name.kind == NOTICE else "question"]}
    names = {locale: _endonym(locale) for locale in typed.parts}
    return render(
        "text_edit.html",
        status,
        typed=typed,
        new=new,
        labels=labels,
        sections=sections_of(typed.name.kind),
        names=names,
        summary=_summary(typed.problems, names, labels),
        limit=SHORT_LIMIT,
        headline_limit=HEADLINE_LIMIT,
    )


def _summary(
    problems: Problems, names: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, list[str]]:
    """The problems with the language and the part that each is in."""
    found: dict[str, list[str]] = {}
    for where, sentences in problems.items():
        locale, _, part = where.partition(".")
        place = ""
        if locale in names and part in labels:
            place = f"{names[locale]}, {words().gettext(labels[part])}: "
        found[where] = [place + sentence for sentence in sentences]
    return found


def _page(name: TextName, problems: Problems | None = None, status: int = 200) -> Response:
    """One text as it is in force, its versions, and what is different from the shipped one."""
    place = house()
    with place.db.read() as session:
        rows = versions(session, name)
        people = {row.author_id: session.get_one(Operator, row.author_id).name for row in rows}
        own = own_texts(session)
    texts = place.texts
    kept = rows[0] if rows else None
    ours = kept.sources if kept else {}
    locales = place.service.locales
    shipped = {locale: texts.source(name, locale) for locale in locales}
    told = [
        Version(row.number, row.at, people[row.author_id], _languages(row.sources, locales))
        for row in rows
    ]
    since = {
        locale: differences(kept.made_from[locale], shipped[locale])
        for locale in locales
        if kept and locale in ours and locale in kept.made_from
    }
    from_shipped = {
        locale: differences(shipped[locale], ours[locale])
        for locale in locales
        if locale in ours and shipped[locale]
    }
    return render(
        "text.html",
        status,
        which=name,
        how=how_it_is(texts, name, own),
        shown=shown_of(texts, name),
        versions=told,
        version=kept.number if kept else 0,
        from_shipped=_changed(from_shipped),
        since=_changed(since),
        names={locale: _endonym(locale) for locale in locales},
        problems=problems or {},
        said=SAID.get(request.args.get("said", ""), ""),
        may=_may(),
        limit=SHORT_LIMIT,
        headline_limit=HEADLINE_LIMIT,
    )


def _known(kind: str, key: str) -> TextName:
    name = TextName(kind, key)
    if kind not in (NOTICE, ANSWER) or not house().texts.has(name):
        raise PageNotFound
    return name


def _parts_in(texts: TextLibrary, name: TextName, row: OperatorsText | None, locale: str) -> Parts:
    """A text in a language by a version, else the shipped one; empty where neither can be read."""
    for source in (row.sources.get(locale) if row else None, texts.source(name, locale)):
        try:
            if source:
                return apart(name, source)
        except TextError:
            continue  # of another version of Avviso
    return Parts()


def _source_in(row: OperatorsText, locale: str) -> str:
    return row.sources.get(locale) or row.made_from.get(locale, "")


def _changed(found: Mapping[str, list[Line]]) -> dict[str, list[Line]]:
    return {locale: lines for locale, lines in found.items() if lines}


def _first_locale(texts: TextLibrary) -> str:
    spoken = words().locale
    return spoken if spoken in texts.words else house().service.default_locale


def _languages(found: Mapping[str, str], locales: Sequence[str]) -> list[str]:
    """By their own names; a language that the page has no more, by its short one."""
    return [_endonym(locale) if locale in locales else locale for locale in found]


def _endonym(locale: str) -> str:
    return house().shipped.words[locale].endonym


def _looked_at() -> int | None:
    return request.form.get("version", type=int)


def _may() -> bool:
    return ROLE_RANK[signed_in().role] >= ROLE_RANK[Role.APPROVER]
