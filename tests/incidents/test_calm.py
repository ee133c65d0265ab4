"""Never a storm: the window of a flapping component, quiet hours, and what is called off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incidents import actions, outbox
from incidents.actions import Desk
from incidents.calm import Calm, QuietHours, parse_quiet_hours
from incidents.models import Delivery, Draft, Incident, Publication
from incidents.outbox import Sent
from incidents.status import Certainty, DeliveryState, Impact, Status
from tests.conftest import NOON, ROME
from tests.incidents.builders import HOUR, MINUTE, declared, resolved, scheduled, updated

WINDOW = 15 * MINUTE
CALM = Calm(window=WINDOW)
NIGHT = QuietHours(time(22), time(7))
OPEN = {"wallet": "major_outage"}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Push:
    channel: str
    at: datetime
    incident: str
    status: str


@dataclass
class Scene:
    """A house whose clock is turned by hand, and what left it."""

    desk: Desk
    now: datetime = NOON
    pushes: list[Push] = field(default_factory=list)

    @property
    def program(self) -> Desk:
        return replace(self.desk, by_program=True)

    def wait(self, time: timedelta) -> None:
        """Let the worker send what may go: after a minute, and whenever something is due."""
        end = self.now + time
        moment = min(self.now + MINUTE, end)
        while self.now < end:
            self.now = moment
            for channel in self.desk.channels:
                self._send_all(channel)
            with self.desk.db.read() as session:
                due = outbox.next_due(session, self.desk.channels, self.now)
            moment = min(due or end, end)

    def _send_all(self, channel: str) -> None:
        db, now = self.desk.db, self.now
        while claimed := outbox.claim(db, channel, "w", now, Certainty.KEYED):
            publication = claimed.publication
            self.pushes.append(Push(channel, now, claimed.incident_id, str(publication.status)))
            sent = Sent(str(claimed.id), None)
            outbox.settle_sent(
                db, claimed, now, sent, "text", standalone=False, fallback=False, verify=False
            )

    def said(self, channel: str = "x") -> list[tuple[int, str]]:
        """Minutes after noon, and the status that was pushed."""
        return [
            (int((push.at - NOON) / MINUTE), push.status)
            for push in self.pushes
            if push.channel == channel
        ]


@pytest.fixture
def scene(desk: Desk) -> Scene:
    return Scene(replace(desk, calm=CALM))


def rows(desk: Desk, channel: str = "x") -> list[Delivery]:
    with desk.db.read() as session:
        return list(
            session.scalars(select(Delivery).where(Delivery.channel == channel).order_by("seq"))
        )


# Flapping


def test_what_flaps_is_said_once_at_the_end_of_its_window(scene: Scene) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(3 * MINUTE)
    resolved(scene.program, first.incident_id, scene.now)
    scene.wait(3 * MINUTE)
    updated(scene.program, first.incident_id, scene.now, status="investigating", components=OPEN)
    scene.wait(3 * MINUTE)
    resolved(scene.program, first.incident_id, scene.now)
    scene.wait(HOUR)
    # The window is counted from the minute in which it was sent.
    assert scene.said() == scene.said("log") == [(1, "investigating"), (16, "resolved")]


def test_the_page_has_at_once_what_waits(scene: Scene) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(MINUTE)
    outcome = resolved(scene.program, first.incident_id, scene.now)
    with scene.desk.db.read() as session:
        assert session.get_one(Incident, first.incident_id).status is Status.RESOLVED
        assert session.get_one(Publication, outcome.publications[0]).at == scene.now
    assert rows(scene.desk)[-1].waits_for == "window"
    assert rows(scene.desk)[-1].not_before == NOON + MINUTE + WINDOW


def test_another_incident_of_the_component_takes_the_place_of_one_that_is_over(
    scene: Scene,
) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(2 * MINUTE)
    resolved(scene.program, first.incident_id, scene.now)
    scene.wait(2 * MINUTE)
    second = declared(scene.program, scene.now)
    scene.wait(HOUR)
    assert scene.said() == [(1, "investigating"), (16, "investigating")]
    assert scene.pushes[-1].incident == second.incident_id


def test_the_last_word_on_a_component_that_the_other_does_not_name_is_not_lost(
    scene: Scene,
) -> None:
    both = {"wallet": "major_outage", "login": "major_outage"}
    well = {"wallet": "operational", "login": "operational"}
    first = declared(scene.program, scene.now, components=both)
    scene.wait(2 * MINUTE)
    resolved(scene.program, first.incident_id, scene.now, components=well)
    declared(scene.program, scene.now + MINUTE)
    scene.wait(HOUR)
    assert sorted(scene.said()) == [(1, "investigating"), (16, "investigating"), (16, "resolved")]


def test_other_components_have_their_own_window(scene: Scene) -> None:
    declared(scene.program, scene.now)
    declared(scene.program, scene.now + SECOND, components={"login": "partial_outage"})
    scene.wait(2 * MINUTE)
    assert scene.said() == [(1, "investigating"), (1, "investigating")]


def test_what_a_person_publishes_goes_at_once_and_in_the_place_of_what_waits(
    scene: Scene,
) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(2 * MINUTE)
    updated(scene.program, first.incident_id, scene.now, status="identified")
    scene.wait(2 * MINUTE)
    resolved(scene.desk, first.incident_id, scene.now)
    scene.wait(HOUR)
    assert scene.said() == [(1, "investigating"), (5, "resolved")]


def test_a_persons_answer_takes_along_what_waits_before_it(scene: Scene) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(2 * MINUTE)
    updated(scene.program, first.incident_id, scene.now, status="identified")
    answer = {"incident": first.incident_id, "answer": {"key": "debit-or-credit"}}
    actions.post_answer(scene.desk, "bea", scene.now, answer)
    scene.wait(HOUR)
    assert scene.said() == [(1, "investigating"), (3, "identified"), (3, "identified")]


def test_what_waits_is_corrected_before_anybody_reads_it(scene: Scene) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(2 * MINUTE)
    updated(scene.program, first.incident_id, scene.now, status="identified")
    said = {"incident": first.incident_id, "update": "2", "reason": {"it": "Errore", "en": "Slip"}}
    text = {"headline": "H", "short": "S", "body": "B"}
    data = {**said, "texts": {"it": text, "en": text}}
    actions.correct_update(scene.program, "bea", scene.now + MINUTE, data)
    scene.wait(HOUR)
    assert [str(row.state) for row in rows(scene.desk)] == ["sent", "superseded", "sent"]
    assert scene.said()[1:] == [(16, "identified")]


def test_an_answer_goes_with_the_update_that_brings_it(scene: Scene) -> None:
    declared(scene.program, scene.now, answers=[{"key": "debit-or-credit"}])
    scene.wait(2 * MINUTE)
    assert scene.said() == [(1, "investigating"), (1, "investigating")]


def test_an_operator_may_send_at_once_what_waits(scene: Scene) -> None:
    first = declared(scene.program, scene.now)
    scene.wait(2 * MINUTE)
    resolved(scene.program, first.incident_id, scene.now)
    actions.retry_delivery(scene.desk, "bea", scene.now, rows(scene.desk)[-1].id)
    scene.wait(MINUTE)
    assert scene.said() == [(1, "investigating"), (3, "resolved")]


def test_without_a_window_nothing_waits(desk: Desk) -> None:
    scene = Scene(desk)
    first = declared(scene.program, scene.now)
    scene.wait(2 * MINUTE)
    resolved(scene.program, first.incident_id, scene.now)
    scene.wait(2 * MINUTE)
    assert scene.said() == [(1, "investigating"), (3, "resolved")]


_days = count(1)
_STEPS = st.lists(
    st.tuples(st.sampled_from(["flap", "update", "again"]), st.integers(0, 20)),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_STEPS)
def test_however_it_flaps_a_window_has_one_post_and_the_last_is_the_latest(
    desk: Desk, steps: list[tuple[str, int]]
) -> None:
    scene = Scene(replace(desk, calm=CALM), NOON + next(_days) * timedelta(days=3))
    incident, status = "", "resolved"
    for step, pause in steps:
        incident, status = _step(scene, step, incident, status)
        scene.wait(pause * MINUTE)
    scene.wait(2 * WINDOW)
    for channel in desk.channels:
        pushes = [push for push in scene.pushes if push.channel == channel]
        gaps = [later.at - push.at for push, later in pairwise(pushes)]
        assert all(gap >= WINDOW for gap in gaps), pushes
        assert (pushes[-1].incident, pushes[-1].status) == (incident, status)
    if status != "resolved":
        resolved(scene.desk, incident, scene.now)
    scene.wait(2 * MINUTE)


def _step(scene: Scene, step: str, incident: str, status: str) -> tuple[str, str]:
    """What a monitor's program does next to the one component."""
    program, now = scene.program, scene.now
    if status == "resolved" and (not incident or step != "again"):
        return declared(program, now).incident_id or "", "investigating"
    if status == "resolved":
        updated(program, incident, now, status="identified", components=OPEN)
        return incident, "identified"
    if step == "update":
        updated(program, incident, now, status="identified")
        return incident, "identified"
    resolved(program, incident, now)
    return incident, "resolved"


