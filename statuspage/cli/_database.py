"""What a fault of the database means for the one who typed, and what can be done about it."""

from __future__ import annotations

from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_FULL = "make room on the disk that it is on, and try again"
_FAILING = "the disk that it is on may be full: make room there, and try again"
_HELD = "something else has been writing to it all the time: try again"
_CLOSED = "the file and its folder have to be writable for the user who runs this"
_DAMAGED = "its file was damaged or replaced: stop Avviso, and put a backup in its place"
_TAKEN = "all its connections are in use: try again; if that happens often, allow more of them"
_AWAY = "try again in a moment"

_BY_CODE = {
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": _FAILING,
    "SQLITE_BUSY": _HELD,
    "SQLITE_READONLY": _CLOSED,
    "SQLITE_CANTOPEN": _CLOSED,
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_PROTOCOL": _DAMAGED,
    "53100": _FULL,
    "53300": _TAKEN,
    "55P03": _HELD,
    "57P0": _AWAY,
}
"""By how SQLite's result codes and PostgreSQL's SQLSTATEs begin."""
_BY_TEXT = {
    "too many clients": _TAKEN,
    "too many connections": _TAKEN,
    "connection slots": _TAKEN,
    "starting up": _AWAY,
    "shutting down": _AWAY,
}
"""A connection that PostgreSQL refuses carries no SQLSTATE."""


def database_in_words(problem: SQLAlchemyError) -> str:
    """One line: what the database said, and where it is known, what to do."""
    if isinstance(problem, exc.TimeoutError):
        return f"database: no connection came free in time; {_AWAY}"
    reason = str(getattr(problem, "orig", None) or type(problem).__name__).splitlines()[0]
    advice = _advice(problem, reason)
    return f"database: {reason}; {advice}" if advice else f"database: {reason}"


def _advice(problem: SQLAlchemyError, reason: str) -> str:
    code = _code(problem)
    by_code = (advice for start, advice in _BY_CODE.items() if code.startswith(start))
    by_text = (advice for part, advice in _BY_TEXT.items() if part in reason)
    lost = _AWAY if isinstance(problem, DBAPIError) and problem.connection_invalidated else ""
    return next(by_code, "") or next(by_text, "") or lost


def _code(problem: SQLAlchemyError) -> str:
    """SQLite's name of the result, or PostgreSQL's SQLSTATE; empty where there is none."""
    orig = getattr(problem, "orig", None)
    return getattr(orig, "sqlite_errorname", None) or getattr(orig, "sqlstate", None) or ""
