"""Operators are reminded at each step, by chat and mail, whatever else is broken: at least once,
and twice only where nobody knows."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from incidents import actions, outbox, prompts
from incidents.actions import Desk
from incidents.prompts import About, stage
from publishers.channels._base import TryLater
from publishers.channels.log import Channel as Log
from publishers.channels.slack import Channel as SlackRoom
from statuspage.prompting import MAIL, Mailer, Prompter
from tests.alarms._house import Standing
from tests.conftest import NOON
from tests.fakes._service import Cut
from tests.fakes.slack_webhook import FakeSlack, word
from tests.incidents.builders import HOUR, MINUTE, declared, resolved
from tests.statuspage.test_settings import SERVICE, load, problems

ROOM = '[[channels]]\nname = "team"\nkind = "log"\nlocale = "it"\naudience = "operators"\n'


class Room(Log):
    """A chat of the operators that may be away."""

    away = ""

    def publish(self, message: Any, post: Any) -> Any:
        if self.away:
            raise TryLater(self.away)
        return super().publish(message, post)


@dataclass
class Place:
    desk: Desk
    clock: Standing
    room: Room
    folder: Path

    def prompter(self, **more: Any) -> Prompter:
        return Prompter(self.desk, self.clock, {"team": self.room}, **more)

    def at(self, moment: datetime) -> list[str]:
        """What the room reads after a look at that moment."""
        self.clock.at = moment
        self.prompter().turn()
        return self.said()

    def said(self) -> list[str]:
        files = [path for path in self.folder.rglob("*") if path.is_file() and "team" in path.name]
        return [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def place(desk: Desk, tmp_path: Path) -> Place:
    options = Log.Options(name="team", kind="log", locale="it", audience="operators")
    return Place(desk, Standing(NOON), Room(options, {}, tmp_path / "room"), tmp_path / "room")


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-5, (About.NEAR, 0)),
        (0, (About.LATE, 1)),
        (14, (About.LATE, 1)),
        (15, (About.LATE, 2)),
        (59, (About.LATE, 2)),
        (60, (About.LATE, 3)),
        (60 * 30, (About.LATE, 5)),
    ],
)
def test_a_late_promise_is_spoken_of_at_longer_intervals(
    minutes: int, expected: tuple[About, int]
) -> None:
    assert stage(NOON, NOON + minutes * MINUTE) == expected


def test_a_promise_is_spoken_of_before_it_is_due_and_when_it_is_late(place: Place) -> None:
    declared(place.desk, next_update_by=NOON + HOUR)
    due = NOON + HOUR
    assert place.at(due - 6 * MINUTE) == []
    actions.take_duty(place.desk, "bea", NOON)
    (near,) = place.at(due - 5 * MINUTE)
    assert "#1 Portafoglio non disponibile: l’aggiornamento promesso va pubblicato entro" in near
    assert "Di turno: Bea." in near
    assert len(place.at(due - MINUTE)) == 1
    assert "in ritardo" in place.at(due)[1]
    assert len(place.at(due + 10 * MINUTE)) == 2
    # The worker was away: of the steps that were missed only the latest.
    assert len(place.at(due + 2 * HOUR)) == 3


def test_what_was_kept_is_not_spoken_of(place: Place) -> None:
    incident = declared(place.desk, next_update_by=NOON + HOUR).incident_id
    resolved(place.desk, incident, NOON + MINUTE)
    assert place.at(NOON + 2 * HOUR) == []


def test_two_nodes_and_a_restart_say_it_once(place: Place) -> None:
    declared(place.desk, next_update_by=NOON + HOUR)
    place.at(NOON + HOUR)
    assert not prompts.take(place.desk.db, _only(place).key, "team", NOON + HOUR)
    place.prompter().turn()
    assert len(place.said()) == 1


def _only(place: Place) -> prompts.Due:
    with place.desk.db.read() as session:
        (due,) = prompts.due_prompts(session, place.clock.at, timedelta(0))
    return due


def test_a_room_that_is_away_is_tried_again_and_seen_on_the_board(place: Place) -> None:
    declared(place.desk, next_update_by=NOON + HOUR)
    place.room.away = "the chat is down"
    assert place.at(NOON + HOUR) == []
    with place.desk.db.read() as session:
        (failed,) = prompts.failed_prompts(session, NOON + HOUR)
    assert (failed.place, failed.error) == ("team", "the chat is down")
    place.room.away = ""
    assert place.at(NOON + HOUR + MINUTE) == []
    assert len(place.at(NOON + HOUR + 2 * MINUTE)) == 1
    with place.desk.db.read() as session:
        assert prompts.failed_prompts(session, NOON + HOUR) == []


def test_a_broken_channel_is_spoken_of_once(place: Place) -> None:
    outbox.break_channel(place.desk.db, "x", NOON, "the key is refused")
    for minutes in (0, 1, 60):
        said = place.at(NOON + minutes * MINUTE)
    assert len(said) == 1
    assert "Il canale x non funziona: the key is refused Nessuno è di turno." in said[0]


@dataclass
class Slack:
    """A chat of the operators on Slack, with faults on demand."""

    desk: Desk
    fake: FakeSlack
    folder: Path

    def at(self, moment: datetime) -> int:
        """How often the chat read something, after a look at that moment."""
        options = SlackRoom.Options(name="team", kind="slack", locale="it", audience="operators")
        room = SlackRoom(options, self.fake.secrets, self.folder)
        Prompter(self.desk, Standing(moment), {"team": room}).turn()
        room.close()
        return len(self.fake.texts)


@pytest.fixture
def slack(desk: Desk, tmp_path: Path) -> Iterator[Slack]:
    with FakeSlack() as fake:
        yield Slack(desk, fake, tmp_path)


def test_a_chat_that_limits_us_is_asked_again_when_it_says(slack: Slack) -> None:
    declared(slack.desk, next_update_by=NOON + HOUR)
    slack.fake.faults.append(word(429, "rate_limited", {"Retry-After": "300"}))
    counts = [slack.at(NOON + HOUR + minutes * MINUTE) for minutes in (0, 4, 5, 6)]
    assert counts == [0, 0, 1, 1]
    assert len(slack.fake.requests) == 2


def test_a_chat_that_answers_with_a_fault_is_told_again(slack: Slack) -> None:
    declared(slack.desk, next_update_by=NOON + HOUR)
    slack.fake.faults.append(word(500, "rollup_error"))
    assert [slack.at(NOON + HOUR + minutes * MINUTE) for minutes in (0, 1, 2, 3)] == [0, 0, 1, 1]


def test_what_may_have_arrived_is_not_said_for_ever(slack: Slack) -> None:
    outbox.break_channel(slack.desk.db, "x", NOON, "the key is refused")
    slack.fake.faults.extend([Cut()] * 10)
    moments = (0, 1, 2, 7, 8, 31, 32, 60, 180, 600)
    counts = [slack.at(NOON + minutes * MINUTE) for minutes in moments]
    assert counts == [1, 1, 2, 2, 3, 3, 4, 4, 4, 4]


def test_what_was_settled_meanwhile_is_not_said_again(slack: Slack) -> None:
    incident = declared(slack.desk, next_update_by=NOON + HOUR).incident_id
    slack.fake.faults.append(word(500, "rollup_error"))
    slack.at(NOON + HOUR)
    resolved(slack.desk, incident, NOON + HOUR + MINUTE)
    assert slack.at(NOON + HOUR + 2 * MINUTE) == 0


def test_who_was_killed_before_it_was_sent_did_not_cost_the_prompt(place: Place) -> None:
    declared(place.desk, next_update_by=NOON + HOUR)
    place.clock.at = NOON + HOUR
    assert prompts.take(place.desk.db, _only(place).key, "team", NOON + HOUR)
    assert place.at(NOON + HOUR + MINUTE) == []
    assert len(place.at(NOON + HOUR + 2 * MINUTE)) == 1
    assert len(place.at(NOON + HOUR + 14 * MINUTE)) == 1


def test_a_place_that_is_away_is_asked_once_a_look(place: Place) -> None:
    for number in range(3):
        declared(place.desk, NOON + number * MINUTE, next_update_by=NOON + HOUR)
    place.room.away = "down"
    place.at(NOON + HOUR)
    with place.desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(prompts.Prompt)) == 1
    place.room.away = ""
    assert len(place.at(NOON + HOUR + 2 * MINUTE)) == 3


@dataclass
class Mailbox:
    """A relay that keeps what it gets."""

    letters: list[Envelope] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.faults:
            return self.faults.pop(0)
        self.letters.append(envelope)
        return "250 OK"


class _FreePort(Controller):
    """On whichever port was free: its own check asks for the one that it was told."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def relay() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = _FreePort(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield box, controller.port
    controller.stop()


