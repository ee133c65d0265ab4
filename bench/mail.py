"""Letters to a hundred thousand subscribers: how fast, what waits meanwhile, what a crash costs.

The lists run under `avviso worker` in processes of their own, as on a server; the relay is
`smtp-sink`. Publications that are timed meanwhile are of a kind that no subscriber asked for.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table
from sqlalchemy import insert, select

from bench import _place as place
from bench._figures import number, table
from bench._sink import NoSink, letters_in, sink
from incidents import actions, subscribers
from incidents.models import Delivery
from incidents.status import DeliveryState, Impact, IncidentKind, ListMode, PublicationKind, Status
from incidents.subscribers import Round, Subscriber, SubscriberState
from incidents.view import PublicText
from publishers.lists._base import Letter, Links, News
from publishers.lists.email import EmailOptions, List
from statuspage.house import House, open_house
from statuspage.settings import load_settings

ALL = 100_000
MEANWHILE = 40_000
KILLED = 20_000
ALONE = 10_000
TIMES = 20
_WARM_UP = 3
_EVERY = 0.25
_DATABASES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "SQLite": place.sqlite,
    "PostgreSQL": place.postgresql,
}
_SETTINGS = """
[service]
name = {{ it = "App dei servizi pubblici", en = "Public services app" }}
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[data]
path = "."

[email]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Comune di Esempio <stato@example.it>"
bounces = "bounces@example.it"

[[channels]]
name = "prova"
kind = "log"
locale = "it"
"""


def measure() -> Iterator[Table]:
    """The carrier alone, whole rounds on each database, and rounds whose process is killed."""
    try:
        yield _alone()
        yield from _rounds()
        yield _meanwhile()
        yield _kills()
    except NoSink as problem:
        shown = table("Letters", "not measured")
        shown.add_row(str(problem))
        yield shown


# The carrier alone


def _alone() -> Table:
    shown = table("The carrier alone, batches of 100", "connections", "letters/s", "CPU, µs each")
    for connections in (1, 4):
        with sink() as port:
            options = EmailOptions(
                "127.0.0.1",
                "Comune di Esempio <stato@example.it>",
                port=port,
                security="none",
                bounces="bounces@example.it",
                connections=connections,
            )
            with place.sqlite() as url:
                mails = List(options, place.open_desk(url).service, lambda _: "t" * 40)
            began, used = time.perf_counter(), time.process_time()
            for first in range(0, ALONE, 100):
                outcome = mails.carry([_letter(each) for each in range(first, first + 100)])
                if outcome.stopped:
                    raise RuntimeError(str(outcome.stopped))
            seconds, used = time.perf_counter() - began, time.process_time() - used
            mails.close()
            shown.add_row(str(connections), number(ALONE / seconds), number(used / ALONE * 1e6))
    return shown


_NEWS = News(
    key="publication",
    entry="incident",
    kind=PublicationKind.UPDATE,
    entry_kind=IncidentKind.INCIDENT,
    first=False,
    status=Status.IDENTIFIED,
    impact=Impact.MAJOR,
    at=place.START,
    next_update_by=place.START + timedelta(hours=1),
    names={"it": "Portafoglio non disponibile"},
    statuses={"it": "Causa trovata"},
    texts={
        locale: PublicText(text["headline"], text["short"], text["body"])
        for locale, text in place.words("Il Portafoglio non si apre.").items()
    },
    reasons={},
    urls={"it": "https://stato.example.it/incidents/incident/?u=2"},
    reference="#1/2",
)


def _letter(each: int) -> Letter:
    token = f"email.{each:043d}..{'m' * 24}"
    links = Links(
        manage="https://stato.example.it/subscribe/",
        unsubscribe=f"https://stato.example.it/subscriptions/unsubscribe/{token}",
    )
    return Letter(f"publication.{each:022d}", f"s{each}@example.org", "it", links, _NEWS)


# Whole rounds


@dataclass
class Watched:
    """What was seen of a round."""

    first: float = 0.0
    """Seconds from the commit until the first batch was taken."""
    seconds: float = 0.0
    """Seconds until all were."""
    memory: list[float] = field(default_factory=list)
    """The lists' process over time, in MB."""
    publishing: list[float] = field(default_factory=list)
    """Seconds of each publication meanwhile, to the page."""
    posting: list[float] = field(default_factory=list)
    """Seconds of each until its social post was out."""


