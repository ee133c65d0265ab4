"""Small disks, a PostgreSQL server that may be ended, and a desk with one channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from incidents.actions import Desk
from incidents.db import Database
from tests.faults._disk import SmallDisk, small_disk
from tests.faults._postgres import OwnPostgres, own_postgres
from tests.statuspage.cli import conftest as cli

nothing_is_set = cli.nothing_is_set
texts_are_read_once = cli.texts_are_read_once


@pytest.fixture
def desk(db: Database, make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(db, ("log",))


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as disk:
        yield disk


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    with own_postgres(tmp_path_factory.mktemp("own-runtime")) as own:
        yield own


@pytest.fixture
def own(own_server: OwnPostgres) -> Iterator[OwnPostgres]:
    """The server, running; a test that ends it need not start it again."""
    yield own_server
    if not own_server.running:
        own_server.start()
