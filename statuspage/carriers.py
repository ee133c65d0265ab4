"""Makes the carriers of the lists that are set; a kind is imported only where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from incidents.status import ListMode
from incidents.view import Service
from publishers.channels._base import NETWORK_TIMEOUT
from publishers.lists._base import Carrier
from statuspage import __version__
from statuspage.bounce_tokens import bounce_token
from statuspage.settings import Settings
from statuspage.subscriber_links import webhook_secret

if TYPE_CHECKING:
    from publishers.lists._relay import EmailOptions


def carriers_of(settings: Settings, service: Service) -> Mapping[ListMode, Callable[[], Carrier]]:
    """By its mode, what makes a carrier of each list."""
    return {mode: partial(_MAKERS[mode], settings, service) for mode in settings.lists.modes}


def _email(settings: Settings, service: Service) -> Carrier:
    from publishers.lists.email import List

    return List(relay_of(settings), service, partial(bounce_token, settings.lists.keys))


def relay_of(settings: Settings) -> EmailOptions:
    """The mail relay. Raises `LookupError` where none is set."""
    from publishers.lists._relay import EmailOptions

    section = settings.lists.email
    if section is None:
        raise LookupError("[email] is not set")
    return EmailOptions(
        host=section.host,
        sender=section.sender,
        port=section.port,
        security=section.security,
        user=section.user or "",
        password=settings.lists.email_password,
        reply_to=section.reply_to or "",
        bounces=section.bounces or "",
        sub_addresses=section.sub_addresses,
        connections=section.connections,
    )


def _webhook(settings: Settings, service: Service) -> Carrier:
    from publishers.lists._outgoing import Outgoing
    from publishers.lists.webhook import List

    section = settings.lists.webhook
    if section is None:
        raise LookupError("[webhook] is not set")
    keys = settings.lists.keys

    def secrets(subscriber: str) -> list[str]:
        return [webhook_secret(key, subscriber) for key in keys]

    outgoing = Outgoing(timeout=section.timeout, private=section.private)
    return List(secrets, _agent(service), outgoing)


def _push(settings: Settings, service: Service) -> Carrier:
    from publishers.lists._outgoing import Outgoing
    from publishers.lists._push_crypto import Vapid
    from publishers.lists.push import List

    section = settings.lists.push
    if section is None:
        raise LookupError("[push] is not set")
    vapid = Vapid(settings.lists.push_key, section.contact)
    return List(vapid, _agent(service), Outgoing(timeout=NETWORK_TIMEOUT))


def _agent(service: Service) -> str:
    return f"Avviso/{__version__} (+{service.url})"


_MAKERS: Mapping[ListMode, Callable[[Settings, Service], Carrier]] = {
    ListMode.EMAIL: _email,
    ListMode.WEBHOOK: _webhook,
    ListMode.PUSH: _push,
}
