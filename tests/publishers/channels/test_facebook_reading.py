"""Looking for posts on a Facebook Page, seeing them, and checking the token."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from incidents.status import PublicationKind
from publishers.channels import _base
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, TryLater
from tests.fakes import graph_api as graph
from tests.fakes._service import Answer, Cut, Fault, Hang
from tests.fakes.graph_api import FakePage, error
from tests.publishers.channels._facebook import channel, find, publish
from tests.publishers.channels.drivers._base import MESSAGE, message

URL = MESSAGE.url


@pytest.fixture
def page() -> Iterator[FakePage]:
    with FakePage() as fake:
        yield fake


def said(page: FakePage) -> str:
    return channel(page).compose(message()).text


def test_a_duplicate_that_is_ours_is_the_receipt(page: FakePage) -> None:
    there = page.put(said(page), link=URL)
    assert publish(page).remote_id == there.id


def test_a_duplicate_that_is_too_old_to_be_ours_may_have_been_sent(page: FakePage) -> None:
    page.put(said(page), link=URL, at=page.now() - timedelta(hours=3))
    with pytest.raises(MaybeSent, match="not on the Page"):
        publish(page)


@pytest.mark.parametrize("known", ["parent", "root"])
def test_a_duplicate_of_a_known_post_is_not_this_one(page: FakePage, known: str) -> None:
    other = page.put(said(page), link=URL)
    with pytest.raises(MaybeSent, match="not on the Page"):
        publish(page, message(**{known: Receipt(other.id)}))


@pytest.mark.parametrize("fault", [Answer(500), Answer(400, graph.EXPIRED), Cut()])
def test_a_duplicate_that_cannot_be_looked_for_may_have_been_sent(
    page: FakePage, fault: Fault
) -> None:
    page.faults += [Answer(400, graph.DUPLICATE), fault]
    with pytest.raises(MaybeSent, match="looking failed"):
        publish(page)


def test_finds_the_post_with_its_card_or_without(page: FakePage) -> None:
    carded = publish(page)
    assert find(page, message()) == carded
    page.delete(carded.remote_id)
    page.unreadable.add(URL)
    bare = publish(page)
    assert bare.extra == {}
    assert find(page, message()) == bare


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (URL, True),
        ("https://stato.example.it/incidents/k3v9/", True),
        ("https://STATO.example.it/incidents/k3v9", True),
        (None, True),
        ("https://stato.example.it/incidents/other/?u=3", False),
        ("https://other.example.it/incidents/k3v9/?u=3", False),
        ("https://[", False),
    ],
)
def test_the_card_must_lead_to_the_same_page(page: FakePage, link: str | None, found: bool) -> None:
    page.put(said(page), link=link)
    assert (find(page, message()) is not None) is found


def test_without_link_the_text_alone_counts(page: FakePage) -> None:
    there = page.put(channel(page, link=False).compose(message()).text)
    found = find(page, message(), link=False)
    assert found == Receipt(there.id, f"https://www.facebook.com/{there.id}")
    assert find(page, message(headline="Altro")) is None


def test_a_card_that_facebook_makes_of_a_text_by_itself_says_nothing(page: FakePage) -> None:
    there = page.put(f"{said(page)}\n{URL}", link="https://comune.example.it/")
    found = find(page, message())
    assert found is not None
    assert (found.remote_id, found.extra) == (there.id, {})


def test_finds_the_edit_where_it_was_made(page: FakePage) -> None:
    first = publish(page)
    sent = message(kind=PublicationKind.CORRECTION, short="Rettifica.", target=first)
    assert find(page, sent) is None
    publish(page, sent)
    assert find(page, sent) == first


def test_the_post_to_correct_is_never_its_correction_said_anew(page: FakePage) -> None:
    by_hand = page.put(f"Rettifica.\n{URL}", link=URL)
    target = Receipt(by_hand.id, extra={"card": URL})
    sent = message(kind=PublicationKind.CORRECTION, short="Rettifica.", target=target)
    assert find(page, sent) is None


def test_finds_what_was_said_anew_because_the_post_was_gone(page: FakePage) -> None:
    first = publish(page)
    page.delete(first.remote_id)
    sent = message(kind=PublicationKind.RETRACTION, short="Ritirato.", target=first)
    assert find(page, sent) is None
    receipt = publish(page, sent)
    assert receipt.standalone
    assert find(page, sent) == receipt


def test_reads_only_the_pages_own_posts_from_two_hours_before(page: FakePage) -> None:
    sent = message()
    assert find(page, sent) is None
    (request,) = page.requests
    assert request.path == f"/v26.0/{page.page_id}/published_posts"
    since = int((sent.at - timedelta(hours=2)).timestamp())
    assert (request.query["since"], request.query["limit"]) == (str(since), "100")


@pytest.mark.parametrize(("minutes", "found"), [(119, True), (121, False)])
def test_older_posts_are_left_out_even_where_facebook_gives_them(
    page: FakePage, minutes: int, found: bool
) -> None:
    page.knows_since = False
    page.put(said(page), link=URL, at=page.now() - timedelta(minutes=minutes))
    assert (find(page, message()) is not None) is found


def test_looks_on_later_pages_but_not_for_ever(
    page: FakePage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page.page_size = 2
    there = page.put(said(page), link=URL)
    for number in range(9):
        page.put(f"altro {number}")
    found = find(page, message())
    assert found is not None
    assert found.remote_id == there.id
    assert [request.query.get("after") for request in page.requests] == [
        None, "c2", "c4", "c6", "c8",
    ]  # fmt: skip
    page.put("altro 9")
    assert find(page, message()) is None
    assert len(page.requests) == 10
    assert page.secrets["page_token"] not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        {"data": "?"},
        {"data": ["?", {}, {"id": "1_2", "message": "x"}]},
        {"data": [{"id": "1_2", "created_time": "now"}]},
        {"data": [{"id": "1_2", "created_time": "2031-01-01T00:00:00"}]},
        {"data": None, "paging": "?"},
        {"paging": {"next": "https://example.com/", "cursors": "?"}},
        {"paging": {"next": "https://example.com/", "cursors": {"after": 7}}},
        {"paging": {"cursors": {"after": "c2"}}},
        {"paging": {"next": "https://example.com/"}},
        {},
    ],
)
def test_a_list_of_nonsense_holds_nothing(page: FakePage, body: Any) -> None:
    page.faults.append(Answer(200, body))
    assert find(page, message()) is None
    assert len(page.requests) == 1


@pytest.mark.parametrize(
    "attachments",
    ["?", {"data": "?"}, {"data": [{}, "?"]}, {"data": [{"unshimmed_url": 7}]}],
)
def test_attachments_of_nonsense_say_nothing(page: FakePage, attachments: Any) -> None:
    post = {
        "id": "1_2",
        "message": said(page),
        "created_time": f"{page.now():%Y-%m-%dT%H:%M:%S}+0000",
        "attachments": attachments,
    }
    page.faults.append(Answer(200, {"data": [post]}))
    found = find(page, message())
    assert found is not None
    assert found.remote_id == "1_2"


READING = [
    (Answer(400, graph.EXPIRED), ChannelBroken),
    (Answer(400, graph.NOT_READABLE), ChannelBroken),
    (Answer(403, graph.NOT_PERMITTED), ChannelBroken),
    (Answer(400, error(10, "(#10) Object does not exist, or is not yours to see")), ChannelBroken),
    (Answer(400, graph.NO_PROOF), ChannelBroken),
    (Answer(404), ChannelBroken),
    (Answer(400, graph.PAGE_LIMIT), TryLater),
    (Answer(400, error(100, "(#100) Nobody knows why.")), TryLater),
    (Answer(302, None, {"Location": "https://example.com/"}), TryLater),
    (Answer(500, error(1, "Please reduce the amount of data you're asking for")), TryLater),
    (Answer(200, b"<html>"), TryLater),
    (Answer(200, []), TryLater),
    (Cut(), TryLater),
    (Cut(in_the_middle=True), TryLater),
]


@pytest.mark.parametrize(("fault", "wanted"), READING)
@pytest.mark.parametrize("reading", ["find", "find the edit", "seen", "check"])
def test_reading_fails_in_two_ways_only(
    page: FakePage, reading: str, fault: Fault, wanted: type[Exception]
) -> None:
    made = channel(page)
    there = page.put("uno")
    edit = message(kind=PublicationKind.CORRECTION, target=Receipt(there.id))
    page.faults.append(fault)
    readings = {
        "find": lambda: made.find(message(), made.compose(message())),
        "find the edit": lambda: made.find(edit, made.compose(edit)),
        "seen": lambda: made.seen(Receipt(there.id)),
        "check": made.check,
    }
    with pytest.raises(wanted) as caught:
        readings[reading]()
    assert type(caught.value) is wanted


def test_a_network_that_hangs_is_tried_later(
    page: FakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.1)
    page.faults.append(Hang())
    with pytest.raises(TryLater):
        channel(page).check()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, graph.missing("get", "1_2")),
        Answer(404, error(803, "(#803) Some of the aliases you requested do not exist: 1_2")),
        Answer(400, error(100, "Unknown object", 33)),
        Answer(400, error(100, "(#100) Object does not exist, cannot be loaded")),
        Answer(200, {"id": "another"}),
        Answer(200, {}),
    ],
)
def test_seen_no_more_when_facebook_does_not_know_it(page: FakePage, answer: Answer) -> None:
    receipt = publish(page)
    assert channel(page).seen(receipt) is True
    page.faults.append(answer)
    assert channel(page).seen(receipt) is False


def test_not_seen_while_it_is_not_published(page: FakePage) -> None:
    receipt = publish(page)
    page.kept[0].is_published = False
    assert channel(page).seen(receipt) is False


def test_check_says_whose_page_it_is_and_asks_each_time(page: FakePage) -> None:
    made = channel(page)
    assert made.check() == "Comune di Prova"
    page.owner = {**page.owner, "name": "Regione di Prova"}
    assert made.check() == "Regione di Prova"
    assert page.posts == []


def test_a_token_of_somebody_else_is_found_by_check(page: FakePage) -> None:
    page.owner = {"id": "4711", "name": "Ada Rossi"}
    with pytest.raises(ChannelBroken, match="“Ada Rossi” \\(4711\\), not of the Page 10006"):
        channel(page).check()


def test_a_token_that_may_not_read_is_found_by_check(page: FakePage) -> None:
    made = channel(page)
    page.faults += [Answer(200, page.owner), Answer(400, graph.NOT_READABLE)]
    with pytest.raises(ChannelBroken, match="pages_read_engagement"):
        made.check()


def test_an_app_that_wants_proofs_is_found_by_check(page: FakePage) -> None:
    page.wants_proof = True
    with pytest.raises(ChannelBroken, match="app_secret"):
        channel(page).check()


def test_every_call_is_signed_where_the_app_has_a_secret(page: FakePage) -> None:
    page.wants_proof = True
    page.secrets = {**page.secrets, "app_secret": page.app_secret}
    made = channel(page)
    made.check()
    post = made.compose(message())
    assert made.seen(made.publish(message(), post))
    assert all(page.app_secret not in str(request) for request in page.requests)


def test_a_wrong_app_secret_is_found_by_check(page: FakePage) -> None:
    page.secrets = {**page.secrets, "app_secret": "another"}
    with pytest.raises(ChannelBroken, match="app_secret"):
        channel(page).check()


def test_a_wrong_version_is_found_by_check(page: FakePage) -> None:
    with pytest.raises(ChannelBroken, match="Unknown path components"):
        channel(page, version="v1.23").check()


def test_a_wrong_token_is_found_by_check(page: FakePage) -> None:
    made = channel(page)
    page.secrets = {"page_token": "another"}
    with pytest.raises(ChannelBroken, match="does not accept the token"):
        made.check()
