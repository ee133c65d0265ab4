"""Makes the carriers of the lists that are set; a kind is imported only where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from incidents.status import ListMode
from incidents.subscribers import address_key
from incidents.view import Service
from publishers.channels._base import NETWORK_TIMEOUT
from publishers.lists._base import Carrier
from statuspage import __version__
from statuspage.settings import Settings
from statuspage.subscriber_links import webhook_secret


def carriers_of(settings: Settings, service: Service) -> Mapping[ListMode, Callable[[], Carrier]]:
    """By its mode, what makes a carrier of each list."""
    return {mode: partial(_MAKERS[mode], settings, service) for mode in settings.lists.modes}


def _email(settings: Settings, service: Service) -> Carrier:
    from publishers.lists._relay import EmailOptions
    from publishers.lists.email import List

    section = settings.lists.email
    if section is None:
        raise LookupError("[email] is not set")
    options = EmailOptions(
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
    return List(options, service)


def _webhook(settings: Settings, service: Service) -> Carrier:
    from publishers.lists._outgoing import Outgoing
    from publishers.lists.webhook import List

    section = settings.lists.webhook
    if section is None:
        raise LookupError("[webhook] is not set")
    keys = settings.lists.keys

    def secrets(address: str) -> list[str]:
        known = address_key(ListMode.WEBHOOK, address)
        return [webhook_secret(key, known) for key in keys]

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
