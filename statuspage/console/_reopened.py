"""A draft's input as its form shows it: the reverse of what `_typed` reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from incidents.status import ComponentStatus
from statuspage.console._typed import TIMES, Typed, filled

CARRIED = ("key", "origin", "incident", "update")
"""What the forms have no field for: it stays as it was."""
_LOCALIZED = ("name", "reason", "still_cannot", "to_do", "not_to_do")
_PLAIN = ("status", "impact", "internal_note", "from_notice", "kind", "template")
_FOR_ALL = (
    ComponentStatus.UNDER_MAINTENANCE,
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
)

Pairs = Iterator[tuple[str, str]]


def typed_of(kept: Mapping[str, Any], zone: ZoneInfo, *, for_all: bool = True) -> Typed:
    """What an input would have been typed as; times by the clock of `zone`.

    `for_all` is said of a form that has one status for all components that are chosen in it.
    """
    typed: Typed = MultiDict()
    figures = figures_as_typed(kept.get("figures") or (), zone)
    for pairs in (_words(kept), _times(kept, zone), figures, _beside(kept)):
        for name, value in pairs:
            typed[name] = value
    components = kept.get("components") or {}
    if for_all:
        _choose_components(typed, components)
    else:
        for key, status in components.items():
            typed[f"status.{key}"] = status
    answers = kept.get("answers") or []
    for answer in answers:
        typed.add("answers", answer["key"])
        for name, value in filled(f"answer.{answer['key']}", answer.get("fields", {})).items():
            typed[name] = value
    return typed


def _words(kept: Mapping[str, Any]) -> Pairs:
    texts = kept.get("texts")
    yield "words", "own" if texts else "template"
    for locale, text in (texts or {}).items():
        for part, said in text.items():
            yield f"texts.{locale}.{part}", said or ""
    yield from filled("fields", kept.get("fields") or {}).items()


def _beside(kept: Mapping[str, Any]) -> Pairs:
    for name in _PLAIN:
        if kept.get(name):
            yield name, str(kept[name])
    for name in _LOCALIZED:
        for locale, said in (kept.get(name) or {}).items():
            yield f"{name}.{locale}", said
    if not (kept.get("starts_itself", True) and kept.get("ends_itself", True)):
        yield "by_hand", "yes"


def _times(kept: Mapping[str, Any], zone: ZoneInfo) -> Pairs:
    for name in TIMES:
        if kept.get(name):
            yield name, _local(kept[name], zone)


def _local(moment: str, zone: ZoneInfo) -> str:
    """To the minute where it is a whole one: a monitor's alarm has seconds."""
    local = datetime.fromisoformat(moment).astimezone(zone)
    exact = "seconds" if local.second else "minutes"
    return local.replace(tzinfo=None, fold=0).isoformat("T", exact)


def figures_as_typed(figures: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> Pairs:
    """What the rows of some figures would have been typed as."""
    for row, figure in enumerate(figures):
        at = f"figures.{row}"
        yield f"{at}.key", figure["key"]
        yield f"{at}.as_of", _local(figure["as_of"], zone)
        if figure["value"] is None:
            yield f"{at}.unknown", "yes"
        else:
            yield f"{at}.value", str(figure["value"])
        for part in ("unit", "definition", "source", "caveat"):
            for locale, said in (figure.get(part) or {}).items():
                yield f"{at}.{part}.{locale}", said


def _choose_components(typed: Typed, components: Mapping[str, str]) -> None:
    """All are chosen; those that are not as the worst have a status of their own."""
    for_all = next((status for status in _FOR_ALL if status in components.values()), None)
    if for_all is not None:
        typed["how_bad"] = for_all
    for key, status in components.items():
        typed.add("component", key)
        if status != for_all:
            typed[f"status.{key}"] = status
