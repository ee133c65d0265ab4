"""How pages are made: the Jinja environment, Markdown made harmless, dates and links as markup.

Everything that people wrote passes through autoescape or `markdown`; nothing else becomes markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, lru_cache
from zoneinfo import ZoneInfo

import nh3
from babel import Locale, UnknownLocaleError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from incidents.locales import Words, load_words
from incidents.view import Localized, PublicText, Service, choose
from publishers.documents import _phrases as phrases
from publishers.documents._base import Document, locale_prefix, page_url
from publishers.documents._characters import harmless
from publishers.documents._style import TEMPLATES, stylesheet

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "blockquote"}


class _Renderer(RendererHTML):
    """Headings become strong paragraphs: an author cannot know where in the outline they land.

    Images become their description, for pages fetch nothing.
    """

    def heading_open(self, *_: object) -> str:
        return "<p><strong>"

    def heading_close(self, *_: object) -> str:
        return "</strong></p>\n"

    def image(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return str(escape(tokens[idx].content))


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)


@lru_cache(maxsize=1024)
def markdown(text: str) -> Markup:
    """CommonMark as harmless HTML: no raw HTML, no images, links to http, https and mailto only."""
    clean = nh3.clean(
        _markdown.render(harmless(text)),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener",
    )
    return Markup(clean)  # noqa: S704 - the one place where people's words become markup


@cache
def words_for(locale: str, zone: ZoneInfo) -> Words:
    """A locale's words, read once. Raises `LocaleError`."""
    return load_words(TEMPLATES / "locales", locale, zone)


@cache
def environment() -> Environment:
    """The pages' own environment: autoescape on, an unknown name is an error."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    pages.globals.update(
        fill=fill,
        markdown=markdown,
        phrases=phrases,
        shape=shape,
        web_address=web_address,
    )
    return pages


def fill(phrase: str, **parts: object) -> Markup:
    """A phrase with its {places} filled; both the phrase and what is not markup are escaped."""
    return escape(phrase).format(**parts)


def web_address(url: str) -> str | None:
    """The address if it is a plain web one, else None."""
    return url if url.startswith(("https://", "http://")) else None


@dataclass(frozen=True)
class Page:
    """One page in one language: its words, its place, and links relative to it.

    Relative links let the same files stand at any address: a mirror, a bucket, a folder.
    """

    service: Service
    locale: str
    path: str
    """Below the locale's root, with a slash at its end: "" or "incidents/abc/"."""

    @cached_property
    def words(self) -> Words:
        return words_for(self.locale, self.service.time_zone)

    @property
    def canonical(self) -> str:
        return page_url(self.service, self.locale, self.path)

    def root(self) -> str:
        """As in "../../": from here to the folder where all documents are."""
        depth = (locale_prefix(self.service, self.locale) + self.path).count("/")
        return "../" * depth

    def link(self, path: str = "", locale: str | None = None) -> str:
        """A relative link to a page of this locale, or of another."""
        target = locale_prefix(self.service, locale or self.locale) + path
        return self.root() + target or "./"

    def languages(self) -> Iterator[tuple[Words, str, str]]:
        """Each locale's words, the relative link to this same page there, and its address."""
        for locale in self.service.locales:
            words = words_for(locale, self.service.time_zone)
            yield words, self.link(self.path, locale), page_url(self.service, locale, self.path)

    def default_address(self) -> str:
        return page_url(self.service, self.service.default_locale, self.path)

    def chosen(self, texts: Mapping[str, object]) -> str | None:
        """The locale in which some texts are shown here; None when there is no text at all."""
        return choose(texts, self.locale, self.service.default_locale)

    def foreign(self, texts: Mapping[str, object]) -> str | None:
        """The language shown in place of a missing translation ("inglese"), else None."""
        locale = self.chosen(texts)
        if locale is None or locale == self.locale:
            return None
        return _language_name(locale, self.locale)

    def plain(self, texts: Localized) -> str:
        """A text in the best language there is, for titles; "" when there is none at all."""
        locale = self.chosen(texts)
        return texts[locale] if locale else ""

    def say(self, texts: Localized) -> Markup:
        """As `plain`, isolated from its surroundings and marked with its language if another."""
        locale = self.chosen(texts)
        if locale is None:
            return escape(self.words.gettext("Unnamed"))
        # Not by `Markup.format`, which is slow: a page has hundreds of names.
        language = "" if locale == self.locale else f' lang="{escape(locale)}"'
        return Markup(f"<bdi{language}>{escape(texts[locale])}</bdi>")  # noqa: S704 - both escaped

    def text(self, texts: Mapping[str, PublicText]) -> PublicText:
        """An update's words in the best language there is."""
        locale = self.chosen(texts)
        return texts[locale] if locale else PublicText("", "", "")

    def language_of(self, texts: Mapping[str, object]) -> Markup:
        """A lang attribute, with a space before it, where the text is in another language."""
        locale = self.chosen(texts)
        if locale is None or locale == self.locale:
            return Markup("")
        return Markup(' lang="{}" dir="auto"').format(locale)

    def time(self, moment: datetime) -> Markup:
        """As in "14:30 di martedì 8 dicembre 2020", readable by machines too."""
        return _time(self.words, moment)

    def zoned(self, moment: datetime) -> Markup:
        """As `time`, with the name of the zone: for promises and appointments."""
        return Markup("{} ({})").format(self.time(moment), self.words.zone_name)

    def span(self, start: datetime, end: datetime) -> Markup:
        """As in "Dalle 01:00 alle 03:00 di domenica 13 dicembre 2020"; two days are both named."""
        return _span(self.words, start, end)

    def duration(self, minutes: int) -> str:
        """As in "13 minuti", "1 ora e 5 minuti" or "8 giorni e 11 ore": the two largest units."""
        hours, left = divmod(minutes, 60)
        days, left_hours = divmod(hours, 24)
        words = self.words
        parts = (
            (days, words.ngettext("{n} day", "{n} days", days)),
            (left_hours, words.ngettext("{n} hour", "{n} hours", left_hours)),
            (left, words.ngettext("{n} minute", "{n} minutes", left)),
        )
        said = [phrase.format(n=amount) for amount, phrase in parts if amount][:2]
        return words.listed(said) if said else words.gettext("less than a minute")


