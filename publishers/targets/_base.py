"""What every kind of target is: a place where documents are put, with its own watermark."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from publishers.documents._base import Document


@dataclass(frozen=True, slots=True)
class Watermark:
    """What a target shows: everything up to `event`, as it stood at `rendered_at` (UTC)."""

    event: int
    rendered_at: datetime
    fingerprint: str
    """Of templates, settings and version: another one means that all must be rendered anew."""


class Target(ABC):
    """A kind is one file beside this one that defines `class Target(_base.Target)`."""

    @abstractmethod
    def lock(self) -> AbstractContextManager[None]:
        """Hold the target: one publisher works on it at a time; waits for the other."""

    @abstractmethod
    def watermark(self) -> Watermark | None:
        """What it shows; None when it is new or cannot be trusted."""

    @abstractmethod
    def put(self, documents: Iterable[Document], watermark: Watermark) -> int:
        """Put each document atomically, in the order given, then the watermark.

        Unchanged ones are left untouched. Answers how many changed. Raises `OSError`.
        """

    @abstractmethod
    def replace(self, documents: Iterable[Document], watermark: Watermark) -> int:
        """As `put`, and remove every document that is not among these: a full rebuild."""
