"""A network that is down costs its own channel and nothing else."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import pytest

from publishers.channels import _base
from statuspage.clock import Clock
from statuspage.worker import Worker
from tests.conftest import NOON
from tests.fakes._service import Hang
from tests.incidents.builders import HOUR, MINUTE, declared, updated, words
from tests.network._scene import KINDS, STEP, Kind, Scene
from tests.network.conftest import Stage
from tests.network.test_down import nobody_waited
from tests.statuspage._worker import posted, until


@pytest.mark.parametrize("down", KINDS, ids=[kind.name for kind in KINDS])
def test_the_others_send_each_post_when_it_is_due(stage: Stage, down: Kind) -> None:
    scene = stage(*KINDS)
    first = scene.shown(declared(scene.desk)).incident_id
    scene.live(NOON + 5 * MINUTE)
    scene.fail(down.name, Hang())
    for number in range(1, 4):
        now = NOON + number * 30 * MINUTE
        scene.live(now, step=STEP)
        scene.shown(updated(scene.desk, first, now, texts=words(f"N{number}")))
        # Who hangs has its turn before the others, and they do not notice.
        scene.live(now, down.name)
        with scene.patience.context() as patient:
            patient.setattr(_base, "NETWORK_TIMEOUT", 10.0)
            scene.live(now, *(name for name in scene.publishers if name != down.name))
    scene.live(NOON + 2 * HOUR, step=STEP)
    for name in scene.publishers:
        if name != down.name:
            nobody_waited(scene, name)
            assert len(scene.deliveries(name)) == 4
    others = [network for network in scene.networks.values() if network.kind is not down]
    assert [len(network.said) for network in others] == [4, 4, 4]


def arrived(scene: Scene, word: str) -> dict[str, float]:
    """When a post was first seen on each channel that has it, by the monotonic clock."""
    found = {
        name: time.monotonic()
        for name, network in scene.networks.items()
        if any(post.word == word for post in network.said)
    }
    if any(line["text"].startswith(word) for line in posted(scene.folder)):
        found["log"] = time.monotonic()
    return found


@pytest.mark.parametrize("down", ["x", "bluesky"])
def test_four_channels_say_it_within_two_seconds_while_the_fifth_hangs(
    stage: Stage, down: str
) -> None:
    """Real threads, real time; the network that hangs does so for longer than the test."""
    scene = stage(*KINDS)
    scene.patience.setattr(_base, "NETWORK_TIMEOUT", 600.0)
    for publisher in scene.publishers.values():
        publisher.check()
    worker = Worker(scene.desk, scene.worker.site, scene.publishers, Clock())
    worker.start()
    try:
        first = scene.shown(declared(scene.desk, datetime.now(UTC)))
        until(lambda: len(arrived(scene, "Guasto")) == 5, "the first post everywhere")
        network = scene.networks[down]
        network.fail(Hang())
        asked = len(network.fake.requests)
        scene.shown(updated(scene.desk, first.incident_id, datetime.now(UTC)))
        until(lambda: len(network.fake.requests) > asked, "the request that hangs")
        seen: dict[str, float] = {}

        def all_others_said_it() -> bool:
            for name, moment in arrived(scene, "Novità").items():
                seen.setdefault(name, moment)
            return len(seen) == 4

        until(all_others_said_it, "the second post on the four others")
        assert down not in seen
        assert len(network.said) == 1
        skew = max(seen.values()) - min(seen.values())
        sys.stdout.write(f"\n{down} hangs; the four others within {skew * 1000:.0f} ms\n")
        assert skew < 2
    finally:
        scene.networks[down].fake.released.set()
        worker.stop()
