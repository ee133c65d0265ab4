"""What every kind of target is: a place where documents are put, with its own watermark."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from publishers.documents._base import Document


@dataclass(frozen=True, slots=True)
class Watermark:
    """What a target shows: everything up to `event`, as it stood at `rendered_at` (UTC)."""

    event: int
    rendered_at: datetime
    fingerprint: str
    """Of templates, settings and version: another one means that all must be rendered anew."""
    archived: int = 0
    """The last event that its archive of all entries shows."""

    def told(self) -> dict[str, object]:
        """As it is kept in JSON; `of` reads it."""
        return {
            "event": self.event,
            "rendered_at": self.rendered_at.isoformat(),
            "fingerprint": self.fingerprint,
            "archived": self.archived,
        }

    @classmethod
    def of(cls, found: Mapping[str, object]) -> Watermark | None:
        """What was told; None where it is garbled."""
        try:
            rendered_at = datetime.fromisoformat(str(found["rendered_at"]))
            known = cls(
                int(str(found["event"])),
                rendered_at,
                str(found["fingerprint"]),
                int(str(found.get("archived", 0))),
            )
        except (ValueError, KeyError, TypeError):
            return None
        return known if rendered_at.tzinfo else None


class TargetOptions(BaseModel):
    """What the settings say of a target; a kind adds its own fields by a subclass."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    PLACED_BY: ClassVar[str]
    """The key that says where documents are put: faults of the place are told by it."""

    name: str
    """What the target is called here and in its secrets' variables: a-z, 0-9 and `-`."""
    kind: str = "directory"
    """One of the kinds below."""

    def place(self, data: Path) -> str:
        """Where documents are put, with "/" at its end: an absolute path, or an address.

        `data` is the folder where Avviso keeps its own files.
        """
        raise NotImplementedError


class Target(ABC):
    """A kind is one file beside this one that defines `class Target(_base.Target)`."""

    Options: ClassVar[type[TargetOptions]]
    SECRETS: ClassVar[tuple[str, ...]] = ()
    """Names of its secrets; the settings look for AVVISO_TARGET_<NAME>_<SECRET>."""

    shared: ClassVar[bool] = False
    """Whether several machines put documents on the very same place, as into one bucket: then
    they take turns by a lock of the database, and its own lock is for this machine alone."""

    @classmethod
    @abstractmethod
    def configured(cls, options: TargetOptions, secrets: Mapping[str, str], data: Path) -> Self:
        """The target that the settings speak of; touches neither disk nor network.

        `options` are of this kind's own class; of `secrets`, those not set are absent.
        """

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

    def check(self) -> str:
        """Look at it without putting anything; answers what it shows. Raises `OSError`."""
        with self.lock():
            mark = self.watermark()
        return f"shows event {mark.event}" if mark else "is empty, or will be rendered anew"


def check_path(path: str) -> None:
    """Raises `ValueError` for a document's path that could leave its target or hide in it."""
    parts = path.split("/")
    if any(not part or part.startswith(".") for part in parts) or {"\\", "\0"} & set(path):
        raise ValueError(f"{path!r} is no safe path for a document")
