"""The house of the application's process, who composes in it and who keeps its page: opened when
they are first needed, shared by its threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from statuspage.clock import Clock
from statuspage.settings import Settings

if TYPE_CHECKING:
    from publishers.channels._base import Publisher
    from statuspage.house import House
    from statuspage.site import NotOnline
    from statuspage.upkeep import Upkeep

_NAME = "avviso.at_hand"
_LONGEST_WAIT = 10.0
"""Seconds that somebody at a form waits for the page: then they are told that it follows."""


class Turn:
    """One program's request at a time: threads of one process that all compute hinder each other,
    and would take half as long again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counting = Lock()
        self._others = 0

    @property
    def others(self) -> int:
        """How many wait for their turn."""
        return self._others

    def __enter__(self) -> None:
        self._wait()

    def __exit__(self, *_fault: object) -> None:
        self._lock.release()

    def _wait(self) -> None:
        with self._counting:
            self._others += 1
        self._lock.acquire()
        with self._counting:
            self._others -= 1

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let the next one compute, while this one waits for something."""
        self._lock.release()
        try:
            yield
        finally:
            self._wait()


class AtHand:
    """Opens the house once. While it cannot be opened, who needs it is told to come back."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.turn = Turn()
        self._lock = Lock()
        self._house: House | None = None
        self._composers: Mapping[str, Publisher] | None = None
        self._upkeep: Upkeep | None = None

    def house(self) -> House:
        """The house. Raises `ServiceUnavailable` while the database cannot be opened."""
        with self._lock:
            if self._house is None:
                from statuspage.house import open_house  # takes time, and documents need none

                try:
                    self._house = open_house(self.settings, self.clock)
                except (OSError, SQLAlchemyError) as problem:
                    raise ServiceUnavailable(retry_after=5) from problem
            return self._house

    def composers(self) -> Mapping[str, Publisher]:
        """A publisher for each channel: they compose, and that is pure."""
        house = self.house()
        with self._lock:
            if self._composers is None:
                self._composers = house.publishers()
            return self._composers

    def upkeep(self) -> Upkeep:
        """Who renders for all threads."""
        house = self.house()
        with self._lock:
            if self._upkeep is None:
                from statuspage.upkeep import Upkeep

                self._upkeep = Upkeep(house.site, house.clock)
            return self._upkeep

    def close(self) -> None:
        """Let go of what was opened."""
        with self._lock:
            if self._upkeep is not None:
                self._upkeep.close()
                self._upkeep = None
            for composer in (self._composers or {}).values():
                composer.close()
            self._composers = None
            if self._house is not None:
                self._house.close()
                self._house = None


def put_at_hand(app: Flask, settings: Settings, clock: Clock) -> AtHand:
    """Let the requests of an app find their house."""
    found = AtHand(settings, clock)
    app.extensions[_NAME] = found
    return found


def house() -> House:
    """The house of the request that is being answered."""
    return _at_hand().house()


def composers() -> Mapping[str, Publisher]:
    """A publisher for each channel, to compose with."""
    return _at_hand().composers()


def turn() -> Turn:
    """The turn of those requests that take turns."""
    return _at_hand().turn


def put_online(event: int, within: float | None = None) -> list[NotOnline]:
    """Have an event shown, and wait for it; answers the targets that do not show it yet.

    `within` so many seconds for a program, and not at all in a crowd; a person at a form waits
    longer.
    """
    at_hand = _at_hand()
    if within is None:
        return at_hand.upkeep().shown(event, _LONGEST_WAIT)
    others = at_hand.turn.others
    return at_hand.upkeep().shown(event, within, even_in_a_crowd=False, others=others)


def _at_hand() -> AtHand:
    return cast("AtHand", current_app.extensions[_NAME])
