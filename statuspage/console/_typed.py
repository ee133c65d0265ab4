"""What was typed into a form, as an action's input. Names of fields are those of the input, with
dots: `name.it`, `texts.en.body`, `fields.effect.it`, `figures.0.unit.it`.

A blank is as good as nothing. What is not a number or a time is a problem at its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from incidents.actions import Desk
from incidents.errors import InvalidInput
from incidents.rules import parse_local
from incidents.texts import AnswerTemplate, NoticeTemplate, TextError

Typed = MultiDict[str, str]

_NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,15})?", re.ASCII)
MOST_FIGURES = 8
TIMES = ("started_at", "resolved_at", "starts_at", "ends_at", "next_update_by")
"""The fields that hold a local time."""


@dataclass(frozen=True, slots=True)
class Meant:
    """An instant, for a local time that the clocks skip, or else show twice."""

    moment: datetime
    skipped: bool


def meant(text: str, zone: ZoneInfo) -> Meant | None:
    """What a local time is taken for that is not the only one of its kind; None for all others."""
    try:
        written = datetime.fromisoformat(text)
        moment = parse_local(text, zone)
    except (ValueError, OverflowError):
        return None
    if written.tzinfo is not None:
        return None
    if moment.replace(tzinfo=None, fold=0) != written:
        return Meant(moment, skipped=True)
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    return Meant(moment, skipped=False) if twice else None


class Reading:
    """One pass over a form, which goes on after a problem to find the others."""

    def __init__(self, desk: Desk, typed: Typed) -> None:
        self.desk = desk
        self.typed = typed
        self.problems: list[str] = []

    def done(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The input without what says nothing. Raises `InvalidInput` with every problem."""
        if self.problems:
            raise InvalidInput(*self.problems)
        return {key: value for key, value in data.items() if value not in (None, "", {}, [])}

    def text(self, name: str) -> str:
        return self.typed.get(name, "").strip()

    def localized(self, name: str) -> dict[str, str]:
        """A text in each language in which one was typed."""
        said = {locale: self.text(f"{name}.{locale}") for locale in self.desk.service.locales}
        return {locale: text for locale, text in said.items() if text}

    def moment(self, name: str) -> datetime | None:
        """A local time of the service; one that comes twice is the first, one that the clocks
        skip moves forward."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse_local(text, self.desk.service.time_zone)
        except (ValueError, OverflowError) as problem:
            self.problems.append(f"{name}: {problem}")
            return None

    def number(self, name: str) -> int | float | None:
        """With a decimal point or comma."""
        text = self.text(name)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            self.problems.append(f"{name}: should be a number, without dots between thousands")
            return None
        plain = text.replace(",", ".")
        return float(plain) if "." in plain else int(plain)

    def words(self) -> dict[str, Any]:
        """The words of an update: a template with its fields, or own texts."""
        if self.text("words") == "own":
            return {"texts": self.own_words()}
        key = self.text("template")
        return {"template": key, "fields": self.fields(self.desk.texts.notice, key, "fields")}

    def own_words(self) -> dict[str, dict[str, str]]:
        """In every language, so that one that is missing is named with its parts."""
        return {
            locale: {
                part: text
                for part in ("headline", "short", "body")
                if (text := self.text(f"texts.{locale}.{part}")) or part != "short"
            }
            for locale in self.desk.service.locales
        }

    def fields(
        self, find: Callable[[str, str], NoticeTemplate | AnswerTemplate], key: str, prefix: str
    ) -> dict[str, Any]:
        """The fields of a template or an answer; none where there is no such text, which the
        action says."""
        try:
            known = find(key, self.desk.service.default_locale).fields
        except TextError:
            return {}
        found = {field.name: self._field(f"{prefix}.{field.name}", field.type) for field in known}
        return {name: value for name, value in found.items() if value not in (None, "", {}, [])}

    def _field(self, name: str, kind: str) -> Any:
        if kind == "datetime":
            # Kept as it was typed: a field's value is stored with the update, and read again.
            return self.text(name) if self.moment(name) else None
        if kind == "number":
            return self.number(name)
        said = self.localized(name)
        if kind == "list":
            return {locale: lines(text) for locale, text in said.items()}
        return said

    def components(self, keys: Iterable[str]) -> dict[str, str]:
        """Those that were chosen: each with its own status, else with the one for all."""
        chosen = set(self.typed.getlist("component"))
        for_all = self.text("how_bad")
        found = {}
        for key in keys:
            own = self.text(f"status.{key}")
            if own or key in chosen:
                found[key] = own or for_all
        return found

    def figures(self) -> list[dict[str, Any]]:
        """Each row of which anything was filled in."""
        rows = [self._figure(f"figures.{row}", row) for row in range(MOST_FIGURES)]
        return [row for row in rows if row]

    def _figure(self, name: str, row: int) -> dict[str, Any]:
        said = {
            part: self.localized(f"{name}.{part}")
            for part in ("unit", "definition", "source", "caveat")
        }
        value, unknown = self.number(f"{name}.value"), self.text(f"{name}.unknown")
        if value is None and not unknown and not any(said.values()):
            return {}
        row_said = {
            "key": self.text(f"{name}.key") or f"figure-{row + 1}",
            "value": "unknown" if unknown else value,
            "as_of": self.moment(f"{name}.as_of"),
            **said,
        }
        return {part: own for part, own in row_said.items() if own not in (None, {})}

    def answers(self) -> list[dict[str, Any]]:
        """Those that were ticked, in their order."""
        find = self.desk.texts.answer
        return [
            {"key": key, "fields": self.fields(find, key, f"answer.{key}")}
            for key in self.typed.getlist("answers")
        ]

    def beside(self) -> dict[str, Any]:
        """All that any message may carry beside its words."""
        return {
            "figures": self.figures(),
            "answers": self.answers(),
            "to_do": self.localized("to_do"),
            "not_to_do": self.localized("not_to_do"),
            "internal_note": self.text("internal_note"),
        }

    def update(self, components: Iterable[str]) -> dict[str, Any]:
        """All that any update may carry."""
        return {
            **self.words(),
            **self.beside(),
            "components": self.components(components),
            "next_update_by": self.moment("next_update_by"),
            "still_cannot": self.localized("still_cannot"),
            "impact": self.text("impact"),
        }


def lines(text: str) -> list[str]:
    """A text area's lines that say anything."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def filled(prefix: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an update as a form shows them: the reverse of `Reading.fields`."""
    found = {}
    for name, value in fields.items():
        by_language = value if isinstance(value, Mapping) else {"": value}
        for locale, own in by_language.items():
            text = "\n".join(map(str, own)) if isinstance(own, list | tuple) else str(own)
            found[f"{prefix}.{name}{'.' if locale else ''}{locale}"] = text
    return found
