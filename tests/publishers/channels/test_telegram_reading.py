"""Looking at what was posted to Telegram, as somebody who has no account there."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from publishers.channels._base import Receipt, Seen
from publishers.channels.telegram import TelegramOptions
from tests.fakes._service import Answer, Cut, Fault, Garbage
from tests.fakes.telegram_api import FakeTelegram
from tests.publishers.channels.test_telegram import channel, publish, telegram

__all__ = ["telegram"]


def seen(telegram: FakeTelegram, receipt: Receipt, **options: Any) -> Seen:
    return channel(telegram, **{"reader_url": telegram.url, **options}).look(receipt)


def test_a_stranger_is_shown_the_post_of_a_public_chat(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    assert seen(telegram, receipt) == Seen(reader=True)
    asked = telegram.requests[-1]
    assert (asked.path, asked.query) == (f"/comune_prova/{receipt.remote_id}", {"embed": "1"})
    assert telegram.secrets["bot_token"] not in f"{asked.path}{asked.query}{asked.headers}"


def test_a_name_counts_in_any_case(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    page = f'<div data-post="Comune_Prova/{receipt.remote_id}"></div>'.encode()
    telegram.faults.append(Answer(200, page))
    assert seen(telegram, receipt) == Seen(reader=True)


def test_another_post_is_not_this_one(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    page = f'<div data-post="comune_prova/{receipt.remote_id}0"></div>'.encode()
    telegram.faults.append(Answer(200, page))
    assert seen(telegram, receipt) == Seen()


def test_a_post_that_strangers_are_not_shown_is_not_seen(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    telegram.hidden.add(receipt.remote_id)
    assert seen(telegram, receipt) == Seen(reader=False)


def test_a_chat_that_lost_its_name_is_not_seen(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    telegram.chat["username"] = "comune_altrove"
    assert seen(telegram, receipt) == Seen(reader=False)


UNSAID = b'<div class="tgme_widget_message_error">Please open Telegram to view this post</div>'


@pytest.mark.parametrize(
    "fault", [Answer(200, UNSAID), Answer(302), Answer(404), Answer(429), Cut(), Garbage()]
)
def test_what_is_about_the_asking_says_nothing(telegram: FakeTelegram, fault: Fault) -> None:
    receipt = publish(telegram)
    telegram.faults.append(fault)
    assert seen(telegram, receipt) == Seen()


def test_nobody_asks_for_a_post_of_a_private_chat(telegram: FakeTelegram) -> None:
    del telegram.chat["username"]
    receipt = publish(telegram, chat="-1001098765432")
    telegram.requests.clear()
    assert seen(telegram, receipt, chat="-1001098765432") == Seen()
    assert telegram.requests == []


def test_behind_a_gateway_nobody_asks(telegram: FakeTelegram) -> None:
    receipt = publish(telegram)
    telegram.requests.clear()
    assert channel(telegram).look(receipt) == Seen()
    assert telegram.requests == []


def test_without_a_gateway_telegrams_own_page_is_asked(telegram: FakeTelegram) -> None:
    assert channel(telegram, base_url="https://api.telegram.org")._readers_host == "https://t.me"


@pytest.mark.parametrize("wrong", ["t.me", "http://t.me", "https://t.me?x=1"])
def test_a_readers_address_must_be_one(wrong: str) -> None:
    with pytest.raises(ValidationError, match="reader_url must be an address"):
        TelegramOptions(name="t", kind="telegram", locale="it", chat="@comune", reader_url=wrong)
