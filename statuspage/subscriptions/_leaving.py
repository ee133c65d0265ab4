"""Unsubscribing by one click (RFC 8058), by page, and what can be done about a mistake.

The link stands in every letter and is good for ever, so it can only end things: and what it ended
it can bring back, or erase at once. A GET never changes anything.
"""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from incidents import subscribers
from incidents.locales import Words
from incidents.subscribers import Standing, SubscriberState
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.subscriber_links import Purpose, Token
from statuspage.subscriptions._links import must_be_good
from statuspage.subscriptions._pages import page_of, step, way_of

NO_MORE = N_("You get no more updates.")


def show(locale: str, token: str) -> AnyResponse:
    """The question, with the button."""
    found = must_be_good(Purpose.UNSUBSCRIBE, token)
    page = page_of(locale)
    words = page.words
    return step(
        locale,
        words.gettext(N_("Do you want no more updates?")),
        words.gettext(N_("You get them {way}.")).format(way=way_of(page, found.mode)),
        buttons=[(_here(locale, token), words.gettext(N_("Unsubscribe")), False)],
    )


def leave(locale: str, token: str) -> AnyResponse:
    """Unsubscribe, at once and without more ado; it is the same answer however often."""
    found = must_be_good(Purpose.UNSUBSCRIBE, token)
    here = house()
    subscribers.leave(here.db, found.mode, found.subject, here.clock.now())
    words = page_of(locale).words
    return step(
        locale,
        words.gettext(N_("You are unsubscribed")),
        f"{words.gettext(NO_MORE)} {_erased_in(words)}",
        buttons=[
            (_here(locale, token, "/undo"), words.gettext(N_("It was a mistake: undo it")), True),
            (_here(locale, token, "/erase"), words.gettext(N_("Erase it at once")), True),
        ],
    )


def _erased_in(words: Words) -> str:
    days = house().settings.lists.privacy.unsubscribed_days
    if not days:
        return words.gettext(N_("What is kept of you is erased within minutes."))
    return words.ngettext(
        "What is kept of you is erased within {n} day.",
        "What is kept of you is erased within {n} days.",
        days,
    ).format(n=days)


def undo(locale: str, token: str) -> AnyResponse:
    """Take the unsubscription back, while it is kept."""
    found = must_be_good(Purpose.UNSUBSCRIBE, token)
    here = house()
    if not _has_left(found):
        return _nothing_left(locale)
    subscribers.come_back(here.db, found.mode, found.subject, here.clock.now())
    words = page_of(locale).words
    heading = words.gettext(N_("It is undone"))
    text = words.gettext(N_("You get the updates as before."))
    return step(locale, heading, text)


def erase(locale: str, token: str) -> AnyResponse:
    """Erase at once what was unsubscribed."""
    found = must_be_good(Purpose.UNSUBSCRIBE, token)
    if not _has_left(found):
        return _nothing_left(locale)
    subscribers.erase(house().db, found.mode, found.subject)
    return erased(locale)


def erased(locale: str) -> AnyResponse:
    """What is said once nothing is kept any more."""
    words = page_of(locale).words
    return step(
        locale,
        words.gettext(N_("Everything is erased")),
        words.gettext(N_("Nothing is kept of you any more, and nothing more is sent.")),
    )


def _has_left(found: Token) -> bool:
    """Whether it is unsubscribed: a letter that was passed on must not erase more than that."""
    with house().db.read() as session:
        kept: Standing | None = subscribers.look_up(session, found.mode, found.subject)
    return kept is not None and kept.state is SubscriberState.UNSUBSCRIBED


def _nothing_left(locale: str) -> AnyResponse:
    words = page_of(locale).words
    return step(
        locale,
        words.gettext(N_("There is nothing to do")),
        words.gettext(N_("It was undone or erased already. You can ask for updates anew.")),
    )


def _here(locale: str, token: str, more: str = "") -> str:
    return page_of(locale).link(f"subscriptions/unsubscribe/{token}{more}")