def test_mail_says_the_same(place: Place, relay: tuple[Mailbox, int]) -> None:
    box, port = relay
    mailer = Mailer(
        lambda: smtplib.SMTP("127.0.0.1", port, timeout=10),
        "Stato <stato@example.org>",
        ["bea@example.org", "ada@example.org"],
    )
    declared(place.desk, next_update_by=NOON + HOUR)
    place.clock.at = NOON + HOUR
    place.room.away = "down"  # one place costs no other
    for _ in range(2):
        place.prompter(mailer=mailer).turn()
    (letter,) = box.letters
    assert letter.rcpt_tos == ["bea@example.org", "ada@example.org"]
    assert letter.mail_from == "stato@example.org"
    assert isinstance(letter.content, bytes)
    assert b"Auto-Submitted: auto-generated" in letter.content


def test_mail_that_the_relay_refuses_for_now_is_tried_again(
    place: Place, relay: tuple[Mailbox, int]
) -> None:
    box, port = relay
    box.faults.append("451 come back later")
    mailer = Mailer(
        lambda: smtplib.SMTP("127.0.0.1", port, timeout=10), "s@example.org", ["bea@example.org"]
    )
    outbox.break_channel(place.desk.db, "x", NOON, "the key is refused")
    for minutes, expected in ((0, 0), (1, 0), (2, 1), (4, 1)):
        place.clock.at = NOON + minutes * MINUTE
        place.prompter(mailer=mailer).turn()
        assert len(box.letters) == expected
    with place.desk.db.read() as session:
        assert prompts.failed_prompts(session, NOON) == []


