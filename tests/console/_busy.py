"""A house in which everything is going on at once, and one in which nothing is: what pages must
look well with. One of each is served for a whole file of tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from incidents import access, actions, outbox, subscribers
from incidents.models import Delivery
from incidents.sightings import Sighting
from incidents.status import DeliveryState, ListMode, Role
from incidents.texts import TextLibrary
from statuspage._at_hand import AtHand
from statuspage.app import create_app
from tests.console import conftest
from tests.console._serving import Served, listening, serving
from tests.console.conftest import ENV, Browser, Place, SetClock
from tests.console.test_board import settle
from tests.incidents.builders import HOUR, MINUTE, declared, words

CHANNELS = """
[[channels]]
name = "x"
kind = "x"
locale = "it"
hashtags = ["Cashback"]

[[channels]]
name = "mastodon"
kind = "mastodon"
locale = "it"
base_url = "https://social.example.it"

[[channels]]
name = "bluesky"
kind = "bluesky"
locale = "en"
handle = "app.example.it"

[[channels]]
name = "facebook"
kind = "facebook"
locale = "it"
page_id = "100064000000001"
picture = true

[[channels]]
name = "call-centre-of-the-night-and-of-holidays"
kind = "task"
locale = "it"
who = "Capoturno, 06 555 0100"
instructions = "Leggere a chi chiama; togliere il testo precedente."
"""
MORE = (
    CHANNELS
    + """
[hours]
monday = "08:00-20:00"
tuesday = ["09:00-12:00", "15:00-24:00"]
holidays = "IT"
closed = ["2020-12-14"]

[approval]
from = "critical"

[theme]
accent = "#0a4a9e"
accent_dark = "#8fbdff"

