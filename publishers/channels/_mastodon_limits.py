"""How long a text may be on an instance, and where that is kept between two posts.

https://docs.joinmastodon.org/entities/Instance/#max_characters
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from publishers.channels._mastodon_api import instant

_AGE = timedelta(days=1)
_CHARACTERS = "max_characters"
_PER_LINK = "characters_reserved_per_url"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an instance takes; the defaults are those of Mastodon itself."""

    characters: int = 500
    per_link: int = 23
    """What each link counts, however long it is."""


class KnownLimits:
    """The limits of one instance in a small JSON file; one of another instance is no use."""

    def __init__(self, path: Path, instance: str) -> None:
        self._path = path
        self._instance = instance

    def read(self) -> Limits:
        """The limits as they were learned last; the defaults where nothing is known."""
        return limits_in(self._content()) or Limits()

    def are_fresh(self, now: datetime) -> bool:
        """Whether they were learned within the last day."""
        content = self._content()
        read_at = instant(content.get("read_at"))
        if limits_in(content) is None or read_at is None:
            return False
        return timedelta(0) <= now - read_at < _AGE

    def write(self, limits: Limits, now: datetime) -> None:
        """Keep them, all at once. Raises OSError."""
        content = {
            "instance": self._instance,
            "read_at": now.isoformat(),
            "configuration": {
                "statuses": {_CHARACTERS: limits.characters, _PER_LINK: limits.per_link}
            },
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f".{uuid4().hex}.json")
        try:
            new.write_text(json.dumps(content), encoding="utf-8")
            new.replace(self._path)
        finally:
            new.unlink(missing_ok=True)

    def _content(self) -> Mapping[str, Any]:
        """The file's object; empty when it is missing, torn or of another instance."""
        try:
            content = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        ours = isinstance(content, dict) and content.get("instance") == self._instance
        return content if ours else {}


def limits_in(instance: Mapping[str, Any]) -> Limits | None:
    """The limits in an instance's description of itself; None when it names none."""
    configuration = instance.get("configuration")
    statuses = configuration.get("statuses") if isinstance(configuration, dict) else None
    found = statuses if isinstance(statuses, dict) else {}
    characters, per_link = _count(found.get(_CHARACTERS)), _count(found.get(_PER_LINK))
    return Limits(characters, per_link or Limits().per_link) if characters else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 1 else None
