"""Long but realistic values for everything that a text may speak of: do its words still fit?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from incidents.rules import Rule, resolve_local
from incidents.texts.model import CONTEXT, Field, NoticeContext, NoticeTemplate

SERVICE = "App dei servizi pubblici"
# A Wednesday in September is the longest day to name, in Italian and in English alike.
LONGEST_DAY = date(2020, 9, 23)
_A_WEEK_LATER = LONGEST_DAY + timedelta(days=7)
_BY_TYPE: Mapping[str, object] = {
    "number": 14_000_000,
    "list": ("Carte e metodi di pagamento",) * 2,
}
_LISTS = tuple(name for name, kind in CONTEXT.items() if kind == "list")


def longest_context(template: NoticeTemplate, zone: ZoneInfo) -> dict[str, object]:
    """The template's own longest examples, and ours for the names that its head does not give.

    A head that names any list of components describes a whole situation: the others are empty,
    but for `affected`, which holds them all.
    """
    values = _ours(zone).values()
    if any(name in template.longest for name in _LISTS):
        values.update(dict.fromkeys(_LISTS, ()), affected=_all_affected(template.longest))
    return {**values, **template.longest}


def _all_affected(longest: Mapping[str, object]) -> tuple[object, ...]:
    lists = (longest.get(name) for name in ("down", "partial", "slow", "recovered"))
    return tuple(item for names in lists if isinstance(names, tuple) for item in names)


def _ours(zone: ZoneInfo) -> NoticeContext:
    return NoticeContext(
        service=SERVICE,
        incident="Portafoglio non disponibile",
        at=resolve_local(LONGEST_DAY, time(21, 49), zone),
        started_at=resolve_local(LONGEST_DAY, time(21, 40), zone),
        next_update_by=resolve_local(_A_WEEK_LATER, time(22, 20), zone),
        starts_at=resolve_local(LONGEST_DAY, time(21, 0), zone),
        ends_at=resolve_local(_A_WEEK_LATER, time(12, 0), zone),
        down=("Portafoglio", "Attivazione del Cashback"),
        partial=("Carte e metodi di pagamento",),
        slow=("Accesso con SPID e CIE",),
        recovered=("Inserimento dell’IBAN",),
        affected=("Portafoglio", "Attivazione del Cashback", "Carte e metodi di pagamento"),
        working=("Messaggi", "Verifica dell’e-mail"),
    )


def longest_fields(fields: tuple[Field, ...], zone: ZoneInfo) -> dict[str, object]:
    """Each field's longest example; where it has none its example, its default, or one of ours."""
    return {field.name: _longest(field, zone) for field in fields}


def usual_fields(fields: tuple[Field, ...], zone: ZoneInfo) -> dict[str, object]:
    """As `longest_fields`, but each field's usual example comes first."""
    return {
        field.name: _longest(field, zone) if field.example in (None, "", ()) else field.example
        for field in fields
    }


def _longest(field: Field, zone: ZoneInfo) -> object:
    for value in (field.longest, field.example, field.default):
        if value not in (None, "", ()):
            return value
    if field.type == "datetime":
        return resolve_local(_A_WEEK_LATER, time(22, 20), zone)
    return _BY_TYPE.get(field.type, field.label)


def longest_day(rule: Rule | None) -> date:
    """A day on which an answer prints all the dates that it can."""
    return rule.window[0] if rule and rule.window else LONGEST_DAY
