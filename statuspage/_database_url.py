"""The database's address: as SQLAlchemy wants it, as it may be shown, and what is secret in it.

SQLAlchemy is imported only where there is something to take apart: it takes a quarter of a second,
and a server of documents that starts again has no need of it.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}
_SECRET_QUERY = ("password", "sslpassword")
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9_./-]*")
_SQLITE = "sqlite:"


def normal_database_url(url: str, data_path: Path) -> tuple[str, str]:
    """The address as SQLAlchemy wants it, and what is wrong with it (which never quotes it)."""
    if url == "sqlite":
        return _sqlite(str(data_path / "avviso.db")), ""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    fault = 'should be "sqlite" or postgresql://user@host/database'
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return "", fault
    if parsed.drivername not in _POSTGRESQL:
        return "", fault
    if find_spec("psycopg") is None:
        return "", "PostgreSQL needs one more package: pip install 'avviso[postgresql]'"
    normal = parsed.set(drivername="postgresql+psycopg")
    return normal.render_as_string(hide_password=False), ""


def shown_database_url(url: str) -> str:
    """The address without what is secret in it."""
    return url if url.startswith(_SQLITE) else _without_secrets(_parsed(url)).render_as_string()


def database_secrets(url: str) -> tuple[str, ...]:
    """What is secret in an address, as it is and as it stands there."""
    if url.startswith(_SQLITE):
        return ()
    parsed = _parsed(url)
    found = [parsed.password, *(parsed.query.get(key) for key in _SECRET_QUERY)]
    plain = [str(value) for value in found if value]
    return tuple(dict.fromkeys([*plain, *(quote(value, "") for value in plain)]))


def _sqlite(path: str) -> str:
    if _PLAIN_PATH.fullmatch(path):
        return f"{_SQLITE}///{path}"
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=path).render_as_string()


def _parsed(url: str) -> URL:
    from sqlalchemy.engine import make_url

    return make_url(url)


def _without_secrets(url: URL) -> URL:
    return url.difference_update_query(_SECRET_QUERY).set(password="***" if url.password else None)
