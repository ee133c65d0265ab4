"""Bluesky's sessions: few log-ins, tokens in memory only, renewed while a post goes out."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from publishers.channels import _base
from publishers.channels._base import ChannelBroken, TryLater
from publishers.channels.bluesky import Channel
from tests.fakes import bluesky_pds as fake
from tests.fakes._service import Answer, Cut, Drip, Hang
from tests.fakes.bluesky_pds import FakeBluesky, error
from tests.publishers.channels._bluesky import channel, find, publish
from tests.publishers.channels.drivers._base import message


@pytest.fixture
def pds() -> Iterator[FakeBluesky]:
    with FakeBluesky() as made:
        yield made


@pytest.fixture
def made(pds: FakeBluesky) -> Iterator[Channel]:
    opened = channel(pds)
    yield opened
    opened.close()


def methods(pds: FakeBluesky) -> list[str]:
    return [request.path.rpartition(".")[2] for request in pds.requests]


def test_logs_in_once_for_everything(pds: FakeBluesky, made: Channel) -> None:
    for key in "123":
        sent = message(key=key)
        receipt = publish(made, sent)
        assert find(made, sent) is not None
        assert made.seen(receipt)
        assert made.check()
    assert len(pds.asked("createSession")) == 1
    (login,) = pds.asked("createSession")
    assert login.body == {"identifier": fake.HANDLE, "password": pds.password}
    assert "authorization" not in login.headers


def test_does_not_log_in_to_compose(pds: FakeBluesky, made: Channel) -> None:
    made.compose(message())
    assert pds.requests == []


def test_stays_at_the_host_of_the_settings(pds: FakeBluesky, made: Channel) -> None:
    """The fake names another one in its sessions, where nothing would answer."""
    publish(made)
    pds.end_sessions()
    publish(made, message(key="2"))
    assert len(pds.texts) == 2


def test_a_session_that_is_over_is_renewed_and_the_post_goes_out(
    pds: FakeBluesky, made: Channel
) -> None:
    publish(made)
    pds.end_sessions()
    pds.requests.clear()
    publish(made, message(key="2"))
    assert methods(pds) == ["putRecord", "refreshSession", "putRecord"]
    assert len(pds.texts) == 2
    publish(made, message(key="3"))
    assert len(pds.asked("refreshSession")) == 1


def test_a_renewed_session_can_be_renewed_again(pds: FakeBluesky, made: Channel) -> None:
    for key in "123":
        publish(made, message(key=key))
        pds.end_sessions()
    assert len(pds.asked("createSession")) == 1
    assert len(pds.asked("refreshSession")) == 2


@pytest.mark.parametrize("refusal", [fake.BAD_TOKEN, fake.EXPIRED_TOKEN, fake.REVOKED_TOKEN])
def test_a_session_that_cannot_be_renewed_is_opened_anew(
    pds: FakeBluesky, made: Channel, refusal: dict[str, str]
) -> None:
    publish(made)
    pds.end_sessions(for_good=True)
    pds.requests.clear()
    pds.faults.append(Answer(400, refusal))
    publish(made, message(key="2"))
    assert methods(pds)[:4] == ["putRecord", "refreshSession", "createSession", "putRecord"]
    assert len(pds.texts) == 2


def test_a_session_is_renewed_once_only(pds: FakeBluesky, made: Channel) -> None:
    publish(made)
    pds.faults += [
        Answer(400, fake.EXPIRED_TOKEN),
        pds.session(),
        Answer(400, fake.EXPIRED_TOKEN),
    ]
    pds.requests.clear()
    with pytest.raises(ChannelBroken, match="ExpiredToken"):
        publish(made, message(key="2"))
    assert methods(pds) == ["putRecord", "refreshSession", "putRecord"]


def test_reading_renews_as_well(pds: FakeBluesky, made: Channel) -> None:
    sent = message()
    publish(made, sent)
    pds.end_sessions()
    pds.faults.append(Answer(400, fake.EXPIRED_TOKEN))
    assert find(made, sent) is not None
    assert len(pds.asked("refreshSession")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, fake.INTERNAL),
        Answer(429, fake.LIMITED),
        Answer(502),
        Answer(200, b"<html>"),
        Answer(200, {"accessJwt": "x"}),
        Cut(),
        Cut(in_the_middle=True),
    ],
)
def test_a_renewal_in_doubt_posts_nothing_and_is_made_again(
    pds: FakeBluesky, made: Channel, answer: Any
) -> None:
    publish(made)
    pds.end_sessions()
    pds.faults += [Answer(400, fake.EXPIRED_TOKEN), answer]
    with pytest.raises(TryLater):
        publish(made, message(key="2"))
    assert len(pds.texts) == 1
    assert len(pds.asked("createSession")) == 1
    publish(made, message(key="2"))
    assert len(pds.texts) == 2


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (Answer(401, fake.WRONG_PASSWORD), ChannelBroken, "Invalid identifier or password"),
        (Answer(401, fake.NEEDS_CODE), ChannelBroken, "app password"),
        (Answer(401, fake.TAKEN_DOWN), ChannelBroken, "taken down"),
        (Answer(400, error("InvalidRequest", "Input")), ChannelBroken, "Input"),
        (Answer(404), ChannelBroken, "no PDS"),
        (Answer(501, error("MethodNotImplemented", "?")), ChannelBroken, "no PDS"),
        (Answer(500, fake.INTERNAL), TryLater, "500"),
        (Answer(503), TryLater, "503"),
        (Answer(302, None, {"Location": "http://127.0.0.1:1/"}), TryLater, "302"),
        (Answer(200, b"<html>"), TryLater, "logging in"),
        (Answer(200, []), TryLater, "logging in"),
        (Answer(200, {"did": fake.DID, "accessJwt": "tok-1", "handle": "x"}), TryLater, "logging"),
        (Cut(), TryLater, "logging in"),
        (Cut(in_the_middle=True), TryLater, "logging in"),
    ],
)
def test_a_login_that_fails_posts_nothing(
    pds: FakeBluesky, made: Channel, answer: Any, expected: type[Exception], words: str
) -> None:
    for attempt in (lambda: publish(made), made.check, lambda: find(made, message())):
        pds.faults.append(answer)
        pds.requests.clear()
        with pytest.raises(expected, match=words) as caught:
            attempt()
        assert type(caught.value) is expected
        assert "tok-1" not in str(caught.value)
        assert methods(pds) == ["createSession"]
    assert pds.texts == []


@pytest.mark.parametrize("fault", [Hang(), Drip(), Drip(in_headers=True)])
def test_a_login_that_hangs_posts_nothing(
    pds: FakeBluesky, made: Channel, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    pds.faults.append(fault)
    with pytest.raises(TryLater):
        publish(made)
    assert pds.texts == []


def test_a_limit_on_logging_in_passes(pds: FakeBluesky) -> None:
    pds.logins_left = 1
    publish(channel(pds))
    with pytest.raises(TryLater, match="limits us") as caught:
        publish(channel(pds), message(key="2"))
    assert caught.value.retry_after is not None
    assert timedelta(minutes=4) < caught.value.retry_after <= timedelta(minutes=5)


def test_a_wrong_clock_here_changes_nothing(
    pds: FakeBluesky, made: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a token is still good is the server's word alone."""
    pds.clock_skew = datetime(2031, 1, 1, tzinfo=UTC) - datetime.now(UTC)
    publish(made)
    assert methods(pds) == ["createSession", "putRecord"]


