"""The forms that put a published update right, or take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from incidents import actions
from incidents.inputs import ADVICE
from incidents.models import IncidentUpdate
from statuspage._at_hand import house
from statuspage.console import _choices as choices
from statuspage.console._entry import Entry, about, known, version
from statuspage.console._reach import reach, taken_back
from statuspage.console._render import words
from statuspage.console._reopened import figures_as_typed
from statuspage.console._sheets import Sheet, kept_for
from statuspage.console._typed import MOST_FIGURES, Reading, Typed, filled


def correct_sheet(entry: Entry, update: IncidentUpdate) -> Sheet:
    """The form that puts a published update right."""
    say = words().gettext
    return about(
        entry,
        Sheet(
            template="correct.html",
            heading=f"{say('Correct')}: {choices.said(entry.row.name)}",
            read=lambda reading: _read(reading, entry, update),
            act=actions.correct_update,
            defaults=lambda: _defaults(entry, update),
            keep=kept_for("correct_update"),
            publish_label=say("Publish the correction"),
            values={"update": update},
        ),
    )


def _read(reading: Reading, entry: Entry, update: IncidentUpdate) -> dict[str, Any]:
    beside = {**_beside(reading, update), **_figures(reading, update)}
    new = _words(reading, update)
    if beside and _same(new, update):
        new = {}
    said = reading.done(
        {
            "incident": str(entry.row.number),
            "update": str(update.number),
            "reason": reading.localized("reason"),
            **new,
            **version(reading),
        }
    )
    return {**said, **beside}


def _words(reading: Reading, update: IncidentUpdate) -> dict[str, Any]:
    if update.template is None or reading.text("words") == "own":
        return {"texts": reading.own_words()}
    return {"fields": reading.fields(reading.desk.texts.notice, update.template, "fields")}


def _same(new: Mapping[str, Any], update: IncidentUpdate) -> bool:
    """Whether the words were left as they are."""
    if "fields" in new:
        return {**update.fields, **new["fields"]} == update.fields
    plain = {
        locale: {
            "headline": text["headline"],
            "short": text.get("short") or text["headline"],
            "body": text["body"].replace("\r\n", "\n"),
        }
        for locale, text in new["texts"].items()
    }
    return plain == update.texts


def _beside(reading: Reading, update: IncidentUpdate) -> dict[str, Any]:
    """What was changed of what stands beside the words; None for what is not to stand there."""
    typed = {name: reading.localized(name) for name in ADVICE}
    return {
        name: said or None for name, said in typed.items() if said != (getattr(update, name) or {})
    }


def _figures(reading: Reading, update: IncidentUpdate) -> dict[str, Any]:
    """All of them where any was changed; those for which the form has no row stay."""
    zone = reading.desk.service.time_zone
    shown = Reading(reading.desk, MultiDict(figures_as_typed(update.figures, zone))).figures()
    typed = reading.figures()
    return {} if typed == shown else {"figures": [*typed, *update.figures[MOST_FIGURES:]]}


def _defaults(entry: Entry, update: IncidentUpdate) -> Typed:
    texts = {
        f"texts.{locale}.{part}": text
        for locale, said in update.texts.items()
        for part, text in said.items()
    }
    beside = {name: getattr(update, name) or {} for name in ADVICE}
    return MultiDict(
        {
            **known(entry),
            **texts,
            **filled("fields", update.fields),
            **{f"{name}.{at}": text for name, said in beside.items() for at, text in said.items()},
            **dict(figures_as_typed(update.figures, house().service.time_zone)),
            "template": update.template or "",
            "words": "own",
        }
    )


def retract_sheet(entry: Entry, update: IncidentUpdate) -> Sheet:
    """The form that takes a published update back."""
    say = words().gettext
    return about(
        entry,
        Sheet(
            template="retract.html",
            heading=f"{say('Take back')}: {choices.said(entry.row.name)}",
            read=lambda reading: reading.done(
                {
                    "incident": str(entry.row.number),
                    "update": str(update.number),
                    "reason": reading.localized("reason") or taken_back(),
                    **version(reading),
                }
            ),
            act=actions.retract_update,
            keep=kept_for("retract_update"),
            defaults=lambda: MultiDict(known(entry)),
            publish_label=say("Take it back, and say so everywhere"),
            values={"update": update, "reach": reach(entry.row, update)},
            hints=lambda _typed: taken_back(),
        ),
    )
