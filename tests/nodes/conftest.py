"""Two nodes, an account of a keyed and of a readable kind, a PostgreSQL that may be ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from incidents.texts import TextLibrary
from tests.faults._postgres import OwnPostgres, own_postgres
from tests.kill._channels import KINDS, Account, accounts
from tests.kill._nursery import Nursery
from tests.nodes._nodes import Node, furnish, opened_node, sharing_nursery
from tests.nodes._warm import SHARED

_CONNECTIONS = 60


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with sharing_nursery() as nursery:
        yield nursery


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    with own_postgres(tmp_path_factory.mktemp("nodes-runtime")) as own:
        own.server.psql(f"ALTER SYSTEM SET max_connections = {_CONNECTIONS}")
        own.restart("fast")
        yield own


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """The folder that the machines share."""
    return tmp_path / SHARED


@pytest.fixture
def shared() -> bool:
    """Whether the machines put their documents into one folder as well."""
    return False


@pytest.fixture
def account() -> Iterator[tuple[Account, ...]]:
    with accounts([kind for kind in KINDS if kind.name in ("mastodon", "x")]) as each:
        yield each


@pytest.fixture
def nodes(
    tmp_path: Path,
    server: OwnPostgres,
    library: TextLibrary,
    nursery: Nursery,
    account: tuple[Account, ...],
    shared: bool,
) -> Iterator[tuple[Node, Node]]:
    """Machines "a" and "b"."""
    url = server.new_database()
    with ExitStack() as stack:
        a, b = (
            stack.enter_context(
                opened_node(n, tmp_path / n, url, library, nursery, account, shared=shared)
            )
            for n in ("a", "b")
        )
        furnish(a)
        yield a, b
