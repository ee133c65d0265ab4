"""What is said when the words do not fit, and which post it replies to."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.status import PublicationKind
from publishers.channels import _composing
from publishers.channels._base import ChannelOptions, Receipt
from publishers.channels._x_text import LIMIT, weighted_length
from tests.publishers.channels.drivers._base import MESSAGE, message


def composed(reference: bool = False, **changes: Any) -> Any:
    fields = {key: changes.pop(key) for key in ("link", "thread", "hashtags") if key in changes}
    options = ChannelOptions(name="x", kind="x", locale="it", **fields)
    return _composing.compose(
        message(**changes), options, limit=LIMIT, measure=weighted_length, reference=reference
    )


def test_says_the_short_text_and_the_address() -> None:
    post = composed(short="Il Portafoglio non funziona.", url="https://s.example.it/?u=3")
    assert post.text == "Il Portafoglio non funziona.\nhttps://s.example.it/?u=3"
    assert (post.length, post.limit, post.fallback) == (28 + 1 + 23, 280, False)


def test_says_the_reference_and_no_address() -> None:
    post = composed(reference=True, link=False, short="Il Portafoglio non funziona.")
    assert post.text == "Il Portafoglio non funziona. #42/3"


def test_says_the_headline_where_there_is_no_short_text() -> None:
    assert composed(link=False, short=" ", headline="Fermo").text == "Fermo"


@pytest.mark.parametrize(("letters", "fallback"), [(256, False), (257, True)])
def test_what_fits_to_the_last_character_is_said(letters: int, fallback: bool) -> None:
    post = composed(short="x" * letters, status="Risolto", name="App", url="https://s.example.it/")
    assert post.fallback is fallback
    assert post.text == ("Risolto: App" if fallback else "x" * letters) + "\nhttps://s.example.it/"


@pytest.mark.parametrize(
    ("short", "brief", "said", "fallback"),
    [
        ("corto", "più corto", "corto", False),
        ("x" * 999, "più corto", "più corto", False),
        ("x" * 999, "y" * 999, "Risolto: App", True),
    ],
)
def test_the_shorter_wording_is_said_before_the_fallback(
    short: str, brief: str, said: str, fallback: bool
) -> None:
    post = composed(short=short, brief=brief, status="Risolto", name="App", link=False)
    assert (post.text, post.fallback) == (said, fallback)


def test_a_local_address_may_count_as_a_public_one() -> None:
    options = ChannelOptions(name="log", kind="log", locale="it")
    sent = message(short="x" * 256, url="http://127.0.0.1:8000/incidents/k3v9/?u=3")
    post = _composing.compose(
        sent,
        options,
        limit=LIMIT,
        measure=weighted_length,
        counted_url="https://s.example.it/",
    )
    assert (post.length, post.fallback) == (280, False)
    assert post.text.endswith(sent.url)


def test_a_long_name_leaves_the_status() -> None:
    post = composed(short="x" * 999, name="y" * 999, status="Risolto", link=False)
    assert (post.text, post.fallback) == ("Risolto", True)


def test_what_does_not_fit_even_so_shows_its_length() -> None:
    post = composed(short="", headline="", status="z" * 999, link=False)
    assert post.length > LIMIT


def test_the_fallback_pings_nobody_either() -> None:
    post = composed(short="x" * 999, name="Guasto @comune #App", hashtags=("app",), link=False)
    assert "@\u200bcomune #App" in post.text


FIRST, LATEST, TARGET = Receipt("1"), Receipt("2"), Receipt("3")


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        (PublicationKind.UPDATE, None, LATEST),
        (PublicationKind.UPDATE, TARGET, LATEST),
        (PublicationKind.ANSWER, None, LATEST),
        (PublicationKind.CORRECTION, TARGET, TARGET),
        (PublicationKind.RETRACTION, TARGET, TARGET),
        (PublicationKind.RETRACTION, None, LATEST),
    ],
)
def test_replies_to(kind: PublicationKind, target: Receipt | None, expected: Receipt) -> None:
    sent = message(kind=kind, parent=LATEST, root=FIRST, target=target)
    options = ChannelOptions(name="x", kind="x", locale="it")
    assert _composing.reply_target(sent, options) == expected
    assert _composing.reply_target(sent, options.model_copy(update={"thread": False})) is None


def test_headline_and_body_stand_for_the_short_text_which_is_kept() -> None:
    full = _composing.in_full(message(body="Si **riapre** alle 9."))
    assert full.short == f"{MESSAGE.headline}\n\nSi riapre alle 9."
    assert full.brief == MESSAGE.short


@pytest.mark.parametrize(
    "changes",
    [
        {"automatic": True},
        {"body": ""},
        {"kind": PublicationKind.CORRECTION, "target": Receipt("1")},
        {"kind": PublicationKind.RETRACTION},
    ],
)
def test_only_the_short_text_says_what_kind_of_message_it_is(changes: dict[str, object]) -> None:
    sent = message(**changes)
    assert _composing.in_full(sent) == sent
