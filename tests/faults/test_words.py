"""What the operator reads of a fault of the database; of those too that no test brings about."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import exc

from statuspage.cli._common import in_words


def sqlite(result: str, says: str) -> exc.DBAPIError:
    fault = sqlite3.OperationalError(says)
    fault.sqlite_errorname = result
    return exc.OperationalError("SELECT 1", None, fault)


def postgres(fault: psycopg.Error) -> exc.DBAPIError:
    return exc.OperationalError("SELECT 1", None, fault)


LOST = exc.OperationalError("SELECT 1", None, psycopg.OperationalError("the connection is lost"))
LOST.connection_invalidated = True


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (sqlite("SQLITE_FULL", "full"), "make room on the disk"),
        (sqlite("SQLITE_IOERR_FSYNC", "I/O"), "may be full"),
        (sqlite("SQLITE_BUSY", "locked"), "writing to it all the time"),
        (sqlite("SQLITE_READONLY_DBMOVED", "readonly"), "have to be writable"),
        (sqlite("SQLITE_CANTOPEN", "unable"), "have to be writable"),
        (sqlite("SQLITE_NOTADB", "none"), "put a backup in its place"),
        (sqlite("SQLITE_CORRUPT_INDEX", "malformed"), "put a backup in its place"),
        (sqlite("SQLITE_PROTOCOL", "protocol"), "put a backup in its place"),
        (postgres(psycopg.errors.DiskFull("no space")), "make room on the disk"),
        (postgres(psycopg.errors.TooManyConnections("no more")), "allow more of them"),
        (postgres(psycopg.errors.LockNotAvailable("timeout")), "writing to it all the time"),
        (postgres(psycopg.errors.AdminShutdown("ending")), "try again in a moment"),
        (postgres(psycopg.OperationalError("FATAL: too many clients already")), "allow more"),
        (postgres(psycopg.OperationalError("too many connections for role")), "allow more"),
        (postgres(psycopg.OperationalError("remaining connection slots are")), "allow more"),
        (postgres(psycopg.OperationalError("is starting up")), "try again in a moment"),
        (postgres(psycopg.OperationalError("is shutting down")), "try again in a moment"),
        (LOST, "try again in a moment"),
        (exc.TimeoutError("pool"), "no connection came free in time; try again in a moment"),
    ],
)
def test_what_to_do_is_said(fault: exc.SQLAlchemyError, advice: str) -> None:
    (line,) = in_words(fault)
    assert line.startswith("database: ")
    assert advice in line


def test_of_several_lines_the_first_is_shown() -> None:
    fault = postgres(psycopg.OperationalError("no such host\n\tIs the server running?"))
    assert in_words(fault) == ["database: no such host"]
