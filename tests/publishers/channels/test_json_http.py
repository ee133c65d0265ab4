"""JSON calls without an SDK: what is understood of an answer, and what nobody may see of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from publishers.channels import _base
from publishers.channels._base import MaybeSent, TryLater
from publishers.channels._json_http import Answer, Server
from tests.fakes import _service
from tests.fakes._service import Cut, FakeService, Hang, Request

SECRET = "s3cret-in-the-address"


class Echo(FakeService):
    """Answers whatever it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.body: Any = {"words": "all is well"}

    @property
    def texts(self) -> list[str]:
        return []

    def answer(self, request: Request) -> _service.Answer:
        return _service.Answer(200, self.body)


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as service:
        yield service


@pytest.fixture
def server(echo: Echo) -> Iterator[Server]:
    made = Server(f"{echo.url}/{SECRET}", (SECRET,), {"Authorization": f"Bearer {SECRET}"})
    yield made
    made.close()


def test_asks_below_the_address_with_the_headers(echo: Echo, server: Server) -> None:
    answer = server.ask("PUT", "a%2Fb", {"x": "è"}, {"n": 1})
    assert (answer.status, answer.words("words")) == (200, "all is well")
    [asked] = echo.requests
    assert (asked.method, asked.path) == ("PUT", f"/{SECRET}/a%2Fb")
    assert (asked.query, asked.body) == ({"n": "1"}, {"x": "è"})
    assert asked.headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("body", [b"", b"<html>", ["a"], b"[" * 100_000, b"\xff\xfe", b"null"])
def test_what_is_no_object_says_nothing(echo: Echo, server: Server, body: Any) -> None:
    echo.body = body
    assert server.ask("GET", "x").document == {}


def test_a_secret_that_comes_back_is_blotted_out(echo: Echo, server: Server) -> None:
    echo.body = {"words": f"no such token: {SECRET}"}
    assert server.ask("GET", "x").words("words") == "no such token: ***"


def test_words_are_one_short_line() -> None:
    answer = Answer(400, {"a": "x\n y" * 500, "b": None, "c": 7}, {})
    assert answer.words("a").startswith("x yx yx")
    assert len(answer.words("a")) == 300
    assert (answer.words("b"), answer.words("c"), answer.words("d")) == ("", "7", "")


@pytest.mark.parametrize(
    ("status", "unsure"), [(200, True), (302, True), (400, False), (408, True), (429, False)]
)
def test_which_answers_leave_it_open(status: int, unsure: bool) -> None:
    assert Answer(status, {}, {}).is_unsure is unsure


@pytest.mark.parametrize("fault", [Cut(), Hang()])
def test_no_answer_is_in_doubt_when_posting_and_asked_again_when_reading(
    echo: Echo,
    server: Server,
    fault: _service.Fault,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    echo.always = fault
    with pytest.raises(MaybeSent) as posting:
        server.write("POST", "x", {})
    with pytest.raises(TryLater) as reading:
        server.read("GET", "x")
    assert SECRET not in f"{posting.value}{reading.value}{caplog.text}"


def test_what_never_left_may_go_later() -> None:
    server = Server("http://127.0.0.1:1", (SECRET,))
    with pytest.raises(TryLater, match="cannot be reached"):
        server.write("POST", "x", {})
    server.close()
