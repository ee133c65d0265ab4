"""Notice templates and answers in the operators' own words: reword, add, back to the shipped one.

A template that is used unchanged counts as approved; so whoever rewords one is an approver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents.actions._desk import Act, Desk, Outcome, acting
from incidents.errors import InvalidInput, NotFound, NotPossible, UpdatedFirst
from incidents.inputs import RewordInput, parse
from incidents.models import AttachedAnswer, Incident, IncidentUpdate, Operator
from incidents.operators_texts import OperatorsText, next_stamp, versions
from incidents.status import Role
from incidents.texts import ANSWER, NOTICE, TextError, TextLibrary, TextName, name_problem

Measure = Callable[[str], int]
"""How long the strictest short channel says that a text is."""
SHORT_LIMIT = 256
"""What X leaves beside a link: 280 less 24."""
HEADLINE_LIMIT = 110


def reword(
    desk: Desk,
    actor: str,
    now: datetime,
    data: RewordInput | Mapping[str, Any],
    measure: Measure = len,
) -> Outcome:
    """Put a text into other words, or add one: whole texts as files have them, per language.

    A language that is not given stays as it is. With `version`, the number that the operator
    looked at (0: none yet), raises `UpdatedFirst` where there is a newer one. Raises `InvalidInput`
    with "path:line: what is wrong" for what does not work, or "locale.section: …" for what is too
    long.
    """
    form = parse(RewordInput, data, desk.service.locales)
    name = TextName(form.kind, form.key)
    with acting(desk, actor, now, Role.APPROVER) as act:
        kept = _kept(act, name, form.version)
        texts = act.desk.texts
        if not texts.has(name) and (problem := name_problem(name)):
            raise InvalidInput(f"key: {problem}")
        before = dict(kept.sources) if kept else {}
        given = {locale: _tidy(source) for locale, source in form.sources.items()}
        sources = _differing(texts, name, {**before, **given})
        if sources == before:
            raise NotPossible("these are the words already; nothing was changed")
        _must_work(act, name, sources, measure)
        kind = "text_reworded" if texts.has(name) else "text_added"
        return _write(act, name, kept, sources, kind)


def revert_text(
    desk: Desk, actor: str, now: datetime, name: TextName, version: int | None = None
) -> Outcome:
    """Use the shipped text again, in every language. The versions stay."""
    with acting(desk, actor, now, Role.APPROVER) as act:
        kept = _kept(act, name, version)
        if not act.desk.texts.shipped.has(name):
            raise NotPossible(f"{name.key}: none is shipped to go back to; retire it instead")
        if kept is None or not kept.sources:
            raise NotPossible(f"{name.key}: the shipped text is in force already")
        _must_stand(act, name, act.desk.texts.shipped)
        return _write(act, name, kept, {}, "text_reverted")


def retire_text(
    desk: Desk, actor: str, now: datetime, name: TextName, version: int | None = None
) -> Outcome:
    """Take one of the operators' own texts away. The versions stay."""
    with acting(desk, actor, now, Role.APPROVER) as act:
        kept = _kept(act, name, version)
        if act.desk.texts.shipped.has(name):
            raise NotPossible(f"{name.key}: this one is shipped; it can be reverted, not retired")
        if kept is None or not kept.sources:
            raise NotFound(f"there is no text {name.key!r} of your own")
        in_use = [where for where, _ in _shown(act, name)]
        if in_use:
            raise NotPossible(f"{name.key}: it is still in use: {', '.join(in_use)}")
        return _write(act, name, kept, {}, "text_retired")


def _kept(act: Act, name: TextName, version: int | None) -> OperatorsText | None:
    """The newest version of a text. Raises `UpdatedFirst` where another one was looked at."""
    found = next(iter(versions(act.session, name)), None)
    if found is not None and version is not None and version != found.number:
        first = act.session.get_one(Operator, found.author_id)
        words = act.desk.texts.words[act.desk.service.default_locale]
        raise UpdatedFirst(
            f"{name.key} was reworded first by {first.name}, at {words.time(found.at)}: "
            "look at it again before you save"
        )
    return found


def _tidy(source: str) -> str:
    """As a file: browsers send CR LF, and the last line ends."""
    return source.replace("\r\n", "\n").rstrip() + "\n"


