"""The lists' process: who is told what, and what becomes of whoever cannot be."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from incidents import actions, subscribers
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Delivery
from incidents.status import ChannelState, DeliveryState, ListMode
from incidents.subscribers import Retention, Round, SubscriberState
from publishers.channels._base import ChannelBroken, Post, TryLater
from publishers.lists._base import (
    Carried,
    Carrier,
    Gone,
    Later,
    Letter,
    News,
    Outcome,
    Refused,
    Taken,
)
from statuspage.clock import Clock
from statuspage.letters import Writer
from statuspage.lists import Lists
from statuspage.subscriber_links import Purpose, read_token
from tests.conftest import NOON
from tests.incidents.builders import declared, resolved
from tests.incidents.subscribers.builders import all_of, asked, many, subscribed

KEY = "k" * 40
EMAIL = ListMode.EMAIL


class Recording(Carrier):
    """Takes letters into a list, and answers as it was told to."""

    def __init__(self) -> None:
        self.taken: list[Letter] = []
        self.answers: dict[str, Outcome] = {}
        self.stop: TryLater | ChannelBroken | None = None
        self.stops_after = 0
        self.before: Callable[[], None] = lambda: None

    def carry(self, letters: Sequence[Letter]) -> Carried:
        self.before()
        if self.stop is not None and len(self.taken) >= self.stops_after:
            return Carried([Later("not even tried")] * len(letters), self.stop)
        self.taken += letters
        return Carried([self.answers.get(letter.address, Taken()) for letter in letters])

    def preview(self, news: News, locale: str) -> Post:
        text = news.texts[locale].headline
        return Post(text=text, length=len(text), limit=1000)

    def check(self) -> str:
        return "here"

    @property
    def addresses(self) -> list[str]:
        return [letter.address for letter in self.taken]


class Several(Recording):
    """The same, several batches at a time."""

    AT_ONCE: ClassVar[int] = 5


class ATime(Clock):
    """Stands still where it was put."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON + timedelta(seconds=11)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def desk(make_desk: Callable[..., Desk], db: Database) -> Desk:
    return make_desk(db, ("x", "email", "webhook", "push"))


def lists_of(desk: Desk, made: type[Recording] = Recording, mode: ListMode = EMAIL) -> Lists:
    writer = Writer(desk, [KEY], timedelta(hours=48), timedelta(hours=24))
    return Lists(desk, ATime(), writer, {mode: made}, Retention())


def rounds_of(lists: Lists, mode: ListMode = EMAIL) -> Recording:
    carrier = lists.rounds[mode]
    assert isinstance(carrier, Recording)
    return carrier


def letters_of(lists: Lists, mode: ListMode = EMAIL) -> Recording:
    carrier = lists.letters[mode]
    assert isinstance(carrier, Recording)
    return carrier


def later(lists: Lists, by: timedelta) -> None:
    assert isinstance(lists.clock, ATime)
    lists.clock.at += by


def delivery_of(desk: Desk, channel: str = "email") -> Delivery:
    with desk.db.read() as session:
        query = select(Delivery).where(Delivery.channel == channel).order_by(Delivery.id.desc())
        return session.scalars(query).first() or Delivery()


def counted(desk: Desk) -> tuple[int, int, int]:
    with desk.db.read() as session:
        row = session.scalars(select(Round)).one()
        return row.total, row.sent, row.failed


def test_all_are_told_and_the_delivery_is_sent(desk: Desk) -> None:
    many(desk, 150)
    declared(desk)
    lists = lists_of(desk)
    assert lists.walk_next(EMAIL)
    assert Counter(rounds_of(lists).addresses) == {f"s{n}@example.org": 1 for n in range(1, 151)}
    row = delivery_of(desk)
    assert (row.state, row.text) == (DeliveryState.SENT, "Guasto")
    assert counted(desk) == (150, 150, 0)
    assert not lists.walk_next(EMAIL)


def test_a_letter_speaks_its_readers_language_and_its_links_are_theirs_alone(desk: Desk) -> None:
    subscribed(desk, "anna@example.org")
    row = subscribed(desk, "ben@example.org", locale="en")
    declared(desk)
    lists = lists_of(desk)
    lists.walk_next(EMAIL)
    _, letter = rounds_of(lists).taken
    assert letter.locale == "en"
    assert letter.news is not None
    assert letter.news.statuses["en"] == "Looking into it"
    assert letter.news.first
    assert letter.key.startswith(f"{letter.news.key}.")
    start = "https://stato.example.it/en/subscriptions/unsubscribe/"
    assert letter.links.unsubscribe.startswith(start)
    token = letter.links.unsubscribe.removeprefix(start)
    read = read_token([KEY], Purpose.UNSUBSCRIBE, token, NOON + timedelta(days=4000))
    assert read is not None
    assert (read.mode, read.subject) == (EMAIL, row.address_key)
    assert letter.links.manage == "https://stato.example.it/en/subscribe/"


