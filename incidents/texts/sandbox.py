"""Runs the sections of templates and answers: a small part of Jinja, and nothing else.

What a text may use is a closed list, checked on the syntax tree before anything is compiled.
Jinja's own sandbox stands behind it as a second wall.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from incidents.locales import Words
from incidents.texts.filters import filters_of, tests_of
from incidents.texts.language import check
from incidents.texts.model import NameType, TextError

LONGEST_OUTPUT = 20_000
"""Characters that one rendered section may have."""

_AT_RUN_TIME = (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
# What a text nested too deeply brings about, in Jinja's parser or in Python's.
_TOO_DEEP = (RecursionError, MemoryError, SyntaxError)


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a file: its words and the line (from 1) on which they begin."""

    path: Path
    line: int
    source: str


class Sandbox:
    """Compiles sections for one locale."""

    def __init__(self, words: Words) -> None:
        self.zone = words.zone
        self._jinja = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_printable,
        )
        self._jinja.globals.clear()
        self._jinja.filters = filters_of(words)
        self._jinja.tests = tests_of()

    def compile(self, section: Section, names: Mapping[str, NameType]) -> SandboxedText:
        """Check and compile a section that may use `names`. Raises `TextError` with lines."""
        try:
            tree = self._parse(section)
            found = check(tree, names)
            if found:
                raise TextError(*(f"{section.path}:{line}: {text}" for line, text in found))
            code = self._jinja.compile(tree, filename=str(section.path))
        except TemplateSyntaxError as error:
            raise TextError(f"{section.path}:{error.lineno}: {error.message}") from None
        except _TOO_DEEP:
            raise TextError(f"{section.path}:{section.line}: this is nested too deeply") from None
        return SandboxedText(section, Template.from_code(self._jinja, code, {}))

    def _parse(self, section: Section) -> nodes.Template:
        # Empty lines above it make Jinja count lines as the file does.
        above = "\n" * (section.line - 1)
        try:
            return self._jinja.parse(above + section.source, filename=str(section.path))
        except ValueError:
            # Python refuses to read integers of thousands of digits.
            raise TextError(f"{section.path}:{section.line}: a number is too long") from None


class SandboxedText:
    """One compiled section."""

    def __init__(self, section: Section, template: Template) -> None:
        self._section = section
        self._template = template

    def render(self, values: Mapping[str, object]) -> str:
        """The section with the values filled in, trimmed. Raises `TextError` with the line."""
        pieces: list[str] = []
        length = 0
        try:
            for piece in self._template.generate(values):
                pieces.append(piece)
                length += len(piece)
                if length > LONGEST_OUTPUT + self._section.line - 1:
                    raise TextError(f"{self._place()}: more than {LONGEST_OUTPUT} characters")
        except _AT_RUN_TIME as error:
            raise TextError(f"{self._place(error)}: {error}") from error
        return _tidy("".join(pieces))

    def _place(self, error: Exception | None = None) -> str:
        lines = list(_lines_of(error, str(self._section.path)))
        return f"{self._section.path}:{lines[-1] if lines else self._section.line}"


def _lines_of(error: Exception | None, filename: str) -> Iterator[int]:
    """The template's lines in a traceback, which Jinja rewrites to show them."""
    trace = error.__traceback__ if error else None
    while trace:
        if trace.tb_frame.f_code.co_filename == filename:
            yield trace.tb_lineno
        trace = trace.tb_next


def _tidy(text: str) -> str:
    """Trimmed, with one empty line at most between paragraphs (branches not taken leave more)."""
    return re.sub(r"\n[ \t]*(\n[ \t]*)+\n", "\n\n", text).strip()


def one_line(text: str) -> str:
    """Line breaks and runs of spaces folded to one space; a no-break space stays what it is."""
    return re.sub(r"[ \t\n]+", " ", text).strip()


def _printable(value: object) -> object:
    """Only text and whole numbers print as they are; "None" or a list must never go out."""
    if type(value) is Undefined:
        # Jinja's own for `{{ "x" if y }}` where y does not hold.
        return ""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if value is None:
        raise TypeError("there is no value to print here; ask first, with {% if … %}")
    raise TypeError(f"a {type(value).__name__} needs a filter to be printed, such as |when")