# Quiet hours


def local(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2020, month, day, hour, minute, tzinfo=ROME).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "impact", "until"),
    [
        (local(8, 21, 59), Impact.MINOR, None),
        (local(8, 22), Impact.MINOR, local(9, 7)),
        (local(9, 6, 59), Impact.MINOR, local(9, 7)),
        (local(9, 7), Impact.MINOR, None),
        (local(9, 3), Impact.MAINTENANCE, local(9, 7)),
        (local(9, 3), Impact.NONE, local(9, 7)),
        (local(9, 3), Impact.MAJOR, None),
        (local(9, 3), Impact.CRITICAL, None),
        # The night in which the clocks go back has one hour more, and ends at seven all the same.
        (local(24, 23, month=10), Impact.MINOR, local(25, 7, month=10)),
        (local(28, 23, month=3), Impact.MINOR, local(29, 7, month=3)),
    ],
)
def test_low_impact_waits_for_the_morning(
    moment: datetime, impact: Impact, until: datetime | None
) -> None:
    assert NIGHT.until(moment, impact, ROME) == until


def test_quiet_hours_within_a_day() -> None:
    nap = QuietHours(time(13), time(15), below=Impact.MINOR)
    assert nap.until(local(8, 14), Impact.MAINTENANCE, ROME) == local(8, 15)
    assert nap.until(local(8, 14), Impact.MINOR, ROME) is None
    assert nap.until(local(8, 15), Impact.NONE, ROME) is None


