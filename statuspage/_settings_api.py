"""How much the operators' programs may ask."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from statuspage._settings_file import Section


class ApiSection(Section):
    """The API of the operators' programs."""

    per_minute: Annotated[int, Field(ge=1, le=100_000)] = 60
    """Requests that one token may make within a minute; more are told to wait."""
    online_within: Annotated[float, Field(ge=0, le=60)] = 0.5
    """Seconds that the answer to what was published waits until everybody can read it. Later than
    that the page follows all the same, and the answer says `Avviso-Online: false`."""
