"""The forms by which somebody asks: for letters, for a webhook's messages, for their own link.

Whatever the address is, and whatever is known of it, the answer is the same page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from incidents import subscribers
from incidents.errors import InvalidInput
from incidents.status import ListMode
from publishers.documents._phrases import N_
from publishers.documents.subscribe import SENT, Typed, by_letter
from statuspage._at_hand import house
from statuspage._requests import asked_from, neighbourhood
from statuspage.subscriptions._pages import forms_again, page_of
from statuspage.subscriptions._typed import choices_in, typed_in

FAULTS: Mapping[str, str] = {
    "email": N_("Write your e-mail address like this: name@example.org"),
    "endpoint": N_("Write the webhook's address: it begins with https://"),
    "address": N_("Write an e-mail address, or a webhook's that begins with https://"),
    "components": N_("Choose at least one service, or everything"),
    "kinds": N_("Choose at least one kind of news"),
}
"""What is wrong with a field, by its name."""


def go_to_forms(locale: str) -> AnyResponse:
    """Whoever comes to a form's address by itself, as by going back, goes to the forms."""
    return redirect(page_of(locale).link("subscribe/"), 303)


def by_email(locale: str) -> AnyResponse:
    """Letters, of everything that was chosen or of one incident."""
    form = "one" if request.form.get("incident") else "email"
    typed = typed_in(form, locale)
    wanted = subscribers.Request(ListMode.EMAIL, typed.email, choices_in(typed))
    return _asked(locale, typed, wanted)


def by_webhook(locale: str) -> AnyResponse:
    """Statuspage's messages, to an address of a program."""
    typed = typed_in("webhook", locale)
    wanted = subscribers.Request(
        ListMode.WEBHOOK, typed.endpoint, choices_in(typed), contact=typed.email
    )
    return _asked(locale, typed, wanted)


def for_link(locale: str) -> AnyResponse:
    """The link to what one chose, to its owner: whoever types the address gets nothing."""
    _must_be_at_home()
    here = house()
    now = here.clock.now()
    subscribers.count_request(here.db, neighbourhood(asked_from()), now)
    address = request.form.get("address", "").strip()
    mode = ListMode.WEBHOOK if address.lower().startswith("https://") else ListMode.EMAIL
    try:
        subscribers.ask_for_link(here.db, mode, address, now)
    except InvalidInput:
        faults = {"address": FAULTS["address"]}
        return forms_again(locale, Typed(form="link", email=address, locale=locale, faults=faults))
    return _look_into_your_mail(locale)


FORMS: Mapping[str, Callable[[str], AnyResponse]] = {
    "email": by_email,
    "webhook": by_webhook,
    "link": for_link,
}
"""The forms by the last part of their address."""


def _asked(locale: str, typed: Typed, wanted: subscribers.Request) -> AnyResponse:
    _must_be_at_home()
    _must_be_offered(wanted.mode)
    here = house()
    now = here.clock.now()
    subscribers.count_request(here.db, neighbourhood(asked_from()), now)
    try:
        subscribers.ask(here.desk, wanted, now)
    except InvalidInput as problem:
        return _wrong(locale, typed, problem)
    return _look_into_your_mail(locale)


def _wrong(locale: str, typed: Typed, problem: InvalidInput) -> AnyResponse:
    name = str(problem).partition(":")[0]
    if name not in FAULTS:  # an incident or a language that no form of ours offers
        abort(400)
    # The webhook's form alone says "email" of its owner; a component may be gone meanwhile.
    return forms_again(locale, typed.with_fault(name, FAULTS[name]))


def _must_be_offered(mode: ListMode) -> None:
    """Nobody can confirm without letters."""
    service = house().service
    if mode not in service.lists.modes or not by_letter(service):
        abort(404)


def _must_be_at_home() -> None:
    """No other site makes its visitors ask for it: each of them would be another neighbourhood."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _look_into_your_mail(locale: str) -> AnyResponse:
    return redirect(page_of(locale).link(SENT), 303)
