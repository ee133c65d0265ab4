"""How the API says no: one shape for everything that is wrong, and a status for each kind of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from incidents.errors import (
    ActionError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotPossible,
    UpdatedFirst,
)

_FIELD = re.compile(r"[a-z_]+(?:\.[^:\s]+)*: ")
_LONGEST = 400
"""Characters of one problem that are told: it may quote what was sent."""


class ErrorObject(BaseModel):
    """What is wrong. Nothing was changed, unless the status is 500 or 503."""

    error: str = Field(description="All problems in one text, a sentence on each line.")
    message: str = Field(description="The same.")
    problems: list[str] = Field(
        description='Each problem by itself; where it is of a field, as "field: what is wrong".'
    )


class Refused(Exception):
    """A request that is answered with an error. `headers` go with it."""

    def __init__(self, status: int, *problems: str, headers: Mapping[str, str] | None = None):
        super().__init__("\n".join(problems))
        self.status = status
        self.problems: Sequence[str] = problems
        self.headers = headers or {}


def told(problems: Sequence[str]) -> dict[str, Any]:
    """The body of an error."""
    shown = [one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…" for one in problems]
    text = "\n".join(shown)
    return {"error": text, "message": text, "problems": shown}


def status_of(problem: ActionError) -> int:
    """The status for what an action says."""
    statuses: tuple[tuple[type[ActionError], int], ...] = (
        (InvalidInput, 422),
        (NotFound, 404),
        (NotAllowed, 403),
        (UpdatedFirst, 412),
        (NotPossible, 422),
    )
    return next((status for kind, status in statuses if isinstance(problem, kind)), 422)


def within(envelope: str, problems: Sequence[str]) -> list[str]:
    """Problems with the name of what holds the field: "incident.name: is missing"."""
    if not envelope:
        return list(problems)
    return [f"{envelope}.{one}" if _FIELD.match(one) else one for one in problems]
