"""A publication becomes one channel's message: its language, its words, its address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from incidents.actions import Desk
from incidents.db import Database
from incidents.models import Publication
from incidents.outbox import Claimed, Sent, Thread
from incidents.status import Origin, PublicationKind, Status
from incidents.texts import TextLibrary
from incidents.view import Theme
from publishers.channels._base import ChannelOptions, Message, PictureOptions, Receipt
from publishers.channels._picture import Picture, Sign
from statuspage.messages import compose_message, message_of
from tests.conftest import NOON, service
from tests.incidents.builders import HOUR

TEXTS = {
    "it": {"headline": "Titolo", "short": "In breve", "body": "Per esteso"},
    "en": {"headline": "Title", "short": "In short", "body": "At length"},
}


@pytest.fixture
def desk(library: TextLibrary) -> Desk:
    """Enough of one: nothing here asks the database."""
    return Desk(cast("Database", None), service(), library)


def publication(**changes: Any) -> Publication:
    values: dict[str, Any] = {
        "id": "pub000000001",
        "kind": PublicationKind.UPDATE,
        "incident_id": "inc000000001",
        "update_number": 3,
        "at": NOON,
        "name": {"it": "Portafoglio fermo", "en": "Wallet down"},
        "status": Status.IDENTIFIED,
        "texts": TEXTS,
        "reason": {},
        "origin": Origin.OPERATOR,
        "reference": "42/3",
    }
    return Publication(**{**values, **changes})


def options(locale: str = "it") -> ChannelOptions:
    return ChannelOptions(name="x", kind="x", locale=locale)


def message(desk: Desk, locale: str = "it", **changes: Any) -> Message:
    return compose_message(desk, options(locale), publication(**changes), "key", Thread())


def pictured(desk: Desk, locale: str = "it", **changes: Any) -> Picture | None:
    wanting = PictureOptions(name="x", kind="x", locale=locale, picture=True)
    return compose_message(desk, wanting, publication(**changes), "key", Thread()).picture


@pytest.mark.parametrize(
    ("locale", "name", "status", "short", "url"),
    [
        (
            "it",
            "Portafoglio fermo",
            "Causa trovata",
            "In breve",
            "https://stato.example.it/incidents/inc000000001/?u=3",
        ),
        (
            "en",
            "Wallet down",
            "Cause found",
            "In short",
            "https://stato.example.it/en/incidents/inc000000001/?u=3",
        ),
    ],
)
def test_it_speaks_the_channel_s_language(
    desk: Desk, locale: str, name: str, status: str, short: str, url: str
) -> None:
    made = message(desk, locale)
    assert (made.locale, made.name, made.short, made.url) == (locale, name, short, url)
    assert made.status == status
    assert (made.key, made.reference, made.at, made.brief) == ("key", "#42/3", NOON, "")


def test_it_brings_the_short_text_of_every_language(desk: Desk) -> None:
    assert message(desk).shorts == {"it": "In breve", "en": "In short"}


def test_a_missing_translation_is_the_default_language_with_its_own_address(desk: Desk) -> None:
    made = message(desk, "en", texts={"it": TEXTS["it"]})
    assert (made.locale, made.short) == ("it", "In breve")
    assert "/en/" not in made.url


def test_a_missing_name_is_the_default_language_s(desk: Desk) -> None:
    assert message(desk, "en", name={"it": "Portafoglio fermo"}).name == "Portafoglio fermo"


@pytest.mark.parametrize(
    ("kind", "locale", "short", "brief"),
    [
        (PublicationKind.CORRECTION, "it", "Correzione: In breve", "Correzione: Refuso."),
        (PublicationKind.CORRECTION, "en", "Correction: In short", "Correction: A typo."),
        (PublicationKind.RETRACTION, "it", "Ritirato: Refuso.", ""),
        (PublicationKind.RETRACTION, "en", "Withdrawn: A typo.", ""),
        (PublicationKind.ANSWER, "it", "In breve", ""),
    ],
)
def test_corrections_and_retractions_say_what_they_are(
    desk: Desk, kind: PublicationKind, locale: str, short: str, brief: str
) -> None:
    made = message(desk, locale, kind=kind, reason={"it": "Refuso.", "en": "A typo."})
    assert (made.short, made.brief, made.kind) == (short, brief, kind)


@pytest.mark.parametrize(("locale", "status"), [("it", "Annullato"), ("en", "Cancelled")])
def test_work_that_was_called_off_is_not_called_completed(
    desk: Desk, locale: str, status: str
) -> None:
    over = {"status": Status.COMPLETED, "cancelled": True}
    assert message(desk, locale, **over).status == status
    drawn = pictured(desk, locale, **over)
    assert drawn is not None
    assert drawn.status == status
    assert message(desk, locale, status=Status.COMPLETED).status != status


def test_what_the_clock_said_is_known_as_such(desk: Desk) -> None:
    assert message(desk, origin=Origin.AUTOMATIC).automatic
    assert not message(desk).automatic


def test_a_claimed_delivery_brings_its_thread(desk: Desk) -> None:
    parent = Sent("2", "https://x.test/2", {"cid": "c"})
    claimed = Claimed(
        id=1,
        key="pub000000001-x",
        channel="x",
        worker="w",
        attempts=1,
        publication=publication(),
        incident_id="inc000000001",
        thread=Thread(parent=parent, root=Sent("1", None)),
        standalone=False,
        maybe_sent=False,
    )
    made = message_of(desk, options(), claimed)
    assert made.key == "pub000000001-x"
    assert made.parent == Receipt("2", "https://x.test/2", extra={"cid": "c"})
    assert made.root == Receipt("1")
    assert made.target is None


ALTS = {
    "it": (
        "Causa trovata: Portafoglio fermo."
        " Prossimo aggiornamento entro le 13:00 di lunedì 7 dicembre 2020 (ora italiana)."
        " Pubblicato alle 12:00 di lunedì 7 dicembre 2020 (ora italiana)."
    ),
    "en": (
        "Cause found: Wallet down."
        " Next update by 13:00 on Monday 7 December 2020 (Italian time)."
        " Published at 12:00 on Monday 7 December 2020 (Italian time)."
    ),
}


@pytest.mark.parametrize("locale", ALTS)
def test_a_picture_tells_the_facts_with_their_days_and_zone(desk: Desk, locale: str) -> None:
    picture = pictured(desk, locale, next_update_by=NOON + HOUR)
    assert picture is not None
    assert picture.alt == f"{desk.service.name[locale]}. {ALTS[locale]}"
    assert picture.sign is Sign.OPEN


def test_a_picture_has_the_theme_and_promises_nothing_that_was_not(desk: Desk) -> None:
    themed = replace(desk, service=replace(desk.service, theme=Theme(accent="#7a1d1d")))
    picture = pictured(themed, status=Status.RESOLVED)
    assert picture is not None
    assert (picture.accent, picture.promise, picture.sign) == ("#7a1d1d", "", Sign.CLOSED)


@pytest.mark.parametrize("kind", [kind for kind in PublicationKind if kind != "update"])
def test_only_updates_have_pictures(desk: Desk, kind: PublicationKind) -> None:
    assert pictured(desk, kind=kind) is None


def test_no_picture_is_made_where_none_is_wanted_or_can_be(desk: Desk) -> None:
    assert message(desk).picture is None
    assert pictured(desk, name={"it": "障害"}) is None


def test_a_service_without_a_name_in_a_language_has_that_of_the_default_one(desk: Desk) -> None:
    service = replace(desk.service, name={"it": "Servizio di prova"})
    picture = pictured(replace(desk, service=service), "en")
    assert picture is not None
    assert picture.service == "Servizio di prova"
