"""What is wrong with a notice before it goes out. Pure: limits, lists and the hour come in as data.

Nothing here changes a text or forbids anything by itself: `check` answers with findings, and who
publishes decides, by what settings say of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from incidents.checks.model import Affected, Finding, Fit, Notice, Severity
from incidents.checks.register import CHECKS, IDS, Check
from incidents.checks.words import Words, WordsError, load_words

__all__ = [
    "CHECKS",
    "IDS",
    "Affected",
    "Check",
    "Finding",
    "Fit",
    "Notice",
    "Rules",
    "Severity",
    "Words",
    "WordsError",
    "check",
    "load_words",
]


@dataclass(frozen=True, slots=True)
class Rules:
    """How severe each check is, and the words that are looked for."""

    severities: Mapping[str, Severity] = field(default_factory=dict)
    """By id; what is not named keeps its own severity."""
    words: Mapping[str, Words] = field(default_factory=load_words)
    """By language; checks of words are silent about a language without lists."""

    def severity(self, check: Check) -> Severity:
        return self.severities.get(check.id, check.severity)


def check(notice: Notice, rules: Rules) -> tuple[Finding, ...]:
    """All that is found, what stops first; else in the order of the checks and of the text."""
    findings = [
        Finding(
            id=each.id,
            severity=rules.severity(each),
            locale=found.locale,
            field=found.field,
            reason=each.reason,
            fix=each.fix,
            where=found.where,
        )
        for each in CHECKS
        if rules.severity(each) is not Severity.OFF
        for found in each.find(notice, rules.words)
    ]
    return tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.STOP))
