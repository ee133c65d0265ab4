"""Bluesky through its real SDK: what is written, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    Post,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._bluesky_record import record_key
from publishers.channels.bluesky import Channel
from tests.fakes import bluesky_pds as fake
from tests.fakes._service import Answer
from tests.fakes.bluesky_pds import FakeBluesky, address
from tests.publishers.channels._bluesky import AT, GONE, channel, only_record, options, publish
from tests.publishers.channels.drivers._base import message

CORRECTION = PublicationKind.CORRECTION


@pytest.fixture
def pds() -> Iterator[FakeBluesky]:
    with FakeBluesky() as made:
        yield made


@pytest.fixture
def made(pds: FakeBluesky) -> Iterator[Channel]:
    """A channel that is logged in."""
    opened = channel(pds)
    opened.check()
    pds.requests.clear()
    yield opened
    opened.close()


def test_is_keyed_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.KEYED
    assert Channel.SECRETS == ("password",)


def test_a_missing_secret_breaks_the_channel_by_its_name(pds: FakeBluesky) -> None:
    pds.secrets = {"password": ""}
    with pytest.raises(ChannelBroken, match=r"password$"):
        channel(pds).check()
    assert pds.requests == []


@pytest.mark.parametrize(
    "changes",
    [
        {"handle": ""},
        {"handle": "@comune.bsky.social"},
        {"handle": "comune"},
        {"handle": "comune.2"},
        {"handle": "comune..it"},
        {"handle": "-comune.it"},
        {"base_url": "bsky.social"},
        {"base_url": "http://bsky.social"},
        {"base_url": "https://"},
        {"base_url": ""},
        {"base_url": "https://user:password@bsky.social"},
        {"base_url": "https://bsky.social?x=1"},
        {"base_url": "https://bsky.social#x"},
        {"base_url": "https://bsky.social/a b"},
        {"appview_url": "http://public.api.bsky.app"},
        {"languages": ("it", "en", "de", "fr")},
        {"languages": ("italiano",)},
        {"languages": ("de_AT",)},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"handle": "Ministero.Comune-3.example.it"},
        {"base_url": "https://pds.example.it/"},
        {"base_url": "http://127.0.0.1:2583"},
        {"base_url": "http://localhost:2583"},
        {"base_url": "http://[::1]:2583"},
        {"appview_url": ""},
        {"languages": ("it", "de-AT", "sr-Latn")},
    ],
)
def test_right_settings_are_taken(changes: dict[str, Any]) -> None:
    assert not options(**changes).base_url.endswith("/")


def test_the_handle_is_required() -> None:
    with pytest.raises(ValidationError, match="handle"):
        Channel.Options.model_validate({"name": "bluesky", "kind": "bluesky", "locale": "it"})


def test_posts_where_bluesky_is_unless_told_otherwise() -> None:
    assert options().base_url == "https://bsky.social"
    assert options().appview_url == "https://public.api.bsky.app"


def test_the_link_is_a_card_and_takes_no_room(pds: FakeBluesky) -> None:
    sent = message(name="Portafoglio @oggi", headline="Non si aggiungono carte", short="x" * 300)
    post = channel(pds).compose(sent)
    assert (post.text, post.length, post.fallback) == ("x" * 300, 300, False)
    assert post.card is not None
    assert post.card.url == sent.url
    assert post.card.title == "Portafoglio @\u200boggi"
    assert post.card.description == "Stiamo verificando. Non si aggiungono carte"


def test_without_a_link_there_is_no_card(pds: FakeBluesky) -> None:
    post = channel(pds, link=False).compose(message())
    assert post.card is None
    assert post.notes == ()


@pytest.mark.parametrize(
    ("changes", "title", "description"),
    [
        ({"name": "x" * 300}, "x" * 300, "Stato. Titolo"),
        ({"name": "x" * 301}, "Stato", "Stato. Titolo"),
        ({"name": "\u200b"}, "Stato", "Stato. Titolo"),
        ({"headline": "x" * 993}, "Nome", "Stato. " + "x" * 993),
        ({"headline": "x" * 994}, "Nome", "Stato"),
        ({"headline": ""}, "Nome", "Stato"),
    ],
)
def test_what_is_too_long_for_the_card_is_left_out(
    pds: FakeBluesky, changes: dict[str, Any], title: str, description: str
) -> None:
    sent = message(**{"name": "Nome", "status": "Stato", "headline": "Titolo", **changes})
    card = channel(pds).compose(sent).card
    assert card is not None
    assert (card.title, card.description) == (title, description)


@pytest.mark.parametrize(
    ("changes", "settings", "note"),
    [
        ({}, {}, "card below the text"),
        (
            {"kind": CORRECTION, "target": Receipt(GONE)},
            {"link": False},
            "this is a reply",
        ),
        (
            {"kind": CORRECTION, "parent": Receipt(GONE)},
            {"link": False},
            "this is a reply",
        ),
        (
            {"kind": CORRECTION, "target": Receipt(GONE)},
            {"link": False, "thread": False},
            "a post of its own",
        ),
        ({"kind": PublicationKind.RETRACTION}, {"link": False}, "a post of its own"),
    ],
)  # fmt: skip
def test_notes_the_networks_rules(
    pds: FakeBluesky, changes: dict[str, Any], settings: dict[str, Any], note: str
) -> None:
    (said,) = channel(pds, **settings).compose(message(**changes)).notes
    assert note in said


def test_a_correction_is_no_edit(pds: FakeBluesky) -> None:
    post = channel(pds).compose(message(kind=CORRECTION, target=Receipt(GONE)))
    assert post.replies
    assert not post.edits


def test_writes_one_frozen_record(pds: FakeBluesky, made: Channel) -> None:
    sent = message(at=AT, short="Il #Cashback: https://a.it")
    receipt = publish(channel(pds, hashtags=("Cashback",)), sent)
    assert only_record(pds)["createdAt"] == "2020-12-07T20:49:30.123Z"
    assert only_record(pds)["langs"] == ["it"]
    assert len(only_record(pds)["facets"]) == 2
    assert only_record(pds)["embed"]["external"]["uri"] == sent.url
    assert "reply" not in only_record(pds)
    assert receipt.remote_id == address(record_key(sent.key, AT))
    assert receipt.extra == {"cid": fake.cid(only_record(pds))}
    assert not receipt.standalone
    (request,) = pds.asked("putRecord")
    assert request.body["repo"] == fake.DID
    assert request.body["swapRecord"] is None


def test_what_the_operator_saw_is_what_is_written(pds: FakeBluesky, made: Channel) -> None:
    made.publish(message(), Post("Altro.", 6, 300))
    assert only_record(pds)["text"] == "Altro."
    assert "embed" not in only_record(pds)


@pytest.mark.parametrize(
    ("settings", "locale", "expected"),
    [
        ({}, "it", ["it"]),
        ({}, "de_AT", ["de-AT"]),
        ({"languages": ("it", "sc")}, "it", ["it", "sc"]),
    ],
)
def test_says_its_languages(
    pds: FakeBluesky, settings: dict[str, Any], locale: str, expected: list[str]
) -> None:
    publish(channel(pds, **settings), message(locale=locale))
    assert only_record(pds)["langs"] == expected


def test_a_post_that_fits_nowhere_is_not_even_sent(pds: FakeBluesky, made: Channel) -> None:
    with pytest.raises(Rejected, match="300"):
        publish(made, message(short="x" * 999, name="y" * 999, status="z" * 999))
    assert pds.requests == []


def test_the_same_again_changes_nothing(pds: FakeBluesky, made: Channel) -> None:
    sent = message()
    assert publish(made, sent) == publish(made, sent)
    assert pds.writes == 1


def test_two_deliveries_are_two_posts(pds: FakeBluesky, made: Channel) -> None:
    publish(made, message(at=AT))
    publish(made, message(at=AT, key="delivery-2"))
    assert len(pds.texts) == 2


def test_a_post_keeps_the_place_that_its_first_attempt_gave_it(
    pds: FakeBluesky, made: Channel
) -> None:
    first, other = publish(made, message(key="1")), publish(made, message(key="2"))
    sent = message(key="3", at=AT, parent=first)
    pds.faults.append(Answer(200, {}))  # the look at the parent: nonsense
    with pytest.raises(TryLater):
        publish(made, sent)
    written = publish(made, sent)
    again = publish(made, message(key="3", at=AT, parent=other))
    assert again == written
    assert pds.records[record_key("3", AT)]["reply"]["parent"]["uri"] == first.remote_id
    alone = publish(made, message(key="4", at=AT))
    again = publish(made, message(key="4", at=AT, parent=other))
    assert again.remote_id == alone.remote_id
    assert again.standalone
    assert "reply" not in pds.records[record_key("4", AT)]


def test_another_post_is_never_replaced(pds: FakeBluesky, made: Channel) -> None:
    sent = message(at=AT)
    pds.put(record_key(sent.key, AT), "Un altro testo.")
    with pytest.raises(Rejected, match="another post"):
        publish(made, sent)
    assert pds.texts == ["Un altro testo."]


def test_a_gateway_may_have_a_path(pds: FakeBluesky) -> None:
    pds.faults += [pds.session(), Answer(200, {"uri": GONE, "cid": "bafy"})]
    publish(channel(pds, base_url=f"{pds.url}/gateway/"))
    assert pds.requests[1].path == "/gateway/xrpc/com.atproto.repo.putRecord"


def test_closing_twice_or_unused_is_fine(pds: FakeBluesky) -> None:
    made = Channel(options(), dict(pds.secrets), Path())
    made.close()
    made = channel(pds)
    publish(made)
    made.close()
    made.close()
