"""Where a link that lets somebody in leads to."""

from __future__ import annotations

LINK_PATH = "/console/enter/"


def link_address(service_url: str, token: str) -> str:
    """The whole address, to hand over to the one whom it is for."""
    return f"{service_url}{LINK_PATH}{token}"
