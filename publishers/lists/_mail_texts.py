"""What an e-mail says, in one language, as plain text and as HTML. Pure.

Links that only one recipient has are gaps, which stand for them until they are put in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from incidents.locales import N_, Words
from incidents.status import PublicationKind
from incidents.view import PublicText, Service, choose
from publishers.channels._markdown import plain
from publishers.documents._characters import harmless
from publishers.documents._render import fill, markdown, words_for
from publishers.documents._style import TEMPLATES
from publishers.lists._base import Letter, Links, News

NOTES = ("confirm", "manage", "stopped")
"""Letters about a subscription, by their `about`."""
LINKS = tuple(each.name for each in fields(Links))
GAP = re.compile("\x00([a-z]+)\x00")
"""What stands for a link: nothing that people write has these characters."""
_MARKS = {
    PublicationKind.ANSWER: N_("Answer"),
    PublicationKind.CORRECTION: N_("Correction"),
    PublicationKind.RETRACTION: N_("Withdrawn"),
    PublicationKind.REMINDER: N_("Reminder"),
}
_TAKEN_BACK = {
    PublicationKind.CORRECTION: N_("This corrects what we had written."),
    PublicationKind.RETRACTION: N_("We withdraw what we had written."),
}
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Said:
    """A letter's words in both forms."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _NewsSaid:
    """What a publication says in one language; no text in it needs more cleaning."""

    title: str
    taken_back: str
    reason: str
    headline: str
    body: str
    """Markdown."""
    promise: str
    url: str
    when: str
    reference: str
    automatic: bool
    language: str


def one_line(text: str) -> str:
    """The text without what would end a line of a head, or steer a screen."""
    return " ".join(harmless(text).split())


def news(service: Service, told: News, locale: str, links: Links) -> Said:
    """What a publication says."""
    words = words_for(locale, service.time_zone)
    said = _said(service, told, words)
    name = _service_name(service, locale)
    context = {
        "said": said,
        "service_name": name,
        "title": said.title,
        "links": _gaps(links),
        **_common(service, words),
    }
    what, called = _what(service, told, words), _name(service, told, locale)
    return Said(
        subject=f"[{name}] {called}: {what}" if what else f"[{name}] {called}",
        text=_text("news.txt", context),
        html=_template("news.html").render(context),
    )


def note(service: Service, letter: Letter) -> Said | None:
    """What a letter about a subscription says; None where there is none of its kind.

    It is written once, as plain text: its first paragraph is the subject.
    """
    if letter.about not in NOTES:
        return None
    words = words_for(letter.locale, service.time_zone)
    context = {
        "service_name": _service_name(service, letter.locale),
        "subject": one_line(letter.subject),
        "hours": service.lists.privacy.unconfirmed_hours,
        "links": _gaps(letter.links),
        **_common(service, words),
    }
    subject, *paragraphs = _text(f"{letter.about}.txt", context).strip().split("\n\n")
    html = _template("note.html").render(context, title=subject, paragraphs=paragraphs)
    return Said(subject, "\n\n".join(paragraphs) + "\n", html)


def _said(service: Service, told: News, words: Words) -> _NewsSaid:
    default, locale = service.default_locale, words.locale
    chosen = choose(told.texts, locale, default)
    text = told.texts[chosen] if chosen else PublicText("", "", "")
    reason = choose(told.reasons, locale, default)
    taken_back = _TAKEN_BACK.get(told.kind, "")
    # A letter is kept for long: words taken back are not said once more.
    withdrawn = told.kind is PublicationKind.RETRACTION
    address = choose(told.urls, locale, default)
    what, name = _what(service, told, words), _name(service, told, locale)
    headline = one_line(text.headline)
    return _NewsSaid(
        title=f"{what}: {name}" if what else name,
        taken_back=words.gettext(taken_back) if taken_back else "",
        reason=one_line(told.reasons[reason]) if reason else "",
        headline="" if withdrawn or headline == name else headline,
        body="" if withdrawn else _lines(text.body or text.short),
        promise=_promise(told, words),
        url=told.urls[address] if address else service.url,
        when=f"{words.when(told.at)} ({words.zone_name})",
        reference=one_line(told.reference),
        automatic=told.automatic,
        language=chosen or locale,
    )


def _what(service: Service, told: News, words: Words) -> str:
    """What it is: "Correction", or the status in words."""
    if told.kind in _MARKS:
        return words.gettext(_MARKS[told.kind])
    chosen = choose(told.statuses, words.locale, service.default_locale)
    return one_line(told.statuses[chosen]) if chosen else ""


def _name(service: Service, told: News, locale: str) -> str:
    chosen = choose(told.names, locale, service.default_locale)
    return one_line(told.names[chosen]) if chosen else ""


def _promise(told: News, words: Words) -> str:
    if told.next_update_by is None or told.kind is PublicationKind.RETRACTION:
        return ""
    when = f"{words.when(told.next_update_by)} ({words.zone_name})"
    return words.gettext("Next update by {when}").format(when=when)


def _service_name(service: Service, locale: str) -> str:
    chosen = choose(service.name, locale, service.default_locale)
    return one_line(service.name[chosen]) if chosen else ""


def _gaps(links: Links) -> Mapping[str, str]:
    """A gap for each link that there is."""
    return {name: f"\x00{name}\x00" if getattr(links, name) else "" for name in LINKS}


def _common(service: Service, words: Words) -> Mapping[str, object]:
    return {
        "locale": words.locale,
        "words": words,
        "theme": service.theme,
        "_": words.gettext,
        "ngettext": words.ngettext,
        "fill": fill,
        "markdown": markdown,
        "plain": plain,
    }


def _lines(text: str) -> str:
    return harmless(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def _text(name: str, context: Mapping[str, object]) -> str:
    """A plain text: paragraphs are set apart by one empty line."""
    return _EMPTY_LINES.sub("\n\n", _template(name).render(context)).strip() + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "email"),
        # Plain text is escaped nowhere; everything else is HTML.
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _template(name: str) -> Template:
    return _environment().get_template(name)
