"""Keeps every target in step with the events: renders what they touch, and only that.

One publisher works on a target at a time; whoever waited finds its event shown already. Pages come
first: who is still at feeds, lists and the API when something new is published begins anew with it.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from incidents import outbox, queries
from incidents.db import Database
from incidents.models import Event
from incidents.queries import Kept, Reader, Touched
from incidents.texts import TextLibrary
from incidents.view import Service
from publishers.documents._base import Document
from publishers.targets._base import Target, Watermark
from statuspage import __version__
from statuspage._presses import Piece, pressed_by_many, pressed_in_turn

log = structlog.get_logger()

MANY = 300
"""Entries from which on it is worth a second of starting processes to render them in parallel."""

_MOST_OVERTAKEN = 1
"""Times in a row that a target is left unfinished for something newer: then all of it is put."""
_A_DAY = 86_400.0
"""Seconds. What happened longer ago was shown elsewhere before: nobody waited for it here."""
_LOOK_EVERY = 0.02
"""Seconds between two looks for something newer."""

Check = Callable[[], None]
Progress = Callable[[int, int], None]
"""Called with (documents put, incidents in all) while everything is rendered anew."""


@dataclass(frozen=True, slots=True)
class NotOnline:
    """A target that does not show the latest state, and why."""

    target: str
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The event that a target shows, and when it happened; event 0 never did."""

    event: int
    at: datetime | None


class _OvertakenError(Exception):
    """Something newer was published: its page comes before the rest of this."""


@dataclass
class _Lookout:
    """Looks for something newer than an event, once what citizens look at first is there."""

    db: Database
    event: int
    patient: bool
    """Whether it looks for nothing: all of it is put."""
    pages_there: bool = False
    _looked: float = 0.0

    def look(self) -> None:
        """Raises `_OvertakenError`."""
        if self.patient or not self.pages_there or time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        with self.db.read() as session:
            if queries.last_public_event(session, self.event) is not None:
                raise _OvertakenError


