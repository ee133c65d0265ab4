"""Takes a file apart: its YAML head, where each key of the head stands, and its sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from incidents.texts.model import TextError
from incidents.texts.sandbox import Section
from incidents.texts.values import forbidden_character

LARGEST_FILE = 100_000
"""Characters of one file."""

DEEPEST_HEAD = 10

KeyPath = tuple[str, ...]

# Many times as fast, where PyYAML was built with it; every start reads every file.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A file taken apart; `lines` says where each key of the head stands."""

    path: Path
    head: object
    lines: Mapping[KeyPath, int]
    sections: Mapping[str, Section]

    def place(self, key: KeyPath) -> str:
        """As in "apology/x.it.md:12", of a key of the head or the nearest one above it."""
        while key not in self.lines and key:
            key = key[:-1]
        return f"{self.path}:{self.lines.get(key, 1)}"


def read_document(path: Path, expected: Sequence[str]) -> Document:
    """Read a file whose sections may be the `expected` ones. Raises `TextError`."""
    return take_apart(path, content_of(path), expected)


def content_of(path: Path) -> str:
    """What a file says. Raises `TextError` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise TextError(f"{path}: is not UTF-8 ({problem.reason})") from None
    except OSError as problem:
        raise TextError(f"{path}: cannot be read ({problem.strerror})") from None


def take_apart(path: Path, content: str, expected: Sequence[str]) -> Document:
    """As `read_document`, of text that is already at hand."""
    if len(content) > LARGEST_FILE:
        raise TextError(f"{path}: is longer than {LARGEST_FILE} characters")
    lines = content.split("\n")
    problems = [
        f"{path}:{number}: this line {reason}"
        for number, line in enumerate(lines, 1)
        if (reason := forbidden_character(line))
    ]
    if problems:
        raise TextError(*problems)
    end = _end_of_head(path, lines)
    node, head = _yaml(path, "\n".join(["", *lines[1:end]]))
    return Document(
        path, head, dict(_key_lines(path, node)), _sections(path, lines, end + 1, expected)
    )


def _end_of_head(path: Path, lines: Sequence[str]) -> int:
    marks = [index for index, line in enumerate(lines) if line.rstrip() == "---"]
    if len(marks) < 2 or marks[0] != 0:
        raise TextError(f"{path}:1: a file begins with its head, between two lines of ---")
    return marks[1]


def _yaml(path: Path, source: str) -> tuple[yaml.Node | None, object]:
    try:
        _refuse_bombs(path, source)
        loader = _Loader(source)
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TextError(f"{path}:{line}: {error.problem or error}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise TextError(f"{path}:1: the head: {error}") from None


def _refuse_bombs(path: Path, source: str) -> None:
    """Aliases of aliases fill the memory; PyYAML's time grows with the square of the depth."""
    depth = 0
    for event in yaml.parse(source, _Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise TextError(f"{path}:{line}: the head may not use aliases (*name)")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_HEAD:
            raise TextError(f"{path}:{line}: the head is nested too deeply")


def _key_lines(
    path: Path, node: yaml.Node | None, key: KeyPath = ()
) -> Iterator[tuple[KeyPath, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            line = name.start_mark.line + 1
            if name.value in seen:
                raise TextError(f"{path}:{line}: {name.value!r} stands here twice")
            seen.add(name.value)
            yield (*key, name.value), line
            yield from _key_lines(path, value, (*key, name.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*key, str(index)), value.start_mark.line + 1
            yield from _key_lines(path, value, (*key, str(index)))


def _sections(
    path: Path, lines: Sequence[str], start: int, expected: Sequence[str]
) -> dict[str, Section]:
    marks = {f"# {name}": name for name in expected}
    begun = [index for index in range(start, len(lines)) if lines[index].rstrip() in marks]
    if any(line.strip() for line in lines[start : begun[0] if begun else len(lines)]):
        raise TextError(f"{path}:{start + 1}: there is text before the first of: {_list(marks)}")
    sections: dict[str, Section] = {}
    for index, end in zip(begun, [*begun[1:], len(lines)], strict=False):
        name = marks[lines[index].rstrip()]
        if name in sections:
            raise TextError(f"{path}:{index + 1}: there are two sections '# {name}'")
        sections[name] = Section(path, index + 2, "\n".join(lines[index + 1 : end]).rstrip())
    return sections


def _list(marks: Mapping[str, str]) -> str:
    return ", ".join(marks)
