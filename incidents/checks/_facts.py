"""Checks that need no words: states, times, figures, lengths, languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import combinations

from incidents.checks.model import Found, Notice
from incidents.checks.words import Words, language_of
from incidents.status import BAD, OPEN_INCIDENT, IncidentKind, PublicationKind, Status
from incidents.view import PublicFigure

AllWords = Mapping[str, Words]

_COPIED = 5
"""Words from which on the same body in two languages is no coincidence."""


def language_missing(notice: Notice) -> Iterator[Found]:
    for locale in notice.locales:
        text = notice.texts.get(locale)
        if text is None:
            yield Found(locale, "texts")
            continue
        for name in ("headline", "short", "body"):
            if not getattr(text, name).strip():
                yield Found(locale, name)
        for name in ("name", "still_cannot", "to_do", "not_to_do"):
            localized = getattr(notice, name)
            if localized and not localized.get(locale, "").strip():
                yield Found(locale, name)


def language_copied(notice: Notice) -> Iterator[Found]:
    for one, other in combinations(notice.texts, 2):
        body = notice.texts[one].body.strip()
        if len(body.split()) >= _COPIED and body == notice.texts[other].body.strip():
            yield Found(other, "body", (body,))


def does_not_fit(notice: Notice) -> Iterator[Found]:
    told = tuple(
        f"{fit.channel}: {fit.length} of {fit.limit}"
        for fit in notice.fits
        if fit.fallback or fit.length > fit.limit
    )
    if told:
        yield Found("", "short", told)


def next_update_missing(notice: Notice) -> Iterator[Found]:
    if _goes_on(notice) and notice.next_update_by is None:
        yield Found("", "next_update_by")


def next_update_unstaffed(notice: Notice) -> Iterator[Found]:
    promise = notice.next_update_by
    if promise is None or notice.hours is None:
        return
    # What is promised for the very minute in which people go is written before they do.
    if not notice.hours.staffed_at(promise - timedelta(minutes=1)):
        yield Found("", "next_update_by", (f"{promise.astimezone(notice.zone):%Y-%m-%d %H:%M}",))


def _goes_on(notice: Notice) -> bool:
    return (
        notice.kind is PublicationKind.UPDATE
        and notice.about is IncidentKind.INCIDENT
        and notice.status in OPEN_INCIDENT
    )


def monitoring_without_who(notice: Notice) -> Iterator[Found]:
    if notice.status is not Status.MONITORING or notice.kind is not PublicationKind.UPDATE:
        return
    if not notice.still_cannot and not _bad(notice):
        yield Found("", "still_cannot")


def resolved_while_bad(notice: Notice) -> Iterator[Found]:
    if notice.status is Status.RESOLVED and notice.about is IncidentKind.INCIDENT:
        bad = _bad(notice)
        if bad:
            yield Found("", "components", bad)


def spoken_of_elsewhere(notice: Notice) -> Iterator[Found]:
    if notice.elsewhere and _goes_on(notice):
        yield Found("", "components", notice.elsewhere)


def _bad(notice: Notice) -> tuple[str, ...]:
    first = notice.locales[0] if notice.locales else ""
    return tuple(
        part.name.get(first) or next(iter(part.name.values()), "")
        for part in notice.components
        if part.status in BAD
    )


def same_text(notice: Notice) -> Iterator[Found]:
    if notice.kind is not PublicationKind.UPDATE:
        return
    for locale, text in notice.texts.items():
        before = notice.previous.get(locale)
        if before is not None and before.body.split() == text.body.split():
            yield Found(locale, "body")


def state_changed(notice: Notice) -> Iterator[Found]:
    if notice.version_seen is not None and notice.version_seen != notice.version_now:
        yield Found("", "version")


def field_at_example(notice: Notice) -> Iterator[Found]:
    for name, value in notice.fields.items():
        given = list(value.values()) if isinstance(value, Mapping) else [value]
        known = [_plain(example) for example in notice.examples.get(name, ())]
        left = [item for item in given if _plain(item) in known]
        if left:
            yield Found("", f"fields.{name}", (str(left[0]),))


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def figure_incomplete(notice: Notice) -> Iterator[Found]:
    for figure in notice.figures:
        for name in ("unit", "definition", "source"):
            for locale in notice.locales:
                if not getattr(figure, name).get(locale, "").strip():
                    yield Found(locale, f"figures.{figure.key}.{name}")


def figures_subtract(notice: Notice, words: AllWords) -> Iterator[Found]:
    """Counts that stand side by side without a word on how they belong together; a rate, such as
    requests a second, invites nobody."""
    counts = [figure for figure in notice.figures if _is_count(figure, words)]
    for one, other in combinations(counts, 2):
        if not one.caveat and not other.caveat:
            yield Found("", f"figures.{other.key}.caveat", (one.key, other.key))


def _is_count(figure: PublicFigure, words: AllWords) -> bool:
    if figure.value is None:
        return False
    return not any(
        words[language_of(locale)].find("rate", unit)
        for locale, unit in figure.unit.items()
        if language_of(locale) in words
    )