def test_a_password_that_was_changed_breaks_the_channel_once_the_session_is_over(
    pds: FakeBluesky, made: Channel
) -> None:
    publish(made)
    pds.password = "another"
    pds.end_sessions(for_good=True)
    with pytest.raises(ChannelBroken, match="Invalid identifier or password"):
        publish(made, message(key="2"))


def test_no_token_is_logged_or_shown(
    pds: FakeBluesky, made: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = message()
    publish(made, sent)
    pds.end_sessions()
    receipt = publish(made, message(key="2"))
    find(made, sent)
    made.seen(receipt)
    made.check()
    assert len(pds.tokens) == 4
    secrets = [pds.password, *pds.tokens]
    assert not [secret for secret in secrets if secret in caplog.text]
    sessions = [thing for thing in gc.get_objects() if type(thing).__name__ == "_Session"]
    assert sessions
    assert not [secret for secret in secrets if secret in repr(sessions)]


@pytest.mark.parametrize("logger", ["httpx", "httpcore.connection", "httpcore.http11"])
def test_the_loggers_that_write_requests_down_are_silent(logger: str) -> None:
    assert not logging.getLogger(logger).isEnabledFor(logging.INFO)


def test_nothing_is_kept_on_the_disk(pds: FakeBluesky, tmp_path: Any) -> None:
    made = channel(pds)
    made.data = tmp_path
    publish(made)
    assert list(tmp_path.iterdir()) == []
    made.close()
