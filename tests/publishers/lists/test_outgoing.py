"""Calls to strangers: none of them holds up another, whatever they do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from publishers.lists import _http1, _outgoing
from publishers.lists._http1 import Answer
from publishers.lists._outgoing import Ask, Forbidden, Outgoing, Unanswered
from tests.publishers.lists._receiver import OK, Heard, answer, receiver

SLOW = Unanswered("no answer within 0.3 seconds")


@pytest.fixture
def outgoing() -> Iterator[Outgoing]:
    made = Outgoing(timeout=5, private=True)
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[Outgoing]:
    made = Outgoing(timeout=0.3, private=True)
    yield made
    made.close()


def test_what_is_sent_arrives(outgoing: Outgoing) -> None:
    with receiver() as server:
        found = outgoing.post([Ask(server.url("/a?b=c"), {"X-One": "1"}, "è".encode())])
    assert [each.status for each in found if isinstance(each, Answer)] == [200]
    assert server.heard == [
        Heard(
            "/a?b=c",
            {"Host": f"127.0.0.1:{server.port}", "Content-Length": "2", "X-One": "1"},
            "è".encode(),
            1,
        )
    ]


def test_each_gets_its_own_answer(outgoing: Outgoing) -> None:
    def reply(heard: Heard) -> bytes:
        return answer(heard.path.strip("/"))

    with receiver(reply) as server:
        asks = [Ask(server.url(f"/{400 + number}"), {}, b"") for number in range(100)]
        found = outgoing.post([*asks, Ask("https://127.0.0.1.evil@10.0.0.1/", {}, b"")])
    assert [each.status for each in found if isinstance(each, Answer)] == list(range(400, 500))
    assert isinstance(found[-1], Forbidden)


def test_connections_serve_again_and_are_few(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_outgoing, "AT_ONE_HOST", 3)
    with receiver() as server:
        assert len(outgoing.post([Ask(server.url(), {}, b"")] * 60)) == 60
        assert len(server.heard) == 60
        assert server.connections <= 3


def test_one_that_the_server_ended_is_not_missed(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_outgoing, "AT_ONE_HOST", 1)
    with receiver(closes=True) as server:
        found = outgoing.post([Ask(server.url(), {}, b"")] * 20)
    assert all(isinstance(each, Answer) for each in found)


def test_who_hangs_holds_up_nobody(hasty: Outgoing) -> None:
    def reply(heard: Heard) -> bytes | None:
        return None if heard.path == "/hang" else OK

    with receiver(reply) as server:
        found = hasty.post([Ask(server.url(path), {}, b"") for path in ("/hang", "/", "/hang")])
    assert [found[0], found[2]] == [SLOW, SLOW]
    assert isinstance(found[1], Answer)


@pytest.mark.parametrize(
    "begin",
    [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 103 Early Hints\r\n\r\n"],
    ids=["half a head", "a hint"],
)
def test_a_head_that_never_ends_is_given_up(hasty: Outgoing, begin: bytes) -> None:
    with receiver(lambda heard: begin) as server:
        assert hasty.post([Ask(server.url(), {}, b"")]) == [SLOW]


def test_a_hint_before_the_answer_is_passed_over(outgoing: Outgoing) -> None:
    with receiver(lambda heard: b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK) as server:
        (found,) = outgoing.post([Ask(server.url(), {}, b"")])
    assert isinstance(found, Answer)
    assert found.status == 200


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"220 smtp.example.org ready\r\n", "what it answers is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "the answer is too long"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "what it answers is no HTTP",
        ),
    ],
    ids=["mail", "a head without end", "another protocol"],
)
def test_what_is_no_answer(outgoing: Outgoing, said: bytes, why: str) -> None:
    with receiver(lambda heard: said) as server:
        assert outgoing.post([Ask(server.url(), {}, b"")]) == [Unanswered(why)]


def test_a_connection_that_ends_without_an_answer(outgoing: Outgoing) -> None:
    with receiver(lambda heard: b"", closes=True) as server:
        found = outgoing.post([Ask(server.url(), {}, b"")])
    assert found == [Unanswered("the connection was cut off")]


def test_of_a_long_body_little_is_read(outgoing: Outgoing) -> None:
    """The answer counts; its connection is not used again."""
    long = answer("200 OK", body="x" * 10_000_000)
    with receiver(lambda heard: long) as server:
        for _ in range(2):
            (found,) = outgoing.post([Ask(server.url(), {}, b"")])
            assert isinstance(found, Answer)
        assert server.connections == 2


def test_a_body_that_never_ends_takes_nothing_back_of_the_answer(
    hasty: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever took the message would be sent it again, for a day."""
    monkeypatch.setattr(_http1, "_PATIENCE", 0.5)  # longer than a request may take
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx"
    with receiver(lambda heard: begun) as server:
        (found,) = hasty.post([Ask(server.url(), {}, b"")])
    assert isinstance(found, Answer)
    assert found.status == 200


def test_of_two_answers_the_first_counts_and_nobody_gets_the_other(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_outgoing, "AT_ONE_HOST", 1)
    with receiver(lambda heard: OK + answer("410 Gone")) as server:
        found = outgoing.post([Ask(server.url(), {}, b"")] * 2)
        assert server.connections == 2
    assert [each.status for each in found if isinstance(each, Answer)] == [200, 200]


def test_who_waits_too_long_for_a_turn_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_outgoing, "AT_ONE_HOST", 1)
    outgoing = Outgoing(timeout=0.3, patience=0.1, private=True)
    with receiver(lambda heard: None) as server:
        first, second = outgoing.post([Ask(server.url(), {}, b"")] * 2)
        outgoing.close()
    assert first == SLOW
    assert second == Unanswered("its host is busy with others of our messages")
    assert len(server.heard) == 1


def test_several_threads_may_ask(outgoing: Outgoing) -> None:
    found: list[object] = []
    with receiver() as server:
        threads = [
            threading.Thread(
                target=lambda: found.extend(outgoing.post([Ask(server.url(), {}, b"")] * 20))
            )
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([each for each in found if isinstance(each, Answer)]) == 100


def test_it_begins_anew_after_it_was_closed(outgoing: Outgoing) -> None:
    with receiver() as server:
        for _ in range(2):
            assert isinstance(outgoing.post([Ask(server.url(), {}, b"")])[0], Answer)
            outgoing.close()


def test_a_fault_of_our_own_costs_one_try(outgoing: Outgoing) -> None:
    with receiver() as server:
        broken = Ask(server.url(), {"X": "è"}, b"")
        found = outgoing.post([broken, Ask(server.url(), {}, b"")])
    assert found[0] == Unanswered("it could not be sent")
    assert isinstance(found[1], Answer)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "120"}, timedelta(seconds=120)),
        ({"retry-after": "0"}, None),
        ({"retry-after": "99999999999999999999"}, timedelta(hours=1)),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        (
            {
                "date": "Mon, 07 Dec 2020 11:00:00 GMT",
                "retry-after": "Mon, 07 Dec 2020 11:05:00 GMT",
            },
            timedelta(minutes=5),
        ),
        ({"retry-after": "Mon, 07 Dec 2020 11:05:00 GMT"}, None),
        (
            {"date": "Mon, 07 Dec 2020 11:00:00", "retry-after": "Mon, 07 Dec 2020 11:05:00 GMT"},
            None,
        ),
    ],
)
def test_how_long_it_asks_us_to_wait(headers: dict[str, str], wait: timedelta | None) -> None:
    assert Answer(429, headers).retry_after == wait
