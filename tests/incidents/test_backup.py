"""A backup holds every row of one moment, comes back on either database, or is refused in words."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.orm import Session

from incidents import access, actions, backup, subscribers
from incidents.access._tokens import add_token
from incidents.actions import Desk
from incidents.alarm_rules import AlarmRules, Signal
from incidents.db import Database, InUse, newest_revision
from incidents.errors import NotPossible
from incidents.models import Base, Component, Delivery, Event, Incident, Operator, ShownEvent
from incidents.sightings import Sighting
from incidents.status import Certainty, DeliveryState, ListMode
from incidents.texts import ANSWER, TextName
from tests.conftest import NOON, TEMPLATES
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words

KINDS = ("sqlite", "postgresql")
REFUSED = r"no backup|cut off|damaged"
LATER = NOON + 24 * HOUR
CERTAINTIES = {"x": Certainty.READABLE, "log": Certainty.KEYED}
WAITING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)

Make = Callable[[str], str]
NewDesk = Callable[..., Desk]


@pytest.fixture
def new_url(
    tmp_path: Path, new_postgres: Callable[[str], str], request: pytest.FixtureRequest
) -> Make:
    """Makes the address of another empty database of a kind; without tables on SQLite."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'other-{random.randrange(10**9)}.db'}"
        return new_postgres(f"other_{random.randrange(10**9)}")

    return make


def live(desk: Desk) -> None:
    """Something in every table, with texts that are hard to keep."""
    actions.save_group(desk, "ada", NOON, {"key": "money", "name": {"it": "Più", "en": "More"}})
    hard = {"it": "Perché “così” € \\ 😀", "en": 'a "b" {c} [1,2]'}
    pay = {"key": "pay", "name": hard, "group": "money"}
    actions.save_component(desk, "ada", NOON, pay)
    notice = scheduled(desk, kind="advance_notice", key="launch")
    declared(desk, NOON + MINUTE, from_notice=notice.incident_id, key="crash", texts=words("È giù"))
    updated(desk, "crash", NOON + 2 * MINUTE, status="identified")
    reason = {"it": "Errore", "en": "Mistake"}
    correction = {"incident": "crash", "update": "2", "reason": reason, "texts": words("Meglio")}
    actions.correct_update(desk, "ada", NOON + 3 * MINUTE, correction)
    attached = {"key": "is-my-data-safe", "fields": {}}
    actions.attach_answer(desk, "ada", NOON + 4 * MINUTE, attached)
    draft = {"incident": "crash", "status": "monitoring", "texts": words("Bozza")}
    actions.save_draft(desk, "bea", NOON + 5 * MINUTE, "post_update", draft)
    actions.pause_channel(desk, "carlo", NOON + 6 * MINUTE, "log", "prova")
    key = "of these tests alone, and long enough"
    access.change_password(desk, "bea", NOON + 7 * MINUTE, "cavallo batteria pinza")
    access.offer_second_factor(desk, "bea", NOON + 7 * MINUTE, key)
    with desk.db.read() as session:
        bea = session.scalars(select(Operator.id).where(Operator.login == "bea")).one()
    device = pyotp.TOTP(access.offered_secret(desk, bea, key) or "")
    code = device.at(NOON + 7 * MINUTE)
    access.confirm_second_factor(desk, "bea", NOON + 7 * MINUTE, code, key)
    add_token(desk, "ada", NOON + 7 * MINUTE, {"name": "Prova", "operator": "bea"})
    own = TextName(ANSWER, "is-my-data-safe")
    mine = desk.texts.source(own, "it").replace("nessuno", "nessun “altro”")
    reworded = {"kind": own.kind, "key": own.key, "sources": {"it": mine}}
    actions.reword(desk, "ada", NOON + 8 * MINUTE, reworded)
    actions.take_duty(desk, "bea", NOON + 9 * MINUTE)
    rules = AlarmRules("probe", {"service=pay": "pay"})
    signal = Signal("1", "pay is down", {"service": "pay"}, NOON)
    actions.record_alarms(desk, NOON + 9 * MINUTE, rules, [signal])
    _subscribed(desk)
    answered = {"answer": own.key, "network": "x", "address": "https://x.com/i/status/1"}
    actions.record_answered(desk, "bea", NOON + 9 * MINUTE, answered)


