"""Posting to Matrix: what is asked, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

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
from publishers.channels.matrix import LIMIT, SIGN, Channel, MatrixOptions, counted_length
from tests.fakes import matrix_api as api
from tests.fakes._service import Answer
from tests.fakes.matrix_api import FakeMatrix
from tests.publishers.channels.drivers._base import MESSAGE, message

ALIAS = "#avvisi:example.it"


@pytest.fixture
def matrix() -> Iterator[FakeMatrix]:
    with FakeMatrix() as fake:
        yield fake


def channel(matrix: FakeMatrix, token: str | None = None, **options: Any) -> Channel:
    settings: dict[str, Any] = {
        "name": "matrix",
        "kind": "matrix",
        "locale": "it",
        "room": matrix.room,
        "base_url": matrix.url,
    }
    secrets = matrix.secrets if token is None else {"access_token": token}
    return Channel(MatrixOptions(**{**settings, **options}), secrets, Path())


def publish(matrix: FakeMatrix, sent: Message | None = None, **options: Any) -> Receipt:
    made, sent = channel(matrix, **options), sent or message()
    return made.publish(sent, made.compose(sent))


def find(matrix: FakeMatrix, sent: Message, **options: Any) -> Receipt | None:
    made = channel(matrix, **options)
    return made.find(sent, made.compose(sent))


def correction(target: Receipt, **more: Any) -> Message:
    changes = {"key": "delivery-2", "short": "Rettifica: riapre alle 9.", **more}
    return message(kind=PublicationKind.CORRECTION, target=target, **changes)


def test_is_keyed_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.KEYED
    assert Channel.SECRETS == ("access_token",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"room": ALIAS},
        {"room": "!room example"},
        {"room": "!r:example.it\n"},
        {"alias": "avvisi:example.it"},
        {"msgtype": "m.emote"},
        {"reply_as": "quote"},
        {"base_url": "http://matrix.example.it"},
        {"base_url": "matrix.example.it"},
    ],
)
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"name": "m", "kind": "matrix", "locale": "it", "room": "!r:example.it"}
    good["base_url"] = "https://matrix.example.it/"
    assert MatrixOptions(**good).base_url == "https://matrix.example.it"
    with pytest.raises(ValidationError):
        MatrixOptions(**{**good, **wrong})


@pytest.mark.parametrize("token", ["", "two words", "line\n", "tokèn"])
def test_a_token_that_is_none_breaks_the_channel_before_anything_is_asked(
    matrix: FakeMatrix, token: str
) -> None:
    with pytest.raises(ChannelBroken, match="access_token"):
        channel(matrix, token).check()
    assert matrix.requests == []


def test_posts_plain_text_that_means_nobody(matrix: FakeMatrix) -> None:
    sent = message(short="@room @avviso:example.it guardate")
    publish(matrix, sent)
    asked = matrix.requests[0]
    sign = asked.path.rpartition("/")[2]
    assert unquote(asked.path).startswith(
        f"/_matrix/client/v3/rooms/{matrix.room}/send/m.room.message/"
    )
    assert asked.body == {
        "msgtype": "m.notice",
        "body": f"@\u200broom @\u200bavviso:example.it guardate\n{MESSAGE.url}",
        "m.mentions": {},
        SIGN: sign,
    }


def test_a_text_makes_a_sound_where_it_is_asked_for(matrix: FakeMatrix) -> None:
    publish(matrix, msgtype="m.text")
    assert matrix.requests[0].body["msgtype"] == "m.text"


def test_a_later_post_stands_in_the_thread_of_the_first(matrix: FakeMatrix) -> None:
    first = publish(matrix)
    second = publish(matrix, message(key="d-2", parent=first, root=first))
    publish(matrix, message(key="d-3", parent=second, root=first))
    assert matrix.events[-1].content["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": first.remote_id,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": second.remote_id},
    }


def test_a_later_post_stands_in_the_room_where_that_is_asked_for(matrix: FakeMatrix) -> None:
    first = publish(matrix)
    publish(matrix, message(key="d-2", parent=first, root=first), reply_as="reply")
    replied = {"m.in_reply_to": {"event_id": first.remote_id}}
    assert matrix.events[-1].content["m.relates_to"] == replied


def test_an_edit_holds_the_text_for_those_that_know_edits_and_those_that_do_not(
    matrix: FakeMatrix,
) -> None:
    first = publish(matrix)
    post = channel(matrix).compose(correction(first))
    publish(matrix, correction(first))
    content = matrix.events[-1].content
    assert content["body"] == f"* {post.text}"
    assert content["m.new_content"]["body"] == post.text
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": first.remote_id}
    assert post.notes


def test_only_a_public_room_has_an_address_to_see_the_post(matrix: FakeMatrix) -> None:
    assert publish(matrix).url is None
    receipt = publish(matrix, message(key="d-2"), alias=ALIAS)
    event = receipt.remote_id.replace("$", "%24")
    assert receipt.url == f"https://matrix.to/#/%23avvisi%3Aexample.it/{event}"


def test_a_server_that_forgets_transactions_is_asked_first(matrix: FakeMatrix) -> None:
    matrix.keeps_transactions = False
    sent = message()
    receipt = publish(matrix, sent)
    assert find(matrix, sent) == receipt


def test_finds_it_beyond_the_first_page_and_among_others(matrix: FakeMatrix) -> None:
    matrix.page_size = 2
    sent = message()
    receipt = publish(matrix, sent)
    for number in range(4):
        publish(matrix, message(key=f"d-{number}"))
    assert find(matrix, sent) == receipt


def test_reads_no_more_than_a_few_pages(matrix: FakeMatrix) -> None:
    matrix.page_size = 1
    sent = message()
    publish(matrix, sent)
    for number in range(5):
        publish(matrix, message(key=f"d-{number}"))
    before = len(matrix.requests)
    assert find(matrix, sent) is None
    assert len(matrix.requests) - before == 4


def test_somebody_elses_post_with_our_sign_is_not_ours(matrix: FakeMatrix) -> None:
    sent = message()
    publish(matrix, sent)
    matrix.put(matrix.events.pop().content, sender="@mallory:example.it")
    matrix.knows_filters = False
    assert find(matrix, sent) is None


def test_what_went_out_alone_is_found_as_such(matrix: FakeMatrix) -> None:
    gone = Receipt("$gone", None)
    reply = message(key="d-2", parent=gone, root=gone)
    assert publish(matrix, reply).standalone
    found = find(matrix, reply)
    assert found is not None
    assert found.standalone
    edit = correction(gone, key="d-3")
    assert publish(matrix, edit).standalone
    found = find(matrix, edit)
    assert found is not None
    assert found.standalone
    assert len(matrix.texts) == 2


def test_a_post_that_a_moderator_took_back_is_not_seen(matrix: FakeMatrix) -> None:
    receipt = publish(matrix)
    matrix.delete(receipt.remote_id)
    assert channel(matrix).seen(receipt) is False
    assert channel(matrix).seen(Receipt("$never")) is False


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer(404, api.UNRECOGNIZED), ChannelBroken, "no Matrix"),
        (Answer(400, b"<html>"), ChannelBroken, "no Matrix"),
        (Answer(405), ChannelBroken, "no Matrix"),
        (Answer(400, api.error("M_BAD_JSON", "body is no string")), Rejected, "M_BAD_JSON"),
        (Answer(408), MaybeSent, "408"),
        (Answer(200, {"event_id": "no-id"}), MaybeSent, "makes no sense"),
        (Answer(200, {"event_id": 7}), MaybeSent, "makes no sense"),
    ],
)
def test_what_answers_mean(
    matrix: FakeMatrix, answer: Answer, error: type[Exception], words: str
) -> None:
    matrix.faults.append(answer)
    with pytest.raises(error, match=words):
        publish(matrix)
    assert len(matrix.requests) == 1


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"Retry-After": "7"}, {"retry_after_ms": 1}, timedelta(seconds=7)),
        ({}, {"retry_after_ms": 1500}, timedelta(milliseconds=1500)),
        ({"Retry-After": "soon"}, {}, None),
        ({}, {"retry_after_ms": -1}, None),
        ({}, {"retry_after_ms": 10**12}, None),
    ],
)
def test_waits_as_long_as_the_homeserver_asks(
    matrix: FakeMatrix, headers: dict[str, str], body: dict[str, Any], wait: timedelta | None
) -> None:
    matrix.faults.append(Answer(429, {**api.LIMITED, **body}, headers))
    with pytest.raises(TryLater) as caught:
        publish(matrix)
    assert caught.value.retry_after == wait


def test_an_answer_that_quotes_the_token_is_not_passed_on(matrix: FakeMatrix) -> None:
    token = matrix.secrets["access_token"]
    matrix.faults.append(Answer(401, api.error("M_UNKNOWN_TOKEN", f"bad token {token}")))
    with pytest.raises(ChannelBroken) as caught:
        publish(matrix)
    assert token not in str(caught.value)


def test_what_is_too_long_even_so_is_not_sent(matrix: FakeMatrix) -> None:
    made = channel(matrix)
    post = replace(made.compose(message()), length=LIMIT + 1)
    with pytest.raises(Rejected, match="30001"):
        made.publish(message(), post)
    assert matrix.requests == []


def test_the_longest_text_fits_an_edit_too(matrix: FakeMatrix) -> None:
    first = publish(matrix)
    long = correction(first, short='"' * 14_000 + "è" * 500)
    assert not channel(matrix).compose(long).fallback
    assert publish(matrix, long).remote_id == first.remote_id


@pytest.mark.parametrize(("text", "length"), [("è", 2), ("😀", 4), ('"', 2), ("\n", 2), ("a", 1)])
def test_counts_bytes_of_json(text: str, length: int) -> None:
    assert counted_length(text) == length


def test_check_says_who_posts(matrix: FakeMatrix) -> None:
    assert channel(matrix).check() == "@avviso:example.it"


@pytest.mark.parametrize("membership", ["leave", "invite", "ban", "none"])
def test_check_sees_that_it_is_not_in_the_room(matrix: FakeMatrix, membership: str) -> None:
    matrix.membership = membership
    with pytest.raises(ChannelBroken, match="not in"):
        channel(matrix).check()


def test_check_refuses_an_encrypted_room(matrix: FakeMatrix) -> None:
    matrix.encrypted = True
    with pytest.raises(ChannelBroken, match="encrypted"):
        channel(matrix).check()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401, api.UNKNOWN_TOKEN), ChannelBroken),
        (Answer(400, api.error("M_UNKNOWN", "what?")), ChannelBroken),
        (Answer(502, b"<html>"), TryLater),
        (Answer(429, api.LIMITED), TryLater),
        (Answer(200, b"<html>"), TryLater),
        (Answer(200, {"user": 1}), TryLater),
    ],
)
def test_check_names_the_next_move(
    matrix: FakeMatrix, answer: Answer, error: type[Exception]
) -> None:
    matrix.faults.append(answer)
    with pytest.raises(error):
        channel(matrix).check()
