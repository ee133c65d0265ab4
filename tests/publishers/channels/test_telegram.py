"""Posting to Telegram: what is asked, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels.telegram import LIMIT, Channel, TelegramOptions, counted_length, harmless
from tests.fakes import telegram_api as api
from tests.fakes._service import Answer
from tests.fakes.telegram_api import FakeTelegram
from tests.publishers.channels.drivers._base import MESSAGE, message


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


def channel(telegram: FakeTelegram, token: str | None = None, **options: Any) -> Channel:
    settings: dict[str, Any] = {
        "name": "telegram",
        "kind": "telegram",
        "locale": "it",
        "chat": "@comune_prova",
        "base_url": telegram.url,
    }
    secrets = telegram.secrets if token is None else {"bot_token": token}
    return Channel(TelegramOptions(**{**settings, **options}), secrets, Path())


def publish(telegram: FakeTelegram, sent: Message | None = None, **options: Any) -> Receipt:
    made, sent = channel(telegram, **options), sent or message()
    return made.publish(sent, made.compose(sent))


def correction(target: Receipt, **more: Any) -> Message:
    changes = {"key": "delivery-2", "short": "Rettifica: riapre alle 9.", **more}
    return message(kind=PublicationKind.CORRECTION, target=target, **changes)


def test_is_blind_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.BLIND
    assert Channel.SECRETS == ("bot_token",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"chat": "comune_prova"},
        {"chat": "@comune/prova"},
        {"chat": "https://t.me/comune_prova"},
        {"chat": "123456"},
        {"chat": "@comune_prova\n"},
        {"topic": -1},
        {"base_url": "http://api.telegram.org"},
        {"base_url": "https://api.telegram.org?x=1"},
        {"base_url": "api.telegram.org"},
    ],
)
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "t", "kind": "telegram", "locale": "it", "chat": "-100123"}
    assert TelegramOptions(**good).base_url == "https://api.telegram.org"
    with pytest.raises(ValidationError):
        TelegramOptions(**{**good, **wrong})


@pytest.mark.parametrize("token", ["", "no-token", "123:abc/../getMe", "123:abc\n", "12:à"])
def test_a_token_that_is_none_breaks_the_channel_before_anything_is_asked(
    telegram: FakeTelegram, token: str
) -> None:
    made = channel(telegram, token)
    with pytest.raises(ChannelBroken, match="bot_token"):
        made.publish(message(), made.compose(message()))
    assert telegram.requests == []


def test_posts_plain_text_without_a_preview(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    assert receipt.url == f"https://t.me/comune_prova/{receipt.remote_id}"
    assert receipt.extra == {"chat": "-1001098765432"}
    assert telegram.requests[0].body == {
        "chat_id": "@comune_prova",
        "text": f"{MESSAGE.short}\n{MESSAGE.url}",
        "link_preview_options": {"is_disabled": True},
    }


def test_only_the_update_itself_is_previewed(telegram: FakeTelegram) -> None:
    publish(telegram, message(short="Scrivi a https://altro.example"), preview=True)
    assert telegram.requests[0].body["link_preview_options"] == {"url": MESSAGE.url}


def test_posts_silently_to_a_topic(telegram: FakeTelegram) -> None:
    publish(telegram, topic=7, silent=True)
    asked = telegram.requests[0].body
    assert (asked["message_thread_id"], asked["disable_notification"]) == (7, True)


def test_a_later_post_replies_to_the_last_one(telegram: FakeTelegram) -> None:
    first = publish(telegram)
    later = message(key="delivery-2", short="Ora va.", parent=first, root=first)
    assert not publish(telegram, later).standalone
    assert telegram.sent[-1].reply_to == int(first.remote_id)


def test_in_a_private_chat_there_is_no_address_to_see_it(telegram: FakeTelegram) -> None:
    telegram.chat = {"id": -1001098765432, "type": "supergroup", "title": "Sala operativa"}
    assert publish(telegram, chat="-1001098765432").url is None


def test_an_edit_stays_in_the_chat_that_holds_the_post(telegram: FakeTelegram) -> None:
    first = publish(telegram)
    publish(telegram, correction(first), chat="@another_one")
    assert telegram.requests[-1].body["chat_id"] == "-1001098765432"
    assert telegram.sent[0].edits == [f"{MESSAGE.short}\n{MESSAGE.url}"]


def test_an_edit_tells_that_it_is_one(telegram: FakeTelegram) -> None:
    post = channel(telegram).compose(correction(Receipt("7")))
    assert post.notes == ("Telegram edits the post in place, and marks it as edited.",)


def test_a_link_by_accident_is_told() -> None:
    options = TelegramOptions(name="t", kind="telegram", locale="it", chat="@comune_prova")
    post = Channel(options, {}, Path()).compose(message(short="Non so perche.no davvero"))
    said = "Telegram makes a link of “perche.no”: is a space missing after the full stop?"
    assert post.notes == (said,)


@pytest.mark.parametrize("gone", [api.NO_EDIT, api.NOT_EDITABLE])
def test_what_cannot_be_edited_is_said_anew_and_not_as_a_reply(
    telegram: FakeTelegram, gone: dict[str, Any]
) -> None:
    first = publish(telegram)
    telegram.faults.append(Answer(400, gone))
    assert publish(telegram, correction(first)).standalone
    assert telegram.sent[-1].reply_to is None
    assert len(telegram.sent) == 2


def test_a_receipt_that_is_none_of_telegram_is_neither_replied_to_nor_edited(
    telegram: FakeTelegram,
) -> None:
    assert publish(telegram, correction(Receipt("at://post"))).standalone
    replied = message(key="delivery-3", parent=Receipt("at://post"), root=Receipt("at://post"))
    assert publish(telegram, replied).standalone


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer(400, api.NO_CHAT), ChannelBroken, "chat not found"),
        (Answer(400, api.NO_RIGHTS), ChannelBroken, "administrator rights"),
        (Answer(400, api.UPGRADED), ChannelBroken, "its number is now -1001234567890"),
        (Answer(400, b"<html>"), ChannelBroken, "not the Bot API"),
        (Answer(404, api.NO_SUCH_TOKEN), ChannelBroken, "the token is none"),
        (Answer(405), ChannelBroken, "not the Bot API"),
        (Answer(400, api.EMPTY), Rejected, "text is empty"),
        (Answer(413, api.TOO_LONG), Rejected, "too long"),
        (Answer(429, api.limited(-5)), TryLater, "limits us"),
        (Answer(429, api.limited(10**9)), TryLater, "limits us"),
        (Answer(408), MaybeSent, "408"),
        (Answer(200, {"ok": True, "result": {"message_id": "7"}}), MaybeSent, "makes no sense"),
        (Answer(200, {"ok": True, "result": {"message_id": 0}}), MaybeSent, "makes no sense"),
    ],
)
def test_what_answers_mean(
    telegram: FakeTelegram, answer: Answer, error: type[Exception], words: str
) -> None:
    telegram.faults.append(answer)
    with pytest.raises(error, match=words) as caught:
        publish(telegram)
    assert getattr(caught.value, "retry_after", None) is None
    assert len(telegram.requests) == 1


def test_an_answer_that_quotes_the_token_is_not_passed_on(telegram: FakeTelegram) -> None:
    token = telegram.secrets["bot_token"]
    telegram.faults.append(Answer(401, api.error(401, f"Unauthorized: {token}")))
    with pytest.raises(ChannelBroken) as caught:
        publish(telegram)
    assert token not in str(caught.value)
    assert token not in repr(channel(telegram).options)


def test_what_is_too_long_even_so_is_not_sent(telegram: FakeTelegram) -> None:
    made = channel(telegram)
    post = replace(made.compose(message()), length=LIMIT + 1)
    with pytest.raises(Rejected, match="4097"):
        made.publish(message(), post)
    assert telegram.requests == []


@pytest.mark.parametrize(("text", "length"), [("è", 1), ("😀", 2), ("€…", 2)])
def test_counts_utf_16_units(text: str, length: int) -> None:
    assert counted_length(text) == length


@pytest.mark.parametrize("words", ["/stop", "vai\n/stop@bot", "@comune", "#Tag", "a @b /c"])
def test_nothing_becomes_a_mention_a_tag_or_a_command(telegram: FakeTelegram, words: str) -> None:
    publish(telegram, message(short=words))
    assert telegram.mentioned == []


@pytest.mark.parametrize("words", ["e/o", "24/7", "https://a.it/b", "a / b", "1/2"])
def test_a_stroke_that_is_no_command_stays(words: str) -> None:
    assert harmless(words) == words


def test_check_says_who_posts_where(telegram: FakeTelegram) -> None:
    assert channel(telegram).check() == "@comune_prova_bot in Comune di Prova"


@pytest.mark.parametrize(
    ("kind", "member", "may"),
    [
        ("channel", {"status": "administrator", "can_post_messages": True}, True),
        ("channel", {"status": "administrator", "can_post_messages": False}, False),
        ("channel", {"status": "member"}, False),
        ("channel", {"status": "left"}, False),
        ("supergroup", {"status": "member"}, True),
        ("supergroup", {"status": "administrator"}, True),
        ("supergroup", {"status": "restricted", "can_send_messages": True}, True),
        ("supergroup", {"status": "restricted", "can_send_messages": False}, False),
        ("group", {"status": "kicked"}, False),
        ("group", {}, False),
    ],
)
def test_check_sees_whether_the_bot_may_post(
    telegram: FakeTelegram, kind: str, member: dict[str, Any], may: bool
) -> None:
    telegram.chat["type"] = kind
    telegram.member = member
    if may:
        assert channel(telegram).check()
        return
    with pytest.raises(ChannelBroken, match="make it an administrator"):
        channel(telegram).check()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401, api.UNAUTHORIZED), ChannelBroken),
        (Answer(400, api.error(400, "Bad Request: what?")), ChannelBroken),
        (Answer(502, b"<html>"), TryLater),
        (Answer(429, api.limited(5)), TryLater),
        (Answer(200, b"<html>"), TryLater),
    ],
)
def test_check_names_the_next_move(
    telegram: FakeTelegram, answer: Answer, error: type[Exception]
) -> None:
    telegram.faults.append(answer)
    with pytest.raises(error):
        channel(telegram).check()
