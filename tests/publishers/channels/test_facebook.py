"""Posting to a Facebook Page: what is asked, what is answered, and what that means."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels.facebook import Channel, FacebookOptions
from tests.fakes import graph_api as graph
from tests.fakes._service import Answer, Cut, Fault
from tests.fakes.graph_api import FakePage, error
from tests.publishers.channels._facebook import channel, find, publish
from tests.publishers.channels.drivers._base import MESSAGE, message

URL = MESSAGE.url


@pytest.fixture
def page() -> Iterator[FakePage]:
    with FakePage() as fake:
        yield fake


def correction(target: Receipt, short: str = "Rettifica: riapre alle 9.", **more: Any) -> Message:
    return message(
        key="delivery-2", kind=PublicationKind.CORRECTION, short=short, target=target, **more
    )


def test_is_readable_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.READABLE
    assert Channel.SECRETS == ("page_token",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_id": "comune.di.prova"},
        {"page_id": ""},
        {"page_id": "٣٤"},
        {"page_id": "1\n"},
        {"version": "26.0"},
        {"version": "v26"},
        {"version": "v26.0/../.."},
        {"base_url": "graph.facebook.com"},
        {"base_url": "ftp://graph.facebook.com"},
        {"base_url": "https://"},
        {"base_url": "https://graph.facebook.com?x=1"},
        {"text": "long"},
    ],
)
def test_settings_are_checked(wrong: dict[str, str]) -> None:
    good: dict[str, Any] = {"name": "f", "kind": "facebook", "locale": "it", "page_id": "123"}
    assert FacebookOptions(**good).version == "v26.0"
    with pytest.raises(ValidationError):
        FacebookOptions(**{**good, **wrong})


def test_a_page_must_be_named() -> None:
    with pytest.raises(ValidationError, match="page_id"):
        FacebookOptions(name="facebook", kind="facebook", locale="it")  # type: ignore[call-arg]


def test_posts_text_and_link_with_the_token_in_a_header_only(page: FakePage) -> None:
    receipt = publish(page, text="short")
    assert receipt == Receipt(
        page.kept[0].id, f"https://www.facebook.com/{page.kept[0].id}", extra={"card": URL}
    )
    (request,) = page.requests
    assert (request.method, request.path) == ("POST", f"/v26.0/{page.page_id}/feed")
    assert request.query == {}
    assert request.body == {"message": MESSAGE.short, "link": URL}
    assert request.headers["authorization"] == f"Bearer {page.secrets['page_token']}"


def test_a_gateway_may_have_a_path_and_the_version_is_ours_to_say(page: FakePage) -> None:
    page.faults.append(Answer(200, {"id": "1_2"}))
    assert publish(page, base_url=f"{page.url}/gateway/", version="v25.0").remote_id == "1_2"
    assert page.requests[0].path == f"/gateway/v25.0/{page.page_id}/feed"


def test_a_netrc_of_the_machine_does_not_replace_the_token(
    page: FakePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert publish(page).remote_id


def test_a_missing_secret_breaks_the_channel_by_its_name(page: FakePage) -> None:
    page.secrets = {}
    with pytest.raises(ChannelBroken, match=r"page_token$"):
        channel(page).check()


def test_a_post_that_fits_nowhere_is_not_even_sent(page: FakePage) -> None:
    long = "x" * 70_000
    with pytest.raises(Rejected, match="63206"):
        publish(page, message(headline=long, short=long, body="", name=long, status=long))
    assert page.requests == []


# Links


@pytest.mark.parametrize(
    "refusal",
    [
        graph.UNREADABLE_LINK,
        error(100, "Invalid parameter", 1609005),
        error(1609005, "?"),
        error(1500, "?"),
        error(100, "(#100) link URL is not properly formatted"),
    ],
)
def test_a_link_that_facebook_cannot_read_goes_into_the_text(
    page: FakePage, refusal: dict[str, Any]
) -> None:
    page.faults.append(Answer(400, refusal))
    receipt = publish(page, text="short")
    assert page.texts == [f"{MESSAGE.short}\n{URL}"]
    assert page.kept[0].link is None
    assert receipt.extra == {}
    assert not receipt.standalone
    assert len(page.posts) == 2


def test_what_facebook_then_says_of_the_post_without_card_counts(page: FakePage) -> None:
    page.faults += [Answer(400, graph.UNREADABLE_LINK)] * 2
    with pytest.raises(Rejected, match="1609005"):
        publish(page)
    assert len(page.posts) == 2


def test_a_post_without_card_that_may_have_been_sent_is_found(page: FakePage) -> None:
    page.unreadable.add(URL)
    page.faults += [Answer(400, graph.UNREADABLE_LINK), Cut()]
    sent = message()
    with pytest.raises(MaybeSent):
        publish(page, sent)
    assert find(page, sent) == Receipt(
        page.kept[0].id, f"https://www.facebook.com/{page.kept[0].id}"
    )


def test_without_link_none_is_sent(page: FakePage) -> None:
    publish(page, link=False)
    assert "link" not in page.posts[0].body
    assert URL not in page.texts[0]


# Errors


@pytest.mark.parametrize(
    ("answer", "wanted", "said"),
    [
        (Answer(400, graph.BAD_TOKEN), ChannelBroken, "token"),
        (Answer(400, graph.EXPIRED), ChannelBroken, "463"),
        (Answer(400, graph.NO_TOKEN), ChannelBroken, "token"),
        (Answer(401, error(102, "Session key invalid")), ChannelBroken, "token"),
        (Answer(400, error(459, "The user has been checkpointed")), ChannelBroken, "token"),
        (Answer(400, error(2500, "Unknown path components")), ChannelBroken, "path"),
        (Answer(500, graph.BAD_TOKEN), ChannelBroken, "token"),
        (Answer(403, graph.NOT_PERMITTED), ChannelBroken, "forbids"),
        (Answer(403, error(299, "(#299) ?")), ChannelBroken, "forbids"),
        (Answer(400, error(3, "(#3) No capability")), ChannelBroken, "forbids"),
        (Answer(400, graph.NOT_READABLE), ChannelBroken, "forbids"),
        (Answer(400, graph.NO_PROOF), ChannelBroken, "app_secret"),
        (Answer(400, graph.missing("post", "1")), ChannelBroken, "does not see the Page"),
        (Answer(400, error(368, "Security check", 1404006)), ChannelBroken, "sign in"),
        (Answer(400, error(200, "Confirm it is you", 4854002)), ChannelBroken, "sign in"),
        (Answer(404), ChannelBroken, "not the Graph API"),
        (Answer(407, b"<html>proxy"), ChannelBroken, "not the Graph API"),
        (Answer(400, {"error": "words"}), ChannelBroken, "not the Graph API"),
        (Answer(400, error(4, "(#4) Application request limit")), TryLater, "limits"),
        (Answer(400, error(17, "(#17) User request limit")), TryLater, "limits"),
        (Answer(403, error(32, "(#32) Page request limit")), TryLater, "limits"),
        (Answer(400, error(341, "Application limit reached")), TryLater, "limits"),
        (Answer(400, error(613, "Calls to this api")), TryLater, "limits"),
        (Answer(400, graph.PAGE_LIMIT), TryLater, "80001"),
        (Answer(400, graph.POSTING_TOO_FAST), TryLater, "1390008"),
        (Answer(400, error(368, "Temporarily blocked")), TryLater, "368"),
        (Answer(429), TryLater, "429"),
        (Answer(400, error(368, "It looks abusive", 1346003)), Rejected, "abusive"),
        (Answer(400, error(100, "(#100) Invalid parameter")), Rejected, "Invalid parameter"),
        (Answer(400, graph.EMPTY), Rejected, "empty"),
        (Answer(400, error(99_999, "?")), Rejected, "99999"),
        (Answer(400, error(1, "An unknown error", 99)), MaybeSent, "unknown"),
        (Answer(500, error(1, "An unknown error occurred")), MaybeSent, "unknown"),
        (Answer(503, graph.UNAVAILABLE), MaybeSent, "unavailable"),
        (Answer(400, graph.UNAVAILABLE), MaybeSent, "unavailable"),
        (Answer(400, error(77, "?", is_transient=True)), MaybeSent, "77"),
        (Answer(500, error(100, "Invalid parameter")), MaybeSent, "500"),
        (Answer(408), MaybeSent, "408"),
        (Answer(504), MaybeSent, "504"),
        (Answer(302, None, {"Location": "https://www.facebook.com/login"}), MaybeSent, "302"),
        (Answer(200, error(1, "An unknown error")), MaybeSent, "200"),
        (Answer(200, graph.NOT_PERMITTED), ChannelBroken, "forbids"),
    ],
)
def test_an_answer_names_the_next_move(
    page: FakePage, answer: Answer, wanted: type[Exception], said: str
) -> None:
    page.faults.append(answer)
    with pytest.raises(wanted, match=said) as caught:
        publish(page)
    assert type(caught.value) is wanted
    assert len(page.posts) == 1
    assert page.texts == []


@pytest.mark.parametrize(
    "body", [{}, {"id": ""}, {"id": 7}, {"id": "1/../2"}, {"id": "٣"}, [], b"<html>"]
)
def test_a_success_without_a_good_id_may_have_been_sent(page: FakePage, body: Any) -> None:
    page.faults.append(Answer(200, body))
    with pytest.raises(MaybeSent, match="makes no sense"):
        publish(page)


def test_says_what_facebooks_support_asks_for(page: FakePage) -> None:
    page.faults.append(Answer(400, error(100, "No.", 42, error_user_msg="Change\nthe text.")))
    with pytest.raises(Rejected) as caught:
        publish(page)
    assert str(caught.value) == (
        "Facebook answered 400 (code 100, error_subcode 42, fbtrace_id A7xQ2mFbTrace):"
        " No.: Change the text."
    )


def test_an_echoed_token_is_not_repeated(page: FakePage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = page.secrets["page_token"]
    page.faults.append(Answer(400, error(190, f"Malformed access token {token}!")))
    with pytest.raises(ChannelBroken, match=r"Malformed access token \*\*\*!"):
        publish(page)
    assert token not in caplog.text + repr(channel(page)._graph.__dict__["_session"].auth)


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        (graph.usage("1", 19), 19),
        (graph.usage("1", 24 * 60), 24 * 60),
        (graph.usage("1", 24 * 60 + 1), None),
        (graph.usage("1", 0), None),
        (graph.usage("1", -5), None),
        (graph.usage("1", 19, kind="ads_management"), None),
        ({"X-Business-Use-Case-Usage": '{"1": "?", "2": [7, {"type": "pages"}]}'}, None),
        ({"X-Business-Use-Case-Usage": '{"1": [{"type": "pages",'
          ' "estimated_time_to_regain_access": "soon"}]}'}, None),
        ({"X-Business-Use-Case-Usage": "nonsense"}, None),
        ({"X-Business-Use-Case-Usage": "[]"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_a_limit_passes_when_facebook_says(
    page: FakePage, headers: dict[str, str], minutes: int | None
) -> None:
    page.faults.append(Answer(400, graph.PAGE_LIMIT, headers))
    with pytest.raises(TryLater) as caught:
        publish(page)
    assert caught.value.retry_after == (None if minutes is None else timedelta(minutes=minutes))


# Corrections and retractions


def test_an_edit_leaves_the_card_and_says_the_short_text(page: FakePage) -> None:
    first = publish(page)
    sent = correction(first)
    receipt = publish(page, sent)
    assert receipt == first
    assert page.posts[-1].path == f"/v26.0/{first.remote_id}"
    assert page.posts[-1].body == {"message": "Rettifica: riapre alle 9."}
    assert page.kept[0].link == URL


def test_an_edit_of_a_post_without_card_keeps_the_address_in_the_text(page: FakePage) -> None:
    page.unreadable.add(URL)
    first = publish(page)
    publish(page, correction(first))
    assert page.texts == [f"Rettifica: riapre alle 9.\n{URL}"]
    assert channel(page).compose(correction(first)).card is None


def test_without_link_an_edit_has_none_but_for_the_card_that_is_there(page: FakePage) -> None:
    carded, bare = publish(page), Receipt("1_2")
    made = channel(page, link=False)
    assert URL not in made.compose(correction(bare)).text
    assert made.compose(correction(bare)).card is None
    assert made.compose(correction(carded)).card is not None


@pytest.mark.parametrize(
    "refusal",
    [
        graph.missing("post", "1_2"),
        error(100, "Unknown object", 33),
        error(100, "(#100) Object does not exist, cannot be loaded due to missing permission"),
        error(803, "(#803) Some of the aliases you requested do not exist: 1_2"),
        error(10, "(#10) Application does not have permission for this action"),
        error(200, "(#200) Permissions error"),
    ],
)
def test_a_post_that_cannot_be_edited_is_said_anew(page: FakePage, refusal: Any) -> None:
    first = publish(page)
    page.faults.append(Answer(400, refusal))
    receipt = publish(page, correction(first))
    assert receipt.standalone
    assert receipt.extra == {"card": URL}
    assert page.texts[-1] == "Rettifica: riapre alle 9."
    assert page.kept[-1].link == URL
    assert receipt.remote_id == page.kept[-1].id != first.remote_id


def test_a_post_of_another_app_is_not_ours_to_edit(page: FakePage) -> None:
    other = page.put("Riapre alle 8.", ours=False)
    sent = correction(Receipt(other.id))
    receipt = publish(page, sent)
    assert receipt.standalone
    assert page.texts == ["Riapre alle 8.", f"Rettifica: riapre alle 9.\n{URL}"]
    assert find(page, sent) == receipt


def test_a_correction_without_target_is_a_post_like_any_other(page: FakePage) -> None:
    sent = message(kind=PublicationKind.CORRECTION, short="Rettifica: riapre alle 9.")
    receipt = publish(page, sent)
    assert not receipt.standalone
    assert page.texts == ["Rettifica: riapre alle 9."]


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (Answer(500, graph.UNAVAILABLE), TryLater),
        (Answer(400, error(1, "An unknown error")), TryLater),
        (Answer(200, {"success": False}), TryLater),
        (Answer(200, {}), TryLater),
        (Answer(200, b"<html>"), TryLater),
        (Answer(302, None, {"Location": "/"}), TryLater),
        (Cut(), TryLater),
        (Answer(400, graph.PAGE_LIMIT), TryLater),
        (Answer(400, graph.DUPLICATE), Rejected),
        (Answer(400, error(100, "(#100) Invalid parameter")), Rejected),
        (Answer(400, error(368, "It looks abusive", 1346003)), Rejected),
        (Answer(400, graph.EXPIRED), ChannelBroken),
    ],
)
def test_an_edit_never_leaves_a_doubt(
    page: FakePage, fault: Fault, wanted: type[Exception]
) -> None:
    first = publish(page)
    page.faults.append(fault)
    with pytest.raises(wanted) as caught:
        publish(page, correction(first))
    assert type(caught.value) is wanted
    assert len(page.texts) == 1


def test_an_edit_that_is_there_already_is_made(page: FakePage) -> None:
    first = publish(page)
    publish(page, correction(first))
    page.faults.append(Answer(400, graph.DUPLICATE))
    assert publish(page, correction(first)) == first
    assert page.kept[0].edits == 1


def test_a_limited_edit_waits_as_long_as_facebook_says(page: FakePage) -> None:
    first = publish(page)
    page.faults.append(Answer(400, graph.PAGE_LIMIT, graph.usage("1", 7)))
    with pytest.raises(TryLater) as caught:
        publish(page, correction(first))
    assert caught.value.retry_after == timedelta(minutes=7)
