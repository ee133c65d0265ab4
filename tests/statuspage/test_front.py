"""The front: HTTP/1.1 as clients speak it, well and badly, and an application that fails."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.statuspage._front import App, Client, Front, Play, head, serving
from tests.statuspage._running import eventually

HOME = b"<!doctype html><title>Home</title>" + b"<p>ciao</p>" * 100


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A front whose application takes a request and answers "app"."""
    app = App()

    def play(connection: socket.socket) -> None:
        request = app.head_of(connection)
        length = int(_value(request, "content-length") or 0)
        while len(app.bodies[-1]) < length:
            app.bodies[-1] += connection.recv(65536)
        app.say(connection)

    with serving(tmp_path_factory.mktemp("page"), play) as front:
        front.app = app
        front.publish(1, index=HOME, large=b"x" * 3_000_000)
        yield front


def _value(request: bytes, name: str) -> str | None:
    lines = request.decode("latin-1").split("\r\n")[1:]
    found = [value for key, value in (line.split(": ", 1) for line in lines) if key == name]
    return found[0] if found else None


@contextmanager
def before(play: Play | None, root: Path, **limits: float) -> Iterator[Front]:
    """A front before an application that behaves so."""
    with serving(root, play, limits) as front:
        front.publish(1, index=HOME)
        yield front


# Requests


def test_one_connection_many_requests(alone: Front) -> None:
    with closing((client := alone.connect()).socket):
        for _ in range(3):
            client.send(head("GET /"))
            assert client.answer()[::2] == (200, HOME)


def test_the_date_is_told(alone: Front) -> None:
    _, headers, _ = alone.ask("GET /")
    assert parsedate_to_datetime(headers["date"]).tzinfo is not None


def test_requests_in_one_piece_are_answered_in_order(alone: Front) -> None:
    with closing((client := alone.connect()).socket):
        client.send(head("GET /") + head("HEAD /") + head("OPTIONS /") + head("GET /index.html"))
        assert client.answer()[::2] == (200, HOME)
        status, headers, _ = _head_alone(client)
        assert (status, headers["content-length"]) == (200, str(len(HOME)))
        assert client.answer()[0] == 204
        assert client.answer()[::2] == (200, HOME)


def _head_alone(client: Client) -> tuple[int, dict[str, str], bytes]:
    """The answer to HEAD, which has the length of a body that does not follow."""
    while b"\r\n\r\n" not in client.arrived:
        client._more()
    client.arrived = client.arrived.replace(b"Content-Length", b"X-Length", 1)
    status, headers, body = client.answer()
    headers["content-length"] = headers.pop("x-length")
    return status, headers, body


def test_requests_in_many_pieces(alone: Front) -> None:
    request = head("GET /", Accept_Encoding="identity")
    with closing((client := alone.connect()).socket):
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for cut in range(1, len(request), 7):
            client.send(request[:cut])
            client.send(request[cut:])
            assert client.answer()[::2] == (200, HOME)


def test_a_flood_of_requests_from_one_who_does_not_read(alone: Front) -> None:
    """It is read only as fast as it takes the answers: all come, and nothing is held for it."""
    with closing((client := alone.connect()).socket):
        client.socket.settimeout(60)
        client.send(head("GET /large.html", Accept_Encoding="identity") * 20)
        for _ in range(20):
            status, _, body = client.answer()
            assert (status, len(body)) == (200, 3_000_000)


@pytest.mark.parametrize(
    ("version", "headers", "stays"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", True),
    ],
)
def test_whether_the_connection_stays(
    alone: Front, version: str, headers: str, stays: bool
) -> None:
    request = f"GET / HTTP/{version}\r\nHost: a\r\n{headers}\r\n".encode()
    with closing((client := alone.connect()).socket):
        client.send(request)
        _, told, body = client.answer()
        assert body == HOME
        expected = None if version == "1.1" and stays else "keep-alive" if stays else "close"
        assert told.get("connection") == expected
        if stays:
            client.send(request)
            assert client.answer()[2] == HOME
        else:
            assert client.rest() == b""


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("GET http://elsewhere.example/index.html?x=1", 200),
        ("GET /index.html?x=%00#y", 200),
        ("OPTIONS *", 204),
        ("GET /%69ndex.html", 200),
    ],
)
def test_odd_targets(alone: Front, target: str, status: int) -> None:
    assert alone.ask(target)[0] == status


MALFORMED = {
    "no words": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2 without being asked": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a tunnel": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "no slash": b"GET index.html HTTP/1.1\r\nHost: a\r\n\r\n",
    "two lengths": b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length and chunks": (
        b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    ),
    "a negative length": b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "a NUL": b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: a\r\n X: b\r\nTransfer-Encoding: x\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_refused(alone: Front, request_bytes: bytes) -> None:
    seen = len(alone.app.heads)
    with closing((client := alone.connect()).socket):
        client.send(request_bytes)
        status, headers, _ = client.answer()
        assert status == 400
        assert headers["connection"] == "close"
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == b""
    assert len(alone.app.heads) == seen, "the application is not bothered"


