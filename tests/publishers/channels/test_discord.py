"""Messages to a channel on Discord: what is sent, edited and answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incidents.status import Certainty
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, Rejected, TryLater
from publishers.channels.discord import LIMIT, Channel, as_sent
from tests.fakes import discord_webhook as api
from tests.fakes._service import Answer, Cut, Fault
from tests.fakes.discord_webhook import PATH, FakeDiscord
from tests.publishers.channels._chat import channel, correction, publish
from tests.publishers.channels.drivers._base import MESSAGE, message


@pytest.fixture
def discord() -> Iterator[FakeDiscord]:
    with FakeDiscord() as fake:
        yield fake


def test_is_blind_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.BLIND
    assert Channel.SECRETS == ("webhook_url",)


def test_waits_for_the_id_and_mentions_nobody(discord: FakeDiscord) -> None:
    receipt = publish(Channel, discord)
    (request,) = discord.requests
    assert (request.method, request.path, request.query) == ("POST", PATH, {"wait": "true"})
    assert request.body == {
        "content": f"{MESSAGE.headline}\n\n{MESSAGE.body}\n<{MESSAGE.url}>",
        "allowed_mentions": {"parse": []},
        "flags": 4,
    }
    assert receipt == Receipt(next(iter(discord.kept)))


def test_says_the_short_text_where_the_settings_want_it(discord: FakeDiscord) -> None:
    publish(Channel, discord, text="short", link=False)
    assert discord.texts == [MESSAGE.short]


@pytest.mark.parametrize(
    "words",
    [
        "Ora @everyone e <@80351110224678912>, <#1> <t:1618953630> </ping:1>",
        "*grasso* _corsivo_ __sotto__ ~~barrato~~ `codice` ||nascosto||",
        "# Titolo\n> Citazione\n-# Piccolo",
        r"[qui](https://a.example/x_y_z) e \*così\*",
    ],
)
def test_a_reader_sees_the_very_words_and_nobody_is_pinged(
    discord: FakeDiscord, words: str
) -> None:
    made = channel(Channel, discord)
    sent = message(short=words, headline=words)
    made.publish(sent, made.compose(sent))
    assert discord.texts == [made.compose(sent).text]
    assert discord.pinged == []


def test_a_link_stays_the_same_link() -> None:
    assert as_sent("a_b (https://a.example/x_y?a=1).") == r"a\_b (<https://a.example/x_y?a=1>)."


@pytest.mark.parametrize("length", [LIMIT, LIMIT + 1])
def test_a_text_fits_up_to_the_last_character(discord: FakeDiscord, length: int) -> None:
    made = channel(Channel, discord, text="short", link=False)
    assert made.compose(message(short="x" * length)).fallback is (length > LIMIT)


def test_backslashes_count(discord: FakeDiscord) -> None:
    made = channel(Channel, discord, text="short", link=False)
    assert made.compose(message(short="*" * 1001)).fallback
    assert not made.compose(message(short="*" * 1000)).fallback


def test_a_text_that_is_too_long_is_no_edit_either(discord: FakeDiscord) -> None:
    long = "x" * 3000
    sent = correction(Receipt("1"), long, headline=long, name=long, status=long)
    with pytest.raises(Rejected, match="2000"):
        publish(Channel, discord, sent)
    assert discord.requests == []


# Edits


def test_a_correction_patches_the_webhooks_message(discord: FakeDiscord) -> None:
    first = publish(Channel, discord)
    sent = correction(first, parent=first, root=first)
    post = channel(Channel, discord).compose(sent)
    assert "in place" in post.notes[0]
    assert publish(Channel, discord, sent) == first
    request = discord.requests[-1]
    assert (request.method, request.path) == ("PATCH", f"{PATH}/messages/{first.remote_id}")
    assert request.body["allowed_mentions"] == {"parse": []}
    assert discord.texts == [post.text]


def test_a_thread_that_the_address_names_is_named_in_every_call(discord: FakeDiscord) -> None:
    discord.secrets = {"webhook_url": f"{discord.url}{PATH}?thread_id=77"}
    first = publish(Channel, discord)
    publish(Channel, discord, correction(first))
    made = channel(Channel, discord)
    assert made.seen(first)
    assert [dict(request.query) for request in discord.requests] == [
        {"thread_id": "77", "wait": "true"},
        {"thread_id": "77"},
        {"thread_id": "77"},
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(404, api.UNKNOWN_WEBHOOK), ChannelBroken),
        (Answer(401, api.INVALID_TOKEN), ChannelBroken),
        (Answer(404, b"<html>a proxy"), ChannelBroken),
        (Answer(400, api.BLOCKED), Rejected),
        (Answer(429, api.limited(3)), TryLater),
        (Answer(500, b""), TryLater),
        (Answer(200, {"id": "x"}), TryLater),
        (Answer(302, None), TryLater),
        (Cut(), TryLater),
    ],
)
def test_what_an_edit_may_meet(discord: FakeDiscord, fault: Fault, error: type[Exception]) -> None:
    first = publish(Channel, discord)
    discord.faults.append(fault)
    with pytest.raises(error) as caught:
        publish(Channel, discord, correction(first))
    assert type(caught.value) is error


@pytest.mark.parametrize("code", [10008, 50005])
def test_what_cannot_be_edited_any_more_is_said_anew(discord: FakeDiscord, code: int) -> None:
    first = publish(Channel, discord)
    discord.faults.append(Answer(404 if code == 10008 else 403, api.error(code, "No")))
    receipt = publish(Channel, discord, correction(first))
    assert receipt.standalone
    assert len(discord.texts) == 2


# Answers


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(404, api.UNKNOWN_WEBHOOK), ChannelBroken),
        (Answer(400, api.FORUM), ChannelBroken),
        (Answer(403, api.error(50013, "Missing Permissions")), ChannelBroken),
        (Answer(400, api.EMPTY), Rejected),
        (Answer(204), MaybeSent),
        (Answer(200, {"id": "1; drop"}), MaybeSent),
        (Answer(500, b""), MaybeSent),
    ],
)
def test_what_discord_says_is_the_next_move(
    discord: FakeDiscord, fault: Fault, error: type[Exception]
) -> None:
    discord.faults.append(fault)
    with pytest.raises(error) as caught:
        publish(Channel, discord)
    assert type(caught.value) is error


def test_waits_as_long_as_discord_says(discord: FakeDiscord) -> None:
    discord.faults.append(Answer(429, api.limited(64.57)))
    with pytest.raises(TryLater, match="being rate limited") as caught:
        publish(Channel, discord)
    assert caught.value.retry_after == timedelta(seconds=65)


def test_a_check_asks_the_webhook_for_itself(discord: FakeDiscord) -> None:
    assert channel(Channel, discord).check() == "Stato dei servizi on Discord"
    discord.faults.append(Answer(200, {"id": "1", "name": None}))
    assert channel(Channel, discord).check() == "a webhook on Discord"
    assert [request.method for request in discord.requests] == ["GET", "GET"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(404, api.UNKNOWN_WEBHOOK), ChannelBroken),
        (Answer(200, b"<html>"), TryLater),
        (Answer(503, b""), TryLater),
        (Cut(), TryLater),
    ],
)
def test_a_check_and_a_look_say_what_is_wrong(
    discord: FakeDiscord, fault: Fault, error: type[Exception]
) -> None:
    discord.faults += [fault, fault]
    with pytest.raises(error):
        channel(Channel, discord).check()
    with pytest.raises(error):
        channel(Channel, discord).seen(Receipt("1"))


def test_a_message_is_never_looked_for(discord: FakeDiscord) -> None:
    first = publish(Channel, discord)
    sent = correction(first)
    made = channel(Channel, discord)
    assert made.find(sent, made.compose(sent)) is None
    assert len(discord.requests) == 1
