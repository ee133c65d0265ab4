"""Is the page alive and honest, and can this machine do its work? Answers in words, by part.

Nothing here waits for long: a database that hangs is said to be silent after two seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import Generic, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from incidents import outbox
from incidents.db import Database
from incidents.queries import Readiness
from statuspage.settings import Settings

Result = TypeVar("Result")
Parts = Mapping[str, str]
"""What was looked at, each "ok" or what is wrong with it."""

OK = "ok"
OLD_AFTER = timedelta(minutes=3)
"""The worker renews the heartbeat each minute: two may be missed."""
PATIENCE = 2.0
"""Seconds that a look at the database may take."""
_LONGEST_HEARTBEAT = 1000


class Silent(Exception):
    """The database did not answer, or not in time; the message says which, and no address."""


def heartbeat_age(page: Path | None, now: datetime) -> timedelta | None:
    """How long ago the worker last renewed the page in a folder; None where nothing says.

    Negative where the clock was set back since.
    """
    if page is None:
        return None
    try:
        with (page / "heartbeat.json").open("rb") as file:
            checked = json.loads(file.read(_LONGEST_HEARTBEAT))["checked_at"]
        return now - datetime.fromisoformat(checked)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def page_health(page: Path | None, now: datetime) -> Parts:
    """Whether the page tells the truth: somebody looked at it within the last three minutes."""
    if page is None:
        return {"heartbeat": "no target here is a directory; watch /heartbeat.json itself"}
    age = heartbeat_age(page, now)
    if age is None:
        return {"heartbeat": "there is none that can be read; did a worker ever run?"}
    if age > OLD_AFTER:
        return {"heartbeat": f"is {_spelt(age)} old; is the worker running?"}
    if age < -OLD_AFTER:
        return {"heartbeat": f"is {_spelt(-age)} ahead of this machine's clock"}
    return {"heartbeat": OK}


def _spelt(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def readiness_of(settings: Settings, found: Readiness) -> Parts:
    """Whether this machine's tables and targets are as they should be."""
    if found.shown is None:
        has = f"are of version {found.revision}" if found.revision else "are missing"
        return {"database": OK, "tables": f"{has}; this version needs {found.wanted}"}
    parts = {"database": OK, "tables": OK}
    for target in settings.targets:
        # A target that several machines share is known by its name alone.
        names = (target.name, outbox.shown_as(settings.node, target.name))
        events = [found.shown[name] for name in names if name in found.shown]
        parts[f"target {target.name}"] = _up_to_date(max(events, default=None), found.last_event)
    return parts


def _up_to_date(shown: int | None, last: int) -> str:
    if shown is None:
        return "was not looked after for three minutes; is the worker running?"
    return OK if shown >= last else f"shows event {shown}, not yet {last}"


class Glance(Generic[Result]):
    """Looks at what may hang, in a thread of its own, and waits for two seconds at the most.

    Whoever comes while a look is under way shares it: a crowd costs one look at a time.
    """

    def __init__(self, look: Callable[[], Result], patience: float = PATIENCE) -> None:
        self._look = look
        self._patience = patience
        self._lock = Lock()
        self._under_way: Future[Result] | None = None

    def __call__(self) -> Result:
        """What is there. Raises `TimeoutError`, or whatever the look raised."""
        with self._lock:
            if self._under_way is None or self._under_way.done():
                self._under_way = Future()
                Thread(target=self._fill, args=(self._under_way,), daemon=True).start()
            future = self._under_way
        return future.result(self._patience)

    def _fill(self, future: Future[Result]) -> None:
        try:
            future.set_result(self._look())
        except BaseException as problem:  # noqa: BLE001  raised again by whoever waits for it
            future.set_exception(problem)


class Lookout:
    """Reads from the database for those who watch, over a connection that is closed afterwards."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    def read(self, look: Callable[[Session], Result]) -> Result:
        """What a look finds in one snapshot. Raises `Silent`."""
        # SQLite makes a file that is not there, and an empty one is no database.
        file = self._url.database if self._url.get_backend_name() == "sqlite" else None
        if file and not Path(file).exists():
            raise Silent("its file is not there")
        db = Database(self._bounded())
        try:
            with db.read() as session:
                if not db.sqlite:
                    session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE:.0f}s'"))
                return look(session)
        except SQLAlchemyError as problem:
            reason = getattr(problem, "orig", None) or problem
            raise Silent(f"does not answer ({type(reason).__name__})") from None
        finally:
            db.close()

    def _bounded(self) -> str:
        """The address, such that a server that vanished does not hold a thread for hours."""
        url = self._url
        if url.get_backend_name() == "postgresql":
            url = url.update_query_dict({"connect_timeout": "2", "tcp_user_timeout": "4000"})
        return url.render_as_string(hide_password=False)