def _subscribed(desk: Desk) -> None:
    """People on lists, with choices, and a file that was taken over."""
    with desk.db.read() as session:
        incident = session.scalars(select(Incident.id).where(Incident.key == "crash")).one()
        wallet = session.scalars(select(Component.id).where(Component.key == "wallet")).one()
    chosen = subscribers.Choices("it", components=(wallet,), incidents=(incident,))
    anna = subscribers.Request(ListMode.EMAIL, "anna@example.org", chosen)
    subscribers.add(desk, "ada", NOON + 9 * MINUTE, anna, consent="modulo")
    lines = ["email\n", "bruno@example.org\n", "nobody\n"]
    subscribers.keep(desk, "ada", NOON + 9 * MINUTE, lines, "modulo")
    while subscribers.take_next(desk, NOON + 9 * MINUTE):
        pass
    with desk.db.claim() as session:
        delivery = session.scalars(select(Delivery)).first()
        assert delivery is not None
        _walked_and_seen(session, delivery)
    ticket = {"channel": delivery.channel, "reference": "77", "words": "Non si trova"}
    actions.note_ticket(desk, "bea", NOON + 9 * MINUTE, ticket)


def _walked_and_seen(session: Session, delivery: Delivery) -> None:
    """What is kept of a list's walk and of looks at a post."""
    walk = {"channel": "email", "delivery_id": delivery.id, "incident_id": delivery.thread}
    session.add(subscribers.Round(**walk, seq=delivery.seq, total=1, sent=1, begun_at=NOON))
    session.add(Sighting(delivery_id=delivery.id, channel=delivery.channel, hashtags={}, reach={}))


def settle(db: Database) -> None:
    """As if all was sent: then nothing is in doubt, and a restore changes no row."""
    with db.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENT, sent_at=NOON))


