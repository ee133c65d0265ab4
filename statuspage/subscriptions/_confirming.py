"""The link by which an owner confirms what was asked for their address.

To open it confirms nothing: programs that look at mail open every link.
"""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from incidents import subscribers
from incidents.errors import NotFound
from incidents.subscribers import Choices, Subscriber, SubscriberState
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.subscriber_links import Purpose
from statuspage.subscriptions._links import LinkIsOver, manage_token, must_be_good, secret_of
from statuspage.subscriptions._pages import Line, in_words, page_of, step

_CAN_CONFIRM = (SubscriberState.UNCONFIRMED, SubscriberState.ACTIVE)


def show(locale: str, token: str) -> AnyResponse:
    """What would be confirmed, with the button that does it."""
    row, lines = _asked_for(locale, token)
    if row.state is SubscriberState.ACTIVE:
        return _confirmed(locale, row, lines)
    page = page_of(locale)
    words = page.words
    return step(
        locale,
        words.gettext(N_("Was it you who asked for updates?")),
        words.gettext(N_("If it was not you, close this page: nothing will be sent.")),
        summary=lines,
        buttons=[(page.link(page.path), words.gettext(N_("Yes, send me the updates")), False)],
    )


def confirm(locale: str, token: str) -> AnyResponse:
    """Confirm it; twice is once."""
    _asked_for(locale, token)
    here = house()
    try:
        row = subscribers.confirm_once(here.desk, _subject(token), here.clock.now())
    except NotFound:
        raise LinkIsOver from None
    with here.db.read() as session:
        lines = _lines(session, locale, row, subscribers.choices_of(session, row))
    return _confirmed(locale, row, lines)


def _subject(token: str) -> str:
    return must_be_good(Purpose.CONFIRM, token).subject


def _asked_for(locale: str, token: str) -> tuple[Subscriber, list[Line]]:
    """The request and what it asks for. Raises `LinkIsOver`."""
    subject = _subject(token)
    with house().db.read() as session:
        try:
            row = subscribers.find(session, subject)
        except NotFound:
            raise LinkIsOver from None
        if row.state not in _CAN_CONFIRM:
            raise LinkIsOver
        return row, _lines(session, locale, row, subscribers.choices_of(session, row))


def _lines(session: Session, locale: str, row: Subscriber, choices: Choices) -> list[Line]:
    return in_words(session, page_of(locale), row.address, choices)


def _confirmed(locale: str, row: Subscriber, lines: list[Line]) -> AnyResponse:
    page = page_of(locale)
    words = page.words
    manage = page.link(f"subscriptions/manage/{manage_token(row.mode, row.address_key)}")
    secret = secret_of(row.mode, row.address_key)
    if secret:
        lines = [*lines, (words.gettext(N_("The webhook's secret")), secret)]
    return step(
        locale,
        words.gettext(N_("It is confirmed")),
        words.gettext(N_("You will be told as soon as there is something to say.")),
        summary=lines,
        links=[(manage, words.gettext(N_("Change, stop or erase it")))],
    )
