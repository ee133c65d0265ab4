"""Tasks: what waits for a person, its text to copy, and what they say became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.db import Database
from incidents.models import Delivery
from incidents.status import DeliveryState
from statuspage.house import open_house
from statuspage.settings import load_settings
from tests.statuspage.cli._avviso import OWN_WORDS, REASON, Avviso

WHO = "Call centre, turno di sera, [interno 100]"
CHANNELS = f"""
[[channels]]
name = "centralino"
kind = "task"
locale = "it"
link = false
who = "{WHO}"
instructions = "Leggere a chi chiama."

[[channels]]
name = "banner"
kind = "task"
locale = "en"
who = "The app's team"
"""
HEADLINE = "Il Portafoglio [b]non[/b] va :warning:, dice @tutti"
BODY = "perché " * 60 + "\n\nCi scusiamo."
TEXT = HEADLINE.replace("@", "@\u200b") + "\n\n" + BODY.replace(" \n", "\n")
LATER = (
    "--headline",
    "it=Ora va",
    "--headline",
    "en=It works",
    "--body",
    "it=X.",
    "--body",
    "en=X.",
)
NOON = datetime(2020, 12, 8, 12, 0, tzinfo=UTC)


class Desk:
    """An installation with two channels that are a person's job, and an incident."""

    def __init__(self, avviso: Avviso) -> None:
        self.avviso = avviso
        self.settings = avviso.folder / "avviso.toml"
        self.settings.write_text(self.settings.read_text("utf-8") + CHANNELS, "utf-8")
        avviso.done(
            *(
                "declare",
                "--name",
                "it=Giù",
                "--name",
                "en=Down",
                "--component",
                "wallet=major_outage",
            ),
            *("--headline", f"it={HEADLINE}", "--headline", "en=The Wallet is down"),
            *("--body", f"it={BODY}", "--body", "en=We are sorry.", "--yes"),
        )

    def work(self) -> None:
        """Let the worker do all that it would do now."""
        environment = {"AVVISO_DATABASE_URL": self.avviso.database_url}
        house = open_house(load_settings(self.settings, environment))
        worker = house.worker()
        for name, publisher in worker.publishers.items():
            while worker.attend(name):
                pass
            publisher.close()
        house.close()

    def numbers(self, channel: str) -> list[str]:
        """The ids of a channel's deliveries, oldest first."""
        return [str(row["id"]) for row in self.avviso.json("deliveries", "--channel", channel)][
            ::-1
        ]

    def number(self, channel: str) -> str:
        """The id of the channel's only delivery."""
        (number,) = self.numbers(channel)
        return number

    def waiting(self) -> list[str]:
        """The channels of the tasks that wait."""
        return [task["channel"] for task in self.avviso.json("tasks")]

    def state(self, number: str) -> tuple[str, str | None, str | None]:
        row = next(row for row in self.avviso.json("deliveries") if str(row["id"]) == number)
        return row["state"], row["url"], row["error"]

    def set(self, number: str, **columns: Any) -> None:
        """Put a delivery into a state that takes a fault, or time, to come about."""
        here = f"sqlite:///{self.avviso.folder / 'data' / 'avviso.db'}"
        database = Database(
            here if self.avviso.database_url == "sqlite" else self.avviso.database_url
        )
        with database.write() as session:
            row = session.get_one(Delivery, int(number))
            for name, value in columns.items():
                setattr(row, name, value)
        database.close()


@pytest.fixture
def desk(avviso: Avviso) -> Desk:
    return Desk(avviso)


@pytest.fixture
def quick(on_sqlite: Avviso) -> Desk:
    """Where the database does not matter."""
    return Desk(on_sqlite)


def test_what_was_not_handed_over_is_no_task_yet(desk: Desk) -> None:
    assert desk.avviso.done("tasks") == "Tasks: none\n"
    assert desk.avviso.json("tasks") == []
    number = desk.number("banner")
    for command in ("show", "done", "skip"):
        said = desk.avviso.refused("tasks", command, number)
        assert "not handed over yet; the worker does that" in said


def test_lists_what_waits_with_all_that_is_needed_to_do_it(desk: Desk) -> None:
    desk.work()
    desk.set(desk.number("centralino"), settled_at=NOON)
    task, banner = desk.avviso.json("tasks")
    (delivery,) = desk.avviso.json("deliveries", "--channel", "centralino")
    assert task == {
        "id": delivery["id"],
        "publication": delivery["publication"],
        "reference": "1/1",
        "kind": "update",
        "incident": delivery["incident"],
        "channel": "centralino",
        "who": WHO,
        "instructions": "Leggere a chi chiama.",
        "text": TEXT,
        "since": "2020-12-08T12:00:00+00:00",
    }
    assert banner["text"].startswith("The Wallet is down\n\nWe are sorry.\nhttps://stato.")


def test_shows_it_so_that_it_can_be_copied(quick: Desk) -> None:
    quick.work()
    number = quick.number("centralino")
    quick.set(number, settled_at=NOON)
    said = quick.avviso.done("tasks", "show", number)
    assert f"\n{TEXT}\n" in said
    framed = " ".join(said.replace(TEXT, "").replace("│", " ").split())
    assert f"{number} · centralino · #1/1 update" in framed
    assert f"Ask {WHO} What to do Leggere a chi chiama. Since 2020-12-08 13:00" in framed
    assert f"When done avviso tasks done {number}" in framed
    assert said in quick.avviso.done("tasks")


def test_the_text_alone_can_be_piped_on(quick: Desk) -> None:
    quick.work()
    assert quick.avviso.done("tasks", "show", quick.number("centralino"), "--plain") == TEXT


