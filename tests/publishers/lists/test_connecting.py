"""What the guard looks at when a connection is made: where a name leads at that very moment."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from threading import Event

import pytest

from publishers.lists import _connecting
from publishers.lists._connecting import Resolve, resolve
from publishers.lists._http1 import Answer
from publishers.lists._outgoing import Ask, Forbidden, Outgoing, Result, Unanswered
from tests.publishers.lists._receiver import Certified, answer, certified, receiver

NAME = "hooks.example.org"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certified(tmp_path_factory.mktemp("tls"), NAME)


def knows(*answers: str) -> Resolve:
    return lambda host, port: answers


def ask(outgoing: Outgoing, url: str) -> Result:
    try:
        return outgoing.post([Ask(url, {}, b"{}")])[0]
    finally:
        outgoing.close()


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["fe80::1%eth0"],
        ["fd00:ec2::254"],
        ["0.0.0.0"],
        ["93.184.215.14", "127.0.0.1"],
        ["93.184.215.14", "93.184.215.15", "93.184.215.16", "93.184.215.17", "127.0.0.1"],
    ],
    ids=",".join,
)
def test_a_name_that_leads_inside_is_not_called(answers: Sequence[str]) -> None:
    found = ask(Outgoing(timeout=5, resolve=knows(*answers)), f"https://{NAME}/")
    assert found == Forbidden("the host is not in the public internet")


def test_what_was_looked_at_is_what_is_called(tls: Certified) -> None:
    """DNS rebinding: the second answer leads elsewhere, and nobody asks for it."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked = []

    def changing(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return next(answers)

    with receiver(tls=tls.server) as server:
        outgoing = Outgoing(timeout=5, private=True, tls=tls.client, resolve=changing)
        found = ask(outgoing, server.url(scheme="https", host=NAME))
    assert isinstance(found, Answer)
    assert asked == [(NAME, server.port)]
    assert server.names == [NAME]
    assert server.heard[0].headers["Host"] == f"{NAME}:{server.port}"


def test_a_name_that_is_inside_by_now_is_refused_the_second_time(tls: Certified) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with receiver(tls=tls.server, closes=True) as server:
        outgoing = Outgoing(
            timeout=5, private=True, tls=tls.client, resolve=lambda host, port: next(answers)
        )
        calls = [Ask(server.url(scheme="https", host=NAME), {}, b"")]
        assert isinstance(outgoing.post(calls)[0], Answer)
        assert outgoing.post(calls) == [Forbidden("the host is not in the public internet")]
        outgoing.close()


def test_an_address_that_does_not_answer_gives_way_to_the_next(tls: Certified) -> None:
    with receiver(tls=tls.server) as server:
        here = knows("127.0.0.2", "127.0.0.1")
        outgoing = Outgoing(timeout=5, private=True, tls=tls.client, resolve=here)
        assert isinstance(ask(outgoing, server.url(scheme="https", host=NAME)), Answer)


def test_a_redirect_is_not_followed(tls: Certified) -> None:
    with receiver() as inside:
        moved = answer("302 Found", f"Location: {inside.url('/inside')}\r\n")
        with receiver(lambda heard: moved, tls.server) as server:
            outgoing = Outgoing(timeout=5, private=True, tls=tls.client, resolve=knows("127.0.0.1"))
            found = ask(outgoing, server.url(scheme="https", host=NAME))
    assert isinstance(found, Answer)
    assert found.status == 302
    assert inside.heard == []


def test_a_certificate_has_to_be_the_names(tls: Certified) -> None:
    with receiver(tls=tls.server) as server:
        outgoing = Outgoing(timeout=5, private=True, tls=tls.client, resolve=knows("127.0.0.1"))
        found = ask(outgoing, server.url(scheme="https", host="other.example.org"))
    assert found == Unanswered("its TLS or its certificate is not right")
    assert server.heard == []


def test_a_certificate_has_to_be_vouched_for(tls: Certified) -> None:
    with receiver(tls=tls.server) as server:
        outgoing = Outgoing(timeout=5, private=True, resolve=knows("127.0.0.1"))
        found = ask(outgoing, server.url(scheme="https", host=NAME))
    assert found == Unanswered("its TLS or its certificate is not right")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        assert isinstance(ask(Outgoing(timeout=5, private=True), server.url()), Answer)
    assert proxy.connections == 0


def test_hosts_that_are_never_found_take_no_turn_from_the_others(
    tls: Certified, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's resolver waits, long after we gave up, for whoever answers nothing."""
    monkeypatch.setattr(_connecting, "_RESOLVERS", 2)
    monkeypatch.setattr(_connecting, "CONNECT_TIMEOUT", 1.0)
    answered = Event()

    def finding(host: str, port: int) -> Sequence[str]:
        if host != NAME:
            answered.wait()
        return ["127.0.0.1"]

    with receiver(tls=tls.server) as server:
        outgoing = Outgoing(timeout=5, private=True, tls=tls.client, resolve=finding)
        lost = [Ask(f"https://{name}.example.org/", {}, b"") for name in ("one", "two")]
        late = Unanswered("its host was not found in time")
        assert outgoing.post(lost) == [late, late]
        answered.set()  # the threads of this first time come back
        answered.clear()
        *others, found = outgoing.post([*lost, Ask(server.url("/", "https", NAME), {}, b"")])
        answered.set()
        outgoing.close()
    assert others == [late, late]
    assert isinstance(found, Answer)


def failing(host: str, port: int) -> Sequence[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no")


@pytest.mark.parametrize("nothing", [failing, knows()], ids=["an error", "no address"])
def test_a_name_that_nobody_knows_may_be_known_later(nothing: Resolve) -> None:
    found = ask(Outgoing(timeout=5, resolve=nothing), f"https://{NAME}/")
    assert found == Unanswered("its host is not known")


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        found = ask(Outgoing(timeout=5, private=True), f"http://127.0.0.1:{port}/")
    assert found == Unanswered("it could not be connected to")


def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in resolve("localhost", 443)
