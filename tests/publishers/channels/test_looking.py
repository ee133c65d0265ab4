"""Whether a post is seen, found and counted: each network's own answers, and its refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from publishers.channels import _base
from publishers.channels._base import (
    ChannelBroken,
    ChannelOptions,
    Found,
    Publisher,
    Receipt,
    Seen,
    TryLater,
)
from publishers.channels.log import Channel as LogChannel
from publishers.channels.slack import Channel as SlackChannel
from publishers.channels.x import XOptions
from tests.fakes import bluesky_pds, graph_api, mastodon_api, x_api
from tests.fakes._service import Answer, Cut, FakeService, Fault, Hang
from tests.publishers.channels import _bluesky, _facebook, _mastodon, _x
from tests.publishers.channels.drivers._base import message

TAGS = ("Cashback", "IO")
TEXT = "Il Portafoglio dell’app non funziona. Ce ne scusiamo. #Cashback #IO"
SENT = message(short=TEXT)


class Network:
    """One network with one channel on it, in the words that these tests have in common."""

    def __init__(self, kind: str, folder: Path) -> None:
        fakes: dict[str, Callable[[], Any]] = {
            "x": x_api.FakeX,
            "mastodon": mastodon_api.FakeMastodon,
            "bluesky": bluesky_pds.FakeBluesky,
            "facebook": graph_api.FakePage,
        }
        self.kind, self.folder = kind, folder
        self.fake: Any = fakes[kind]()
        self.open: list[Publisher] = []

    def channel(self, **options: Any) -> Publisher:
        options = {"hashtags": TAGS, **options}
        makers: dict[str, Callable[[], Publisher]] = {
            "x": lambda: _x.channel(self.fake, **options),
            "mastodon": lambda: _mastodon.channel(self.fake, self.folder, **options),
            "bluesky": lambda: _bluesky.channel(self.fake, **options),
            "facebook": lambda: _facebook.channel(self.fake, **options),
        }
        made = makers[self.kind]()
        self.open.append(made)
        return made

    def sent(self, channel: Publisher) -> tuple[Receipt, str]:
        """A post that is out, and its text."""
        post = channel.compose(SENT)
        return channel.publish(SENT, post), post.text

    def key(self, receipt: Receipt) -> str:
        """What the fake calls the post."""
        return receipt.remote_id.rpartition("/")[2]

    def fail(self, fault: Fault, skip: int = 0) -> None:
        """Every request from now on meets the fault."""
        self.fake.faults.clear()
        self.fake.always = fault

    def work(self) -> None:
        self.fake.always = None

    @property
    def anonymous(self) -> list[bool]:
        """Of each request so far, whether it carried no credentials."""
        return ["authorization" not in request.headers for request in self.fake.requests]


def of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("network", kinds, indirect=True)


@pytest.fixture
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Network]:
    made = Network(request.param, tmp_path)
    fake: FakeService = made.fake
    with fake:
        yield made
        for channel in made.open:
            channel.close()


SEARCHED = ("x", "mastodon", "bluesky")
COUNTED = (*SEARCHED, "facebook")


# A reader


@of(*SEARCHED)
def test_a_reader_without_credentials_sees_the_post(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    asked = len(network.fake.requests)
    assert made.look(receipt).reader is True
    assert network.anonymous[asked:][-1]


@of("facebook")
def test_where_nobody_else_may_ask_the_account_does(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    assert made.look(receipt) == Seen(account=True)


@of("x")
def test_a_post_that_x_shows_to_its_account_alone_is_not_seen(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    network.fake.hidden.add(receipt.remote_id)
    assert made.look(receipt) == Seen(reader=False, account=True)
    assert made.seen(receipt) is False


@of("bluesky")
def test_a_post_that_the_appview_hides_is_not_seen(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    network.fake.hidden.add(network.key(receipt))
    assert made.look(receipt) == Seen(reader=False)


@of("x")
@pytest.mark.parametrize(
    "fault", [Answer(401), Answer(403), Answer(429), Answer(500), Answer(200, b"<html>"), Cut()]
)
def test_what_keeps_a_stranger_from_asking_x_says_nothing(network: Network, fault: Fault) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    made.check()
    made.look(receipt)  # it knows the account's handle from now on
    tweet = Answer(200, {"data": {"id": receipt.remote_id, "text": "x"}})
    network.fake.faults += [tweet, fault]
    seen = made.look(receipt)
    assert seen == Seen(reader=None, account=True)
    assert seen.visible is True


@of("x")
def test_behind_a_gateway_no_stranger_asks_x(network: Network) -> None:
    made = network.channel(reader_url="")
    receipt, _ = network.sent(made)
    assert made.look(receipt) == Seen(reader=None, account=True)
    assert "/oembed" not in [request.path for request in network.fake.requests]


def test_a_readers_address_must_be_one() -> None:
    settings: dict[str, Any] = {"name": "x", "kind": "x", "locale": "it"}
    assert XOptions(**settings, reader_url="").reader_url == ""
    with pytest.raises(ValueError, match="reader_url must be an address"):
        XOptions(**settings, reader_url="publish.x.com")


# The search


@of(*SEARCHED)
def test_the_search_finds_a_post_by_its_words_and_by_each_hashtag(network: Network) -> None:
    made = network.channel()
    receipt, text = network.sent(made)
    assert made.searches
    assert made.search(receipt, text) == Found(True, {"Cashback": True, "IO": True})


@of(*SEARCHED)
def test_a_post_that_no_search_finds(network: Network) -> None:
    made = network.channel()
    receipt, text = network.sent(made)
    if network.kind == "mastodon":
        # Another post shows that the instance has a search.
        network.fake.put("Il portafoglio è un altro: non funziona, scusiamo.")
    network.fake.unindexed.add(network.key(receipt))
    found = made.search(receipt, text)
    assert found == Found(False, {"Cashback": False, "IO": False})
    assert found.misses


@of(*SEARCHED)
def test_a_post_that_is_missing_under_one_hashtag(network: Network) -> None:
    made = network.channel()
    receipt, text = network.sent(made)
    network.fake.unindexed.add("cashback")
    found = made.search(receipt, text)
    assert found == Found(True, {"Cashback": False, "IO": True})
    assert found.misses


@of("mastodon")
def test_an_instance_without_full_text_search_says_nothing(network: Network) -> None:
    made = network.channel()
    receipt, text = network.sent(made)
    network.fake.has_search = False
    found = made.search(receipt, text)
    assert found == Found(None, {"Cashback": True, "IO": True})
    assert not found.misses


@of("mastodon")
def test_an_unlisted_post_stands_under_no_hashtag_by_design(network: Network) -> None:
    made = network.channel(visibility="unlisted")
    receipt, text = network.sent(made)
    assert made.search(receipt, text) == Found(True, {})


@of("mastodon")
def test_hashtags_are_read_as_a_stranger_and_else_as_the_account(network: Network) -> None:
    made = network.channel()
    receipt, text = network.sent(made)
    made.search(receipt, text)
    assert network.anonymous[-2:] == [True, True]
    network.fake.answers_anyone = False
    assert made.search(receipt, text).hashtags == {"Cashback": True, "IO": True}
    assert network.anonymous[-1] is False


@of("mastodon")
def test_ids_that_are_no_numbers_are_looked_for_on_one_page(network: Network) -> None:
    made = network.channel()
    receipt = Receipt("01HZX3V7")
    full = [{"id": f"01HZ{number}"} for number in range(40)]
    mine = {"id": "01HZX3V7"}
    for page, found in ((full, None), (full[:39], False), ([*full[:5], mine], True)):
        network.fake.faults.append(Answer(200, page))
        assert made.search(receipt, "#IO").hashtags == {"IO": found}


@of(*SEARCHED)
def test_a_post_without_words_or_hashtags_is_not_searched_for(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    asked = len(network.fake.requests)
    assert made.search(receipt, "42 https://stato.example.it/portafoglio") == Found()
    assert len(network.fake.requests) == asked


@of("bluesky")
def test_a_search_on_bluesky_goes_through_the_accounts_own_server(network: Network) -> None:
    with bluesky_pds.FakeBluesky() as appview:
        made = network.channel(appview_url=appview.url)
        receipt, text = network.sent(made)
        assert made.search(receipt, text).text is True
        assert made.look(receipt).reader is False, "another server, which has no such post"
        assert [request.path.rpartition(".")[2] for request in appview.requests] == ["getPosts"]
        assert "authorization" not in appview.requests[0].headers


@of("x")
def test_x_is_asked_for_as_little_as_can_be(network: Network) -> None:
    made = network.channel(hashtags=())
    network.fake.put("Il Portafoglio dell’app non funziona. Ce ne scusiamo.")
    receipt, text = network.sent(made)
    assert made.search(receipt, text) == Found(True, {})
    (request,) = (r for r in network.fake.requests if r.path.endswith("/search/recent"))
    assert request.query["query"] == 'from:1314 "Portafoglio" "funziona" "scusiamo"'
    assert request.query["since_id"] == str(int(receipt.remote_id) - 1)
    assert request.query["max_results"] == "10"


@of(*SEARCHED)
def test_a_search_that_the_settings_do_not_want_is_not_made(network: Network) -> None:
    assert not network.channel(search=False).searches
    assert not network.channel(reach=False).counts


REFUSALS: list[tuple[Fault, tuple[type[Exception], ...]]] = [
    (Answer(401), (ChannelBroken,)),
    (Answer(403), (ChannelBroken, TryLater)),
    (Answer(404), (ChannelBroken, TryLater)),
    (Answer(429), (TryLater,)),
    (Answer(500), (TryLater,)),
    (Answer(200, b"<html>"), (TryLater,)),
    (Cut(), (TryLater,)),
    (Cut(in_the_middle=True), (TryLater,)),
    (Hang(), (TryLater,)),
]


@pytest.mark.parametrize(("fault", "errors"), REFUSALS)
@of(*SEARCHED)
def test_a_search_that_is_refused_says_nothing_of_the_post(
    network: Network,
    fault: Fault,
    errors: tuple[type[Exception], ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = network.channel()
    receipt, text = network.sent(made)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    network.fail(fault)
    with pytest.raises(errors):
        made.search(receipt, text)
    network.work()
    assert made.search(receipt, text).text is True


@pytest.mark.parametrize(("fault", "errors"), REFUSALS)
@of(*COUNTED)
def test_a_count_that_is_refused_is_no_figure(
    network: Network,
    fault: Fault,
    errors: tuple[type[Exception], ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.2)
    network.fail(fault)
    if network.kind == "bluesky":  # whom it refuses, it does not know
        errors = (TryLater,)
    gone = isinstance(fault, Answer) and fault.status == 404 and network.kind in ("x", "mastodon")
    with nullcontext() if gone else pytest.raises(errors):
        assert made.reach(receipt) == {}
    network.work()
    assert made.reach(receipt)


# The reach

FIGURES = {
    "x": {"impression_count": 1200, "like_count": 3, "retweet_count": 2, "reply_count": 1},
    "mastodon": {"favourites_count": 3, "reblogs_count": 2, "replies_count": 1},
    "bluesky": {"likeCount": 3, "repostCount": 2, "replyCount": 1},
}
TOLD = {
    "x": {"views": 1200, "likes": 3, "reposts": 2, "quotes": 0, "replies": 1},
    "mastodon": {"likes": 3, "reposts": 2, "replies": 1},
    "bluesky": {"likes": 3, "reposts": 2, "quotes": 0, "replies": 1},
    "facebook": {"reactions": 3, "comments": 1, "shares": 2},
}


@of(*COUNTED)
def test_the_networks_own_figures_by_our_words(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    assert made.counts
    if network.kind == "x":
        network.fake.tweets[0].figures = FIGURES["x"]
    elif network.kind == "mastodon":
        network.fake.statuses[0].figures = FIGURES["mastodon"]
    elif network.kind == "bluesky":
        network.fake.figures = FIGURES["bluesky"]
    else:
        post = network.fake.kept[0]
        post.reactions, post.comments, post.shares = 3, 1, 2
    told = made.reach(receipt)
    assert told == TOLD[network.kind]
    assert set(told) <= set(_base.REACH)


@of("facebook")
def test_a_post_that_was_never_shared_was_shared_by_nobody(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    assert made.reach(receipt) == {"reactions": 0, "comments": 0, "shares": 0}


@of("x", "mastodon", "bluesky")
def test_a_post_that_is_gone_reaches_nobody_that_we_know_of(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    network.fake.delete(receipt.remote_id)
    assert made.reach(receipt) == {}


@of(*COUNTED)
def test_a_figure_that_is_no_number_is_left_out(network: Network) -> None:
    made = network.channel()
    receipt, _ = network.sent(made)
    nonsense = {
        "x": {"data": {"id": receipt.remote_id, "public_metrics": {"like_count": "many"}}},
        "mastodon": {"id": receipt.remote_id, "favourites_count": -1, "reblogs_count": True},
        "bluesky": {"posts": []},
        "facebook": {"id": receipt.remote_id, "reactions": [], "shares": {"count": None}},
    }
    network.fake.faults.append(Answer(200, nonsense[network.kind]))
    assert made.reach(receipt) == {}


def test_a_kind_that_cannot_look_says_nothing(tmp_path: Path) -> None:
    options = SlackChannel.Options.model_validate({"name": "s", "kind": "slack", "locale": "it"})
    made = SlackChannel(options, {}, tmp_path)
    assert made.look(Receipt("1")) == Seen()
    assert made.seen(Receipt("1")) is None
    assert not made.searches
    assert made.search(Receipt("1"), "x") == Found()
    assert not made.counts
    assert made.reach(Receipt("1")) == {}


def test_the_log_is_read_by_anybody(tmp_path: Path) -> None:
    made = LogChannel(ChannelOptions(name="log", kind="log", locale="it"), {}, tmp_path)
    receipt = made.publish(SENT, made.compose(SENT))
    assert made.look(receipt) == Seen(reader=True)


@pytest.mark.parametrize(
    ("reader", "account", "visible"),
    [
        (True, None, True),
        (False, None, False),
        (None, True, True),
        (None, False, False),
        (False, True, False),
        (True, False, False),
        (None, None, None),
    ],
)
def test_a_stranger_counts_for_more_than_the_account(
    reader: bool | None, account: bool | None, visible: bool | None
) -> None:
    assert Seen(reader, account).visible is visible
