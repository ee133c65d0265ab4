"""What can be told of a citizen's post without fetching it, and which answer its words fit."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from incidents import actions
from incidents.actions import Desk
from incidents.answered import AnsweredPost, answers_to, fields_in_use, latest_answers
from incidents.answering import (
    Addressed,
    Candidate,
    address_of,
    addressed,
    date_in_id,
    guess_language,
    rank,
)
from incidents.errors import InvalidInput, NotAllowed
from incidents.models import Event
from incidents.texts import TextLibrary
from tests.conftest import NOON
from tests.incidents.builders import declared, resolved


def posts_of(name: str) -> list[dict[str, Any]]:
    text = Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["posts"]
    return found


POSTS = posts_of("citizens_posts")
LATER = posts_of("citizens_posts_later")
OURS = ("@ServiziApp", "@servizi@social.example.it", "servizi.example.it")


# Addresses


@pytest.mark.parametrize(
    ("pasted", "network", "address", "written"),
    [
        # The example of https://en.wikipedia.org/wiki/Snowflake_ID
        (
            "https://x.com/Wikipedia/status/1541815603606036480",
            "x",
            "https://x.com/i/status/1541815603606036480",
            "2022-06-28T16:07:40",
        ),
        (
            "https://mobile.twitter.com/somebody/status/1541815603606036480?s=20&t=abc",
            "x",
            "https://x.com/i/status/1541815603606036480",
            "2022-06-28T16:07:40",
        ),
        (
            "x.com/i/web/status/1541815603606036480/photo/1",
            "x",
            "https://x.com/i/status/1541815603606036480",
            "2022-06-28T16:07:40",
        ),
        ("https://twitter.com/jack/status/20", "x", "https://x.com/i/status/20", None),
        # The example of https://docs.joinmastodon.org/entities/Status/
        (
            "https://mastodon.social/@Gargron/103270115826048975",
            "mastodon",
            "https://mastodon.social/@Gargron/103270115826048975",
            "2019-12-08T03:48:33",
        ),
        (
            "https://mastodon.social/users/Gargron/statuses/103270115826048975",
            "mastodon",
            "https://mastodon.social/users/Gargron/statuses/103270115826048975",
            "2019-12-08T03:48:33",
        ),
        # The example of https://docs.bsky.app/docs/advanced-guides/posts
        (
            "https://bsky.app/profile/bsky.app/post/3k4duaz5vfs2b",
            "bluesky",
            "https://bsky.app/profile/bsky.app/post/3k4duaz5vfs2b",
            "2023-08-07T05:31:12",
        ),
        (
            "at://did:plc:u5cwb2mwiv2bfq53cjufe6yn/app.bsky.feed.post/3k4duaz5vfs2b",
            "bluesky",
            "https://bsky.app/profile/did:plc:u5cwb2mwiv2bfq53cjufe6yn/post/3k4duaz5vfs2b",
            "2023-08-07T05:31:12",
        ),
        (
            "https://www.facebook.com/permalink.php?story_fbid=12&id=34&__cft__[0]=x&mibextid=y",
            "facebook",
            "https://www.facebook.com/permalink.php?story_fbid=12&id=34",
            None,
        ),
        (
            "https://m.facebook.com/comune/posts/123456/",
            "facebook",
            "https://www.facebook.com/comune/posts/123456",
            None,
        ),
    ],
)
def test_an_address_tells_the_network_and_often_the_date(
    pasted: str, network: str, address: str, written: str | None
) -> None:
    found = address_of(f"  {pasted} ")
    assert found is not None
    assert (found.network, found.address) == (network, address)
    at = found.written_at and found.written_at.replace(tzinfo=None, microsecond=0).isoformat()
    assert at == written


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "ciao",
        "https://x.com/jack",
        "https://x.com/jack/status/abc",
        "https://x.com/jack/status/99999999999999999999999",
        "https://bsky.app/profile/bsky.app",
        "https://example.org/",
        "https://mastodon.social/@Gargron",
        "https://www.facebook.com/comune",
        "javascript:alert(1)//x.com/Wikipedia/status/1541815603606036480",
        "https://[/@a/103270115826048975",
        "two words",
        "https://x.com/jack/status/1" + "0" * 600,
    ],
)
def test_what_is_no_address_is_none(pasted: str) -> None:
    assert address_of(pasted) is None


def test_a_server_that_counts_its_posts_up_tells_no_date() -> None:
    found = address_of("https://other.example/@anna/123456789012345")
    assert found is not None
    assert found.written_at is None


def test_an_id_of_x_before_they_held_the_time() -> None:
    assert date_in_id("x", "29700859246") is None
    assert date_in_id("x", "29700859247") is not None


@given(st.text(max_size=80))
def test_anything_may_be_pasted(pasted: str) -> None:
    address_of(pasted)
    address_of(f"https://x.com/{pasted}")
    address_of(f"https://bsky.app/profile/a.b/post/{pasted}")


@given(st.datetimes(datetime(2011, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001
def test_ids_and_dates_agree(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    for network, number in (
        ("x", (milliseconds - 1_288_834_974_657) << 22),
        ("mastodon", milliseconds << 16),
    ):
        found = date_in_id(network, str(number))
        assert found is not None
        assert abs(found - at) < timedelta(milliseconds=2)


# To whom


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("@ServiziApp non funziona niente", Addressed.TO_US),
        (".@serviziapp non funziona niente", Addressed.TO_US),
        ("@anna @ServiziApp anche a me", Addressed.TO_US),
        ("@servizi@social.example.it quando riapre?", Addressed.TO_US),
        ("@servizi quando riapre?", Addressed.TO_US),
        ("@servizi.example.it, quando riapre?", Addressed.TO_US),
        ("@anna hai visto che disastro @ServiziApp?", Addressed.NAMES_US),
        ("Che disastro @ServiziApp", Addressed.NAMES_US),
        ("@anna hai visto?", Addressed.TO_OTHERS),
        ("L’app non va", Addressed.NOBODY),
        ("scrivete a info@ServiziApp.it", Addressed.NOBODY),
        ("@ServiziAppUfficiale ciao", Addressed.TO_OTHERS),
    ],
)
def test_to_whom_a_post_is_said(text: str, whom: Addressed) -> None:
    assert addressed(text, OURS) is whom


def test_a_reply_to_us_is_said_to_us() -> None:
    assert addressed("e quando riapre?", OURS, replies_to_us=True) is Addressed.TO_US


def test_without_accounts_nobody_is_us() -> None:
    assert addressed("@ServiziApp ciao", ("",)) is Addressed.TO_OTHERS


# Which answer


def candidates(library: TextLibrary, locale: str) -> list[Candidate]:
    found = [(key, library.usual_answer(key, locale)) for key in library.answer_keys()]
    return [Candidate(key, each.question, each.short, each.answer) for key, each in found]


@pytest.mark.parametrize(("posts", "right"), [(POSTS, (25, 29)), (LATER, (25, 28))])
def test_most_posts_find_their_answer(
    library: TextLibrary, posts: list[dict[str, Any]], right: tuple[int, int]
) -> None:
    """How many of thirty have the right answer first, and among three. The docs tell the shares."""
    first = best = 0
    for post in posts:
        ranked = [
            each.key
            for each in rank(post["text"], candidates(library, post["locale"]), post["locale"])
        ]
        first += ranked[:1] == [post["answer"]]
        best += post["answer"] in ranked[:3]
    assert len(posts) == 30
    assert (first, best) == right


def test_the_language_of_every_post_is_guessed() -> None:
    wrong = [
        p["text"]
        for p in (*POSTS, *LATER)
        if guess_language(p["text"], ("it", "en")) != p["locale"]
    ]
    assert wrong == []


def test_in_doubt_the_first_language_is_taken() -> None:
    assert guess_language("IBAN??", ("en", "it")) == "en"
    assert guess_language("", ("it", "en")) == "it"


def test_what_has_no_word_in_common_is_not_offered(library: TextLibrary) -> None:
    assert rank("@ServiziApp @anna https://x.com/carta", candidates(library, "it"), "it") == []
    assert rank("carta", [], "it") == []


def test_accents_endings_and_apostrophes_do_not_matter() -> None:
    answers = [
        Candidate("a", "Quando si può attivare?", "L’attivazione."),
        Candidate("b", "No", ""),
    ]
    for text in ("ATTIVARE", "attivata", "l'attivazione", "attiverò e attivo"):
        assert [each.key for each in rank(text, answers, "it")] == ["a"], text


def test_words_that_say_the_same_are_alike() -> None:
    answers = [Candidate("a", "Dove inserisco l’IBAN?", ""), Candidate("b", "Quali carte?", "")]
    assert [each.key for each in rank("il mio conto corrente?", answers, "it")] == ["a"]
    assert [each.key for each in rank("lo metto qui?", answers, "it")] == ["a"]


def test_a_language_that_nobody_described_is_compared_word_by_word() -> None:
    answers = [Candidate("a", "Wann zählt mein Kauf?", "Am Tag danach.")]
    assert [each.key for each in rank("zählt das?", answers, "de")] == ["a"]
    assert rank("gezählt", answers, "de") == []


# What is noted


def note(desk: Desk, actor: str = "bea", now: datetime = NOON, **more: str) -> actions.Outcome:
    address = "https://x.com/i/status/1541815603606036480"
    data = {"answer": "is-my-data-safe", "network": "x", "address": address, **more}
    return actions.record_answered(desk, actor, now, data)


def test_who_answered_is_noted_without_words_and_without_an_address_in_the_trail(
    desk: Desk,
) -> None:
    note(desk)
    with desk.db.read() as session:
        row = answers_to(session, "https://x.com/i/status/1541815603606036480")[0]
        assert (row.at, row.answer, row.network) == (NOON, "is-my-data-safe", "x")
        assert answers_to(session, "https://x.com/i/status/2") == []
        assert answers_to(session, "") == []
        event = session.scalars(select(Event).order_by(Event.seq.desc())).first()
        assert event is not None
        assert (event.kind, event.public) == ("citizen_answered", False)
        assert event.data == {"answer": "is-my-data-safe", "network": "x"}
    assert {column.name for column in AnsweredPost.__table__.columns} == {
        *("id", "at", "address", "network", "answer", "operator_id")
    }


def test_two_answers_are_both_noted_newest_first(desk: Desk) -> None:
    note(desk)
    note(desk, "carlo", NOON + timedelta(minutes=1), answer="transaction-counting")
    with desk.db.read() as session:
        found = [row.answer for row in latest_answers(session)]
    assert found == ["transaction-counting", "is-my-data-safe"]


def test_what_cannot_be_noted(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="there is no answer 'nothing'"):
        note(desk, answer="nothing")
    with pytest.raises(InvalidInput, match="address"):
        note(desk, address="https://x.com/" + "a" * 500)
    with pytest.raises(NotAllowed):
        note(desk, "vera")


def test_it_is_forgotten_after_a_while(desk: Desk) -> None:
    note(desk)
    note(desk, now=NOON + timedelta(days=1))
    keep = timedelta(days=90)
    assert actions.forget_answered(desk, NOON + keep, keep) == 0
    with desk.db.read() as session:
        before = session.scalar(select(func.max(Event.seq)))
    assert actions.forget_answered(desk, NOON + keep + timedelta(seconds=1), keep) == 1
    assert actions.forget_answered(desk, NOON + keep + timedelta(seconds=2), keep) == 0
    with desk.db.read() as session:
        assert len(latest_answers(session)) == 1
        event = session.scalars(select(Event).order_by(Event.seq.desc())).first()
        assert event is not None
        assert (event.seq, event.kind) == ((before or 0) + 1, "answered_forgotten")
        assert (event.public, event.data) == (False, {"count": 1})


def test_the_fields_that_the_page_shows_are_used(desk: Desk) -> None:
    """Whoever answers one person says what everybody reads."""
    with desk.db.read() as session:
        assert fields_in_use(session) == {}
    known = {"known": "Abbiamo controllato."}
    actions.attach_answer(desk, "bea", NOON, {"key": "is-my-data-safe"})
    answers = [{"key": "is-my-data-safe", "fields": known}]
    incident = declared(desk, answers=answers)
    with desk.db.read() as session:
        assert fields_in_use(session) == {"is-my-data-safe": known}
    resolved(desk, incident.incident_id, NOON + timedelta(hours=1))
    with desk.db.read() as session:
        assert fields_in_use(session) == {"is-my-data-safe": {}}
