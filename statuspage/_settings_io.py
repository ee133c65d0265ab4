"""The settings' table [io]: which components the IO app's banners speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from incidents.status import ComponentStatus
from statuspage._settings_file import Section

_Section = Literal[
    "bancomat",
    "bancomatpay",
    "cashback",
    "cobadge",
    "credit_card",
    "paypal",
    "digital_payments",
    "email_validation",
    "euCovidCert",
    "ingress",
    "login",
    "messages",
    "satispay",
    "services",
    "wallets",
    "favourite_language",
    "app_update_required",
    "cgn",
    "fims",
    "cdc",
    "payments",
]
_Status = Literal["degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
_Level = Literal["critical", "warning", "normal"]
_LEVELS: Mapping[ComponentStatus, str] = {
    ComponentStatus.DEGRADED_PERFORMANCE: "warning",
    ComponentStatus.PARTIAL_OUTAGE: "warning",
    ComponentStatus.MAJOR_OUTAGE: "critical",
    ComponentStatus.UNDER_MAINTENANCE: "normal",
}


class IoSection(Section):
    """The IO app's banners, as `avviso io-patch` writes them."""

    sections: dict[str, _Section] = Field(default_factory=dict)
    """By a component's key, the section of the app's file that speaks of it. Several may have the
    same section: the worst of them is told."""
    levels: dict[_Status, _Level] = Field(default_factory=dict)
    """By a component's status, how the app shows it; left out: `normal` under maintenance,
    `critical` for a major outage, else `warning`."""

    def level_of(self) -> Mapping[ComponentStatus, str]:
        """The level of each status that is shown."""
        chosen = {ComponentStatus(status): level for status, level in self.levels.items()}
        return {**_LEVELS, **chosen}
