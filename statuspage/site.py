"""Keeps every target in step with the events: renders what they touch, and only that.

One publisher works on a target at a time; whoever waited finds its event shown already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import ModuleType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from incidents import outbox, queries
from incidents.db import Database
from incidents.queries import Reader, Touched
from incidents.texts import TextLibrary
from incidents.view import Service
from publishers._kinds import kinds, load
from publishers.documents._base import Document
from publishers.targets._base import Target, Watermark
from statuspage import __version__

log = structlog.get_logger()

Progress = Callable[[int, int], None]
"""Called with (documents put, incidents in all) while everything is rendered anew."""


@dataclass(frozen=True, slots=True)
class NotOnline:
    """A target that does not show the latest state, and why."""

    target: str
    why: str


@dataclass
class Site:
    """The documents of one page and the targets that they are put on."""

    db: Database
    service: Service
    texts: TextLibrary
    templates: Path
    targets: Mapping[str, Target] = field(default_factory=dict)
    channel_kinds: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._documents = [
            load("publishers.documents", kind) for kind in kinds("publishers.documents")
        ]
        self.fingerprint = self._fingerprint()

    def refresh(self, now: datetime, event: int | None = None) -> list[NotOnline]:
        """Bring every target up to date; answers those that could not be.

        With `event`, a target that shows it already is left alone.
        """
        problems = []
        for name, target in self.targets.items():
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
            mark = Watermark(queries.last_event(session), now, self.fingerprint)
            documents = self._render(reader, everything, progress)
            return target.replace(documents, mark)

    def _refresh(self, name: str, target: Target, now: datetime, event: int | None) -> None:
        with target.lock():
            mark = target.watermark()
            if event is not None and mark is not None and mark.event >= event:
                return
            shown = self._catch_up(target, mark, now)
        if shown is not None:
            self._note(name, shown, now)

    def _catch_up(self, target: Target, mark: Watermark | None, now: datetime) -> int | None:
        """The event that the target shows afterwards; None when nothing had to be done."""
        with ExitStack() as stack:
            session = stack.enter_context(self.db.read())
            last = queries.last_event(session)
            reader = self._reader(session, now)
            new = Watermark(last, now, self.fingerprint)
            if mark is None or mark.fingerprint != self.fingerprint or mark.event > last:
                target.replace(self._render(reader, queries.everything(session)), new)
                return last
            touched = queries.touched(session, self.service, mark.event, mark.rendered_at, now)
            if not touched and last == mark.event:
                return None
            target.put(self._render(reader, touched), new)
            return last

    def _note(self, name: str, shown: int, now: datetime) -> None:
        """Let the deliveries go. Where that fails the page is online all the same, and they go
        a few seconds later."""
        try:
            outbox.show(self.db, name, shown, now)
        except SQLAlchemyError as problem:
            log.warning("shown_not_noted", target=name, why=_in_words(problem))

    def _reader(self, session: Session, now: datetime) -> Reader:
        return Reader(session, self.service, self.texts, now, self.channel_kinds)

    def _render(
        self, reader: Reader, touched: Touched, progress: Progress | None = None
    ) -> Iterator[Document]:
        """What citizens look at first comes first: the incident, then the home page, so that no
        link leads nowhere; then history, answers, feeds and the API."""
        for done, (incident_id, view) in enumerate(reader.pages(touched.incidents)):
            yield from self._by("incident", self.service, incident_id, view)
            if progress is not None:
                progress(done + 1, len(touched.incidents))
        new, old = touched.new_months, touched.months - touched.new_months
        yield from self._months(reader, new)
        if touched.home:
            yield from self._by("home", reader.home())
        yield from self._months(reader, old)
        if touched.overview:
            yield from self._by("overview", reader.overview())

    def _months(self, reader: Reader, months: Iterable[str]) -> Iterator[Document]:
        many = len(set(months)) > 1
        for month in sorted(months):
            yield from self._by("month", self.service, month, reader.month(month))
            if many:
                reader.forget()

    def _by(self, function: str, *arguments: object) -> Iterable[Document]:
        for module in self._documents:
            render = _function(module, function)
            if render is not None:
                yield from render(*arguments)

    def _fingerprint(self) -> str:
        """Changes with the version, the settings and every template: all must be rendered anew."""
        digest = hashlib.sha256(f"{__version__}\n{self.service!r}".encode())
        for path in sorted(self.templates.rglob("*")):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:16]


def _function(module: ModuleType, name: str) -> Callable[..., Iterable[Document]] | None:
    return getattr(module, name, None)


def _in_words(problem: Exception) -> str:
    if isinstance(problem, SQLAlchemyError):
        reason = getattr(problem, "orig", None) or problem
        return f"the database did not answer ({type(reason).__name__})"
    if isinstance(problem, OSError) and problem.strerror and problem.filename:
        return f"{problem.filename}: {problem.strerror}"
    return str(problem)