def test_critical_never_waits() -> None:
    assert (
        QuietHours(time(0), time(23), Impact.CRITICAL).until(local(8, 14), Impact.CRITICAL, ROME)
        is None
    )


@pytest.mark.parametrize("text", ["22-7", "22:00", "24:00-07:00", "22:00-22:00", "22:60-07:00", ""])
def test_no_quiet_hours(text: str) -> None:
    with pytest.raises(ValueError, match=r"should be like|ends when"):
        parse_quiet_hours(text)


@pytest.fixture
def night(desk: Desk) -> Scene:
    return Scene(replace(desk, calm=Calm(quiet={"x": NIGHT})), local(8, 23))


def minor(scene: Scene, **data: Any) -> str:
    said = {"components": {"wallet": "degraded_performance"}, **data}
    return declared(scene.desk, scene.now, **said).incident_id or ""


def test_at_night_a_channel_is_quiet_and_others_are_not(night: Scene) -> None:
    incident = minor(night)
    updated(night.desk, incident, night.now + MINUTE, status="identified")
    night.wait(9 * HOUR)
    assert [(push.at, push.status) for push in night.pushes if push.channel == "x"] == [
        (local(9, 7), "identified")
    ]
    assert len(night.said("log")) == 2
    assert [row.error for row in rows(night.desk)] == ["a later notice says the latest state", None]