@dataclass
class Site:
    """The documents of one page and the targets that they are put on."""

    db: Database
    service: Service
    texts: TextLibrary
    templates: Path
    targets: Mapping[str, Target] = field(default_factory=dict)
    channel_kinds: Mapping[str, str] = field(default_factory=dict)
    node: str = "node"
    """The name of this machine among those on the same database."""

    def __post_init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._overtaken: Counter[str] = Counter()
        self.fingerprint = self._fingerprint()

    def refresh(self, now: datetime, event: int | None = None) -> list[NotOnline]:
        """Bring every target up to date; answers those that could not be.

        With `event`, a target that shows it already is left alone.
        """
        problems = []
        for name, target in self._own_first():
            try:
                self._refresh(name, target, now, event)
            except (OSError, SQLAlchemyError) as problem:
                why = _in_words(problem)
                log.error("target_not_online", target=name, why=why)
                problems.append(NotOnline(name, why))
        return problems

    def rebuild(self, target: Target, now: datetime, progress: Progress | None = None) -> int:
        """Render everything anew onto one target; answers how many documents changed."""
        with target.lock(), self.db.read() as session:
            reader = self._reader(session, now)
            everything = queries.everything(session)
            last = queries.last_event(session)
            mark = self._mark(session, last, now, archived=last)
            documents = self._render(reader, everything, progress)
            return target.replace(documents, mark)

    def not_showing(self, event: int) -> list[str]:
        """The targets that do not show an event yet; nothing is rendered."""
        return [name for name, target in self._own_first() if not self._is_shown(target, event)]

    def _is_shown(self, target: Target, event: int) -> bool:
        try:
            mark = target.watermark()
            return mark is not None and self._shows(mark, event)
        except (OSError, SQLAlchemyError):
            return False

    def shown_as(self) -> list[str]:
        """The names under which the outbox knows what the targets show."""
        return [self._known_as(name, target) for name, target in self.targets.items()]

    def _known_as(self, name: str, target: Target) -> str:
        return name if target.shared else outbox.shown_as(self.node, name)

    def _own_first(self) -> list[tuple[str, Target]]:
        """The targets; those for which another machine may have to be waited for, last."""
        return sorted(self.targets.items(), key=lambda item: item[1].shared)

    def _refresh(self, name: str, target: Target, now: datetime, event: int | None) -> None:
        while not self._is_done(name, target, now, event):
            self._overtaken[name] += 1  # and whoever waits for the target comes first
        self._overtaken[name] = 0

    def _is_done(self, name: str, target: Target, now: datetime, event: int | None) -> bool:
        """Bring a target up to date; False where something newer was published meanwhile."""
        began = time.monotonic()
        with self._held(name, target) as check:
            mark = target.watermark()
            if event is not None and mark is not None and self._shows(mark, event):
                return True
            kept = self._kept.setdefault(name, Kept())  # a target is one thread's at a time
            try:
                shown = self._catch_up(name, mark, now, check, kept)
            except _OvertakenError:
                return False
            if shown is not None:  # while it is held: an older note never replaces a newer
                spent = time.monotonic() - began
                self._note(self._known_as(name, target), shown, now, spent)
            return True

    @contextmanager
    def _held(self, name: str, target: Target) -> Iterator[Check]:
        """Hold a target, a shared one against other machines as well; hands out what to ask
        before each document is put: whether it is still held."""
        with ExitStack() as stack:
            check: Check = _holds
            if target.shared:
                check = stack.enter_context(self.db.lock(f"target {name}"))
            stack.enter_context(target.lock())
            yield check

    def _catch_up(
        self, name: str, mark: Watermark | None, now: datetime, check: Check, kept: Kept
    ) -> Shown | None:
        """The event that the target shows afterwards; None when nothing had to be done. Raises
        `_OvertakenError`."""
        target = self.targets[name]
        with ExitStack() as stack:
            session = stack.enter_context(self.db.read())
            last = queries.last_event(session)
            latest = session.get(Event, last)
            shown = Shown(last, latest.at if latest else None)
            if mark is None or not self._is_known(session, mark):
                kept.clear()  # it may be another database
                reader = self._reader(session, now)
                documents = self._render(reader, queries.everything(session))
                new = self._mark(session, last, now, archived=last)
                target.replace(_checked(documents, check), new)
                return shown
            touched = queries.touched(
                session, self.service, mark.event, mark.rendered_at, now, mark.archived
            )
            if not touched and last == mark.event:
                return None
            reader = self._reader(session, now, kept)
            new = self._mark(session, last, now, last if touched.archive else mark.archived)
            lookout = _Lookout(self.db, last, patient=self._overtaken[name] >= _MOST_OVERTAKEN)
            documents = self._render(reader, touched, lookout=lookout)
            target.put(_checked(documents, check, lookout.look), new)
            return shown

    def _mark(self, session: Session, event: int, now: datetime, archived: int = 0) -> Watermark:
        """What a target shows that shows this event, of this very line of events.

        A database that was restored from a backup goes on from an earlier event, and gives the
        same numbers again: so a mark holds what the event was, too.
        """
        row = session.get(Event, event)
        happened = f"{row.at.isoformat()} {row.kind} {row.incident_id}" if row else "nothing yet"
        digest = hashlib.sha256(f"{self.fingerprint} {event} {happened}".encode())
        return Watermark(event, now, digest.hexdigest()[:16], archived)

    def _is_known(self, session: Session, mark: Watermark) -> bool:
        """Whether a mark is of this version, these settings, and this line of events."""
        return mark.fingerprint == self._mark(session, mark.event, mark.rendered_at).fingerprint

    def _shows(self, mark: Watermark, event: int) -> bool:
        """Whether an event is shown already, and nothing has to be done."""
        if mark.event < event:
            return False
        with self.db.read() as session:
            return self._is_known(session, mark)

    def _note(self, name: str, shown: Shown, now: datetime, spent: float) -> None:
        """Let the deliveries go, `spent` seconds after `now`. Where that fails the page is online
        all the same, and they go a few seconds later."""
        try:
            seconds = (now - shown.at).total_seconds() + spent if shown.at else _A_DAY
            took = round(seconds * 1000) if seconds < _A_DAY else None
            outbox.show(self.db, name, shown.event, now, took, timedelta(seconds=spent))
        except SQLAlchemyError as problem:
            log.warning("shown_not_noted", target=name, why=_in_words(problem))

    def _reader(self, session: Session, now: datetime, kept: Kept | None = None) -> Reader:
        kinds = self.channel_kinds
        return Reader(session, self.service, self.texts, now, kinds, kept or Kept())

    def _render(
        self,
        reader: Reader,
        touched: Touched,
        progress: Progress | None = None,
        lookout: _Lookout | None = None,
    ) -> Iterator[Document]:
        pieces = self._pieces(reader, touched, progress, lookout)
        if len(touched.incidents) >= MANY:
            yield from pressed_by_many(pieces)
        else:
            yield from pressed_in_turn(pieces)

    def _pieces(
        self,
        reader: Reader,
        touched: Touched,
        progress: Progress | None,
        lookout: _Lookout | None = None,
    ) -> Iterator[Piece]:
        """What citizens look at first comes first: the incident, then the home page, so that no
        link leads nowhere; then components, history, answers, feeds and the API."""
        for done, (incident_id, view) in enumerate(reader.pages(touched.incidents)):
            yield "incident", (self.service, incident_id, view)
            if progress is not None:
                progress(done + 1, len(touched.incidents))
        new, old = touched.new_months, touched.months - touched.new_months
        yield from self._months(reader, new)
        yield from self._components(reader, touched.new_components)
        if touched.home:
            yield "home", (reader.home(),)
        if lookout is not None:
            lookout.pages_there = True
        yield from self._components(reader, touched.components - touched.new_components)
        yield from self._months(reader, old)
        if touched.overview:
            yield "overview", (reader.overview(),)
        if touched.archive:
            yield "archive", (reader.archive(),)

    def _months(self, reader: Reader, months: Iterable[str]) -> Iterator[Piece]:
        many = len(set(months)) > 1
        for month in sorted(months):
            yield "month", (self.service, month, reader.month(month))
            if many:
                reader.forget()

    def _components(self, reader: Reader, component_ids: Iterable[str]) -> Iterator[Piece]:
        for component_id in sorted(component_ids):
            view = reader.component(component_id)
            yield "component", (self.service, component_id, view)

    def _fingerprint(self) -> str:
        """Changes with the version, the settings and every template: all must be rendered anew."""
        digest = hashlib.sha256(f"{__version__}\n{self.service!r}".encode())
        for path in sorted(self.templates.rglob("*")):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:16]


def _holds() -> None:
    """What is of this machine alone is held by its own lock, which cannot be lost."""


def _checked(
    documents: Iterable[Document], check: Check, look: Check | None = None
) -> Iterator[Document]:
    """The same documents. Whoever lost the lock puts no more of them, nor the watermark: another
    machine may be putting newer ones. `look` may end it as well, but not after the last one."""
    for document in documents:
        check()
        if look is not None:
            look()
        yield document
    check()


def _in_words(problem: Exception) -> str:
    if isinstance(problem, SQLAlchemyError):
        reason = getattr(problem, "orig", None) or problem
        return f"the database did not answer ({type(reason).__name__})"
    if isinstance(problem, OSError) and problem.strerror and problem.filename:
        return f"{problem.filename}: {problem.strerror}"
    return str(problem)
