"""How the forms answer: the public pages' own looks, with what the database knows now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from incidents import queries
from incidents.access import TooManyTries
from incidents.status import ListMode
from incidents.subscribers import Choices
from incidents.view import Localized
from publishers.documents import _phrases as phrases
from publishers.documents._grouping import Grouped, grouped
from publishers.documents._phrases import N_
from publishers.documents._render import Page, render
from publishers.documents.subscribe import Typed, subscribe_page
from statuspage._at_hand import house
from statuspage.subscriptions._links import LinkIsOver

Line = tuple[str, Markup | str]
Button = tuple[str, str, bool]
"""Where it leads, what it says, and whether it is the quieter one."""


def page_of(locale: str) -> Page:
    """The page that is being asked for: links on it are relative to this very address."""
    service = house().service
    prefix = "/" if locale == service.default_locale else f"/{locale}/"
    return Page(service, locale, request.path.removeprefix(prefix))


def asked_locale() -> str:
    """The language of the address that is being asked for."""
    service = house().service
    first = request.path.split("/")[1]
    return first if first in service.locales else service.default_locale


def html(body: bytes | None, status: int = 200) -> Response:
    return Response(body, status, content_type="text/html; charset=utf-8")


def forms_again(locale: str, typed: Typed) -> Response:
    """The page of forms with what was typed, and what is wrong with it."""
    with house().db.read() as session:
        page = page_of(locale)
        shown = subscribe_page(page, choosable(session), typed, queries.latest_month(session))
    return html(shown.body, 422)


def choosable(session: Session) -> Grouped:
    """The components that are on the page, under their groups."""
    return grouped(*queries.public_components(session))


def step(
    locale: str,
    heading: str,
    lede: str,
    *,
    summary: Sequence[Line] = (),
    buttons: Sequence[Button] = (),
    links: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> Response:
    """A page of one question or answer; its words are already in the locale."""
    return private(
        "private_step.html", locale, heading, lede,
        status=status, summary=summary, buttons=buttons, links=links,
    )  # fmt: skip


def private(
    template: str, locale: str, heading: str, lede: str, *, status: int = 200, **context: Any
) -> Response:
    """A page that is one person's alone."""
    page = page_of(locale)
    shown = render(template, page, heading=heading, lede=lede, history=None, **context)
    return html(shown.body, status)


def in_words(session: Session, page: Page, address: str, choices: Choices) -> list[Line]:
    """What somebody chose, as lines of a label and what it says."""
    words = page.words
    lines: list[Line] = [(words.gettext(N_("Address")), address)]
    if choices.follows:
        lines.append((words.gettext(N_("Chosen services")), _services(session, page, choices)))
        kinds = [words.gettext(phrases.NEWS[kind]) for kind in choices.kinds]
        lines.append((words.gettext(N_("News")), " · ".join(kinds)))
    followed = queries.incident_names(session, choices.incidents)
    if followed:
        names = [name for _, name in followed]
        lines.append((words.gettext(N_("Single problems")), _joined(page, names)))
    endonyms = {other.locale: other.endonym for other, _, _ in page.languages()}
    if len(endonyms) > 1:
        chosen = endonyms.get(choices.locale, choices.locale)
        lines.append((words.gettext(N_("Language")), chosen))
    return lines


def _services(session: Session, page: Page, choices: Choices) -> Markup | str:
    if choices.components is None:
        return page.words.gettext(N_("Everything, also what is added later"))
    return _joined(page, queries.component_names(session, choices.components))


def _joined(page: Page, names: Sequence[Localized]) -> Markup:
    return Markup(" · ").join(page.say(name) for name in names)


def way_of(page: Page, mode: ListMode) -> str:
    """How a list reaches people."""
    said = {
        ListMode.EMAIL: N_("by e-mail"),
        ListMode.WEBHOOK: N_("by webhook"),
        ListMode.PUSH: N_("in this browser"),
    }
    return page.words.gettext(said[mode])


# What can happen at every form.


def too_many(problem: TooManyTries) -> Response:
    """Somebody, or somebody near them, asks too often."""
    locale = asked_locale()
    words = page_of(locale).words
    text = words.ngettext(
        "Too many requests came from your network. Try again in {n} minute.",
        "Too many requests came from your network. Try again in {n} minutes.",
        problem.minutes,
    )
    heading = words.gettext(N_("Please wait a little"))
    response = step(locale, heading, text.format(n=problem.minutes), status=429)
    response.headers["Retry-After"] = str(problem.minutes * 60)
    return response


def link_is_over(_problem: LinkIsOver) -> Response:
    """A link that is good for nothing any more, with how to get another one."""
    locale = asked_locale()
    page = page_of(locale)
    words = page.words
    return step(
        locale,
        words.gettext(N_("This link is not good any more")),
        words.gettext(
            N_(
                "It is too old, was replaced, or is not whole: letters sometimes break long links. "
                "Nothing was changed."
            )
        ),
        links=[(page.link("subscribe/"), words.gettext(N_("Ask for another one")))],
        status=410,
    )
