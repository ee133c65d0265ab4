"""What the worker sees of a post after it was read back: driven through tweepy against a fake X."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from incidents import queries
from incidents.actions import Desk
from incidents.sightings import Sighting
from publishers.channels.x import Channel
from tests.conftest import NOON
from tests.fakes._service import Answer, Fault
from tests.fakes.x_api import NOT_ENROLLED, RATE_LIMITED
from tests.incidents.builders import HOUR, MINUTE, declared
from tests.statuspage._worker import GATE, SECOND, Scene, staged, x_channel

DAY = 24 * HOUR
SENT = NOON + GATE


@pytest.fixture
def scene(desk: Desk, tmp_path: Path) -> Iterator[Scene]:
    with staged(desk, tmp_path) as made:
        yield made


@pytest.fixture
def posted(scene: Scene) -> Scene:
    """A post on X with a hashtag, which a stranger is asked for, too."""
    first = x_channel(scene.x, scene.folder)
    own = {**first.options.model_dump(), "reader_url": scene.x.url, "hashtags": ("IO",)}
    scene.publishers["x"] = Channel(Channel.Options(**own), scene.x.secrets, scene.folder)
    declared(scene.desk, texts=_words("Guasto #IO nel Portafoglio"))
    scene.pass_time(SENT)
    scene.pass_time(SENT + 20 * SECOND)
    return scene


def _words(short: str) -> Mapping[str, Any]:
    said = {"headline": short, "short": short, "body": short}
    return {"it": said, "en": said}


def sighting(scene: Scene) -> Sighting:
    with scene.desk.db.read() as session:
        return session.scalars(select(Sighting).where(Sighting.channel == "x")).one()


def state(scene: Scene) -> str:
    return next(str(row.state) for row in scene.deliveries() if row.channel == "x")


def test_seen_by_a_stranger_found_and_counted(posted: Scene) -> None:
    assert state(posted) == "verified"
    row = sighting(posted)
    assert (row.reader, row.account, row.search) == (True, True, None)
    posted.pass_time(SENT + MINUTE)
    row = sighting(posted)
    assert (row.search, row.hashtags, row.reach) == (True, {"IO": True}, {})
    posted.x.tweets[0].figures = {"impression_count": 1200}
    posted.pass_time(SENT + HOUR)
    assert sighting(posted).reach["views"] == 1200
    posted.x.tweets[0].figures = {"impression_count": 5000}
    posted.pass_time(SENT + DAY)
    assert sighting(posted).reach["views"] == 5000
    asked = len(posted.x.requests)
    posted.pass_time(SENT + 3 * DAY)
    assert len(posted.x.requests) == asked, "no more after a day"


def test_a_post_that_x_hides_from_its_search_is_told(posted: Scene) -> None:
    posted.x.unindexed.add(posted.x.tweets[0].id)
    for at in (MINUTE, 10 * MINUTE):
        posted.pass_time(SENT + at)
        assert sighting(posted).unseen_since is None
    posted.pass_time(SENT + HOUR)
    row = sighting(posted)
    assert row.unseen_since == SENT + HOUR
    assert (row.reader, row.search, row.hashtags) == (True, False, {"IO": False})


def test_a_post_that_x_deletes_is_told(posted: Scene) -> None:
    posted.x.delete(posted.x.tweets[0].id)
    posted.pass_time(SENT + HOUR)
    assert sighting(posted).unseen_since == SENT + HOUR
    assert state(posted) == "sent"


@pytest.mark.parametrize(
    "fault", [Answer(401), Answer(403, NOT_ENROLLED), Answer(429, RATE_LIMITED), Answer(500)]
)
def test_a_network_that_refuses_to_be_searched_hides_nothing(posted: Scene, fault: Fault) -> None:
    posted.x.always = fault
    for at in (MINUTE, 10 * MINUTE, HOUR, DAY):
        posted.pass_time(SENT + at)
    row = sighting(posted)
    assert (row.search, row.hashtags, row.reach, row.unseen_since) == (None, {}, {}, None)
    assert row.reader is True, "what was known before"
    assert "search: " in row.why
    assert state(posted) == "verified"
    with posted.desk.db.read() as session:
        assert queries.channel_states(session) == {}, "the channel is not broken by it"


def test_a_fault_of_the_channel_itself_is_contained(
    posted: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(*_: object) -> None:
        raise RuntimeError("a fault in searching")

    monkeypatch.setattr(Channel, "search", search)
    posted.pass_time(SENT + HOUR)
    row = sighting(posted)
    assert row.why == "search: a fault of this channel (RuntimeError)"
    assert row.reach, "the rest was told"
