"""One installation, seen from outside: its commands, its database, its page and its accounts."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random

from sqlalchemy import select

from incidents import actions, queries
from incidents.models import Delivery
from incidents.status import DeliveryState
from incidents.texts import TextLibrary
from publishers.targets.directory import LOCK, Target
from statuspage.house import House, open_house
from statuspage.settings import load_settings
from tests.kill._channels import Account
from tests.kill._http import own_port
from tests.kill._nursery import Nursery, Process
from tests.statuspage._running import environment

LOCALES = ("it", "en")
TIME_ZONE = "Europe/Rome"
_ALL = 100_000
_SENDING = select(Delivery.id).where(Delivery.state == DeliveryState.SENDING).limit(1)
OUT = (DeliveryState.SENT, DeliveryState.VERIFIED)
_SERVICE = f"""
[service]
name = {{ it = "App", en = "App" }}
url = "https://stato.example.it"
time_zone = "{TIME_ZONE}"
locales = ["it", "en"]
default_locale = "it"

[data]
path = "."

[web]
port = 0
"""


def settings_text(accounts: Sequence[Account], port: int = 8080) -> str:
    """A settings file with these channels."""
    return _SERVICE.replace("port = 0", f"port = {port}") + "".join(a.table for a in accounts)


class Place:
    """Commands are started here and killed here; what they left is looked at here."""

    def __init__(
        self,
        nursery: Nursery,
        house: House,
        env: Mapping[str, str],
        accounts: Sequence[Account],
        random: Random,
    ) -> None:
        self.house = house
        self.db = house.db
        self.folder = house.settings.data_path
        self.page = self.folder / "page"
        self.port = house.settings.web.port
        self.accounts = accounts
        self.random = random
        self.accepted: list[str] = []
        """The words of each publication that is known to be saved."""
        self.decided: list[str] = []
        """The channel of each post of which an operator said that it is not there."""
        self.options = ["--settings", str(house.settings.source)]
        self._nursery = nursery
        self.env = env
        self._processes: list[Process] = []
        self._numbers = count()
        self._words = count(1)

    # Commands

    def start(self, *words: str, stdin: str = os.devnull, **env: str) -> Process:
        """Start a command and let it run."""
        output = self.folder / "outputs" / f"{next(self._numbers):03d}-{words[0]}"
        process = self._nursery.start([*self.options, *words], {**self.env, **env}, output, stdin)
        self._processes.append(process)
        return process

    def run(self, *words: str) -> str:
        """Run a command to its end; answers what it printed. It must not be refused."""
        process = self.start(*words)
        assert process.wait() == 0, process.err()
        return process.out()

    def worker(self) -> Process:
        return self.start("worker")

    def close(self) -> None:
        """End whatever still runs."""
        for process in self._processes:
            process.clear_away()

    # What operators say

    def word(self) -> str:
        """A word that was not said before, and that is no part of another."""
        return f"parola-{next(self._words):03d}"

    def saying(self, word: str) -> list[str]:
        """The options of an operator's own words, in both languages."""
        parts = {"headline": word, "short": f"{word} in breve.", "body": f"{word} per esteso."}
        return [
            option
            for part, text in parts.items()
            for locale in LOCALES
            for option in (f"--{part}", f"{locale}={text}")
        ]

    def declaring(self, word: str) -> list[str]:
        """The command that declares an incident in these words."""
        name = [option for locale in LOCALES for option in ("--name", f"{locale}=Caso {word}")]
        wallet = ["--component", "wallet=major_outage"]
        return ["declare", *name, "--key", word, *wallet, *self.saying(word), "--as", "bea"]

    def updating(self, incident: str, word: str) -> list[str]:
        """The command that posts an update in these words."""
        return ["update", incident, *self.saying(word), "--as", "bea"]

    def declare(self) -> str:
        """Declare an incident, to the end; answers its key, which is the word it was told in."""
        word = self.word()
        done = json.loads(self.run(*self.declaring(word), "--yes", "--json"))
        assert done["online"], done
        self.accepted.append(word)
        return word

    def update(self, incident: str) -> str:
        """Post an update, to the end; answers the word that it was told in."""
        word = self.word()
        self.run(*self.updating(incident, word), "--yes")
        self.accepted.append(word)
        return word

    # What came of it

    def deliveries(self, word: str | None = None) -> list[Delivery]:
        """All deliveries, or those that speak in these words, oldest first."""
        with self.db.read() as session:
            rows = queries.deliveries(session, limit=_ALL)[::-1]
        return [row for row in rows if word is None or said_in(row) == word]

    def states(self, word: str | None = None) -> dict[str, str]:
        """The state of each channel's (latest) delivery."""
        return {row.channel: str(row.state) for row in self.deliveries(word)}

    def is_saved(self, word: str) -> bool:
        return bool(self.deliveries(word))

    def file_of(self, account: Account) -> Path:
        """Where a log channel writes."""
        return self.folder / "posts" / f"{account.name}.jsonl"

    def was_answered(self, worker: Process, account: Account, word: str) -> bool:
        """Whether a worker says in its log that it knows of a channel's post."""
        (row,) = (row for row in self.deliveries(word) if row.channel == account.name)
        entries = [json.loads(line) for line in worker.err().splitlines() if line.endswith("}")]
        known = [entry["delivery"] for entry in entries if entry["event"] == "delivery_sent"]
        return row.id in known

    def posts(self, account: Account, word: str) -> int:
        """How often an account says a word."""
        return sum(f"{word} " in text for text in account.texts(self.folder))

    # After a kill

    def revive(self) -> Process:
        """Start a worker, wait until it has nothing left to do, and look that all is right."""
        worker = self.worker()
        worker.until(self.is_at_rest, f"rest after {self.states()}")
        self.ask_the_operator(worker)
        self.look()
        return worker

    def is_at_rest(self) -> bool:
        """Whether everything is out, but for what only an operator can decide and what waits for
        that in its thread; and on the page."""
        rows = self._rows_on_page()
        held = {(row.channel, row.thread) for row in rows or () if self.is_for_operator(row)}
        return rows is not None and all(
            row.state in OUT or (row.channel, row.thread) in held for row in rows
        )

    def is_all_out(self) -> bool:
        """Whether everything is out, and on the page."""
        rows = self._rows_on_page()
        return rows is not None and all(row.state in OUT for row in rows)

    def _rows_on_page(self) -> list[Delivery] | None:
        """All deliveries; None where the page does not show all that happened."""
        with self.db.read() as session:
            if session.scalar(_SENDING) is not None:  # the usual answer, while one waits
                return None
            rows = queries.deliveries(session, limit=_ALL)
            last = queries.last_event(session)
        mark = Target(self.page).watermark()
        return rows if mark is not None and mark.event == last else None

    def is_for_operator(self, row: Delivery) -> bool:
        """A post that a readable kind looked for in vain."""
        account = self._account(row.channel)
        looked = row.state is DeliveryState.UNCONFIRMED and row.looks > 0
        return looked and not account.kind.keyed and not self.posts(account, said_in(row))

    def _account(self, name: str) -> Account:
        (account,) = (account for account in self.accounts if account.name == name)
        return account

    def ask_the_operator(self, worker: Process) -> None:
        """Whatever is unconfirmed is shown by `avviso deliveries`; an operator says it is not
        there, and then it goes out."""
        rows = [row for row in self.deliveries() if row.state is DeliveryState.UNCONFIRMED]
        if not rows:
            return
        shown = json.loads(self.run("deliveries", "--state", "unconfirmed", "--json"))
        assert sorted(row["id"] for row in shown) == [row.id for row in rows]
        for row in rows:
            self.say_not_there(row)
        worker.until(self.is_all_out, "sending again")

    def say_not_there(self, row: Delivery) -> None:
        """An operator has looked for a post in vain: it is to be sent again."""
        self.run("deliveries", "not-there", str(row.id), "--as", "bea")
        self.decided.append(row.channel)

    def look(self) -> None:
        """Nothing is lost, nothing is there twice or was tried twice, and the page is right."""
        rows = self.deliveries()
        names = sorted(account.name for account in self.accounts)
        for word in self.accepted:
            assert sorted(row.channel for row in rows if said_in(row) == word) == names, word
        for account in self.accounts:
            out = Counter(row.text for row in rows if row.channel == account.name)
            assert Counter(account.texts(self.folder)) == out, account.name
            if not account.kind.keyed:
                asked = self.decided.count(account.name)
                assert account.requests_to_post() <= out.total() + asked, account.name
        self.look_at_page()

    def look_at_page(self) -> None:
        """The page is, byte for byte, what is rendered from the same database from nothing."""
        target = Target(self.page)
        with target.lock():
            mark = target.watermark()
            assert mark is not None
            fresh = self.folder / f"fresh-{mark.rendered_at:%H%M%S.%f}"
            self.house.site.rebuild(Target(fresh), mark.rendered_at)
            grown, anew = tree(self.page), tree(fresh)
        assert grown.keys() ^ anew.keys() == set()
        different = [path for path in grown if grown[path] != anew[path]]
        assert different == [], _first_difference(grown[different[0]], anew[different[0]])


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a page but the lock, and what a kill left of one that was being written: nobody
    reads it, and the next full rendering takes it away."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != LOCK and path.suffix != ".tmp"
    }


