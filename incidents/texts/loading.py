"""Finds and reads all files of a templates folder, and compares the languages of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from incidents.locales import LocaleError, Words, load_words
from incidents.texts.model import KINDS, AnswerTemplate, Field, NoticeTemplate, TextError
from incidents.texts.reading import read_answer, read_notice
from incidents.texts.sandbox import Sandbox

FILE_NAME = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)\.([a-z]{2,3}(?:[-_][A-Za-z]+)*)\.md")

Item = TypeVar("Item", NoticeTemplate, AnswerTemplate)


@dataclass
class Loaded:
    """What a folder holds: items by locale and key, and what is wrong with it."""

    words: dict[str, Words] = field(default_factory=dict)
    notices: dict[str, dict[str, NoticeTemplate]] = field(default_factory=dict)
    answers: dict[str, dict[str, AnswerTemplate]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def load_folder(templates: Path, locales: Sequence[str], zone: ZoneInfo) -> Loaded:
    """Read the catalogues, notices and answers of these locales, gathering the problems."""
    loaded = Loaded(
        notices={locale: {} for locale in locales}, answers={locale: {} for locale in locales}
    )
    for locale in locales:
        try:
            loaded.words[locale] = load_words(templates / "locales", locale, zone)
        except LocaleError as problem:
            loaded.problems.append(str(problem))
    sandboxes = {locale: Sandbox(words) for locale, words in loaded.words.items()}
    _load_notices(templates / "notices", sandboxes, loaded)
    _load_answers(templates / "answers", sandboxes, loaded)
    for notices in _versions(loaded.notices):
        loaded.problems.extend(differences(notices))
    for answers in _versions(loaded.answers):
        loaded.problems.extend(differences(answers))
    return loaded


def _load_notices(folder: Path, sandboxes: Mapping[str, Sandbox], loaded: Loaded) -> None:
    strangers = sorted(path for path in folder.glob("*/") if path.name not in KINDS)
    loaded.problems.extend(
        f"{path}: there is no such kind of notice; the kinds are: {', '.join(KINDS)}"
        for path in strangers
    )
    for kind in KINDS:
        for path, locale in _files(folder / kind, tuple(sandboxes), loaded.problems):
            try:
                notice = read_notice(path, kind, locale, sandboxes[locale])
            except TextError as error:
                loaded.problems.extend(error.problems)
            else:
                loaded.notices[locale][notice.key] = notice


def _load_answers(folder: Path, sandboxes: Mapping[str, Sandbox], loaded: Loaded) -> None:
    for path, locale in _files(folder, tuple(sandboxes), loaded.problems):
        try:
            answer = read_answer(path, locale, sandboxes[locale])
        except TextError as error:
            loaded.problems.extend(error.problems)
        else:
            loaded.answers[locale][answer.key] = answer


def _files(folder: Path, locales: Sequence[str], problems: list[str]) -> Iterator[tuple[Path, str]]:
    """The files of a folder that are in these locales; each must exist in all of them."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.glob("*.md")):
        name = FILE_NAME.fullmatch(path.name)
        if not name:
            problems.append(f"{path}: a file's name is {{key}}.{{locale}}.md, in small letters")
        elif name[2] in locales:
            found.setdefault(name[1], {})[name[2]] = path
    for key, paths in sorted(found.items()):
        problems.extend(
            f"{folder / key}.{locale}.md: is missing; it exists for: {', '.join(paths)}"
            for locale in locales
            if locale not in paths
        )
        yield from ((path, locale) for locale, path in paths.items())


def _versions(items: Mapping[str, Mapping[str, Item]]) -> Iterator[tuple[Item, ...]]:
    """Each item, in all the languages that it could be read in."""
    for key in sorted({key for of_locale in items.values() for key in of_locale}):
        yield tuple(of_locale[key] for of_locale in items.values() if key in of_locale)


def differences(versions: Sequence[NoticeTemplate | AnswerTemplate]) -> Iterator[str]:
    """What an operator or a reader would be told differently in two languages."""
    first = versions[0]
    for other in versions[1:]:
        if _signature(first.fields) != _signature(other.fields):
            yield (
                f"{other.path}: its fields differ from those of {first.path}: "
                f"{_said(other.fields)} here, {_said(first.fields)} there"
            )
        if _rule_of(first) != _rule_of(other):
            yield f"{other.path}: its rule differs from that of {first.path}"


def _rule_of(item: NoticeTemplate | AnswerTemplate) -> object:
    return item.rule if isinstance(item, AnswerTemplate) else None


def _signature(fields: Sequence[Field]) -> set[tuple[str, str, bool]]:
    return {(field.name, field.type, field.required) for field in fields}


def _said(fields: Sequence[Field]) -> str:
    return (
        ", ".join(
            f"{field.name} ({field.type}{'' if field.required else ', optional'})"
            for field in fields
        )
        or "none"
    )
