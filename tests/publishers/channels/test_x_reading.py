"""Looking for posts on X, seeing them, and checking the account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incidents.status import PublicationKind
from publishers.channels import _base
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Receipt,
    TryLater,
)
from tests.fakes import x_api as api
from tests.fakes._service import Answer, Cut, Fault, Hang
from tests.fakes.x_api import FakeX
from tests.publishers.channels._x import channel, find, forbidden, publish
from tests.publishers.channels.drivers._base import message


def test_a_duplicate_that_is_ours_is_the_receipt(x: FakeX) -> None:
    there = x.put(channel(x).compose(message()).text)
    assert publish(x).remote_id == there.id


def test_a_duplicate_that_is_too_old_to_be_ours_may_have_been_sent(x: FakeX) -> None:
    x.put(channel(x).compose(message()).text, at=x.now() - timedelta(hours=1))
    with pytest.raises(MaybeSent, match="not on the timeline"):
        publish(x)


def test_a_duplicate_of_the_post_replied_to_is_not_this_one(x: FakeX) -> None:
    parent = x.put(channel(x).compose(message()).text)
    with pytest.raises(MaybeSent, match="not on the timeline"):
        publish(x, message(parent=Receipt(parent.id)))


@pytest.mark.parametrize("fault", [Answer(500), Answer(401), Cut()])
def test_a_duplicate_that_cannot_be_looked_for_may_have_been_sent(x: FakeX, fault: Fault) -> None:
    x.faults += [Answer(403, forbidden(api.DUPLICATE)), fault]
    with pytest.raises(MaybeSent, match="looking failed"):
        publish(x)


def test_finds_the_correction_and_not_its_update(x: FakeX) -> None:
    update = message(short="Riapre domani alle 8.")
    receipt = publish(x, update)
    correction = message(
        kind=PublicationKind.CORRECTION, short="Riapre domani alle 9.", target=receipt
    )
    assert find(x, correction) is None
    sent = publish(x, correction)
    assert find(x, correction) == sent
    assert find(x, update) == receipt


def test_says_whether_what_it_found_stands_alone(x: FakeX) -> None:
    parent = x.put("uno")
    sent = message(parent=Receipt(parent.id))
    alone = x.put(channel(x).compose(sent).text)
    found = find(x, sent)
    assert found is not None
    assert (found.remote_id, found.standalone) == (alone.id, True)
    assert find(x, sent, thread=False) == Receipt(alone.id, found.url)
    alone.reply_to = parent.id
    assert find(x, sent) == Receipt(alone.id, found.url)


def test_looks_on_later_pages_but_not_for_ever(x: FakeX) -> None:
    x.page_size = 2
    there = x.put(channel(x).compose(message()).text)
    for number in range(9):
        x.put(f"altro {number}")
    assert find(x, message()) == Receipt(there.id, f"https://x.com/i/web/status/{there.id}")
    assert len(x.requests) == 5
    x.put("altro 9")
    assert find(x, message()) is None
    assert len(x.requests) == 10


def test_a_token_without_the_accounts_id_makes_it_ask(x: FakeX) -> None:
    x.secrets = {**x.secrets, "access_token": "opaque"}
    receipt = publish(x)
    made = channel(x)
    for _ in range(2):
        assert made.find(message(), made.compose(message())) == receipt
    assert [request.path for request in x.requests].count("/2/users/me") == 1


READING = [
    (Answer(401), ChannelBroken),
    (Answer(402), ChannelBroken),
    (Answer(403, api.NOT_ENROLLED), ChannelBroken),
    (Answer(403, forbidden("Nobody knows why.")), TryLater),
    (Answer(429, api.USAGE_CAPPED), ChannelBroken),
    (Answer(429, api.RATE_LIMITED), TryLater),
    (Answer(302, None, {"Location": "https://example.com/"}), TryLater),
    (Answer(500), TryLater),
    (Answer(200, b"<html>"), TryLater),
    (Answer(200, []), TryLater),
    (Cut(), TryLater),
    (Cut(in_the_middle=True), TryLater),
]


@pytest.mark.parametrize(("fault", "error"), READING)
@pytest.mark.parametrize("reading", ["find", "seen", "check"])
def test_reading_fails_in_two_ways_only(
    x: FakeX, reading: str, fault: Fault, error: type[Exception]
) -> None:
    made = channel(x)
    x.put("uno")
    x.faults.append(fault)
    readings = {
        "find": lambda: made.find(message(), made.compose(message())),
        "seen": lambda: made.seen(Receipt(x.tweets[0].id)),
        "check": made.check,
    }
    with pytest.raises(error) as caught:
        readings[reading]()
    assert type(caught.value) is error


def test_a_network_that_hangs_is_tried_later(x: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)
    x.faults.append(Hang())
    with pytest.raises(TryLater):
        channel(x).check()


@pytest.mark.parametrize(
    "page",
    [{"data": "?"}, {"data": ["?", {}]}, {"data": None, "meta": "?"}, {"errors": []}],
)
def test_a_timeline_of_nonsense_holds_nothing(x: FakeX, page: Any) -> None:
    x.faults.append(Answer(200, page))
    assert find(x, message()) is None


def test_seen_no_more_once_deleted(x: FakeX) -> None:
    receipt = publish(x)
    assert channel(x).seen(receipt) is True
    x.delete(receipt.remote_id)
    assert channel(x).seen(receipt) is False
    x.faults.append(Answer(404))
    assert channel(x).seen(receipt) is False


def test_check_says_who_and_asks_each_time(x: FakeX) -> None:
    made = channel(x)
    assert made.check() == "@comune"
    x.handle = "regione"
    assert made.check() == "@regione"
    x.faults.append(Answer(200, {"data": {"id": "1"}}))
    with pytest.raises(TryLater, match="makes no sense"):
        made.check()
    x.faults.append(Answer(404))
    with pytest.raises(ChannelBroken, match="is not X's API"):
        made.check()
