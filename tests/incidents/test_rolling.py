"""While one machine after the other is upgraded, this version works on the next one's tables; and
no migration does what an older version could not live with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Base
from incidents.texts import TextLibrary
from tests.conftest import NOON, TEMPLATES, service
from tests.incidents._round import whole_round
from tests.incidents.builders import HOUR

VERSIONS = TEMPLATES.parent / "incidents" / "migrations" / "versions"
FIRST = "0001"

# The next version's tables under this version


def add_what_the_next_version_adds(db: Database) -> None:
    """A column that may be empty and one that need not be told in each table, a new table, an
    index; on a connection of its own, as another machine does it."""
    other = Database(db.url.render_as_string(hide_password=False))
    with other.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            for column in ("later TEXT", "newer INTEGER DEFAULT 7 NOT NULL"):
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column}")
        connection.exec_driver_sql(
            "CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, "
            "incident_id VARCHAR(12) REFERENCES incidents (id))"
        )
        connection.exec_driver_sql("CREATE INDEX ix_deliveries_later ON deliveries (later)")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    other.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(
    request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[[str], str]
) -> str:
    """A database that no other test sees."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'avviso.db'}"
    return new_postgres("rolling")


def test_this_version_works_on_while_the_next_one_adds(own_url: str, library: TextLibrary) -> None:
    """On connections that were open before, whose statements the database has prepared already,
    and by a process that starts afterwards."""
    db = Database(own_url)
    db.migrate()
    desk = a_desk(db, library)
    whole_round(desk, NOON)
    add_what_the_next_version_adds(db)
    whole_round(desk, NOON + timedelta(days=1))
    late = Database(own_url)
    late.migrate()
    whole_round(Desk(late, desk.service, library, desk.channels), NOON + timedelta(days=2))
    with late.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"
        assert connection.scalar(sa.text("SELECT count(*) FROM events WHERE newer = 7"))
    late.close()
    db.close()


def a_desk(db: Database, library: TextLibrary) -> Desk:
    desk = Desk(db, service(actions.set_up(db, NOON)), library, ("x", "log"))
    person = {"login": "bea", "name": "Bea", "role": "admin"}
    actions.add_operator(desk, actions.AVVISO, NOON - HOUR, person)
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}}
    actions.save_component(desk, "bea", NOON - HOUR, wallet)
    return desk


# What a migration may do


def asked_by(upgrade: Callable[[], None]) -> list[ops.MigrateOperation]:
    """What a migration asks for; none of it is done."""
    asked: list[ops.MigrateOperation] = []

    def note(_self: Operations, operation: ops.MigrateOperation) -> Any:
        asked.append(operation)
        return operation.to_table() if isinstance(operation, ops.CreateTableOp) else None

    def refuse(*_words: object, **_others: object) -> None:
        raise NotImplementedError("say it with op.add_column and op.create_index")

    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True})
    with pytest.MonkeyPatch.context() as patch, Operations.context(context):
        patch.setattr(Operations, "invoke", note)
        patch.setattr(Operations, "batch_alter_table", refuse)
        upgrade()
    return asked


def too_much(upgrade: Callable[[], None]) -> list[str]:
    """What an older version, at work on the same tables, could not live with."""
    try:
        asked = asked_by(upgrade)
    except NotImplementedError as problem:
        return [str(problem)]
    new = {operation.table_name for operation in asked if isinstance(operation, ops.CreateTableOp)}
    return [fault for operation in asked if (fault := _fault(operation, new))]


def _fault(operation: ops.MigrateOperation, new: set[str]) -> str:
    name = type(operation).__name__
    table = _table_of(operation)
    if isinstance(operation, ops.AddColumnOp):
        column = operation.column
        if column.nullable or column.server_default is not None:
            return ""
        return f"{table}.{column.name}: an older version gives it no value, and none is the default"
    if isinstance(operation, ops.CreateIndexOp) and operation.unique and table not in new:
        return f"{table}: an older version may write what a unique index refuses"
    if isinstance(operation, ops.CreateTableOp | ops.CreateIndexOp) or table in new:
        return ""
    return f"{name} on {table}: an older version still needs what was there"


def _table_of(operation: ops.MigrateOperation) -> str:
    """The table that is changed; "" where that cannot be told."""
    if isinstance(operation, ops.BulkInsertOp):
        return operation.table.name
    name: str = getattr(operation, "table_name", getattr(operation, "source_table", ""))
    return name


def migrations() -> Iterator[ModuleType]:
    for path in sorted(VERSIONS.glob("[0-9]*.py")):
        spec = util.spec_from_file_location(f"migration_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


@pytest.mark.parametrize("migration", list(migrations()), ids=lambda module: module.revision)
def test_a_migration_only_adds(migration: ModuleType) -> None:
    """Else an upgrade of several machines is no rolling one any more: it needs all of them to stop,
    and a release note that says so."""
    if migration.revision != FIRST:
        assert too_much(migration.upgrade) == []


def _add(column: sa.Column[Any]) -> Callable[[], None]:
    return lambda: op.add_column("incidents", column)


ADDS = {
    "a column": _add(sa.Column("later", sa.Text(), nullable=True)),
    "a column with a default": _add(
        sa.Column("later", sa.Integer(), nullable=False, server_default="7")
    ),
    "an index": lambda: op.create_index("ix_a", "incidents", ["status"]),
}
TAKES = {
    "a column": lambda: op.drop_column("incidents", "key"),
    "a table": lambda: op.drop_table("drafts"),
    "an index": lambda: op.drop_index("ix_deliveries_state", "deliveries"),
    "a constraint": lambda: op.drop_constraint("uq_incidents_key", "incidents"),
    "a column's name": lambda: op.alter_column("incidents", "key", new_column_name="slug"),
    "a table's name": lambda: op.rename_table("drafts", "sketches"),
    "a column's type": lambda: op.alter_column("incidents", "key", type_=sa.Text()),
    "that a column may be empty": lambda: op.alter_column("incidents", "key", nullable=False),
    "that it need not be told": _add(sa.Column("later", sa.Integer(), nullable=False)),
    "that it may be there twice": lambda: op.create_unique_constraint("uq_a", "events", ["at"]),
    "that it may be there twice, by index": lambda: op.create_index(
        "ix_a", "events", ["at"], unique=True
    ),
    "anything at all": lambda: op.execute("DELETE FROM incidents"),
}


@pytest.mark.parametrize("what", ADDS)
def test_what_only_adds_is_let_through(what: str) -> None:
    assert too_much(ADDS[what]) == []


def test_a_new_table_may_have_whatever_it_wants() -> None:
    def upgrade() -> None:
        table = op.create_table("new", sa.Column("id", sa.Integer(), nullable=False))
        op.create_index("ix_new", "new", ["id"], unique=True)
        op.create_foreign_key("fk_new", "new", "incidents", ["id"], ["id"])
        op.bulk_insert(table, [{"id": 1}])

    assert len(asked_by(upgrade)) == 4
    assert too_much(upgrade) == []


@pytest.mark.parametrize("what", TAKES)
def test_what_takes_something_away_is_found(what: str) -> None:
    assert len(too_much(TAKES[what])) == 1


def test_batches_are_not_looked_into() -> None:
    def upgrade() -> None:
        with op.batch_alter_table("incidents") as batch:
            batch.drop_column("key")

    assert too_much(upgrade) == ["say it with op.add_column and op.create_index"]
