"""What watches Avviso from outside: the address that the worker pings, and who may read metrics.

Both may hold a secret: neither is ever shown, but for the address's host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from statuspage._settings_file import MonitorSection, ping_fault

PING_VARIABLE = "AVVISO_MONITOR_PING"
TOKEN_VARIABLE = "AVVISO_METRICS_TOKEN"  # noqa: S105  a variable's name
_TOKEN = re.compile(r"[!-~]{16,200}")
_SHORTEST_PART = 12
"""Characters from which a part of the address may be its secret; shorter ones are words."""


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """The dead man's switch and the metrics; both are off where nothing is set."""

    ping: str = field(default="", repr=False)
    """The address that the worker gets while it really works; "" for none."""
    every: int = 60
    """Seconds from one ping to the next, at least."""
    token: str = field(default="", repr=False)
    """What a reader of /metrics has to show; "" and there are none."""

    @property
    def shown_ping(self) -> str:
        """The host alone, because all the rest of the address may be secret."""
        return urlsplit(self.ping).hostname or ""

    def secret_values(self) -> tuple[str, ...]:
        """All that must never be seen."""
        found = [self.token, self.ping, *_secret_parts(urlsplit(self.ping))]
        return tuple(dict.fromkeys(value for value in found if value))


def _secret_parts(address: SplitResult) -> list[str]:
    """What an error of the network may quote of an address: the path, the query, the password."""
    path = address.path + (f"?{address.query}" if address.query else "")
    user, _, _ = address.netloc.rpartition("@")
    parts = [*re.split(r"[/?&=]", path), *user.split(":"), path]
    long = [part for part in parts if len(part) >= _SHORTEST_PART]
    return [*long, *(unquote(part) for part in long)]


def read_monitor(
    section: MonitorSection | None, env: Mapping[str, str], blame: Callable[[str], None]
) -> MonitorSettings:
    """The section with what the environment says; every fault is told by its variable's name."""
    chosen = env.get(PING_VARIABLE, "").strip()
    token = env.get(TOKEN_VARIABLE, "").strip()
    fault = ping_fault(chosen)
    if fault:
        blame(f"{PING_VARIABLE}: {fault}")
    if token and not _TOKEN.fullmatch(token):
        blame(f"{TOKEN_VARIABLE}: should be 16 to 200 letters, digits and signs, without spaces")
    section = section or MonitorSection()
    return MonitorSettings(chosen or section.ping, section.every, token)
