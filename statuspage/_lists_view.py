"""What the public may know of the lists and accounts that the settings name."""

from __future__ import annotations

from collections.abc import Iterable

from incidents.view import Account, Lists, Privacy
from publishers._kinds import load
from publishers.channels._base import ChannelOptions
from statuspage._settings_lists import ListSettings, PrivacySection


def lists_view(lists: ListSettings, channels: Iterable[ChannelOptions]) -> Lists:
    """The lists and the accounts, without anything secret."""
    return Lists(
        modes=lists.modes,
        push_key=lists.push_public_key,
        push_services=lists.push.services if lists.push else (),
        accounts=tuple(
            Account(_network(options.kind), options.profile)
            for options in channels
            if options.profile
        ),
        privacy=_privacy(lists.privacy),
    )


def _network(kind: str) -> str:
    called: str = load("publishers.channels", kind).Channel.NETWORK
    return called or kind


def _privacy(section: PrivacySection) -> Privacy:
    return Privacy(
        processors=section.processors,
        responsible=section.responsible or "",
        unconfirmed_hours=section.unconfirmed_hours,
        unsubscribed_days=section.unsubscribed_days,
        quarantined_days=section.quarantined_days,
        link_hours=section.link_hours,
    )
