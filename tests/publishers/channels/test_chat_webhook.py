"""The wire to a chat's webhook: its address is a secret, and its answers say the next move."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from publishers.channels import _base
from publishers.channels._base import ChannelBroken, MaybeSent, Rejected, TryLater
from publishers.channels._chat_webhook import Answer, Webhook, WebhookOptions
from publishers.channels.slack import Channel
from tests.fakes import _service as service
from tests.fakes.slack_webhook import PATH, FakeSlack
from tests.publishers.channels._chat import channel, publish
from tests.publishers.channels.drivers._base import message

TOKEN = PATH.rpartition("/")[2]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake


def answer(status: int, text: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("Chat", status, text, httpx.Headers(named))


@pytest.mark.parametrize(
    "address",
    [
        "hooks.slack.com/services/x",
        "http://hooks.slack.com/services/x",
        "ftp://hooks.slack.com/",
        "https:///services/x",
        "https://someone:pass@hooks.slack.com/",
        "https://hooks.slack.com/ x",
        "https://hooks.slack.com/x\n",
        "https://[/",
    ],
)
def test_an_address_that_is_none_breaks_the_channel_and_is_not_quoted(
    slack: FakeSlack, address: str
) -> None:
    slack.secrets = {"webhook_url": address}
    with pytest.raises(ChannelBroken, match="webhook_url is no address such as https://") as caught:
        publish(Channel, slack)
    assert address not in "".join(traceback.format_exception(caught.value))
    assert slack.requests == []


def test_a_missing_secret_breaks_the_channel_by_its_name(slack: FakeSlack) -> None:
    slack.secrets = {}
    with pytest.raises(ChannelBroken, match=r"webhook_url$"):
        channel(Channel, slack).check()


def test_a_post_that_is_too_long_is_not_even_sent(slack: FakeSlack) -> None:
    long = "x" * 5000
    with pytest.raises(Rejected, match="counts 50"):
        publish(
            Channel, slack, message(headline=long, short=long, name=long, status=long), text="short"
        )
    assert slack.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        service.Answer(403, f"{PATH} {TOKEN}".encode()),
        service.Answer(400, {"error": {"code": "Bad", "message": f"no webhook {PATH}"}}),
        service.Answer(302, None, {"Location": f"https://elsewhere.example{PATH}"}),
        service.Hang(),
        service.Cut(),
        service.Cut(in_the_middle=True),
        service.Garbage(TOKEN.encode()),
    ],
)
def test_the_address_is_in_no_error_no_log_and_no_repr(
    slack: FakeSlack,
    fault: service.Fault,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    slack.faults.append(fault)
    made = channel(Channel, slack)
    with pytest.raises((ChannelBroken, Rejected, MaybeSent)) as caught:
        made.publish(message(), made.compose(message()))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    told += repr(made) + repr(made.webhook) + repr(made.options)
    assert TOKEN not in told
    made.close()


def test_what_cannot_be_reached_is_named_without_its_address(slack: FakeSlack) -> None:
    slack.secrets = {"webhook_url": f"http://127.0.0.1:1{PATH}"}
    with pytest.raises(TryLater, match=r"^Slack cannot be reached \(ConnectError\)$") as caught:
        publish(Channel, slack)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_a_quote_of_the_address_is_blotted_out_and_the_rest_is_told(slack: FakeSlack) -> None:
    said = {"error": {"status": "PERMISSION_DENIED", "message": f"No\nroom for {TOKEN}"}}
    slack.faults.append(service.Answer(403, said))
    with pytest.raises(ChannelBroken, match=r"403 \(PERMISSION_DENIED: No room for \*\*\*\)$"):
        publish(Channel, slack)


def test_query_values_are_secrets_too_encoded_or_not(slack: FakeSlack) -> None:
    hook = Webhook("Chat", f"{slack.url}/x?sig=abc%2Bdefghijklmnop%3D&sp=run")
    slack.faults.append(service.Answer(400, b"abc+defghijklmnop= abc%2Bdefghijklmnop%3D run"))
    assert hook.ask("POST", content={}).text == "*** *** run"
    hook.close()


def test_queries_are_added_and_the_front_page_is_asked_for_without_secrets(
    slack: FakeSlack,
) -> None:
    hook = Webhook("Chat", f"{slack.url}/hooks/1?thread_id=7")
    hook.ask("PATCH", "/messages/2", {"a": "à"})
    hook.ask("POST", wait="true")
    hook.knock()
    told = [(r.method, r.path, dict(r.query), dict(r.body)) for r in slack.requests]
    assert told == [
        ("PATCH", "/hooks/1/messages/2", {"thread_id": "7"}, {"a": "à"}),
        ("POST", "/hooks/1", {"thread_id": "7", "wait": "true"}, {}),
        ("GET", "/", {}, {}),
    ]
    hook.close()


def test_a_redirect_is_not_followed(slack: FakeSlack) -> None:
    slack.faults.append(service.Answer(307, None, {"Location": slack.secrets["webhook_url"]}))
    with pytest.raises(MaybeSent, match="307"):
        publish(Channel, slack)
    assert len(slack.requests) == 1
    assert slack.texts == []


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        (answer(429, retry_after="300"), timedelta(minutes=5)),
        (answer(429, retry_after="0.3"), timedelta(seconds=1)),
        (answer(429, '{"retry_after": 2.5}'), timedelta(seconds=3)),
        (answer(429, '{"retry_after": 2.5}', retry_after="7"), timedelta(seconds=7)),
        (
            answer(
                429,
                retry_after="Mon, 07 Dec 2020 21:00:30 GMT",
                date="Mon, 07 Dec 2020 21:00:00 GMT",
            ),
            timedelta(seconds=30),
        ),
        (answer(429, retry_after="Mon, 07 Dec 2020 21:00:30 GMT"), None),
        (answer(429), None),
        (answer(429, retry_after="soon"), None),
        (answer(429, retry_after="-5"), None),
        (answer(429, retry_after="nan"), None),
        (answer(429, retry_after="86401"), None),
        (answer(429, "[" * 100_000), None),
    ],
)
def test_the_wait_is_the_services_own(told: Answer, wait: timedelta | None) -> None:
    assert told.retry_after == wait


@pytest.mark.parametrize(
    ("told", "summary"),
    [
        (answer(404, "no_service"), "Chat answered 404 (no_service)"),
        (answer(404, "<html>Not here"), "Chat answered 404"),
        (answer(401, '{"code": 50027, "message": "Bad"}'), "Chat answered 401 (50027: Bad)"),
        (
            answer(400, '{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "No"}}'),
            "Chat answered 400 (INVALID_ARGUMENT: No)",
        ),
        (answer(400, '{"error": {"code": "Off", "message": "x"}}'), "Chat answered 400 (Off: x)"),
        (answer(400, '{"error": "odd"}'), "Chat answered 400"),
        (answer(400, '["odd"]'), "Chat answered 400"),
    ],
)
def test_an_answer_is_told_in_one_line(told: Answer, summary: str) -> None:
    assert told.summary == summary


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ChannelBroken),
        (404, ChannelBroken),
        (405, ChannelBroken),
        (410, ChannelBroken),
        (400, Rejected),
        (422, Rejected),
        (429, TryLater),
        (408, MaybeSent),
        (500, MaybeSent),
        (503, MaybeSent),
        (302, MaybeSent),
    ],
)
def test_a_status_names_the_next_move(status: int, error: type[Exception]) -> None:
    made = Channel(WebhookOptions(name="a", kind="slack", locale="it"), {}, Path())
    assert type(made.error(answer(status))) is error
