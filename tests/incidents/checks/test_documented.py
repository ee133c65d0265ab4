"""docs/checks.md lists every check as it is, and every word list."""

from __future__ import annotations

from pathlib import Path

from incidents.checks import CHECKS
from incidents.checks.words import LISTS
from tests.incidents.checks._corpus import samples

PAGE = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")


def test_the_table_says_what_each_check_does() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{c.id}` | {c.severity} | {c.reason} | {c.fix} |" for c in CHECKS]


def test_every_word_list_is_named() -> None:
    assert [name for name in LISTS if f"`{name}`" not in PAGE] == []


def test_the_size_of_the_corpus_is_told_as_it_is() -> None:
    bad, good = samples("bad"), samples("good")
    published = [sum(sample.published for sample in each) for each in (bad, good)]
    told = f"{len(bad)} bad and {len(good)} good notices"
    assert told in PAGE
    assert f"{published[0]} and {published[1]} of them were really published" in PAGE
