"""Mastodon through its real SDK: what is asked, what is answered, and what that means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidents.status import Certainty
from publishers.channels import _mastodon_api
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, Rejected, TryLater
from publishers.channels.mastodon import Channel, MastodonOptions
from tests.fakes import mastodon_api as api
from tests.fakes._service import Answer, Cut
from tests.fakes.mastodon_api import FakeMastodon
from tests.publishers.channels._mastodon import channel, find, publish
from tests.publishers.channels.drivers._base import message

ITS_TIME = datetime(2031, 1, 1, tzinfo=UTC)
DATE = format_datetime(ITS_TIME, usegmt=True)


@pytest.fixture
def mastodon() -> Iterator[FakeMastodon]:
    with FakeMastodon() as fake:
        yield fake


def options(base_url: str) -> MastodonOptions:
    return MastodonOptions(name="m", kind="mastodon", locale="it", base_url=base_url)


def test_is_keyed_and_needs_one_secret() -> None:
    assert Channel.certainty is Certainty.KEYED
    assert Channel.SECRETS == ("access_token",)


@pytest.mark.parametrize(
    "address",
    [
        "social.example.it",
        "ftp://social.example.it",
        "http://social.example.it",
        "http://10.0.0.1",
        "https://",
        "https:///x",
        "https://social.example.it?x=1",
        "https://social.example.it#x",
        "https://social.example.it:x",
        "https://[::1",
        "https://user:word@social.example.it",
        "https://social.example.it /",
    ],
)
def test_base_url_must_be_an_address_that_nobody_listens_in_on(address: str) -> None:
    with pytest.raises(ValidationError, match="base_url must be an address such as https://"):
        options(address)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://social.example.it/", "https://social.example.it"),
        ("https://gateway.example.it/mastodon", "https://gateway.example.it/mastodon"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_base_url_may_be(address: str, kept: str) -> None:
    assert options(address).base_url == kept


def test_base_url_is_asked_for() -> None:
    with pytest.raises(ValidationError, match="base_url"):
        MastodonOptions(name="m", kind="mastodon", locale="it")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("token", "why"),
    [("", "not set: access_token$"), ("tok\n", "no token has$"), ("t€k", "no token has$")],
)
def test_a_token_that_cannot_be_one_breaks_the_channel(
    mastodon: FakeMastodon, tmp_path: Path, token: str, why: str
) -> None:
    mastodon.secrets = {"access_token": token}
    with pytest.raises(ChannelBroken, match=why):
        publish(mastodon, tmp_path)
    assert mastodon.requests == []


def test_a_token_is_no_file(
    mastodon: FakeMastodon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / mastodon.secrets["access_token"]).write_text("another", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert publish(mastodon, tmp_path).remote_id


def test_says_all_that_a_post_needs(mastodon: FakeMastodon, tmp_path: Path) -> None:
    sent = message(short="«È fermo» & lento + 10%")
    receipt = publish(mastodon, tmp_path, sent, visibility="unlisted")
    (status,) = mastodon.statuses
    assert status.text == f"«È fermo» & lento + 10%\n{sent.url}"
    assert (status.visibility, status.language) == ("unlisted", "it")
    assert receipt.remote_id == status.id
    assert receipt.url == f"https://social.example.it/@comune/{status.id}"
    (request,) = mastodon.requests
    assert request.body["content_type"] == "text/plain"
    assert request.headers["authorization"] == f"Bearer {mastodon.secrets['access_token']}"


def test_is_public_unless_told_otherwise(mastodon: FakeMastodon, tmp_path: Path) -> None:
    publish(mastodon, tmp_path)
    assert mastodon.statuses[0].visibility == "public"


def test_a_key_is_kept_over_attempts_and_no_other_post_has_it(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    first = message()
    for sent in (first, first, message(key="delivery-2", at=first.at), message()):
        publish(mastodon, tmp_path, sent)
    keys = [request.headers["idempotency-key"] for request in mastodon.asked("POST")]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(key.isascii() for key in keys)
    assert len(mastodon.texts) == 3


def test_a_server_that_forgets_keys_is_looked_at_first(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.keeps_keys = False
    mastodon.faults.append(Cut())
    sent = message()
    with pytest.raises(MaybeSent):
        publish(mastodon, tmp_path, sent)
    found = find(mastodon, tmp_path, sent)
    assert found is not None
    assert found.remote_id == mastodon.statuses[0].id
    publish(mastodon, tmp_path, sent)  # as nobody must, without looking
    assert len(mastodon.texts) == 2


def test_a_post_that_fits_nowhere_is_not_even_sent(mastodon: FakeMastodon, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="500"):
        publish(mastodon, tmp_path, message(short="x" * 999, name="y" * 999, status="z" * 999))
    assert mastodon.requests == []


HOSTILE = (
    "@carabinieri, (@polizia@questura.example) #Vergogna #1_2 ＃altro RT@nome .@tutti\n#riga"
    " https://x.example.it/a-@sindaco https://x.example.it/?q=.@assessore"
)


def test_nobody_is_told_and_nothing_is_tagged(mastodon: FakeMastodon, tmp_path: Path) -> None:
    allowed = {"hashtags": ("Cashback",)}
    publish(mastodon, tmp_path, message(short=HOSTILE, name=HOSTILE), **allowed)
    assert (mastodon.notified, mastodon.tags) == ([], [])
    publish(mastodon, tmp_path, message(short="Torna il #Cashback!"), **allowed)
    assert (mastodon.notified, mastodon.tags) == ([], ["Cashback"])


def test_the_fake_would_tell_and_tag() -> None:
    assert api.mentioned(HOSTILE) == [
        "carabinieri",
        "polizia@questura.example",
        "tutti",
        "sindaco",
        "assessore",
    ]
    assert api.tagged(HOSTILE) == ["Vergogna", "1_2", "altro", "riga"]
    assert api.mentioned("info@comune.example.it https://social.example.it/@comune") == []
    assert api.tagged("#42/3 https://x.example.it/#uno https://x.example.it/a#due") == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, {"error": "Bad Request: text"}), Rejected),
        (Answer(401, api.INVALID_TOKEN), ChannelBroken),
        (Answer(403, api.OUT_OF_SCOPE), ChannelBroken),
        (Answer(403, api.NOT_ALLOWED), ChannelBroken),
        (Answer(403, b"<html>"), ChannelBroken),
        (Answer(404, api.NOT_FOUND), ChannelBroken),
        (Answer(405), ChannelBroken),
        (Answer(407), ChannelBroken),
        (Answer(408), MaybeSent),
        (Answer(410), ChannelBroken),
        (Answer(413), Rejected),
        (Answer(422, api.NO_USER), ChannelBroken),
        (Answer(422, {"error": "Text character limit of 500 exceeded"}), Rejected),
        (Answer(429, b"<html>"), TryLater),
        (Answer(500), MaybeSent),
        (Answer(503, api.BUSY), MaybeSent),
        (Answer(301, None, {"Location": "https://example.com/"}), MaybeSent),
    ],
)  # fmt: skip
def test_an_answer_names_the_next_move(
    mastodon: FakeMastodon, tmp_path: Path, answer: Answer, error: type[Exception]
) -> None:
    mastodon.faults.append(answer)
    with pytest.raises(error) as caught:
        publish(mastodon, tmp_path)
    assert type(caught.value) is error
    assert len(mastodon.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        "id",
        {},
        {"id": None},
        {"id": ""},
        {"id": "../1"},
        {"id": {"id": 1}},
    ],
)
def test_an_answer_without_a_sound_id_may_have_been_a_post(
    mastodon: FakeMastodon, tmp_path: Path, body: Any
) -> None:
    mastodon.faults.append(Answer(200, body))
    with pytest.raises(MaybeSent, match="makes no sense"):
        publish(mastodon, tmp_path)


@pytest.mark.parametrize("identity", ["113500", "AbC9kxyz", "01HZX3N8", 113500])
def test_ids_of_other_servers_are_good(
    mastodon: FakeMastodon, tmp_path: Path, identity: Any
) -> None:
    mastodon.faults.append(Answer(200, {"id": identity, "url": "javascript:alert(1)"}))
    receipt = publish(mastodon, tmp_path)
    assert (receipt.remote_id, receipt.url) == (str(identity), None)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": "2031-01-01T00:05:00.000000Z"}, 300),
        ({"X-RateLimit-Reset": "2031-01-01T02:05:00+02:00"}, 300),
        ({"X-RateLimit-Reset": str(int(ITS_TIME.timestamp()) + 60)}, 60),
        ({"X-RateLimit-Reset": "2030-12-31T23:00:00Z"}, 1),
        ({"X-RateLimit-Reset": "2031-01-03T00:00:00Z"}, None),
        ({"X-RateLimit-Reset": "2031-01-01T00:05:00"}, None),
        ({"X-RateLimit-Reset": "9" * 30}, None),
        ({"X-RateLimit-Reset": "soon"}, None),
    ],
)
def test_a_limit_passes_by_the_instances_clock(
    mastodon: FakeMastodon, tmp_path: Path, headers: dict[str, str], wait: int | None
) -> None:
    for date in (DATE, DATE.replace("GMT", "-0000")):
        mastodon.faults.append(Answer(429, api.RATE_LIMITED, {"Date": date, **headers}))
        with pytest.raises(TryLater) as caught:
            publish(mastodon, tmp_path)
        assert caught.value.retry_after == (None if wait is None else timedelta(seconds=wait))


def test_without_the_instances_clock_our_own_must_do(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    reset = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    headers = {"Date": "?", "X-RateLimit-Reset": reset}
    mastodon.faults.append(Answer(429, None, headers))
    with pytest.raises(TryLater) as caught:
        publish(mastodon, tmp_path)
    assert caught.value.retry_after is not None
    assert timedelta(0) < caught.value.retry_after <= timedelta(minutes=10)


def test_an_echoed_token_is_not_repeated(mastodon: FakeMastodon, tmp_path: Path) -> None:
    token = mastodon.secrets["access_token"]
    said = {"error": "invalid_token", "error_description": f"{token} was revoked"}
    mastodon.faults.append(Answer(401, said))
    with pytest.raises(ChannelBroken, match=r"invalid_token: \*\*\* was revoked$"):
        publish(mastodon, tmp_path)


def test_a_reply_goes_to_the_latest_post(mastodon: FakeMastodon, tmp_path: Path) -> None:
    first, latest = mastodon.put("uno"), mastodon.put("due")
    sent = message(parent=Receipt(latest.id), root=Receipt(first.id))
    receipt = publish(mastodon, tmp_path, sent)
    assert mastodon.statuses[-1].in_reply_to_id == latest.id
    assert not receipt.standalone


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_reply_that_is_refused_goes_out_alone(
    mastodon: FakeMastodon, tmp_path: Path, status: int
) -> None:
    parent = mastodon.put("uno")
    mastodon.faults.append(Answer(status, {"error": "Il post non esiste."}))
    receipt = publish(mastodon, tmp_path, message(parent=Receipt(parent.id)))
    assert receipt.standalone
    assert mastodon.statuses[-1].in_reply_to_id is None
    asked = mastodon.asked("POST")
    assert ["in_reply_to_id" in request.body for request in asked] == [True, False]
    assert len({request.headers["idempotency-key"] for request in asked}) == 1


def test_a_parent_that_the_server_dropped_by_itself_is_noticed(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.faults.append(Answer(200, {"id": "7", "in_reply_to_id": None}))
    assert publish(mastodon, tmp_path, message(parent=Receipt("1"))).standalone


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(429), TryLater),
        (Answer(500), MaybeSent),
        (Answer(403, api.DISABLED), ChannelBroken),
        (Answer(404), ChannelBroken),
        (Answer(422, api.BLANK), Rejected),
    ],
)
def test_what_is_then_said_of_the_post_alone_counts(
    mastodon: FakeMastodon, tmp_path: Path, answer: Answer, error: type[Exception]
) -> None:
    mastodon.faults += [Answer(404, api.PARENT_GONE), answer]
    with pytest.raises(error):
        publish(mastodon, tmp_path, message(parent=Receipt("1")))
    assert len(mastodon.asked("POST")) == 2


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(401), Answer(302)])
def test_other_errors_of_a_reply_are_not_tried_alone(
    mastodon: FakeMastodon, tmp_path: Path, answer: Answer
) -> None:
    mastodon.faults.append(answer)
    with pytest.raises((TryLater, MaybeSent, ChannelBroken)):
        publish(mastodon, tmp_path, message(parent=Receipt("1")))
    assert len(mastodon.requests) == 1


def test_what_asks_for_nothing_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="asked for nothing"):
        _mastodon_api.ask(list)


def test_closing_lets_go_of_both_connections(mastodon: FakeMastodon, tmp_path: Path) -> None:
    made = channel(mastodon, tmp_path)
    made.close()
    made.seen(made.publish(message(), made.compose(message())))
    closed: list[str] = []
    made._client.session.close = lambda: closed.append("ours")
    made._anonymous.session.close = lambda: closed.append("anonymous")
    made.close()
    assert closed == ["ours", "anonymous"]
