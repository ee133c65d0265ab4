"""Lines that a machine can read, and that never show a secret."""

from __future__ import annotations

import json
import logging
from io import StringIO
from typing import Any

import pytest
import structlog

from statuspage.logs import configure_logs

SECRETS = ("hunter2", "hunter2-and-more", "abc")


def fail(why: str, name: str = "citizen") -> None:
    private = f"{name}@example.org"
    assert private
    raise RuntimeError(why)


def lines(output: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_both_ways_to_log_give_the_same_lines() -> None:
    output = StringIO()
    configure_logs(stream=output)
    structlog.get_logger("avviso").info("published", number=3)
    logging.getLogger("other").warning("slow: %s", "x")
    ours, theirs = lines(output)
    assert (ours["event"], ours["number"], ours["level"]) == ("published", 3, "info")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow: x", "warning", "other")
    assert ours["timestamp"].endswith("Z")


def test_secrets_are_blotted_out_wherever_they_come_from() -> None:
    output = StringIO()
    configure_logs(SECRETS, stream=output)
    logging.getLogger("sdk").warning("sent %s", {"token": "hunter2-and-more"})
    structlog.get_logger().info("x", password="hunter2")
    try:
        fail("refused: hunter2")
    except RuntimeError:
        logging.getLogger("sdk").exception("failed")
    assert "hunter2" not in output.getvalue()
    assert "and-more" not in output.getvalue()
    assert output.getvalue().count("***") == 3


def test_a_very_short_secret_is_left_alone() -> None:
    output = StringIO()
    configure_logs(SECRETS, stream=output)
    logging.getLogger("x").warning("abc")
    assert lines(output)[0]["event"] == "abc"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_traceback_shows_no_values(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    output = StringIO()
    monkeypatch.setattr(output, "isatty", lambda: terminal)
    configure_logs(stream=output)
    try:
        fail("it broke")
    except RuntimeError:
        structlog.get_logger().exception("failed")
        logging.getLogger("x").exception("failed")
    assert output.getvalue().count("it broke") >= 2
    assert "citizen@example.org" not in output.getvalue()


def test_a_line_break_cannot_forge_a_line() -> None:
    output = StringIO()
    configure_logs(stream=output)
    logging.getLogger("x").warning("a\nb")
    assert len(output.getvalue().splitlines()) == 1


@pytest.mark.parametrize("name", ["tweepy.client", "oauthlib", "urllib3.connectionpool"])
def test_libraries_that_tell_what_they_send_are_kept_quiet(name: str) -> None:
    output = StringIO()
    configure_logs(level=logging.DEBUG, stream=output)
    logging.getLogger(name).debug("Authorization: Bearer hunter2")
    logging.getLogger("x").debug("heard")
    assert [line["event"] for line in lines(output)] == ["heard"]