def _rounds() -> Iterator[Table]:
    titles = ("first batch, s", "all, s", "letters/s", "memory, MB")
    shown = table(f"One update to {ALL:,} subscribers", "database", *titles)
    for name, database in _DATABASES.items():
        with _place(database, ALL) as (house, worker):
            seen = _watch(house, worker, publishing=False)
        shown.add_row(
            name,
            number(seen.first),
            number(seen.seconds),
            number(ALL / seen.seconds),
            f"{number(min(seen.memory))}–{number(max(seen.memory))}",
        )
    yield shown


def _meanwhile() -> Table:
    """One publication after the other while letters go out, and then alone, on the same page."""
    pages, posts = ("page alone", "meanwhile", "ratio"), ("post alone", "meanwhile ", "worst")
    titles = (*pages, *posts, "letters/s")
    shown = table("Other publications meanwhile (median, ms)", "database", *titles)
    for name, database in _DATABASES.items():
        with _place(database, MEANWHILE) as (house, worker):
            _publish_apart(house, _WARM_UP)
            seen = _watch(house, worker, publishing=True)
            page, post = zip(*_publish_apart(house, TIMES), strict=True)
        shown.add_row(
            name,
            _ms(page),
            _ms(seen.publishing),
            f"×{statistics.median(seen.publishing) / statistics.median(page):.2f}",
            _ms(post),
            _ms(seen.posting),
            number(max(seen.posting) * 1000),
            number(MEANWHILE / seen.seconds),
        )
    return shown


def _ms(seconds: Sequence[float]) -> str:
    return number(statistics.median(seconds) * 1000)


def _watch(house: House, worker: psutil.Process, *, publishing: bool) -> Watched:
    """Publish, and look on until the round is over."""
    seen = Watched()
    began = time.monotonic()
    outcome = place.declare(house.desk, datetime.now(UTC))
    house.site.refresh(datetime.now(UTC), outcome.event)
    while True:
        sent, is_done = _progress(house)
        if sent and not seen.first:
            seen.first = time.monotonic() - began
        if is_done:
            seen.seconds = time.monotonic() - began
            return seen
        lists = _lists(worker)
        if lists is not None:
            seen.memory.append(lists.memory_info().rss / 1e6)
        if sent and publishing:
            for page, post in _publish_apart(house, 1):
                seen.publishing.append(page)
                seen.posting.append(post)
        time.sleep(_EVERY)


def _progress(house: House) -> tuple[int, bool]:
    """Letters that were taken of the one round that reaches anybody, and whether it is over."""
    with house.db.read() as session:
        row = session.scalars(select(Round).where(Round.total > 0)).first()
        return (row.sent, row.done_at is not None) if row else (0, False)


def _publish_apart(house: House, times: int) -> list[tuple[float, float]]:
    """(to the page, until the post is out) of advance notices, which no subscriber asked for."""
    return [_publish_one(house) for _ in range(times)]


def _publish_one(house: House) -> tuple[float, float]:
    now = datetime.now(UTC)
    said = {
        "kind": "advance_notice",
        "name": {"it": "Rallentamenti previsti", "en": "Slowness expected"},
        "components": ["wallet"],
        "starts_at": now + timedelta(days=1),
        "ends_at": now + timedelta(days=1, hours=2),
        "texts": place.words("Il Portafoglio può essere lento."),
    }
    began = time.monotonic()
    outcome = actions.schedule(house.desk, place.OPERATOR, now, said)
    house.site.refresh(datetime.now(UTC), outcome.event)
    page = time.monotonic() - began
    while not _is_posted(house, str(outcome.incident_id)):
        time.sleep(0.005)
    posted = time.monotonic() - began
    # Called off again, lest the page grow from one to the next.
    actions.cancel(house.desk, place.OPERATOR, datetime.now(UTC), str(outcome.incident_id))
    house.site.refresh(datetime.now(UTC))
    return page, posted


