"""The session that no server can hold: time-outs, drips, cuts, redirects, and what they mean."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from publishers.channels import _base, _http
from publishers.channels._http import NETWORK_ERRORS, BoundedSession, never_sent

Script = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def server(*scripts: Script) -> Iterator[tuple[str, list[bytes]]]:
    """A raw server: each connection in turn is handed to the next script, after its request."""
    heard: list[bytes] = []

    def serve() -> None:
        for script in scripts:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65536))
                script(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", heard
        thread.join()


def answer(data: bytes) -> Script:
    return lambda connection: connection.sendall(data)


def until_closed(connection: socket.socket) -> None:
    connection.recv(1)


def answer_and_keep_open(connection: socket.socket) -> None:
    connection.sendall(OK)
    connection.recv(1)


@pytest.fixture
def session() -> Iterator[BoundedSession]:
    with BoundedSession() as made:
        yield made


def test_a_connection_is_used_once(session: BoundedSession) -> None:
    with server(answer_and_keep_open, answer(OK)) as (url, heard):
        assert session.get(url).text == "ok"
        assert session.get(url).text == "ok"
    assert [b"Connection: close" in request for request in heard] == [True, True]


def test_no_redirect_is_followed(session: BoundedSession) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(answer(moved)) as (url, _):
        assert session.post(url).status_code == 302


def test_no_cookie_is_kept(session: BoundedSession) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    with server(answer(cookie), answer(OK)) as (url, heard):
        session.get(url)
        session.get(url)
    assert b"Cookie" not in heard[1]


@pytest.mark.parametrize(
    "begin", [b"", b"HTTP/1.1 200", OK[:-1]], ids=["nothing", "a head", "a body"]
)
def test_an_answer_that_stops_is_given_up(
    session: BoundedSession, begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)

    def begin_and_wait(connection: socket.socket) -> None:
        connection.sendall(begin)
        until_closed(connection)

    with server(begin_and_wait) as (url, _), pytest.raises(NETWORK_ERRORS) as caught:
        session.post(url)
    assert not never_sent(caught.value)


@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nx: ", OK.split(b"ok")[0]], ids=["a head", "a body"]
)
def test_an_answer_that_drips_for_ever_is_given_up(
    session: BoundedSession, begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    given_up = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(begin.replace(b"Length: 2", b"Length: 9999"))
        while not given_up.wait(0.02):
            connection.sendall(b"x")

    with server(drip) as (url, _):
        with pytest.raises(NETWORK_ERRORS) as caught:
            session.post(url)
        given_up.set()
    assert not never_sent(caught.value)


def test_an_answer_without_end_is_given_up(
    session: BoundedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_http, "_MOST_BYTES", 100_000)
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 150_000
    with server(answer(flood)) as (url, _), pytest.raises(NETWORK_ERRORS, match="too large"):
        session.get(url)


def test_a_refused_connection_was_never_sent(session: BoundedSession) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(requests.ConnectionError) as caught:
            session.post(f"http://127.0.0.1:{reserved.getsockname()[1]}/")
    assert never_sent(caught.value)


def test_a_name_that_does_not_resolve_was_never_sent(
    session: BoundedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(requests.ConnectionError) as caught:
        session.post("http://api.example.com/")
    assert never_sent(caught.value)


def test_a_failed_handshake_was_never_sent(session: BoundedSession) -> None:
    garbage = answer(b"this is no TLS\r\n")
    with server(garbage) as (url, _), pytest.raises(requests.RequestException) as caught:
        session.post(url.replace("http:", "https:"))
    assert never_sent(caught.value)


def test_a_handshake_that_hangs_was_never_sent(
    session: BoundedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)
    with server(until_closed) as (url, _), pytest.raises(requests.RequestException) as caught:
        session.post(url.replace("http:", "https:"))
    assert never_sent(caught.value)


def test_a_proxy_that_refuses_was_never_sent(session: BoundedSession) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with server(answer(refusal)) as (url, heard):
        session.proxies = {"https": url}
        with pytest.raises(requests.RequestException) as caught:
            session.post("https://api.example.com/")
    assert heard[0].startswith(b"CONNECT api.example.com:443")
    assert never_sent(caught.value)


def test_a_cut_connection_may_have_been_sent(session: BoundedSession) -> None:
    with server(answer(b"")) as (url, _), pytest.raises(NETWORK_ERRORS) as caught:
        session.post(url)
    assert not never_sent(caught.value)