def said_in(row: Delivery) -> str:
    """The word that a delivery's publication was told in (see `Place.saying`)."""
    headline: str = row.publication.texts["it"]["headline"]
    return headline


def _first_difference(grown: bytes, anew: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(grown, anew, strict=False)) if a != b), 0)
    return f"{grown[max(0, at - 200) : at + 200]!r} is not {anew[max(0, at - 200) : at + 200]!r}"


@contextmanager
def opened(
    folder: Path,
    url: str,
    library: TextLibrary,
    nursery: Nursery,
    accounts: Sequence[Account],
    random: Random,
) -> Iterator[Place]:
    """An installation with one operator and one component."""
    secrets = {name: value for a in accounts for name, value in a.environment.items()}
    # As a settings file says it: SQLite's file is always in the data folder.
    address = "sqlite" if url.startswith("sqlite") else url
    env = environment(AVVISO_DATABASE_URL=address, **secrets)
    settings = folder / "avviso.toml"
    settings.write_text(settings_text(accounts, own_port()), encoding="utf-8")
    (folder / "outputs").mkdir()
    house = open_house(load_settings(settings, env), texts=library)
    now = datetime.now(UTC)
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(house.desk, actions.AVVISO, now, person)
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}}
    actions.save_component(house.desk, "bea", now, wallet)
    place = Place(nursery, house, env, accounts, random)
    try:
        yield place
    finally:
        place.close()
        house.close()
