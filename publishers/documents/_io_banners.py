"""What the IO app's sections say, from the page's public view. Pure.

A section is visible while one of its components is not operational, and hidden again after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incidents.status import ComponentStatus, Impact, badness
from incidents.view import HomeView, PublicComponent, PublicIncident, PublicUpdate
from publishers._io_languages import IO_LANGUAGES, in_io_languages
from publishers.documents._base import page_url, update_path
from publishers.documents._io_file import LEVELS
from publishers.documents._phrases import COMPONENT_STATUS
from publishers.documents._render import Page

Levels = Mapping[ComponentStatus, str]


def banners(
    view: HomeView, sections: Mapping[str, str], levels: Levels
) -> dict[str, dict[str, Any]]:
    """What each section should have, by its name. `sections` are by a component's key.

    Raises `LookupError` for a key that no public component has.
    """
    by_key = {component.key: component for component in view.components}
    unknown = [key for key in sections if key not in by_key]
    if unknown:
        there = ", ".join(sorted(by_key)) or "none yet"
        raise LookupError(f"{unknown[0]}: there is no such component in public; there are {there}")
    worst: dict[str, PublicComponent] = {}
    for key, section in sections.items():
        known = worst.setdefault(section, by_key[key])
        if badness(by_key[key].status) > badness(known.status):
            worst[section] = by_key[key]
    return {section: _banner(view, part, levels) for section, part in worst.items()}


def _banner(view: HomeView, component: PublicComponent, levels: Levels) -> dict[str, Any]:
    if component.status is ComponentStatus.OPERATIONAL:
        return {"is_visible": False}
    entry = _entry_of(view, component)
    texts = _texts(view, component, entry)
    spoken = in_io_languages(texts)
    path = update_path(entry.id, None) if entry else ""
    return {
        "is_visible": True,
        "level": _level(component, entry, levels),
        "message": {language: line for language, (_, line) in spoken.items()},
        "web_url": {
            language: page_url(view.service, _page_locale(view, language, locale), path)
            for language, (locale, _) in spoken.items()
        },
    }


def _entry_of(view: HomeView, component: PublicComponent) -> PublicIncident | None:
    """The open entry that says that it is not well, the latest word first; else one that names it;
    None where the status was set outside of any."""
    naming = [
        (entry, part.status)
        for entry in view.active
        for part in entry.affected
        if part.component_id == component.id
    ]
    blaming = [entry for entry, status in naming if status is not ComponentStatus.OPERATIONAL]
    return next(iter([*blaming, *(entry for entry, _ in naming)]), None)


def _texts(
    view: HomeView, component: PublicComponent, entry: PublicIncident | None
) -> Mapping[str, str]:
    """The short text of the latest update that still stands; without any, name and status."""
    update = _latest(entry)
    if update is not None:
        short = {locale: text.short or text.headline for locale, text in update.texts.items()}
        if any(line.strip() for line in short.values()):
            return short
    return {locale: _said_plainly(view, component, locale) for locale in view.service.locales}


def _latest(entry: PublicIncident | None) -> PublicUpdate | None:
    standing = [update for update in entry.updates if update.retraction is None] if entry else []
    return standing[0] if standing else None


def _said_plainly(view: HomeView, component: PublicComponent, locale: str) -> str:
    """As in "Wallet: Not working"."""
    page = Page(view.service, locale, "")
    status = page.words.gettext(COMPONENT_STATUS[component.status])
    return f"{page.plain(component.name)}: {status}"


def _level(component: PublicComponent, entry: PublicIncident | None, levels: Levels) -> str:
    """By the component's status; an incident of critical impact is critical everywhere."""
    critical = entry is not None and entry.impact is Impact.CRITICAL
    return LEVELS[0] if critical else levels[component.status]


def _page_locale(view: HomeView, language: str, spoken: str) -> str:
    """The page to lead to: in the reader's language where there is one, else in the text's."""
    own = IO_LANGUAGES[language][0]
    return own if own in view.service.locales else spoken
