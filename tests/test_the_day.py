"""The real day from end to end, on both databases: page, feeds, v2 API and the thread on X.

The expected files are in `tests/golden/day`; AVVISO_WRITE_GOLDEN=1 writes them anew, to be read
by a person before they are committed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from incidents import actions, queries
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Delivery
from incidents.status import DeliveryState
from incidents.texts import TextLibrary
from publishers.channels import log, x
from publishers.channels._base import ChannelOptions
from publishers.targets.directory import Target
from statuspage import demo
from statuspage.demo.stage import StandingClock, post_all
from statuspage.site import Site
from statuspage.worker import Worker
from tests.conftest import TEMPLATES, service
from tests.fakes.x_api import FakeX

GOLDEN = Path(__file__).parent / "golden" / "day"
PAGES = (
    "index.html",
    "en/index.html",
    "answers/index.html",
    "feed.rss",
    "feed.atom",
    "feed.json",
    "api/v2/summary.json",
    "api/v2/incidents.json",
    "api/v2/scheduled-maintenances.json",
)


@dataclass
class Lived:
    """The day as it was lived: the desk, the account, and the documents at chosen moments."""

    desk: Desk
    account: FakeX
    shots: dict[str, dict[str, str]]

    def thread(self) -> str:
        """The account's posts as a reader sees them, each with what it replies to."""
        numbers = {tweet.id: number for number, tweet in enumerate(self.account.tweets, 1)}
        return "\n\n".join(
            f"[{number}]{f' in reply to [{numbers[tweet.reply_to]}]' if tweet.reply_to else ''}\n"
            f"{tweet.text}"
            for number, tweet in enumerate(self.account.tweets, 1)
        )


def _x(fake: FakeX, folder: Path) -> x.Channel:
    options = x.Channel.Options.model_validate(
        {"name": "x", "kind": "x", "locale": "it", "base_url": fake.url}
    )
    return x.Channel(options, fake.secrets, folder)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(
    request: pytest.FixtureRequest, library: TextLibrary, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lived]:
    """The day is lived once on each database; the tests only look at it."""
    tmp_path = tmp_path_factory.mktemp("day")
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'avviso.db'}"
    else:
        url = request.getfixturevalue("new_postgres")("the_day")
    db = Database(url)
    db.migrate()
    day = demo.load_day()
    ids = demo.seeded_ids("day")
    page = actions.set_up(db, day.begins, ids)
    desk = Desk(db, service(page), library, ("x", "log"), new_id=ids)
    target = Target(tmp_path / "page")
    site = Site(db, desk.service, library, TEMPLATES, {"page": target}, {"x": "x", "log": "log"})
    said = log.Channel(ChannelOptions(name="log", kind="log", locale="en"), {}, tmp_path)
    shots: dict[str, dict[str, str]] = {}
    with FakeX() as fake:
        clock = StandingClock(day)
        worker = Worker(desk, site, {"x": _x(fake, tmp_path), "log": said}, clock)
        demo.open_the_page(desk, day)
        for step in day.steps:
            actions.catch_up(desk, step.at)
            outcome = demo.play(desk, step)
            assert site.refresh(step.at, outcome.event) == []
            post_all(worker, step)
            moment = step.at.astimezone(day.zone).strftime("%d-%H%M")
            site.refresh(clock.now())
            shots[moment] = _shot(target.root)
        yield Lived(desk, fake, shots)
    db.close()


def _shot(root: Path) -> dict[str, str]:
    return {name: _plain(name, (root / name).read_text(encoding="utf-8")) for name in PAGES}


def _plain(name: str, text: str) -> str:
    """JSON as people read it; pages without their stylesheet, which is not what is tested."""
    if name.endswith(".json"):
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"
    return re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("AVVISO_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} is not as it was read and approved"


def test_the_day_gives_the_expected_page_feeds_api_and_thread(lived: Lived) -> None:
    compare("x-thread.txt", lived.thread() + "\n")
    for moment in ("08-1426", "12-1557", "16-0918"):
        for name in PAGES:
            compare(f"{moment}/{name}", lived.shots[moment][name])


def test_every_delivery_was_sent_once_and_seen(lived: Lived) -> None:
    with lived.desk.db.read() as session:
        rows: list[Delivery] = queries.deliveries(session, limit=1000)
    assert {row.state for row in rows} == {DeliveryState.VERIFIED}
    assert len(lived.account.tweets) == len([row for row in rows if row.channel == "x"])
    assert len({row.remote_id for row in rows if row.channel == "x"}) == len(lived.account.tweets)


def test_each_incident_is_one_thread(lived: Lived) -> None:
    threads: dict[str, list[str]] = {}
    by_remote = {}
    with lived.desk.db.read() as session:
        for row in queries.deliveries(session, channel="x", limit=1000):
            by_remote[row.remote_id] = row.thread
    for tweet in lived.account.tweets:
        threads.setdefault(by_remote[tweet.id], []).append(tweet.id)
    replies = {tweet.id: tweet.reply_to for tweet in lived.account.tweets}
    for posts in threads.values():
        assert replies[posts[0]] is None
        for number, post in enumerate(posts[1:], 1):
            assert replies[post] in posts[:number]


def test_nothing_fell_back_and_nothing_is_too_long(lived: Lived) -> None:
    with lived.desk.db.read() as session:
        rows = queries.deliveries(session, limit=1000)
    assert [row.text for row in rows if row.fallback] == []


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("30-1000", "Avvio del Cashback: possibili rallentamenti"),
        ("07-2149", "Primo avviso dopo 9 minuti"),
        ("08-1426", "14.000"),
        ("08-1426", "una persona può averne più d&#39;uno"),
        ("08-1426", "non lo sappiamo ancora"),
        ("08-1426", "gli acquisti contano dalle 00:01 di mercoledì 9 dicembre 2020"),
        ("09-0855", "Verifica dell&#39;e-mail non disponibile"),
        ("16-0918", "Nessun problema segnalato"),
    ],
)
def test_the_home_page_says_what_matters_at_that_hour(lived: Lived, moment: str, says: str) -> None:
    assert says in lived.shots[moment]["index.html"]


def test_the_correction_is_visible_everywhere(lived: Lived) -> None:
    shot = lived.shots["12-1557"]
    assert "visualizzate" in shot["index.html"]
    assert "visualizzate" in shot["feed.json"]
    assert any("Correzione: " in tweet.text for tweet in lived.account.tweets)
