"""What operators and their programs wait for: pages of the console, writes of many at once, and
from a request of the API to the page that shows it.

The server is `avviso run`, in processes of its own; whoever asks it shares the cores with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlencode

import httpx
from lxml import html
from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, ratio, spread, table
from bench._web import avviso, write_settings
from incidents import access, actions
from incidents.access._tokens import add_token
from incidents.actions import Desk
from statuspage.house import open_house
from statuspage.settings import load_settings
from tests.incidents._history import CHANNELS, analyzed, live_through

HISTORIES = (100, 10_000)
"""Incidents behind the page, with ten deliveries each."""
PAGES = {
    "own account": "/console/account",
    "the board": "/console/",
    "its refresh": "/console/board-part",
    "declare": "/console/declare",
    "an entry": "/console/entries/50",
    "update": "/console/entries/{open}/update",
    "entries": "/console/entries",
    "entries, by a word": "/console/entries?q=Portafoglio",
    "drafts": "/console/drafts",
    "audit trail": "/console/trail",
    "channels": "/console/channels",
    "texts": "/console/texts",
    "a text's editor": "/console/texts/edit/notice/acknowledgement/component-down",
    "answering": "/console/answering",
    "components": "/console/set-up/components",
}
TIMES = 60
CLIENTS = 50
WRITES = 20
"""In a second, by all clients together."""
SECONDS = 60
_PREVIEW = "declare, previewed"
_OPERATOR = "bea"
_KEY = "a key that only this measurement knows of and has 50 characters"
_HOST = "stato.example.it"
_MORE = """
[api]
per_minute = 100000
"""
_CHANNEL = """
[[channels]]
name = "{name}"
kind = "log"
locale = "it"
"""


@dataclass(frozen=True)
class _Server:
    """A running Avviso with a history, and the ways into it."""

    port: int
    page: str
    cookie: str
    bearer: str
    open: int
    """The number of an open incident."""


def measure() -> Iterator[Table]:
    pages = table("Console, the server's answer (ms)", "page", "incidents", *SPREAD, "to the first")
    seen = table("POST of the API → the page shows it (ms)", "incidents", *SPREAD)
    writes = table(
        f"{WRITES} writes a second by {CLIENTS} clients for {SECONDS} s (ms)",
        *("incidents", *SPREAD, "writes", "answers", "lost updates"),
    )
    first: dict[str, list[float]] = {}
    for history in HISTORIES:
        with _running(history) as server:
            for name, path in PAGES.items():
                took = _asked(server, path.format(open=server.open))
                known = first.setdefault(name, took)
                pages.add_row(name, f"{history:,}", *spread(took), ratio(took, known))
            took = _previewed(server)
            known = first.setdefault(_PREVIEW, took)
            pages.add_row(_PREVIEW, f"{history:,}", *spread(took), ratio(took, known))
            seen.add_row(f"{history:,}", *spread(_until_shown(server)))
            done = asyncio.run(_write_together(server))
            lost = _lost(server, done)
            answers = ", ".join(f"{number} × {code}" for code, number in done.answers.items())
            writes.add_row(
                f"{history:,}", *spread(done.took), str(len(done.took)), answers, str(lost)
            )
    yield pages
    yield seen
    yield writes


@contextmanager
def _running(history: int) -> Iterator[_Server]:
    """Avviso on SQLite with a history, an operator who is signed in, and their token."""
    os.environ["AVVISO_SECRET_KEY"] = _KEY
    with place.folder() as folder:
        settings = write_settings(folder)
        channels = "".join(_CHANNEL.format(name=name) for name in CHANNELS)
        settings.write_text(settings.read_text("utf-8") + _MORE + channels, "utf-8")
        desk = place.open_desk(place.migrated(f"sqlite:///{folder / 'avviso.db'}"), CHANNELS)
        now = datetime.now(UTC)
        person = {"login": _OPERATOR, "name": "Bea", "role": "admin"}
        actions.add_operator(desk, actions.AVVISO, now, person)
        live_through(desk, history, now)
        analyzed(desk)
        cookie, bearer = _let_in(desk, now)
        page = desk.service.id
        desk.db.close()
        house = open_house(load_settings(settings, os.environ))
        house.site.refresh(now)  # the first rendering of all is another measurement
        house.close()
        with avviso(settings, "run", pinned=False) as (port, _):
            server = _Server(port, page, cookie, bearer, history)
            _wait_for_console(server)
            yield server


def _wait_for_console(server: _Server) -> None:
    """Return when the application answers: its process comes up after the documents'."""
    for _ in range(600):
        try:
            _asked(server, "/console/", times=3)
        except RuntimeError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the console does not come up")


def _let_in(desk: Desk, now: datetime) -> tuple[str, str]:
    here = access.Visitor("127.0.0.0/24", "measurement")
    entered = access.enter(desk, now, _OPERATOR, here, "password", None)
    said = {"name": "measurement", "operator": _OPERATOR, "scopes": ["read", "write", "components"]}
    _, bearer = add_token(desk, _OPERATOR, now, said)
    return entered.token, bearer


