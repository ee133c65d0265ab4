"""Bluesky against a real PDS (`tests/pds`): what the fake only claims.

Skipped where Node's packages are not installed, except in CI:

    cd tests/pds && npm ci
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.status import PublicationKind
from publishers.channels._base import ChannelBroken, MaybeSent, Receipt, Rejected, TryLater
from publishers.channels._bluesky_text import length
from publishers.channels._picture_drawing import draw
from publishers.channels.bluesky import Channel
from tests.fakes._service import Answer, Cut
from tests.fakes.bluesky_pds import FakeBluesky
from tests.publishers.channels import _pds
from tests.publishers.channels import test_contract as contract
from tests.publishers.channels._bluesky import find, publish
from tests.publishers.channels._pds_requests import (
    FITTING,
    GOOD,
    RECORDS,
    REFERENCE,
    TOO_LONG,
    asked,
    bearer,
    encoded,
    put,
)
from tests.publishers.channels._pictures import PICTURE, pictured
from tests.publishers.channels.drivers._base import FATES, message

_NO_SUCH_BLOB = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"

pytestmark = pytest.mark.skipif(
    not _pds.INSTALLED and os.environ.get("CI") != "true",
    reason="no PDS is installed: cd tests/pds && npm ci",
)


@pytest.fixture(scope="module")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_pds.Pds]:
    with _pds.running(tmp_path_factory.mktemp("pds")) as started:
        yield started


@pytest.fixture(scope="module")
def shared(pds: _pds.Pds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_pds.Driver]:
    """One account for most tests: making one, and logging in, takes the PDS its time."""
    made = _pds.Driver(tmp_path_factory.mktemp("shared"), pds.account())
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shared_channel(shared: _pds.Driver) -> Channel:
    return opened(shared)


@pytest.fixture
def driver(shared: _pds.Driver) -> _pds.Driver:
    shared.account.clear()
    shared.gateway.faults.clear()
    shared.gateway.requests.clear()
    return shared


@pytest.fixture
def made(driver: _pds.Driver, shared_channel: Channel) -> Channel:
    """A channel that may be logged in already."""
    return shared_channel


@pytest.fixture
def own_driver(pds: _pds.Pds, tmp_path: Path) -> Iterator[_pds.Driver]:
    """On an account of its own, which need not survive the test."""
    made = _pds.Driver(tmp_path, pds.account())
    yield made
    made.stop()


def opened(driver: _pds.Driver, **options: Any) -> Channel:
    made = driver.channel(**options)
    assert isinstance(made, Channel)
    return made


CASES: tuple[Callable[..., None], ...] = (
    contract.test_posts_and_says_where_to_see_it,
    contract.test_says_who_it_is,
    contract.test_finds_what_it_posted_even_as_another_process,
    contract.test_finds_nothing_before_it_posted,
    contract.test_sending_again_does_not_double,
    contract.test_sees_that_a_post_is_gone,
    contract.test_replies_in_the_thread_only_where_threads_are_on,
    contract.test_a_reply_to_a_post_that_is_gone_goes_out_alone,
    contract.test_nobody_is_pinged_or_tagged_by_accident,
    contract.test_a_name_that_does_not_fit_leaves_the_status_and_the_link,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_contract_holds(driver: _pds.Driver, case: Callable[..., None]) -> None:
    case(driver)


@pytest.mark.parametrize("kind", list(PublicationKind))
def test_every_publication_goes_out(driver: _pds.Driver, kind: PublicationKind) -> None:
    contract.test_every_publication_goes_out(driver, kind)


@pytest.mark.parametrize("fault", sorted(name for name, fate in FATES.items() if fate.posted))
def test_what_may_have_been_sent_is_found(
    driver: _pds.Driver, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other faults are answers of the gateway's, which the PDS has no part in."""
    contract.test_what_may_have_been_sent_is_found(driver, fault, monkeypatch)


