"""What tests begin with is what the actions write, however it came there."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Base
from incidents.texts import TextLibrary
from statuspage import demo
from tests import _rows
from tests.conftest import NOON, open_for_all, service


def test_a_desk_of_rows_is_one_of_actions(
    db: Database, library: TextLibrary, make_desk: Callable[..., Desk]
) -> None:
    ids = demo.seeded_ids("tests")
    page = actions.set_up(db, NOON, ids)
    open_for_all(Desk(db, service(page), library, ("x", "log"), new_id=ids))
    acted = _rows.read(db)
    assert {"operators", "components", "events"} <= {name for name, _ in acted.tables}

    for _ in range(2):  # the actions run where this is the first of its kind, then rows are written
        with db.write() as session:
            if db.sqlite:
                for table in reversed(Base.metadata.sorted_tables):
                    session.execute(table.delete())
            else:
                session.execute(text(_rows.EMPTY_POSTGRES))
        desk = make_desk(db)
        assert _rows.read(db) == acted
    assert desk.new_id() == ids()
