"""A person's job: the whole text as it is to be copied, who is asked, and nothing else done."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels._base import Post, Receipt, Rejected
from publishers.channels.task import NO_LIMIT, Channel, TaskOptions
from tests.publishers.channels.drivers._base import MESSAGE, message
from tests.publishers.channels.test_contract import HOSTILE

WHO = "Call centre, turno di sera, 06 555 0100"
FULL = f"{MESSAGE.headline}\n\n{MESSAGE.body}"
NOWHERE = Path("/nonexistent")


def channel(**options: Any) -> Channel:
    settings = {"name": "centralino", "kind": "task", "locale": "it", "who": WHO, **options}
    return Channel(TaskOptions(**settings), {}, NOWHERE)


def composed(options: dict[str, Any] | None = None, **changes: Any) -> Post:
    return channel(**(options or {})).compose(message(**changes))


def test_says_headline_body_and_address() -> None:
    post = composed()
    assert post.text == f"{FULL}\n{MESSAGE.url}"
    assert (post.length, post.limit, post.fallback) == (len(post.text), NO_LIMIT, False)


def test_says_no_address_where_the_settings_say_so() -> None:
    assert composed({"link": False}).text == FULL


def test_says_the_short_text_where_the_settings_say_so() -> None:
    assert composed({"text": "short"}).text == f"{MESSAGE.short}\n{MESSAGE.url}"


def test_says_the_headline_alone_where_there_is_no_body() -> None:
    assert composed({"link": False}, body="").text == MESSAGE.headline


def test_the_body_is_plain_text() -> None:
    body = "**Che cosa fare:**\n\n- [la guida](https://x.it/a)\n- *aspetta*"
    assert composed({"link": False}, headline="Fermo", body=body).text == (
        "Fermo\n\nChe cosa fare:\n\n- la guida (https://x.it/a)\n- aspetta"
    )


@pytest.mark.parametrize(
    "marked",
    [
        {"kind": PublicationKind.CORRECTION, "target": Receipt("1")},
        {"kind": PublicationKind.RETRACTION, "target": Receipt("1")},
        {"automatic": True},
    ],
)
def test_what_carries_a_mark_is_said_with_it(marked: dict[str, Any]) -> None:
    post = composed(short="Correzione: non è così.", **marked)
    assert post.text == f"Correzione: non è così.\n{MESSAGE.url}"


@pytest.mark.parametrize(
    "kind", [PublicationKind.UPDATE, PublicationKind.ANSWER, PublicationKind.REMINDER]
)
def test_everything_else_is_said_in_full(kind: PublicationKind) -> None:
    assert composed({"link": False}, kind=kind).text == FULL


@pytest.mark.parametrize("text", ["short", "full"])
def test_nobody_is_pinged_by_whoever_pastes_it(text: str) -> None:
    words = f"{HOSTILE} #cashback"
    said = composed(
        {"text": text, "hashtags": ("Cashback",)}, short=words, headline=words, body=words
    ).text
    assert not re.search(r"[@＠]\w|[#＃](?!cashback)[^\W\d]|\$[A-Za-z]|<!", said)
    assert not re.search("[\u202a-\u202e\x00-\x09\x0b-\x1f]", said)
    assert said.count("#cashback") == (1 if text == "short" else 2)


def test_a_letter_counts_one_however_it_was_typed() -> None:
    apart = unicodedata.normalize("NFD", "perché")
    assert composed({"text": "short", "link": False}, short=apart).length == len("perché")


@pytest.mark.parametrize(
    ("limit", "said", "fallback"),
    [
        (len(FULL), FULL, False),
        (len(FULL) - 1, "In breve.", False),
        (len("In breve."), "In breve.", False),
        (len("In breve.") - 1, "Giù: X", True),
        (len("Giù: X") - 1, "Giù", True),
    ],
)
def test_what_does_not_fit_is_said_shorter(limit: int, said: str, fallback: bool) -> None:
    place = channel(link=False, limit=limit)
    sent = message(short="In breve.", status="Giù", name="X", body=message().body)
    post = place.compose(sent)
    assert (post.text, post.limit, post.fallback) == (said, limit, fallback)
    assert place.publish(sent, post) == Receipt(sent.key)


def test_a_place_without_a_limit_takes_the_longest_body() -> None:
    body = "[è](https://è.it/è) " * 1_400
    assert "https://" in composed(body=body).text.splitlines()[2]


def test_a_text_that_fits_nowhere_is_rejected() -> None:
    narrow = channel(limit=2, link=False)
    with pytest.raises(Rejected, match="the text has 18 characters, the place takes 2"):
        narrow.publish(message(), narrow.compose(message()))


def test_there_are_no_threads() -> None:
    assert not composed({"thread": True}, parent=Receipt("1"), root=Receipt("1")).replies


def test_handing_over_writes_nothing_down_and_shows_nothing(tmp_path: Path) -> None:
    settings = TaskOptions(name="centralino", kind="task", locale="it", who=WHO)
    task = Channel(settings, {}, tmp_path)
    sent = message(key="7-centralino")
    assert task.publish(sent, task.compose(sent)) == Receipt("7-centralino")
    assert list(tmp_path.iterdir()) == []


def test_nobody_but_a_person_can_look() -> None:
    assert Channel.certainty is Certainty.PERSONAL
    sent = message()
    receipt = channel().publish(sent, channel().compose(sent))
    assert channel().find(sent, channel().compose(sent)) is None
    assert channel().seen(receipt) is None


def test_says_who_is_asked_and_what_to_do() -> None:
    assert channel().check() == WHO
    assert composed().notes == (f"A person is asked to do this: {WHO}",)
    told = composed({"instructions": "Incolla nel banner dell’app."}).notes
    assert told == (f"A person is asked to do this: {WHO}", "Incolla nel banner dell’app.")


@pytest.mark.parametrize(
    "wrong",
    [{"who": ""}, {"who": "  "}, {"text": "long"}, {"limit": -1}, {"limit": NO_LIMIT + 1}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        channel(**wrong)


def test_who_is_asked_has_to_be_said() -> None:
    with pytest.raises(ValidationError, match="who"):
        TaskOptions.model_validate({"name": "centralino", "kind": "task", "locale": "it"})


SHORTS = {"it": "Il Portafoglio è fermo.", "en": "The Wallet is down."}


def test_the_apps_banner_is_said_in_its_three_languages_with_the_command() -> None:
    post = composed({"text": "io"}, shorts=SHORTS)
    assert post.text == (
        "it-IT: Il Portafoglio è fermo.\n"
        "en-EN: The Wallet is down.\n"
        "de-DE: The Wallet is down.\n\n"
        f"avviso io-patch backend.json --write\n{MESSAGE.url}"
    )


def test_the_apps_banner_of_a_correction_is_the_corrected_text() -> None:
    corrected = {"kind": PublicationKind.CORRECTION, "target": Receipt("1")}
    post = composed({"text": "io"}, short="Correzione: …", shorts=SHORTS, **corrected)
    assert post.text.startswith("it-IT: Il Portafoglio è fermo.\n")


@pytest.mark.parametrize("kind", [PublicationKind.RETRACTION, PublicationKind.ANSWER])
def test_what_is_no_banner_is_said_short(kind: PublicationKind) -> None:
    post = composed({"text": "io"}, kind=kind, short="Ritirato: errore.", shorts=SHORTS)
    assert post.text == f"Ritirato: errore.\n{MESSAGE.url}"