def test_a_picture_is_kept_with_its_alternative_text(driver: _pds.Driver) -> None:
    channel = opened(driver, picture=True)
    sent = pictured()
    receipt = publish(channel, sent)
    (record,) = driver.account.records()
    embed = record["value"]["embed"]
    (image,) = embed["images"]
    assert embed["$type"] == "app.bsky.embed.images"
    assert image["alt"] == PICTURE.alt
    assert image["aspectRatio"] == {"width": 1200, "height": 675}
    assert image["image"]["mimeType"] == "image/png"
    link = {"did": driver.account.did, "cid": image["image"]["ref"]["$link"]}
    with driver.account.pds.client() as client:
        kept = client.get("/xrpc/com.atproto.sync.getBlob", params=link)
    assert kept.content == draw(PICTURE)
    # A second attempt uploads again, and changes nothing.
    before = driver.account.commit()
    assert publish(channel, sent).remote_id == receipt.remote_id
    assert driver.account.commit() == before


def test_a_picture_that_the_pds_lost_holds_no_words_back(driver: _pds.Driver) -> None:
    channel = opened(driver, picture=True)
    blob = {"$type": "blob", "ref": {"$link": _NO_SUCH_BLOB}, "mimeType": "image/png", "size": 9}
    said = Answer(200, {"blob": blob}, {"Content-Type": "application/json"})
    driver.gateway.faults += [driver.gateway.session(), said]
    receipt = publish(channel, pictured())
    assert "Could not find blob" in receipt.without_picture
    assert "embed" not in driver.account.records()[0]["value"]


def test_the_record_is_as_it_should_be(driver: _pds.Driver) -> None:
    channel = opened(driver, hashtags=("Cashback",))
    sent = message(short="È giù il #Cashback: https://stato.example.it/?u=3 👍🏽")
    receipt = publish(channel, sent)
    (record,) = driver.account.records()
    value = record["value"]
    parts = [
        value["text"].encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode()
        for f in value["facets"]
    ]
    assert parts == ["#Cashback", "https://stato.example.it/?u=3"]
    assert value["embed"]["external"]["uri"] == sent.url
    assert value["langs"] == ["it"]
    assert (receipt.remote_id, receipt.extra) == (record["uri"], {"cid": record["cid"]})


