"""No connection is to be had: the process's own are all in use, or the server gives no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import exc
from sqlalchemy.pool import QueuePool

from incidents.actions import Desk
from incidents.db import Database
from statuspage.cli._common import in_words
from tests.faults._pages import Citizen, documents
from tests.faults._postgres import CONNECTIONS, OwnPostgres
from tests.faults._scene import deliveries, home, now, working
from tests.faults._terminal import DECLARE
from tests.incidents.builders import declared
from tests.statuspage._worker import posted, until
from tests.statuspage.cli.conftest import set_up


@contextmanager
def all_in_use(db: Database) -> Iterator[None]:
    """Every connection of the pool is held by somebody; nobody waits long for one."""
    with ExitStack() as stack:
        assert isinstance(db.engine.pool, QueuePool)
        for _ in range(db.engine.pool.size() + db.engine.pool._max_overflow):
            stack.enter_context(db.engine.connect())
        db.engine.pool._timeout = 0.2
        yield


def test_every_connection_of_the_process_is_in_use(desk: Desk, tmp_path: Path) -> None:
    with working(desk, tmp_path):
        until(lambda: home(tmp_path / "page"), "the page")
        with all_in_use(desk.db):
            with pytest.raises(exc.TimeoutError) as refused:
                declared(desk, now())
            Citizen(tmp_path / "page").finds_whole(documents(tmp_path / "page"))
        assert in_words(refused.value) == [
            "database: no connection came free in time; try again in a moment"
        ]
        assert deliveries(desk) == []
        declared(desk, now())
        until(lambda: posted(tmp_path), "the post")
    assert len(posted(tmp_path)) == 1


@contextmanager
def no_more(own: OwnPostgres) -> Iterator[None]:
    """Somebody else has every connection that the server gives."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(psycopg.connect(own.server.get_uri()))
        yield


def test_the_server_gives_no_more_connections(
    own: OwnPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = set_up(tmp_path, own.new_database())
    before = typed.rows()
    with no_more(own):
        result = typed(*DECLARE)
        page = tmp_path / "data" / "page"
        Citizen(page).finds_whole(documents(page))
    assert result.exit_code == 1
    assert "too many clients already; all its connections are in use: try again" in result.stderr
    assert result.stderr.count("\n") == 1
    assert typed.rows() == before
    typed.done(*DECLARE)


@pytest.fixture
def limited(own: OwnPostgres, make_desk: Callable[..., Desk]) -> Iterator[Desk]:
    """A desk whose database user may be given fewer connections."""
    url = own.new_database()
    name = url.split("@/")[1].split("?")[0]
    uri = own.server.get_uri(database=name)
    with psycopg.connect(uri, autocommit=True) as session:
        session.execute("CREATE ROLE avviso LOGIN")
        session.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO avviso")
        session.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO avviso")
        db = Database(url.replace("postgres@", "avviso@"))
        yield make_desk(db, ("log",))
        db.close()
        session.execute("DROP OWNED BY avviso")
        session.execute("DROP ROLE avviso")


def test_the_worker_waits_for_a_connection(
    limited: Desk, own: OwnPostgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that it had are cut, too: it listens and works again when it may."""
    psql = own.server.psql
    with working(limited, tmp_path):
        until(lambda: home(tmp_path / "page"), "the page")
        psql("ALTER ROLE avviso CONNECTION LIMIT 0")
        psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'avviso'")
        with pytest.raises(exc.OperationalError, match="too many connections for role") as refused:
            declared(limited, now())
        assert in_words(refused.value)[0].endswith("allow more of them")
        until(lambda: "database_unavailable" in capsys.readouterr().out, "that it is missed")
        Citizen(tmp_path / "page").finds_whole(documents(tmp_path / "page"))
        psql("ALTER ROLE avviso CONNECTION LIMIT -1")
        declared(limited, now())
        until(lambda: posted(tmp_path), "the post")
    assert len(posted(tmp_path)) == 1
