"""Looking for posts on Mastodon, seeing them, and checking the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.status import PublicationKind
from publishers.channels import _base
from publishers.channels._base import ChannelBroken, Receipt, TryLater
from tests.fakes import mastodon_api as api
from tests.fakes._service import Answer, Cut, Fault, Hang
from tests.fakes.mastodon_api import FakeMastodon
from tests.publishers.channels._mastodon import channel, find, publish
from tests.publishers.channels.drivers._base import message

CORRECTION = PublicationKind.CORRECTION


@pytest.fixture
def mastodon() -> Iterator[FakeMastodon]:
    with FakeMastodon() as fake:
        yield fake


def test_finds_the_edit_and_not_the_update(mastodon: FakeMastodon, tmp_path: Path) -> None:
    update = message(short="Riapre domani alle 8.")
    receipt = publish(mastodon, tmp_path, update)
    correction = message(kind=CORRECTION, short="Riapre domani alle 9.", target=receipt)
    assert find(mastodon, tmp_path, correction) is None
    assert publish(mastodon, tmp_path, correction) == receipt
    assert find(mastodon, tmp_path, correction) == receipt
    assert find(mastodon, tmp_path, update) is None


def test_finds_an_edit_of_an_old_post(mastodon: FakeMastodon, tmp_path: Path) -> None:
    first = mastodon.put("prima", at=mastodon.now() - timedelta(days=9))
    correction = message(kind=CORRECTION, target=Receipt(first.id))
    publish(mastodon, tmp_path, correction)
    found = find(mastodon, tmp_path, correction)
    assert found is not None
    assert (found.remote_id, found.standalone) == (first.id, False)


def test_finds_the_new_post_where_the_one_to_edit_is_gone(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    correction = message(kind=CORRECTION, target=Receipt("1"))
    assert find(mastodon, tmp_path, correction) is None
    receipt = publish(mastodon, tmp_path, correction)
    assert receipt.standalone
    assert find(mastodon, tmp_path, correction) == receipt


def test_what_was_said_before_is_another_post(mastodon: FakeMastodon, tmp_path: Path) -> None:
    text = channel(mastodon, tmp_path).compose(message()).text
    mastodon.put(text, at=mastodon.now() - timedelta(minutes=16))
    assert find(mastodon, tmp_path, message()) is None
    there = mastodon.put(text, at=mastodon.now() - timedelta(minutes=14))
    found = find(mastodon, tmp_path, message())
    assert found is not None
    assert found.remote_id == there.id


def test_a_clock_that_was_set_right_meanwhile_hides_nothing(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    sent = message()
    there = mastodon.put(channel(mastodon, tmp_path).compose(sent).text)
    for skew in (timedelta(hours=1), timedelta(hours=-1)):
        mastodon.clock_skew = skew
        found = find(mastodon, tmp_path, sent)
        assert found is not None
        assert found.remote_id == there.id


def test_the_posts_of_the_thread_are_known_to_be_others(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    text = channel(mastodon, tmp_path).compose(message()).text
    ids = [Receipt(mastodon.put(text).id) for _ in range(3)]
    kind = {"kind": CORRECTION}
    assert find(mastodon, tmp_path, message(root=ids[0], parent=ids[1])) is not None
    later = mastodon.put("Altro.")
    assert find(mastodon, tmp_path, message(parent=ids[0], root=ids[1], target=ids[2])) is None
    edit = message(**kind, root=ids[0], parent=ids[1], target=Receipt(later.id))
    found = find(mastodon, tmp_path, edit)
    assert found is not None
    assert (found.remote_id, found.standalone) == (ids[2].remote_id, True)


def test_of_two_that_say_the_same_it_takes_the_one_in_the_thread(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    parent = mastodon.put("uno")
    sent = message(parent=Receipt(parent.id))
    text = channel(mastodon, tmp_path).compose(sent).text
    reply = mastodon.put(text, in_reply_to_id=parent.id)
    alone = mastodon.put(text)
    found = find(mastodon, tmp_path, sent)
    assert found is not None
    assert (found.remote_id, found.standalone) == (reply.id, False)
    mastodon.delete(reply.id)
    found = find(mastodon, tmp_path, sent)
    assert found is not None
    assert (found.remote_id, found.standalone) == (alone.id, True)
    found = find(mastodon, tmp_path, sent, thread=False)
    assert found is not None
    assert not found.standalone


def test_a_reply_is_found_when_nothing_is_known_of_its_thread(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    parent = mastodon.put("uno")
    sent = message(parent=Receipt(parent.id))
    receipt = publish(mastodon, tmp_path, sent)
    assert find(mastodon, tmp_path, message(at=sent.at)) == receipt


def test_looks_on_later_pages_but_not_for_ever(mastodon: FakeMastodon, tmp_path: Path) -> None:
    mastodon.page_size = 2
    there = mastodon.put(channel(mastodon, tmp_path).compose(message()).text)
    for number in range(9):
        mastodon.put(f"altro {number}")
    found = find(mastodon, tmp_path, message())
    assert found is not None
    assert found.remote_id == there.id
    assert len(mastodon.asked("GET", "/api/v1/accounts/109348/")) == 5
    mastodon.put("altro 9")
    assert find(mastodon, tmp_path, message()) is None
    assert len(mastodon.asked("GET", "/api/v1/accounts/109348/")) == 10


def test_does_not_look_behind_what_is_too_old(mastodon: FakeMastodon, tmp_path: Path) -> None:
    mastodon.page_size = 2
    for _ in range(4):
        mastodon.put("altro", at=mastodon.now() - timedelta(days=1))
    assert find(mastodon, tmp_path, message()) is None
    assert len(mastodon.asked("GET", "/api/v1/accounts/109348/")) == 1


def test_asks_for_own_posts_only_and_who_it_is_once(mastodon: FakeMastodon, tmp_path: Path) -> None:
    made = channel(mastodon, tmp_path)
    for _ in range(2):
        made.find(message(), made.compose(message()))
    paths = [request.path for request in mastodon.requests]
    assert paths.count("/api/v1/accounts/verify_credentials") == 1
    assert mastodon.requests[-1].query == {"exclude_reblogs": "1", "limit": "40"}


@pytest.mark.parametrize(
    "page",
    [
        ["?", {}],
        [{"id": "7", "content": "?"}],
        [{"id": "7", "created_at": "soon", "content": "?"}],
        [{"id": "7", "created_at": None}],
    ],
)
def test_a_timeline_of_nonsense_holds_nothing(
    mastodon: FakeMastodon, tmp_path: Path, page: Any
) -> None:
    made = channel(mastodon, tmp_path)
    made.check()
    made.find(message(), made.compose(message()))
    mastodon.faults.append(Answer(200, page))
    assert made.find(message(), made.compose(message())) is None


READING = [
    (Answer(401, api.INVALID_TOKEN), ChannelBroken),
    (Answer(403, api.OUT_OF_SCOPE), ChannelBroken),
    (Answer(405), ChannelBroken),
    (Answer(422, api.NO_USER), ChannelBroken),
    (Answer(422, api.BLANK), TryLater),
    (Answer(429, api.RATE_LIMITED), TryLater),
    (Answer(302, None, {"Location": "https://example.com/"}), TryLater),
    (Answer(500), TryLater),
    (Answer(200, b"<html>"), TryLater),
    (Answer(200, "?"), TryLater),
    (Answer(200, {}), TryLater),
    (Cut(), TryLater),
    (Cut(in_the_middle=True), TryLater),
]


@pytest.mark.parametrize(("fault", "error"), READING)
@pytest.mark.parametrize("reading", ["find", "find an edit", "timeline", "seen", "check"])
def test_reading_fails_in_two_ways_only(
    mastodon: FakeMastodon,
    tmp_path: Path,
    reading: str,
    fault: Fault,
    error: type[Exception],
) -> None:
    made = channel(mastodon, tmp_path)
    post = made.compose(message())
    there = Receipt(mastodon.put(post.text).id)
    edit = message(kind=CORRECTION, target=there)
    readings = {
        "find": lambda: made.find(message(), post),
        "find an edit": lambda: made.find(edit, post),
        "timeline": lambda: made.find(message(), post),
        "seen": lambda: made.seen(there),
        "check": made.check,
    }
    if reading == "timeline":
        made.find(message(), post)  # so that it knows its account
    if reading == "seen" and isinstance(fault, Answer) and fault.status in (401, 403):
        mastodon.faults.append(fault)  # first the anonymous reader, then the account
    mastodon.faults.append(fault)
    with pytest.raises(error) as caught:
        readings[reading]()
    assert type(caught.value) is error


def test_an_instance_that_hangs_is_tried_later(
    mastodon: FakeMastodon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)
    mastodon.faults.append(Hang())
    with pytest.raises(TryLater, match="cannot be reached"):
        channel(mastodon, tmp_path).check()


def test_sees_as_an_anonymous_reader_does(mastodon: FakeMastodon, tmp_path: Path) -> None:
    receipt = publish(mastodon, tmp_path)
    assert channel(mastodon, tmp_path).seen(receipt) is True
    assert "authorization" not in mastodon.requests[-1].headers
    mastodon.delete(receipt.remote_id)
    asked = len(mastodon.requests)
    assert channel(mastodon, tmp_path).seen(receipt) is False
    assert len(mastodon.requests) == asked + 1
    mastodon.faults.append(Answer(410))
    assert channel(mastodon, tmp_path).seen(receipt) is False


def test_where_nobody_else_may_look_the_account_does(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.answers_anyone = False
    receipt = publish(mastodon, tmp_path)
    assert channel(mastodon, tmp_path).seen(receipt) is True
    mastodon.delete(receipt.remote_id)
    assert channel(mastodon, tmp_path).seen(receipt) is False
    mastodon.secrets = {"access_token": ""}
    with pytest.raises(ChannelBroken, match="not set"):
        channel(mastodon, tmp_path).seen(receipt)


def test_another_post_is_not_the_one_that_was_asked_for(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.faults.append(Answer(200, {"id": "8"}))
    with pytest.raises(TryLater, match="makes no sense"):
        channel(mastodon, tmp_path).seen(Receipt("7"))


def test_check_says_who_and_asks_each_time(mastodon: FakeMastodon, tmp_path: Path) -> None:
    made = channel(mastodon, tmp_path)
    assert made.check() == "@comune@social.example.it"
    mastodon.handle = "regione"
    mastodon.versions = ("v1",)
    assert made.check() == "@regione@social.example.it"
    mastodon.versions = ()
    assert made.check() == f"@regione@{mastodon.url.removeprefix('http://')}"


@pytest.mark.parametrize("account", [{"id": "1"}, {"username": "comune"}])
def test_an_account_without_id_or_name_makes_no_sense(
    mastodon: FakeMastodon, tmp_path: Path, account: dict[str, str]
) -> None:
    mastodon.faults.append(Answer(200, account))
    with pytest.raises(TryLater, match="makes no sense"):
        channel(mastodon, tmp_path).check()


@pytest.mark.parametrize("named", ["social.example.it", "https://social.example.it/"])
def test_check_takes_the_instances_name_in_either_form(
    mastodon: FakeMastodon, tmp_path: Path, named: str
) -> None:
    made = channel(mastodon, tmp_path)
    who = Answer(200, {"id": "1", "username": "comune"})
    mastodon.faults += [who, Answer(404), Answer(200, {"uri": named})]
    assert made.check() == "@comune@social.example.it"
