"""How the operators' pages are made: their own templates and phrases, the public pages' looks."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from incidents.locales import LocaleError, Words, load_words
from incidents.status import Status
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from publishers.documents._render import fill, markdown, shape
from publishers.documents._render import words_for as public_words_for
from publishers.documents._style import TEMPLATES
from statuspage._at_hand import house
from statuspage.auth import signed_in_or_nobody
from statuspage.console._assets import asset
from statuspage.console._delivery_words import UNTIL
from statuspage.console._pictures import picture_at
from statuspage.console._post_words import as_shown, host_of, network_of
from statuspage.console._sentences import reasons_in_words

MENU = (
    ("/console/", N_("Board")),
    ("/console/declare", N_("Declare a problem")),
    ("/console/schedule", N_("Plan")),
    ("/console/entries", N_("Entries")),
    ("/console/drafts", N_("Drafts")),
    ("/console/answering", N_("Answer a person")),
    ("/console/texts", N_("Texts")),
    ("/console/channels", N_("Channels")),
    ("/console/trail", N_("Trail")),
    ("/console/set-up", N_("Set-up")),
)
"""What stands at the top of every page: address and label."""

_ELSEWHERE = {
    "deliveries": "/console/",
    "duty": "/console/",
    "stats": "/console/",
    "backdate": "/console/schedule",
}
"""Pages whose address is not below that of the part of the menu that they belong to."""


@cache
def environment() -> Environment:
    """The templates of the console: autoescape on, an unknown name is an error."""
    found = Environment(
        loader=FileSystemLoader([TEMPLATES / "console", TEMPLATES / "pages"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals.update(
        as_shown=as_shown,
        asset=asset,
        csrf_token=generate_csrf,
        fill=fill,
        host_of=host_of,
        markdown=markdown,
        menu=MENU,
        network_of=network_of,
        phrases=phrases,
        picture_at=picture_at,
        reasons_in_words=reasons_in_words,
        shape=shape,
        stamp=stamp,
        status_in=status_in,
        until=UNTIL,
    )
    return found


@cache
def words_for(locale: str, zone: ZoneInfo) -> Words:
    """The console's own words in a locale, and the citizens' for what it has none of.

    A language that nobody has written the console's words in yet has the citizens' words, and
    English beside them. Raises `LocaleError` where it has not even those.
    """
    public = public_words_for(locale, zone)
    try:
        own = load_words(TEMPLATES / "console" / "locales", locale, zone)
    except LocaleError:
        return public
    own.translations.add_fallback(public.translations)
    return own


def stamp(words: Words, moment: datetime, said: str = "") -> Markup:
    """An instant for people and programs: as `said`, else "21:49 di martedì 8 dicembre 2020"."""
    local = moment.astimezone(words.zone).isoformat("T", "minutes")
    return Markup('<time datetime="{}">{}</time>').format(local, said or words.when(moment))


def words() -> Words:
    """The words of the one who looks: the language of their session, or before there is one the
    language that they chose, else the first of their browser's that the page has."""
    me = signed_in_or_nobody()
    service = house().service
    if me:
        return words_for(me.locale, service.time_zone)
    asked = request.accept_languages.best_match(service.locales, service.default_locale)
    return words_for(chosen_locale() or asked or service.default_locale, service.time_zone)


def status_in(locale: str, status: str) -> str:
    """A status as citizens read it in a language: "Stiamo verificando"."""
    return words_for(locale, house().service.time_zone).gettext(phrases.STATUS[Status(status)])


def chosen_locale() -> str:
    """What `?lang=` or a form's `lang` says, where the page has that language; "" elsewhere."""
    chosen = request.values.get("lang", "")
    return chosen if chosen in house().service.locales else ""


def section_of(path: str) -> str:
    """The address in the menu that a page belongs to; "" for one's own account."""
    first = path.removeprefix("/console/").partition("/")[0]
    known = {address for address, _ in MENU}
    own = f"/console/{first}"
    return _ELSEWHERE.get(first, own if own in known else "")


def _tongues(following: str) -> list[tuple[str, str, str]]:
    """For whoever has no session: each language, its own name, and this page in it."""
    service = house().service
    onward = {"next": following} if following else {}
    return [
        (
            locale,
            words_for(locale, service.time_zone).endonym,
            f"{request.path}?{urlencode({'lang': locale} | onward)}",
        )
        for locale in service.locales
    ]


def render(name: str, status: int = 200, **values: object) -> Response:
    """One page of the console, in the language of the one who looks."""
    spoken = words()
    me = signed_in_or_nobody()
    page = environment().get_template(name)
    text = page.render(
        words=spoken,
        _=spoken.gettext,
        ngettext=spoken.ngettext,
        me=me,
        service=house().service,
        now=house().clock.now(),
        here=request.path,
        section=section_of(request.path),
        tongues=[] if me else _tongues(request.values.get("next", "")),
        chosen_locale="" if me else chosen_locale(),
        **values,
    )
    return Response(text, status, content_type="text/html; charset=utf-8")