def test_a_relay_that_is_away_is_waited_for_and_nobody_is_missed_or_told_twice(desk: Desk) -> None:
    many(desk, 250)
    declared(desk)
    lists = lists_of(desk)
    carrier = rounds_of(lists)
    carrier.stop, carrier.stops_after = TryLater("the relay is away"), 100
    lists.walk_next(EMAIL)
    row = delivery_of(desk)
    assert (row.state, row.error) == (DeliveryState.PENDING, "the relay is away")
    assert not lists.walk_next(EMAIL)  # not before its time
    carrier.stop = None
    later(lists, timedelta(minutes=10))
    assert lists.walk_next(EMAIL)
    assert delivery_of(desk).state is DeliveryState.SENT
    lists.write_next(EMAIL)  # those who were in the batch that was not even tried
    both = carrier.addresses + letters_of(lists).addresses
    assert Counter(both) == {f"s{n}@example.org": 1 for n in range(1, 251)}
    assert counted(desk) == (250, 250, 0)


def test_a_broken_list_stops_and_goes_on_when_it_is_mended(desk: Desk) -> None:
    many(desk, 3)
    declared(desk)
    lists = lists_of(desk)
    carrier = rounds_of(lists)
    carrier.stop = ChannelBroken("the relay refuses the password")
    lists.walk_next(EMAIL)
    with desk.db.read() as session:
        from incidents.models import Channel

        state = session.get_one(Channel, "email")
        assert (state.state, state.why) == (ChannelState.BROKEN, "the relay refuses the password")
    later(lists, timedelta(minutes=1))
    assert not lists.walk_next(EMAIL)
    assert not lists.write_next(EMAIL)
    carrier.stop = None
    actions.resume_channel(desk, "ada", lists.clock.now(), "email")
    lists.walk_next(EMAIL)
    later(lists, timedelta(minutes=1))
    lists.write_next(EMAIL)
    assert len(letters_of(lists).taken) == 3


@pytest.mark.parametrize("outcome", [Later("450 busy"), Refused("too big"), Gone("no such user")])
def test_what_becomes_of_one_costs_no_other(desk: Desk, outcome: Outcome) -> None:
    many(desk, 3)
    declared(desk)
    lists = lists_of(desk)
    rounds_of(lists).answers["s2@example.org"] = outcome
    lists.walk_next(EMAIL)
    assert delivery_of(desk).state is DeliveryState.SENT
    states = [row.state for row in all_of(desk)]
    gone = isinstance(outcome, Gone)
    expected = SubscriberState.QUARANTINED if gone else SubscriberState.ACTIVE
    assert states == [SubscriberState.ACTIVE, expected, SubscriberState.ACTIVE]
    assert counted(desk) == (3, 2, 0 if isinstance(outcome, Later) else 1)
    later(lists, timedelta(minutes=1))
    lists.write_next(EMAIL)
    again = ["s2@example.org"] if isinstance(outcome, Later) else []
    assert letters_of(lists).addresses == again


def test_a_letter_that_goes_again_is_the_same_letter(desk: Desk) -> None:
    many(desk, 1)
    declared(desk)
    lists = lists_of(desk)
    rounds_of(lists).answers["s1@example.org"] = Later("450 busy")
    lists.walk_next(EMAIL)
    later(lists, timedelta(minutes=1))
    lists.write_next(EMAIL)
    assert letters_of(lists).taken == rounds_of(lists).taken


def test_a_browser_that_is_gone_is_forgotten(desk: Desk) -> None:
    many(desk, 2, ListMode.PUSH)
    declared(desk)
    lists = lists_of(desk, mode=ListMode.PUSH)
    rounds_of(lists, ListMode.PUSH).answers["https://s1.example.org/"] = Gone("410")
    lists.walk_next(ListMode.PUSH)
    assert [row.address for row in all_of(desk)] == ["https://s2.example.org/"]


