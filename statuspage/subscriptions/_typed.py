"""What stands in a form that was sent, and the choices that it makes."""

from __future__ import annotations

from flask import request

from incidents.status import IncidentKind
from incidents.subscribers import Choices
from publishers.documents.subscribe import Typed
from statuspage._at_hand import house

_LONGEST = 2000
"""Characters of a field that are looked at."""
_MOST = 500
"""Boxes that somebody may tick."""


def typed_in(form: str, locale: str) -> Typed:
    """The fields of the form that was sent. A language that there is not is that of the page."""
    service = house().service
    chosen = request.form.get("locale", "")
    return Typed(
        form=form,
        email=_text("email"),
        endpoint=_text("endpoint"),
        everything=request.form.get("scope", "all") != "some",
        components=frozenset(request.form.getlist("component")[:_MOST]),
        kinds=frozenset(_kinds(form)),
        locale=chosen if chosen in service.locales else locale,
        incident=_text("incident"),
    )


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:_LONGEST]


def _kinds(form: str) -> list[str]:
    """The kinds of news; a form of one incident asks for none, and neither does a program that
    sends an address and nothing else."""
    known = set(map(str, IncidentKind))
    ticked = [kind for kind in request.form.getlist("kind") if kind in known]
    has_boxes = "scope" in request.form
    return list(known) if form == "one" or not (ticked or has_boxes) else ticked


def choices_in(typed: Typed) -> Choices:
    """The choices that a form makes."""
    kinds = tuple(kind for kind in IncidentKind if str(kind) in typed.kinds)
    if typed.incident:
        return Choices(typed.locale, follows=False, incidents=(typed.incident,))
    components = None if typed.everything else tuple(sorted(typed.components))
    return Choices(typed.locale, components=components, kinds=kinds)
