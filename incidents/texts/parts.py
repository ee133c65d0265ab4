"""A text in the parts that an editor shows, and back: title, the rest of the head, each section.

What was not touched comes back letter by letter, so that a difference shows what was changed. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from incidents.texts.document import take_apart
from incidents.texts.own import NOTICE, TextName
from incidents.texts.reading import ANSWER_SECTIONS, NOTICE_SECTIONS

TITLE = "title"
HEAD = "head"

_LINE = re.compile(r"(?P<path>[^:]+\.md):(?:(?P<line>[0-9]+):)? ?(?P<says>.*)", re.DOTALL)
_SECTION = re.compile(r"'# (\w+)'")


@dataclass(frozen=True, slots=True)
class Parts:
    """`title` is a notice's name or an answer's question; `head` is YAML: fields, context, rule."""

    title: str = ""
    head: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Composed:
    """A whole text, and on which of its lines (from 1) each part begins."""

    source: str
    begins: Mapping[str, int]


def sections_of(kind: str) -> tuple[str, ...]:
    """The sections that a kind of text may have, in their order."""
    return NOTICE_SECTIONS if kind == NOTICE else ANSWER_SECTIONS


def apart(name: TextName, source: str) -> Parts:
    """Take a text apart. Raises `TextError` where it is none."""
    document = take_apart(name.path("text"), source, sections_of(name.kind))
    head = document.head if isinstance(document.head, dict) else {}
    lines = source.split("\n")
    end = next(i for i, line in enumerate(lines) if i and line.rstrip() == "---")
    own = {_title_key(name), "kind"} if name.kind == NOTICE else {_title_key(name)}
    keys = sorted((line, key[0]) for key, line in document.lines.items() if len(key) == 1)
    kept: list[str] = []
    for (line, key), following in zip(keys, [*keys[1:], (end + 1, "")], strict=True):
        if key not in own:
            kept += lines[line - 1 : following[0] - 1]
    sections = {key: part.source for key, part in document.sections.items()}
    return Parts(str(head.get(_title_key(name), "")), "\n".join(kept), sections)


def together(name: TextName, parts: Parts) -> Composed:
    """The whole text of its parts; a section that is empty is left out."""
    lines = ["---", f"{_title_key(name)}: {_scalar(_plain(parts.title))}"]
    begins = {TITLE: 2}
    if name.kind == NOTICE:
        lines.append(f"kind: {name.key.partition('/')[0]}")
    head = _plain(parts.head)
    begins[HEAD] = len(lines) + 1
    lines += [*(head.split("\n") if head.strip() else []), "---"]
    for section in sections_of(name.kind):
        words = _plain(parts.sections.get(section, ""))
        if words.strip():
            lines.append(f"# {section}")
            begins[section] = len(lines) + 1
            lines += [*words.split("\n"), ""]
    return Composed("\n".join(lines).rstrip() + "\n", begins)


def at_part(problem: str, composed: Mapping[str, Composed]) -> tuple[str, int | None, str]:
    """Where a problem of one of these texts (by locale) belongs: the part, its line there, and
    what is wrong. As in ("it.short", 2, "unknown name 'x'"); ("", None, …) for what has no place.
    """
    found = _LINE.fullmatch(problem)
    locale = found["path"].rsplit(".", 2)[-2] if found else ""
    if found is None or locale not in composed:
        return "", None, problem
    says = found["says"]
    if missing := _SECTION.search(says):
        return f"{locale}.{missing[1]}", None, says
    if found["line"] is None:
        return f"{locale}.{HEAD}", None, says
    line = int(found["line"])
    part, begin = _part_at(composed[locale].begins, line)
    return f"{locale}.{part}", None if part == TITLE else line - begin + 1, says


def _part_at(begins: Mapping[str, int], line: int) -> tuple[str, int]:
    before = [(part, begin) for part, begin in begins.items() if begin <= line]
    return max(before or [(TITLE, 1)], key=lambda each: each[1])


def _title_key(name: TextName) -> str:
    return "title" if name.kind == NOTICE else "question"


def _plain(text: str) -> str:
    """A browser's line breaks as ours, and no empty lines at the ends."""
    return text.replace("\r\n", "\n").strip("\n").rstrip()


def _scalar(text: str) -> str:
    """A line as YAML has it: bare where that is safe, else quoted (JSON's quotes are YAML's)."""
    text = text.strip()
    try:
        bare = yaml.safe_load(f"x: {text}") == {"x": text} and "\n" not in text
    except yaml.YAMLError:
        bare = False
    return text if bare else json.dumps(text, ensure_ascii=False)
