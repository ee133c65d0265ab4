"""Writes a backup, of one moment, while everything goes on."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection, MetaData, func, select

from incidents.backup._file import Head, Progress, Writer
from incidents.backup._tables import kept, order, ours, packed, part_of
from incidents.db import Database, newest_revision, revision
from incidents.errors import NotPossible
from incidents.outbox import UNDER_WAY

_AT_ONCE = 1000
"""Rows that are in memory at the same time."""


def write(
    db: Database, out: BinaryIO, now: datetime, version: str, progress: Progress | None = None
) -> Head:
    """Write all that is in the database, as it is at this moment, and nothing to it.

    Raises `NotPossible` where there is no page, or where the tables are of a newer version.
    """
    with db.read() as session:
        connection = session.connection()
        found = ours(connection)
        head = _head(connection, found, now, version)
        done = 0
        with Writer(out, head) as writer:
            for table in kept(found):
                writer.part(part_of(table))
                query = select(table).order_by(*order(table))
                for rows in connection.execute(
                    query, execution_options={"yield_per": _AT_ONCE}
                ).partitions():
                    for row in rows:
                        writer.row(packed(row))
                    done += len(rows)
                    if progress is not None:
                        progress(done, head.total)
    return head


def _head(connection: Connection, found: MetaData, now: datetime, version: str) -> Head:
    tables = found.tables
    page = connection.scalar(select(tables["page"].c.id)) if "page" in tables else None
    if page is None:
        raise NotPossible("there is no page in this database yet: nothing to back up")
    known = revision(connection)
    if known > newest_revision():
        raise NotPossible(
            "the database belongs to a newer version of Avviso: make the backup with that one"
        )
    deliveries = tables["deliveries"].c
    waiting = (
        select(deliveries.channel, func.count().label("number"))
        .where(deliveries.state.in_(UNDER_WAY))
        .group_by(deliveries.channel)
        .order_by(deliveries.channel)
    )
    return Head(
        version=version,
        revision=known,
        made_at=now,
        page=page,
        rows={
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in kept(found)
        },
        under_way={row.channel: row.number for row in connection.execute(waiting)},
    )