@cache
def _language_name(locale: str, spoken: str) -> str:
    try:
        language = Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (UnknownLocaleError, ValueError):
        return locale
    return language.get_language_name(spoken.replace("-", "_")) or locale


# Pages repeat a few instants many times, and CLDR's date patterns are slow.


@lru_cache(maxsize=4096)
def _time(words: Words, moment: datetime) -> Markup:
    return _stamp(words, moment, words.when(moment))


@lru_cache(maxsize=4096)
def _span(words: Words, start: datetime, end: datetime) -> Markup:
    same_day = words.date(start) == words.date(end)
    beginning = _stamp(words, start, words.time(start)) if same_day else _time(words, start)
    return fill(words.gettext("From {start} to {end}"), start=beginning, end=_time(words, end))


def _stamp(words: Words, moment: datetime, said: str) -> Markup:
    local = moment.astimezone(words.zone).isoformat("T", "minutes")
    return Markup('<time datetime="{}">{}</time>').format(local, said)


@cache
def shape(tone: str) -> Markup:
    """The small sign of a tone: what a colour says, it says without one."""
    return Markup('<svg class="shape {0}" aria-hidden="true"><use href="#s-{0}"/></svg>').format(
        tone
    )


def render(template: str, page: Page, **context: object) -> Document:
    """One page as a document; the same page and context give the same bytes."""
    words = page.words
    style = Markup(stylesheet(page.service.theme))  # noqa: S704 - our own file, colours checked
    html = (
        environment()
        .get_template(template)
        .render(
            page=page,
            service=page.service,
            stylesheet=style,
            words=words,
            _=words.gettext,
            ngettext=words.ngettext,
            **context,
        )
    )
    lines = (line.strip() for line in harmless(html).split("\n"))
    return Document(document_path(page), "\n".join(filter(None, lines)).encode())


def document_path(page: Page) -> str:
    """Where a page is put: "en/incidents/abc/index.html"."""
    return f"{locale_prefix(page.service, page.locale)}{page.path}index.html"
