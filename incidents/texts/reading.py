"""Reads one file as a notice template or an answer, and says everything that is wrong with it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Described

from incidents.rules import Rule, validation_problems
from incidents.texts.document import Document, KeyPath, read_document, take_apart
from incidents.texts.model import (
    CONTEXT,
    DATE_LINE,
    WINDOW,
    AnswerTemplate,
    Field,
    FieldType,
    Kind,
    NameType,
    NoticeTemplate,
    Text,
    TextError,
)
from incidents.texts.sandbox import Sandbox, Section
from incidents.texts.values import WrongValue, read_example

NOTICE_SECTIONS = ("headline", "short", "body")
ANSWER_SECTIONS = ("short", "answer", "from", "until")

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = frozenset(
    {*CONTEXT, *WINDOW, *DATE_LINE, *keyword.kwlist, *keyword.softkwlist}
    | {"elif", "loop", "self", "caller", "true", "false", "none"}
)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\n]*$")]


class _Head(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _FieldHead(_Head):
    type: FieldType
    label: Line
    help: str = ""
    example: object = None
    longest: object = None
    default: object = None


class _NoticeHead(_Head):
    title: Line
    kind: Kind
    fields: dict[str, _FieldHead] = Described(default_factory=dict)
    context: dict[str, object] = Described(default_factory=dict)


class _AnswerHead(_Head):
    question: Line
    fields: dict[str, _FieldHead] = Described(default_factory=dict)
    rule: Rule | None = None


_HeadModel = TypeVar("_HeadModel", bound=_Head)


def read_notice(
    path: Path, kind: str, locale: str, sandbox: Sandbox, source: str | None = None
) -> NoticeTemplate:
    """Read templates/notices/{kind}/{key}.{locale}.md, or `source`, which stands in its place.

    Raises `TextError` with every problem.
    """
    reader = _Reader(_document(path, source, NOTICE_SECTIONS), sandbox)
    head = reader.head(_NoticeHead)
    if head.kind != kind:
        reader.refuse(("kind",), f"kind is {head.kind!r}, yet the file lies in the folder {kind!r}")
    fields = reader.fields(head.fields)
    names = {**CONTEXT, **_types(fields)}
    texts = reader.texts(dict.fromkeys(NOTICE_SECTIONS, names))
    longest = reader.longest(head.context)
    reader.settle()
    key = f"{kind}/{path.name.removesuffix(f'.{locale}.md')}"
    return NoticeTemplate(key, kind, locale, head.title, fields, path, longest, texts)


def read_answer(
    path: Path, locale: str, sandbox: Sandbox, source: str | None = None
) -> AnswerTemplate:
    """Read templates/answers/{key}.{locale}.md, or `source`, which stands in its place.

    Raises `TextError` with every problem.
    """
    reader = _Reader(_document(path, source, ANSWER_SECTIONS), sandbox)
    head = reader.head(_AnswerHead)
    fields = reader.fields(head.fields)
    texts = reader.texts(_answer_names(head.rule, _types(fields)), optional=("until",))
    reader.settle()
    key = path.name.removesuffix(f".{locale}.md")
    return AnswerTemplate(key, locale, head.question, fields, head.rule, path, texts)


def _document(path: Path, source: str | None, sections: tuple[str, ...]) -> Document:
    if source is None:
        return read_document(path, sections)
    return take_apart(path, source, sections)


def _answer_names(
    rule: Rule | None, fields: Mapping[str, NameType]
) -> dict[str, Mapping[str, NameType]]:
    """The sections that an answer with such a rule may have, and the names in each."""
    window = WINDOW if rule and rule.window else {}
    names: Mapping[str, NameType] = {"service": "text", **fields, **window}
    sections = {"short": names, "answer": names}
    if rule:
        sections["from"] = {**names, **DATE_LINE}
    if rule and rule.until:
        sections["until"] = {**names, **DATE_LINE}
    return sections


def _types(fields: tuple[Field, ...]) -> dict[str, NameType]:
    return {field.name: field.type for field in fields}


class _Reader:
    """Reads the parts of one document and gathers what is wrong with them."""

    def __init__(self, document: Document, sandbox: Sandbox) -> None:
        self._document = document
        self._sandbox = sandbox
        self._zone: ZoneInfo = sandbox.zone
        self._problems: list[str] = []

    def refuse(self, key: KeyPath, message: str) -> None:
        self._problems.append(f"{self._document.place(key)}: {message}")

    def settle(self) -> None:
        """Raise `TextError` when anything is wrong."""
        if self._problems:
            raise TextError(*self._problems)

    def head(self, model: type[_HeadModel]) -> _HeadModel:
        """The head, or at once `TextError`: without it no section can be judged."""
        if not isinstance(self._document.head, dict):
            raise TextError(f"{self._document.path}:1: the head has no keys")
        try:
            return model.model_validate(self._document.head)
        except ValidationError as error:
            for key, message in validation_problems(error):
                self.refuse(key, f"{'.'.join(key)}: {message}")
        raise TextError(*self._problems)

    def fields(self, heads: Mapping[str, _FieldHead]) -> tuple[Field, ...]:
        return tuple(self._field(name, head) for name, head in heads.items())

    def _field(self, name: str, head: _FieldHead) -> Field:
        if not _FIELD_NAME.fullmatch(name):
            self.refuse(("fields", name), f"field {name!r}: use small letters, digits and _")
        if name in _TAKEN:
            self.refuse(("fields", name), f"field {name!r}: this name is taken")
        default = self._example(("fields", name, "default"), head.type, head.default)
        if default is None and head.type in {"text", "list"}:
            default = "" if head.type == "text" else ()
        return Field(
            name=name,
            type=head.type,
            label=head.label,
            help=head.help,
            example=self._example(("fields", name, "example"), head.type, head.example),
            longest=self._example(("fields", name, "longest"), head.type, head.longest),
            default=default,
            required="default" not in head.model_fields_set,
        )

    def longest(self, context: Mapping[str, object]) -> dict[str, object]:
        """The head's own examples of names from the context."""
        values = {}
        for name, value in context.items():
            if name in CONTEXT:
                values[name] = self._example(("context", name), CONTEXT[name], value)
            else:
                there_are = ", ".join(CONTEXT)
                self.refuse(("context", name), f"unknown name {name!r}; there are: {there_are}")
        return values

    def _example(self, key: KeyPath, kind: str, value: object) -> object:
        if value is None:
            return None
        try:
            return read_example(kind, value, self._zone)
        except WrongValue as problem:
            self.refuse(key, f"{'.'.join(key)} {problem}")
            return None

    def texts(
        self, sections: Mapping[str, Mapping[str, NameType]], optional: tuple[str, ...] = ()
    ) -> dict[str, Text]:
        """Compile the sections that belong here, each with the names that it may use."""
        for name, stray in self._document.sections.items():
            if name not in sections:
                self._problems.append(
                    f"{stray.path}:{stray.line - 1}: '# {name}' has no place here: "
                    "the answer's rule does not say that"
                )
        texts: dict[str, Text] = {}
        for name, names in sections.items():
            section = self._document.sections.get(name)
            if section and section.source.strip():
                self._compile(name, section, names, texts)
            elif section or name not in optional:
                self.refuse((), f"there is no text under '# {name}'")
        return texts

    def _compile(
        self, name: str, section: Section, names: Mapping[str, NameType], texts: dict[str, Text]
    ) -> None:
        try:
            texts[name] = self._sandbox.compile(section, names)
        except TextError as error:
            self._problems.extend(error.problems)