def made(db: Database, folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    path = folder / f"{random.randrange(10**9)}.backup"
    with path.open("wb") as file:
        backup.write(db, file, LATER, "0.1.0", progress)
    return path


def put_back(path: Path, desk: Desk, url: str, **options: Any) -> backup.Restored:
    """Restore into another database, of the same desk."""
    db = Database(url)
    there = Desk(db, desk.service, desk.texts, desk.channels)
    try:
        return backup.restore(path, there, CERTAINTIES, options.pop("now", LATER), **options)
    finally:
        db.close()


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in a database, but what no backup has."""
    db = Database(url)
    with db.read() as session:
        found = {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in backup.LEFT_OUT
        }
    db.close()
    return found


def url_of(db: Database) -> str:
    return db.url.render_as_string(hide_password=False)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


# Every row, on either database


@pytest.mark.parametrize("to", KINDS)
def test_every_row_comes_back(desk: Desk, tmp_path: Path, new_url: Make, to: str) -> None:
    live(desk)
    settle(desk.db)
    path, url = made(desk.db, tmp_path), new_url(to)
    before = rows(url_of(desk.db))
    assert all(before.values()), "something has to be in every table, to be compared"
    done = put_back(path, desk, url)
    assert rows(url) == before
    assert (done.in_doubt, done.caught_up) == (0, 0)
    assert done.head.total == sum(map(len, before.values()))


def test_no_table_is_forgotten(desk: Desk, tmp_path: Path) -> None:
    head = backup.look(made(desk.db, tmp_path))
    assert set(head.rows) == set(Base.metadata.tables) - set(backup.LEFT_OUT)
    assert set(backup.LEFT_OUT) == {
        *("shown_events", "alarm_messages", "kept_replies", "prompts"),
        *("batches", "letters", "import_parts"),
        *("sessions", "sign_in_links", "known_devices", "failed_sign_ins", "kept_forms"),
    }, "say why in the docs, too"


@pytest.mark.parametrize("to", KINDS)
def test_numbers_go_on_after_the_last_one(
    desk: Desk, tmp_path: Path, new_url: Make, to: str
) -> None:
    live(desk)
    url = new_url(to)
    put_back(made(desk.db, tmp_path), desk, url)
    db = Database(url)
    there = Desk(db, desk.service, desk.texts, ("x", "log"))
    outcome = updated(there, "crash", LATER)
    actions.set_component_status(there, "ada", LATER, "login", "partial_outage")  # type: ignore[arg-type]
    with db.read() as session:
        seqs = session.scalars(select(Event.seq).order_by(Event.seq)).all()
        newest = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    db.close()
    assert list(seqs) == list(range(1, len(seqs) + 1))
    assert newest is not None
    assert newest.publication_id == outcome.publications[0]


# One moment


def test_it_is_one_moment_though_others_write(desk: Desk, tmp_path: Path) -> None:
    live(desk)
    with desk.db.read() as session:
        last = session.scalar(select(func.max(Event.seq)))

    def meanwhile(_done: int, _all: int) -> None:
        updated(desk, "crash", NOON + HOUR)

    found = lines(made(desk.db, tmp_path, meanwhile))
    by_table: dict[str, list[Any]] = {}
    table = ""
    for line in found[1:-1]:
        if isinstance(line, dict):
            table = line["table"]
            by_table[table] = []
        else:
            by_table[table].append(line)
    assert len(by_table["events"]) == last
    delivered = {row[1] for row in by_table["deliveries"]}
    assert delivered == {row[0] for row in by_table["publications"]}
    with desk.db.read() as session:
        assert (session.scalar(select(func.max(Event.seq))) or 0) > (last or 0) + 3


def test_it_writes_nothing_to_the_database(sqlite_url: str, make_desk: NewDesk) -> None:
    db = Database(sqlite_url)
    live(make_desk(db))
    before = Path(db.url.database or "").read_bytes()
    backup.write(db, io.BytesIO(), LATER, "0.1.0")
    assert Path(db.url.database or "").read_bytes() == before
    db.close()


def test_a_database_without_a_page_has_nothing_to_keep(new_url: Make) -> None:
    db = Database(new_url("sqlite"))
    with pytest.raises(NotPossible, match="nothing to back up"):
        backup.write(db, io.BytesIO(), LATER, "0.1.0")
    db.close()


# Files that are none


@pytest.fixture
def small(sqlite_url: str, make_desk: NewDesk, tmp_path: Path) -> tuple[Path, Desk]:
    db = Database(sqlite_url)
    desk = make_desk(db)
    declared(desk)
    path = made(db, tmp_path)
    db.close()
    return path, desk


def test_a_file_that_was_cut_off_is_refused_wherever(small: tuple[Path, Desk]) -> None:
    path, _ = small
    whole = path.read_bytes()
    for end in [*range(0, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:end])
        with pytest.raises(backup.NoBackup, match=REFUSED):
            backup.look(path)


def test_a_line_that_is_missing_is_missed(small: tuple[Path, Desk]) -> None:
    path, _ = small
    whole = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    for number in range(len(whole)):
        path.write_bytes(gzip.compress(b"".join(whole[:number] + whole[number + 1 :])))
        with pytest.raises(backup.NoBackup, match=REFUSED):
            backup.look(path)
    path.write_bytes(gzip.compress(b"".join([*whole, whole[-1]])))
    with pytest.raises(backup.NoBackup, match="damaged"):
        backup.look(path)


def test_a_flipped_bit_is_seen(small: tuple[Path, Desk]) -> None:
    path, _ = small
    whole = path.read_bytes()
    content = gzip.decompress(whole)
    for place in range(0, len(whole), 11):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        )
        try:
            backup.look(path)
        except backup.NoBackup:
            continue
        assert gzip.decompress(path.read_bytes()) == content, f"byte {place} was not missed"


# A gzip file's head tells when it was made: the names are given, so that every process of a run
# collects the same tests.
FOREIGN = {
    "empty": b"",
    "sql": b"CREATE TABLE page;",
    "sqlite": b"SQLite format 3\x00" + bytes(100),
    "nothing-squeezed": gzip.compress(b""),
    "sql-squeezed": gzip.compress(b"CREATE TABLE page;\n"),
    "object-squeezed": gzip.compress(b'{"some": "json"}\n'),
    "list-squeezed": gzip.compress(b"[1, 2]\n"),
    "no-utf8-squeezed": gzip.compress(b"\xff\xfe\n"),
    "zip": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused(tmp_path: Path, foreign: bytes) -> None:
    (tmp_path / "x").write_bytes(foreign)
    with pytest.raises(backup.NoBackup, match="is no backup that Avviso made"):
        backup.look(tmp_path / "x")


def test_a_head_with_a_hole_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(gzip.compress(b'{"avviso_backup": 1, "rows": 7}\n'))
    with pytest.raises(backup.NoBackup, match="damaged"):
        backup.look(tmp_path / "x")
    (tmp_path / "x").write_bytes(gzip.compress(b'{"avviso_backup": 2}\n'))
    with pytest.raises(backup.NoBackup, match="newer version"):
        backup.look(tmp_path / "x")


def test_what_a_newer_version_made_is_refused(
    small: tuple[Path, Desk], new_url: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, desk = small
    url = new_url("sqlite")
    monkeypatch.setattr("incidents.backup._restoring.newest_revision", lambda: "0000")
    with pytest.raises(backup.NoBackup, match=r"made by Avviso 0\.1\.0, whose tables are newer"):
        put_back(path, desk, url)
    assert not Path(url.removeprefix("sqlite:///")).exists()


# Into what, and what becomes of it


def test_what_is_there_stays_unless_it_may_go(
    desk: Desk, tmp_path: Path, database_url: str
) -> None:
    path = made(desk.db, tmp_path)
    declared(desk)
    desk.db.close()
    before = rows(database_url)
    with pytest.raises(NotPossible, match=r"not empty \(operators 4, .*incidents 1.*--replace"):
        put_back(path, desk, database_url)
    assert rows(database_url) == before
    put_back(path, desk, database_url, over=True)
    assert rows(database_url)["incidents"] == []


def test_what_avviso_makes_by_itself_is_empty(desk: Desk, tmp_path: Path, new_url: Make) -> None:
    url = new_url("sqlite")
    db = Database(url)
    db.migrate()
    actions.set_up(db, NOON)
    db.close()
    put_back(made(desk.db, tmp_path), desk, url)
    assert [row[0] for row in rows(url)["page"]] == [desk.service.id]


def test_nobody_else_may_be_connected(desk: Desk, tmp_path: Path, database_url: str) -> None:
    path = made(desk.db, tmp_path)
    desk.db.close()
    other = Database(database_url)
    with other.read() as session:
        session.scalar(text("SELECT count(*) FROM events"))
    before = rows(database_url)  # its connection stays open, as a worker's does between two looks
    with pytest.raises(InUse, match=r"in use by .*: stop worker and web first"):
        put_back(path, desk, database_url, over=True)
    assert rows(database_url) == before
    other.close()
    put_back(path, desk, database_url, over=True)


def test_a_newer_database_is_left_alone(desk: Desk, tmp_path: Path, database_url: str) -> None:
    path = made(desk.db, tmp_path)
    with desk.db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotPossible, match="newer version"):
        backup.write(desk.db, io.BytesIO(), LATER, "0.1.0")
    desk.db.close()
    with pytest.raises(NotPossible, match="newer version"):
        put_back(path, desk, database_url, over=True)
    with desk.db.write() as session:
        session.execute(
            text("UPDATE alembic_version SET version_num = :old"), {"old": newest_revision()}
        )


def test_other_tables_of_the_same_database_stay(
    desk: Desk, tmp_path: Path, database_url: str
) -> None:
    path = made(desk.db, tmp_path)
    with desk.db.write() as session:
        session.execute(text("CREATE TABLE others (id INTEGER)"))
    desk.db.close()
    put_back(path, desk, database_url, over=True)
    with desk.db.write() as session:
        assert inspect(session.connection()).has_table("others")
        session.execute(text("DROP TABLE others"))


def test_what_the_targets_showed_is_forgotten(
    desk: Desk, tmp_path: Path, database_url: str
) -> None:
    with desk.db.write() as session:
        session.add(ShownEvent(target="page", event_seq=999, at=NOON))
    path = made(desk.db, tmp_path)
    desk.db.close()
    put_back(path, desk, database_url, over=True)
    with desk.db.read() as session:
        assert session.scalars(select(ShownEvent)).all() == []


# Nothing goes out by itself


def deliver(db: Database, state: DeliveryState, **columns: Any) -> None:
    with db.write() as session:
        session.execute(update(Delivery).values(state=state, **columns))


@pytest.mark.parametrize("state", WAITING)
def test_what_was_under_way_is_in_doubt(
    desk: Desk, tmp_path: Path, new_url: Make, state: DeliveryState
) -> None:
    declared(desk)
    deliver(desk.db, state, claimed_by="w", lease_until=NOON, looks=3, settled_at=NOON)
    url = new_url("sqlite")
    done = put_back(made(desk.db, tmp_path), desk, url)
    assert done.in_doubt == 2
    db = Database(url)
    with db.read() as session:
        for row in session.scalars(select(Delivery)):
            assert row.state is DeliveryState.UNCONFIRMED
            assert row.error == (
                "restored from a backup of 2020-12-08 12:00: it may have gone out since"
            )
            assert (row.looks, row.look_at, row.settled_at) == (0, LATER, LATER)
            assert (row.claimed_by, row.lease_until) == (None, None)
    db.close()


def test_who_cannot_look_waits_for_the_operator(desk: Desk, tmp_path: Path, new_url: Make) -> None:
    declared(desk)
    url = new_url("sqlite")
    path = made(desk.db, tmp_path)
    db = Database(url)
    there = Desk(db, desk.service, desk.texts, desk.channels)
    known = {"log": Certainty.BLIND}  # and x is not configured any more
    assert backup.restore(path, there, known, LATER).in_doubt == 2
    with db.read() as session:
        found = {(row.state, row.look_at) for row in session.scalars(select(Delivery))}
    db.close()
    assert found == {(DeliveryState.UNCONFIRMED, None)}


def test_a_persons_job_goes_on_the_list_again(desk: Desk, tmp_path: Path, new_url: Make) -> None:
    declared(desk)
    deliver(desk.db, DeliveryState.SENDING, claimed_by="w", lease_until=NOON + HOUR)
    url = new_url("sqlite")
    path = made(desk.db, tmp_path)
    db = Database(url)
    there = Desk(db, desk.service, desk.texts, desk.channels)
    known = {"log": Certainty.PERSONAL, "x": Certainty.PERSONAL}
    assert backup.restore(path, there, known, LATER).in_doubt == 0
    with db.read() as session:
        found = {(row.state, row.claimed_by) for row in session.scalars(select(Delivery))}
    db.close()
    assert found == {(DeliveryState.PENDING, None)}


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - set(WAITING)))
def test_what_was_settled_stays(
    desk: Desk, tmp_path: Path, new_url: Make, state: DeliveryState
) -> None:
    declared(desk)
    deliver(desk.db, state, settled_at=NOON)
    url = new_url("sqlite")
    assert put_back(made(desk.db, tmp_path), desk, url).in_doubt == 0
    assert rows(url)["deliveries"] == rows(url_of(desk.db))["deliveries"]


def test_steps_that_time_took_since_are_caught_up_and_not_shouted(
    desk: Desk, tmp_path: Path, new_url: Make
) -> None:
    work = scheduled(desk, now=LATER)
    deliver(desk.db, DeliveryState.VERIFIED)
    path, url = made(desk.db, tmp_path), new_url("sqlite")
    done = put_back(path, desk, url, now=LATER + 4 * HOUR)
    assert (done.caught_up, done.in_doubt) == (2, 2), "its end was said before, or was not"
    db = Database(url)
    with db.read() as session:
        assert session.get_one(Incident, work.incident_id).status == "completed"
        wallet = session.scalars(select(Component).where(Component.key == "wallet")).one()
        assert wallet.status == "operational"
        found = sorted(session.scalars(select(Delivery.state)))
    db.close()
    assert found == ["unconfirmed", "unconfirmed", "verified", "verified"]


def test_what_is_still_to_come_comes(desk: Desk, tmp_path: Path, new_url: Make) -> None:
    work = scheduled(desk, now=LATER)
    url = new_url("sqlite")
    assert put_back(made(desk.db, tmp_path), desk, url).caught_up == 0
    db = Database(url)
    there = Desk(db, desk.service, desk.texts, desk.channels)
    (step,) = actions.catch_up(there, LATER + 2 * HOUR)
    db.close()
    assert step.incident_id == work.incident_id
    assert step.publications


def test_a_second_restore_is_the_same(desk: Desk, tmp_path: Path, new_url: Make) -> None:
    live(desk)
    url = new_url("sqlite")
    path = made(desk.db, tmp_path)
    put_back(path, desk, url)
    first = rows(url)
    put_back(path, desk, url, over=True)
    assert rows(url) == first
    resolved(desk, "crash", LATER + timedelta(days=1))


# Killed in the middle

KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from zoneinfo import ZoneInfo
from incidents import backup
from incidents.actions import Desk
from incidents.alarm_rules import AlarmRules, Signal
from incidents.backup import _restoring
from incidents.db import Database
from incidents.texts import TextLibrary
path, url, templates = sys.argv[1:]
doubt_all = _restoring.outbox.doubt_all
def die(*arguments):
    doubt_all(*arguments)
    print("all is written, nothing is committed", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
_restoring.outbox.doubt_all = die
from tests.conftest import service, ROME
texts = TextLibrary.load(Path(templates), ("it", "en"), ROME)
desk = Desk(Database(url), service(), texts, ("x", "log"))
backup.restore(Path(path), desk, {}, datetime(2020, 12, 9, tzinfo=UTC), over=True)
"""


def test_a_restore_that_is_killed_changed_nothing(
    desk: Desk, tmp_path: Path, database_url: str
) -> None:
    path = made(desk.db, tmp_path)
    live(desk)
    desk.db.close()
    before = rows(database_url)

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), database_url, str(TEMPLATES)],
        cwd=TEMPLATES.parent,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "all is written" in killed.stdout
    assert rows(database_url) == before
    put_back(path, desk, database_url, over=True)
    assert rows(database_url)["incidents"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_subscribers_come_back_and_a_file_that_was_under_way_does_not(
    desk: Desk, new_url: Make, tmp_path: Path, kind: str
) -> None:
    live(desk)
    settle(desk.db)
    subscribers.keep(desk, "ada", NOON + HOUR, ["email\n", "carla@example.org\n"], None)
    url = new_url(kind)
    put_back(made(desk.db, tmp_path), desk, url)
    db = Database(url)
    there = Desk(db, desk.service, desk.texts, desk.channels)
    while subscribers.take_next(there, LATER):
        pass
    with db.read() as session, desk.db.read() as before:
        found = subscribers.search(session, subscribers.Search())
        assert found == subscribers.search(before, subscribers.Search())
        assert found.total == 2
        assert subscribers.imports(session)[0].cut_short
    db.close()
