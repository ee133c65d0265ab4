"""What the worker's lines say: each that has to do with a delivery can be found by its ids."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog

from incidents import outbox
from incidents.actions import Desk
from statuspage.logs import configure_logs
from tests.conftest import NOON
from tests.fakes._service import Answer
from tests.fakes.x_api import RATE_LIMITED
from tests.incidents.builders import declared
from tests.statuspage._worker import GATE, staged

LATER = NOON + GATE


@pytest.fixture
def output() -> Iterator[StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    output = StringIO()
    configure_logs(stream=output)
    yield output
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(output: StringIO, event: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in output.getvalue().splitlines()]
    return [line for line in found if line["event"] == event]


def test_a_delivery_can_be_found_by_its_ids(desk: Desk, tmp_path: Path, output: StringIO) -> None:
    with staged(desk, tmp_path) as scene:
        outcome = declared(desk)
        scene.x.faults.append(Answer(429, RATE_LIMITED))
        scene.pass_time(LATER)
        (x,), (log,) = scene.deliveries(), scene.deliveries("log")
        structlog.get_logger().info("after")
    shared = {"publication": outcome.publications[0], "incident": outcome.incident_id}
    (later,) = lines(output, "delivery_later")
    assert {"channel": "x", "delivery": x.id, **shared}.items() <= later.items()
    (sent,) = lines(output, "delivery_sent")
    assert {"channel": "log", "delivery": log.id, **shared}.items() <= sent.items()
    (after,) = lines(output, "after")
    assert not {"channel", "delivery", "publication"} & set(after)


def test_a_look_can_be_found_by_its_ids(desk: Desk, tmp_path: Path, output: StringIO) -> None:
    with staged(desk, tmp_path) as scene:
        outcome = declared(desk)
        scene.pass_time(LATER)
        scene.x.faults.append(Answer(429, RATE_LIMITED))
        scene.pass_time(LATER + outbox.VERIFY_AFTER)
        (delivery,) = scene.deliveries()
    (look,) = lines(output, "look_put_off")
    assert look["delivery"] == delivery.id
    assert look["publication"] == outcome.publications[0]