def test_mail_that_cannot_leave_is_tried_again(place: Place) -> None:
    def nobody() -> smtplib.SMTP:
        raise TryLater("the relay cannot be reached")

    declared(place.desk, next_update_by=NOON + HOUR)
    place.clock.at = NOON + HOUR
    place.prompter(mailer=Mailer(nobody, "stato@example.org", ["bea@example.org"])).turn()
    with place.desk.db.read() as session:
        (failed,) = prompts.failed_prompts(session, NOON + HOUR)
    assert (failed.place, failed.again_at) == (MAIL, NOON + HOUR + 2 * MINUTE)


def test_a_room_of_operators_gets_no_publication(tmp_path: Path) -> None:
    settings = load(tmp_path, SERVICE + ROOM)
    assert settings.channels == ()
    assert [options.name for options in settings.rooms] == ["team"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROOM.replace('"log"', '"x"'), "channels[0].audience: x is public: reminders would be"),
        ('[reminders]\nmail = ["a@example.org"]', "reminders.mail: needs the relay of [email]"),
        ('[reminders]\npromise_before = "5"', "reminders.promise_before: '5' should be like"),
        ('[reminders]\nbefore_maintenance = ["40d"]', "reminders.before_maintenance: '40d' shou"),
    ],
)
def test_what_cannot_be_set(tmp_path: Path, text: str, expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems(tmp_path, SERVICE + text))
