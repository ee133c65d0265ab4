"""Every entry there is, to look for: one that is over is corrected and followed up as well."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from incidents import queries
from incidents.errors import NotFound
from incidents.queries import Wanted
from incidents.status import IncidentKind, Role
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from statuspage._at_hand import house
from statuspage.auth import needs
from statuspage.console._render import render, words
from statuspage.settings import Settings

_OF_A_PAGE = 25
_LONGEST = 200
_STATES = (("", N_("All")), ("open", N_("Open or to come")), ("over", N_("That are over")))


def routes(pages: Blueprint, _settings: Settings) -> None:
    """The list, and the way to an entry by its number."""

    @pages.get("/entries")
    @needs(Role.VIEWER)
    def entries() -> AnyResponse:
        said = request.args.get("q", "").strip().removeprefix("#")
        if said.isdecimal() and len(said) < 10 and _exists(said):
            return redirect(f"/console/entries/{int(said)}", 303)
        return _page(request.args.get("q", "").strip())


def _exists(number: str) -> bool:
    with house().db.read() as session:
        try:
            queries.find_incident(session, number)
        except NotFound:
            return False
    return True


def _page(said: str) -> Response:
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isdecimal() and 0 < len(asked) < 7 else 1
    wanted = Wanted(
        kinds=tuple(each for each in IncidentKind if each == kind),
        only_open=state == "open",
        only_over=state == "over",
        naming=said if said.isprintable() else "",
    )
    too_long = len(said) > _LONGEST or not said.isprintable()
    place = house()
    with place.db.read() as session:
        listing = queries.Listing(session, place.service, place.texts, place.clock.now())
        found = None if too_long else listing.page(wanted, max(number, 1), _OF_A_PAGE)
    say = words().gettext
    problems = {"q": [say(N_("This is too long, or no text."))]} if too_long else {}
    given = {"q": said, "state": state, "kind": kind}
    chosen = {name: value for name, value in given.items() if value}
    more = found is not None and number * _OF_A_PAGE < found.total
    return render(
        "entries.html",
        422 if too_long else 200,
        found=found,
        given=given,
        problems=problems,
        query=urlencode(chosen),
        newer=urlencode({**chosen, "page": number - 1}) if number > 1 else "",
        older=urlencode({**chosen, "page": number + 1}) if more else "",
        states=[(value, say(label)) for value, label in _STATES],
        kinds=[("", say(N_("All"))), *((each, say(phrases.KIND[each])) for each in IncidentKind)],
        page=Page(place.service, words().locale, ""),
    )
