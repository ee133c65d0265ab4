"""Declare a problem, plan work or warn of a strain, tell of what is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from incidents import actions, proposed, queries
from incidents.errors import InvalidInput, NotFound
from incidents.status import ComponentStatus, IncidentKind, Role, Status
from statuspage._at_hand import house
from statuspage.auth import needs
from statuspage.console import _choices as choices
from statuspage.console._promise import propose
from statuspage.console._proposal import first_notice
from statuspage.console._render import words
from statuspage.console._sheets import Sheet, answer, kept_for
from statuspage.console._typed import Reading, Typed
from statuspage.settings import Settings

_FIRST = ("acknowledgement",)
_PLANS = {
    IncidentKind.MAINTENANCE: "advance-notice/maintenance",
    IncidentKind.ADVANCE_NOTICE: "advance-notice/expected-load",
}


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/declare`, `/console/schedule`, `/console/backdate`."""

    @pages.route("/declare", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def declare() -> AnyResponse:
        return answer(declare_sheet())

    @pages.route("/schedule", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def schedule() -> AnyResponse:
        return answer(schedule_sheet())

    @pages.route("/backdate", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def backdate() -> AnyResponse:
        return answer(backdate_sheet())


def component_keys() -> list[str]:
    """All components that can be chosen."""
    with house().db.read() as session:
        return [row.key for _, rows in choices.components(session) for row in rows]


def offered() -> dict[str, object]:
    """What every form that says something of components offers."""
    with house().db.read() as session:
        groups = choices.components(session)
    return {"groups": groups, "impacts": choices.impacts(), "answers": choices.answers()}


def _named(reading: Reading, chosen: Mapping[str, str]) -> dict[str, str]:
    """The name in every language: what was typed, else what is proposed."""
    return {**_proposed(chosen), **reading.localized("name")}


def _proposed(chosen: Mapping[str, str]) -> dict[str, str]:
    place = house()
    with place.db.read() as session:
        parts = queries.components_chosen(session, chosen)
    return proposed.declared_name(parts, place.service, place.texts.words)


def _hints(typed: Typed) -> Mapping[str, str]:
    return _proposed(Reading(choices.desk(), typed).components(component_keys()))


def _planned_name(reading: Reading) -> dict[str, str]:
    """What planned work is called where nothing was typed; nothing for what is neither."""
    place, kind = house(), reading.text("kind")
    if kind not in _PLANS:
        return {}
    with place.db.read() as session:
        parts = queries.components_chosen(session, reading.components(component_keys()))
    return proposed.planned_name(IncidentKind(kind), parts, place.service, place.texts.words)


def declare_sheet() -> Sheet:
    """The form that declares a problem."""
    say = words().gettext
    return Sheet(
        template="declare.html",
        heading=say("Declare a problem"),
        read=_read_declared,
        act=actions.declare_incident,
        defaults=_declare_defaults,
        keep=kept_for("declare_incident"),
        values={
            **offered(),
            "statuses": choices.component_statuses(),
            "faults": choices.faults(),
            "own_statuses": choices.statuses(tuple(Status)[:3]),
            "templates": choices.templates([*_FIRST, "apology", "update"]),
        },
        hints=_hints,
        proposes=_fitting,
    )


def _fitting(typed: Typed) -> str:
    chosen = Reading(choices.desk(), typed).components(component_keys())
    found = choices.templates(_FIRST)
    known = [key for _, options in found for key, _ in options]
    return first_notice(chosen, known, warned=bool(typed.get("from_notice")))


def _read_declared(reading: Reading) -> dict[str, Any]:
    chosen = reading.components(component_keys())
    name = _named(reading, chosen)
    if not chosen and not name:
        raise InvalidInput("components: choose what does not work, or else write a name")
    return reading.done(
        {
            **reading.update(component_keys()),
            "name": name,
            "status": reading.text("status"),
            "started_at": reading.moment("started_at"),
            "from_notice": reading.text("from_notice"),
        }
    )


def _declare_defaults() -> Typed:
    place = house()
    now = place.clock.now()
    typed: Typed = MultiDict(
        {
            "how_bad": ComponentStatus.MAJOR_OUTAGE,
            "words": "template",
            "started_at": choices.local(now),
            "next_update_by": choices.local(propose(now, place.service.hours).at),
            "status": Status.INVESTIGATING,
        }
    )
    _come_true(typed, request.args.get("from_notice", ""))
    typed["template"] = typed["proposed"] = _fitting(typed)
    return typed


def _come_true(typed: Typed, notice: str) -> None:
    """What an advance notice had named, where one is given."""
    if not notice:
        return
    with house().db.read() as session:
        try:
            entry = queries.find_incident(session, notice)
        except NotFound:
            return
        typed["from_notice"] = str(entry.number)
        typed.setlist("component", list(choices.affected(entry, session)))


def schedule_sheet() -> Sheet:
    """The form that plans work, or warns of a strain."""
    say = words().gettext
    return Sheet(
        template="schedule.html",
        heading=say("Plan work, or warn of an expected strain"),
        read=_read_scheduled,
        act=actions.schedule,
        defaults=_schedule_defaults,
        keep=kept_for("schedule"),
        values={
            **offered(),
            "kinds": [
                (IncidentKind.MAINTENANCE, say("Planned maintenance")),
                (IncidentKind.ADVANCE_NOTICE, say("Advance notice")),
            ],
            "statuses": choices.component_statuses(planned=True),
            "templates": choices.templates(["advance-notice"]),
        },
        hints=lambda typed: _planned_name(Reading(choices.desk(), typed)),
    )


def _read_scheduled(reading: Reading) -> dict[str, Any]:
    by_hand = bool(reading.text("by_hand"))
    return reading.done(
        {
            **reading.words(),
            **reading.beside(),
            "kind": reading.text("kind"),
            "name": {**_planned_name(reading), **reading.localized("name")},
            "starts_at": reading.moment("starts_at"),
            "ends_at": reading.moment("ends_at"),
            "components": reading.components(component_keys()),
            **({"starts_itself": False, "ends_itself": False} if by_hand else {}),
        }
    )


def _schedule_defaults() -> Typed:
    warns = request.args.get("kind") == IncidentKind.ADVANCE_NOTICE
    kind = IncidentKind.ADVANCE_NOTICE if warns else IncidentKind.MAINTENANCE
    return MultiDict(
        {
            "kind": kind,
            "template": _PLANS[kind],
            "words": "template",
            "how_bad": ComponentStatus.UNDER_MAINTENANCE,
        }
    )


def backdate_sheet() -> Sheet:
    """The form that tells of a problem that is over."""
    return Sheet(
        template="backdate.html",
        heading=words().gettext("Tell of a problem that is over"),
        read=_read_backdated,
        act=actions.backdate_incident,
        keep=kept_for("backdate_incident"),
        defaults=lambda: MultiDict(
            {
                "how_bad": ComponentStatus.MAJOR_OUTAGE,
                "template": "resolution/recovered",
                "words": "template",
            }
        ),
        values={
            **offered(),
            "statuses": choices.component_statuses(),
            "faults": choices.faults(),
            "templates": choices.templates(["resolution", "postmortem"]),
        },
        hints=_hints,
    )


def _read_backdated(reading: Reading) -> dict[str, Any]:
    chosen = reading.components(component_keys())
    said = reading.update(component_keys())
    del said["next_update_by"]
    return reading.done(
        {
            **said,
            "name": _named(reading, chosen),
            "started_at": reading.moment("started_at"),
            "resolved_at": reading.moment("resolved_at"),
        }
    )
