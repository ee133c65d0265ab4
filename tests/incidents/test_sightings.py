"""What is kept of looks at posts that are out: when they are made, what counts, what does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from incidents import outbox
from incidents.actions import Desk
from incidents.models import Delivery
from incidents.outbox import Followed, Following, Sent, Sight
from incidents.sightings import Sighting
from incidents.status import Certainty
from tests.conftest import NOON
from tests.incidents.builders import HOUR, MINUTE, declared, updated

SECOND = timedelta(seconds=1)
OUT = NOON + MINUTE
"""When the post is sent."""
SEEN = Sight(reader=True, follows=True)
DAY = 24 * HOUR


def posted(desk: Desk, at: datetime = OUT, sight: Sight = SEEN, remote_id: str = "7") -> int:
    """A post on x that is out and was looked at once; answers its delivery."""
    declared(desk)
    claimed = outbox.claim(desk.db, "x", "w1", at, Certainty.READABLE)
    assert claimed is not None
    receipt = Sent(remote_id, f"https://x.test/{remote_id}")
    outbox.settle_sent(
        desk.db, claimed, at, receipt, "Testo", standalone=False, fallback=False, verify=True
    )
    look(desk, at + outbox.VERIFY_AFTER, sight)
    return claimed.id


def look(desk: Desk, at: datetime, sight: Sight) -> None:
    (due,) = outbox.due_looks(desk.db, "x", "w1", at)
    outbox.settle_seen(desk.db, due, at, sight)


def follow(desk: Desk, at: datetime, found: Followed | None = None) -> Following | None:
    """Look on, if that is due, and find this."""
    due = outbox.due_following(desk.db, "x", at)
    if due is not None and found is not None:
        outbox.settle_following(desk.db, due, at, found)
    return due


def sighting(desk: Desk, delivery: int) -> Sighting | None:
    with desk.db.read() as session:
        return session.get(Sighting, delivery)


def kept(desk: Desk, delivery: int) -> Sighting:
    row = sighting(desk, delivery)
    assert row is not None
    return row


def state(desk: Desk, delivery: int) -> tuple[str, str | None]:
    with desk.db.read() as session:
        row = session.get_one(Delivery, delivery)
        return str(row.state), row.error


ALL = Followed(search=True, hashtags={"IO": True}, searched=True)
NOTHING = Followed(search=False, hashtags={"IO": False}, searched=True)


def test_looks_follow_after_a_minute_ten_minutes_an_hour_and_a_day(desk: Desk) -> None:
    posted(desk)
    made = []
    now = OUT
    while now < OUT + 3 * DAY:
        due = follow(desk, now, NOTHING)
        if due is not None:
            made.append((now - OUT, due.looks, due.searches, due.counts))
        now += MINUTE
    assert made == [
        (MINUTE, False, True, False),
        (10 * MINUTE, False, True, False),
        (HOUR, True, True, True),
        (DAY, True, True, True),
    ]


def test_what_was_found_is_not_searched_for_again(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + MINUTE, Followed(search=True, hashtags={"IO": False}, searched=True))
    due = follow(
        desk, OUT + 10 * MINUTE, Followed(search=False, hashtags={"IO": True}, searched=True)
    )
    assert due is not None
    assert due.searches, "one hashtag was missing"
    assert (kept(desk, delivery).search, kept(desk, delivery).hashtags) == (True, {"IO": True})
    due = follow(desk, OUT + HOUR)
    assert due is not None
    assert not due.searches


def test_after_an_outage_it_is_looked_at_once(desk: Desk) -> None:
    posted(desk)
    assert follow(desk, OUT + 2 * DAY, ALL) is not None
    assert follow(desk, OUT + 3 * DAY) is None


def test_a_search_that_finds_nothing_in_its_first_hour_proves_nothing(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + MINUTE, NOTHING)
    follow(desk, OUT + 10 * MINUTE, NOTHING)
    assert kept(desk, delivery).unseen_since is None
    follow(desk, OUT + HOUR, NOTHING)
    row = kept(desk, delivery)
    assert row.unseen_since == OUT + HOUR
    assert row.is_missed
    assert row.missed_hashtags == ["IO"]
    assert state(desk, delivery)[0] == "verified", "a reader sees it"


def test_a_hashtag_alone_that_misses_is_told(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + HOUR, Followed(search=True, hashtags={"IO": False}, searched=True))
    assert kept(desk, delivery).unseen_since is not None


def test_found_after_all_is_no_trouble_any_more(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + HOUR, NOTHING)
    follow(desk, OUT + DAY, ALL)
    assert kept(desk, delivery).unseen_since is None


def test_what_the_network_did_not_allow_is_unknown_and_never_unseen(desk: Desk) -> None:
    delivery = posted(desk)
    refused = Followed(why="search: X limits us", retry_after=30 * MINUTE)
    follow(desk, OUT + MINUTE, refused)
    row = kept(desk, delivery)
    assert (row.search, row.hashtags, row.unseen_since) == (None, {}, None)
    assert row.why == "search: X limits us"
    assert follow(desk, OUT + 11 * MINUTE) is None, "no sooner than the network asked for"
    assert follow(desk, OUT + 31 * MINUTE, refused) is not None
    follow(desk, OUT + 2 * HOUR, refused)
    follow(desk, OUT + 2 * DAY, refused)
    row = kept(desk, delivery)
    assert (row.search, row.unseen_since, row.due_at) == (None, None, None)
    assert state(desk, delivery)[0] == "verified"


def test_what_was_known_stays_known_when_the_network_refuses(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + HOUR, NOTHING)
    follow(desk, OUT + DAY, Followed(why="search: no"))
    row = kept(desk, delivery)
    assert (row.search, row.unseen_since) == (False, OUT + HOUR)


def test_not_seen_counts_with_the_third_look(desk: Desk) -> None:
    hidden = Sight(reader=False, account=True, follows=True)
    delivery = posted(desk, sight=hidden)
    assert kept(desk, delivery).unseen_since is None
    look(desk, OUT + 40 * SECOND, hidden)
    assert kept(desk, delivery).unseen_since is None
    follow(desk, OUT + MINUTE, Followed(sight=hidden))
    assert kept(desk, delivery).unseen_since is None
    look(desk, OUT + 115 * SECOND, hidden)
    assert kept(desk, delivery).unseen_since == OUT + 115 * SECOND
    assert state(desk, delivery) == ("sent", "sent, but a reader does not see it")


def test_a_post_that_is_not_seen_is_looked_at_again_and_may_be_seen_later(desk: Desk) -> None:
    delivery = posted(desk, sight=Sight(reader=False, follows=True))
    for at in (40 * SECOND, 115 * SECOND):
        look(desk, OUT + at, Sight(reader=False, follows=True))
    due = follow(desk, OUT + 2 * MINUTE, Followed(sight=SEEN))
    assert due is not None
    assert due.looks
    assert state(desk, delivery) == ("verified", None)
    assert kept(desk, delivery).unseen_since is None


def test_a_post_that_vanishes_later_is_told(desk: Desk) -> None:
    delivery = posted(desk)
    assert state(desk, delivery) == ("verified", None)
    follow(desk, OUT + HOUR, Followed(sight=Sight(reader=False)))
    assert state(desk, delivery) == (
        "sent",
        "it was seen, but a reader does not see it any more",
    )
    assert kept(desk, delivery).unseen_since == OUT + HOUR


def test_a_look_that_nobody_could_make_keeps_nothing(desk: Desk) -> None:
    delivery = posted(desk, sight=Sight())
    assert sighting(desk, delivery) is None
    assert state(desk, delivery)[0] == "sent"


def test_figures_are_kept_with_when_they_were_told(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + HOUR, Followed(reach={"views": 12}))
    row = kept(desk, delivery)
    assert (row.reach, row.reach_at) == ({"views": 12}, OUT + HOUR)
    follow(desk, OUT + DAY, Followed(why="reach: no"))
    row = kept(desk, delivery)
    assert (row.reach, row.reach_at) == ({"views": 12}, OUT + HOUR), "as of then"


def test_a_post_that_was_edited_since_is_looked_at_as_what_it_says_now(desk: Desk) -> None:
    delivery = posted(desk)
    follow(desk, OUT + HOUR, NOTHING)
    with desk.db.claim() as session:
        first = session.get_one(Delivery, delivery)
        thread = first.thread
    updated(desk, thread, OUT + HOUR)
    claimed = outbox.claim(desk.db, "x", "w1", OUT + HOUR + MINUTE, Certainty.READABLE)
    assert claimed is not None
    outbox.settle_sent(
        desk.db,
        claimed,
        OUT + HOUR + MINUTE,
        Sent("7", None),
        "Altro",
        standalone=False,
        fallback=False,
        verify=True,
    )
    assert follow(desk, OUT + DAY) is None
    row = kept(desk, delivery)
    assert (row.due_at, row.unseen_since) == (None, None)


def test_the_worker_wakes_for_the_next_look(desk: Desk) -> None:
    posted(desk)
    with desk.db.read() as session:
        assert outbox.next_due(session, ["x"], OUT + 30 * SECOND) == OUT + MINUTE


def test_a_post_that_was_found_is_looked_at_as_well(desk: Desk) -> None:
    declared(desk)
    claimed = outbox.claim(desk.db, "x", "w1", OUT, Certainty.READABLE)
    assert claimed is not None
    outbox.settle_unknown(desk.db, claimed, OUT, "time-out", Certainty.READABLE)
    (due,) = outbox.due_looks(desk.db, "x", "w1", OUT)
    outbox.settle_found(desk.db, due, OUT, Sent("7", None), "Testo")
    look(desk, OUT + outbox.VERIFY_AFTER, SEEN)
    assert state(desk, claimed.id)[0] == "verified"
    assert kept(desk, claimed.id).reader is True


@pytest.mark.parametrize("channel", ["log", "y"])
def test_another_channel_is_not_looked_at(desk: Desk, channel: str) -> None:
    posted(desk)
    assert outbox.due_following(desk.db, channel, OUT + DAY) is None
