"""The notices that the checks are measured by, and what is found in each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from incidents.checks import Affected, Notice, Rules, check
from incidents.status import ComponentStatus, IncidentKind, Status
from incidents.view import PublicText

FOLDER = Path(__file__).with_name("corpus")
NOW = datetime(2020, 12, 8, 10, 0, tzinfo=UTC)
HALVES = ("tuning", "held_out", "later", "unseen")
"""What word lists may be made from, what was kept apart from them, and what was found later."""


@dataclass(frozen=True)
class Sample:
    """One notice of the corpus. `expect` has the ids that a careful reader would name."""

    half: str
    locale: str
    text: str
    source: str = ""
    """Where it was published; "" for one that was written for the measurement."""
    confirmed: bool = True
    """Whether the source was found again, and says just that; else it counts as nobody's."""
    date: str = ""
    familiar: tuple[str, ...] = ()
    expect: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def published(self) -> bool:
        """Whether somebody else wrote it, as far as can be shown."""
        return bool(self.source) and self.confirmed

    def notice(self) -> Notice:
        """As it would be published: an update of an incident, with a time of the next one."""
        head = {"it": "Avviso", "en": "Notice"}[self.locale]
        bad = (Affected({self.locale: "X"}, ComponentStatus.PARTIAL_OUTAGE),)
        return Notice(
            locales=(self.locale,),
            zone=ZoneInfo("Europe/Rome"),
            texts={self.locale: PublicText(head, head, self.text)},
            about=IncidentKind(self.facts.get("about", IncidentKind.INCIDENT)),
            status=Status(self.facts.get("status", Status.IDENTIFIED)),
            components=bad if self.facts.get("bad_component") else (),
            next_update_by=None if "next_update" in self.facts else NOW + timedelta(hours=1),
            familiar=self.familiar,
        )

    def found(self, rules: Rules) -> frozenset[str]:
        """The ids of what the checks find."""
        return frozenset(finding.id for finding in check(self.notice(), rules))


def samples(name: str) -> list[Sample]:
    """Those of one file, "good" or "bad"."""
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return [_sample(item) for item in data["notice"]]


def _sample(item: Mapping[str, Any]) -> Sample:
    lists = {
        "familiar": tuple(item.get("familiar", ())),
        "expect": frozenset(item.get("expect", ())),
    }
    return Sample(**{**item, **lists})
