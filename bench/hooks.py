"""Webhooks and web push: how fast the well-behaved are served while others hang and fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from rich.table import Table

from bench._figures import number, percentile, table
from bench._receivers import Receivers, receivers, resolve
from publishers.lists._base import Carrier, Later, Letter, News, Taken
from publishers.lists._outgoing import Outgoing
from publishers.lists._push_crypto import Vapid, encrypt, new_private_key
from publishers.lists.push import List as Push
from publishers.lists.push import message
from publishers.lists.webhook import List as Webhooks
from tests.publishers.lists._browser import Device
from tests.publishers.lists._news import NEWS, letter, news

HOOKS = 10_000
PUSHES = 4_000
BATCH = 100
TIMEOUT = 10.0
RECEIVER_TAKES = 0.005
SERVICE_TAKES = 0.03
_AGENT = "Avviso/bench"


def measure() -> Iterator[Table]:
    """10,000 receivers over TLS, each a host of its own; and browsers behind three services."""
    shown = table(
        f"Webhooks: {HOOKS:,} receivers, {TIMEOUT:g} s to answer (s)",
        "of them",
        "healthy done",
        "p50",
        "p95",
        "last healthy",
        "all in all",
        "CPU",
    )
    for hang, fail in ((0, 0), (5, 5)):
        shown.add_row(f"{hang}% hang, {fail}% fail", *_webhooks(hang, fail))
    yield shown
    yield _pushes()


def _webhooks(hang: int, fail: int) -> list[str]:
    with receivers(RECEIVER_TAKES) as there:
        outgoing = Outgoing(timeout=TIMEOUT, private=True, tls=there.tls, resolve=resolve)
        hooks = Webhooks(_secrets, _AGENT, outgoing)
        told = _news()
        letters = [letter(there.url(i, _behaviour(i, hang, fail)), told) for i in range(HOOKS)]
        began, busy = time.monotonic(), time.process_time()
        taken = _carried(hooks, letters)
        took, busy = time.monotonic() - began, time.process_time() - busy
        heard = sorted(moment - began for moment in there.heard())
    hooks.close()
    healthy = sum(_behaviour(i, hang, fail) == "fine" for i in range(HOOKS))
    if not taken == len(heard) == healthy:
        raise RuntimeError(f"{healthy} should have it, {len(heard)} had it, {taken} said so")
    return [
        f"{len(heard):,}",
        *(number(percentile(heard, share)) for share in (0.5, 0.95, 1.0)),
        number(took),
        number(busy),
    ]


def _secrets(address: str) -> list[str]:
    return [f"whsec_new_{address}", f"whsec_old_{address}"]


def _behaviour(place: int, hang: int, fail: int) -> str:
    """Spread over all of them, so that each batch has some."""
    share = place * 37 % 100
    return "hang" if share < hang else "fail" if share < hang + fail else "fine"


def _news() -> News:
    """News with ten updates, as after an hour of a real incident."""
    update = {"body": "Stiamo lavorando. " * 40, "status": "identified", "id": "abcdefghijkl"}
    incident = {"name": "Accesso lento", "incident_updates": [update] * 10}
    meta = {"documentation": "https://stato.example.it/subscribe/", "generated_at": "now"}
    return news(payload={"it": {"meta": meta, "incident": incident}})


def _carried(carrier: Carrier, letters: Sequence[Letter]) -> int:
    """Hand batches over from as many threads as the carrier takes; answers how many were taken."""
    waiting = [letters[start : start + BATCH] for start in range(0, len(letters), BATCH)]
    waiting.reverse()
    taken: list[int] = []

    def work() -> None:
        while waiting:
            try:
                batch = waiting.pop()
            except IndexError:
                return
            outcomes = carrier.carry(batch).outcomes
            taken.append(sum(isinstance(outcome, Taken) for outcome in outcomes))
            if not all(isinstance(outcome, Taken | Later) for outcome in outcomes):
                raise RuntimeError(str(outcomes))

    threads = [threading.Thread(target=work) for _ in range(carrier.AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(taken)


def _pushes() -> Table:
    shown = table("Web push: messages a second", "what", "per second", "per CPU second")
    devices = [Device() for _ in range(200)]
    told = message(NEWS, "it")
    began, busy = time.monotonic(), time.process_time()
    for place in range(PUSHES):
        encrypt(told, devices[place % len(devices)].browser)
    shown.add_row("encrypted for one browser each", *_rates(began, busy))
    with receivers(SERVICE_TAKES) as there:
        outgoing = Outgoing(timeout=TIMEOUT, private=True, tls=there.tls, resolve=resolve)
        push = Push(Vapid(new_private_key(), "mailto:web@example.org"), _AGENT, outgoing)
        letters = [_to(there, devices, place) for place in range(PUSHES)]
        began, busy = time.monotonic(), time.process_time()
        if _carried(push, letters) != PUSHES:
            raise RuntimeError("a push was not taken")
        title = f"taken by three services, each {SERVICE_TAKES * 1000:g} ms away"
        shown.add_row(title, *_rates(began, busy))
    push.close()
    return shown


def _to(there: Receivers, devices: Sequence[Device], place: int) -> Letter:
    return letter(there.url(place % 3), NEWS, keys=devices[place % len(devices)].keys)


def _rates(began: float, busy: float) -> tuple[str, str]:
    return (
        number(PUSHES / (time.monotonic() - began)),
        number(PUSHES / (time.process_time() - busy)),
    )
