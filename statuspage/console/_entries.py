"""One entry's page and what is done there: update, resolve, reopen, answer, call off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.models import Delivery, Incident, IncidentUpdate, ShownEvent
from incidents.queries import TrailEvent
from incidents.sightings import Sighting
from incidents.status import (
    CLOSED,
    ROLE_RANK,
    ComponentStatus,
    IncidentKind,
    Role,
    Status,
)
from publishers.documents._base import page_url
from statuspage._at_hand import house
from statuspage._not_seen import REACH, advice_for, faults_of
from statuspage.auth import needs, signed_in
from statuspage.console import _choices as choices
from statuspage.console._correcting import correct_sheet, retract_sheet
from statuspage.console._entry import Entry, about, chosen, find_entry, known, version
from statuspage.console._promise import propose
from statuspage.console._render import render, words
from statuspage.console._sheets import Sheet, answer, kept_for
from statuspage.console._typed import Reading, Typed
from statuspage.console._writing import component_keys, offered
from statuspage.settings import Settings

_TEMPLATES: Mapping[Status, str] = {
    Status.MONITORING: "update/mitigated",
    Status.RESOLVED: "resolution/recovered",
    Status.POSTMORTEM: "postmortem/postmortem",
    Status.IN_PROGRESS: "update/maintenance-started",
    Status.COMPLETED: "resolution/maintenance-completed",
}
_OTHER_TEMPLATE = "update/no-estimate-yet"
_LABELS: Mapping[Status, str] = {
    Status.RESOLVED: "Resolve",
    Status.POSTMORTEM: "Tell what happened",
}


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/entries/<number>` and what is below."""

    @pages.get("/entries/<int:number>")
    @needs(Role.VIEWER)
    def entry(number: int) -> AnyResponse:
        found = find_entry(number)
        place = house()
        return render(
            "entry.html",
            entry=found,
            say=choices.said,
            chosen=chosen,
            tone=_tone(found.row),
            taken_upon=_taken_upon(found.row),
            may_write=ROLE_RANK[signed_in().role] >= ROLE_RANK[Role.AUTHOR],
            posts=_posts(found.row),
            kinds={each.name: each.kind for each in place.settings.channels},
            faults_of=faults_of,
            advice_for=advice_for,
            reach_words=REACH,
            shown=_shown(request.args.get("published", "")),
            address=page_url(
                place.service, place.service.default_locale, f"incidents/{found.row.id}/"
            ),
        )

    @pages.route("/entries/<int:number>/update", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def update_entry(number: int) -> AnyResponse:
        return answer(update_sheet(find_entry(number)))

    @pages.route("/entries/<int:number>/answer", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def answer_in_thread(number: int) -> AnyResponse:
        return answer(_answer(find_entry(number)))

    @pages.route("/entries/<int:number>/cancel", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def cancel_entry(number: int) -> AnyResponse:
        return answer(_cancel(find_entry(number)))

    @pages.route("/entries/<int:number>/updates/<int:which>/correct", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def correct_update(number: int, which: int) -> AnyResponse:
        found = find_entry(number)
        return answer(correct_sheet(found, _which(found, which)))

    @pages.route("/entries/<int:number>/updates/<int:which>/retract", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def retract_update(number: int, which: int) -> AnyResponse:
        found = find_entry(number)
        return answer(retract_sheet(found, _which(found, which)))


def _which(entry: Entry, number: int) -> IncidentUpdate:
    found = next((update for update in entry.updates if update.number == number), None)
    return found or abort(404)


def _taken_upon(entry: Incident) -> dict[int, list[TrailEvent]]:
    """By an update's number, what somebody took upon themselves to publish it."""
    found: dict[int, list[TrailEvent]] = {}
    with house().db.read() as session:
        for event in queries.taken_upon(session, entry.id):
            found.setdefault(event.data.get("update", 1), []).append(event)
    return found


def _tone(entry: Incident) -> str:
    if entry.closed_at is not None:
        return "working"
    if entry.kind is IncidentKind.INCIDENT:
        return {"critical": "down", "major": "partial"}.get(entry.impact, "slow")
    return "work" if entry.kind is IncidentKind.MAINTENANCE else "notice"


@dataclass(frozen=True, slots=True)
class Target:
    """A target, and whether it shows an event."""

    name: str
    shows: bool


def _shown(event: str) -> list[Target]:
    """What each target shows of what was just published; nothing where nothing was."""
    if not event.isdecimal() or len(event) > 12:
        return []
    place = house()
    with place.db.read() as session:
        rows = {row.target: row.event_seq for row in session.scalars(select(ShownEvent))}
    known = zip(place.site.targets, place.site.shown_as(), strict=True)
    return [Target(name, rows.get(as_, 0) >= int(event)) for name, as_ in known]


def update_sheet(entry: Entry) -> Sheet:
    """The form that says what is new."""
    say = words().gettext
    asked = request.args.get("status", "")
    shown = [status for status in entry.may_become() if status != Status.SCHEDULED]
    kinds = ["update", "apology", "resolution", "postmortem", "acknowledgement"]
    wanted = Status(asked) if asked in shown else entry.row.status
    return about(
        entry,
        Sheet(
            template="update.html",
            heading=f"{say(_LABELS.get(wanted, 'Update'))}: {choices.said(entry.row.name)}",
            read=lambda reading: _read_update(reading, entry),
            act=actions.post_update,
            defaults=lambda: _update_defaults(entry, wanted),
            keep=kept_for("post_update"),
            values={
                **offered(),
                "statuses": choices.component_statuses(
                    planned=entry.row.kind is IncidentKind.MAINTENANCE
                ),
                "own_statuses": choices.statuses(shown),
                "templates": choices.templates(kinds),
            },
        ),
    )


def _read_update(reading: Reading, entry: Entry) -> dict[str, Any]:
    return reading.done(
        {
            "incident": str(entry.row.number),
            "status": reading.text("status"),
            **reading.update(component_keys()),
            **version(reading),
        }
    )


def _update_defaults(entry: Entry, status: Status) -> Typed:
    place = house()
    over = status in CLOSED
    promise = None if over else propose(place.clock.now(), place.service.hours).at
    typed: Typed = MultiDict(
        {
            **known(entry),
            "status": status,
            "template": _TEMPLATES.get(status, _OTHER_TEMPLATE),
            "words": "template",
            "next_update_by": choices.local(promise),
        }
    )
    if status is Status.RESOLVED:
        with place.db.read() as session:
            for key in choices.still_bad(entry.row, session):
                typed[f"status.{key}"] = ComponentStatus.OPERATIONAL
    return typed


def _answer(entry: Entry) -> Sheet:
    say = words().gettext
    key = request.form.get("key") or request.args.get("key", "")
    return about(
        entry,
        Sheet(
            template="answer.html",
            heading=f"{say('Answer in the thread')}: {choices.said(entry.row.name)}",
            read=lambda reading: _read_answer(reading, entry),
            act=actions.post_answer,
            defaults=lambda: MultiDict({**known(entry), "key": key}),
            values={
                "answers": choices.answers(with_blanks=True),
                "shown_blanks": choices.answer_blanks(key),
            },
        ),
    )


def _read_answer(reading: Reading, entry: Entry) -> dict[str, Any]:
    key = reading.text("key")
    fields = reading.fields(reading.desk.texts.answer, key, "fields")
    return reading.done(
        {
            "incident": str(entry.row.number),
            "answer": {"key": key, "fields": fields},
            **version(reading),
        }
    )


def _cancel(entry: Entry) -> Sheet:
    def cancel(desk: Desk, login: str, now: Any, data: Mapping[str, Any]) -> Outcome:
        return actions.cancel(desk, login, now, data["incident"], data.get("version"))

    say = words().gettext
    return about(
        entry,
        Sheet(
            template="cancel.html",
            heading=f"{say('Call off')}: {choices.said(entry.row.name)}",
            read=lambda reading: {"incident": str(entry.row.number), **version(reading)},
            act=cancel,
            defaults=lambda: MultiDict(known(entry)),
            publish_label=say("Call it off, and say so everywhere"),
        ),
    )


def _posts(row: Incident) -> list[tuple[Delivery, Sighting]]:
    """What was seen of the entry's posts, the newest first."""
    with house().db.read() as session:
        out = queries.deliveries(session, incident=row.id)
        seen = queries.sightings(session, [each.id for each in out])
    return [(each, seen[each.id]) for each in out if each.id in seen]
