"""A draft in the form that it was written in: change it, and keep it again or publish it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import request

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.inputs import ADVICE
from incidents.models import Draft, Incident
from statuspage._at_hand import house
from statuspage.console._correcting import correct_sheet, retract_sheet
from statuspage.console._entries import update_sheet
from statuspage.console._entry import Entry, find_entry
from statuspage.console._render import words
from statuspage.console._reopened import CARRIED, typed_of
from statuspage.console._sheets import Act, Sheet
from statuspage.console._typed import Reading, Typed
from statuspage.console._writing import backdate_sheet, declare_sheet, schedule_sheet

_FROM_THE_FORM = ("version", "seen", "how_bad", "template", "status")
"""What the form fills in where the draft says nothing."""

_FIRST: Mapping[str, Callable[[], Sheet]] = {
    "declare_incident": declare_sheet,
    "schedule": schedule_sheet,
    "backdate_incident": backdate_sheet,
}
"""By the action of a draft that is about no entry yet, its form."""

Change = Callable[[Desk, str, datetime, str, Mapping[str, Any], int | None], Outcome]


def draft_sheet(draft: Draft) -> Sheet:
    """The form for a draft, filled with what it holds."""
    entry = _entry(draft)
    sheet = _sheet(draft, entry)
    return replace(
        sheet,
        heading=words().gettext("Change the draft: {what}").format(what=sheet.heading),
        read=lambda reading: _read(reading, sheet, draft),
        act=_act(actions.publish_changed_draft, draft),
        keep=_act(actions.change_draft, draft),
        defaults=lambda: _defaults(draft, sheet),
        values={**sheet.values, "draft": draft.id, "other_text": None, **_void(draft, entry)},
        renewed=lambda typed: _renewed(typed, sheet, draft),
    )


def _sheet(draft: Draft, entry: Entry | None) -> Sheet:
    if entry is None:
        return _FIRST[draft.action]()
    if draft.action == "post_update":
        return update_sheet(entry)
    with house().db.read() as session:
        wanted = queries.find_update(session, entry.row, draft.input["update"])
    update = next(row for row in entry.updates if row.id == wanted.id)
    retracts = draft.action == "retract_update"
    return retract_sheet(entry, update) if retracts else correct_sheet(entry, update)


def _entry(draft: Draft) -> Entry | None:
    if draft.incident_id is None:
        return None
    with house().db.read() as session:
        number = session.get_one(Incident, draft.incident_id).number
    return find_entry(number)


def _read(reading: Reading, sheet: Sheet, draft: Draft) -> dict[str, Any]:
    carried = {name: draft.input[name] for name in CARRIED if name in draft.input}
    return {**sheet.read(reading), **carried}


def _act(change: Change, draft: Draft) -> Act:
    """The action on this draft as it was when the form was opened."""
    text = request.form.get("revision", "")
    revision = int(text) if text.isdecimal() and len(text) < 10 else draft.revision
    return lambda desk, login, now, data: change(desk, login, now, draft.id, data, revision)


def _defaults(draft: Draft, sheet: Sheet) -> Typed:
    in_each = draft.action == "post_update"
    typed = typed_of(draft.input, house().service.time_zone, for_all=not in_each)
    proposed = sheet.defaults()
    names = list(proposed) if draft.action == "correct_update" else list(_FROM_THE_FORM)
    if not draft.needs_approval:  # a monitor promises nothing
        names.append("next_update_by")
    for name in names:
        part = name.partition(".")[0]
        emptied = part in (*ADVICE, "figures") and part in draft.input
        if name in proposed and not emptied:
            typed.setdefault(name, proposed[name])
    typed["revision"] = str(draft.revision)
    return typed


def _void(draft: Draft, entry: Entry | None) -> dict[str, object]:
    """What has happened since the draft was looked at; nothing where it still holds."""
    place = house()
    if entry is None:
        with place.db.read() as session:
            stale = queries.stale_draft(session, draft)
        return {"void": stale.sentences(place.service.default_locale)}
    if entry.row.version == draft.version:
        return {}
    with house().db.read() as session:
        written = queries.written_at(session, draft)
    return {"changed": [update for update in entry.updates if update.created_at > written]}


def _renewed(typed: Typed, sheet: Sheet, draft: Draft) -> Mapping[str, object]:
    """After somebody else changed the draft, or its entry: what is there now."""
    found: dict[str, object] = {}
    if typed.get("revision") != str(draft.revision):
        typed["revision"] = str(draft.revision)
        found["other_text"] = draft.input.get("texts") or {}
    version = typed.get("version")
    renewed = sheet.renewed(typed)
    if typed.get("version") != version:
        found.update(renewed)
    return found
