"""The settings' tables [checks] and [approval]: what is looked at before something goes out, and
when a second person looks too."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, create_model

from incidents.approval import Approval
from incidents.checks import CHECKS, IDS, Rules, Severity, WordsError, load_words
from incidents.status import Impact
from statuspage._settings_file import ApprovalSection, Fault, Section, did_you_mean

_SEVERITIES: Any = {
    check.id: (
        Literal["stop", "warn", "off"],
        Field(default=str(check.severity), description=check.reason),
    )
    for check in CHECKS
}

ChecksSection: type[Section] = create_model(
    "ChecksSection",
    __base__=Section,
    __doc__="What the checks before publishing do, each by its id: docs/checks.md. `stop`: nothing "
    "goes out, unless somebody says why it should all the same; `warn`: it is said; `off`.",
    words=(
        str,
        Field(
            default="",
            description="A folder with word lists of your own, `it.toml`, `en.toml`, which add to "
            "the shipped ones or take from them; relative to the settings file.",
        ),
    ),
    **_SEVERITIES,
)


def read_rules(section: Section | None, folder: Path) -> tuple[Rules, list[Fault]]:
    """The rules as they were set; `folder` is where the settings file lies."""
    if section is None:
        return Rules(), []
    severities = {name: Severity(getattr(section, name)) for name in IDS}
    own = str(getattr(section, "words", ""))
    try:
        words = load_words((folder / Path(own).expanduser()).resolve() if own else None)
    except WordsError as error:
        return Rules(), [("checks.words", problem) for problem in error.problems]
    return Rules(severities, words), []


def read_approval(
    section: ApprovalSection | None, channels: Collection[str]
) -> tuple[Approval, list[Fault]]:
    """When a second person is needed, and what is wrong with the names that were given."""
    if section is None:
        return Approval(), []
    approval = Approval(
        impact=Impact(section.from_) if section.from_ else None,
        channels=frozenset(section.channels),
        findings=frozenset(section.findings),
    )
    return approval, [
        *_unknown("approval.channels", section.channels, channels, "channel"),
        *_unknown("approval.findings", section.findings, IDS, "check"),
    ]


def _unknown(at: str, named: Collection[str], known: Collection[str], what: str) -> Iterator[Fault]:
    for name in named:
        if name not in known:
            yield at, f"there is no {what} {name!r}{did_you_mean(name, known)}"
