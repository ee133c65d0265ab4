"""The picture that goes with a post: the facts that stand on it, and the same facts in words.

Never the only place of a fact: the post, its alternative text and the page say them, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from incidents.status import Status

WIDTH, HEIGHT = 1200, 675
LONGEST_ALT = 1000
"""Characters of an alternative text, as X takes it; the others take more."""
PLAIN_ACCENT = "#0a4a9e"
"""Where the theme has none: the stylesheet's own."""


class Sign(StrEnum):
    """The shape beside the status: neither words nor colour alone tell where an entry stands."""

    OPEN = "open"
    PLANNED = "planned"
    CLOSED = "closed"


_SIGNS = {
    Status.RESOLVED: Sign.CLOSED,
    Status.POSTMORTEM: Sign.CLOSED,
    Status.COMPLETED: Sign.CLOSED,
    Status.SCHEDULED: Sign.PLANNED,
    Status.IN_PROGRESS: Sign.PLANNED,
    Status.VERIFYING: Sign.PLANNED,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands on the picture, in the channel's locale. Frozen: it is drawn when needed."""

    service: str
    sign: Sign
    status: str
    """In words: "Stiamo verificando"."""
    name: str
    """The incident's."""
    said: str
    """When it was published, with weekday, date and zone: a whole sentence without a full stop."""
    promise: str = ""
    """By when the next update comes, likewise; "" where nothing was promised."""
    accent: str = PLAIN_ACCENT
    """The theme's colour."""

    @property
    def alt(self) -> str:
        """The alternative text: every word of the picture, in its order."""
        facts = (self.service, f"{self.status}: {self.name}", self.promise, self.said)
        return " ".join(f"{fact.rstrip('.')}." for fact in facts if fact)


class NoPicture(Exception):
    """It could not be uploaded, and why: the words go out without it."""


def sign_of(status: Status) -> Sign:
    """The shape that goes with a status."""
    return _SIGNS.get(status, Sign.OPEN)