def test_lists_the_oldest_first_over_all_channels(quick: Desk) -> None:
    quick.work()
    quick.set(quick.number("centralino"), seq=99)
    assert quick.waiting() == ["banner", "centralino"]
    said = quick.avviso.done("tasks")
    assert 0 < said.index("The Wallet is down") < said.index(TEXT)


def test_nothing_is_asked_for_where_nothing_is_told(quick: Desk) -> None:
    quick.work()
    said = quick.avviso.done("tasks", "show", quick.number("banner"))
    assert "The app's team" in said
    assert "What to do" not in said


def test_an_unconfirmed_post_of_a_network_is_no_task(quick: Desk) -> None:
    number = quick.number("prova")
    quick.set(number, state=DeliveryState.UNCONFIRMED, settled_at=NOON)
    assert quick.avviso.json("tasks") == []
    why = f"{number} is a delivery to prova, no task; see 'avviso deliveries'"
    for command in ("show", "done", "skip"):
        assert why in quick.avviso.refused("tasks", command, number)


def test_a_task_is_done(desk: Desk) -> None:
    desk.work()
    number = desk.number("centralino")
    assert "✓ Noted as done" in desk.avviso.done("tasks", "done", number)
    assert desk.state(number) == ("sent", None, None)
    assert desk.waiting() == ["banner"]


def test_where_readers_see_it_stands_on_the_page(quick: Desk) -> None:
    quick.work()
    number, address = quick.number("centralino"), "https://social.example.it/1"
    quick.avviso.done("tasks", "done", number, "--url", address)
    assert quick.state(number) == ("sent", address, None)
    (incident,) = quick.avviso.json("incidents")
    assert address in quick.avviso.document(f"incidents/{incident['id']}/index.html")


def test_an_address_has_to_be_one(quick: Desk) -> None:
    quick.work()
    number = quick.number("centralino")
    said = quick.avviso.refused("tasks", "done", number, "--url", "social.example.it/1")
    assert "url: has to begin with https://" in said
    assert quick.state(number)[0] == "unconfirmed"


def test_a_task_is_not_done_twice(quick: Desk) -> None:
    quick.work()
    number = quick.number("centralino")
    quick.avviso.done("tasks", "done", number)
    quick.set(number, sent_at=NOON)
    for command in ("done", "skip"):
        said = quick.avviso.refused("tasks", command, number)
        assert f"task {number} does not wait for a person: done already, 2020-12-08 13:00" in said
    assert "done already, 2020-12-08 13:00" in quick.avviso.done("tasks", "show", number)


def test_a_task_will_not_be_done(desk: Desk) -> None:
    desk.work()
    number = desk.number("centralino")
    assert desk.avviso.done("tasks", "skip", number) == "Noted: it will not be done\n"
    assert desk.state(number) == ("superseded", None, "skipped by Ada")
    assert desk.waiting() == ["banner"]
    said = desk.avviso.refused("tasks", "done", number)
    assert "nobody needs to do it any more: skipped by Ada" in said


def test_a_later_update_takes_the_place_of_what_nobody_did(desk: Desk) -> None:
    desk.work()
    desk.avviso.done("tasks", "done", desk.number("banner"))
    desk.avviso.done("update", "1", "--status", "identified", *LATER, "--yes")
    desk.work()
    assert [task["reference"] for task in desk.avviso.json("tasks")] == ["1/2", "1/2"]
    first, last = desk.numbers("centralino")
    assert desk.avviso.done("tasks", "show", last, "--plain") == "Ora va\n\nX."
    assert "nobody needs to do it any more" in desk.avviso.refused("tasks", "done", first)
    assert desk.state(desk.numbers("banner")[0])[0] == "sent"


def test_a_correction_is_a_task_that_says_so(quick: Desk) -> None:
    quick.work()
    quick.avviso.done("correct", "1", "1", *REASON, *LATER, "--yes")
    quick.work()
    first, last = quick.numbers("centralino")
    assert quick.state(first)[0] == "superseded"
    assert quick.avviso.done("tasks", "show", last, "--plain").startswith("Correzione: ")


def test_a_text_that_does_not_fit_waits_for_nobody(quick: Desk) -> None:
    narrow = quick.settings.read_text("utf-8").replace("link = false", "link = false\nlimit = 2")
    quick.settings.write_text(narrow, "utf-8")
    quick.work()
    assert quick.waiting() == ["banner"]
    said = quick.avviso.refused("tasks", "done", quick.number("centralino"))
    assert "failed: the text has 18 characters, the place takes 2" in said


@pytest.mark.parametrize("command", ["show", "done", "skip"])
def test_a_task_that_there_is_not_is_named(quick: Desk, command: str) -> None:
    said = quick.avviso.refused("tasks", command, "777")
    assert "there is no task 777; 'avviso tasks' lists them" in said


def test_somebody_who_may_not_decide_is_refused(quick: Desk) -> None:
    quick.work()
    quick.avviso.done("operator", "add", "eva", "--role", "viewer")
    for command in ("done", "skip"):
        quick.avviso.refused("tasks", command, quick.number("banner"), "--as", "eva")
    assert quick.waiting() == ["centralino", "banner"]


def test_what_is_said_before_publishing_names_who_is_asked(quick: Desk) -> None:
    said = quick.avviso.done("update", "1", "--status", "identified", *OWN_WORDS, "--yes")
    assert "A person is asked to do this: The app's team" in said
    assert "Leggere a chi chiama." in said
