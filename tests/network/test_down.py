"""Six hours without a network, twelve updates: then one catch-up with the latest state, once.

For every network and for every way to be down. The fakes hold exactly what readers would find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.conftest import NOON
from tests.fakes._service import Fault, Hang
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, updated, words
from tests.network._scene import (
    BLUESKY,
    KINDS,
    STEP,
    Kind,
    Network,
    Said,
    Scene,
    X,
)
from tests.network.conftest import Stage

BEGAN = NOON + 5 * MINUTE
BACK = NOON + 6 * HOUR + 20 * MINUTE
LATEST = "N12"


@dataclass(frozen=True)
class Way:
    """A way to be down; `fault` is None where connections are refused."""

    name: str
    fault: Callable[[Network], Fault] | None
    doubtful: bool = False
    """Whether nobody can know that the first request was not accepted."""

    def __str__(self) -> str:
        return self.name


def its(answer: str) -> Callable[[Network], Fault]:
    """A network's own answer, by its driver's name for it."""
    return lambda network: network.driver.answers[answer]


REFUSED = Way("refused", None)
HUNG = Way("hung", lambda _: Hang(), doubtful=True)
WAYS = (
    Way("429", its("limited")),
    Way("429 with a reset", its("limited for 300 s")),
    Way("5xx", its("server error"), doubtful=True),
    HUNG,
    REFUSED,
)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
every_way = pytest.mark.parametrize("way", WAYS, ids=str)


def begun(scene: Scene, kind: Kind) -> str:
    """The first post of an incident is out and was seen; answers the incident."""
    first = scene.shown(declared(scene.desk))
    scene.live(BEGAN)
    assert scene.states(kind.name) == ["verified"]
    return first.incident_id or ""


def go_down(scene: Scene, kind: Kind, way: Way) -> None:
    network = scene.networks[kind.name]
    scene.fail(kind.name, way.fault(network) if way.fault else None)


def live_through(scene: Scene, incident: str, *, taken: Network | None = None) -> str:
    """Twelve updates of an incident, one each half hour, and two of another that begins.

    With `taken`, that network accepts the first request, and only its answer is lost. Answers the
    other incident.
    """
    other = ""
    for number in range(1, 13):
        now = NOON + number * 30 * MINUTE
        scene.live(now, step=STEP)
        scene.shown(updated(scene.desk, incident, now, texts=words(f"N{number}")))
        if number == 1 and taken is not None:
            scene.live(now)
            taken.take()
        if number == 4:
            login = {"login": "partial_outage"}
            said = declared(scene.desk, now, components=login, texts=words("Altro"))
            other = scene.shown(said).incident_id or ""
        if number == 8:
            scene.shown(updated(scene.desk, other, now, texts=words("Altro-2")))
    scene.live(BACK, step=STEP)
    return other


def recover(scene: Scene, kind: Kind) -> int:
    """The network is back, and whatever waits is done; answers how many reads came before."""
    reads = len(scene.networks[kind.name].reads)
    scene.recover(kind.name)
    scene.live(BACK + 10 * MINUTE)
    return reads


def nobody_waited(scene: Scene, channel: str) -> None:
    """Each delivery of a channel was sent at the very moment at which it was due."""
    rows = scene.deliveries(channel)
    assert {row.state for row in rows} <= {"sent", "verified"}
    assert [row.sent_at for row in rows] == [row.created_at for row in rows]


def threaded(kind: Kind, *said: Said) -> set[Said]:
    """The posts as a network has them that knows no threads."""
    return {post if kind.threads else Said(post.word) for post in said}


@every_kind
@every_way
def test_after_six_hours_one_catch_up_in_the_thread(stage: Stage, kind: Kind, way: Way) -> None:
    scene = stage(kind)
    network = scene.networks[kind.name]
    incident = begun(scene, kind)
    go_down(scene, kind, way)
    other = live_through(scene, incident)
    assert [said.word for said in network.said] == ["Guasto"]
    reads = recover(scene, kind)

    said = network.said
    assert len(said) == 3
    assert set(said) == threaded(kind, Said("Guasto"), Said(LATEST, "Guasto"), Said("Altro-2"))
    in_doubt = way.doubtful and kind.readable
    first = "unconfirmed" if in_doubt else "superseded"
    assert scene.states(kind.name, incident) == [
        *("verified", first),
        *(["superseded"] * 10),
        "verified",
    ]
    assert scene.states(kind.name, other) == ["superseded", "verified"]
    assert len(scene.doubted) == in_doubt
    assert (len(network.reads) > reads) is way.doubtful, "what is in doubt is looked for"
    nobody_waited(scene, "log")
    assert len(scene.lines) == 15


@every_kind
def test_what_was_accepted_and_got_no_answer_is_there_once(stage: Stage, kind: Kind) -> None:
    scene = stage(kind)
    network = scene.networks[kind.name]
    incident = begun(scene, kind)
    go_down(scene, kind, HUNG)
    live_through(scene, incident, taken=network)
    recover(scene, kind)

    root, first, *later = network.said
    assert {root, first} == threaded(kind, Said("Guasto"), Said("N1", "Guasto"))
    parents = {post.word: post.below for post in later}
    assert set(parents) == {LATEST, "Altro-2"}
    assert len(later) == 2
    assert parents["Altro-2"] is None
    # A readable kind looks for the first one and sends the latest in the same moment.
    known = {"Guasto", "N1"} if kind.readable else {"N1"}
    assert parents[LATEST] in (known if kind.threads else {None})
    states = ["verified", scene.states(kind.name, incident)[1], *["superseded"] * 10, "verified"]
    assert states[1] in ("sent", "verified")
    assert scene.states(kind.name, incident) == states
    row = scene.deliveries(kind.name, incident)[1]
    assert (row.remote_id or "").endswith(kind.posts(network.fake)[1][0])


@every_kind
@pytest.mark.parametrize("way", [HUNG, REFUSED], ids=str)
def test_what_was_resolved_meanwhile_is_only_closed(stage: Stage, kind: Kind, way: Way) -> None:
    scene = stage(kind)
    network = scene.networks[kind.name]
    incident = begun(scene, kind)
    go_down(scene, kind, way)
    for number in range(1, 6):
        now = NOON + number * 30 * MINUTE
        scene.live(now, step=STEP)
        scene.shown(updated(scene.desk, incident, now, texts=words(f"N{number}")))
    scene.live(NOON + 3 * HOUR, step=STEP)
    scene.shown(resolved(scene.desk, incident, NOON + 3 * HOUR))
    scene.live(BACK, step=STEP)
    recover(scene, kind)
    closing = Said("Fatto", "Guasto" if kind.threads else None)
    assert network.said == [Said("Guasto"), closing]
    assert scene.states(kind.name)[-2:] == ["superseded", "verified"]


def test_what_was_never_said_is_only_closed(stage: Stage) -> None:
    scene = stage(X)
    go_down(scene, X, REFUSED)
    incident = scene.shown(declared(scene.desk)).incident_id
    for number in (1, 2, 3):
        scene.live(NOON + number * HOUR, step=STEP)
        scene.shown(updated(scene.desk, incident, scene.now))
    scene.shown(resolved(scene.desk, incident, scene.now))
    scene.live(BACK, step=STEP)
    recover(scene, X)
    assert scene.networks["x"].said == [Said("Fatto")]
    assert scene.states("x") == [*["superseded"] * 4, "verified"]


@every_kind
@pytest.mark.parametrize("taken", [False, True], ids=["lost", "accepted"])
def test_an_incident_that_begins_in_the_outage(stage: Stage, kind: Kind, taken: bool) -> None:
    """Its first post meets the hung network: it may be out, or not."""
    scene = stage(kind)
    network = scene.networks[kind.name]
    if kind is BLUESKY:
        scene.publishers[kind.name].check()  # logged in before
    go_down(scene, kind, HUNG)
    incident = scene.shown(declared(scene.desk)).incident_id
    scene.live(BEGAN)
    if taken:
        network.take()
    for number in (1, 2, 3):
        now = NOON + number * HOUR
        scene.live(now, step=STEP)
        scene.shown(updated(scene.desk, incident, now, texts=words(f"N{number}")))
    scene.live(BACK, step=STEP)
    recover(scene, kind)
    *root, latest = network.said
    assert [said.word for said in root] == (["Guasto"] if taken else [])
    # A readable kind looks for the first one and sends the latest in the same moment.
    above = {"Guasto"} if taken and kind.threads else {None}
    assert latest.word == "N3"
    assert latest.below in (above | {None} if kind.readable else above)
    lost = "unconfirmed" if kind.readable else "superseded"
    first = "verified" if taken else lost
    assert scene.states(kind.name) == [first, "superseded", "superseded", "verified"]


def test_on_postgresql_as_well(stage: Stage, fresh_postgres_url: str) -> None:
    scene = stage(X, url=fresh_postgres_url)
    incident = begun(scene, X)
    go_down(scene, X, HUNG)
    live_through(scene, incident)
    recover(scene, X)
    said = scene.networks["x"].said
    assert len(said) == 3
    assert set(said) == {Said("Guasto"), Said(LATEST, "Guasto"), Said("Altro-2")}
    assert len(scene.doubted) == 1
    nobody_waited(scene, "log")
