"""The worker: brings the targets up to date, drives the channels, and lets time pass.

Each channel has a thread of its own, so that a hung network costs its own channel and nothing
else. The clock is APScheduler's; the queue is the outbox's table.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from incidents import access, actions, outbox, queries, subscribers
from incidents.actions import Desk
from incidents.db import Watch
from incidents.models import WITHOUT_PICTURE
from incidents.outbox import Claimed, Look, Sent
from incidents.status import Certainty, DeliveryState
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Post,
    Publisher,
    Receipt,
    Rejected,
    TryLater,
)
from statuspage._following import followed, sight_of
from statuspage.clock import Clock
from statuspage.messages import message_of
from statuspage.processes import is_gone, process_name
from statuspage.prompting import EVERY, Prompter
from statuspage.site import Site

log = structlog.get_logger()

Result = TypeVar("Result")

LONGEST_WAIT = 5.0
"""Seconds that a channel sleeps at most when nothing wakes it."""
TIDY_EVERY = timedelta(minutes=10)
_JUMP = timedelta(seconds=5)
_BREATH = 2.0
"""Seconds at most between two ticks that commits follow upon."""
_BETWEEN_LINES = 0.01
"""Seconds between two parts of a file of subscribers."""
_SETTLE_TRIES = 12


class Worker:
    """Everything that happens by itself. `start` and `stop` are called by one thread."""

    def __init__(
        self,
        desk: Desk,
        site: Site,
        publishers: Mapping[str, Publisher],
        clock: Clock,
        ping: Callable[[], None] | None = None,
        hub: Callable[[], None] | None = None,
        keep_answered: timedelta = timedelta(days=90),
        keep_alarms: Mapping[str, timedelta] | None = None,
        prompter: Prompter | None = None,
    ) -> None:
        """`ping` tells an outer monitor that a tick went well, and `hub` whoever passes the feeds
        on that they are online as they should be; both must return at once. `keep_answered` is for
        how long it is remembered which posts of citizens were answered, and `keep_alarms`
        for how long each source's alarms are; `prompter` reminds operators."""
        self.desk = desk
        self.site = site
        self.publishers = publishers
        self.clock = clock
        self.ping = ping
        self.hub = hub
        self.keep_answered = keep_answered
        self.keep_alarms = keep_alarms or {}
        self.prompter = prompter
        self.name = process_name()
        self._stopping = threading.Event()
        self._wake = {name: threading.Event() for name in publishers}
        self._threads: list[threading.Thread] = []
        self._watch: Watch | None = None
        self._tidied: datetime | None = None
        self._latest = -1
        self._clockwork = BackgroundScheduler(timezone="UTC")
        self._ticking = threading.Lock()

    def start(self) -> None:
        """Catch up with what was missed, then go on in threads."""
        outbox.forget_targets(self.desk.db, self.site.node, self.site.shown_as(), self.clock.now())
        self._watch = self.desk.db.watch()
        self._clockwork.start()
        self._guarded(lambda: actions.catch_up(self.desk, self.clock.now()))
        log.info("worker_started", name=self.name, channels=list(self.publishers))
        # The page is brought up to date in a thread, too: a disk that hangs silences no channel.
        self._go("follow", self._follow)
        self._go("imports", self._import)
        for name in self.publishers:
            self._go(f"channel-{name}", partial(self._serve, name))
        if self.prompter is not None:
            self._go("prompts", partial(self._prompt, self.prompter))

    def stop(self) -> None:
        """Let what is under way finish, and end."""
        self._stopping.set()
        for wake in self._wake.values():
            wake.set()
        if self._watch is not None:
            self._watch.close()
        self._clockwork.shutdown()
        for thread in self._threads:
            thread.join()
        for publisher in self.publishers.values():
            publisher.close()
        if self.prompter is not None:
            self.prompter.close()

    def run(self, until: threading.Event) -> None:
        """Start, wait for the event, stop."""
        self.start()
        until.wait()
        self.stop()

    def _go(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    # What happens: others commit, time passes

    def _follow(self) -> None:
        """Wake everything when somebody committed, or when the clock jumped."""
        before = self.clock.now()  # first: a jump during the tick is one as well
        self._tick()
        while not self._stopping.is_set():
            changed = self._guarded(self._wait_for_commit) or False
            now = self.clock.now()
            jumped = (
                not -_JUMP
                < now - before - timedelta(seconds=self.clock.speed)
                < _JUMP * (1 + self.clock.speed)
            )
            before = now
            if jumped or (changed and self._guarded(self._has_news) is not False):
                began = time.monotonic()
                self._tick()
                # While one commit follows the other, who writes has twice as long.
                self._stopping.wait(min(2 * (time.monotonic() - began), _BREATH))

    def _has_news(self) -> bool:
        """Whether something was done: a list that is walked commits ten times a second, and tells
        of nothing that the page or a channel would have to know."""
        with self.desk.db.read() as session:
            latest = queries.last_event(session)
        before, self._latest = self._latest, latest
        return latest != before

    def _wait_for_commit(self) -> bool:
        return self._watch is not None and self._watch.wait(1.0)

    def _tick(self) -> None:
        """Take what is due, show it, wake the channels, and set the clock for what comes next."""
        with self._ticking:
            now = self.clock.now()
            self._guarded(lambda: outbox.end_leases(self.desk.db, now, is_gone))
            caught_up = self._guarded(lambda: actions.catch_up(self.desk, now))
            self._guarded(lambda: actions.forget_answered(self.desk, now, self.keep_answered))
            self._guarded(lambda: actions.forget_alarms(self.desk, now, self.keep_alarms))
            self._tidy(now)
            not_online = self._guarded(lambda: self.site.refresh(now))
            for wake in self._wake.values():
                wake.set()
            following = self._guarded(lambda: self._next(now)) or now + timedelta(minutes=1)
            if not self._stopping.is_set():
                self._clockwork.add_job(
                    self._tick,
                    "date",
                    run_date=self.clock.alarm(following),
                    id="tick",
                    replace_existing=True,
                    misfire_grace_time=None,  # by default a job a second late is dropped
                    max_instances=3,  # and one that is due while this very one still ends
                )
            if self.hub is not None and not_online == []:
                self._guarded(self.hub)
            if caught_up is not None and not_online == []:
                self._guarded(lambda: self._ping_if_well(now))

    def _tidy(self, now: datetime) -> None:
        """Throw away what is left of old sign-ins and of programs' requests; not oftener, because
        a tick may follow each commit, and this is one itself."""
        if self._tidied is None or now - self._tidied >= TIDY_EVERY or now < self._tidied:
            self._tidied = now
            self._guarded(lambda: access.tidy(self.desk.db, now))
            self._guarded(lambda: access.forget_replies(self.desk.db, now))

    def _ping_if_well(self, now: datetime) -> None:
        """Tell the outer monitor, unless the database does not know what the targets show: then
        it could be read and yet not be written to."""
        if self.ping is None:
            return
        with self.desk.db.read() as session:
            found = queries.readiness(session, now)
        if found.is_shown_by(self.site.shown_as()):
            self.ping()

    def _next(self, now: datetime) -> datetime:
        """The next minute (for "last checked"), or sooner where something is due sooner."""
        minute = queries.minute(now) + timedelta(minutes=1)
        with self.desk.db.read() as session:
            step = actions.next_step(session)
            change = queries.next_change(session, self.desk.service, now)
        return max(now, min(moment for moment in (minute, step, change) if moment is not None))

    def _guarded(self, work: Callable[[], Result]) -> Result | None:
        """A database that does not answer is waited for; any other fault costs only this turn."""
        try:
            return work()
        except SQLAlchemyError as problem:
            log.error("database_unavailable", why=type(problem).__name__)
        except Exception:  # a fault of ours must not end a thread: nobody would see it
            log.exception("worker_fault")
        self._stopping.wait(0.5)
        return None

    def _import(self) -> None:
        """Take files of subscribers over, a few lines at a time: others write in between."""
        while not self._stopping.is_set():
            took = self._guarded(lambda: subscribers.take_next(self.desk, self.clock.now()))
            self._stopping.wait(_BETWEEN_LINES if took else 1.0)

    def _prompt(self, prompter: Prompter) -> None:
        while not self._stopping.is_set():
            self._guarded(prompter.turn)
            self._stopping.wait(EVERY)

    # One channel

    def _serve(self, channel: str) -> None:
        while not self._stopping.is_set():
            if self._guarded(lambda: self.attend(channel)):
                continue
            self._wake[channel].wait(self._guarded(lambda: self._pause(channel)) or 1.0)
            self._wake[channel].clear()

    def _pause(self, channel: str) -> float:
        now = self.clock.now()
        with self.desk.db.read() as session:
            due = outbox.next_due(session, [channel], now)
        waiting = now + timedelta(seconds=0.5 * self.clock.speed) if due is None else due
        return min(LONGEST_WAIT, max(0.05, self.clock.seconds_until(waiting)))

    def attend(self, channel: str) -> bool:
        """Do one thing for a channel: send the next delivery, or look at a post, or look on at one
        that was seen. False: none."""
        publisher = self.publishers[channel]
        now = self.clock.now()
        claimed = outbox.claim(self.desk.db, channel, self.name, now, publisher.certainty)
        if claimed is not None:
            with bound_contextvars(**_named(claimed)):
                self._deliver(publisher, claimed)
            return True
        looks = outbox.due_looks(self.desk.db, channel, self.name, now)
        for look in looks:
            with bound_contextvars(**_named(look.claimed)):
                self._look(publisher, look)
        if looks:
            return True
        following = outbox.due_following(self.desk.db, channel, now)
        if following is not None:
            with bound_contextvars(channel=channel, delivery=following.delivery):
                found = followed(publisher, following)
            self._settle(lambda at: outbox.settle_following(self.desk.db, following, at, found))
        return following is not None

    def _deliver(self, publisher: Publisher, claimed: Claimed) -> None:
        try:
            message, post = self._compose(publisher, claimed)
        except Exception as problem:  # nothing was sent yet: that is known
            log.exception("channel_fault")
            fault = f"it could not be composed ({type(problem).__name__})"
            self._settle(lambda now: outbox.settle_rejected(self.desk.db, claimed, now, fault))
        else:
            self._send(publisher, claimed, message, post)

    def _compose(self, publisher: Publisher, claimed: Claimed) -> tuple[Message, Post]:
        message = message_of(self.desk, publisher.options, claimed)
        return message, publisher.compose(message)

    def _send(self, publisher: Publisher, claimed: Claimed, message: Message, post: Post) -> None:
        try:
            receipt = self._say(publisher, claimed, message, post)
        except TryLater as problem:
            log.warning("delivery_later", why=str(problem))
            why, after = str(problem), problem.retry_after
            self._settle(lambda now: outbox.settle_later(self.desk.db, claimed, now, why, after))
        except Rejected as problem:
            log.error("delivery_rejected", why=str(problem))
            why = str(problem)
            self._settle(lambda now: outbox.settle_rejected(self.desk.db, claimed, now, why))
        except ChannelBroken as problem:
            log.error("channel_broken", why=str(problem))
            why = str(problem)
            self._settle(lambda now: outbox.settle_broken(self.desk.db, claimed, now, why))
        except MaybeSent as problem:
            log.warning("delivery_unconfirmed", why=str(problem))
            self._doubt(publisher, claimed, post, str(problem))
        except Exception as problem:  # a channel's own fault must not stop the others
            log.exception("channel_fault")
            fault = f"a fault of this channel ({type(problem).__name__})"
            self._doubt(publisher, claimed, post, fault)
        else:
            self._done(publisher, claimed, receipt, post)

    def _done(
        self,
        publisher: Publisher,
        claimed: Claimed,
        receipt: Receipt | None,
        post: Post,
    ) -> None:
        db = self.desk.db
        if receipt is None:
            log.warning("delivery_stale", why=claimed.stale)
            self._settle(lambda now: outbox.settle_stale(db, claimed, now))
        elif publisher.certainty is Certainty.PERSONAL:
            log.info("delivery_asked")
            who = publisher.check()
            self._settle(lambda now: outbox.settle_asked(db, claimed, now, post.text, who))
        else:
            log.info("delivery_sent", url=receipt.url)
            if receipt.without_picture:
                log.warning("delivery_without_picture", why=receipt.without_picture)
            self._store(claimed, receipt, post)

    def _say(
        self, publisher: Publisher, claimed: Claimed, message: Message, post: Post
    ) -> Receipt | None:
        """The receipt of the post, sent or found; None for one that must not be sent any more."""
        if claimed.maybe_sent and publisher.certainty is not Certainty.BLIND:
            found = publisher.find(message, post)
            if found is not None:
                return found
        if claimed.stale:
            return None
        if claimed.in_doubt:
            # The network did not even let us look for an earlier post. It has to answer something
            # before it is given another one that may end in doubt.
            publisher.check()
        return publisher.publish(message, post)

    def _store(self, claimed: Claimed, receipt: Receipt, post: Post) -> None:
        self._settle(
            lambda now: outbox.settle_sent(
                self.desk.db,
                claimed,
                now,
                _as_sent(receipt),
                post.text,
                standalone=receipt.standalone or claimed.standalone,
                fallback=post.fallback,
                verify=True,
            )
        )

    def _doubt(self, publisher: Publisher, claimed: Claimed, post: Post, why: str) -> None:
        certainty = publisher.certainty
        self._settle(
            lambda now: outbox.settle_unknown(self.desk.db, claimed, now, why, certainty, post.text)
        )

    def _settle(self, work: Callable[[datetime], None]) -> None:
        """Store what became of a delivery; a database that is away is waited for a while.

        If it stays away, the lease runs out and the delivery is looked for: nothing is lost.
        """
        for _ in range(_SETTLE_TRIES):
            try:
                return work(self.clock.now())
            except SQLAlchemyError as problem:
                log.error("database_unavailable", why=type(problem).__name__)
                self._stopping.wait(1.0)
        return None

    def _look(self, publisher: Publisher, look: Look) -> None:
        try:
            if look.state is DeliveryState.UNCONFIRMED:
                self._find(publisher, look)
            elif look.sent is not None:
                receipt = Receipt(look.sent.remote_id, look.sent.url, extra=look.sent.extra)
                sight = sight_of(publisher, receipt)
                self._settle(lambda at: outbox.settle_seen(self.desk.db, look, at, sight))
        except TryLater as problem:
            log.warning("look_put_off", why=str(problem))
            after = problem.retry_after
            self._settle(lambda now: outbox.look_later(self.desk.db, look, now, after))
        except ChannelBroken as problem:
            log.warning("look_failed", why=str(problem))

    def _find(self, publisher: Publisher, look: Look) -> None:
        message, post = self._compose(publisher, look.claimed)
        found = publisher.find(message, post)
        if found is not None:
            now = self.clock.now()
            outbox.settle_found(self.desk.db, look, now, _as_sent(found), post.text)


def _named(claimed: Claimed) -> dict[str, Any]:
    """What every line of the log says that has to do with a delivery, so that it can be found."""
    return {
        "channel": claimed.channel,
        "delivery": claimed.id,
        "publication": claimed.publication.id,
        "incident": claimed.incident_id,
    }


def _as_sent(receipt: Receipt) -> Sent:
    extra = dict(receipt.extra)
    if receipt.without_picture:
        extra[WITHOUT_PICTURE] = receipt.without_picture
    return Sent(receipt.remote_id, receipt.url, extra)
