"""What the IO app's sections say: the page's own words, in all three of the app's languages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from incidents.status import ComponentStatus, Impact
from incidents.view import Overview, PublicRetraction, PublicText
from publishers._io_languages import in_io_languages
from publishers.documents._io_banners import banners
from publishers.documents._io_file import decoded, patched
from statuspage._settings_io import IoSection
from tests.publishers.documents import sample_views as views
from tests.publishers.documents.sample_incidents import DOWN, OK, SLOW, WORK, components, rome

LEVELS = IoSection().level_of()
SAMPLE = (Path(__file__).parent / "io_backend.json").read_text(encoding="utf-8")


def banner(view: Overview, key: str = "wallet") -> dict[str, Any]:
    return banners(view, {key: "wallets"}, LEVELS)["wallets"]


def crashed(status: ComponentStatus = DOWN, **changes: Any) -> Overview:
    """The worst hour, with the wallet as given, and its incident changed."""
    view = views.worst_hour()
    crash = replace(view.active[0], **changes)
    parts = tuple(
        replace(part, status=status) if part.key == "wallet" else part for part in view.components
    )
    return replace(view, components=parts, active=(crash, *view.active[1:]))


def said(view: Overview, **texts: str) -> Overview:
    """The latest update of the crash says this, and nothing in any other language."""
    crash = view.active[0]
    words = {locale: PublicText("Titolo", text, "Testo") for locale, text in texts.items()}
    latest = replace(crash.updates[0], texts=words)
    crash = replace(crash, updates=(latest, *crash.updates[1:]))
    return replace(view, active=(crash, *view.active[1:]))


def test_the_sample_names_the_wallet() -> None:
    crash = views.worst_hour().active[0]
    assert "wallet" in {part.key for part in crash.components}


def test_a_section_says_the_short_text_of_the_latest_update() -> None:
    view = crashed()
    update = view.active[0].updates[0]
    told = banner(view)
    assert told["message"]["it-IT"] == update.texts["it"].short
    assert told["message"]["en-EN"] == update.texts["en"].short
    assert told["message"]["de-DE"] == update.texts["en"].short
    assert told["is_visible"] is True


def test_it_leads_to_the_incident_in_each_language() -> None:
    view = crashed()
    page = f"incidents/{view.active[0].id}/"
    assert banner(view)["web_url"] == {
        "it-IT": f"https://stato.example.it/{page}",
        "en-EN": f"https://stato.example.it/en/{page}",
        "de-DE": f"https://stato.example.it/en/{page}",
    }


def test_german_is_spoken_where_the_page_speaks_it() -> None:
    view = said(crashed(), it="Fermo", en="Down", de="Gestört")
    view = replace(view, service=replace(view.service, locales=("it", "en", "de")))
    told = banner(view)
    assert told["message"]["de-DE"] == "Gestört"
    assert told["web_url"]["de-DE"].startswith("https://stato.example.it/de/incidents/")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"it": "Fermo"}, ["Fermo", "Fermo", "Fermo"]),
        ({"en": "Down"}, ["Down", "Down", "Down"]),
        ({"it": "Fermo", "en": " "}, ["Fermo", "Fermo", "Fermo"]),
        ({"fr": "Panne"}, ["Panne", "Panne", "Panne"]),
        ({"it": "Fermo\n  da  ieri", "en": "Down"}, ["Fermo da ieri", "Down", "Down"]),
        ({}, []),
        ({"it": "", "en": "\n"}, []),
    ],
)
def test_no_language_is_ever_empty(texts: dict[str, str], expected: list[str]) -> None:
    spoken = in_io_languages(texts)
    assert [line for _, line in spoken.values()] == expected


@pytest.mark.parametrize(
    ("status", "impact", "level"),
    [
        (DOWN, Impact.MINOR, "critical"),
        (SLOW, Impact.MINOR, "warning"),
        (ComponentStatus.PARTIAL_OUTAGE, Impact.MAJOR, "warning"),
        (SLOW, Impact.CRITICAL, "critical"),
        (WORK, Impact.MAINTENANCE, "normal"),
    ],
)
def test_levels(status: ComponentStatus, impact: Impact, level: str) -> None:
    assert banner(crashed(status, impact=impact))["level"] == level


def test_levels_can_be_set() -> None:
    levels = IoSection(levels={"under_maintenance": "warning"}).level_of()
    told = banners(crashed(WORK, impact=Impact.NONE), {"wallet": "wallets"}, levels)
    assert told["wallets"]["level"] == "warning"


def test_what_works_again_is_hidden_and_nothing_else_changes() -> None:
    assert banner(crashed(OK)) == {"is_visible": False}


def test_of_several_components_of_a_section_the_worst_is_told() -> None:
    view = replace(crashed(OK), components=components(wallet=SLOW, messages=DOWN), active=())
    told = banners(view, {"wallet": "wallets", "messages": "wallets"}, LEVELS)["wallets"]
    assert told["level"] == "critical"
    assert told["message"]["it-IT"].startswith("Messaggi")


def test_a_status_outside_of_any_incident_is_said_plainly() -> None:
    view = replace(crashed(), active=())
    told = banner(view)
    assert told["message"]["it-IT"] == "Portafoglio: Non funziona"
    assert told["message"]["en-EN"] == told["message"]["de-DE"] == "Wallet: Not working"
    assert told["web_url"]["it-IT"] == "https://stato.example.it/"


def test_what_was_retracted_is_not_said() -> None:
    view = crashed()
    crash = view.active[0]
    gone = replace(crash.updates[0], retraction=PublicRetraction(rome(8, 14), {"it": "Errore"}))
    view = crashed(updates=(gone, *crash.updates[1:]))
    assert banner(view)["message"]["it-IT"] == crash.updates[1].texts["it"].short


def test_the_incident_that_says_so_speaks_and_not_one_that_names_it_only() -> None:
    view = crashed()
    crash = view.active[0]
    well = tuple(replace(part, status=OK) for part in crash.affected)
    later = replace(crash, id="later0000001", affected=well)
    view = replace(view, active=(later, *view.active))
    assert crash.id in banner(view)["web_url"]["it-IT"]


def test_a_component_that_is_not_public_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="nowhere: there is no such component in public"):
        banners(crashed(), {"nowhere": "wallets"}, LEVELS)


@pytest.mark.parametrize("make", [views.worst_hour, views.maintenance, views.hostile])
def test_the_app_decodes_what_comes_out(make: Any) -> None:
    view = make()
    keys = [part.key for part in view.components]
    sections = dict(zip(keys, ("wallets", "login", "messages", "cgn", "fims"), strict=False))
    after = decoded(patched(SAMPLE, banners(view, sections, LEVELS)))
    for section in sections.values():
        told = after["sections"][section]
        if told["is_visible"]:
            assert all(json.dumps(told["message"][name]) != '""' for name in told["message"])
            assert set(told["message"]) == set(told["web_url"]) == {"it-IT", "en-EN", "de-DE"}
