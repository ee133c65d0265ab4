"""What was made of an entry that is over, for as long as it says the same.

Such an entry is read once and handed on as it is (`incidents.queries.Kept`): while its updates are
the very same object, so is what they say. Most of what feeds, calendars and the API repeat with
each publication is of such entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from incidents.view import PublicIncident, PublicUpdate, Service

T = TypeVar("T")

_MOST = 2000
"""Pieces of one kind: 250 entries in four languages, twice."""


class Remembered(Generic[T]):
    """Pieces of one kind, by their entry and language."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], tuple[tuple[PublicUpdate, ...], Service, T]] = {}

    def of(self, service: Service, locale: str, entry: PublicIncident, make: Callable[[], T]) -> T:
        """What was made of an entry before, else what `make` answers, which nobody may change."""
        if entry.open:
            return make()
        key = id(entry.updates), locale
        found = self._found.get(key)
        if found is not None and found[0] is entry.updates and found[1] is service:
            return found[2]
        made = make()
        if len(self._found) >= _MOST:
            self._found.clear()
        # The updates are held as well, lest another object take their place and their id.
        self._found[key] = entry.updates, service, made
        return made

    def __len__(self) -> int:
        return len(self._found)
