"""All notice templates and answers of a service, in each of its locales, and their rendering."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from incidents.locales import Words
from incidents.rules import Rule, counts_from, counts_until, days_that_matter, in_window
from incidents.texts.document import content_of
from incidents.texts.examples import (
    SERVICE,
    longest_context,
    longest_day,
    longest_fields,
    usual_fields,
)
from incidents.texts.loading import Loaded, load_folder
from incidents.texts.model import (
    AnswerTemplate,
    NoticeContext,
    NoticeTemplate,
    RenderedAnswer,
    TextError,
)
from incidents.texts.own import NOTICE, Own, TextName, lay_over
from incidents.texts.sandbox import one_line
from incidents.texts.values import fill
from incidents.view import PublicText

Item = TypeVar("Item", NoticeTemplate, AnswerTemplate)


class TextLibrary:
    """Read once, then used from any thread.

    `problems` are those of operators' own texts that cannot be used: the shipped ones stand in.
    """

    def __init__(self, loaded: Loaded, zone: ZoneInfo, shipped: TextLibrary | None = None) -> None:
        self._loaded = loaded
        self.shipped: TextLibrary = shipped or self
        """The same library without operators' own texts."""
        self.problems: tuple[str, ...] = tuple(loaded.problems)
        self._latest: tuple[str, TextLibrary] | None = None
        self.words: Mapping[str, Words] = loaded.words
        self._notices = loaded.notices
        self._answers = loaded.answers
        self._zone = zone

    @classmethod
    def load(cls, templates: Path, locales: Sequence[str], zone: ZoneInfo) -> TextLibrary:
        """Read a templates folder: locales/*.po, notices/*/*.md, answers/*.md.

        Each text is also rendered once with its longest examples, so that no fault waits for the
        night of an incident. Raises `TextError` with the problems of all files together.
        """
        loaded = load_folder(templates, locales, zone)
        library = cls(loaded, zone)
        problems = [*loaded.problems, *library._trials()]
        if problems:
            raise TextError(*problems)
        return library

    def moved(self, by: timedelta) -> TextLibrary:
        """The same texts with the windows of all rules moved by whole days: for a day of the past
        that is lived again at other dates."""
        answers = {
            locale: {
                key: replace(item, rule=item.rule and item.rule.moved(by))
                for key, item in own.items()
            }
            for locale, own in self._answers.items()
        }
        return TextLibrary(replace(self._loaded, answers=answers), self._zone)

    def reworded(self, state: str, own: Callable[[], Own]) -> TextLibrary:
        """The shipped texts with operators' own over them, kept for the next who asks.

        `state` names what `own` gives, and changes with it; "" is none at all.
        """
        if self.shipped is not self:
            return self.shipped.reworded(state, own)
        if not state:
            return self
        latest = self._latest
        if latest is None or latest[0] != state:
            latest = (state, self.with_own(own()))
            self._latest = latest  # one step: another thread sees the old pair or the new one
        return latest[1]

    def with_own(self, own: Own) -> TextLibrary:
        """The shipped texts with operators' own over them; `problems` of those that cannot be."""
        if self.shipped is not self:
            return self.shipped.with_own(own)
        return TextLibrary(lay_over(self._loaded, own, self._try_out), self._zone, self)

    def _try_out(self, loaded: Loaded, name: TextName) -> None:
        """Render a text with all its examples in every language. Raises `TextError`."""
        trial = TextLibrary(loaded, self._zone)
        for locale in loaded.words:
            if name.kind == NOTICE:
                trial.longest(name.key, locale)
                trial.usual(name.key, locale)
            else:
                trial.longest_answer(name.key, locale)
                trial.usual_answer(name.key, locale)

    def has(self, name: TextName) -> bool:
        """Whether there is such a text."""
        return name.key in (self.notice_keys() if name.kind == NOTICE else self.answer_keys())

    def source(self, name: TextName, locale: str) -> str:
        """The whole file of a shipped text; "" where none is shipped. Raises `TextError`."""
        if not self.shipped.has(name):
            return ""
        find = self.shipped.notice if name.kind == NOTICE else self.shipped.answer
        return content_of(find(name.key, locale).path)

    def notice_keys(self) -> tuple[str, ...]:
        """As in "apology/high-traffic", by kind in the order of an incident's life."""
        return _keys(self._notices)

    def answer_keys(self) -> tuple[str, ...]:
        return _keys(self._answers)

    def notice(self, key: str, locale: str) -> NoticeTemplate:
        """Raises `TextError` naming those that exist."""
        return _find(self._notices, "notice template", key, locale)

    def answer(self, key: str, locale: str) -> AnswerTemplate:
        """Raises `TextError` naming those that exist."""
        return _find(self._answers, "answer", key, locale)

    def render_notice(
        self,
        key: str,
        locale: str,
        context: NoticeContext,
        fields: Mapping[str, object] = {},
    ) -> PublicText:
        """A notice's words. A field's value may also be a mapping with one per locale.

        Raises `TextError`: no such template, a field unknown, missing or of the wrong type.
        """
        notice = self.notice(key, locale)
        return _notice_text(
            notice, {**context.values(), **fill(notice.fields, fields, locale, self._zone)}
        )

    def render_answer(
        self,
        key: str,
        locale: str,
        service: str,
        today: date,
        fields: Mapping[str, object] = {},
    ) -> RenderedAnswer:
        """An answer's words, with the dates that matter on `today`, a day in the service's zone.

        Raises `TextError` as `render_notice` does.
        """
        answer = self.answer(key, locale)
        values = {"service": service, **fill(answer.fields, fields, locale, self._zone)}
        return self._answer_text(answer, values, today)

    def usual(self, key: str, locale: str) -> PublicText:
        """A notice with the usual examples of its fields."""
        notice = self.notice(key, locale)
        fields = usual_fields(notice.fields, self._zone)
        return _notice_text(notice, {**longest_context(notice, self._zone), **fields})

    def usual_answer(self, key: str, locale: str) -> RenderedAnswer:
        """As `usual`, for an answer."""
        answer = self.answer(key, locale)
        values = {"service": SERVICE, **usual_fields(answer.fields, self._zone)}
        return self._answer_text(answer, values, longest_day(answer.rule))

    def longest(self, key: str, locale: str) -> PublicText:
        """A notice with the longest examples of its fields and context, to see whether it fits."""
        notice = self.notice(key, locale)
        fields = longest_fields(notice.fields, self._zone)
        return _notice_text(notice, {**longest_context(notice, self._zone), **fields})

    def longest_answer(self, key: str, locale: str) -> RenderedAnswer:
        """As `longest`, for an answer."""
        answer = self.answer(key, locale)
        values = {
            "service": SERVICE,
            **longest_fields(answer.fields, self._zone),
        }
        return self._answer_text(answer, values, longest_day(answer.rule))

    def _answer_text(
        self, answer: AnswerTemplate, values: Mapping[str, object], today: date
    ) -> RenderedAnswer:
        values = {**values, **_window_values(answer.rule)}
        return RenderedAnswer(
            question=answer.question,
            short=one_line(_said(answer, "short", values)),
            answer=_said(answer, "answer", values),
            dates=tuple(self._date_lines(answer, values, today)),
        )

    def _date_lines(
        self, answer: AnswerTemplate, values: Mapping[str, object], today: date
    ) -> Iterator[str]:
        """A sentence per date that matters; one that comes out empty is left away."""
        rule = answer.rule
        for name, end, moment_of in (
            ("from", rule and rule.from_, counts_from),
            ("until", rule and rule.until, counts_until),
        ):
            text = answer.texts.get(name)
            if not (rule and end and text):
                continue
            for day in days_that_matter(rule, today, end):
                moment = moment_of(rule, day, self._zone)
                inside = in_window(rule, moment, self._zone)
                own = {"day": day, "moment": moment, "in_window": inside, "today": day == today}
                line = one_line(text.render({**values, **own}))
                if line:
                    yield line

    def _trials(self) -> Iterator[str]:
        """The problems that show only when the texts are rendered."""
        for locale, notices in self._notices.items():
            for key in notices:
                try:
                    self.longest(key, locale)
                except TextError as error:
                    yield from error.problems
        for locale, answers in self._answers.items():
            for key in answers:
                try:
                    self.longest_answer(key, locale)
                except TextError as error:
                    yield from error.problems


