"""The pictures of a preview, drawn for whoever is signed in: the address says all that is on one.

So nothing is kept, and one that has not changed is not fetched again while somebody types.
"""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from incidents.status import Role
from publishers.channels._picture import Picture, Sign
from statuspage.auth import needs
from statuspage.settings import Settings

_COLOUR = re.compile("#[0-9a-f]{6}")
_KEPT = "private, max-age=3600"


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/picture?service=…&sign=…&status=…`."""

    @pages.get("/picture")
    @needs(Role.VIEWER)
    def picture() -> Response:
        from publishers.channels._picture_drawing import can_draw, draw

        asked = _asked()
        if asked is None or not can_draw(asked):
            abort(404)
        return Response(draw(asked), content_type="image/png", headers={"Cache-Control": _KEPT})


def picture_at(picture: Picture) -> str:
    """Where a picture is to be seen."""
    return f"/console/picture?{urlencode(asdict(picture))}"


def _asked() -> Picture | None:
    said = {field.name: request.args.get(field.name, "") for field in fields(Picture)}
    sign, accent = said.pop("sign"), said.pop("accent")
    if sign not in list(Sign) or not _COLOUR.fullmatch(accent):
        return None
    return Picture(sign=Sign(sign), accent=accent, **said)
