"""Everything that operators, the worker and the page ask of a database, once each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from incidents import actions, outbox, queries
from incidents.actions import Desk
from incidents.models import Delivery
from incidents.outbox import Claimed, Sent
from incidents.queries import Kept, Reader
from incidents.status import Certainty, ComponentStatus, DeliveryState
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated, words

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
_WHY = {"it": "Errore.", "en": "Mistake."}


def whole_round(desk: Desk, now: datetime) -> None:
    """Act, send and read. The desk has an admin "bea", a component "wallet", a channel "x"."""
    with desk.db.read() as session:
        before = queries.last_event(session)
    for step in (act, send, look_up):
        step(desk, now)
    show(desk, now, before)


# What operators do, and time


def act(desk: Desk, now: datetime) -> None:
    first = declared(desk, now, actor="bea")
    said = {"incident": first.incident_id, "answer": {"key": "is-my-data-safe"}}
    actions.post_answer(desk, "bea", now, said)
    updated(desk, first.incident_id, now, answers=[{"key": "is-my-data-safe"}])
    monitoring = {"status": "monitoring", "texts": words("Meglio"), "incident": first.incident_id}
    actions.post_update(desk, "bea", now, monitoring)
    mend(desk, first.incident_id, now)
    resolved(desk, first.incident_id, now)
    component_and_answer(desk, now)
    draft = actions.save_draft(desk, "bea", now, "declare_incident", _declaring())
    assert draft.draft_id is not None
    actions.publish_draft(desk, "bea", now, draft.draft_id)
    told = {"started_at": now - DAY, "resolved_at": now - HOUR, **_declaring()}
    actions.backdate_incident(desk, "bea", now, told)
    actions.rehearse(desk, lambda rehearsing: declared(rehearsing, now, actor="bea"))
    let_time_pass(desk, now)


def _declaring() -> dict[str, object]:
    return {
        "name": {"it": "Guasto", "en": "Fault"},
        "components": {"wallet": "major_outage"},
        "texts": words("Guasto"),
    }


def mend(desk: Desk, incident: str | None, now: datetime) -> None:
    said = {"incident": incident, "update": "1", "reason": _WHY}
    actions.correct_update(desk, "bea", now, {**said, "texts": words("Giusto")})
    actions.retract_update(desk, "bea", now, said)


def component_and_answer(desk: Desk, now: datetime) -> None:
    actions.save_group(desk, "bea", now, {"key": "pay", "name": {"it": "Pagare", "en": "Pay"}})
    wallet = {"key": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}, "group": "pay"}
    actions.save_component(desk, "bea", now, wallet)
    actions.set_component_status(desk, "bea", now, "wallet", ComponentStatus.PARTIAL_OUTAGE)
    actions.set_component_status(desk, "bea", now, "wallet", ComponentStatus.OPERATIONAL)
    actions.attach_answer(desk, "bea", now, {"key": "is-my-data-safe"}, "wallet")
    actions.detach_answer(desk, "bea", now, "is-my-data-safe", "wallet")
    actions.pause_channel(desk, "bea", now, "x", "holiday")
    actions.resume_channel(desk, "bea", now, "x")


def let_time_pass(desk: Desk, now: datetime) -> None:
    """A maintenance begins and ends by itself, another is called off."""
    called_off = scheduled(desk, now)
    assert called_off.incident_id is not None
    actions.cancel(desk, "bea", now, called_off.incident_id)
    scheduled(desk, now)
    assert len(actions.catch_up(desk, now + HOUR)) == 1
    with desk.db.read() as session:
        assert actions.next_step(session) == now + 3 * HOUR
    assert len(actions.catch_up(desk, now + 3 * HOUR)) == 1


# What becomes of deliveries


def send(desk: Desk, now: datetime) -> None:
    """Every way in which a delivery can end, on the channel "x"."""
    outbox.show(desk.db, outbox.shown_as("a", "page"), 1, now)
    outbox.forget_targets(desk.db, "a", ["a/page"], now)
    first = declared(desk, now, actor="bea")
    updated(desk, first.incident_id, now)
    mend(desk, first.incident_id, now)
    for moment in _all_out(desk, now + MINUTE):
        look(desk, moment)
    put_off(desk, now + 2 * HOUR)
    give_up(desk, now + 3 * HOUR)
    outbox.end_leases(desk.db, now, lambda _name: True)
    with desk.db.read() as session:
        outbox.next_due(session, desk.channels, now)


def claim(desk: Desk, now: datetime, certainty: Certainty = Certainty.READABLE) -> Claimed | None:
    return outbox.claim(desk.db, "x", "w1", now, certainty)


def _all_out(desk: Desk, now: datetime) -> Iterator[datetime]:
    """Send whatever waits; the moments after each."""
    while (claimed := claim(desk, now)) is not None:
        with desk.db.read() as session:
            outbox.standing(session, "x", claimed.publication)
        receipt = Sent(str(claimed.id), f"https://x.test/{claimed.id}")
        outbox.settle_sent(
            desk.db, claimed, now, receipt, "t", standalone=False, fallback=False, verify=True
        )
        now += MINUTE
        yield now


def look(desk: Desk, now: datetime) -> None:
    """A post that is out is looked at; it is there."""
    for found in outbox.due_looks(desk.db, "x", "w1", now):
        outbox.look_later(desk.db, found, now)
        outbox.settle_seen(desk.db, found, now, outbox.Sight(reader=True))


def put_off(desk: Desk, now: datetime) -> None:
    """Nobody knows, not now, never, ask a person; each of a thread of its own."""
    for _ in range(5):
        declared(desk, now, actor="bea")
    now += MINUTE
    for settle in (_later, _rejected, _broken, _unknown, _asked):
        claimed = claim(desk, now)
        assert claimed is not None, settle
        settle(desk, claimed, now)
    for found in outbox.due_looks(desk.db, "x", "w1", now):
        outbox.settle_found(desk.db, found, now, Sent("9", "https://x.test/9"), "t")
    decide(desk, now)


def _later(desk: Desk, claimed: Claimed, now: datetime) -> None:
    outbox.settle_later(desk.db, claimed, now, "busy", None)


def _rejected(desk: Desk, claimed: Claimed, now: datetime) -> None:
    outbox.settle_rejected(desk.db, claimed, now, "too long")


def _broken(desk: Desk, claimed: Claimed, now: datetime) -> None:
    outbox.settle_broken(desk.db, claimed, now, "no credit")
    actions.resume_channel(desk, "bea", now, "x")


def _unknown(desk: Desk, claimed: Claimed, now: datetime) -> None:
    outbox.settle_unknown(desk.db, claimed, now, "no answer", Certainty.READABLE, "t")


def _asked(desk: Desk, claimed: Claimed, now: datetime) -> None:
    outbox.settle_asked(desk.db, claimed, now, "t", "somebody")


def decide(desk: Desk, now: datetime) -> None:
    """What an operator decides about deliveries that failed or are in doubt."""
    with desk.db.read() as session:
        failed, *_ = queries.deliveries(session, state=DeliveryState.FAILED, channel="x", limit=1)
        doubted, *_ = queries.deliveries(session, state=DeliveryState.UNCONFIRMED, limit=1)
    actions.retry_delivery(desk, "bea", now, failed.id)
    actions.skip_delivery(desk, "bea", now, failed.id)
    actions.settle_unconfirmed(desk, "bea", now, doubted.id, there=False)
    actions.skip_delivery(desk, "bea", now, doubted.id)


def give_up(desk: Desk, now: datetime) -> None:
    """A lease runs out, and what waited too long is let go."""
    first = declared(desk, now, actor="bea")
    assert claim(desk, now + MINUTE) is not None
    updated(desk, first.incident_id, now + HOUR)
    stale = claim(desk, now + 2 * HOUR, Certainty.KEYED)
    while stale is not None and not stale.stale:
        _rejected(desk, stale, now + 2 * HOUR)
        stale = claim(desk, now + 2 * HOUR, Certainty.KEYED)
    if stale is not None:
        outbox.settle_stale(desk.db, stale, now + 2 * HOUR)


# What is read


def look_up(desk: Desk, now: datetime) -> None:
    """What commands list and find."""
    with desk.db.read() as session:
        entry = queries.find_incident(session, "1")
        queries.find_incident(session, f"#{entry.number}")
        queries.find_incident(session, entry.id)
        queries.find_update(session, entry, None)
        queries.page_id(session)
        queries.incidents(session, limit=50)
        queries.incidents(session, only_open=True, limit=50)
        for read in (queries.components, queries.operators, queries.drafts):
            read(session)
        for narrowed in (
            {},
            {"incident": entry.id},
            {"channel": "x"},
            *({"state": state} for state in DeliveryState),
            *({"state": state, "channel": "x"} for state in DeliveryState),
            {"state": DeliveryState.FAILED, "incident": entry.id, "channel": "x"},
        ):
            queries.deliveries(session, limit=50, **narrowed)  # type: ignore[arg-type]
        queries.channel_states(session)
        queries.broken_channels(session)
        session.get(Delivery, 1)


def show(desk: Desk, now: datetime, before: int) -> None:
    """What the page shows after the events since `before`, a minute, and a day."""
    kept = Kept()
    with desk.db.read() as session:
        queries.last_public_event(session, before)
        queries.news(session, before)
        queries.touched(session, desk.service, before, now, now)
        last = queries.last_event(session)
        queries.touched(session, desk.service, last, now, now + MINUTE)
        touched = queries.touched(session, desk.service, last - 3, now - DAY, now)
        queries.next_change(session, desk.service, now)
        reader = Reader(session, desk.service, desk.texts, now, {}, kept)
        reader.home()
        reader.overview()
        list(reader.pages(touched.incidents))
        for component in touched.components:
            reader.component(component)
        for month in touched.months:
            reader.month(month)
        reader.archive()
    declared(desk, now, actor="bea")
    with desk.db.read() as session:
        Reader(session, desk.service, desk.texts, now, {}, kept).home()
