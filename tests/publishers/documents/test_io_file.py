"""The IO app's file: what it would not decode is refused, and nothing but the patch changes."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from publishers.documents._io_file import (
    REQUIRED_SECTIONS,
    SECTIONS,
    NotDecodable,
    decoded,
    patched,
)

SAMPLE = (Path(__file__).parent / "io_backend.json").read_text(encoding="utf-8")
SAID = {
    "is_visible": True,
    "level": "critical",
    "message": {"it-IT": "Il Portafoglio è fermo.", "en-EN": "Down.", "de-DE": "Gestört."},
    "web_url": {"it-IT": "https://a.it/", "en-EN": "https://a.it/en/", "de-DE": "https://a.it/"},
}
Spoil = Callable[[dict[str, Any]], object]


def changed(before: str, after: str) -> list[str]:
    """The lines of a diff, without its context."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_the_sample_is_one() -> None:
    assert set(decoded(SAMPLE)["sections"]) == set(SECTIONS) - {"cdc"}
    assert len(REQUIRED_SECTIONS) == 19


def test_hiding_a_section_is_a_line() -> None:
    assert changed(SAMPLE, patched(SAMPLE, {"messages": {"is_visible": False}})) == [
        '-      "is_visible": true,',
        '+      "is_visible": false,',
    ]


def test_a_banner_is_written_as_the_file_is() -> None:
    after = patched(SAMPLE, {"wallets": SAID})
    assert json.loads(after)["sections"]["wallets"] == {
        **json.loads(SAMPLE)["sections"]["wallets"],
        **SAID,
    }
    lines = changed(SAMPLE, after)
    assert '+        "it-IT": "Il Portafoglio è fermo.",' in lines
    assert len(lines) < 20


def test_what_is_said_already_changes_no_byte() -> None:
    after = patched(SAMPLE, {"wallets": SAID})
    assert patched(after, {"wallets": SAID}) == after
    assert patched(SAMPLE, {}) == SAMPLE


def test_the_order_of_keys_and_numbers_and_escapes_stay() -> None:
    odd = SAMPLE.replace('"config": {', '"config": {"f": 1.50e2, "s": "\\u00e8", "l": [1,2],')
    after = patched(odd, {"wallets": SAID})
    assert '"config": {"f": 1.50e2, "s": "\\u00e8", "l": [1,2],' in after
    assert list(json.loads(after)) == list(json.loads(odd))


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
def test_any_indentation_is_kept(indent: int | str | None) -> None:
    text = json.dumps(json.loads(SAMPLE), indent=indent, ensure_ascii=False)
    after = patched(text, {"wallets": SAID})
    assert after == json.dumps(json.loads(after), indent=indent, ensure_ascii=False)


def test_line_ends_of_windows_are_kept() -> None:
    after = patched(SAMPLE.replace("\n", "\r\n"), {"wallets": SAID})
    assert after.count("\n") == after.count("\r\n")
    assert after.replace("\r\n", "\n") == patched(SAMPLE, {"wallets": SAID})


def _without(*place: str) -> Spoil:
    def spoil(data: dict[str, Any]) -> None:
        for part in place[:-1]:
            data = data[part]
        del data[place[-1]]

    return spoil


def _with(value: Any, *place: str) -> Spoil:
    def spoil(data: dict[str, Any]) -> None:
        for part in place[:-1]:
            data = data[part]
        data[place[-1]] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_without("is_alive"), "is_alive: should be true or false"),
        (_with("true", "is_alive"), "is_alive: should be true or false"),
        (_without("config"), "config: should be an object"),
        (_without("message"), "message: should be an object with it-IT and en-EN"),
        (_with(3, "message", "en-EN"), "message.en-EN: should be a string"),
        (_with(None, "message", "de-DE"), "message.de-DE: should be a string"),
        (_without("sections"), "sections: should be an object"),
        (_without("sections", "cgn"), "sections.cgn: is missing; without it the app"),
        (_with([], "sections", "cgn"), "sections.cgn: should be an object"),
        (_without("sections", "cgn", "is_visible"), "sections.cgn.is_visible: should be true"),
        (_with("info", "sections", "cgn", "level"), "sections.cgn.level: should be critical,"),
        (_with([], "sections", "cgn", "level"), "sections.cgn.level: should be critical,"),
        (_without("sections", "cgn", "message"), "sections.cgn.message: should be an object"),
        (_without("sections", "cgn", "message", "it-IT"), "sections.cgn.message.it-IT: should"),
        (_with("x", "sections", "cgn", "web_url"), "sections.cgn.web_url: should be an object"),
        (_with({}, "sections", "cgn", "badge"), "sections.cgn.badge.it-IT: should be a string"),
        (_with("x", "sections", "payments"), "sections.payments: should be an object"),
        (_with([], "statusMessages"), "statusMessages.items: should be a list"),
        (_with([3], "statusMessages", "items"), "statusMessages.items[0]: should be an object"),
        (
            _with([{"level": "normal"}], "statusMessages", "items"),
            "statusMessages.items[0].message: should be an object",
        ),
    ],
)
def test_what_the_app_would_not_decode_is_refused(spoil: Spoil, says: str) -> None:
    data = json.loads(SAMPLE)
    spoil(data)
    with pytest.raises(NotDecodable) as problem:
        patched(json.dumps(data), {"wallets": SAID})
    assert any(fault.startswith(says) for fault in problem.value.faults)


def test_a_route_may_have_one_message() -> None:
    data = json.loads(SAMPLE)
    data["statusMessages"]["items"] *= 2
    with pytest.raises(NotDecodable, match=r"items\[1\]\.routes: 'WALLET_HOME' stands twice"):
        decoded(json.dumps(data))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file: line 1: is no JSON"),
        ("{", "the file: line 1: is no JSON"),
        ("[]", "the file: should be an object"),
        ("\ufeff{}", "the file: begins with a byte order mark"),
        ('{"is_alive": true, "is_alive": true}', "is_alive: stands twice in one object"),
        ('{"config": {"a": {"b": 1, "b": 1}}}', "b: stands twice in one object"),
        ('{"a": NaN}', "NaN: is no JSON number"),
        ("[" * 100_000, "the file: is no JSON"),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, says: str) -> None:
    with pytest.raises(NotDecodable) as problem:
        patched(text, {})
    assert problem.value.faults[0].startswith(says)


@pytest.mark.parametrize(
    "wanted",
    [
        {**SAID, "level": "red"},
        {**SAID, "is_visible": "yes"},
        {**SAID, "message": {"it-IT": "a"}},
        {**SAID, "web_url": {"it-IT": 3, "en-EN": ""}},
    ],
)
def test_nothing_is_emitted_that_would_not_decode(wanted: dict[str, Any]) -> None:
    with pytest.raises(NotDecodable, match=r"sections\.wallets\."):
        patched(SAMPLE, {"wallets": wanted})


def test_a_section_that_is_not_in_the_file_is_not_invented() -> None:
    with pytest.raises(NotDecodable, match=r"sections\.cdc: is not in the file"):
        patched(SAMPLE, {"cdc": SAID})


LINES = some.text(some.characters(exclude_categories=["Cs"]), min_size=1)


@given(text=LINES, other=LINES)
def test_any_words_arrive_as_they_are(text: str, other: str) -> None:
    said = {**SAID, "message": {"it-IT": text, "en-EN": other, "de-DE": text}}
    after = patched(SAMPLE, {"wallets": said, "login": {"is_visible": False}})
    assert decoded(after)["sections"]["wallets"]["message"] == said["message"]