def test_a_webhook_that_fails_for_a_day_is_stopped_and_its_owner_is_told(desk: Desk) -> None:
    many(desk, 1, ListMode.WEBHOOK)
    declared(desk)
    lists = lists_of(desk, mode=ListMode.WEBHOOK)
    hook = "https://s1.example.org/"
    rounds_of(lists, ListMode.WEBHOOK).answers[hook] = Later("answers 500")
    letters_of(lists, ListMode.WEBHOOK).answers[hook] = Later("answers 500")
    lists.walk_next(ListMode.WEBHOOK)
    for _ in range(60):
        later(lists, timedelta(minutes=45))
        lists.write_next(ListMode.WEBHOOK)
    (row,) = all_of(desk)
    assert (row.state, row.why) == (SubscriberState.QUARANTINED, "answers 500")
    tries = len(letters_of(lists, ListMode.WEBHOOK).taken)
    assert 10 < tries < 40
    mail = lists_of(desk)
    later(mail, timedelta(days=3))
    mail.write_next(EMAIL)
    (note,) = letters_of(mail).taken
    assert (note.about, note.address, note.subject) == ("stopped", "hook@example.org", hook)


def test_programs_are_told_of_each_components_change(desk: Desk) -> None:
    many(desk, 1, ListMode.WEBHOOK)
    declared(desk)
    lists = lists_of(desk, mode=ListMode.WEBHOOK)
    _all_done(lambda: lists.walk_next(ListMode.WEBHOOK))
    told = [letter.news for letter in rounds_of(lists, ListMode.WEBHOOK).taken]
    assert [news.entry != "" for news in told if news] == [True, False]


def test_several_batches_at_a_time_tell_everybody_once(desk: Desk) -> None:
    many(desk, 1130)
    declared(desk)
    lists = lists_of(desk, Several)
    lists.walk_next(EMAIL)
    assert Counter(rounds_of(lists).addresses) == {f"s{n}@example.org": 1 for n in range(1, 1131)}
    assert counted(desk) == (1130, 1130, 0)


def test_a_paused_list_stops_on_the_way(desk: Desk) -> None:
    many(desk, 250)
    declared(desk)
    lists = lists_of(desk)
    carrier = rounds_of(lists)
    carrier.before = lambda: _pause(lists)
    lists.walk_next(EMAIL)
    assert len(carrier.taken) == 100
    carrier.before = lambda: None
    later(lists, timedelta(minutes=1))
    assert not lists.walk_next(EMAIL)
    actions.resume_channel(desk, "ada", lists.clock.now(), "email")
    lists.walk_next(EMAIL)
    assert len(set(carrier.addresses)) == len(carrier.taken) == 250


def _all_done(work: Callable[[], bool]) -> None:
    assert any(not work() for _ in range(20))


def _pause(lists: Lists) -> None:
    actions.pause_channel(lists.desk, "ada", lists.clock.now(), "email", "too loud")


def test_old_news_is_not_told_to_the_rest_of_a_list(desk: Desk) -> None:
    many(desk, 250)
    incident = declared(desk).incident_id
    lists = lists_of(desk)
    carrier = rounds_of(lists)
    carrier.stop, carrier.stops_after = TryLater("away"), 100
    lists.walk_next(EMAIL)
    carrier.stop = None
    later(lists, timedelta(minutes=30))
    resolved(desk, incident, lists.clock.now())
    later(lists, timedelta(seconds=11))
    _all_done(lambda: lists.walk_next(EMAIL))
    _all_done(lambda: lists.write_next(EMAIL))
    told = [letter.news for letter in carrier.taken + letters_of(lists).taken]
    headlines = Counter(news.texts["it"].headline for news in told if news)
    assert headlines == {"Guasto": 100, "Fatto": 250}


def test_a_link_that_somebody_waits_for_stands_behind_no_round(desk: Desk) -> None:
    many(desk, 3)
    declared(desk)
    lists = lists_of(desk)
    inside, go_on, written = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        inside.set()
        go_on.wait(30)

    rounds_of(lists).before = hang
    letters_of(lists).before = written.set
    lists.start()
    try:
        assert inside.wait(30)
        asked(desk, "new@example.org", now=lists.clock.now())
        assert written.wait(30)
    finally:
        go_on.set()
        lists.stop()
    (letter,) = letters_of(lists).taken
    assert (letter.about, letter.address) == ("confirm", "new@example.org")
    start = "https://stato.example.it/subscriptions/confirm/"
    token = letter.links.confirm.removeprefix(start)
    read = read_token([KEY], Purpose.CONFIRM, token, NOON)
    assert read is not None
    subscribers.confirm(desk, read.subject, NOON)
    assert all_of(desk)[-1].state is SubscriberState.ACTIVE
