"""What is looked at before something goes out, and what may be found. Plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from incidents.hours import StaffedHours
from incidents.status import ComponentStatus, IncidentKind, PublicationKind, Status
from incidents.view import Localized, PublicFigure, PublicText


class Severity(StrEnum):
    """What a finding means for publishing; each check has one, which settings may change."""

    STOP = "stop"
    """Nothing goes out, unless somebody says why it should all the same."""
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is probably wrong. `reason` and `fix` are English phrases of one check,
    always the same, so that a catalogue can translate them; what is special is in `where`."""

    id: str
    severity: Severity
    locale: str
    """The language that it was found in; "" where it concerns all."""
    field: str
    """As in "body", "short", "next_update_by", "fields.effect"."""
    reason: str
    fix: str
    where: tuple[str, ...] = ()
    """The words, channels or components that are meant, quoted."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A component of the entry, with the status that it has afterwards."""

    name: Localized
    status: ComponentStatus


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a channel takes the text; lengths as the network counts."""

    channel: str
    length: int
    limit: int
    fallback: bool
    """The text does not fit: status, name and link are said instead."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything that the checks look at. All that is left out is not looked at."""

    locales: tuple[str, ...]
    """The page's languages."""
    zone: ZoneInfo
    texts: Mapping[str, PublicText]
    name: Localized = field(default_factory=dict)
    kind: PublicationKind = PublicationKind.UPDATE
    about: IncidentKind = IncidentKind.INCIDENT
    status: Status | None = None
    """The entry's status afterwards."""
    components: tuple[Affected, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """Of a first notice: what other open incidents speak of as well, as in "#3: Wallet"."""
    next_update_by: datetime | None = None
    hours: StaffedHours | None = None
    """When people answer; None where that is not known."""
    still_cannot: Localized = field(default_factory=dict)
    to_do: Localized = field(default_factory=dict)
    not_to_do: Localized = field(default_factory=dict)
    reason: Localized = field(default_factory=dict)
    """Why something is corrected, where readers are told that beside the text."""
    figures: tuple[PublicFigure, ...] = ()
    fits: tuple[Fit, ...] = ()
    hashtags: frozenset[str] = frozenset()
    """Those that may be tagged, without "#"."""
    familiar: tuple[str, ...] = ()
    """Names that readers know: the service's, its components'."""
    previous: Mapping[str, PublicText] = field(default_factory=dict)
    """What was said last of the same entry."""
    version_seen: int | None = None
    """The entry's version when the words were written; None where there was none."""
    version_now: int | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    """What the fields of the template were filled with."""
    examples: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """By field, what stands in the template as an example, in each language."""


@dataclass(frozen=True, slots=True)
class Prose:
    """One piece of a notice's text, without addresses and code."""

    locale: str
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found, before it is a finding."""

    locale: str
    field: str
    where: tuple[str, ...] = ()
