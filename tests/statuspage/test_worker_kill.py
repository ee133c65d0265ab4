"""The worker's process killed in the middle of sending: after the restart each post is there once.

The lease is put into the past by hand, as if its ninety seconds had passed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from incidents import actions, queries
from incidents.models import Delivery
from incidents.texts import TextLibrary
from statuspage.house import House, open_house
from statuspage.settings import load_settings
from tests.conftest import TEMPLATES
from tests.fakes._service import Drip, Hang
from tests.fakes.x_api import FakeX
from tests.incidents.builders import declared
from tests.statuspage._worker import posted, until

ROOT = TEMPLATES.parent
SETTINGS = """
[service]
name = {{ it = "App", en = "App" }}
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[data]
path = "."

[[channels]]
name = "{kind}"
kind = "{kind}"
locale = "it"
{more}
"""


class Place:
    """One installation, seen from outside: its folder, its house, and its worker's process."""

    def __init__(self, house: House, env: Mapping[str, str]) -> None:
        self.house = house
        self.env = env

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """`avviso worker` as it is started on a server; killed if the test did not end it."""
        command = [sys.executable, "-m", "statuspage", "--settings", str(self.settings), "worker"]
        with (self.settings.parent / "worker.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @property
    def settings(self) -> Path:
        return self.house.settings.source

    def delivery(self) -> Delivery:
        with self.house.db.read() as session:
            (row,) = queries.deliveries(session)
        return row

    def state(self) -> str:
        return str(self.delivery().state)

    def end_lease(self) -> None:
        over = datetime.now(UTC) - timedelta(seconds=1)
        with self.house.db.claim() as session:
            session.execute(update(Delivery).values(lease_until=over))

    def settled(self) -> bool:
        return self.state() in ("sent", "verified")


@contextmanager
def opened(
    folder: Path, url: str, library: TextLibrary, kind: str, env: Mapping[str, str], more: str = ""
) -> Iterator[Place]:
    settings = folder / "avviso.toml"
    settings.write_text(SETTINGS.format(kind=kind, more=more), encoding="utf-8")
    env = {**os.environ, "AVVISO_DATABASE_URL": _public(url), **env}
    house = open_house(load_settings(settings, env), texts=library)
    now = datetime.now(UTC)
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(house.desk, actions.AVVISO, now, person)
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}}
    actions.save_component(house.desk, "bea", now, wallet)
    yield Place(house, env)
    house.close()


def _public(url: str) -> str:
    """As a settings file says it: SQLite's file is always in the data folder."""
    return "sqlite" if url.startswith("sqlite") else url


@pytest.fixture
def x() -> Iterator[FakeX]:
    with FakeX() as x:
        yield x


@pytest.fixture
def on_x(tmp_path: Path, database_url: str, library: TextLibrary, x: FakeX) -> Iterator[Place]:
    secrets = {f"AVVISO_X_{name}".upper(): value for name, value in x.secrets.items()}
    more = f'base_url = "{x.url}"'
    with opened(tmp_path, database_url, library, "x", secrets, more) as place:
        yield place


@pytest.fixture
def on_log(tmp_path: Path, database_url: str, library: TextLibrary) -> Iterator[Place]:
    with opened(tmp_path, database_url, library, "log", {}) as place:
        yield place


def test_killed_after_the_network_took_it_it_is_found(on_x: Place, x: FakeX) -> None:
    x.faults.append(Drip(in_headers=True))
    declared(on_x.house.desk, datetime.now(UTC))
    with on_x.worker() as process:
        until(lambda: x.tweets, "the post")
        process.kill()
        process.wait()
    assert on_x.state() == "sending"
    on_x.end_lease()
    with on_x.worker():
        until(on_x.settled, "the receipt")
    assert on_x.delivery().remote_id == x.tweets[0].id
    assert len(x.posts) == len(x.tweets) == 1


def test_killed_before_the_network_took_it_an_operator_looks(on_x: Place, x: FakeX) -> None:
    """Not found proves nothing, so that it is not sent again by itself."""
    x.faults.append(Hang())
    declared(on_x.house.desk, datetime.now(UTC))
    with on_x.worker() as process:
        until(lambda: x.posts, "the request")
        process.kill()
        process.wait()
    assert (on_x.state(), x.tweets) == ("sending", [])
    on_x.end_lease()
    with on_x.worker():
        until(lambda: len(x.requests) > 1, "the look")
        until(lambda: on_x.state() == "unconfirmed", "the doubt")
        now = datetime.now(UTC)
        row = on_x.delivery()
        actions.settle_unconfirmed(on_x.house.desk, "bea", now, row.id, there=False)
        until(on_x.settled, "the receipt")
    assert len(x.tweets) == 1


def test_killed_between_the_post_and_its_receipt_a_keyed_kind_says_it_once(
    on_log: Place, tmp_path: Path
) -> None:
    outcome = declared(on_log.house.desk, datetime.now(UTC))
    path = tmp_path / "posts" / "log.jsonl"
    path.parent.mkdir()
    with path.open("ab") as file, on_log.worker() as process:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        until(lambda: on_log.state() == "sending", "the claim")
        with on_log.house.db.claim() as session:  # the receipt cannot be stored
            session.get(Delivery, on_log_id(on_log), with_for_update=True)
            fcntl.flock(file, fcntl.LOCK_UN)
            until(lambda: posted(tmp_path), "the post")
            process.kill()
            process.wait()
    assert on_log.state() == "sending"
    on_log.end_lease()
    with on_log.worker():
        until(on_log.settled, "the receipt")
    (line,) = posted(tmp_path)
    assert line["key"] == f"{outcome.publications[0]}-log"


def on_log_id(place: Place) -> int:
    return place.delivery().id


def test_asked_to_end_it_ends(on_log: Place, tmp_path: Path) -> None:
    declared(on_log.house.desk, datetime.now(UTC))
    with on_log.worker() as process:
        until(on_log.settled, "the post")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (tmp_path / "page" / "index.html").exists()