def test_a_head_that_is_too_large(alone: Front) -> None:
    for padding in ("x" * 17_000, "x" * 1_000_000):
        assert alone.ask("GET /", Cookie=padding)[0] == 431


def test_lines_that_end_in_a_newline_alone_hide_no_second_request(alone: Front) -> None:
    smuggled = b"GET / HTTP/1.1\nHost: a\n\nGET /secret HTTP/1.1\r\nHost: a\r\n\r\n"
    seen = len(alone.app.heads)
    with closing((client := alone.connect()).socket):
        client.send(smuggled)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest().count(b"HTTP/1.1 ") <= 1
    assert len(alone.app.heads) == seen


def test_a_publication_is_seen_by_who_asks_all_the_time(alone: Front) -> None:
    with closing((client := alone.connect()).socket):
        for event in range(2, 6):
            news = b"<p>%d</p>" % event
            alone.publish(event, news=news)

            def asked() -> bytes:
                client.send(head("GET /news.html"))
                return client.answer()[2]

            eventually(lambda: asked() == news, lambda: "an old page")  # noqa: B023


# The application


def test_what_the_application_is_told(alone: Front) -> None:
    status, _, body = alone.ask(
        "POST /console?x=1",
        X_Forwarded_For="6.6.6.6",
        X_Real_IP="6.6.6.6",
        Forwarded="for=6.6.6.6",
        X_Request_Id="mine",
        Connection="keep-alive",
        Cookie="a=b",
        Content_Length="0",
    )
    assert (status, body) == (200, b"app")
    request = alone.app.heads[-1]
    assert request.startswith(b"POST /console?x=1 HTTP/1.1\r\n")
    assert b"6.6.6.6" not in request
    assert _value(request, "x-forwarded-for") == "127.0.0.1"
    assert len(_value(request, "x-request-id") or "") == 16
    assert _value(request, "connection") == "close"
    assert _value(request, "cookie") == "a=b"


def test_a_name_with_an_underscore_is_nobody_elses(alone: Front) -> None:
    request = b"GET /app HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 6.6.6.6\r\n\r\n"
    assert alone.ask(request)[0] == 200
    assert b"6.6.6.6" not in alone.app.heads[-1]


def test_a_body_arrives_whole(alone: Front) -> None:
    body = bytes(range(256)) * 8000
    with closing((client := alone.connect()).socket):
        client.send(head("PUT /console", Content_Length=str(len(body))))
        client.send(body)
        assert client.answer()[2] == b"app"
    assert alone.app.bodies[-1] == body


def test_a_document_that_is_asked_for_with_a_body_is_the_applications(alone: Front) -> None:
    with closing((client := alone.connect()).socket):
        client.send(head("GET /", Content_Length="5") + b"hello")
        assert client.answer()[2] == b"app"
    assert alone.app.bodies[-1] == b"hello"


def test_one_request_and_no_other_goes_through_one_connection(alone: Front) -> None:
    seen = len(alone.app.heads)
    with closing((client := alone.connect()).socket):
        client.send(head("GET /app") + head("GET /secret"))
        assert client.answer()[2] == b"app"
        assert client.rest() == b""
    assert len(alone.app.heads) == seen + 1


def test_a_large_answer_to_a_slow_reader(tmp_path: Path) -> None:
    app, answer = App(), b"y" * 5_000_000

    def play(connection: socket.socket) -> None:
        app.head_of(connection)
        app.say(connection, answer)

    with before(play, tmp_path) as front:
        assert front.ask("GET /app")[2] == answer


def test_without_an_application_the_page_is_there(tmp_path: Path) -> None:
    with before(None, tmp_path, APP_CONNECT_TIMEOUT=0.2) as front:
        status, headers, body = front.ask("GET /console")
        assert (status, headers["retry-after"]) == (503, "5")
        assert "La pagina di stato" in body.decode()
        assert front.ask("GET /")[2] == HOME


def test_an_application_that_hangs_delays_nobody(tmp_path: Path) -> None:
    app = App()

    def play(connection: socket.socket) -> None:
        app.head_of(connection)
        app.hold.wait()

    with before(play, tmp_path, APP_TIMEOUT=3.0, MOST_FORWARDED=4) as front, ExitStack() as stack:
        stack.callback(app.hold.set)
        waiting = [front.connect() for _ in range(4)]
        for client in waiting:
            stack.callback(client.socket.close)
            client.send(head("GET /console"))
        eventually(lambda: len(app.heads) == 4, lambda: str(app.heads))
        assert front.ask("GET /")[2] == HOME
        assert front.ask("GET /console")[0] == 503, "a fifth is told at once"
        for client in waiting:
            assert client.answer()[0] == 503, "and those who waited are told in the end"
        # Their places are free again.
        with closing((client := front.connect()).socket):
            client.send(head("GET /console"))
            eventually(lambda: len(app.heads) == 5, lambda: str(app.heads))