def _asked(
    server: _Server, path: str, times: int = TIMES, form: Mapping[str, str] | None = None
) -> list[float]:
    """Seconds from the request to the whole answer; a form is sent to the page."""
    method, body = ("GET", None) if form is None else ("POST", urlencode(form))
    took = []
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        for _ in range(times):
            began = time.perf_counter()
            connection.request(method, path, body, _as_operator(server))
            response = connection.getresponse()
            response.read()
            took.append(time.perf_counter() - began)
            if response.status != 200:
                raise RuntimeError(f"{path}: {response.status}")
    return took


def _as_operator(server: _Server) -> dict[str, str]:
    return {
        "Host": _HOST,
        "Cookie": f"__Host-avviso={server.cookie}",
        "Origin": f"https://{_HOST}",
        "Referer": f"https://{_HOST}/console/declare",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def _previewed(server: _Server) -> list[float]:
    """The same of what a declaration would say everywhere, with the checks."""
    path = PAGES["declare"]
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", path, headers=_as_operator(server))
        page = html.document_fromstring(connection.getresponse().read())
    (sheet,) = [form for form in page.forms if form.get("id") == "sheet"]
    filled = {name: value for name, value in sheet.form_values() if isinstance(value, str)}
    said = {"component": "wallet", "how_bad": "major_outage", "do": "preview"}
    return _asked(server, path, form={**filled, **said})


def _until_shown(server: _Server) -> list[float]:
    """Seconds from sending a new incident to the home page that names it."""
    took = []
    headers = {"Authorization": f"OAuth {server.bearer}", "Content-Type": "application/json"}
    for turn in range(TIMES):
        name = f"Guasto che si misura {turn}"
        body = json.dumps({"incident": {"name": name, "body": "Non si aggiungono carte."}})
        with (
            closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as writer,
            closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as reader,
        ):
            began = time.perf_counter()
            writer.request("POST", f"/v1/pages/{server.page}/incidents", body, headers)
            while name.encode() not in _home(reader):
                time.sleep(0.002)
            took.append(time.perf_counter() - began)
            answer = writer.getresponse()
            made = json.loads(answer.read())
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {made}")
            _patch(writer, server, made["id"], headers, {"status": "resolved", "body": "Di nuovo."})
    return took


def _home(reader: HTTPConnection) -> bytes:
    reader.request("GET", "/", headers={"Host": _HOST})
    return reader.getresponse().read()


def _patch(
    writer: HTTPConnection, server: _Server, incident: str, headers: dict[str, str], said: object
) -> None:
    path = f"/v1/pages/{server.page}/incidents/{incident}"
    writer.request("PATCH", path, json.dumps({"incident": said}), headers)
    answer = writer.getresponse()
    told = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {told!r}")


@dataclass
class _Done:
    """What became of the writes."""

    took: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    accepted: dict[str, list[str]] = field(default_factory=dict)
    """By incident, the texts of the updates that were accepted."""


async def _write_together(server: _Server) -> _Done:
    """Every client writes to the incident of its own group of five, at its own beat."""
    done = _Done()
    base = f"http://127.0.0.1:{server.port}/v1/pages/{server.page}/incidents"
    headers = {"Authorization": f"OAuth {server.bearer}", "Host": _HOST}
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=30) as client:
        own = []
        for turn in range(CLIENTS // 5):
            said = {"incident": {"name": f"Guasto di molti {turn}", "body": "Si lavora."}}
            own.append((await client.post(base, json=said)).raise_for_status().json()["id"])
        began = time.monotonic()
        await asyncio.gather(
            *(_writer(client, base, own[turn % len(own)], turn, began, done) for turn in range(50))
        )
    return done


async def _writer(
    client: httpx.AsyncClient, base: str, incident: str, turn: int, began: float, done: _Done
) -> None:
    beat = CLIENTS / WRITES
    for step in range(int(SECONDS / beat)):
        await asyncio.sleep(max(0.0, began + (step + turn / CLIENTS) * beat - time.monotonic()))
        text = f"Il cliente {turn} dice per la volta {step} che si lavora."
        sent = time.perf_counter()
        answer = await client.patch(f"{base}/{incident}", json={"incident": {"body": text}})
        done.took.append(time.perf_counter() - sent)
        done.answers[answer.status_code] += 1
        if answer.status_code == 200:
            done.accepted.setdefault(incident, []).append(text)


def _lost(server: _Server, done: _Done) -> int:
    """Accepted updates that the incident does not tell of."""
    lost = 0
    with httpx.Client(headers={"Authorization": f"OAuth {server.bearer}", "Host": _HOST}) as client:
        for incident, texts in done.accepted.items():
            url = f"http://127.0.0.1:{server.port}/v1/pages/{server.page}/incidents/{incident}"
            told = client.get(url).raise_for_status().json()["incident_updates"]
            there = Counter(update["body"] for update in told)
            lost += sum(there[text] != 1 for text in texts)
    return lost