def _differing(texts: TextLibrary, name: TextName, sources: Mapping[str, str]) -> dict[str, str]:
    """Without those that are the shipped ones word by word, so that an upgrade reaches them."""
    return {
        locale: source for locale, source in sources.items() if source != texts.source(name, locale)
    }


def _must_work(act: Act, name: TextName, sources: Mapping[str, str], measure: Measure) -> None:
    """Raises `InvalidInput` unless it can be read, fits, and suits where it stands already."""
    found = act.desk.texts.with_own({name: sources})
    if found.problems:
        raise InvalidInput(*found.problems)
    too_long = [
        problem
        for locale in act.desk.service.locales
        for problem in _too_long(found, name, locale, measure)
    ]
    if too_long:
        raise InvalidInput(*too_long)
    _must_stand(act, name, found)


def _too_long(found: TextLibrary, name: TextName, locale: str, measure: Measure) -> Iterator[str]:
    """What does not fit with the longest examples of its fields."""
    if name.kind == NOTICE:
        text = found.longest(name.key, locale)
        short = text.short
        if len(text.headline) > HEADLINE_LIMIT:
            has = f"has {len(text.headline)} characters; {HEADLINE_LIMIT} at most"
            yield f"{locale}.headline: {has}"
    else:
        short = found.longest_answer(name.key, locale).short
    length = measure(short)
    if length > SHORT_LIMIT:
        yield (
            f"{locale}.short: is {length} long with the longest examples; {SHORT_LIMIT} at most "
            "fit beside a link"
        )


def _must_stand(act: Act, name: TextName, texts: TextLibrary) -> None:
    """Raises `InvalidInput` where the fields that were filled in for an answer do not suit it."""
    today = act.now.astimezone(act.desk.service.time_zone).date()
    problems = []
    for where, fields in _shown(act, name):
        for locale in act.desk.service.locales:
            try:
                texts.render_answer(name.key, locale, "-", today, fields)
            except TextError as error:
                problems += [f"{locale}.head: {where}: {problem}" for problem in error.problems]
    if problems:
        raise InvalidInput(*problems)


def _shown(act: Act, name: TextName) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where an answer stands, and the fields that were filled in there."""
    if name.kind != ANSWER:
        return
    attached = select(AttachedAnswer.fields).where(AttachedAnswer.key == name.key)
    for fields in act.session.scalars(attached):
        yield "it stands on the page", fields
    for incident, fields in _open_uses(act, name):
        yield f"#{incident.number} shows it", fields


def _open_uses(act: Act, name: TextName) -> Iterator[tuple[Incident, Mapping[str, Any]]]:
    """The open entries that work out an answer's dates each day, with its fields there."""
    rows = act.session.execute(
        select(Incident, IncidentUpdate.answers)
        .join(IncidentUpdate, IncidentUpdate.incident_id == Incident.id)
        .where(Incident.closed_at.is_(None))
        .order_by(Incident.number)
    )
    for incident, answers in rows:
        for answer in answers:
            if answer["key"] == name.key:
                yield incident, answer["fields"]


def _write(
    act: Act,
    name: TextName,
    kept: OperatorsText | None,
    sources: dict[str, str],
    kind: str,
) -> Outcome:
    number = kept.number + 1 if kept else 1
    texts = act.desk.texts
    shipped = {locale: texts.source(name, locale) for locale in act.desk.service.locales}
    act.add(
        OperatorsText(
            kind=name.kind,
            key=name.key,
            number=number,
            sources=sources,
            made_from={locale: source for locale, source in shipped.items() if source},
            author_id=act.operator.id,
            at=act.now,
            stamp=next_stamp(act.session, name, number, sources),
        )
    )
    before = kept.sources if kept else {}
    changed = sorted(
        locale
        for locale in before.keys() | sources.keys()
        if before.get(locale) != sources.get(locale)
    )
    act.event(
        kind,
        public=any(_shown(act, name)),
        text=f"{name.kind} {name.key}",
        before=number - 1,
        after=number,
        locales=changed,
    )
    # Their pages print the dates that the answer works out.
    for incident in dict(_by_id(act, name)).values():
        act.event("answer_reworded", incident, answer=name.key)
    return act.outcome()


def _by_id(act: Act, name: TextName) -> Iterator[tuple[str, Incident]]:
    if name.kind == ANSWER:
        yield from ((incident.id, incident) for incident, _ in _open_uses(act, name))
