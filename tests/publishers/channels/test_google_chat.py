"""Messages to a space in Google Chat: threads, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incidents.status import Certainty
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, Rejected, TryLater
from publishers.channels.google_chat import LIMIT, Channel, harmless
from tests.fakes import google_chat_webhook as api
from tests.fakes._service import Answer, Cut, Fault
from tests.fakes.google_chat_webhook import FakeSpace
from tests.publishers.channels._chat import channel, correction, publish
from tests.publishers.channels.drivers._base import MESSAGE, message

THREAD = MESSAGE.url.partition("?")[0]


@pytest.fixture
def space() -> Iterator[FakeSpace]:
    with FakeSpace() as fake:
        yield fake


def test_is_blind_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.BLIND
    assert Channel.SECRETS == ("webhook_url",)


def test_posts_into_the_thread_of_the_incident(space: FakeSpace) -> None:
    receipt = publish(Channel, space)
    (request,) = space.requests
    assert request.body == {
        "text": f"{MESSAGE.headline}\n\n{MESSAGE.body}\n{MESSAGE.url}",
        "thread": {"threadKey": THREAD},
    }
    assert request.query["messageReplyOption"] == "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    assert request.query["token"] == api.TOKEN
    assert receipt == Receipt(
        "spaces/AAAAxyz-123/messages/M1.M1", extra={"thread": "spaces/AAAAxyz-123/threads/T1"}
    )


def test_without_threads_nothing_is_said_of_them(space: FakeSpace) -> None:
    publish(Channel, space, thread=False, text="short", link=False)
    (request,) = space.requests
    assert request.body == {"text": MESSAGE.short}
    assert set(request.query) == {"key", "token", "requestId"}


def test_the_request_has_the_same_id_at_every_attempt_and_another_per_delivery(
    space: FakeSpace,
) -> None:
    first = message()
    for sent in (first, first, message(at=first.at, key="delivery-2")):
        publish(Channel, space, sent)
    ids = [request.query["requestId"] for request in space.requests]
    assert ids[0] == ids[1] != ids[2]


def test_an_incidents_messages_stand_in_one_thread_and_anothers_do_not(space: FakeSpace) -> None:
    first = publish(Channel, space)
    later = message(key="delivery-2", parent=first, root=first, url=f"{THREAD}?u=4")
    assert channel(Channel, space).compose(later).replies
    second = publish(Channel, space, later)
    publish(Channel, space, correction(first, parent=second, root=first))
    publish(Channel, space, message(key="delivery-4", url="https://stato.example.it/incidents/z/"))
    assert [thread for _, thread in space.kept] == ["T1", "T1", "T1", "T4"]
    assert not second.standalone


def test_a_thread_that_is_gone_is_opened_anew_and_said_to_be(space: FakeSpace) -> None:
    first = publish(Channel, space)
    space.threads.clear()
    receipt = publish(Channel, space, message(key="delivery-2", parent=first, root=first))
    assert receipt.standalone
    assert receipt.extra["thread"].endswith("/T2")


def test_a_correction_replies_and_says_that_the_old_one_stays(space: FakeSpace) -> None:
    first = publish(Channel, space)
    post = channel(Channel, space).compose(correction(first, parent=first))
    assert (post.replies, post.edits) == (True, False)
    assert "old one stays" in post.notes[0]
    alone = channel(Channel, space, thread=False).compose(correction(first, parent=first))
    assert not alone.replies


@pytest.mark.parametrize(
    "words",
    [
        "Ora <users/all> e <users/123456789012345678901>",
        "*grasso* _corsivo_ ~barrato~ `codice` ```blocco```",
        "<https://a.example/x|qui>",
    ],
)
def test_nobody_is_mentioned_and_nothing_is_marked_up(space: FakeSpace, words: str) -> None:
    publish(Channel, space, message(short=words, headline=words), text="short")
    (text,) = space.texts
    assert text.replace("\u200b", "").startswith(words)
    assert space.odd == []


def test_a_link_stays_the_same_link_and_a_star_alone_a_star() -> None:
    words = "5 * 3, https://a.example/x_y_z?a=*b e a_b"
    assert harmless(words) == "5 * 3, https://a.example/x_y_z?a=*b e a_\u200bb"
    assert harmless(harmless(words)) == harmless(words)


@pytest.mark.parametrize("length", [LIMIT, LIMIT + 1])
def test_a_text_fits_up_to_the_last_character(space: FakeSpace, length: int) -> None:
    made = channel(Channel, space, text="short", link=False)
    assert made.compose(message(short="x" * length)).fallback is (length > LIMIT)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(400, api.BAD_KEY), ChannelBroken),
        (Answer(401, api.BAD_TOKEN), ChannelBroken),
        (Answer(403, api.FORBIDDEN), ChannelBroken),
        (Answer(404, api.NO_SPACE), ChannelBroken),
        (Answer(400, api.EMPTY), Rejected),
        (Answer(409, api.error(409, "ALREADY_EXISTS", "Again")), MaybeSent),
        (Answer(503, api.UNAVAILABLE), MaybeSent),
        (Answer(200, {"name": "spaces/x"}), MaybeSent),
        (Answer(200, b"<html>"), MaybeSent),
        (Cut(), MaybeSent),
    ],
)
def test_what_google_says_is_the_next_move(
    space: FakeSpace, fault: Fault, error: type[Exception]
) -> None:
    space.faults.append(fault)
    with pytest.raises(error) as caught:
        publish(Channel, space)
    assert type(caught.value) is error


def test_backs_off_when_it_is_limited(space: FakeSpace) -> None:
    space.faults += [
        Answer(429, api.LIMITED),
        Answer(429, api.LIMITED, {"Retry-After": "60"}),
    ]
    for wait in (None, timedelta(seconds=60)):
        with pytest.raises(TryLater, match="RESOURCE_EXHAUSTED") as caught:
            publish(Channel, space)
        assert caught.value.retry_after == wait
    assert space.texts == []


@pytest.mark.parametrize("thread", [{}, {"thread": None}, {"thread": "T1"}])
def test_an_answer_without_a_thread_is_an_answer(
    space: FakeSpace, thread: dict[str, object]
) -> None:
    space.faults.append(Answer(200, {"name": "spaces/A/messages/M", **thread}))
    assert publish(Channel, space) == Receipt("spaces/A/messages/M")


def test_a_check_posts_nothing(space: FakeSpace) -> None:
    assert channel(Channel, space).check() == "a space in Google Chat"
    assert space.texts == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(400, api.BAD_KEY), ChannelBroken),
        (Answer(401, api.BAD_TOKEN), ChannelBroken),
        (Answer(503, api.UNAVAILABLE), TryLater),
        (Answer(400, b"<html>a proxy"), TryLater),
        (Cut(), TryLater),
    ],
)
def test_a_check_says_what_is_wrong(space: FakeSpace, fault: Fault, error: type[Exception]) -> None:
    space.faults.append(fault)
    with pytest.raises(error):
        channel(Channel, space).check()
