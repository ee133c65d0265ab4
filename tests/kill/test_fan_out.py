"""Step 8. Killed when some channels have taken a publication and others have not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.fakes._service import Drip, Hang
from tests.kill._channels import KINDS, Account, Kind
from tests.kill._nursery import Process
from tests.kill._place import OUT, Place
from tests.kill.conftest import Kills

TURNS = 3
_OFTEN = 20
"""On a slow machine a worker's patience may end first; then it tries again, with the same luck."""


@pytest.fixture
def kinds() -> Sequence[Kind]:
    return KINDS


class FanOut:
    """A network that does not take a post, one that takes it and never answers, and the others."""

    def __init__(self, place: Place) -> None:
        networks = [account for account in place.accounts if account.fake]
        place.random.shuffle(networks)
        self.deaf, self.mute = networks[0], networks[1]
        self.others = [a for a in place.accounts if a not in (self.deaf, self.mute)]
        self._place = place
        self._before = self.deaf.requests_to_post()
        self.deaf.meets(*_OFTEN * [Hang()])
        self.mute.meets(*_OFTEN * [Drip(in_headers=True)])

    def is_half_done(self, word: str) -> bool:
        states = self._place.states(word)
        return (
            self.deaf.requests_to_post() > self._before
            and self._place.posts(self.mute, word) == 1
            and all(states[account.name] in OUT for account in self.others)
        )


def killed_half_way(place: Place, worker: Process) -> Account:
    """Kill it there; answers the account that took nothing."""
    fan_out = FanOut(place)
    word = place.declare()
    worker.until(lambda: fan_out.is_half_done(word), "half of it")
    worker.kill()
    fan_out.deaf.meets()
    fan_out.mute.meets()
    posts = {account.name: place.posts(account, word) for account in place.accounts}
    assert posts == {name: int(name != fan_out.deaf.name) for name in posts}
    return fan_out.deaf


def test_8_between_two_channels(place: Place, kills: Kills) -> None:
    worker = place.worker()
    unsure: list[str] = []
    for _ in range(TURNS):
        deaf = killed_half_way(place, worker)
        kills.note()
        unsure.extend([] if deaf.kind.keyed else [deaf.name])
        worker = place.revive()
        assert place.decided == unsure
