"""`avviso bounce`: what the mail server pipes to it, and what it tells the mail server."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from incidents import subscribers
from incidents.actions import Desk
from incidents.db import Database
from incidents.status import ListMode
from incidents.subscribers import Choices, Request, SubscriberState
from statuspage.bounce_tokens import bounce_token
from statuspage.cli import main
from tests.conftest import NOON, service
from tests.statuspage._bounced import VERP, complaint, dsn, plain
from tests.statuspage.cli._avviso import Avviso

SECRET = "a-key-that-is-long-enough-for-all-of-this"
TOKEN = bounce_token((SECRET,), "ada@example.org")
FORGED = bounce_token(("another key",), "ada@example.org")
TRY_AGAIN = 75


@pytest.fixture
def subscribed(avviso: Avviso, library: object) -> Database:
    """The database of a folder, with a subscriber in it."""
    here = f"sqlite:///{avviso.folder / 'data' / 'avviso.db'}"
    db = Database(here if avviso.database_url == "sqlite" else avviso.database_url)
    desk = Desk(db, service(), library, ())  # type: ignore[arg-type]
    asked = Request(ListMode.EMAIL, "ada@example.org", Choices(locale="it"))
    subscribers.confirm(desk, subscribers.ask(desk, asked, NOON), NOON)
    return db


def state(db: Database) -> SubscriberState:
    key = subscribers.address_key(ListMode.EMAIL, "ada@example.org")
    with db.read() as session:
        found = subscribers.look_up(session, ListMode.EMAIL, key)
    db.close()
    assert found is not None
    return found.state


def piped(avviso: Avviso, raw: bytes, *words: str, **env: str) -> Result:
    known = {"AVVISO_DATABASE_URL": avviso.database_url, "AVVISO_SECRET_KEY": SECRET}
    runner = CliRunner(env={**known, "RECIPIENT": "", "ORIGINAL_RECIPIENT": "", **env})
    result = runner.invoke(main, ["bounce", *words], input=raw)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise AssertionError("avviso bounce broke") from result.exception
    return result


TO = VERP.format(token=TOKEN)


@pytest.mark.parametrize(
    ("raw", "words", "env"),
    [
        (dsn(TOKEN), (), {}),
        (dsn(), (TO,), {}),
        (dsn(), (), {"RECIPIENT": TO}),
        (dsn(), (), {"ORIGINAL_RECIPIENT": TO.upper()}),
    ],
)
def test_a_letter_that_came_back_stops_all_others(
    avviso: Avviso, subscribed: Database, raw: bytes, words: tuple[str, ...], env: dict[str, str]
) -> None:
    result = piped(avviso, raw, *words, **env)
    assert (result.exit_code, result.output) == (0, "quarantined\n")
    assert state(subscribed) is SubscriberState.QUARANTINED


def test_a_failure_is_counted(avviso: Avviso, subscribed: Database) -> None:
    result = piped(avviso, dsn(TOKEN, status="5.2.2", diagnostic="smtp; 552 full"))
    assert (result.exit_code, result.output) == (0, "counted\n")
    assert state(subscribed) is SubscriberState.ACTIVE


def test_a_complaint_unsubscribes(avviso: Avviso, subscribed: Database) -> None:
    result = piped(avviso, complaint(TOKEN))
    assert (result.exit_code, result.output) == (0, "unsubscribed\n")
    assert state(subscribed) is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "raw",
    [
        dsn(),
        dsn(FORGED),
        dsn(to=VERP.format(token=FORGED)),
        dsn(TOKEN, action="delayed"),
        complaint(FORGED),
        plain("ada@example.org", TO, "Auto-Submitted: auto-replied\n"),
        plain("ada@example.org", TO),
        b"",
        b"\x00\xff" * 1000,
        b"Subject: x\n\n" + b"x" * 2_000_000,
    ],
)
def test_everything_else_is_passed_over(avviso: Avviso, subscribed: Database, raw: bytes) -> None:
    result = piped(avviso, raw)
    assert (result.exit_code, result.output) == (0, "nothing to do\n")
    assert state(subscribed) is SubscriberState.ACTIVE


def test_who_is_no_subscriber(avviso: Avviso) -> None:
    result = piped(avviso, dsn(TOKEN))
    assert (result.exit_code, result.output) == (0, "unknown\n")


def test_a_database_that_is_away_makes_the_mail_server_wait(on_sqlite: Avviso) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    result = piped(on_sqlite, dsn(TOKEN), AVVISO_DATABASE_URL=url)
    assert result.exit_code == TRY_AGAIN
    assert result.stdout == ""


def test_settings_that_are_wrong_make_the_mail_server_wait(on_sqlite: Avviso) -> None:
    (on_sqlite.folder / "avviso.toml").write_text("[service", encoding="utf-8")
    assert piped(on_sqlite, dsn(TOKEN)).exit_code == TRY_AGAIN


def test_without_keys_no_token_is_right(on_sqlite: Avviso) -> None:
    result = piped(on_sqlite, dsn(TOKEN), AVVISO_SECRET_KEY="")
    assert (result.exit_code, result.output) == (0, "nothing to do\n")


def test_a_large_message_is_read_to_its_end(on_sqlite: Avviso) -> None:
    """Else the mail server's pipe breaks, and it takes that for a failure."""
    environment = {"AVVISO_DATABASE_URL": "sqlite", "AVVISO_SECRET_KEY": SECRET}
    done = subprocess.run(
        [sys.executable, "-m", "statuspage", "bounce"],
        input=dsn(FORGED) + b"x" * 3_000_000,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), **environment},
        cwd=on_sqlite.folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"nothing to do\n", b"")
