"""What tests begin with is what the actions write, however it came there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Base
from incidents.texts import TextLibrary
from statuspage import demo
from tests import _rows
from tests._rows import Rows
from tests.conftest import NOON, open_for_all, service


def test_a_desk_of_rows_is_one_of_actions(
    db: Database, library: TextLibrary, make_desk: Callable[..., Desk]
) -> None:
    ids = demo.seeded_ids("tests")
    page = actions.set_up(db, NOON, ids)
    open_for_all(Desk(db, service(page), library, ("x", "log"), new_id=ids))
    acted = _in_order(_rows.read(db))
    assert {"operators", "components", "events"} <= set(acted[0])

    for _ in range(2):  # the actions run where this is the first of its kind, then rows are written
        with db.write() as session:
            if db.sqlite:
                for table in reversed(Base.metadata.sorted_tables):
                    session.execute(table.delete())
            else:
                session.execute(text(_rows.EMPTY_POSTGRES))
        desk = make_desk(db)
        assert _in_order(_rows.read(db)) == acted
    assert desk.new_id() == ids()


def _in_order(rows: Rows) -> tuple[dict[str, list[Mapping[str, Any]]], dict[str, int]]:
    """The same whatever order a database gives rows in that nobody asked to be ordered."""
    keys = {
        table.name: [column.name for column in table.primary_key]
        for table in Base.metadata.sorted_tables
    }
    tables = {
        name: sorted(each, key=lambda row: [row[key] for key in keys[name]])
        for name, each in rows.tables
    }
    return tables, dict(rows.sequences)
