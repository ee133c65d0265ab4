"""The states that the page can be in, each made by the actions that operators use.

A state is a folder of documents behind the real edge and application, error pages included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from incidents import actions, queries
from incidents.actions import Desk
from incidents.status import ComponentStatus
from publishers.documents import pages
from publishers.documents._style import style_hash
from publishers.targets._base import Watermark
from publishers.targets.directory import Target
from statuspage import demo
from statuspage.app import create_app
from statuspage.clock import Clock
from statuspage.edge import Documents, Edge
from statuspage.house import House, open_house
from statuspage.settings import load_settings
from tests.conftest import ROME

DAY = demo.load_day()
LOCALES: tuple[str, ...] = tuple(DAY.service["locales"])
DEFAULT: str = DAY.service["default_locale"]
NOW = demo.aware(demo.WORST_HOUR, ROME)
WHO = demo.OPERATOR
LONG_NAME = ("Nome" * 50)[:200]
LONG_WORDS = ("nome lungo " * 20)[:200].strip()
ARABIC = "محفظة الخدمات العامة غير متاحة حاليًا"
HEBREW = "השירות אינו זמין (3 מתוך 5)"
_SETTINGS = """\
[service]
name = {{ {names} }}
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = [{locales}]
default_locale = "{default}"

{lists}
[data]
path = "."
"""
_LISTS = """\
[email]
host = "relay.example.it"
sender = "App <stato@example.it>"

[webhook]

[push]
contact = "mailto:web@example.it"

[privacy]
processors = ["Posta Srl, che inoltra le email"]
responsible = "Comune di Esempio, dpo@example.it"

[[channels]]
name = "mastodon"
kind = "mastodon"
locale = "it"
base_url = "https://mastodon.example"
profile = "https://mastodon.example/@comune"
"""
KEY = "a key that only these pages know of and that is long enough"
ENV = {"AVVISO_SECRET_KEY": KEY, "AVVISO_PUSH_KEY": "A" * 42 + "U"}
_TEXT = """\
Stiamo lavorando al guasto. **Non serve riprovare**: chi ha già inviato la domanda non perde nulla.

- gli sportelli sono aperti;
- il numero verde risponde fino alle 20.

