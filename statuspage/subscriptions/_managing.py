"""The owner's own page, behind a link that was sent to their address: see, change, take along,
stop, erase."""

from __future__ import annotations

import json

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from incidents import queries, subscribers
from incidents.errors import InvalidInput, NotFound
from incidents.status import ListMode
from incidents.subscribers import Choices, Standing, SubscriberState
from publishers.documents import _phrases as phrases
from publishers.documents._phrases import N_
from publishers.documents._render import Page
from publishers.documents.subscribe import Typed
from statuspage._at_hand import house
from statuspage.subscriber_links import Purpose, Token
from statuspage.subscriptions._asking import FAULTS
from statuspage.subscriptions._leaving import erased
from statuspage.subscriptions._links import LinkIsOver, must_be_good, secret_of
from statuspage.subscriptions._pages import (
    Button,
    Line,
    choosable,
    page_of,
    private,
    step,
    way_of,
)
from statuspage.subscriptions._typed import choices_in, typed_in

_STATES = {
    SubscriberState.ACTIVE: N_("Active: updates are sent"),
    SubscriberState.QUARANTINED: N_("Stopped: messages did not arrive"),
    SubscriberState.UNSUBSCRIBED: N_("Unsubscribed: nothing is sent"),
}
_RESUME = {
    SubscriberState.QUARANTINED: N_("It works again: send me updates"),
    SubscriberState.UNSUBSCRIBED: N_("Send me updates again"),
}


def show(locale: str, token: str) -> AnyResponse:
    """What is kept, with the form to change it."""
    found = must_be_good(Purpose.MANAGE, token)
    lede = page_of(locale).words.gettext(N_("Saved.")) if "saved" in request.args else ""
    return _shown(locale, token, found, lede)


def save(locale: str, token: str) -> AnyResponse:
    """Change what was chosen."""
    found = must_be_good(Purpose.MANAGE, token)
    typed = typed_in("manage", locale)
    try:
        subscribers.choose(house().desk, found.subject, found.mode, _chosen(typed, found))
    except NotFound:
        raise LinkIsOver from None
    except InvalidInput as problem:
        name = str(problem).partition(":")[0]
        name = name if name in FAULTS else "components"
        return _shown(locale, token, found, "", typed.with_fault(name, FAULTS[name]))
    return redirect(f"{_here(locale, token)}?saved", 303)


def _chosen(typed: Typed, found: Token) -> Choices:
    """The choices of the form; of single incidents only fewer than before can be left."""
    followed = request.form.getlist("incident")
    before = _kept(found).choices.incidents
    incidents = tuple(each for each in before if each in followed)
    more = choices_in(typed)
    if incidents and request.form.get("follows") == "no":
        return Choices(more.locale, follows=False, incidents=incidents)
    return Choices(more.locale, components=more.components, kinds=more.kinds, incidents=incidents)


def resume(locale: str, token: str) -> AnyResponse:
    """Begin again after letters came back, or after an unsubscription."""
    found = must_be_good(Purpose.MANAGE, token)
    here = house()
    if not subscribers.come_back(here.db, found.mode, found.subject, here.clock.now()):
        raise LinkIsOver
    return redirect(f"{_here(locale, token)}?saved", 303)


def stop(locale: str, token: str) -> AnyResponse:
    """Unsubscribe; until it is erased it can be taken back on the same page."""
    found = must_be_good(Purpose.MANAGE, token)
    here = house()
    subscribers.leave(here.db, found.mode, found.subject, here.clock.now())
    return redirect(f"{_here(locale, token)}?saved", 303)


def export(_locale: str, token: str) -> AnyResponse:
    """All that is kept, as a file."""
    found = must_be_good(Purpose.MANAGE, token)
    with house().db.read() as session:
        kept = subscribers.all_kept(session, found.mode, found.subject)
    if not kept:
        raise LinkIsOver
    body = json.dumps({"subscriptions": kept}, ensure_ascii=False, indent=2)
    response = Response(body + "\n", content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="avviso.json"'
    return response


def ask_to_erase(locale: str, token: str) -> AnyResponse:
    """The question, for it cannot be undone."""
    found = must_be_good(Purpose.MANAGE, token)
    _kept(found)
    words = page_of(locale).words
    return step(
        locale,
        words.gettext(N_("Erase everything that is kept of you?")),
        words.gettext(N_("You get no more updates, and it cannot be undone.")),
        buttons=[
            (f"{_here(locale, token)}/erase", words.gettext(N_("Yes, erase everything")), False)
        ],
        links=[(_here(locale, token), words.gettext(N_("No, go back")))],
    )


def erase(locale: str, token: str) -> AnyResponse:
    """Erase it."""
    found = must_be_good(Purpose.MANAGE, token)
    subscribers.erase(house().db, found.mode, found.subject)
    return erased(locale)


def _kept(found: Token) -> Standing:
    """What is kept. Raises `LinkIsOver` where it was erased meanwhile."""
    with house().db.read() as session:
        kept = subscribers.look_up(session, found.mode, found.subject)
    if kept is None:
        raise LinkIsOver
    return kept


def _here(locale: str, token: str) -> str:
    return page_of(locale).link(f"subscriptions/manage/{token}")


def _shown(
    locale: str, token: str, found: Token, lede: str, typed: Typed | None = None
) -> AnyResponse:
    kept = _kept(found)
    page = page_of(locale)
    words = page.words
    with house().db.read() as session:
        return private(
            "manage.html",
            locale,
            words.gettext(N_("What you get, {way}")).format(way=way_of(page, found.mode)),
            lede,
            status=422 if typed else 200,
            here=_here(locale, token),
            summary=_summary(page, kept),
            resume=_resume(page, token, kept),
            typed=typed or _as_typed(kept),
            groups=choosable(session),
            kinds=[(str(kind), phrase) for kind, phrase in phrases.NEWS.items()],
            languages=[(other.locale, other.endonym) for other, _, _ in page.languages()],
            followed=queries.incident_names(session, kept.choices.incidents),
            follows=kept.choices.follows,
            stop=kept.state is not SubscriberState.UNSUBSCRIBED,
            secret=secret_of(found.mode, found.subject),
            fault=_fault(session, found),
        )


def _summary(page: Page, kept: Standing) -> list[Line]:
    words = page.words
    lines: list[Line] = []
    if kept.mode is not ListMode.PUSH:  # nobody knows a browser by its address
        lines.append((words.gettext(N_("Address")), kept.address))
    lines.append((words.gettext(N_("State")), words.gettext(_STATES[kept.state])))
    if kept.why and kept.state is SubscriberState.QUARANTINED:
        lines.append((words.gettext(N_("Why")), kept.why))
    return lines


def _resume(page: Page, token: str, kept: Standing) -> list[Button]:
    phrase = _RESUME.get(kept.state)
    here = page.link(f"subscriptions/manage/{token}/resume")
    return [(here, page.words.gettext(phrase), False)] if phrase else []


def _as_typed(kept: Standing) -> Typed:
    """What was chosen as the form shows it."""
    choices = kept.choices
    return Typed(
        form="manage",
        everything=choices.components is None,
        components=frozenset(choices.components or ()),
        kinds=frozenset(map(str, choices.kinds)),
        locale=choices.locale,
    )


def _fault(session: Session, found: Token) -> str:
    if found.mode is not ListMode.WEBHOOK:
        return ""
    return subscribers.last_fault(session, found.mode, found.subject)
