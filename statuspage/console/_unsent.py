"""What was typed in a form whose address is no page, for whoever was signed out meanwhile.

It is shown, and sent again by a press of a button alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask.globals import request_ctx as request_context
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as PageNotFound

from incidents.models import Delivery
from incidents.status import Role
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import is_page, kept_form, needs
from statuspage.console._drafts import find_waiting
from statuspage.console._render import render
from statuspage.settings import Settings

MEANT: Mapping[str, str] = {
    "answered": N_("I have answered with this"),
    "approve_draft": N_("Approve"),
    "ask_subscriber_again": N_("Ask once more to confirm"),
    "check_channel": N_("Try the account"),
    "close_ticket": N_("It is settled: close it"),
    "note_ticket": N_("Note the ticket"),
    "decide.known": N_("I know"),
    "decide.done": N_("Done"),
    "decide.not-there": N_("It is not there: send it again"),
    "decide.retry": N_("Try again"),
    "decide.skip": N_("Do not send it"),
    "decide.there": N_("It is there"),
    "disable_operator": N_("Disable"),
    "discard_draft": N_("Throw away"),
    "duty.leave": N_("I leave it"),
    "duty.over": N_("Hand over"),
    "duty.take": N_("I take it"),
    "enable_operator": N_("Enable again"),
    "link_operator.invitation": N_("Invite again"),
    "link_operator.reset": N_("Reset the password"),
    "move.down": N_("One place down"),
    "move.up": N_("One place up"),
    "pause_channel": N_("Pause it"),
    "publish_draft": N_("Publish"),
    "reactivate_subscriber": N_("Write to them again"),
    "resume_channel": N_("Use it again"),
    "retire": N_("Retire this text"),
    "revert": N_("Use the shipped text again"),
    "revoke": N_("Revoke"),
    "set_role": N_("Give this role"),
}
"""What the button said, by the view that the form is for and, where it has several, which."""
_BUTTONS = ("do", "step", "purpose")
LABELS: Mapping[str, str] = {
    "address": N_("Address of the post"),
    "answer": N_("Answer"),
    "emergency": N_("Why it cannot wait (goes into the trail)"),
    "login": N_("Login"),
    "reference": N_("What the network calls it"),
    "words": N_("In your words, for the other operators"),
    "role": N_("Role"),
    "to": N_("Hand it over to"),
    "url": N_("Its address, if you have it"),
    "why": N_("Why, for the other operators"),
}
"""What the fields are called; one that is missing here is shown by its name."""
_FOR_THE_SERVER = (*_BUTTONS, "token", "revision", "version", "was", "delivery")
"""Nobody typed these."""


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/unsent?to=`: what was to be sent to that address."""

    @pages.get("/unsent")
    @needs(Role.VIEWER)
    def unsent() -> Response:
        return _page(request.args.get("to", ""))


def _page(path: str) -> Response:
    view, parts = _form_at(path)
    kept = kept_form(path)
    typed = kept or MultiDict[str, str]()
    return render(
        "unsent.html",
        200 if kept is not None else 404,
        there=kept is not None,
        path=quote(path),
        page_above=quote(page_above(path)),
        meant=_meant(view, parts, typed),
        about=_about(parts),
        typed=[pair for pair in typed.items(multi=True) if _is_shown(*pair)],
        fields=list(typed.items(multi=True)),
        labels=LABELS,
    )


def _form_at(path: str) -> tuple[str, Mapping[str, object]]:
    """The view that a form at a path is for, and what the path says to it. A page shows by itself
    what was typed there."""
    adapter = request_context.url_adapter
    if adapter is None or not path.startswith("/console/") or is_page(path):
        raise PageNotFound
    try:
        endpoint, parts = adapter.match(path, method="POST")
    except HTTPException:
        raise PageNotFound from None
    return str(endpoint).rpartition(".")[2], parts


def page_above(path: str) -> str:
    """The nearest page to an address that is none: "/console/drafts/4" of its "publish"."""
    above = path.rpartition("/")[0]
    while above.count("/") > 1 and not is_page(above):
        above = above.rpartition("/")[0]
    return above if above.count("/") > 1 else "/console/"


def _meant(view: str, parts: Mapping[str, object], typed: Mapping[str, str]) -> str:
    chosen = next((typed[name] for name in _BUTTONS if typed.get(name)), parts.get("do"))
    return MEANT.get(f"{view}.{chosen}", MEANT.get(view, ""))


def _about(parts: Mapping[str, object]) -> str:
    """What the form speaks of, by a name that people know; "" where its fields say it."""
    if "draft_id" in parts:
        waiting = find_waiting(str(parts["draft_id"]))
        return waiting.name if waiting else ""
    if "delivery" in parts:
        return _post(int(str(parts["delivery"])))
    return str(parts.get("name") or parts.get("key") or "")


def _post(delivery: int) -> str:
    with house().db.read() as session:
        row = session.get(Delivery, delivery) if delivery < 2**31 else None
        return f"{row.channel}, #{row.publication.reference}" if row else ""


def _is_shown(name: str, value: str) -> bool:
    return name not in _FOR_THE_SERVER and bool(value.strip())