def _keys(items: Mapping[str, Mapping[str, Item]]) -> tuple[str, ...]:
    # Every locale has the same keys, or it would not have loaded.
    return tuple(next(iter(items.values()), {}))


def _find(items: Mapping[str, Mapping[str, Item]], what: str, key: str, locale: str) -> Item:
    if locale not in items:
        raise TextError(f"there are no texts in {locale!r}; there are: {', '.join(items)}")
    if key not in items[locale]:
        there_are = ", ".join(items[locale]) or "none"
        raise TextError(f"there is no {what} {key!r}; there are: {there_are}")
    return items[locale][key]


def _notice_text(notice: NoticeTemplate, values: Mapping[str, object]) -> PublicText:
    return PublicText(
        headline=one_line(_said(notice, "headline", values)),
        short=one_line(_said(notice, "short", values)),
        body=_said(notice, "body", values),
    )


def _said(item: NoticeTemplate | AnswerTemplate, section: str, values: Mapping[str, object]) -> str:
    text = item.texts[section].render(values)
    if not text:
        raise TextError(f"{item.path}: '# {section}' says nothing with these values")
    return text


def _window_values(rule: Rule | None) -> dict[str, object]:
    if rule is None or rule.window is None:
        return {}
    return {"window_start": rule.window[0], "window_end": rule.window[1]}
