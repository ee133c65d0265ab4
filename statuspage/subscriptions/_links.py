"""The signed links of subscribers, as the forms make and read them."""

from __future__ import annotations

from datetime import timedelta

from incidents.status import ListMode
from statuspage._at_hand import house
from statuspage.subscriber_links import Purpose, Token, make_token, read_token, webhook_secret


class LinkIsOver(Exception):
    """A link that is none of ours, for something else, or too old: which of them is not said."""


def must_be_good(purpose: Purpose, token: str) -> Token:
    """What a link says. Raises `LinkIsOver`."""
    here = house()
    found = read_token(here.settings.lists.keys, purpose, token, here.clock.now())
    if found is None:
        raise LinkIsOver
    return found


def secret_of(mode: ListMode, key: str) -> str:
    """What a webhook's messages are signed with, for its owner to see; "" for all else."""
    return webhook_secret(house().settings.lists.keys[0], key) if mode is ListMode.WEBHOOK else ""


def manage_token(mode: ListMode, key: str) -> str:
    """A link's last part for the owner's own page, good for as long as the settings say."""
    here = house()
    lists = here.settings.lists
    until = here.clock.now() + timedelta(hours=lists.privacy.link_hours)
    return make_token(lists.keys, Purpose.MANAGE, mode, key, until)
