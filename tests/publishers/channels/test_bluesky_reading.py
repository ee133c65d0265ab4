"""Bluesky read: where replies stand, what is found again, what readers see, who we are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incidents.status import PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    Receipt,
)
from publishers.channels._bluesky_record import record_key
from publishers.channels.bluesky import Channel
from tests.fakes._service import Answer
from tests.fakes.bluesky_pds import FakeBluesky, address, error
from tests.publishers.channels._bluesky import AT, GONE, channel, find, only_record, publish
from tests.publishers.channels.drivers._base import message

CORRECTION = PublicationKind.CORRECTION


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


def test_replies_name_parent_and_root(pds: FakeBluesky, made: Channel) -> None:
    first = publish(made, message(key="1", at=AT))
    second = publish(made, message(key="2", at=AT, parent=first, root=first))
    publish(made, message(key="3", at=AT, parent=second))
    replies = [pds.records[record_key(key, AT)].get("reply") for key in "123"]
    one = {"uri": first.remote_id, "cid": first.extra["cid"]}
    two = {"uri": second.remote_id, "cid": second.extra["cid"]}
    assert replies == [None, {"root": one, "parent": one}, {"root": one, "parent": two}]


def test_a_correction_replies_to_what_it_corrects(pds: FakeBluesky, made: Channel) -> None:
    first = publish(made, message(key="1", at=AT))
    second = publish(made, message(key="2", at=AT, parent=first, root=first))
    latest = publish(made, message(key="3", at=AT, parent=second, root=first))
    sent = message(key="4", at=AT, kind=CORRECTION, parent=latest, root=first, target=second)
    publish(made, sent)
    reply = pds.records[record_key("4", AT)]["reply"]
    assert reply["parent"]["uri"] == second.remote_id
    assert reply["root"]["uri"] == first.remote_id


@pytest.mark.parametrize("gone", ["1", "", GONE, "at://did:plc:other/app.bsky.feed.post/3jzf"])
def test_a_reply_to_a_post_that_is_gone_goes_out_alone(
    pds: FakeBluesky, made: Channel, gone: str
) -> None:
    receipt = publish(made, message(parent=Receipt(gone, extra={"cid": "bafy"})))
    assert receipt.standalone
    assert "reply" not in only_record(pds)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, error("RecordNotFound", "No such record")),
        Answer(400, error("InvalidRequest", "Could not locate record: at://x")),
        Answer(400, error("InvalidRequest", "Could not locate record")),
    ],
)
def test_a_missing_record_is_told_in_several_ways(
    pds: FakeBluesky, made: Channel, answer: Answer
) -> None:
    parent = publish(made, message(key="1"))
    pds.faults.append(answer)
    assert publish(made, message(key="2", parent=parent)).standalone


def test_the_receipt_remembers_the_version_where_the_pds_does_not_say(
    pds: FakeBluesky, made: Channel
) -> None:
    parent = publish(made, message(key="1", at=AT))
    unsaid = Answer(200, {"uri": parent.remote_id, "value": only_record(pds)})
    pds.faults.append(unsaid)
    publish(made, message(key="2", at=AT, parent=parent))
    reply = pds.records[record_key("2", AT)]["reply"]
    assert reply["parent"] == {"uri": parent.remote_id, "cid": parent.extra["cid"]}
    pds.faults.append(unsaid)
    assert publish(made, message(key="3", parent=Receipt(parent.remote_id))).standalone


def test_finds_only_the_very_text(pds: FakeBluesky, made: Channel) -> None:
    sent = message(at=AT)
    pds.put(record_key(sent.key, AT), made.compose(sent).text + "!")
    assert find(made, sent) is None
    pds.put(record_key(sent.key, AT), made.compose(sent).text)
    found = find(made, sent)
    assert found is not None
    assert found.remote_id == address(record_key(sent.key, AT))
    assert not found.standalone


def test_finds_out_whether_it_went_alone(pds: FakeBluesky, made: Channel) -> None:
    first = publish(made, message(key="1"))
    second, third = message(key="2", parent=first), message(key="3", parent=Receipt(GONE))
    for sent, standalone in ((second, False), (third, True)):
        receipt = publish(made, sent)
        found = find(made, sent)
        assert found == receipt
        assert receipt.standalone is standalone


def test_the_appview_is_asked_as_a_stranger(pds: FakeBluesky, made: Channel) -> None:
    receipt = publish(made)
    with FakeBluesky() as appview:
        strange = channel(pds, appview_url=appview.url)
        assert strange.seen(receipt) is False
        appview.records = pds.records
        assert strange.seen(receipt) is True
        assert [request.path for request in appview.requests] == [
            "/xrpc/app.bsky.feed.getPosts",
            "/xrpc/app.bsky.feed.getPosts",
        ]
        assert not any("authorization" in request.headers for request in appview.requests)
        strange.close()
    assert len(pds.asked("createSession")) == 0  # the fixture's own was before


def test_a_post_that_the_appview_hides_is_not_seen(pds: FakeBluesky, made: Channel) -> None:
    receipt = publish(made)
    assert made.seen(receipt) is True
    pds.hidden.add(receipt.remote_id.rpartition("/")[2])
    assert made.seen(receipt) is False


def test_another_post_is_not_ours(pds: FakeBluesky, made: Channel) -> None:
    receipt = publish(made)
    pds.faults.append(Answer(200, pds.shown("3jzfcijpj2z2a", only_record(pds))))
    assert made.seen(receipt) is False


def test_the_pds_is_asked_where_there_is_no_appview(pds: FakeBluesky) -> None:
    made = channel(pds, appview_url="")
    receipt = publish(made)
    pds.hidden.add(receipt.remote_id.rpartition("/")[2])
    assert made.seen(receipt) is True
    pds.delete(receipt.remote_id)
    assert made.seen(receipt) is False
    assert made.seen(Receipt("1")) is False
    assert pds.asked("getPosts") == []
    made.close()


def test_says_who_it_is(pds: FakeBluesky) -> None:
    assert channel(pds).check() == "@comune.bsky.social"


@pytest.mark.parametrize("status", ["deactivated", "takendown", "suspended"])
def test_an_account_that_is_not_active_cannot_post(pds: FakeBluesky, status: str) -> None:
    pds.status = status
    with pytest.raises(ChannelBroken, match=status):
        channel(pds).check()
