"""Messages to a room in Slack: what is sent, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incidents.status import Certainty
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, Rejected, TryLater
from publishers.channels.slack import LIMIT, Channel, as_sent
from tests.fakes._service import Answer, Cut, Fault
from tests.fakes.slack_webhook import CUT_AFTER, FakeSlack, word
from tests.publishers.channels._chat import channel, correction, publish
from tests.publishers.channels.drivers._base import MESSAGE, message


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake


def test_is_blind_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.BLIND
    assert Channel.SECRETS == ("webhook_url",)


def test_says_headline_and_body_with_the_link_and_nothing_unfurled(slack: FakeSlack) -> None:
    receipt = publish(Channel, slack)
    (request,) = slack.requests
    assert request.body == {
        "text": f"{MESSAGE.headline}\n\n{MESSAGE.body}\n<{MESSAGE.url}>",
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert receipt == Receipt("delivery-1")


def test_says_the_short_text_where_the_settings_want_it(slack: FakeSlack) -> None:
    publish(Channel, slack, text="short", link=False)
    assert slack.texts == [MESSAGE.short]


@pytest.mark.parametrize(
    "words",
    [
        "Ora <!channel> e <@U024BE7LH>, <#C024> & <https://a.example/|qui>",
        "*grasso* _corsivo_ ~barrato~ `codice`",
        "perche.no e &lt;già scritto&gt;",
        "Da leggere: https://a.example/x?a=1&b=2_c_(d), poi <basta>.",
    ],
)
def test_a_reader_sees_the_very_words_and_nobody_is_pinged(slack: FakeSlack, words: str) -> None:
    made = channel(Channel, slack)
    sent = message(short=words, headline=words)
    made.publish(sent, made.compose(sent))
    assert slack.texts == [made.compose(sent).text]
    assert slack.pinged == []


def test_a_link_stays_the_same_link() -> None:
    assert as_sent("a <b> https://a.example/?x=1&y=2.") == (
        "a &lt;b&gt; <https://a.example/?x=1&amp;y=2>."
    )


def test_counts_what_slack_counts_and_stays_far_below_its_scissors(slack: FakeSlack) -> None:
    ampersands = message(short="&" * 1000, headline="&")
    post = channel(Channel, slack, text="short").compose(ampersands)
    assert post.fallback
    assert post.length <= LIMIT < CUT_AFTER
    assert not channel(Channel, slack, text="short").compose(message(short="&" * 700)).fallback


@pytest.mark.parametrize("length", [LIMIT, LIMIT + 1])
def test_a_text_fits_up_to_the_last_character(slack: FakeSlack, length: int) -> None:
    made = channel(Channel, slack, text="short", link=False)
    assert made.compose(message(short="x" * length)).fallback is (length > LIMIT)


def test_a_correction_is_a_message_of_its_own_and_says_so(slack: FakeSlack) -> None:
    first = publish(Channel, slack)
    made = channel(Channel, slack)
    sent = correction(first, parent=first, root=first)
    post = made.compose(sent)
    assert (post.edits, post.replies) == (False, False)
    assert "old one stays" in post.notes[0]
    assert not made.publish(sent, post).standalone
    assert len(slack.texts) == 2
    assert slack.texts[1].startswith("Rettifica: riapre alle 9.")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (word(404, "no_service"), ChannelBroken),
        (word(404, "no_team"), ChannelBroken),
        (word(400, "user_not_found"), ChannelBroken),
        (word(400, "no_active_hooks"), ChannelBroken),
        (word(403, "action_prohibited"), ChannelBroken),
        (word(410, "channel_is_archived"), ChannelBroken),
        (word(500, "channel_is_archived"), ChannelBroken),
        (word(403, ""), ChannelBroken),
        (word(400, "invalid_payload"), Rejected),
        (word(413, ""), Rejected),
        (word(500, "rollup_error"), MaybeSent),
        (word(503, ""), MaybeSent),
        (word(408, ""), MaybeSent),
        (word(200, "not ok"), MaybeSent),
        (Cut(), MaybeSent),
    ],
)
def test_what_slack_says_is_the_next_move(
    slack: FakeSlack, fault: Fault, error: type[Exception]
) -> None:
    slack.faults.append(fault)
    with pytest.raises(error) as caught:
        publish(Channel, slack)
    assert type(caught.value) is error


def test_slacks_word_is_told_to_the_operators(slack: FakeSlack) -> None:
    slack.faults.append(word(410, "channel_is_archived"))
    with pytest.raises(ChannelBroken, match=r"Slack answered 410 \(channel_is_archived\)"):
        publish(Channel, slack)


def test_waits_as_long_as_slack_says(slack: FakeSlack) -> None:
    slack.faults.append(word(429, "rate_limited", {"Retry-After": "30"}))
    with pytest.raises(TryLater) as caught:
        publish(Channel, slack)
    assert caught.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize("said", ["no_text", "invalid_payload"])
def test_a_check_posts_nothing(slack: FakeSlack, said: str) -> None:
    slack.faults.append(word(400, said))
    assert channel(Channel, slack).check() == "a room in Slack"
    assert slack.requests[0].body == {}
    assert slack.texts == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (word(404, "no_service"), ChannelBroken),
        (word(429, "rate_limited"), TryLater),
        (word(500, "rollup_error"), TryLater),
        (word(200, "ok"), TryLater),
        (Answer(400, b"<html>a proxy"), TryLater),
        (Cut(), TryLater),
    ],
)
def test_a_check_says_what_is_wrong(slack: FakeSlack, fault: Fault, error: type[Exception]) -> None:
    slack.faults.append(fault)
    with pytest.raises(error):
        channel(Channel, slack).check()


def test_is_never_looked_for_and_never_seen(slack: FakeSlack) -> None:
    made = channel(Channel, slack)
    sent = message()
    assert made.find(sent, made.compose(sent)) is None
    assert made.seen(Receipt("delivery-1")) is None
    assert slack.requests == []
