"""Words that Avviso proposes by itself: names of entries, and sentences for whoever says nothing.

Pure. Whoever takes them as they are said nothing of their own: like a template's words they were
approved when they were written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from incidents.inputs import NAME_LENGTH
from incidents.locales import N_, Words
from incidents.status import ComponentStatus, IncidentKind, worst
from incidents.texts.filters import lower_first
from incidents.view import Localized, Service, choose

Chosen = Sequence[tuple[Localized, str]]
"""Components in the page's order: the name of each, and what is said of it."""

NOT_SAID_WHO = N_("It has not been said yet who still has difficulties.")
"""*Monitoring* has to say who still cannot; a client that does not know of it says nothing."""
CORRECTED = N_("The text was corrected by those who published it.")
TAKEN_BACK = N_("The text was withdrawn by those who published it.")

_DECLARED: Mapping[ComponentStatus, str] = {
    ComponentStatus.MAJOR_OUTAGE: N_("Out of service: {components}"),
    ComponentStatus.PARTIAL_OUTAGE: N_("Partly out of service: {components}"),
    ComponentStatus.DEGRADED_PERFORMANCE: N_("Slow: {components}"),
}
"""Worst first."""
_NOT_WORKING = N_("Not working")
_ALARMED: Mapping[ComponentStatus, str] = {
    ComponentStatus.DEGRADED_PERFORMANCE: N_("Working with difficulty"),
    ComponentStatus.PARTIAL_OUTAGE: N_("Working only in part"),
    ComponentStatus.MAJOR_OUTAGE: _NOT_WORKING,
}
_PLANNED: Mapping[IncidentKind, str] = {
    IncidentKind.MAINTENANCE: N_("Planned maintenance"),
    IncidentKind.ADVANCE_NOTICE: N_("Advance notice"),
}


def declared_name(chosen: Chosen, service: Service, words: Mapping[str, Words]) -> dict[str, str]:
    """What an incident could be called, in every language: "Out of service: Wallet". The worst
    alone are named; {} where nothing that is bad was chosen."""
    bad = next((each for each in _DECLARED if any(said == each for _, said in chosen)), None)
    if bad is None:
        return {}
    named = [name for name, said in chosen if said == bad]
    return {
        locale: _fitting(words[locale].gettext(_DECLARED[bad]), named, locale, service, words)
        for locale in service.locales
    }


def alarm_name(chosen: Chosen, service: Service, words: Mapping[str, Words]) -> dict[str, str]:
    """What alarms are called: "Wallet and IBAN entry: not working"; {} for no component."""
    if not chosen:
        return {}
    said = _ALARMED.get(worst(ComponentStatus(status) for _, status in chosen), _NOT_WORKING)
    named = [name for name, _ in chosen]
    return {
        locale: _fitting(
            "{components}: " + lower_first(words[locale].gettext(said)),
            named,
            locale,
            service,
            words,
        )
        for locale in service.locales
    }


def planned_name(
    kind: IncidentKind, chosen: Chosen, service: Service, words: Mapping[str, Words]
) -> dict[str, str]:
    """What planned work or a notice could be called: "Planned maintenance: Wallet"; {} for no
    component."""
    if not chosen or kind not in _PLANNED:
        return {}
    named = [name for name, _ in chosen]
    return {
        locale: _fitting(
            words[locale].gettext(_PLANNED[kind]) + ": {components}", named, locale, service, words
        )
        for locale in service.locales
    }


def sentence(phrase: str, service: Service, words: Mapping[str, Words]) -> dict[str, str]:
    """A phrase of ours in the page's languages."""
    return {locale: words[locale].gettext(phrase) for locale in service.locales}


def _fitting(
    form: str,
    named: Sequence[Localized],
    locale: str,
    service: Service,
    words: Mapping[str, Words],
) -> str:
    """Names that do not fit any more are left to the components' own lines."""
    default = service.default_locale
    listed = [name[choose(name, locale, default) or default] for name in named]
    room = NAME_LENGTH - len(form.replace("{components}", ""))
    while len(listed) > 1 and len(words[locale].listed(listed)) > room:
        listed.pop()
    return form.replace("{components}", words[locale].listed(listed)[:room])