> Chi deve pagare entro oggi può farlo [anche allo sportello](https://example.org/sportelli).
"""


@dataclass(frozen=True)
class Built:
    """One state: its documents, and the application that serves them."""

    root: Path
    app: WSGIApplication


def build(name: str, folder: Path) -> Built:
    """Make one of `STATES` in an empty folder."""
    state = STATES[name]
    path = folder / "avviso.toml"
    path.write_text(_settings(state.service_name, lists=state.lists), encoding="utf-8")
    settings = load_settings(path, ENV)
    house = open_house(settings, Clock(start=DAY.begins), new_id=demo.seeded_ids(name))
    seen_at = state.play(house.desk)
    root = settings.documents_path
    assert root is not None
    if state.home_alone:
        _put_home(house, Target(root), seen_at)
    else:
        assert house.site.refresh(seen_at) == []
    house.close()
    return Built(root, Edge(Documents(root, style_hash()), create_app(settings)))


def _put_home(house: House, target: Target, seen_at: datetime) -> None:
    """The home pages, without the thousands of documents that they lead to."""
    with house.db.read() as session, target.lock():
        view = queries.Reader(session, house.service, house.texts, seen_at).home()
        target.replace(pages.home(view), Watermark(1, seen_at, "many"))


def _settings(service_name: str | None, *, lists: bool) -> str:
    names: Mapping[str, str] = (
        dict.fromkeys(LOCALES, service_name) if service_name else DAY.service["name"]
    )
    return _SETTINGS.format(
        names=", ".join(f'{locale} = "{name}"' for locale, name in names.items()),
        locales=", ".join(f'"{locale}"' for locale in LOCALES),
        default=DEFAULT,
        lists=_LISTS if lists else "",
    )


def same(text: str) -> dict[str, str]:
    """One text in every language of the page."""
    return dict.fromkeys(LOCALES, text)


def words(headline: str, body: str = _TEXT) -> dict[str, dict[str, str]]:
    return {locale: {"headline": headline, "short": headline, "body": body} for locale in LOCALES}


# What happened, in each state. Each answers the moment at which the page is looked at.


def _empty(desk: Desk) -> datetime:
    """The first minute of a new installation."""
    return NOW


def _the_day(desk: Desk, until: datetime) -> datetime:
    demo.open_the_page(desk, DAY)
    for step in DAY.steps:
        if step.at > until:
            break
        actions.catch_up(desk, step.at)
        demo.play(desk, step)
    actions.catch_up(desk, until)
    return until


def _critical(desk: Desk) -> datetime:
    """The demo's worst hour."""
    return _the_day(desk, NOW)


def _all_well(desk: Desk) -> datetime:
    """Days after: everything is closed, one update was corrected."""
    return _the_day(desk, NOW + timedelta(days=9, hours=20))


def _degraded(desk: Desk) -> datetime:
    """Slow and broken in part; a check spoke by itself, an update was withdrawn, one is late."""
    _furnish(desk, groups=2, components=8)
    data = {
        "name": same("Portafoglio lento"),
        "impact": "minor",
        "components": {"part-1": "degraded_performance", "part-2": "partial_outage"},
        "texts": words("Il Portafoglio è lento."),
        "origin": "automatic",
        "next_update_by": NOW + timedelta(minutes=20),
    }
    slow = _declare(desk, NOW, data)
    later = NOW + timedelta(minutes=10)
    more = {"incident": slow, "texts": words("Una frase sbagliata."), "status": "identified"}
    actions.post_update(desk, WHO, later, more)
    wrong = {"incident": slow, "update": "2", "reason": same("Non era vero.")}
    actions.retract_update(desk, WHO, later + timedelta(minutes=2), wrong)
    actions.set_component_status(desk, WHO, later, "part-5", ComponentStatus.DEGRADED_PERFORMANCE)
    return NOW + timedelta(hours=1)


def _maintenance(desk: Desk) -> datetime:
    """Work in progress, work to come, a notice to come, work that was cancelled."""
    _furnish(desk, groups=1, components=4)
    for name, days, kind in (
        ("Aggiornamento dei server", 0, "maintenance"),
        ("Aggiornamento della rete", 3, "maintenance"),
        ("Apertura delle iscrizioni", 5, "advance_notice"),
        ("Cambio di sede", 2, "maintenance"),
    ):
        starts = NOW + timedelta(days=days, hours=1)
        plan = {
            "name": same(name),
            "kind": kind,
            "starts_at": starts,
            "ends_at": starts + timedelta(hours=4),
            "components": ["part-1", "part-2"],
            "texts": words(name),
        }
        last = actions.schedule(desk, WHO, NOW, plan).incident_id
    assert last is not None
    actions.cancel(desk, WHO, NOW + timedelta(minutes=1), last)
    seen_at = NOW + timedelta(hours=2)
    actions.catch_up(desk, seen_at)
    return seen_at


def _many(desk: Desk) -> datetime:
    """200 components in 10 groups, 10 open incidents with several updates each."""
    _furnish(desk, groups=10, components=200)
    statuses = [status.value for status in ComponentStatus if status != "under_maintenance"]
    for number in range(1, 11):
        keys = [f"part-{place}" for place in range(number, 200, 20)]
        data = {
            "name": same(f"Servizi del gruppo {number} non disponibili"),
            "components": dict.fromkeys(keys, statuses[1 + number % 3]),
            "texts": words(f"I servizi del gruppo {number} non rispondono."),
        }
        incident = _declare(desk, NOW + timedelta(minutes=number), data)
        for minute in (20, 40):
            more = {"incident": incident, "texts": words(f"Novità del gruppo {number}.")}
            actions.post_update(desk, WHO, NOW + timedelta(minutes=minute + number), more)
    return NOW + timedelta(hours=2)


def _long_names(desk: Desk) -> datetime:
    """Names of 200 characters, with and without a space, and a long address in a text."""
    actions.add_operator(
        desk, actions.AVVISO, DAY.begins, {"login": WHO, "name": LONG_NAME[:100], "role": "admin"}
    )
    actions.save_group(desk, WHO, DAY.begins, {"key": "group", "name": same(LONG_NAME)})
    for number, name in enumerate((LONG_NAME, LONG_WORDS, LONG_NAME, LONG_WORDS)):
        part = {"key": f"part-{number}", "name": same(name), "description": same(LONG_NAME)}
        actions.save_component(
            desk, WHO, DAY.begins, {**part, **({"group": "group"} if number % 2 else {})}
        )
    body = f"{_TEXT}\nhttps://example.org/{LONG_NAME}\n\n`{LONG_NAME}`\n"
    figure: dict[str, Any] = {
        "key": "people",
        "value": 123456789012,
        "unit": same(LONG_WORDS),
        "definition": same(LONG_NAME),
        "source": same(LONG_NAME),
        "as_of": NOW,
        "caveat": same(LONG_NAME),
    }
    for name in (LONG_NAME, LONG_WORDS):
        data = {
            "name": same(name),
            "impact": "critical",
            "components": {"part-0": "major_outage", "part-1": "partial_outage"},
            "texts": words(name, body),
            "figures": [figure],
            "next_update_by": NOW + timedelta(hours=3),
        }
        _declare(desk, NOW, data)
    return NOW + timedelta(hours=1)


def _right_to_left(desk: Desk) -> datetime:
    """Arabic and Hebrew in every field, and texts that exist in no language of the page."""
    actions.add_operator(
        desk, actions.AVVISO, DAY.begins, {"login": WHO, "name": ARABIC, "role": "admin"}
    )
    actions.save_group(desk, WHO, DAY.begins, {"key": "group", "name": same(HEBREW)})
    for number, name in enumerate((ARABIC, HEBREW, f"Servizio {ARABIC} 2", ARABIC)):
        part = {"key": f"part-{number}", "name": same(name), "group": "group"}
        actions.save_component(desk, WHO, DAY.begins, part)
    data = {
        "name": same(ARABIC),
        "components": {"part-0": "major_outage"},
        "texts": words(f"Sulla pagina: {HEBREW}", f"Detto «{ARABIC}».\n\n- abc {HEBREW} 123"),
    }
    _declare(desk, NOW, data)
    arabic = replace(desk, service=replace(desk.service, locales=("ar",), default_locale="ar"))
    foreign = {
        "name": {"ar": ARABIC},
        "components": {"part-1": "partial_outage"},
        "texts": {"ar": {"headline": ARABIC, "short": ARABIC, "body": f"{ARABIC}\n\n- {ARABIC}"}},
    }
    _declare(arabic, NOW, foreign)
    return NOW + timedelta(hours=1)


def _furnish(desk: Desk, groups: int, components: int) -> None:
    person = {"login": WHO, "name": "Demo", "role": "admin"}
    actions.add_operator(desk, actions.AVVISO, DAY.begins, person)
    for number in range(1, groups + 1):
        group = {"key": f"group-{number}", "name": same(f"Gruppo {number}")}
        actions.save_group(desk, WHO, DAY.begins, group)
    for number in range(1, components + 1):
        part = {
            "key": f"part-{number}",
            "name": same(f"Servizio numero {number}"),
            "group": f"group-{number % groups + 1}",
        }
        actions.save_component(desk, WHO, DAY.begins, part)


def _declare(desk: Desk, now: datetime, data: Mapping[str, Any]) -> str:
    incident = actions.declare_incident(desk, WHO, now, data).incident_id
    assert incident is not None
    return incident


@dataclass(frozen=True)
class State:
    """What happened, and how the service is called where that matters."""

    play: Callable[[Desk], datetime]
    service_name: str | None = None
    home_alone: bool = False
    """Whether it is about the home page, and what that leads to is left out."""
    lists: bool = False
    """Whether people can subscribe."""


STATES: Mapping[str, State] = {
    "empty": State(_empty),
    "all_well": State(_all_well),
    "degraded": State(_degraded),
    "critical": State(_critical),
    "maintenance": State(_maintenance),
    "many": State(_many, home_alone=True),
    "long_names": State(_long_names, LONG_NAME),
    "right_to_left": State(_right_to_left, ARABIC),
    "lists": State(_critical, lists=True),
}
