"""One line for each request: enough to find it again, and nothing of the person who made it."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask, abort, g
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from statuspage._requests import known_id, neighbourhood
from statuspage.app import create_app
from statuspage.logs import configure_logs
from statuspage.settings import Settings, example_settings, load_settings

PASSWORD = "hunter2/\"ü'\\ %41@"
URL = "postgresql://avviso:hunter2%2F%22%C3%BC%27%5C%20%2541%40@db.example.org/avviso"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Puts the process's logging back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "avviso.toml").write_text(example_settings(), encoding="utf-8")
    return load_settings(tmp_path / "avviso.toml", {"AVVISO_DATABASE_URL": URL})


@pytest.fixture
def output(settings: Settings) -> StringIO:
    output = StringIO()
    configure_logs(settings.secret_values(), stream=output)
    return output


@pytest.fixture
def client(settings: Settings, output: StringIO) -> FlaskClient:
    app = create_app(settings)
    _pages(app)
    return app.test_client()


def _pages(app: Flask) -> None:
    log = structlog.get_logger("ours")

    @app.get("/works")
    def works() -> str:
        log.info("ours")
        logging.getLogger("theirs").warning("theirs")
        return g.request_id  # type: ignore[no-any-return]

    @app.get("/broken")
    def broken() -> str:
        problem = RuntimeError(f"connection to {URL} failed with {PASSWORD!r}")
        raise OperationalError("SELECT 1", {}, problem)

    @app.get("/confirm/<key>")
    def confirm(key: str) -> str:
        return str(len(key))

    @app.get("/busy")
    def busy() -> str:
        abort(503)


def lines(output: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_request_is_one_line(client: FlaskClient, output: StringIO) -> None:
    headers = {"X-Request-Id": "front-0001", "X-Forwarded-For": "203.0.113.77"}
    over_its_socket = {"REMOTE_ADDR": ""}
    client.get("/works?email=ada@example.org", headers=headers, environ_base=over_its_socket)
    line = lines(output)[-1]
    assert line.pop("milliseconds") >= 0
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "statuspage._requests",
        "method": "GET",
        "path": "/works",
        "status": 200,
        "request_id": "front-0001",
        "client": "203.0.113.0/24",
    }


def test_every_line_within_it_has_its_id_and_none_after_it(
    client: FlaskClient, output: StringIO
) -> None:
    first = client.get("/works").text
    second = client.get("/works").text
    structlog.get_logger().info("after")
    ids = [line.get("request_id") for line in lines(output)]
    assert ids == [first] * 3 + [second] * 3 + [None]
    assert first != second


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nope", 404), ("/broken", 500), ("/busy", 503), ("/works/%0a%1b[31m", 404)],
)
def test_what_fails_is_a_line_too(
    client: FlaskClient, output: StringIO, path: str, status: int
) -> None:
    answer = client.get(path)
    (line,) = [line for line in lines(output) if line["event"] == "request"]
    assert line["status"] == answer.status_code == status
    assert answer.headers["X-Request-Id"] == line["request_id"]
    assert line["path"].isprintable()


def test_nothing_of_a_person_is_written_down(client: FlaskClient, output: StringIO) -> None:
    client.set_cookie("session", "cookie-of-ada")
    for path in ("/works", "/broken", "/confirm/key-of-ada", "/nope"):
        client.get(
            f"{path}?token=query-of-ada",
            headers={
                "X-Forwarded-For": "2001:db8:77:1:2:3:4:5",
                "Authorization": "Bearer token-of-ada",
                "User-Agent": "agent-of-ada",
                "Referer": "https://example.org/of-ada",
            },
            environ_base={"REMOTE_ADDR": "198.51.100.99"},
        )
    said = output.getvalue()
    assert "of-ada" not in said
    assert "198.51.100.99" not in said
    assert "2001:db8" not in said, "nobody whom we trust said that"
    assert said.count("198.51.100.0/24") == 4
    assert "/confirm/<key>" in said


def test_a_path_without_end_is_not_written_to_it(client: FlaskClient, output: StringIO) -> None:
    client.get("/" + "a" * 5000)
    assert len(lines(output)[-1]["path"]) == 201


def test_a_password_in_an_exception_is_blotted_out_however_it_is_spelt(
    client: FlaskClient, output: StringIO
) -> None:
    client.get("/broken")
    said = output.getvalue()
    assert "OperationalError" in said
    assert "db.example.org" in said
    assert "hunter2" not in said


def test_a_password_in_an_address_that_nobody_told_us_of_is_blotted_out() -> None:
    output = StringIO()
    configure_logs(stream=output)
    logging.getLogger("x").warning("cannot reach smtp://post:letmein@mail.example.org:25/x@y")
    logging.getLogger("x").warning("at://did:plc:abc/x and https://example.org:80/a@b stay")
    first, second = lines(output)
    assert first["event"] == "cannot reach smtp://post:***@mail.example.org:25/x@y"
    assert second["event"] == "at://did:plc:abc/x and https://example.org:80/a@b stay"


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("12345678", True),
        ("a" * 64, True),
        ("0b2c-9F" * 2, True),
        ("1234567", False),
        ("a" * 65, False),
        ("12345678\n", False),
        ("1234 5678", False),
        ("12345678é", False),
        ("<script>alert", False),
        ("١٢٣٤٥٦٧٨", False),
        ("", False),
        (None, False),
    ],
)
def test_ids_from_outside(said: str | None, taken: bool) -> None:
    found = known_id(said)
    assert (found == said) is taken
    assert taken or (len(found) == 16 and found.isalnum())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        (" 203.0.113.77 ", "203.0.113.0/24"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("::1", "::/48"),
        ("203.0.113.77, 10.0.0.1", "unknown"),
        ("203.0.113.77:4711", "unknown"),
        ("ada@example.org", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_addresses_are_shortened(address: str | None, shown: str) -> None:
    assert neighbourhood(address) == shown


def test_the_app_says_where_it_was_asked_over_a_socket(
    settings: Settings, output: StringIO
) -> None:
    client = create_app(dataclasses.replace(settings)).test_client()
    client.get("/nope", environ_base={"REMOTE_ADDR": ""})
    assert lines(output)[-1]["client"] == "unknown"
