"""What Bluesky's answers mean, its silence, and its nonsense: the next move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from publishers.channels import _base
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Rejected,
    TryLater,
)
from publishers.channels.bluesky import Channel
from tests.fakes import bluesky_pds as fake
from tests.fakes._service import Answer, Cut, Hang
from tests.fakes.bluesky_pds import FakeBluesky, error
from tests.publishers.channels._bluesky import GONE, channel, find, publish
from tests.publishers.channels.drivers._base import message

ITS_TIME = datetime(2031, 1, 1, tzinfo=UTC)
ITS_DATE = format_datetime(ITS_TIME, usegmt=True)
RESET_300 = {"Date": ITS_DATE, "RateLimit-Reset": str(int(ITS_TIME.timestamp()) + 300)}


@pytest.fixture
def pds() -> Iterator[FakeBluesky]:
    with FakeBluesky() as made:
        yield made


@pytest.fixture
def made(pds: FakeBluesky) -> Iterator[Channel]:
    """A channel that is logged in."""
    opened = channel(pds)
    opened.check()
    pds.requests.clear()
    yield opened
    opened.close()


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(401), Answer(200, {}), Cut()])
def test_a_post_that_is_there_but_cannot_be_read_may_be_ours(
    pds: FakeBluesky, made: Channel, answer: Any
) -> None:
    pds.faults += [Answer(400, fake.OTHER_RECORD), answer]
    with pytest.raises(MaybeSent, match="has a post of this key"):
        publish(made)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(401, fake.NO_TOKEN), ChannelBroken),
        (Answer(401, fake.WRONG_PASSWORD), ChannelBroken),
        (Answer(401, fake.TAKEN_DOWN), ChannelBroken),
        (Answer(401, fake.DEACTIVATED), ChannelBroken),
        (Answer(400, error("AccountTakedown", "")), ChannelBroken),
        (Answer(403, error("AccountNotFound", "Account not found")), ChannelBroken),
        (Answer(403), ChannelBroken),
        (Answer(404, error("XRPCNotSupported", "XRPCNotSupported")), ChannelBroken),
        (Answer(405), ChannelBroken),
        (Answer(407), ChannelBroken),
        (Answer(501, error("MethodNotImplemented", "?")), ChannelBroken),
        (Answer(400, error("InvalidRequest", "Invalid app.bsky.feed.post record")), Rejected),
        (Answer(400, error("InvalidRecord", "?")), Rejected),
        (Answer(400, ["no", "error"]), Rejected),
        (Answer(400, b"[" * 100_000), Rejected),
        (Answer(400, {"error": 1, "message": ["?"]}), Rejected),
        (Answer(413, error("PayloadTooLarge", "request entity too large")), Rejected),
        (Answer(408), MaybeSent),
        (Answer(502, error("UpstreamFailure", "Upstream service unreachable")), MaybeSent),
        (Answer(503, error("NotEnoughResources", "?")), MaybeSent),
        (Answer(504), MaybeSent),
        (Answer(301, None, {"Location": "http://127.0.0.1:1/"}), MaybeSent),
        (Answer(307, None, {"Location": "http://[bad"}), MaybeSent),
        (Answer(304), MaybeSent),
    ],
)
def test_an_answer_names_the_next_move(
    pds: FakeBluesky, made: Channel, answer: Answer, expected: type[Exception]
) -> None:
    pds.faults.append(answer)
    with pytest.raises(expected) as caught:
        publish(made)
    assert type(caught.value) is expected
    assert len(pds.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"uri": ' * 100_000,
        b"nul",
        [],
        ["x"],
        {},
        {"uri": GONE},
        {"uri": GONE, "cid": None},
        {"uri": GONE, "cid": 7},
        {"uri": "at://x", "cid": "bafy"},
        {"uri": GONE.replace("post", "like"), "cid": "bafy"},
    ],
)
def test_an_answer_that_names_no_post_may_have_been_one(
    pds: FakeBluesky, made: Channel, body: Any
) -> None:
    pds.faults.append(Answer(200, body))
    with pytest.raises(MaybeSent):
        publish(made)


def test_a_packed_answer_makes_no_sense(pds: FakeBluesky, made: Channel) -> None:
    pds.faults.append(Answer(200, b"\x1f\x8b", {"Content-Encoding": "gzip"}))
    with pytest.raises(MaybeSent):
        publish(made)
    assert pds.requests[0].headers["accept-encoding"] == "identity"


def test_what_never_left_was_not_sent(pds: FakeBluesky, made: Channel) -> None:
    pds.stop()
    with pytest.raises(TryLater, match="cannot be reached"):
        publish(made)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (RESET_300, 300),
        ({**RESET_300, "Date": ITS_DATE.replace("GMT", "-0000")}, 300),
        ({**RESET_300, "RateLimit-Reset": str(int(ITS_TIME.timestamp()) - 30)}, 1),
        ({**RESET_300, "RateLimit-Reset": str(int(ITS_TIME.timestamp()) + 999_999)}, None),
        ({**RESET_300, "RateLimit-Reset": "soon"}, None),
        ({**RESET_300, "RateLimit-Reset": "9" * 30}, None),
        ({**RESET_300, "RateLimit-Reset": ""}, None),
    ],
)
def test_a_limit_passes_by_blueskys_clock(
    pds: FakeBluesky, made: Channel, headers: dict[str, str], wait: int | None
) -> None:
    pds.faults.append(Answer(429, fake.LIMITED, headers))
    with pytest.raises(TryLater, match="Rate Limit Exceeded") as caught:
        publish(made)
    assert caught.value.retry_after == (None if wait is None else timedelta(seconds=wait))


def test_without_blueskys_clock_our_own_must_do(pds: FakeBluesky, made: Channel) -> None:
    reset = str(int(datetime.now(UTC).timestamp()) + 600)
    pds.faults.append(Answer(429, None, {"Date": "?", "RateLimit-Reset": reset}))
    with pytest.raises(TryLater) as caught:
        publish(made)
    assert caught.value.retry_after is not None
    assert timedelta(0) < caught.value.retry_after <= timedelta(seconds=600)


def test_an_echoed_secret_is_not_repeated(pds: FakeBluesky, made: Channel) -> None:
    secrets = [pds.password, *pds.tokens]
    pds.faults.append(Answer(400, error("InvalidRequest", " ".join(secrets))))
    with pytest.raises(Rejected, match=r"\*\*\* \*\*\* \*\*\*$"):
        publish(made)


@pytest.mark.parametrize(
    ("before", "expected"), [([], TryLater), ([Answer(400, fake.NOT_FOUND)], MaybeSent)]
)
def test_it_matters_which_request_hangs(
    pds: FakeBluesky,
    made: Channel,
    before: list[Answer],
    expected: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent = publish(made, message(key="1"))
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    pds.faults += [*before, Hang()]
    with pytest.raises(expected):
        publish(made, message(key="2", parent=parent))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(429, fake.LIMITED, RESET_300), TryLater),
        (Answer(500, fake.INTERNAL), TryLater),
        (Answer(400, error("InvalidRequest", "?")), TryLater),
        (Answer(302, None, {"Location": "http://127.0.0.1:1/"}), TryLater),
        (Answer(200, b"<html>"), TryLater),
        (Answer(200, {"uri": GONE}), TryLater),
        (Answer(200, {"uri": GONE, "cid": "bafy", "value": "?"}), TryLater),
        (Cut(), TryLater),
        (Answer(401, fake.TAKEN_DOWN), ChannelBroken),
        (Answer(501, error("MethodNotImplemented", "?")), ChannelBroken),
    ],
)
def test_nothing_is_posted_while_the_parent_cannot_be_looked_at(
    pds: FakeBluesky, made: Channel, answer: Any, expected: type[Exception]
) -> None:
    parent = publish(made, message(key="1"))
    pds.faults.append(answer)
    with pytest.raises(expected) as caught:
        publish(made, message(key="2", parent=parent))
    assert type(caught.value) is expected
    assert len(pds.asked("putRecord")) == 1
    if isinstance(caught.value, TryLater) and getattr(answer, "status", 0) == 429:
        assert caught.value.retry_after == timedelta(seconds=300)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(500), TryLater),
        (Answer(429), TryLater),
        (Cut(), TryLater),
        (Answer(401), ChannelBroken),
    ],
)
def test_looking_that_fails_says_so(
    pds: FakeBluesky, made: Channel, answer: Any, expected: type[Exception]
) -> None:
    pds.faults.append(answer)
    with pytest.raises(expected) as caught:
        find(made, message())
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    "answer",
    [
        Answer(429, fake.LIMITED, RESET_300),
        Answer(400, error("InvalidRequest", "?")),
        Answer(401, fake.NO_TOKEN),
        Answer(403),
        Answer(404),
        Answer(500),
        Answer(302, None, {"Location": "http://127.0.0.1:1/"}),
        Answer(200, b"<html>"),
        Answer(200, {"posts": "?"}),
        Cut(),
    ],
)
def test_an_appview_in_trouble_never_breaks_the_channel(
    pds: FakeBluesky, made: Channel, answer: Any
) -> None:
    receipt = publish(made)
    pds.faults.append(answer)
    with pytest.raises(TryLater) as caught:
        made.seen(receipt)
    limited = getattr(answer, "status", 0) == 429
    assert caught.value.retry_after == (timedelta(seconds=300) if limited else None)
