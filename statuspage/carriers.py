"""Makes the carriers of the lists that are set; a kind is imported only where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from incidents.status import ListMode
from incidents.view import Service
from publishers.lists._base import Carrier
from statuspage.settings import Settings


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


_MAKERS: Mapping[ListMode, Callable[[Settings, Service], Carrier]] = {ListMode.EMAIL: _email}
