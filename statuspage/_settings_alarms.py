"""The settings of alarms: which monitors may speak, and what their labels mean."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from incidents.alarm_rules import AlarmRules
from incidents.status import ComponentStatus
from statuspage._settings_file import Fault, Name, Section, Text, checked
from statuspage._settings_targets import secret_variable, secrets_in

SIGNED = frozenset({"generic"})
"""The kinds of source that sign what they send; the others show a secret."""

_SHOWN = re.compile(r"[!-~]{16,200}")
_KEY_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_Status = Literal["degraded_performance", "partial_outage", "major_outage"]
_BY_SEVERITY: Mapping[str, ComponentStatus] = MappingProxyType(
    {
        "critical": ComponentStatus.MAJOR_OUTAGE,
        "error": ComponentStatus.PARTIAL_OUTAGE,
        "warning": ComponentStatus.DEGRADED_PERFORMANCE,
    }
)


def _labelled(components: dict[str, str]) -> dict[str, str]:
    for name in components:
        label, equals, value = name.partition("=")
        if not (label and equals and value):
            raise ValueError(f'{name!r} should be a label with its value, as in "service=wallet"')
    return components


class AlarmSection(Section):
    """A monitor whose alarms become drafts, one `[[alarms]]` table each. It sends them to
    `/alarms/` and its name, with the secret `AVVISO_ALARMS_NAME_SECRET` (its own name in place of
    `NAME`)."""

    name: Name
    """The end of the address that the monitor sends to."""
    kind: Literal["alertmanager", "generic", "grafana", "uptime_kuma"]
    """How the monitor speaks."""
    components: Annotated[dict[str, Text], AfterValidator(_labelled)] = Field(
        default_factory=dict, json_schema_extra={"takes": "a table of texts"}
    )
    """By an alarm's label and value, as in `"service=wallet"`, the key of the component that
    citizens know. An alarm that names none becomes no draft."""
    severity: Text = "severity"
    """The label that says how bad an alarm is."""
    statuses: dict[str, _Status] = Field(default_factory=dict)
    """By a severity, the components' status; left out: `critical` is a major outage, `error` a
    partial one, `warning` difficulties. Any other severity is a partial outage."""
    template: Text = "acknowledgement/component-down"
    """The notice template of the draft; one whose fields may all be left out."""
    publish: tuple[Text, ...] = ()
    """The severities at which the acknowledgement goes out by itself, marked as automatic. Left
    out: a person publishes."""
    window: Annotated[int, Field(ge=1, le=1440)] = 10
    """Minutes in which alarms share one draft, and one acknowledgement at most goes out by
    itself."""
    next_update: Annotated[int, Field(ge=5, le=1440)] = 30
    """Minutes after which an acknowledgement that goes out by itself promises the next update;
    counted from the next opening where nobody is there."""
    keep: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days after which an alarm that nobody speaks of any more is removed."""


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """One source of alarms as it was set, and its secret."""

    section: AlarmSection
    secret: str = field(default="", repr=False)
    """What the monitor shows, or what it signs with; "" where it is not set."""

    @property
    def name(self) -> str:
        return self.section.name

    @property
    def variable(self) -> str:
        """The environment's variable of the secret."""
        return secret_variable(owner(self.name), "secret")

    @property
    def key(self) -> bytes:
        """What signatures are made with. Only where the kind is one that signs."""
        return base64.b64decode(self.secret.removeprefix(_KEY_PREFIX))

    def rules(self) -> AlarmRules:
        """As the domain knows it."""
        told = self.section
        chosen = {name: ComponentStatus(status) for name, status in told.statuses.items()}
        return AlarmRules(
            source=told.name,
            components=told.components,
            severity=told.severity,
            statuses={**_BY_SEVERITY, **chosen},
            template=told.template,
            publish=told.publish,
            window=timedelta(minutes=told.window),
            keep=timedelta(days=told.keep),
        )


def owner(source: str) -> str:
    """Under which name a source's secret is looked for, so that no channel's is taken."""
    return f"alarms-{source}"


def read_alarms(
    tables: Iterable[tuple[str, object]],
    env: Mapping[str, str],
    blame: Callable[[Iterable[Fault]], None],
    blame_variable: Callable[[str], None],
) -> Iterator[AlarmSettings]:
    """Each `[[alarms]]` table, by its place in the file, with its secret; faults are told."""
    for at, table in tables:
        section, faults = checked(AlarmSection, table, at)
        blame(faults)
        if section is None:
            continue
        secret = secrets_in(env, owner(section.name), ["secret"]).get("secret", "")
        settings = AlarmSettings(section, secret)
        fault = _secret_fault(section.kind, secret) if secret else ""
        if fault:
            blame_variable(f"{settings.variable}: {fault}")
        yield settings


def _secret_fault(kind: str, secret: str) -> str:
    """What is wrong with a secret, without quoting it."""
    if kind not in SIGNED:
        fine = _SHOWN.fullmatch(secret) is not None
        return "" if fine else "should be 16 to 200 letters, digits and signs, without spaces"
    told = f"should be {_KEY_PREFIX} and 24 to 64 random bytes in base64"
    if not secret.startswith(_KEY_PREFIX):
        return told
    try:
        key = base64.b64decode(secret.removeprefix(_KEY_PREFIX), validate=True)
    except binascii.Error:
        return told
    return "" if len(key) in _KEY_BYTES else told
