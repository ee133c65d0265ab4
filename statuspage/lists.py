"""The lists: takes each publication to all who subscribed, and lets nobody wait for it.

A process of its own, beside the worker: while a hundred thousand letters go out, the accounts'
posts leave as fast as ever. Each list has a thread that walks its rounds, and one for the letters
that are kept: a link that somebody waits for never stands behind a round.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from incidents import outbox, subscribers
from incidents.actions import Desk
from incidents.db import Watch
from incidents.models import Channel
from incidents.outbox import Claimed, Sent
from incidents.status import Certainty, ChannelState, ListMode
from incidents.subscribers import Done, Held, Kept, LetterKind, PutOff, Retention, Walk
from publishers.channels._base import ChannelBroken, TryLater
from publishers.lists._base import Carried, Carrier, Gone, Later, Letter, News, Refused, Taken
from statuspage.clock import Clock
from statuspage.letters import Writer
from statuspage.processes import is_gone, process_name

log = structlog.get_logger()

LONGEST_WAIT = 5.0
"""Seconds that a list sleeps at most when nothing wakes it."""
TIDY_EVERY = timedelta(minutes=10)
TRY_AGAIN = timedelta(seconds=30)
"""When a letter that could not be handed over is tried again, at the soonest."""
OLD_CHANGE = timedelta(hours=1)
"""Of a component's change that is older nobody is told any more: nothing stale goes out."""
_GIVE_WAY = 0.8
"""How long the next batch waits, as a part of the time that the last one took ..."""
_LONGEST_BREATH = 0.2
"""... and in seconds at most."""
_LETTERS = 100
_TELLS_OF_CHANGES = (ListMode.WEBHOOK,)
_STOP = TryLater | ChannelBroken


@dataclass
class _Course:
    """One walk under way, which several threads may share."""

    walk: Walk
    news: News
    left: list[Held]
    stopped: _STOP | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)