[[alarms]]
name = "prometheus"
kind = "alertmanager"
components = { "service=wallet" = "wallet", "service=gone-long-ago" = "gone" }
publish = ["critical"]
"""
)
LONG = {
    "it": "Pagamenti degli avvisi e dei bollettini non disponibili per chi ha aggiunto la carta "
    "dopo l'aggiornamento di domenica (Attivazionedelprogrammaperiodosperimentale)",
    "en": "Payments of notices and slips unavailable to whoever added a card after Sunday's update",
}
ERROR = "HTTP 403 Forbidden: " + "the-token-was-revoked-by-its-owner-" * 4


@contextmanager
def standing(folder: Path, prepared: Path, library: TextLibrary, *, busy: bool) -> Iterator[Served]:
    """The place, served; in `folder`, which must not be there yet."""
    with pytest.MonkeyPatch.context() as patch, listening() as server:
        address = f"http://127.0.0.1:{server.server_port}"
        patch.setattr(TextLibrary, "load", lambda *_: library)
        shutil.copytree(prepared, folder)
        clock = SetClock()
        settings = conftest.load(folder, MORE if busy else "", ENV, address)
        app = create_app(settings, clock)
        app.test_client_class = Browser
        at_hand: AtHand = app.extensions["avviso.at_hand"]
        place = Place(app, settings, clock, at_hand.house())
        if busy:
            make_busy(place)
        with serving(server, place) as served:
            yield served
        at_hand.close()


def make_busy(place: Place) -> None:
    """Faults old and new, posts in every state, work to come, drafts, people."""
    desk, clock = place.house.desk, place.clock
    for number in range(5):  # with seven channels, these are 35 deliveries
        half = {"wallet": "partial_outage"}  # worse would wait for a second person
        name = _numbered(number)
        one = declared(desk, clock.now(), actor="carlo", name=name, components=half)
        _all_sent(place)
        clock.forward(5 * MINUTE)
        said = {"components": {"wallet": "operational"}, "texts": words("Di nuovo in funzione")}
        actions.resolve_incident(desk, "carlo", clock.now(), {"incident": one.incident_id, **said})
        _all_sent(place)
        clock.forward(MINUTE)
    _the_open_ones(place)
    _what_is_planned(place)
    _drafts(place)
    _people(place)
    _subscribers(place)


def _the_open_ones(place: Place) -> None:
    desk, now = place.house.desk, place.clock.now()
    declared(
        desk,
        now,
        actor="carlo",
        name=LONG,
        components={"wallet": "partial_outage", "iban": "degraded_performance"},
        next_update_by=now + 20 * MINUTE,
    )
    long = "Guasto " * 30
    settle(place, "x", state=DeliveryState.UNCONFIRMED, attempts=1, tried_at=now, text=long)
    settle(place, "mastodon", state=DeliveryState.FAILED, error=ERROR, text="Guasto", tried_at=now)
    settle(place, "facebook", state=DeliveryState.PENDING, attempts=3, error="busy")
    seen = settle(
        place,
        "bluesky",
        state=DeliveryState.VERIFIED,
        sent_at=now,
        text="Guasto",
        remote_url="https://bsky.app/profile/app.example.it/post/3k",
    )
    _is_hidden(place, seen)
    outbox.break_channel(place.house.db, "mastodon", now, ERROR)
    now = place.clock.forward(40 * MINUTE)
    declared(
        desk,
        now,
        actor="carlo",
        name={"it": "Messaggi in ritardo", "en": "Messages are late"},
        components={"messages": "degraded_performance"},
        next_update_by=now + 8 * MINUTE,
    )
    actions.take_duty(desk, "carlo", now)


def _is_hidden(place: Place, delivery: int) -> None:
    """A post that readers see and no search finds, with a ticket about it of a long name."""
    now = place.clock.now()
    with place.house.db.claim() as session:
        session.add(
            Sighting(
                delivery_id=delivery,
                channel="bluesky",
                reader=True,
                looked_at=now,
                search=False,
                hashtags={"Cashback": False, "AttivazioneDelProgrammaPeriodoSperimentale": False},
                searched_at=now,
                reach={"likes": 12_345, "reposts": 2, "quotes": 0, "replies": 1},
                reach_at=now,
                why="reach: " + "the-network-limits-us-" * 6,
                unseen_since=now,
            )
        )
    ticket = {
        "channel": "bluesky",
        "reference": "CASE-" + "0123456789" * 8,
        "url": "https://help.example.org/" + "case/" * 30,
        "words": "Non ci trova nessuno. " * 12,
        "delivery": delivery,
    }
    actions.note_ticket(place.house.desk, "carlo", now, ticket)


def _what_is_planned(place: Place) -> None:
    desk, now = place.house.desk, place.clock.now()
    for kind in ("maintenance", "advance_notice"):
        said = {
            "kind": kind,
            "name": {"it": f"Lavori alle carte ({kind})", "en": f"Work on cards ({kind})"},
            "starts_at": now + 24 * HOUR,
            "ends_at": now + 26 * HOUR,
            "components": ["wallet"],
            "texts": words("Lavori"),
        }
        actions.schedule(desk, "carlo", now, said)


def _subscribers(place: Place) -> None:
    """In every state, one with a long name; a file with faults, taken in part."""
    desk, now = place.house.desk, place.clock.now()
    lines = ["email,language\n", *(f"anna{number}@example.org,it\n" for number in range(60))]
    faulty = [f"{'n' * 80}{number},it\n" for number in range(3)]
    subscribers.keep(desk, "ada", now, [*lines, *faulty], "modulo del 2019")
    while subscribers.take_next(desk, now):
        pass
    with desk.db.read() as session:
        newest = subscribers.search(session, subscribers.Search(), 1, 3).subscribers
    subscribers.quarantine(desk.db, newest[0].number, now, "550 5.1.1 " + "no-such-user-" * 8)
    subscribers.unsubscribe(desk, "ada", now, [newest[1].id])
    long = f"{'lunghissimo' * 5}@{'sottodominio.' * 12}example.org"
    asked = subscribers.Request(ListMode.EMAIL, long, subscribers.Choices("it"))
    subscribers.add(desk, "ada", now, asked)


def _drafts(place: Place) -> None:
    said = {
        "name": {"it": "Bozza di un avviso", "en": "Sketch of a notice"},
        "components": {"wallet": "major_outage"},
        "texts": words("Portafoglio fermo"),
        "next_update_by": place.clock.now() + HOUR,
    }
    actions.save_draft(place.house.desk, "bea", place.clock.now(), "declare_incident", said)


def _people(place: Place) -> None:
    desk, now = place.house.desk, place.clock.now()
    new = {"login": "d.trovato-di-montemaggiore", "name": "Domitilla Trovato", "role": Role.AUTHOR}
    actions.add_operator(desk, "ada", now, new)
    access.make_link(desk, "ada", now, "bea", access.Purpose.INVITATION)


def _all_sent(place: Place) -> None:
    with place.house.db.claim() as session:
        for row in session.query(Delivery).filter(Delivery.state == DeliveryState.PENDING):
            row.state, row.sent_at, row.text = DeliveryState.VERIFIED, place.clock.now(), "Fatto"


def _numbered(number: int) -> dict[str, Any]:
    return {"it": f"Guasto numero {number + 1}", "en": f"Fault number {number + 1}"}
