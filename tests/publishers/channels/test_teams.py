"""Cards for Teams: what the flow is given, what it answers, and what that means."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from incidents.status import Certainty
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, Rejected, TryLater
from publishers.channels.teams import LIMIT, Channel, as_card, size
from tests.fakes import teams_workflow as api
from tests.fakes._service import Answer, Cut, Fault
from tests.fakes.teams_workflow import FakeFlow
from tests.publishers.channels._chat import channel, correction, publish
from tests.publishers.channels.drivers._base import MESSAGE, message


@pytest.fixture
def flow() -> Iterator[FakeFlow]:
    with FakeFlow() as fake:
        yield fake


def body_of(text: str) -> list[dict[str, Any]]:
    (attachment,) = as_card(text, "it")["attachments"]
    body: list[dict[str, Any]] = attachment["content"]["body"]
    return body


def test_is_blind_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.BLIND
    assert Channel.SECRETS == ("webhook_url",)


def test_hands_the_flow_an_adaptive_card(flow: FakeFlow) -> None:
    receipt = publish(Channel, flow)
    (request,) = flow.requests
    assert request.body["type"] == "message"
    (attachment,) = request.body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"], card["lang"]) == ("AdaptiveCard", "1.4", "it")
    assert flow.texts == [f"{MESSAGE.headline}\n\n{MESSAGE.body}\n{MESSAGE.url}"]
    assert flow.links == [MESSAGE.url]
    assert receipt == Receipt(api.RUN)


def test_says_the_short_text_where_the_settings_want_it(flow: FakeFlow) -> None:
    publish(Channel, flow, text="short", link=False)
    assert flow.texts == [MESSAGE.short]


def test_words_are_runs_of_text_and_only_links_can_be_pressed() -> None:
    (block,) = body_of("**No** <at>tutti</at>, vedi https://a.example/x.")
    assert block["type"] == "RichTextBlock"
    assert block["inlines"] == [
        {"type": "TextRun", "text": "**No** <at>tutti</at>, vedi "},
        {
            "type": "TextRun",
            "text": "https://a.example/x",
            "selectAction": {"type": "Action.OpenUrl", "url": "https://a.example/x"},
        },
        {"type": "TextRun", "text": "."},
    ]


def test_paragraphs_are_set_apart_and_lines_are_not() -> None:
    body = body_of("Titolo\n\nPrima riga\nseconda riga\n\n\nFine")
    assert [block["spacing"] for block in body] == ["None", "Medium", "None", "Medium"]
    assert all(block["inlines"] for block in body)


@pytest.mark.parametrize("sign", ["x", "€", "😀", '"'])
def test_a_card_fits_up_to_the_last_byte(flow: FakeFlow, sign: str) -> None:
    made = channel(Channel, flow, text="short", link=False)
    most = bisect_right(range(LIMIT), LIMIT, key=lambda n: size(as_card(sign * n, "it"))) - 1
    assert most > 5000
    assert not made.compose(message(short=sign * most)).fallback
    assert made.compose(message(short=sign * (most + 1))).fallback
    sent = message(short=sign * most)
    made.publish(sent, made.compose(sent))
    assert (flow.texts, flow.lost) == ([sign * most], [])


def test_a_size_is_the_larger_one_of_both_ways_to_write_it() -> None:
    each = [size(as_card(sign * 1000, "it")) - size(as_card(sign, "it")) for sign in 'x"']
    assert each == [2 * 999, 4 * 999]
    assert size(as_card("€" * 20_001, "it")) - size(as_card("€" * 20_000, "it")) == 3


def test_a_correction_is_a_message_of_its_own_and_says_so(flow: FakeFlow) -> None:
    first = publish(Channel, flow)
    sent = correction(first, parent=first, root=first)
    post = channel(Channel, flow).compose(sent)
    assert (post.edits, post.replies) == (False, False)
    assert "old one stays" in post.notes[0]
    assert not publish(Channel, flow, sent).standalone
    assert len(flow.texts) == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Answer(401, api.NO_SIGNATURE), ChannelBroken),
        (Answer(404, api.NOT_FOUND), ChannelBroken),
        (Answer(400, api.DISABLED), ChannelBroken),
        (Answer(502, api.DISABLED), ChannelBroken),
        (Answer(403, b""), ChannelBroken),
        (Answer(400, api.NO_JSON), Rejected),
        (Answer(413, b""), Rejected),
        (Answer(500, b""), MaybeSent),
        (Answer(200, b"<html>a portal"), MaybeSent),
        (Answer(302, None), MaybeSent),
        (Cut(), MaybeSent),
    ],
)
def test_what_the_flow_says_is_the_next_move(
    flow: FakeFlow, fault: Fault, error: type[Exception]
) -> None:
    flow.faults.append(fault)
    with pytest.raises(error) as caught:
        publish(Channel, flow)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "answer",
    [
        Answer(202),
        Answer(200, {"told": "the flow's own"}),
        Answer(202, None, {"x-ms-workflow-run-id": "x; y"}),
    ],
)
def test_without_a_run_the_deliverys_key_is_the_messages_name(
    flow: FakeFlow, answer: Answer
) -> None:
    flow.faults.append(answer)
    assert publish(Channel, flow) == Receipt("delivery-1")


def test_waits_as_long_as_power_automate_says(flow: FakeFlow) -> None:
    flow.faults.append(Answer(429, api.error("TooMany", "Slow"), {"Retry-After": "17"}))
    with pytest.raises(TryLater) as caught:
        publish(Channel, flow)
    assert caught.value.retry_after == timedelta(seconds=17)


def test_a_check_starts_no_flow_and_gives_no_secret_away(flow: FakeFlow) -> None:
    assert "was not started" in channel(Channel, flow).check()
    (request,) = flow.requests
    assert (request.method, request.path, request.query) == ("GET", "/", {})


@pytest.mark.parametrize("fault", [Answer(503, b""), Answer(429, b""), Cut()])
def test_a_check_says_what_is_wrong(flow: FakeFlow, fault: Fault) -> None:
    flow.faults.append(fault)
    with pytest.raises(TryLater):
        channel(Channel, flow).check()


def test_a_check_finds_out_that_nobody_is_there(flow: FakeFlow) -> None:
    flow.secrets = {"webhook_url": f"http://127.0.0.1:1{api.PATH}"}
    with pytest.raises(TryLater, match="cannot be reached"):
        channel(Channel, flow).check()
