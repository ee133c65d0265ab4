"""The house as it was drawn: who may import whom, and what every kind brings along."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from publishers._kinds import kinds

ROOT = Path(__file__).parents[1]
OURS = ("incidents", "publishers", "statuspage", "wsgi")
ALLOWED = {
    "incidents": set(),
    "publishers": {"incidents"},
    "statuspage": {"incidents", "publishers"},
    "wsgi": {"incidents", "publishers", "statuspage"},
}
SEEN_BY_PUBLISHERS = {"incidents.view", "incidents.status", "incidents.locales"}
NOT_FOR = {
    "incidents": {"flask", "werkzeug", "requests", "urllib3", "tweepy", "http", "feedgen"},
    "publishers": {"flask", "werkzeug", "sqlalchemy", "alembic", "apscheduler"},
}
HEAVY = {
    "tweepy": {"publishers/channels/x.py", "publishers/channels/_x_api.py"},
    "mastodon": {"publishers/channels/mastodon.py", "publishers/channels/_mastodon_api.py"},
    "atproto": {"publishers/channels/bluesky.py", "publishers/channels/_bluesky_api.py"},
    "apprise": {"publishers/channels/_apprise_child.py"},
    "obstore": {"publishers/targets/_bucket.py"},
}
KINDS = (
    "publishers.channels",
    "publishers.documents",
    "publishers.lists",
    "publishers.targets",
)


def sources(package: str) -> list[Path]:
    one = ROOT / f"{package}.py"
    found = [one] if one.exists() else sorted((ROOT / package).rglob("*.py"))
    return [path for path in found if "node_modules" not in path.parts]


def imported_by(path: Path) -> Iterator[str]:
    """The full names that a file imports anywhere in it; `from a import b` gives "a.b"."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def faults_in(package: str, wrong: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imported_by(path)
        if name.split(".")[0] in wrong
    ]


def test_there_is_something_to_read() -> None:
    assert "incidents.view.Service" in imported_by(ROOT / "publishers/documents/_base.py")
    assert all(sources(package) for package in OURS)


@pytest.mark.parametrize("package", OURS)
def test_imports_go_one_way(package: str) -> None:
    assert faults_in(package, set(OURS) - ALLOWED[package] - {package}) == []


def test_publishers_see_of_the_domain_only_what_is_public() -> None:
    foreign = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources("publishers")
        for name in imported_by(path)
        if name.split(".")[0] == "incidents"
        and not any(f"{name}.".startswith(f"{seen}.") for seen in SEEN_BY_PUBLISHERS)
    ]
    assert foreign == []


@pytest.mark.parametrize("package", NOT_FOR)
def test_each_layer_keeps_to_its_own_libraries(package: str) -> None:
    assert faults_in(package, NOT_FOR[package]) == []


def test_the_application_knows_no_tests() -> None:
    assert [fault for package in OURS for fault in faults_in(package, {"tests", "bench"})] == []


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_stays_in_its_channel(library: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for package in OURS
        for path in sources(package)
        for name in imported_by(path)
        if name.split(".")[0] == library
    }
    assert users
    assert users <= HEAVY[library]


@pytest.mark.parametrize("package", KINDS)
def test_kinds_do_not_know_each_other(package: str) -> None:
    others = {f"{package}.{kind}" for kind in kinds(package)}
    acquainted = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package.replace(".", "/"))
        for name in imported_by(path)
        if any(f"{name}.".startswith(f"{other}.") for other in others)
    ]
    assert acquainted == []


def test_nobody_imports_a_channel_by_name() -> None:
    """A new channel is one file, and its SDK is imported only where it is configured."""
    named = [f"publishers.channels.{kind}" for kind in kinds("publishers.channels")]
    assert named
    users = [
        f"{path.relative_to(ROOT)} imports {name}"
        for package in OURS
        for path in sources(package)
        for name in imported_by(path)
        if any(f"{name}.".startswith(f"{kind}.") for kind in named)
    ]
    assert users == []


@pytest.mark.parametrize(
    "name", [f"{package}.{kind}" for package in KINDS for kind in kinds(package)]
)
def test_every_kind_has_a_test_of_its_own(name: str) -> None:
    *folders, kind = name.split(".")
    assert ROOT.joinpath("tests", *folders, f"test_{kind}.py").exists()


@pytest.mark.parametrize("kind", kinds("publishers.channels"))
def test_every_channel_is_under_the_contract_and_documented(kind: str) -> None:
    assert (ROOT / "tests/publishers/channels/drivers" / f"{kind}.py").exists()
    page = ROOT / "docs/channels" / f"{kind}.md"
    assert page.exists()
    assert f'kind = "{kind}"' in page.read_text(encoding="utf-8")


def test_the_domain_is_told_where_the_templates_are() -> None:
    """It gets the folder passed in; whoever works out the path is nearer to the rim."""
    knowing = [
        path.relative_to(ROOT).as_posix()
        for path in sources("incidents")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "templates"
    ]
    assert knowing == []


@pytest.mark.parametrize("package", [*OURS, "tests"])
def test_every_file_says_what_it_is_for(package: str) -> None:
    for path in sources(package):
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or ast.get_docstring(ast.parse(text)), path


def test_the_packages_of_the_wheel_are_all_there() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"} == (
        set(OURS) - {"wsgi"}
    )
