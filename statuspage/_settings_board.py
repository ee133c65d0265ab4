"""The settings' table [board]: how the operators' board warns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from statuspage._settings_file import Section


class BoardSection(Section):
    """The operators' board."""

    warn_before: Annotated[int, Field(ge=1, le=240)] = 10
    """Minutes before a promised update is due from which on the board warns of it."""