def test_what_grows_at_night_goes_at_once(night: Scene) -> None:
    incident = minor(night)
    night.wait(HOUR)
    updated(night.desk, incident, night.now, impact="major")
    night.wait(HOUR)
    assert [push.at for push in night.pushes if push.channel == "x"] == [local(9, 0, 1)]


def test_what_gets_worse_at_night_goes_at_once_whatever_was_judged_before(night: Scene) -> None:
    incident = minor(night)
    updated(night.desk, incident, night.now + MINUTE, components=OPEN)
    night.wait(HOUR)
    resolved(night.desk, incident, night.now)
    night.wait(HOUR)
    assert [push.status for push in night.pushes if push.channel == "x"] == [
        "investigating",
        "resolved",
    ]


def test_planned_work_at_night_is_told_in_the_morning_as_it_stands_then(night: Scene) -> None:
    scheduled(night.desk, night.now)  # from midnight to two o'clock
    for _ in range(10):
        night.wait(HOUR)
        actions.catch_up(night.desk, night.now)
    assert [(push.at, push.status) for push in night.pushes if push.channel == "x"] == [
        (local(9, 7), "completed")
    ]


def test_window_and_night_come_one_after_the_other(desk: Desk) -> None:
    calm = Calm(window=WINDOW, quiet={"x": NIGHT})
    scene = Scene(replace(desk, calm=calm), local(8, 21, 50))
    incident = declared(
        scene.program, scene.now, components={"wallet": "degraded_performance"}
    ).incident_id
    scene.wait(MINUTE)
    resolved(scene.program, incident, scene.now)
    last = rows(desk)[-1]
    assert (last.waits_for, last.not_before) == ("quiet_hours", local(9, 7))
    assert rows(desk, "log")[-1].waits_for == "window"


# What is called off


def test_what_is_called_off_before_it_was_announced_is_told_to_nobody(desk: Desk) -> None:
    scene = Scene(desk)
    outcome = scheduled(desk, answers=[{"key": "debit-or-credit"}])
    actions.cancel(desk, "bea", NOON + SECOND, outcome.incident_id or "")
    scene.wait(24 * HOUR)
    assert scene.pushes == []
    assert {(str(row.state), row.error) for row in rows(desk)} == {
        ("superseded", "called off before it was sent")
    }


def test_who_was_told_of_it_is_told_that_it_is_off(desk: Desk) -> None:
    scene = Scene(desk)
    outcome = scheduled(desk)
    claimed = outbox.claim(desk.db, "x", "w", NOON + MINUTE, Certainty.BLIND)
    assert claimed is not None  # on its way: nobody knows yet that it will be there
    actions.cancel(desk, "bea", NOON + MINUTE, outcome.incident_id or "")
    sent = Sent("1", None)
    outbox.settle_sent(
        desk.db, claimed, NOON, sent, "t", standalone=False, fallback=False, verify=False
    )
    scene.wait(24 * HOUR)
    assert [(push.channel, push.status) for push in scene.pushes] == [("x", "completed")]


def test_drafts_of_what_would_have_come_next_go_with_it(desk: Desk) -> None:
    incident = scheduled(desk).incident_id or ""
    text = {"headline": "H", "short": "S", "body": "B"}
    begin = {"incident": incident, "status": "in_progress", "texts": {"it": text, "en": text}}
    actions.save_draft(desk, "bea", NOON, "post_update", begin)
    actions.cancel(desk, "bea", NOON + MINUTE, incident)
    with desk.db.read() as session:
        assert session.scalars(select(Draft)).all() == []


def test_what_may_be_out_is_not_withdrawn(desk: Desk) -> None:
    outcome = scheduled(desk)
    claimed = outbox.claim(desk.db, "x", "w", NOON + MINUTE, Certainty.KEYED)
    assert claimed is not None
    outbox.settle_unknown(desk.db, claimed, NOON + MINUTE, "no answer", Certainty.KEYED)
    actions.cancel(desk, "bea", NOON + MINUTE, outcome.incident_id or "")
    assert [row.state for row in rows(desk)] == [DeliveryState.PENDING, DeliveryState.PENDING]
    assert rows(desk, "log")[0].state is DeliveryState.SUPERSEDED