def test_the_pds_says_that_it_validated_the_record(
    driver: _pds.Driver, made: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses: list[str] = []
    put = made._account.client.com.atproto.repo.put_record

    def noted(*args: Any, **kwargs: Any) -> Any:
        answer = put(*args, **kwargs)
        statuses.append(answer.validation_status)
        return answer

    monkeypatch.setattr(made._account.client.com.atproto.repo, "put_record", noted)
    first = publish(made)
    publish(made, message(key="2", parent=first))
    assert statuses == ["valid", "valid"]


def test_the_same_again_is_no_event(driver: _pds.Driver, made: Channel) -> None:
    sent = message()
    first = publish(made, sent)
    before = driver.account.commit()
    assert publish(made, sent) == first
    assert driver.account.commit() == before


def test_a_post_keeps_the_place_that_its_first_attempt_gave_it(
    driver: _pds.Driver, made: Channel
) -> None:
    first, other, sent = publish(made, message(key="1")), publish(made), message(key="3")
    written = publish(made, replace(sent, parent=first))
    before = driver.account.commit()
    assert publish(made, replace(sent, parent=other)) == written
    assert publish(made, sent).remote_id == written.remote_id
    assert driver.account.commit() == before


def test_another_post_is_never_replaced(driver: _pds.Driver, made: Channel) -> None:
    sent = message()
    publish(made, sent)
    with pytest.raises(Rejected, match="another post"):
        publish(made, replace(sent, short="Un altro testo."))
    assert driver.texts == [made.compose(sent).text]


def test_a_thread_has_one_root(driver: _pds.Driver, made: Channel) -> None:
    first = publish(made, message(key="1"))
    second = publish(made, message(key="2", parent=first, root=first))
    third = publish(made, message(key="3", parent=second, root=first))
    records = {r["uri"]: r for r in driver.account.records()}
    reply = records[third.remote_id]["value"]["reply"]
    one, two = records[first.remote_id], records[second.remote_id]
    assert reply["root"] == {"uri": first.remote_id, "cid": one["cid"]}
    assert reply["parent"] == {"uri": second.remote_id, "cid": two["cid"]}
    assert second.extra["cid"] == two["cid"]


def test_a_parent_that_was_deleted_is_noticed(driver: _pds.Driver, made: Channel) -> None:
    first = publish(made, message(key="1"))
    driver.remove(first.remote_id)
    assert publish(made, message(key="2", parent=first)).standalone


def test_a_parent_of_another_server_is_as_good_as_gone(made: Channel) -> None:
    strange = Receipt("at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l")
    assert publish(made, message(parent=strange)).standalone


def test_cut_off_and_sent_again_is_there_once(driver: _pds.Driver, made: Channel) -> None:
    made.check()
    sent = message()
    driver.gateway.faults.append(Cut())
    with pytest.raises(MaybeSent):
        publish(made, sent)
    before = driver.account.commit()
    found = find(made, sent)
    assert found == publish(made, sent)
    assert driver.account.commit() == before
    assert len(driver.texts) == 1


@pytest.mark.parametrize("text", FITTING)
def test_what_just_fits_by_our_count_fits(driver: _pds.Driver, made: Channel, text: str) -> None:
    post = made.compose(message(short=text))
    assert (post.text, post.length, post.fallback) == (text, 300, False)
    made.publish(message(short=text), post)
    assert driver.texts == [text]


@pytest.mark.parametrize("text", TOO_LONG)
def test_one_more_is_refused(driver: _pds.Driver, made: Channel, text: str) -> None:
    assert length(text) > 300
    post = replace(made.compose(message()), text=text)
    with pytest.raises(Rejected, match=r"Invalid app\.bsky\.feed\.post record"):
        made.publish(message(), post)
    assert driver.texts == []


def test_a_wrong_password_breaks_the_channel(driver: _pds.Driver) -> None:
    made = opened(driver)
    made.secrets = {"password": "wrong"}
    with pytest.raises(ChannelBroken, match="Invalid identifier or password"):
        made.check()


def test_an_expired_token_is_renewed(driver: _pds.Driver, pds: _pds.Pds, made: Channel) -> None:
    publish(made)
    pds.expire(made)
    driver.gateway.requests.clear()
    publish(made, message(key="2"))
    asked = [request.path.rpartition(".")[2] for request in driver.gateway.requests]
    assert asked == ["putRecord", "refreshSession", "putRecord"]
    publish(made, message(key="3"))
    assert len(driver.texts) == 3
    assert len(driver.gateway.asked("refreshSession")) == 1


def test_a_session_that_is_over_for_good_is_opened_anew(
    driver: _pds.Driver, pds: _pds.Pds, made: Channel
) -> None:
    publish(made)
    pds.expire(made, for_good=True)
    driver.gateway.requests.clear()
    publish(made, message(key="2"))
    assert len(driver.texts) == 2
    asked = [request.path.rpartition(".")[2] for request in driver.gateway.requests]
    assert asked == ["putRecord", "refreshSession", "createSession", "putRecord"]


def test_an_app_password_that_was_revoked_breaks_the_channel(
    own_driver: _pds.Driver, pds: _pds.Pds
) -> None:
    made = opened(own_driver)
    publish(made)
    own_driver.faults["bad credentials"]()
    pds.expire(made)
    for attempt in (lambda: publish(made, message(key="2")), opened(own_driver).check):
        with pytest.raises(ChannelBroken, match="Invalid identifier or password"):
            attempt()


def test_a_token_that_is_none_is_renewed(driver: _pds.Driver, made: Channel) -> None:
    publish(made)
    session = made._account._session
    assert session is not None
    made._account._session = replace(session, access=session.access[:-5] + "AAAAA")
    publish(made, message(key="2"))
    assert len(driver.texts) == 2


def test_an_account_that_was_taken_down_breaks_the_channel(
    own_driver: _pds.Driver, pds: _pds.Pds
) -> None:
    made = opened(own_driver)
    publish(made)
    pds.take_down(own_driver.account)
    with pytest.raises(ChannelBroken, match="taken down"):
        publish(made, message(key="2"))
    with pytest.raises(ChannelBroken):
        opened(own_driver).check()


def test_an_account_that_was_deactivated_breaks_the_channel(own_driver: _pds.Driver) -> None:
    made = opened(own_driver)
    own_driver.account.post("com.atproto.server.deactivateAccount")
    for attempt in (made.check, lambda: publish(made)):
        with pytest.raises(ChannelBroken, match="deactivated"):
            attempt()


def test_a_limit_on_logging_in_passes(own_driver: _pds.Driver, pds: _pds.Pds) -> None:
    # A password that is too long costs the PDS no time, but counts.
    body = {"identifier": own_driver.account.handle, "password": "x" * 600}
    with pds.client(limited=True) as client:
        for _ in range(30):
            answer = client.post("/xrpc/com.atproto.server.createSession", json=body)
            assert answer.status_code == 401
    with pytest.raises(TryLater, match="Rate Limit Exceeded") as caught:
        opened(own_driver, base_url=pds.url).check()
    assert caught.value.retry_after is not None
    assert timedelta(minutes=4) < caught.value.retry_after <= timedelta(minutes=5)


def test_what_serves_nothing_is_no_pds(driver: _pds.Driver) -> None:
    with pytest.raises(ChannelBroken, match="no PDS"):
        opened(driver, base_url=f"{driver.url}/elsewhere").check()


@pytest.fixture
def both(driver: _pds.Driver) -> Iterator[tuple[_pds.Gateway, FakeBluesky]]:
    with FakeBluesky() as fake:
        yield driver.gateway, fake


@pytest.mark.parametrize("changes", RECORDS, ids=str)
def test_the_fake_takes_and_refuses_what_the_real_one_does(
    both: tuple[_pds.Gateway, FakeBluesky], changes: dict[str, Any]
) -> None:
    record = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    real, fake = (put(service, record) for service in both)
    assert fake == real


@pytest.mark.parametrize(
    "changes",
    [
        {"rkey": "3l6oveex3ii2"},
        {"rkey": "self"},
        {"collection": "app.bsky.feed.like"},
        {"repo": "did:plc:z72i7hdynmk6r22z27h6tvuq"},
        {"swapRecord": None},
        {"swapRecord": REFERENCE["cid"]},
    ],
    ids=str,
)
def test_the_fake_answers_other_requests_to_write_as_the_real_one_does(
    both: tuple[_pds.Gateway, FakeBluesky], changes: dict[str, Any]
) -> None:
    real, fake = (put(service, GOOD, **changes) for service in both)
    assert fake == real


@pytest.mark.parametrize("swap", [{}, {"swapRecord": None}, {"swapRecord": REFERENCE["cid"]}])
@pytest.mark.parametrize("text", ["Ciao.", "Altro."])
def test_the_fake_writes_again_as_the_real_one_does(
    both: tuple[_pds.Gateway, FakeBluesky], swap: dict[str, Any], text: str
) -> None:
    for service in both:
        assert put(service, GOOD)[0] == 200
    real, fake = (put(service, {**GOOD, "text": text}, **swap) for service in both)
    assert fake == real


@pytest.mark.parametrize(
    ("verb", "method", "request_"),
    [
        ("POST", "com.atproto.server.createSession", {"json": {}}),
        ("POST", "com.atproto.server.createSession",
         {"json": {"identifier": "nobody.test", "password": "x"}}),
        ("GET", "com.atproto.server.getSession", {}),
        ("GET", "com.atproto.server.getSession", {"headers": bearer("x.y.z")}),
        ("POST", "com.atproto.server.refreshSession", {}),
        ("POST", "com.atproto.server.refreshSession", {"headers": bearer("x.y.z")}),
        ("GET", "com.atproto.repo.getRecord",
         {"params": {"repo": "did:plc:z72i7hdynmk6r22z27h6tvuq", "collection": _pds.POST,
                     "rkey": "3l6oveex3ii2l"}}),
        ("POST", "com.atproto.repo.putRecord", {"json": {}}),
        ("GET", "org.example.nothing", {}),
    ],
)  # fmt: skip
def test_the_fake_refuses_as_the_real_one_does(
    both: tuple[_pds.Gateway, FakeBluesky], verb: str, method: str, request_: dict[str, Any]
) -> None:
    real, fake = (asked(service, verb, method, **request_) for service in both)
    assert fake == real


def test_the_fakes_sessions_are_like_the_real_ones(
    both: tuple[_pds.Gateway, FakeBluesky],
) -> None:
    opened, about, renewed = [], [], []
    for service in both:
        opened.append(json.loads(encoded(service.session())))
        tokens = [bearer(opened[-1][name]) for name in ("accessJwt", "refreshJwt")]
        about.append(asked(service, "GET", "com.atproto.server.getSession", headers=tokens[0]))
        refresh = "com.atproto.server.refreshSession"
        renewed.append(asked(service, "POST", refresh, headers=tokens[1]))
    for real, fake in (opened, [keys for *_, keys in about], [keys for *_, keys in renewed]):
        assert set(real) <= set(fake)
    assert [status for status, *_ in (*about, *renewed)] == [200] * 4
