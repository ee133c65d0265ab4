"""What feeds say: one item per publication, in one language, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from markupsafe import Markup

from incidents.status import PublicationKind
from incidents.view import PublicFigure, PublicPublication, Service
from publishers.documents import _phrases
from publishers.documents._base import page_url, update_path
from publishers.documents._characters import harmless
from publishers.documents._phrases import N_
from publishers.documents._render import Page, fill, markdown

_MARKS = {
    PublicationKind.ANSWER: N_("Answer"),
    PublicationKind.CORRECTION: N_("Correction"),
    PublicationKind.RETRACTION: N_("Withdrawn"),
    PublicationKind.REMINDER: N_("Reminder"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One publication as every format shows it; no text in it needs more cleaning."""

    id: str
    url: str
    title: str
    html: str
    at: datetime
    """In the service's zone, whole seconds."""
    status: str
    status_words: str
    language: str


def items(service: Service, publications: Iterable[PublicPublication], locale: str) -> list[Item]:
    """Publications in the order given. One has the same id in every feed that it stands in."""
    page = Page(service, locale, "")
    return [_item(page, publication) for publication in publications]


def stable_id(service: Service, *parts: str) -> str:
    """An id that outlives edits, a move to another host and another path (RFC 9562, version 5)."""
    return uuid5(NAMESPACE_URL, "/".join((service.id, *parts))).urn


def stamp(service: Service, moment: datetime) -> datetime:
    """An instant by the service's clock, in whole seconds as RFC 2822 has them."""
    return moment.astimezone(service.time_zone).replace(microsecond=0)


def _item(page: Page, publication: PublicPublication) -> Item:
    path = update_path(publication.incident_id, publication.update_number)
    return Item(
        id=stable_id(page.service, "publication", publication.id, page.locale),
        url=page_url(page.service, page.locale, path),
        title=harmless(_title(page, publication)),
        html=harmless("\n".join(_content(page, publication))),
        at=stamp(page.service, publication.at),
        status=publication.status,
        status_words=_status(page, publication),
        language=page.chosen(publication.texts) or page.locale,
    )


def _status(page: Page, publication: PublicPublication) -> str:
    status = _phrases.told_status(publication.status, cancelled=publication.cancelled)
    return page.words.gettext(status)


def _title(page: Page, publication: PublicPublication) -> str:
    """What it is, then what it says: "Resolved – The Wallet works again"."""
    text = page.text(publication.texts)
    said = text.headline or text.short or page.plain(publication.incident_name)
    mark = _MARKS.get(publication.kind)
    what = page.words.gettext(mark) if mark else _status(page, publication)
    return what if not said else f"{what} – {said}"


def _content(page: Page, publication: PublicPublication) -> Iterator[Markup]:
    name = page.plain(publication.incident_name)
    yield Markup("<p><strong>{}</strong> – {}</p>").format(name, _status(page, publication))
    yield from _mark(page, publication)
    # A feed item is copied far and kept for long: words taken back are not said once more.
    if publication.kind is not PublicationKind.RETRACTION:
        yield _body(page, publication)
        yield from _advice(page, publication)
        yield from _figures(page, publication.figures)
        yield from _promise(page, publication)
    if publication.automatic:
        yield Markup("<p><em>{}</em></p>").format(page.words.gettext("Automatic notice"))


def _mark(page: Page, publication: PublicPublication) -> Iterator[Markup]:
    words, mark = page.words, _MARKS.get(publication.kind)
    if mark is None:
        return
    reason = page.plain(publication.reason)
    why = fill(words.gettext("Why: {reason}"), reason=reason) if reason else ""
    marked = Markup("<strong>{}</strong>").format(words.gettext(mark))
    yield Markup("<p>{}</p>").format(Markup(". ").join((marked, why)) if why else marked)


def _body(page: Page, publication: PublicPublication) -> Markup:
    text = page.text(publication.texts)
    said = markdown(harmless(text.body)) or Markup("<p>{}</p>").format(text.short or text.headline)
    language = page.language_of(publication.texts)
    return Markup("<div{}>{}</div>").format(language, said) if language else said


def _advice(page: Page, publication: PublicPublication) -> Iterator[Markup]:
    gettext = page.words.gettext
    for title, texts in (
        (gettext("What to do"), publication.to_do),
        (gettext("What not to do"), publication.not_to_do),
    ):
        if said := page.plain(texts):
            yield Markup("<p><strong>{}</strong>: {}</p>").format(title, said)


def _figures(page: Page, figures: tuple[PublicFigure, ...]) -> Iterator[Markup]:
    if figures:
        lines = Markup("").join(
            Markup("<li>{}</li>").format(_figure(page, figure)) for figure in figures
        )
        yield Markup("<ul>{}</ul>").format(lines)


def _figure(page: Page, figure: PublicFigure) -> Markup:
    """What it counts and how many, whose number it is and of when, and how not to read it."""
    words = page.words
    source = {"source": page.plain(figure.source), "when": words.when(figure.as_of)}
    said = [
        _counted(page, figure),
        fill(words.gettext("Source: {source}, as of {when}."), **source),
    ]
    if caveat := page.plain(figure.caveat):
        said.append(fill(words.gettext("Note: {caveat}."), caveat=caveat))
    return Markup(" ").join(said)


def _counted(page: Page, figure: PublicFigure) -> Markup:
    """As in "2,300,000 cards registered in the Wallet."."""
    counted = f"{page.plain(figure.unit)} {page.plain(figure.definition)}".strip()
    if figure.value is None:
        unknown = page.words.gettext("we do not know yet")
        return Markup("{}: <strong>{}</strong>.").format(counted, unknown)
    amount = page.words.number(figure.value)
    return Markup("<strong>{}</strong> {}.").format(amount, counted)


def _promise(page: Page, publication: PublicPublication) -> Iterator[Markup]:
    if due := publication.next_update_by:
        when = f"{page.words.when(due)} ({page.words.zone_name})"
        promised = fill(page.words.gettext("Next update by {when}"), when=when)
        yield Markup("<p><strong>{}</strong></p>").format(promised)
