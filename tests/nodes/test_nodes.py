"""Each machine shows all on its own page, any of them posts, and what one loses the other does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from incidents import outbox
from incidents.models import Event, ShownEvent
from tests.fakes._service import Kill
from tests.faults._postgres import OwnPostgres
from tests.incidents.builders import scheduled
from tests.kill._channels import Account
from tests.kill._nursery import until
from tests.nodes._nodes import Node, all_is_right, ready

Two = tuple[Node, Node]


def shown(node: Node) -> dict[str, int]:
    with node.db.read() as session:
        return {row.target: row.event_seq for row in session.scalars(select(ShownEvent))}


def dead_for_long(node: Node) -> None:
    """A node is dead; three minutes later the others do not wait for its page any more."""
    before = datetime.now(UTC) - outbox.SILENT_AFTER
    with node.db.claim() as session:
        of_node = ShownEvent.target == outbox.shown_as(node.name, "page")
        session.execute(update(ShownEvent).where(of_node).values(at=before))


def test_what_one_publishes_the_other_shows_and_it_is_posted_once(nodes: Two) -> None:
    """`declare` answers when its own page shows it; the other's page follows by itself."""
    a, b = nodes
    workers = [ready(a.worker()), ready(b.worker())]
    word = a.declare()
    assert word in (a.page / "index.html").read_text("utf-8")
    workers[1].until(lambda: word in (b.page / "index.html").read_text("utf-8"), "b's page")
    b.update(word)
    other = b.declare()
    a.update(other)
    all_is_right(nodes)
    until(lambda: set(shown(a).values()) == {a.last()}, lambda: str(shown(a)))
    assert sorted(shown(a)) == ["a/page", "b/page"]


def test_one_is_killed_while_it_sends_and_the_other_goes_on(
    nodes: Two, account: tuple[Account, ...]
) -> None:
    a, b = nodes
    first = ready(a.worker())
    a.declare()
    until(a.is_settled, lambda: str(a.states()))
    keyed, readable = account
    for doubted in (keyed, readable):
        doubted.meets(Kill(first.pid))
        word = a.declare()
        assert first.wait() == -9
        assert a.states(word)[doubted.name] == "sending"
        dead_for_long(a)
        other = ready(b.worker())
        until(b.is_settled, lambda: str(b.states()))
        b.update(word)
        until(b.is_settled, lambda: str(b.states()))
        assert not a.shows_all()
        other.kill()
        dead_for_long(b)
        first = ready(a.worker())
        until(a.is_settled, lambda: str(a.states()))
    ready(b.worker())
    all_is_right(nodes)


def test_the_database_is_restarted(nodes: Two, server: OwnPostgres) -> None:
    a, b = nodes
    ready(a.worker())
    ready(b.worker())
    word = a.declare()
    server.restart()
    b.update(word)
    a.update(word)
    server.restart("fast")
    b.declare()
    all_is_right(nodes)


def test_a_step_of_time_is_taken_once(nodes: Two) -> None:
    """Both machines wait for the same second, in which a maintenance begins, and then another."""
    a, b = nodes
    ready(a.worker())
    ready(b.worker())
    now = datetime.now(UTC)
    # What is planned is told of until it begins: on a busy machine that takes a while.
    starts = now + timedelta(seconds=20)
    for _ in range(5):
        scheduled(a.house.desk, now, starts_at=starts, ends_at=starts + timedelta(hours=1))

    def begun() -> int:
        with a.db.read() as session:
            query = select(func.count()).where(Event.kind == "started")
            return session.scalar(query) or 0

    until(lambda: begun() >= 5, lambda: f"{begun()} begun")
    all_is_right(nodes)
    assert begun() == 5
    listed = json.loads(b.run("incidents", "--json"))
    assert [len(entry["updates"]) for entry in listed] == [2] * 5
