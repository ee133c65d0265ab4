"""The client that no server can hold: the same promises as `test_http`, kept for httpx."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import httpcore
import httpx
import pytest

from publishers.channels import _base, _httpx
from publishers.channels._httpx import NETWORK_ERRORS, bind, never_sent
from tests.publishers.channels.test_http import (
    OK,
    Script,
    answer,
    answer_and_keep_open,
    server,
    until_closed,
)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(follow_redirects=True, timeout=60) as made:
        bind(made)
        yield made


def test_a_connection_is_used_once(client: httpx.Client) -> None:
    with server(answer_and_keep_open, answer(OK)) as (url, heard):
        assert client.get(url).text == "ok"
        assert client.get(url).text == "ok"
    assert [b"Connection: close" in request for request in heard] == [True, True]


def test_no_redirect_is_followed(client: httpx.Client) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(answer(moved)) as (url, _):
        assert client.post(url).status_code == 302


def test_no_cookie_is_kept(client: httpx.Client) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    with server(answer(cookie), answer(OK)) as (url, heard):
        client.get(url)
        client.get(url)
    assert b"Cookie" not in heard[1]


@pytest.mark.parametrize(
    "begin", [b"", b"HTTP/1.1 200", OK[:-1]], ids=["nothing", "a head", "a body"]
)
def test_an_answer_that_stops_is_given_up(
    client: httpx.Client, begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)

    def begin_and_wait(connection: socket.socket) -> None:
        connection.sendall(begin)
        until_closed(connection)

    with server(begin_and_wait) as (url, _), pytest.raises(NETWORK_ERRORS) as caught:
        client.post(url)
    assert not never_sent(caught.value)


@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nx: ", OK.split(b"ok")[0]], ids=["a head", "a body"]
)
def test_an_answer_that_drips_for_ever_is_given_up(
    client: httpx.Client, begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    script, given_up = dripping(begin.replace(b"Length: 2", b"Length: 9999"))
    with server(script) as (url, _):
        with pytest.raises(httpx.ReadTimeout) as caught:
            client.post(url)
        given_up.set()
    assert not never_sent(caught.value)


def dripping(begin: bytes) -> tuple[Script, threading.Event]:
    """A byte at a time, until it is given up; some seconds long, and then it ends in another
    error."""
    given_up = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(begin)
        for _ in range(200):
            if given_up.wait(0.01):
                return
            connection.sendall(b"x")

    return drip, given_up


def test_a_server_that_does_not_listen_is_given_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)

    def read_nothing_more(connection: socket.socket) -> None:
        given_up.wait()

    given_up = threading.Event()
    with server(read_nothing_more) as (url, _):
        with pytest.raises(httpx.WriteTimeout) as caught:
            client.post(url, content=b"x" * 50_000_000)
        given_up.set()
    assert not never_sent(caught.value)


def test_an_answer_without_end_is_given_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_httpx, "_MOST_BYTES", 100_000)
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 150_000
    with server(answer(flood)) as (url, _), pytest.raises(NETWORK_ERRORS, match="too large"):
        client.get(url)


def test_an_answer_that_would_have_to_be_unpacked_is_not(client: httpx.Client) -> None:
    packed = OK.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    with server(answer(packed), answer(packed.replace(b"gzip", b"identity"))) as (url, heard):
        with pytest.raises(NETWORK_ERRORS, match="packed"):
            client.get(url)
        assert client.get(url).text == "ok"
    assert b"Accept-Encoding: identity" in heard[0]


def test_a_refused_connection_was_never_sent(client: httpx.Client) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(NETWORK_ERRORS) as caught:
            client.post(f"http://127.0.0.1:{reserved.getsockname()[1]}/")
    assert never_sent(caught.value)


def test_what_an_sdk_wraps_is_looked_through(client: httpx.Client) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/"
        try:
            client.post(url)
        except httpx.HTTPError as problem:
            wrapped = RuntimeError()
            wrapped.__cause__ = problem
    assert never_sent(wrapped)
    assert not never_sent(RuntimeError())


@pytest.mark.parametrize("url", ["http://a\x00b/", "https://", "ftp://example.com", "x"])
def test_an_address_that_is_none_was_never_sent(client: httpx.Client, url: str) -> None:
    with pytest.raises(NETWORK_ERRORS) as caught:
        client.post(url)
    assert never_sent(caught.value)


def test_a_name_that_does_not_resolve_was_never_sent(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NETWORK_ERRORS) as caught:
        client.post("http://api.example.com/")
    assert never_sent(caught.value)


def test_a_failed_handshake_was_never_sent(client: httpx.Client) -> None:
    with server(answer(b"this is no TLS\r\n")) as (url, _), pytest.raises(NETWORK_ERRORS) as caught:
        client.post(url.replace("http:", "https:"))
    assert never_sent(caught.value)


def test_a_handshake_that_hangs_was_never_sent(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)

    def say_nothing(connection: socket.socket) -> None:
        connection.settimeout(2)  # then it ends in another error
        with suppress(TimeoutError):
            until_closed(connection)

    with server(say_nothing) as (url, _), pytest.raises(httpx.ConnectTimeout) as caught:
        client.post(url.replace("http:", "https:"))
    assert never_sent(caught.value)


def test_when_the_time_is_up_nothing_more_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", -1.0)
    stream = _httpx._BoundedStream(httpcore.MockStream([b"ok"]))
    with pytest.raises(httpcore.ReadTimeout):
        stream.read(2)
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(b"x")


def through_proxy(url: str, monkeypatch: pytest.MonkeyPatch) -> httpx.Client:
    monkeypatch.setenv("HTTPS_PROXY", url)
    client = httpx.Client(timeout=60)
    bind(client)
    return client


def test_a_proxy_that_refuses_was_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with (
        server(answer(refusal)) as (url, heard),
        through_proxy(url, monkeypatch) as client,
        pytest.raises(NETWORK_ERRORS) as caught,
    ):
        client.post("https://api.example.com/")
    assert heard[0].startswith(b"CONNECT api.example.com:443")
    assert never_sent(caught.value)


def test_a_proxy_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    script, given_up = dripping(b"HTTP/1.1 200 OK\r\nx: ")
    with server(script) as (url, _), through_proxy(url, monkeypatch) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("https://api.example.com/")
        given_up.set()


def test_a_cut_connection_may_have_been_sent(client: httpx.Client) -> None:
    with server(answer(b"")) as (url, _), pytest.raises(NETWORK_ERRORS) as caught:
        client.post(url)
    assert not never_sent(caught.value)


def test_requests_are_not_written_into_the_log(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with server(answer(OK)) as (url, _):
        client.get(url, headers={"Authorization": "Bearer secret"})
    assert caplog.records == []
