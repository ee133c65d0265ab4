"""X through its real SDK: what is asked, what is answered, and what that means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels.x import Channel, XOptions
from tests.fakes import x_api as api
from tests.fakes._service import Answer
from tests.fakes.x_api import FakeX, problem
from tests.publishers.channels._x import channel, forbidden, publish
from tests.publishers.channels.drivers._base import message

X_TIME = datetime(2031, 1, 1, tzinfo=UTC)
X_DATE = format_datetime(X_TIME, usegmt=True)


def seconds_from(moment: datetime, seconds: float) -> str:
    return str(int(moment.timestamp() + seconds))


def test_is_readable_and_needs_four_secrets() -> None:
    assert Channel.certainty is Certainty.READABLE
    assert len(Channel.SECRETS) == 4


@pytest.mark.parametrize("address", ["api.x.com", "ftp://x.com", "https://", "https://x.com?y=1"])
def test_base_url_must_be_an_address(address: str) -> None:
    with pytest.raises(ValidationError, match="base_url must be an address"):
        XOptions(name="x", kind="x", locale="it", base_url=address)


def test_a_gateway_may_have_a_path_and_gets_what_x_would(x: FakeX) -> None:
    x.faults.append(Answer(201, {"data": {"id": "7"}}))
    assert publish(x, base_url=f"{x.url}/gateway/").remote_id == "7"
    assert x.requests[0].path == "/gateway/2/tweets"


def test_a_missing_secret_breaks_the_channel_by_its_name(x: FakeX) -> None:
    x.secrets = {**x.secrets, "access_token": ""}
    with pytest.raises(ChannelBroken, match=r"access_token$"):
        channel(x).check()


@pytest.mark.parametrize(
    ("reference", "link", "shown"),
    [
        ("auto", True, False),
        ("auto", False, True),
        ("always", True, True),
        ("never", False, False),
    ],
)
def test_the_reference_is_shown(x: FakeX, reference: str, link: bool, shown: bool) -> None:
    post = channel(x, reference=reference, link=link).compose(message())
    assert (" #42/3" in post.text) is shown


@pytest.mark.parametrize(
    ("changes", "options", "note"),
    [
        ({"kind": PublicationKind.CORRECTION}, {}, "no edit"),
        ({"kind": PublicationKind.RETRACTION}, {}, "no edit"),
        ({"parent": Receipt("1")}, {}, "may refuse replies"),
        ({}, {"link": True}, "bills a post with a link"),
        ({"short": "Non si sa perche.no"}, {}, "“perche.no”"),
    ],
)
def test_notes_the_networks_rules(
    x: FakeX, changes: dict[str, Any], options: dict[str, Any], note: str
) -> None:
    notes = channel(x, **options).compose(message(**changes)).notes
    assert [note in said for said in notes].count(True) == 1


def test_notes_nothing_where_there_is_nothing_to_note(x: FakeX) -> None:
    assert channel(x, link=False).compose(message()).notes == ()


def test_the_receipt_says_where_to_see_it(x: FakeX) -> None:
    receipt = publish(x)
    assert receipt.url == f"https://x.com/i/web/status/{receipt.remote_id}"


def test_a_correction_replies_to_what_it_corrects(x: FakeX) -> None:
    first, latest = x.put("uno"), x.put("due")
    sent = message(
        kind=PublicationKind.CORRECTION, parent=Receipt(latest.id), target=Receipt(first.id)
    )
    publish(x, sent)
    assert x.tweets[-1].reply_to == first.id


def test_a_post_that_fits_nowhere_is_not_even_sent(x: FakeX) -> None:
    with pytest.raises(Rejected, match="280"):
        publish(x, message(short="x" * 999, name="y" * 999, status="z" * 999))
    assert x.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403, forbidden("Your account is suspended.")), ChannelBroken),
        (Answer(403, forbidden("To protect our users, your account is locked.")), ChannelBroken),
        (Answer(403, forbidden("You are not permitted to perform this action.")), ChannelBroken),
        (Answer(403, problem(403, "Forbidden", "?", "oauth1-permissions")), ChannelBroken),
        (Answer(403, api.NOT_ENROLLED), ChannelBroken),
        (Answer(403, forbidden("User is over daily status update limit.")), TryLater),
        (Answer(403, forbidden(api.TOO_LONG)), Rejected),
        (Answer(403, forbidden("This link has been blocked.")), Rejected),
        (Answer(403, forbidden(api.REPLY_REFUSED)), Rejected),
        (Answer(403), Rejected),
        (Answer(400, {"errors": [{"message": "Invalid text"}, "?"], "title": None}), Rejected),
        (Answer(413), Rejected),
        (Answer(404), ChannelBroken),
        (Answer(407), ChannelBroken),
        (Answer(402, ["no", "problem", "document"]), ChannelBroken),
        (Answer(408), MaybeSent),
        (Answer(503, problem(503, "Service Unavailable", "Over capacity")), TryLater),
        (Answer(503, problem(503, "Service Unavailable", "Service Unavailable")), MaybeSent),
        (Answer(504), MaybeSent),
    ],
)
def test_an_answer_names_the_next_move(x: FakeX, answer: Answer, error: type[Exception]) -> None:
    x.faults.append(answer)
    with pytest.raises(error) as caught:
        publish(x)
    assert type(caught.value) is error
    assert len(x.posts) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        {},
        {"data": None},
        {"data": []},
        {"data": {"id": ""}},
        {"data": {"id": "abc"}},
        {"data": {"text": "x"}, "errors": [{"detail": "?"}]},
    ],
)
def test_an_answer_without_a_sound_id_may_have_been_a_post(x: FakeX, body: Any) -> None:
    x.faults.append(Answer(201, body))
    with pytest.raises(MaybeSent, match="makes no sense"):
        publish(x)


RESET_300 = {"Date": X_DATE, "x-rate-limit-reset": seconds_from(X_TIME, 300)}
DAY = {"x-app-limit-24hour-remaining": "0"}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (RESET_300, 300),
        ({**RESET_300, "Date": X_DATE.replace("GMT", "UTC")}, 300),
        ({**RESET_300, "Date": X_DATE.replace("GMT", "-0000")}, 300),
        ({**RESET_300, "x-rate-limit-reset": seconds_from(X_TIME, -30)}, 1),
        ({**RESET_300, "x-rate-limit-reset": "soon"}, None),
        ({**RESET_300, "x-rate-limit-reset": "9" * 30}, None),
        ({**RESET_300, "x-rate-limit-reset": seconds_from(X_TIME, 999_999)}, None),
        ({}, None),
        ({**RESET_300, **DAY, "x-app-limit-24hour-reset": seconds_from(X_TIME, 7200)}, 7200),
        ({**RESET_300, **DAY}, None),
        ({**RESET_300, "x-rate-limit-remaining": "0", **DAY,
          "x-app-limit-24hour-reset": seconds_from(X_TIME, 60)}, 300),
    ],
)  # fmt: skip
def test_a_limit_passes_by_xs_clock(x: FakeX, headers: dict[str, str], wait: int | None) -> None:
    x.faults.append(Answer(429, api.RATE_LIMITED, headers))
    with pytest.raises(TryLater) as caught:
        publish(x)
    assert caught.value.retry_after == (None if wait is None else timedelta(seconds=wait))


def test_without_xs_clock_our_own_must_do(x: FakeX) -> None:
    reset = seconds_from(datetime.now(UTC), 600)
    x.faults.append(Answer(429, None, {"Date": "?", "x-rate-limit-reset": reset}))
    with pytest.raises(TryLater) as caught:
        publish(x)
    assert caught.value.retry_after is not None
    assert timedelta(0) < caught.value.retry_after <= timedelta(seconds=600)


@pytest.mark.parametrize(
    ("period", "error"),
    [("Monthly", ChannelBroken), ("Daily", TryLater), (None, ChannelBroken)],
)
def test_a_usage_cap_is_no_rate_limit(x: FakeX, period: str | None, error: type[Exception]) -> None:
    capped = {**api.USAGE_CAPPED, "period": period}
    x.faults.append(Answer(429, capped, {**RESET_300, "x-rate-limit-remaining": "90"}))
    with pytest.raises(error, match="cap") as caught:
        publish(x)
    assert type(caught.value) is error


@pytest.mark.parametrize(("skew", "blamed"), [(0, False), (3600, True), (-3600, True)])
def test_a_wrong_clock_is_named_where_keys_are_refused(x: FakeX, skew: int, blamed: bool) -> None:
    x.clock_skew = timedelta(seconds=skew)
    x.faults.append(Answer(401, api.UNAUTHORIZED))
    with pytest.raises(ChannelBroken) as caught:
        publish(x)
    assert ("the clock of this machine" in str(caught.value)) is blamed


def test_wrong_keys_are_refused_by_their_signature(x: FakeX) -> None:
    made = channel(x)
    made.secrets = {**x.secrets, "access_token_secret": "wrong"}
    with pytest.raises(ChannelBroken, match="does not accept the keys"):
        made.publish(message(), made.compose(message()))


def test_an_echoed_secret_is_not_repeated(x: FakeX) -> None:
    secret = x.secrets["consumer_secret"]
    x.faults.append(Answer(400, problem(400, "Invalid", f"Bad key {secret}!")))
    with pytest.raises(Rejected, match=r"Bad key \*\*\*!"):
        publish(x)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, forbidden(api.REPLY_REFUSED)),
        Answer(403, forbidden(api.PARENT_GONE)),
        Answer(403, forbidden("You are not permitted to perform this action.")),
        Answer(404),
        Answer(400, {"errors": [{"message": "$.reply.in_reply_to_tweet_id: not valid"}]}),
    ],
)
def test_a_reply_that_x_refuses_goes_out_alone(x: FakeX, answer: Answer) -> None:
    parent = x.put("uno")
    x.faults.append(answer)
    receipt = publish(x, message(parent=Receipt(parent.id)))
    assert receipt.standalone
    assert x.tweets[-1].reply_to is None
    assert ["reply" in request.body for request in x.posts] == [True, False]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(429), TryLater),
        (Answer(500), MaybeSent),
        (Answer(403, forbidden("You are not permitted to perform this action.")), ChannelBroken),
        (Answer(404), ChannelBroken),
        (Answer(400), Rejected),
    ],
)
def test_what_x_then_says_of_the_post_alone_counts(
    x: FakeX, answer: Answer, error: type[Exception]
) -> None:
    x.faults += [Answer(403, forbidden(api.REPLY_REFUSED)), answer]
    with pytest.raises(error):
        publish(x, message(parent=Receipt("1")))
    assert len(x.posts) == 2


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(401), Answer(400)])
def test_other_errors_of_a_reply_are_not_tried_alone(x: FakeX, answer: Answer) -> None:
    x.faults.append(answer)
    with pytest.raises((TryLater, MaybeSent, ChannelBroken, Rejected)):
        publish(x, message(parent=Receipt("1")))
    assert len(x.posts) == 1