def test_who_leaves_makes_room(tmp_path: Path) -> None:
    app = App()

    def play(connection: socket.socket) -> None:
        app.head_of(connection)
        app.hold.wait()

    with before(play, tmp_path, MOST_FORWARDED=1) as front, ExitStack() as stack:
        stack.callback(app.hold.set)
        for count in range(1, 4):
            with closing((client := front.connect()).socket):
                client.send(head("GET /console"))
                eventually(lambda: len(app.heads) >= count, lambda: str(app.heads))  # noqa: B023

            def let_in() -> bool:
                with closing((other := front.connect()).socket):
                    other.send(head("GET /console"))
                    other.socket.settimeout(0.2)
                    try:
                        return other.answer()[0] != 503
                    except TimeoutError:
                        return True

            eventually(let_in, lambda: "no room")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfive!"])
def test_an_application_that_is_cut_off(tmp_path: Path, said: bytes) -> None:
    app = App()

    def play(connection: socket.socket) -> None:
        app.head_of(connection)
        connection.sendall(said)

    with before(play, tmp_path) as front, closing((client := front.connect()).socket):
        client.send(head("GET /console"))
        answer = client.rest()
        # What was said is passed on as it was; the length tells the client that more is missing.
        assert answer == said if said else answer.startswith(b"HTTP/1.1 503 ")
        assert front.ask("GET /")[2] == HOME


# Those who wait, and too many of them


@pytest.mark.parametrize(
    ("sent", "limits", "answer"),
    [
        (b"GET / HTTP/1.1\r\nHost", {"HEAD_TIMEOUT": 0.5}, b"HTTP/1.1 408 "),
        (b"", {"IDLE_TIMEOUT": 0.5}, b""),
    ],
)
def test_who_waits_for_too_long_is_let_go(
    tmp_path: Path, sent: bytes, limits: Mapping[str, float], answer: bytes
) -> None:
    with (
        before(None, tmp_path, **limits, _SWEEP_EVERY=0.1) as front,
        closing((client := front.connect()).socket),
    ):
        client.send(sent)
        assert client.rest().startswith(answer)


def test_drops_of_a_head_do_not_stop_the_clock(tmp_path: Path) -> None:
    with (
        before(None, tmp_path, HEAD_TIMEOUT=0.5, _SWEEP_EVERY=0.1) as front,
        closing((client := front.connect()).socket),
    ):
        client.socket.settimeout(0.05)
        client.send(b"GET / HTTP/1.1\r\nX: ")

        def dripped() -> bytes:
            try:
                client.send(b"x")
                return client.socket.recv(100)
            except TimeoutError:
                return b""

        assert eventually(dripped, lambda: "no end").startswith(b"HTTP/1.1 408 ")


def test_a_reader_that_takes_nothing_is_let_go(tmp_path: Path) -> None:
    with before(None, tmp_path, STALLED_TIMEOUT=0.5, _SWEEP_EVERY=0.1) as front:
        front.publish(2, large=b"x" * 12_000_000)
        with closing((client := front.connect()).socket):
            client.send(head("GET /large.html", Accept_Encoding="identity"))
            assert client.socket.recv(100)
            # No more is read: the front's own buffers are full, and it gives up.
            descriptors = Path(f"/proc/{front.process.pid}/fd")
            before_it = len(list(descriptors.iterdir()))
            eventually(lambda: len(list(descriptors.iterdir())) < before_it, lambda: "held for it")
            assert front.ask("GET /")[2] == HOME


def test_idle_connections_make_room_for_readers(tmp_path: Path) -> None:
    with serving(tmp_path, None, {}, files=400) as front, ExitStack() as stack:
        front.publish(1, index=HOME)
        for _ in range(600):
            stack.callback(front.connect().socket.close)
            if _ % 50 == 0:
                assert front.ask("GET /")[2] == HOME
        assert front.ask("GET /")[2] == HOME


def test_what_is_under_way_is_finished(tmp_path: Path) -> None:
    app = App()

    def play(connection: socket.socket) -> None:
        app.head_of(connection)
        app.hold.wait()
        app.say(connection)

    with before(play, tmp_path) as front, ExitStack() as stack:
        stack.callback(app.hold.set)
        client, idle = front.connect(), front.connect()
        stack.callback(client.socket.close)
        stack.callback(idle.socket.close)
        idle.send(head("GET /"))
        assert idle.answer()[0] == 200
        client.send(head("GET /console"))
        eventually(lambda: app.heads, lambda: "nothing came")
        front.process.send_signal(signal.SIGTERM)
        eventually(lambda: _is_refused(front.port), lambda: "it still listens")
        app.hold.set()
        assert client.answer()[2] == b"app"
        assert idle.rest() == b""
        assert front.process.wait(60) == 0


def _is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except (ConnectionRefusedError, ConnectionResetError):  # reset: it closed at that moment
        return True
    return False