class Lists:
    """All lists that are set. `start` and `stop` are called by one thread."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        writer: Writer,
        carriers: Mapping[ListMode, Callable[[], Carrier]],
        retention: Retention,
    ) -> None:
        """`carriers` makes one for the rounds of a list, and another for its letters."""
        self.desk = desk
        self.clock = clock
        self.writer = writer
        self.retention = retention
        self.name = process_name()
        self.rounds = {mode: make() for mode, make in carriers.items()}
        self.letters = {mode: make() for mode, make in carriers.items()}
        self._stopping = threading.Event()
        self._wake: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self._watch: Watch | None = None
        self._tidied: datetime | None = None

    def start(self) -> None:
        """Begin, in threads."""
        self._watch = self.desk.db.watch()
        log.info("lists_started", name=self.name, lists=list(map(str, self.rounds)))
        self._go("follow", self._follow)
        for mode in self.rounds:
            self._go(f"rounds-{mode}", self._loop(partial(self.walk_next, mode)))
            self._go(f"letters-{mode}", self._loop(partial(self.write_next, mode)))

    def stop(self) -> None:
        """Let each batch that is under way end."""
        self._stopping.set()
        self._wake_all()
        if self._watch is not None:
            self._watch.close()
        for thread in self._threads:
            thread.join()
        for carrier in (*self.rounds.values(), *self.letters.values()):
            carrier.close()

    def run(self, until: threading.Event) -> None:
        """Start, wait for the event, stop."""
        self.start()
        until.wait()
        self.stop()

    def _go(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, work: Callable[[], bool]) -> Callable[[], None]:
        wake = threading.Event()
        self._wake.append(wake)

        def run() -> None:
            while not self._stopping.is_set():
                if self._guarded(work):
                    continue
                wake.wait(min(LONGEST_WAIT, 0.5 / self.clock.speed + 0.5))
                wake.clear()

        return run

    def _wake_all(self) -> None:
        for wake in self._wake:
            wake.set()

    def _follow(self) -> None:
        """Wake the lists when somebody committed, and look after what is kept."""
        while not self._stopping.is_set():
            self._guarded(self.tidy)
            if self._guarded(lambda: self._watch is not None and self._watch.wait(1.0)):
                self._wake_all()

    def tidy(self) -> bool:
        """Let go of what dead processes hold, and erase what is too old."""
        now = self.clock.now()
        db = self.desk.db
        outbox.end_leases(db, now, is_gone)
        with db.read() as session:
            gone = [name for name in subscribers.holders(session) if is_gone(name)]
        if gone:
            subscribers.end_holds(db, gone, now)
        if self._tidied is None or not timedelta(0) <= now - self._tidied < TIDY_EVERY:
            self._tidied = now
            erased = subscribers.tidy(db, now, self.retention)
            log.info("subscribers_tidied", erased=erased)
        return True

    def _guarded(self, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except SQLAlchemyError as problem:
            log.error("database_unavailable", why=type(problem).__name__)
        except Exception:  # a fault of ours must not end a thread: nobody would see it
            log.exception("lists_fault")
        self._stopping.wait(0.5)
        return False

    # Rounds

    def walk_next(self, mode: ListMode) -> bool:
        """Walk a list for what was published next, if anything was."""
        now = self.clock.now()
        claimed = outbox.claim(self.desk.db, str(mode), self.name, now, Certainty.KEYED)
        if claimed is not None:
            with bound_contextvars(channel=str(mode), publication=claimed.publication.id):
                self._walk_delivery(mode, claimed)
            return True
        return mode in _TELLS_OF_CHANGES and self._walk_change(mode, now)

    def _walk_delivery(self, mode: ListMode, claimed: Claimed) -> None:
        db = self.desk.db
        if claimed.publication.kind not in self.rounds[mode].KINDS:
            self._settle(claimed, "", 0)
            return
        walk = subscribers.begin(db, mode, claimed, self.clock.now())
        if claimed.stale:
            log.warning("round_stale", why=claimed.stale)
            subscribers.abandon(db, walk, self.clock.now())
            outbox.settle_stale(db, claimed, self.clock.now())
            return
        news = self.writer.news(mode, claimed.publication, self.clock.now())
        stopped = self._walk(mode, walk, news)
        if stopped is not None:
            self._put_off(claimed, stopped)
        elif subscribers.finish(db, walk, self.clock.now()):
            log.info("round_done", total=walk.total)
            post = self.rounds[mode].preview(news, self.desk.service.default_locale)
            self._settle(claimed, post.text, walk.total)

    def _put_off(self, claimed: Claimed, stopped: _STOP) -> None:
        db, now, why = self.desk.db, self.clock.now(), str(stopped)
        if isinstance(stopped, ChannelBroken):
            log.error("channel_broken", why=why)
            outbox.settle_broken(db, claimed, now, why)
        else:
            log.warning("round_later", why=why)
            outbox.settle_later(db, claimed, now, why, stopped.retry_after)

    def _settle(self, claimed: Claimed, text: str, total: int) -> None:
        outbox.settle_sent(
            self.desk.db,
            claimed,
            self.clock.now(),
            Sent(str(total), None),
            text,
            standalone=False,
            fallback=False,
            verify=False,
        )

    def _walk_change(self, mode: ListMode, now: datetime) -> bool:
        if self._is_off(mode):
            return False
        db, calm, zone = self.desk.db, self.desk.calm, self.desk.service.time_zone
        found = subscribers.next_change(db, str(mode), self.name, now, OLD_CHANGE, calm, zone)
        if found is None:
            return False
        walk, change = found
        stopped = self._walk(mode, walk, self.writer.news_of_change(change, now))
        if stopped is None:
            subscribers.finish(db, walk, self.clock.now())
        return stopped is None

    def _walk(self, mode: ListMode, walk: Walk, news: News) -> _STOP | None:
        """Hand a round over, batch by batch; answers why it has to wait, where it has to."""
        left = list(subscribers.left_batches(self.desk.db, walk))
        course = _Course(walk, news, left)
        at_once = self.rounds[mode].AT_ONCE
        if at_once == 1:
            self._carry_on(mode, course)
        else:
            with ThreadPoolExecutor(at_once, f"batches-{mode}") as pool:
                for done in [pool.submit(self._carry_on, mode, course) for _ in range(at_once)]:
                    done.result()
        return course.stopped

    def _carry_on(self, mode: ListMode, course: _Course) -> None:
        db = self.desk.db
        while course.stopped is None:
            held = self._next_batch(course)
            if held is None:
                return
            began = time.monotonic()
            letters = [self.writer.letter(mode, course.news, to) for to in held.recipients]
            carried = self.rounds[mode].carry(letters)
            done = self._told(mode, held, carried)
            subscribers.settle_batch(db, course.walk, held, done, self.clock.now())
            self._give_way(mode, time.monotonic() - began)
            if carried.stopped is not None:
                course.stopped = carried.stopped
            elif self._stopping.is_set() or self._is_off(mode):
                course.stopped = TryLater("it was stopped on the way")

    def _give_way(self, mode: ListMode, spent: float) -> None:
        """Whoever publishes meanwhile wants to compute, too; a list that mostly waits for others
        takes nothing from them."""
        if self.rounds[mode].AT_ONCE == 1:
            self._stopping.wait(min(_GIVE_WAY * spent, _LONGEST_BREATH))

    def _next_batch(self, course: _Course) -> Held | None:
        with course.turn:
            if course.left:
                return course.left.pop(0)
            return subscribers.next_batch(self.desk.db, course.walk, self.clock.now())

    def _told(self, mode: ListMode, held: Held, carried: Carried) -> Done:
        now = self.clock.now()
        sent, failed, later = 0, 0, []
        for to, outcome in zip(held.recipients, carried.outcomes, strict=True):
            match outcome:
                case Taken():
                    sent += 1
                case Later(why, after):
                    wait = max(after or TRY_AGAIN, TRY_AGAIN)
                    later.append(PutOff(to.number, why, now + wait))
                case Refused():
                    failed += 1
                case Gone(why):
                    failed += 1
                    self._let_go(mode, to.number, why, now)
        return Done(sent, failed, later)

    def _let_go(self, mode: ListMode, number: int, why: str, now: datetime) -> None:
        """Nobody is there: a browser is forgotten; others may say that they are back."""
        log.info("subscriber_gone", list=str(mode), why=why)
        if mode is ListMode.PUSH:
            subscribers.forget(self.desk.db, mode, number)
        else:
            subscribers.quarantine(self.desk.db, number, now, why)

    def _is_off(self, mode: ListMode) -> bool:
        with self.desk.db.read() as session:
            row = session.get(Channel, str(mode))
        return row is not None and row.state is not ChannelState.ON

    # Letters

    def write_next(self, mode: ListMode) -> bool:
        """Hand over what is kept and due; False where nothing was."""
        if self._is_off(mode):
            return False
        now = self.clock.now()
        kept = subscribers.claim_letters(self.desk.db, str(mode), self.name, now, _LETTERS)
        if not kept:
            return False
        carried = self.letters[mode].carry(self._written(mode, kept, now))
        for letter, outcome in zip(kept, carried.outcomes, strict=True):
            self._settle_letter(mode, letter, outcome)
        if isinstance(carried.stopped, ChannelBroken):
            log.error("channel_broken", why=str(carried.stopped))
            outbox.break_channel(self.desk.db, str(mode), self.clock.now(), str(carried.stopped))
        return carried.stopped is None

    def _written(self, mode: ListMode, kept: Sequence[Kept], now: datetime) -> list[Letter]:
        news: dict[int, News] = {}
        return [
            self.writer.letter(mode, self._news(mode, each, news), each.recipient)
            if each.kind is LetterKind.NEWS
            else self.writer.about(each, now)
            for each in kept
        ]

    def _news(self, mode: ListMode, kept: Kept, known: dict[int, News]) -> News:
        about = kept.round_id or 0
        if about not in known:
            known[about] = self._what_is_told(mode, kept)
        return known[about]

    def _what_is_told(self, mode: ListMode, kept: Kept) -> News:
        now = self.clock.now()
        if kept.publication is not None:
            return self.writer.news(mode, kept.publication, now)
        if kept.change is not None:
            return self.writer.news_of_change(kept.change, now)
        raise ValueError(f"letter {kept.id} tells of nothing")

    def _settle_letter(
        self, mode: ListMode, kept: Kept, outcome: Taken | Later | Refused | Gone
    ) -> None:
        db, now = self.desk.db, self.clock.now()
        match outcome:
            case Taken():
                subscribers.settle_taken(db, kept, self.name)
            case Later(why, after):
                if subscribers.settle_put_off(db, kept, self.name, now, why, after):
                    self._give_up(mode, kept, why, now)
            case Refused():
                subscribers.settle_refused(db, kept, self.name)
            case Gone(why):
                subscribers.settle_refused(db, kept, self.name)
                self._give_up(mode, kept, why, now)

    def _give_up(self, mode: ListMode, kept: Kept, why: str, now: datetime) -> None:
        """After a day of trying; what is about a subscription says nothing of where news go."""
        if kept.kind is LetterKind.NEWS:
            self._let_go(mode, kept.recipient.number, why, now)
