"""The dead man's switch: tells the operators' own monitor that the worker really works.

It alarms when the pings stop, so nothing here is said twice, waited for, or allowed to disturb.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock, Thread

import requests
import structlog

from publishers.channels._http import NETWORK_ERRORS, BoundedSession
from statuspage import __version__
from statuspage._monitor_settings import MonitorSettings

log = structlog.get_logger()

EARLY = 5.0
"""Seconds by which a ping may come before its time: ticks are a minute apart, but never exactly."""


class Ping:
    """Gets the monitor's address, in a thread of its own, no more often than it was set."""

    def __init__(
        self, settings: MonitorSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._last: float | None = None
        self._under_way = Lock()
        self._failing = False

    def __call__(self) -> None:
        """All is well at this moment: say so if it is time to. Returns at once, raises nothing.

        While an earlier ping hangs there is no other.
        """
        now = self._monotonic()
        early = self._last is not None and now - self._last < self._settings.every - EARLY
        if not self._settings.ping or early or not self._under_way.acquire(blocking=False):
            return
        self._last = now
        Thread(target=self._send, name="ping", daemon=True).start()

    def _send(self) -> None:
        try:
            self._note(self._fault())
        finally:
            self._under_way.release()

    def _fault(self) -> str:
        """What went wrong, without the address, which may be a secret; "" for nothing."""
        try:
            with BoundedSession() as session:
                session.headers["User-Agent"] = f"Avviso/{__version__}"
                answer = session.get(self._settings.ping, stream=True)
                return "" if answer.ok and not answer.is_redirect else f"{answer.status_code}"
        except NETWORK_ERRORS as problem:
            return _cause(problem)

    def _note(self, fault: str) -> None:
        host = self._settings.shown_ping
        if fault and not self._failing:
            log.warning("ping_failed", monitor=host, why=fault)
        elif self._failing and not fault:
            log.info("ping_works_again", monitor=host)
        self._failing = bool(fault)


def _cause(problem: BaseException) -> str:
    """The error's kind: its own text quotes the address."""
    known = isinstance(problem, requests.exceptions.RequestException)
    return type(problem).__name__ if known else f"network ({type(problem).__name__})"
