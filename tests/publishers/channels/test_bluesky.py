"""Bluesky through its real SDK: what is written, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty, PublicationKind
from publishers.channels import _base
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Post,
    Receipt,
    Rejected,
    TryLater,
)
from publishers.channels._bluesky_record import record_key
from publishers.channels.bluesky import Channel
from tests.fakes import bluesky_pds as fake
from tests.fakes._service import Answer, Cut, Hang
from tests.fakes.bluesky_pds import FakeBluesky, address, error
from tests.publishers.channels._bluesky import channel, find, options, publish
from tests.publishers.channels.drivers._base import message

ITS_TIME = datetime(2031, 1, 1, tzinfo=UTC)
ITS_DATE = format_datetime(ITS_TIME, usegmt=True)
AT = datetime(2020, 12, 7, 20, 49, 30, 123456, tzinfo=UTC)
GONE = address("3jzfcijpj2z2a")
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


def only_record(pds: FakeBluesky) -> dict[str, Any]:
    (record,) = pds.records.values()
    return record


def test_is_keyed_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.KEYED
    assert Channel.SECRETS == ("password",)


def test_a_missing_secret_breaks_the_channel_by_its_name(pds: FakeBluesky) -> None:
    pds.secrets = {"password": ""}
    with pytest.raises(ChannelBroken, match=r"password$"):
        channel(pds).check()
    assert pds.requests == []


@pytest.mark.parametrize(
    "changes",
    [
        {"handle": ""},
        {"handle": "@comune.bsky.social"},
        {"handle": "comune"},
        {"handle": "comune.2"},
        {"handle": "comune..it"},
        {"handle": "-comune.it"},
        {"base_url": "bsky.social"},
        {"base_url": "http://bsky.social"},
        {"base_url": "https://"},
        {"base_url": ""},
        {"base_url": "https://user:password@bsky.social"},
        {"base_url": "https://bsky.social?x=1"},
        {"base_url": "https://bsky.social#x"},
        {"base_url": "https://bsky.social/a b"},
        {"appview_url": "http://public.api.bsky.app"},
        {"languages": ("it", "en", "de", "fr")},
        {"languages": ("italiano",)},
        {"languages": ("de_AT",)},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"handle": "Ministero.Comune-3.example.it"},
        {"base_url": "https://pds.example.it/"},
        {"base_url": "http://127.0.0.1:2583"},
        {"base_url": "http://localhost:2583"},
        {"base_url": "http://[::1]:2583"},
        {"appview_url": ""},
        {"languages": ("it", "de-AT", "sr-Latn")},
    ],
)
def test_right_settings_are_taken(changes: dict[str, Any]) -> None:
    assert not options(**changes).base_url.endswith("/")


def test_the_handle_is_required() -> None:
    with pytest.raises(ValidationError, match="handle"):
        Channel.Options.model_validate({"name": "bluesky", "kind": "bluesky", "locale": "it"})


def test_posts_where_bluesky_is_unless_told_otherwise() -> None:
    assert options().base_url == "https://bsky.social"
    assert options().appview_url == "https://public.api.bsky.app"


def test_the_link_is_a_card_and_takes_no_room(pds: FakeBluesky) -> None:
    sent = message(name="Portafoglio @oggi", headline="Non si aggiungono carte", short="x" * 300)
    post = channel(pds).compose(sent)
    assert (post.text, post.length, post.fallback) == ("x" * 300, 300, False)
    assert post.card is not None
    assert post.card.url == sent.url
    assert post.card.title == "Portafoglio @\u200boggi"
    assert post.card.description == "Stiamo verificando. Non si aggiungono carte"


def test_without_a_link_there_is_no_card(pds: FakeBluesky) -> None:
    post = channel(pds, link=False).compose(message())
    assert post.card is None
    assert post.notes == ()


@pytest.mark.parametrize(
    ("changes", "title", "description"),
    [
        ({"name": "x" * 300}, "x" * 300, "Stato. Titolo"),
        ({"name": "x" * 301}, "Stato", "Stato. Titolo"),
        ({"name": "\u200b"}, "Stato", "Stato. Titolo"),
        ({"headline": "x" * 993}, "Nome", "Stato. " + "x" * 993),
        ({"headline": "x" * 994}, "Nome", "Stato"),
        ({"headline": ""}, "Nome", "Stato"),
    ],
)
def test_what_is_too_long_for_the_card_is_left_out(
    pds: FakeBluesky, changes: dict[str, Any], title: str, description: str
) -> None:
    sent = message(**{"name": "Nome", "status": "Stato", "headline": "Titolo", **changes})
    card = channel(pds).compose(sent).card
    assert card is not None
    assert (card.title, card.description) == (title, description)


@pytest.mark.parametrize(
    ("changes", "settings", "note"),
    [
        ({}, {}, "card below the text"),
        ({"kind": CORRECTION, "target": Receipt(GONE)}, {"link": False}, "this is a reply"),
        ({"kind": CORRECTION, "parent": Receipt(GONE)}, {"link": False}, "this is a reply"),
        ({"kind": CORRECTION, "target": Receipt(GONE)}, {"link": False, "thread": False},
         "a post of its own"),
        ({"kind": PublicationKind.RETRACTION}, {"link": False}, "a post of its own"),
    ],
)  # fmt: skip
def test_notes_the_networks_rules(
    pds: FakeBluesky, changes: dict[str, Any], settings: dict[str, Any], note: str
) -> None:
    (said,) = channel(pds, **settings).compose(message(**changes)).notes
    assert note in said


def test_a_correction_is_no_edit(pds: FakeBluesky) -> None:
    post = channel(pds).compose(message(kind=CORRECTION, target=Receipt(GONE)))
    assert post.replies
    assert not post.edits


def test_writes_one_frozen_record(pds: FakeBluesky, made: Channel) -> None:
    sent = message(at=AT, short="Il #Cashback: https://a.it")
    receipt = publish(channel(pds, hashtags=("Cashback",)), sent)
    assert only_record(pds)["createdAt"] == "2020-12-07T20:49:30.123Z"
    assert only_record(pds)["langs"] == ["it"]
    assert len(only_record(pds)["facets"]) == 2
    assert only_record(pds)["embed"]["external"]["uri"] == sent.url
    assert "reply" not in only_record(pds)
    assert receipt.remote_id == address(record_key(sent.key, AT))
    assert receipt.extra == {"cid": fake.cid(only_record(pds))}
    (request,) = pds.asked("putRecord")
    assert request.body["repo"] == fake.DID
    assert request.body["swapRecord"] is None


def test_what_the_operator_saw_is_what_is_written(pds: FakeBluesky, made: Channel) -> None:
    made.publish(message(), Post("Altro.", 6, 300))
    assert only_record(pds)["text"] == "Altro."
    assert "embed" not in only_record(pds)


@pytest.mark.parametrize(
    ("settings", "locale", "expected"),
    [
        ({}, "it", ["it"]),
        ({}, "de_AT", ["de-AT"]),
        ({"languages": ("it", "sc")}, "it", ["it", "sc"]),
    ],
)
def test_says_its_languages(
    pds: FakeBluesky, settings: dict[str, Any], locale: str, expected: list[str]
) -> None:
    publish(channel(pds, **settings), message(locale=locale))
    assert only_record(pds)["langs"] == expected


def test_a_post_that_fits_nowhere_is_not_even_sent(pds: FakeBluesky, made: Channel) -> None:
    with pytest.raises(Rejected, match="300"):
        publish(made, message(short="x" * 999, name="y" * 999, status="z" * 999))
    assert pds.requests == []


def test_the_same_again_changes_nothing(pds: FakeBluesky, made: Channel) -> None:
    sent = message()
    assert publish(made, sent) == publish(made, sent)
    assert pds.writes == 1


def test_two_deliveries_are_two_posts(pds: FakeBluesky, made: Channel) -> None:
    publish(made, message(at=AT))
    publish(made, message(at=AT, key="delivery-2"))
    assert len(pds.texts) == 2


def test_a_post_keeps_the_place_that_its_first_attempt_gave_it(
    pds: FakeBluesky, made: Channel
) -> None:
    first, other = publish(made, message(key="1")), publish(made, message(key="2"))
    sent = message(key="3", at=AT, parent=first)
    pds.faults.append(Answer(200, {}))  # the look at the parent: nonsense
    with pytest.raises(TryLater):
        publish(made, sent)
    written = publish(made, sent)
    again = publish(made, message(key="3", at=AT, parent=other))
    assert again == written
    assert pds.records[record_key("3", AT)]["reply"]["parent"]["uri"] == first.remote_id
    alone = publish(made, message(key="4", at=AT))
    again = publish(made, message(key="4", at=AT, parent=other))
    assert again.remote_id == alone.remote_id
    assert again.standalone
    assert "reply" not in pds.records[record_key("4", AT)]


def test_another_post_is_never_replaced(pds: FakeBluesky, made: Channel) -> None:
    sent = message(at=AT)
    pds.put(record_key(sent.key, AT), "Un altro testo.")
    with pytest.raises(Rejected, match="another post"):
        publish(made, sent)
    assert pds.texts == ["Un altro testo."]


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


RESET_300 = {"Date": ITS_DATE, "RateLimit-Reset": str(int(ITS_TIME.timestamp()) + 300)}


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


def test_a_gateway_may_have_a_path(pds: FakeBluesky) -> None:
    pds.faults += [pds.session(), Answer(200, {"uri": GONE, "cid": "bafy"})]
    publish(channel(pds, base_url=f"{pds.url}/gateway/"))
    assert pds.requests[1].path == "/gateway/xrpc/com.atproto.repo.putRecord"


def test_closing_twice_or_unused_is_fine(pds: FakeBluesky) -> None:
    made = Channel(options(), dict(pds.secrets), Path())
    made.close()
    made = channel(pds)
    publish(made)
    made.close()
    made.close()


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
