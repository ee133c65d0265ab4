"""What a template or an answer is once it has been read, and what is poured into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, get_args

from incidents.rules import Rule

Kind = Literal["acknowledgement", "apology", "advance-notice", "update", "resolution", "postmortem"]
KINDS: tuple[str, ...] = get_args(Kind)
"""The kinds of notice template: the folders under templates/notices."""

FieldType = Literal["text", "datetime", "number", "list"]
NameType = Literal["text", "datetime", "number", "list", "date", "flag"]
"""What a name in a text stands for; a flag is true or false."""


class TextError(Exception):
    """Templates, answers or field values that cannot be used; `problems` are for an operator."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Field:
    """A blank in a text that the operator fills. An optional one has a default."""

    name: str
    type: FieldType
    label: str
    help: str = ""
    example: object = None
    longest: object = None
    default: object = None
    required: bool = True


class Text(Protocol):
    """One compiled section of a file."""

    def render(self, values: Mapping[str, object]) -> str:
        """The plain text or Markdown. Raises `TextError`."""


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """`key` is its address, "apology/high-traffic". `longest` holds its examples of context."""

    key: str
    kind: str
    locale: str
    title: str
    fields: tuple[Field, ...]
    path: Path
    longest: Mapping[str, object] = field(default_factory=dict, repr=False)
    texts: Mapping[str, Text] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class AnswerTemplate:
    key: str
    locale: str
    question: str
    fields: tuple[Field, ...]
    rule: Rule | None
    path: Path
    texts: Mapping[str, Text] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """What every notice may speak of, in one locale. Instants are aware; None: there is none."""

    service: str
    incident: str
    at: datetime
    """The moment of publication."""
    started_at: datetime | None = None
    next_update_by: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    down: tuple[str, ...] = ()
    """Names of the incident's components in major outage."""
    partial: tuple[str, ...] = ()
    """In partial outage."""
    slow: tuple[str, ...] = ()
    """With degraded performance."""
    recovered: tuple[str, ...] = ()
    """Affected earlier, operational again."""
    affected: tuple[str, ...] = ()
    """All that the incident names."""
    working: tuple[str, ...] = ()
    """The service's components that the incident does not affect."""

    def values(self) -> dict[str, object]:
        """As the names that a text may use."""
        return {own.name: getattr(self, own.name) for own in fields(self)}


@dataclass(frozen=True, slots=True)
class RenderedAnswer:
    """`answer` is Markdown, the others plain text; `dates` has a sentence per date that matters."""

    question: str
    short: str
    answer: str
    dates: tuple[str, ...] = ()


CONTEXT: Mapping[str, NameType] = {
    "service": "text",
    "incident": "text",
    "at": "datetime",
    "started_at": "datetime",
    "next_update_by": "datetime",
    "starts_at": "datetime",
    "ends_at": "datetime",
    "down": "list",
    "partial": "list",
    "slow": "list",
    "recovered": "list",
    "affected": "list",
    "working": "list",
}
"""The names in every notice; `NoticeContext` has the same."""

WINDOW: Mapping[str, NameType] = {"window_start": "date", "window_end": "date"}
"""The names in an answer whose rule has a window."""

DATE_LINE: Mapping[str, NameType] = {
    "day": "date",
    "moment": "datetime",
    "in_window": "flag",
    "today": "flag",
}
"""The names in the sentence of one date."""