def _is_posted(house: House, incident: str) -> bool:
    query = select(Delivery.state).where(Delivery.thread == incident, Delivery.channel == "prova")
    with house.db.read() as session:
        return set(session.scalars(query)) <= {DeliveryState.SENT, DeliveryState.VERIFIED}


# Killed


def _kills() -> Table:
    titles = ("letters", "missed", "repeated", "with another id")
    shown = table(f"kill -9 in a round of {KILLED:,}", "database", *titles)
    for name, database in _DATABASES.items():
        with place.folder() as dump:
            with _place(database, KILLED, dump) as (house, worker):
                _killed_once(house, worker)
            taken = letters_in(dump)
        people = {recipient for recipient, _ in taken}
        repeated = sum(taken.values()) - len(people)
        shown.add_row(
            name,
            number(sum(taken.values())),
            number(KILLED - len(people)),
            number(repeated),
            number(len(taken) - len(people)),
        )
    return shown


def _killed_once(house: House, worker: psutil.Process) -> None:
    place.declare(house.desk, datetime.now(UTC))
    was_killed = False
    while True:
        sent, is_done = _progress(house)
        if is_done:
            return
        lists = _lists(worker)
        if not was_killed and sent > KILLED // 3 and lists is not None:
            os.kill(lists.pid, signal.SIGKILL)
            was_killed = True
        time.sleep(_EVERY)


# The place


@contextmanager
def _place(
    database: Callable[[], AbstractContextManager[str]], many: int, dump: Path | None = None
) -> Iterator[tuple[House, psutil.Process]]:
    with (
        database() as url,
        place.folder() as folder,
        sink(dump) as port,
        _running(folder, url, port, many) as running,
    ):
        yield running


@contextmanager
def _running(
    folder: Path, url: str, port: int, many: int
) -> Iterator[tuple[House, psutil.Process]]:
    """A house with subscribers, whose worker runs beside it."""
    settings = folder / "avviso.toml"
    settings.write_text(_SETTINGS.format(port=port), "utf-8")
    database = {} if url.startswith("sqlite") else {"AVVISO_DATABASE_URL": url}
    env = {**os.environ, "AVVISO_SECRET_KEY": "s" * 40, **database}
    house = open_house(load_settings(settings, env), texts=place.texts())
    place.furnish(house.desk)
    _subscribe(house, many)
    command = [sys.executable, "-m", "statuspage", "--settings", str(settings), "worker"]
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        watched = psutil.Process(worker.pid)
        while _lists(watched) is None:
            time.sleep(_EVERY)
        yield house, watched
    finally:
        worker.terminate()
        worker.wait(60)
        house.close()


def _lists(worker: psutil.Process) -> psutil.Process | None:
    children = worker.children()
    return next((each for each in children if each.name() == "avviso-lists"), None)


def _subscribe(house: House, many: int) -> None:
    """Confirmed subscribers, who asked for incidents alone."""
    before = datetime.now(UTC) - timedelta(hours=1)
    with house.db.claim() as session:
        for first in range(0, many, 10_000):
            rows = [_row(each, before) for each in range(first, min(first + 10_000, many))]
            session.execute(insert(Subscriber), rows)


def _row(each: int, before: datetime) -> dict[str, Any]:
    address = f"s{each}@example.org"
    return {
        "id": f"s{each:011d}",
        "mode": ListMode.EMAIL,
        "address": address,
        "address_key": subscribers.address_key(ListMode.EMAIL, address),
        "keys": {},
        "state": SubscriberState.ACTIVE,
        "locale": "it" if each % 3 else "en",
        "follows": True,
        "everything": True,
        "incidents": True,
        "maintenances": False,
        "notices": False,
        "created_at": before,
        "changed_at": before,
        "active_since": before,
        "bounces": 0,
        "why": "",
    }
