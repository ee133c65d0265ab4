"""The contract: the same cases for every kind of channel that has a driver in `drivers/`."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from incidents.status import Certainty, PublicationKind
from publishers._kinds import kinds, load
from publishers.channels import _base
from publishers.channels._base import ChannelBroken, Found, Post, Receipt, Seen, TryLater
from tests.fakes._service import Answer, Cut, Fault, Garbage, Hang
from tests.publishers.channels.drivers._base import FATES, SLOW, Driver, NetworkDriver, message

FOLDER = Path(__file__).with_name("drivers")
DRIVEN = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def driver_class(kind: str) -> type[Driver]:
    found: type[Driver] = import_module(f"tests.publishers.channels.drivers.{kind}").Driver
    return found


MEETINGS = [
    (kind, fault)
    for kind in DRIVEN
    for fault in FATES
    if fault not in driver_class(kind).impossible
]
REFUSING = [kind for kind in DRIVEN if driver_class(kind).may_refuse_replies]
EDITING = [kind for kind in DRIVEN if driver_class(kind).edits]
ON_A_NETWORK = [kind for kind in DRIVEN if issubclass(driver_class(kind), NetworkDriver)]
LOOKING = [
    kind
    for kind in DRIVEN
    if load("publishers.channels", kind).Channel.certainty
    not in (Certainty.BLIND, Certainty.PERSONAL)
]


@pytest.fixture
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    made = driver_class(request.param)(tmp_path)
    yield made
    made.stop()


every_kind = pytest.mark.parametrize("driver", DRIVEN, indirect=True)
every_looking_kind = pytest.mark.parametrize("driver", LOOKING, indirect=True)
every_editing_kind = pytest.mark.parametrize("driver", EDITING, indirect=True)
every_network = pytest.mark.parametrize("driver", ON_A_NETWORK, indirect=True)
every_fault = pytest.mark.parametrize(("driver", "fault"), MEETINGS, indirect=["driver"])


@every_kind
def test_posts_and_says_where_to_see_it(driver: Driver) -> None:
    channel = driver.channel()
    post = channel.compose(message())
    receipt = channel.publish(message(), post)
    assert driver.texts == [post.text]
    assert receipt.remote_id
    assert not receipt.standalone
    assert channel.seen(receipt) in (True, None)


@every_kind
def test_says_who_it_is(driver: Driver) -> None:
    assert driver.channel().check()
    assert driver.texts == []


@every_looking_kind
def test_finds_what_it_posted_even_as_another_process(driver: Driver) -> None:
    sent = message()
    post = driver.channel().compose(sent)
    receipt = driver.channel().publish(sent, post)
    found = driver.channel().find(sent, post)
    assert found is not None
    assert found.remote_id == receipt.remote_id


@every_looking_kind
def test_finds_nothing_before_it_posted(driver: Driver) -> None:
    channel = driver.channel()
    other = message(key="delivery-0", short="Un altro avviso.", reference="#41/1")
    channel.publish(other, channel.compose(other))
    assert channel.find(message(), channel.compose(message())) is None


@every_looking_kind
def test_sending_again_does_not_double(driver: Driver) -> None:
    sent = message()
    first = driver.channel().publish(sent, driver.channel().compose(sent))
    again = driver.channel().publish(sent, driver.channel().compose(sent))
    assert again.remote_id == first.remote_id
    assert len(driver.texts) == 1


@every_kind
def test_sees_that_a_post_is_gone(driver: Driver) -> None:
    channel = driver.channel()
    receipt = channel.publish(message(), channel.compose(message()))
    assert channel.seen(receipt) is (True if driver.reads_back else None)
    driver.remove(receipt.remote_id)
    assert channel.seen(receipt) is (False if driver.reads_back else None)


@every_kind
def test_searching_and_counting_say_nothing_wrong_of_a_post_that_is_there(driver: Driver) -> None:
    channel = driver.channel()
    post = channel.compose(message())
    receipt = channel.publish(message(), post)
    found = channel.search(receipt, post.text)
    assert not found.misses
    assert channel.searches or found == Found()
    reach = channel.reach(receipt)
    assert set(reach) <= set(_base.REACH)
    assert bool(reach) is channel.counts
    assert driver.texts == [post.text], "looking posts nothing"


@every_network
@pytest.mark.parametrize("asked", ["look", "search", "reach"])
@pytest.mark.parametrize("fault", [Hang(), Cut(), Garbage(), Answer(429), Answer(503)])
def test_a_fault_while_looking_is_no_word_on_the_post(
    driver: Driver,
    asked: str,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    assert isinstance(driver, NetworkDriver)
    channel = driver.channel()
    post = channel.compose(message())
    receipt = channel.publish(message(), post)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    driver.fake.always = fault
    looks: dict[str, Callable[[], object]] = {
        "look": lambda: channel.look(receipt),
        "search": lambda: channel.search(receipt, post.text),
        "reach": lambda: channel.reach(receipt),
    }
    told, problem = None, ""
    try:
        told = looks[asked]()
    except (TryLater, ChannelBroken) as refusal:
        problem = "".join(traceback.format_exception(refusal))
    assert told in (None, Seen(), Found(), {})
    said = caplog.text + problem
    assert not [name for name, secret in driver.secrets.items() if secret in said]


@every_kind
def test_replies_in_the_thread_only_where_threads_are_on(driver: Driver) -> None:
    first = driver.channel().publish(message(), driver.channel().compose(message()))
    later = message(key="delivery-2", short="Aggiornamento.", parent=first, root=first)
    for thread in (True, False):
        channel = driver.channel(thread=thread)
        assert channel.compose(later).replies is (thread and driver.threads)
    receipt = driver.channel().publish(later, driver.channel().compose(later))
    assert not receipt.standalone
    assert len(driver.texts) == 2


@pytest.mark.parametrize("driver", REFUSING, indirect=True)
def test_a_refused_reply_goes_out_alone_and_says_so(driver: Driver) -> None:
    channel = driver.channel()
    first = channel.publish(message(), channel.compose(message()))
    later = message(key="delivery-2", short="Aggiornamento.", parent=first, root=first)
    driver.faults["reply refused"]()
    receipt = channel.publish(later, channel.compose(later))
    assert receipt.standalone
    assert len(driver.texts) == 2


@pytest.mark.parametrize("driver", REFUSING, indirect=True)
def test_a_reply_to_a_post_that_is_gone_goes_out_alone(driver: Driver) -> None:
    channel = driver.channel()
    later = message(parent=Receipt("1"), root=Receipt("1"))
    assert channel.publish(later, channel.compose(later)).standalone
    assert len(driver.texts) == 1


@every_editing_kind
@pytest.mark.parametrize("kind", [PublicationKind.CORRECTION, PublicationKind.RETRACTION])
def test_a_correction_or_retraction_edits_the_post_in_place(
    driver: Driver, kind: PublicationKind
) -> None:
    channel = driver.channel()
    first = channel.publish(message(), channel.compose(message()))
    sent = message(key="delivery-2", kind=kind, short="Rettifica: ora è giusto.", target=first)
    post = channel.compose(sent)
    assert post.edits
    assert not post.replies
    for _ in range(2):  # an edit that is repeated changes nothing
        receipt = channel.publish(sent, post)
        assert (receipt.remote_id, receipt.standalone) == (first.remote_id, False)
        assert driver.texts == [post.text]
    found = channel.find(sent, post)
    assert (found and found.remote_id) == (first.remote_id if driver.kind in LOOKING else None)


@every_editing_kind
def test_an_edit_that_did_not_arrive_is_not_found(driver: Driver) -> None:
    channel = driver.channel()
    first = channel.publish(message(), channel.compose(message()))
    sent = message(
        key="delivery-2", kind=PublicationKind.CORRECTION, short="Rettifica.", target=first
    )
    assert channel.find(sent, channel.compose(sent)) is None


@every_editing_kind
def test_a_post_that_is_gone_cannot_be_edited_so_that_a_new_one_says_it(driver: Driver) -> None:
    channel = driver.channel()
    first = channel.publish(message(), channel.compose(message()))
    driver.remove(first.remote_id)
    sent = message(
        key="delivery-2", kind=PublicationKind.CORRECTION, short="Rettifica.", target=first
    )
    receipt = channel.publish(sent, channel.compose(sent))
    assert receipt.remote_id != first.remote_id
    assert receipt.standalone
    assert len(driver.texts) == 1


@every_editing_kind
@pytest.mark.parametrize("fault", ["hung", "cut off", "server error", "garbage"])
def test_an_edit_in_doubt_is_simply_made_again(
    driver: Driver, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = driver.channel()
    first = channel.publish(message(), channel.compose(message()))
    sent = message(
        key="delivery-2", kind=PublicationKind.CORRECTION, short="Rettifica.", target=first
    )
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2 if fault in SLOW else 10.0)
    driver.faults[fault]()
    with pytest.raises(TryLater):
        channel.publish(sent, channel.compose(sent))
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 10.0)
    assert channel.publish(sent, channel.compose(sent)).remote_id == first.remote_id
    assert driver.texts == [channel.compose(sent).text]


@every_network
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_clock_posts_once_or_says_that_the_clock_may_be_wrong(
    driver: Driver, hours: int
) -> None:
    assert isinstance(driver, NetworkDriver)
    driver.fake.clock_skew = timedelta(hours=hours)
    channel, sent = driver.channel(), message()
    post = channel.compose(sent)
    if driver.refuses_wrong_clocks:
        with pytest.raises(ChannelBroken, match="clock"):
            channel.publish(sent, post)
        assert driver.texts == []
        return
    receipt = channel.publish(sent, post)
    assert len(driver.texts) == 1
    found = driver.channel().find(sent, post)
    assert (found and found.remote_id) == (receipt.remote_id if driver.kind in LOOKING else None)


@every_kind
def test_every_fault_is_arranged_or_impossible_for_a_reason(driver: Driver) -> None:
    arranged = set(driver.faults) - {"reply refused"}
    assert arranged.isdisjoint(driver.impossible)
    assert arranged | set(driver.impossible) == set(FATES)
    assert all(driver.impossible.values())


@every_fault
def test_a_fault_while_posting_names_the_next_move(
    driver: Driver,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2 if fault in SLOW else 10.0)
    driver.faults[fault]()
    channel, sent = driver.channel(), message()
    with pytest.raises(FATES[fault].error) as caught:
        channel.publish(sent, channel.compose(sent))
    assert type(caught.value) is FATES[fault].error
    assert str(caught.value)
    if isinstance(caught.value, TryLater):
        assert caught.value.retry_after == FATES[fault].retry_after
    assert len(driver.texts) == FATES[fault].posted
    told = caplog.text + "".join(traceback.format_exception(caught.value))
    assert not [name for name, secret in driver.secrets.items() if secret in told]


@pytest.mark.parametrize(
    ("driver", "fault"),
    [(k, f) for k, f in MEETINGS if FATES[f].posted and k in LOOKING],
    indirect=["driver"],
)
def test_what_may_have_been_sent_is_found(
    driver: Driver, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, sent = driver.channel(), message()
    post = channel.compose(sent)
    driver.faults[fault]()
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2 if fault in SLOW else 10.0)
    with pytest.raises(FATES[fault].error):
        channel.publish(sent, post)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 10.0)
    assert channel.find(sent, post) is not None


@every_kind
def test_no_secret_is_logged_when_all_goes_well(
    driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, sent = driver.channel(), message()
    receipt = channel.publish(sent, channel.compose(sent))
    channel.find(sent, channel.compose(sent))
    channel.seen(receipt)
    channel.check()
    assert not [name for name, secret in driver.secrets.items() if secret in caplog.text]


@every_kind
def test_composing_is_pure(driver: Driver) -> None:
    channel = driver.channel()
    composed = [channel.compose(message(at=message().at)).text for _ in range(2)]
    assert composed[0] == composed[1]
    assert driver.requests == 0


def links_to(post: Post, url: str) -> bool:
    return url in post.text or (post.card is not None and post.card.url == url)


HOSTILE = (
    "Ciao @carabinieri e ＠polizia, @everyone <!channel> <@U123> #Vergogna ＃altro $TSLA"
    " RT@nome \u202egirato\u202c x\u200by\x00\x07"
)


@every_kind
def test_nobody_is_pinged_or_tagged_by_accident(driver: Driver) -> None:
    channel = driver.channel(hashtags=("Cashback",))
    words = f"{HOSTILE} #cashback"
    sent = message(short=words, headline=words, body=words, name=HOSTILE)
    text = channel.compose(sent).text
    assert not re.search(r"[@＠]\w|[#＃](?!cashback)[^\W\d]|\$[A-Za-z]|<!", text)
    assert "#cashback" in text
    assert not re.search("[\u202a-\u202e\x00-\x09\x0b-\x1f]", text)
    channel.publish(sent, channel.compose(sent))
    assert len(driver.texts) == 1


@every_kind
@pytest.mark.parametrize(
    "short", ["x" * 10_000, "perché " * 1_500, "👨‍👩‍👧‍👦" * 1_500, "@a." * 3_400]
)
def test_what_does_not_fit_is_replaced_never_cut(driver: Driver, short: str) -> None:
    channel = driver.channel()
    sent = message(short=short, body=short)
    post = channel.compose(sent)
    if post.fallback:
        assert f"{sent.status}: {sent.name}" in post.text
        assert links_to(post, sent.url)
    assert post.length <= post.limit
    channel.publish(sent, post)
    assert driver.texts == [post.text]


@every_kind
def test_a_name_that_does_not_fit_leaves_the_status_and_the_link(driver: Driver) -> None:
    channel = driver.channel()
    sent = message(short="x" * 10_000, body="x" * 10_000, name="y" * 10_000)
    post = channel.compose(sent)
    if post.fallback:
        assert post.text.startswith(sent.status)
        assert links_to(post, sent.url)
    channel.publish(sent, post)
    assert len(driver.texts) == 1


@every_kind
@pytest.mark.parametrize("kind", list(PublicationKind))
def test_every_publication_goes_out(driver: Driver, kind: PublicationKind) -> None:
    channel = driver.channel()
    first = channel.publish(message(), channel.compose(message()))
    target = first if kind in (PublicationKind.CORRECTION, PublicationKind.RETRACTION) else None
    later = message(
        key="delivery-2", kind=kind, short="Un’altra cosa.", parent=first, root=first, target=target
    )
    channel.publish(later, channel.compose(later))
    assert len(driver.texts) == (1 if driver.edits and target else 2)


def test_every_kind_has_a_driver() -> None:
    assert set(kinds("publishers.channels")) == set(DRIVEN)
