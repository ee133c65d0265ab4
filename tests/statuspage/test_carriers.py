"""What is made of the settings: a carrier for each list that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from incidents.status import ListMode
from publishers.channels._base import ChannelBroken
from publishers.lists._base import Refused
from publishers.lists._push_crypto import new_private_key, public_key
from publishers.lists.webhook import List as Webhooks
from statuspage.carriers import carriers_of
from statuspage.settings import Settings, example_settings, load_settings
from statuspage.subscriber_links import webhook_secret
from tests.conftest import service
from tests.publishers.lists._news import letter

KEYS = ("n" * 40, "o" * 40)


def settings(folder: Path, more: str, **env: str) -> Settings:
    path = folder / "avviso.toml"
    path.write_text(f"{example_settings()}\n{more}", encoding="utf-8")
    return load_settings(path, {"AVVISO_SECRET_KEY": ",".join(KEYS), **env})


def test_without_lists_there_is_no_carrier(tmp_path: Path) -> None:
    assert carriers_of(settings(tmp_path, ""), service()) == {}


def test_webhooks_are_signed_with_every_key_and_called_in_our_name(tmp_path: Path) -> None:
    made = carriers_of(settings(tmp_path, "[webhook]"), service())[ListMode.WEBHOOK]()
    assert isinstance(made, Webhooks)
    assert made._secrets("a key") == [webhook_secret(key, "a key") for key in KEYS]
    assert made._agent.startswith("Avviso/")
    assert made._agent.endswith(" (+https://stato.example.it)")
    assert made.check() == "messages are signed with 2 keys"


@pytest.mark.parametrize("private", [False, True])
def test_receivers_inside_are_called_only_where_the_settings_say_so(
    tmp_path: Path, *, private: bool
) -> None:
    more = f"[webhook]\nprivate = {str(private).lower()}"
    made = carriers_of(settings(tmp_path, more), service())[ListMode.WEBHOOK]()
    (outcome,) = made.carry([letter("https://127.0.0.1:1/")]).outcomes
    made.close()
    assert isinstance(outcome, Refused) is not private


def test_push_services_know_us_by_our_key(tmp_path: Path) -> None:
    key = new_private_key()
    more = '[push]\ncontact = "mailto:web@example.org"'
    found = settings(tmp_path, more, AVVISO_PUSH_KEY=key)
    made = carriers_of(found, service())[ListMode.PUSH]()
    assert made.check() == f"push services know us by {public_key(key)}"


def test_without_a_key_a_list_stops_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(f"{example_settings()}\n[webhook]", encoding="utf-8")
    made = carriers_of(load_settings(path, {}), service())[ListMode.WEBHOOK]()
    with pytest.raises(ChannelBroken):
        made.check()
