"""What was judged of a notice before it goes out: when a second person must look, what the checks
found, and what somebody takes upon themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from incidents.status import Impact


@dataclass(frozen=True, slots=True)
class Approval:
    """When own words need a second person. A template used with its fields never does: its words
    were approved when it was written, so that the first notice never waits."""

    impact: Impact | None = None
    """From this impact on; None: at none."""
    channels: frozenset[str] = frozenset()
    """Where one of these channels would get them."""
    findings: frozenset[str] = frozenset()
    """Where one of these checks found something."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of one notice; goes into the trail."""

    findings: tuple[str, ...] = ()
    """The ids of what the checks found."""
    despite: Mapping[str, str] = field(default_factory=dict)
    """By the id of a finding that stops: why it goes out all the same."""
    emergency: str = ""
    """Why it cannot wait for a second person; "" where it can."""
