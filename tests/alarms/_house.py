"""A house with monitors in its settings, and its application."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from incidents import actions
from incidents.alarms import Alarm
from incidents.models import Draft, Event, Incident
from statuspage._at_hand import put_at_hand
from statuspage.alarms import alarms
from statuspage.clock import Clock
from statuspage.house import House
from statuspage.settings import load_settings

SHOWN = "a-long-enough-secret"
KEY = bytes(range(32))
SIGNED = "whsec_" + base64.b64encode(KEY).decode()
SETTINGS = """\
[service]
name = { it = "App dei servizi pubblici", en = "Public services app" }
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[[channels]]
name = "prova"
kind = "log"
locale = "it"
"""
COMPONENTS = """\
components = { "service=wallet" = "wallet", "service=login" = "login", "monitor=Wallet" = "wallet" }
"""
ENV = {
    "AVVISO_ALARMS_PROM_SECRET": SHOWN,
    "AVVISO_ALARMS_GRAFANA_SECRET": SHOWN,
    "AVVISO_ALARMS_KUMA_SECRET": SHOWN,
    "AVVISO_ALARMS_SIGNED_SECRET": SIGNED,
}
KINDS = {"prom": "alertmanager", "grafana": "grafana", "kuma": "uptime_kuma", "signed": "generic"}


class Standing(Clock):
    """A clock that tests set."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Monitored:
    """The application, and what is in its database."""

    app: Flask
    house: House
    clock: Standing

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def send(self, name: str, body: Any, secret: str = SHOWN) -> TestResponse:
        """What a monitor posts that shows its secret."""
        return self.client.post(
            f"/alarms/{name}", json=body, headers={"Authorization": f"Bearer {secret}"}
        )

    def told(self, name: str, body: Any) -> Any:
        """The same, which has to be taken; answers the JSON."""
        response = self.send(name, body)
        assert response.status_code == 200, response.text
        return response.json

    def rows(self) -> tuple[list[Alarm], list[Draft], list[Incident]]:
        with self.house.db.read() as session:
            found = (
                session.query(Alarm).order_by(Alarm.id).all(),
                session.query(Draft).order_by(Draft.created_at).all(),
                session.query(Incident).order_by(Incident.number).all(),
            )
            session.expunge_all()
        return found

    def events(self) -> list[str]:
        with self.house.db.read() as session:
            return [event.kind for event in session.query(Event).order_by(Event.seq)]

    @property
    def drafts(self) -> list[Draft]:
        return self.rows()[1]

    @property
    def incidents(self) -> list[Incident]:
        return self.rows()[2]


def monitored(folder: Path, url: str, now: datetime, more: str = "", page: str = "") -> Monitored:
    """A house with a monitor of each kind; `more` goes into each of their tables, and `page` is
    what else the settings say."""
    tables = "".join(
        f'\n[[alarms]]\nname = "{name}"\nkind = "{kind}"\n{COMPONENTS}{more}\n'
        for name, kind in KINDS.items()
    )
    path = folder / "avviso.toml"
    path.write_text(SETTINGS + page + tables, encoding="utf-8")
    settings = load_settings(
        path,
        {
            **ENV,
            "DATA": str(folder),
            "AVVISO_DATABASE_URL": "sqlite" if url.startswith("sqlite") else url,
        },
    )
    clock = Standing(now)
    app = Flask("alarms")
    at_hand = put_at_hand(app, settings, clock)
    app.register_blueprint(alarms(settings))
    house = at_hand.house()
    for key, it, en in (("wallet", "Portafoglio", "Wallet"), ("login", "Accesso", "Sign-in")):
        component = {"key": key, "name": {"it": it, "en": en}}
        actions.save_component(house.desk, actions.AVVISO, now, component)
    return Monitored(app, house, clock)


def signed(body: Any, now: datetime, name: str = "msg_1", key: bytes = KEY) -> dict[str, Any]:
    """What a sender posts that signs (Standard Webhooks)."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(now.timestamp()))
    mac = hmac.new(key, f"{name}.{stamp}.".encode() + data, hashlib.sha256).digest()
    return {
        "data": data,
        "headers": {
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        },
    }
