"""What the documentation says exists: commands, options, settings, variables, links, pictures."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest
from pydantic import BaseModel

from incidents.inputs import DeclareInput, FigureInput, ScheduleInput, UpdateInput, parse
from incidents.texts import TextLibrary
from publishers._kinds import kinds, load
from statuspage._settings_file import checked
from statuspage.cli import main
from statuspage.cli._common import Context
from statuspage.cli._values import with_zone
from statuspage.settings import load_settings
from statuspage.settings_reference import SECTIONS, VARIABLES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OPERATE = ROOT / "docs" / "operate.md"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^    (\S.*)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")
_KEY = re.compile(r"`([a-z]+)\.([a-z_]+)`")
_VARIABLE = re.compile(r"\bAVVISO_[A-Z0-9_]+\b")
_PLACEHOLDER = re.compile(r"…|\.\.\.|[A-Z]+")


@dataclass(frozen=True)
class Typed:
    """One command line of the documentation, and where it stands."""

    page: Path
    line: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.line}"


def blocks(page: Path, *languages: str) -> Iterator[str]:
    for language, block in _FENCED.findall(page.read_text(encoding="utf-8")):
        if not languages or language in languages:
            yield block


def code_of(page: Path) -> Iterator[str]:
    """Every line of code on a page: of its blocks, and within its sentences."""
    text = page.read_text(encoding="utf-8")
    for _, block in _FENCED.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    plain = _FENCED.sub("", text)
    yield from _INDENTED.findall(plain)
    yield from (" ".join(code.split()) for code in _INLINE.findall(plain))


def typed_in(page: Path) -> Iterator[Typed]:
    for line in code_of(page):
        command = line.removeprefix("ExecStart=").strip()
        command = re.sub(r"^sudo (-u \w+ |--\S+ )*", "", command)
        if re.match(r"(\S*/)?avviso( |$)", command):
            yield Typed(page, command)


EVERY_TYPED = [typed for page in PAGES for typed in typed_in(page)]


def words_of(typed: Typed) -> list[str]:
    words = shlex.split(typed.line, comments=True)[1:]
    ends = [index for index, word in enumerate(words) if word in ("|", "&&", ">", ";")]
    return words[: ends[0]] if ends else words


def walk(command: click.Command, words: list[str], context: click.Context) -> None:
    """Fails where a word is no command, no option, or no value that its place takes."""
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            _option(command, word, words, context)
        elif _PLACEHOLDER.fullmatch(word):
            arguments = arguments[1:]
        elif isinstance(command, click.Group):
            inner = command.get_command(context, word)
            assert inner is not None, f"there is no command {word!r}"
            walk(inner, words, context)
        else:
            assert arguments, f"{word!r} is one argument too many"
            # One that takes any number of words is never used up.
            _value(arguments[0] if arguments[0].nargs == -1 else arguments.pop(0), word)


def _option(command: click.Command, word: str, words: list[str], context: click.Context) -> None:
    name, equals, value = word.partition("=")
    known = {text: param for param in command.get_params(context) for text in param.opts}
    assert name in known, f"there is no option {name}"
    option = known[name]
    if isinstance(option, click.Option) and not option.is_flag:
        assert equals or words, f"{name} takes a value"
        _value(option, value if equals else words.pop(0))


def _value(param: click.Parameter, value: str) -> None:
    if not _PLACEHOLDER.fullmatch(value) and not isinstance(param.type, click.Path):
        param.type_cast_value(
            click.Context(main, **main.context_settings),
            [value] if param.multiple or param.nargs == -1 else value,
        )


def test_there_is_something_to_read() -> None:
    assert len(EVERY_TYPED) > 60
    assert {"README.md", "CONTRIBUTING.md", "docs/operate.md"} <= {
        page.relative_to(ROOT).as_posix() for page in PAGES
    }


@pytest.mark.parametrize("typed", EVERY_TYPED, ids=str)
def test_every_command_line_is_one(typed: Typed) -> None:
    with click.Context(
        main, info_name="avviso", obj=Context(None), **main.context_settings
    ) as context:
        walk(main, words_of(typed), context)


@pytest.mark.parametrize(
    "line",
    [
        "avviso declair",
        "avviso declare --nme it=x",
        "avviso declare --name",
        "avviso update 1 2",
        "avviso deliveries retry seven",
        "avviso component status wallet broken",
        "avviso schedule --kind incident",
        "avviso incidents --limit 0",
    ],
)
def test_a_wrong_command_line_would_be_found(line: str) -> None:
    with (
        click.Context(
            main, info_name="avviso", obj=Context(None), **main.context_settings
        ) as context,
        pytest.raises((AssertionError, click.BadParameter)),
    ):
        walk(main, words_of(Typed(OPERATE, line)), context)


@pytest.mark.parametrize("name", main.list_commands(click.Context(main, **main.context_settings)))
def test_every_command_is_in_the_docs(name: str) -> None:
    assert [typed for typed in EVERY_TYPED if words_of(typed)[:1] == [name]]


def test_the_texts_that_are_named_exist(library: TextLibrary) -> None:
    known = {"--template": library.notice_keys(), "--answer": library.answer_keys()}
    wrong = [
        str(typed)
        for typed in EVERY_TYPED
        for option, value in zip(words_of(typed), words_of(typed)[1:], strict=False)
        if option in known and value not in known[option] and not _PLACEHOLDER.fullmatch(value)
    ]
    assert wrong == []


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target
        for page in PAGES
        for line in code_of(page)
        for target in re.findall(r"(?:^|[|&;] *)make ([a-z]+)", line.strip())
    }
    assert {"run", "test"} <= named <= targets


def test_every_variable_exists() -> None:
    own = {*VARIABLES, "AVVISO_WRITE_GOLDEN"}
    channels = [load("publishers.channels", kind).Channel for kind in kinds("publishers.channels")]
    targets = [load("publishers.targets", kind).Target for kind in kinds("publishers.targets")]
    secrets = {
        secret.upper()
        for owner in (*channels, *targets)
        for secret in (*owner.SECRETS, *getattr(owner, "OPTIONAL_SECRETS", ()))
    }
    unknown = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in _VARIABLE.findall(page.read_text(encoding="utf-8"))
        if name not in own and not any(name.endswith(f"_{secret}") for secret in secrets)
    ]
    assert unknown == []


@pytest.mark.parametrize("name", ["AVVISO_SETTINGS", "AVVISO_OPERATOR", "AVVISO_DATABASE_URL"])
def test_every_variable_is_in_the_docs(name: str) -> None:
    assert name in OPERATE.read_text(encoding="utf-8")


TOML = [(page, block) for page in PAGES for block in blocks(page, "toml")]


@pytest.mark.parametrize(("page", "block"), TOML, ids=[page.name for page, _ in TOML])
def test_every_piece_of_toml_is_good(page: Path, block: str, tmp_path: Path) -> None:
    content = tomllib.loads(block)
    if "service" in content:
        (tmp_path / "avviso.toml").write_text(block, encoding="utf-8")
        load_settings(tmp_path / "avviso.toml", {})
    elif set(content) <= {*SECTIONS, "targets", "channels"}:
        assert list(_wrong_settings(content)) == []
    else:
        _is_a_notice(content)


def _wrong_settings(content: Mapping[str, Any]) -> Iterator[object]:
    for section, inside in content.items():
        for table in inside if isinstance(inside, list) else [inside]:
            _, faults = checked(_model(section, table), table, section)
            yield from (fault for fault in faults if not fault[1].startswith("is missing"))


def _model(section: str, table: Mapping[str, Any]) -> type[BaseModel]:
    if section == "channels":
        options: type[BaseModel] = load("publishers.channels", table["kind"]).Channel.Options
    elif section == "targets":
        options = load("publishers.targets", table.get("kind", "directory")).Target.Options
    else:
        options = SECTIONS[section]
    return options


def _is_a_notice(content: Mapping[str, Any]) -> None:
    """What `--file` takes: fields of the actions, and figures that are whole."""
    known = {*DeclareInput.model_fields, *UpdateInput.model_fields, *ScheduleInput.model_fields}
    assert set(content) <= known
    for figure in with_zone(content.get("figures", []), ZoneInfo("Europe/Rome")):
        parse(FigureInput, figure, ("it", "en"))


def test_every_settings_key_that_is_named_exists() -> None:
    """Those that exist are all told: docs/settings.md is made from them."""
    known = set(_KEY.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    named = {key for page in PAGES for key in _KEY.findall(page.read_text(encoding="utf-8"))}
    assert ("web", "port") in known
    assert {key for key in named if key[0] in {section for section, _ in known}} - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    plain = _FENCED.sub("", page.read_text(encoding="utf-8"))
    lost = [
        link
        for link in _LINK.findall(_INLINE.sub("", plain))
        if not re.match(r"[a-z]+:", link) and not _leads_somewhere(page, link)
    ]
    assert lost == []


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    """Headings as code hosts make them into anchors."""
    plain = _FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert set((ROOT / "docs" / "images").iterdir()) <= shown


@pytest.mark.parametrize("kind", kinds("publishers.channels"))
def test_every_channel_has_a_page_that_is_found(kind: str) -> None:
    assert (ROOT / "docs" / "channels" / f"{kind}.md").exists()
    for page in ("README.md", "docs/README.md"):
        assert f"channels/{kind}.md" in (ROOT / page).read_text(encoding="utf-8")


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(folder.glob("0*.md")) if path.name not in listed] == []


def test_the_exit_codes_are_told() -> None:
    told = OPERATE.read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d) \|", told, re.MULTILINE) == list("012345")
