"""How evenly everyone is told, on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from incidents.db import Database
from incidents.models import Delivery
from incidents.status import DeliveryState
from statuspage.cli.stats import bars
from tests.statuspage.cli._avviso import Avviso


def settle(avviso: Avviso, *states: tuple[str, DeliveryState, float]) -> None:
    """Put the deliveries of the one publication to channels; seconds after they were due."""
    here = f"sqlite:///{avviso.folder / 'data' / 'avviso.db'}"
    database = Database(here if avviso.database_url == "sqlite" else avviso.database_url)
    with database.claim() as session:
        row = session.scalars(select(Delivery)).one()
        for channel, state, after in states:
            sent_at = row.due_at + timedelta(seconds=after)
            out = state is DeliveryState.SENT
            values = {"state": state, "sent_at": sent_at if out else None}
            if channel == row.channel:
                for name, value in values.items():
                    setattr(row, name, value)
                continue
            kept = ("publication_id", "thread", "seq", "created_at", "due_at", "not_before")
            same = {name: getattr(row, name) for name in kept}
            session.add(Delivery(**same, **values, channel=channel, remote_extra={}))
    database.close()


def second_channel(avviso: Avviso) -> None:
    path = avviso.folder / "avviso.toml"
    table = '\n[[channels]]\nname = "altro"\nkind = "log"\nlocale = "it"\n'
    path.write_text(path.read_text("utf-8") + table, "utf-8")


def test_nothing_was_published_yet(on_sqlite: Avviso) -> None:
    told = on_sqlite.json("stats")
    assert [each["number"] for each in told["channels"]] == [0]
    assert (told["skew"]["p50"], told["recent"], told["behind"]) == (None, [], [])
    assert (len(told["steps"]), told["step"]) == (30, "day")
    said = on_sqlite.done("stats")
    assert "Skew: nothing is out on two channels" in said
    assert "No channel is left behind" in said


def test_each_channel_and_the_skew(avviso: Avviso) -> None:
    avviso.declare()
    second_channel(avviso)
    settle(avviso, ("prova", DeliveryState.SENT, 2), ("altro", DeliveryState.SENT, 185))
    told = avviso.json("stats", "--days", "60")
    prova, altro = told["channels"]
    assert (prova["channel"], prova["p50"], prova["p95"]) == ("prova", 2.0, 2.0)
    assert (altro["slowest"], altro["failed"]) == (185.0, 0)
    assert (told["skew"]["p50"], told["step"], len(told["steps"])) == (183.0, "week", 9)
    assert told["steps"][-1]["channels"]["altro"]["p50"] == 185.0
    (recent,) = told["recent"]
    assert [(each["channel"], each["behind"]) for each in recent["channels"]] == [
        ("prova", None),
        ("altro", "late"),
    ]
    assert recent["page"] is not None
    assert told["page"]["number"] == 1
    said = avviso.done("stats")
    assert "p50 3 min 3 s, p95 3 min 3 s, at most 3 min 3 s" in said
    assert "│ the page" in said
    assert ": the page " in said
    assert ", prova 2.0 s, altro 3 min 5 s (left behind), skew 3 min 3 s" in said
    assert "···█" in said


def test_a_channel_left_behind_is_named(on_sqlite: Avviso) -> None:
    on_sqlite.declare()
    second_channel(on_sqlite)
    settle(on_sqlite, ("prova", DeliveryState.SENT, 1), ("altro", DeliveryState.FAILED, 0))
    (behind,) = on_sqlite.json("stats")["behind"]
    assert (behind["channel"], behind["why"], behind["number"]) == ("altro", "failed", 1)
    said = on_sqlite.done("stats")
    assert ", 1 from #1/1 on: it failed there" in said
    assert "No channel is left behind" not in said


@pytest.mark.parametrize("days", ["0", "401", "x"])
def test_a_period_that_is_none_is_refused(on_sqlite: Avviso, days: str) -> None:
    assert "--days" in on_sqlite.refused("stats", "--days", days, code=2)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([None, None], "··"),
        ([0.0, None, 0.0], "▁·▁"),
        ([1.0, 7.0, None, 3.5], "▂█·▅"),
        ([], ""),
    ],
)
def test_bars_are_as_high_as_their_values(values: list[float | None], drawn: str) -> None:
    assert bars(values) == drawn


def test_since_a_day_in_place_of_a_number_of_days(
    on_sqlite: Avviso, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In Rome it is the next day already.
    moment = datetime(2020, 12, 7, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("statuspage.cli.stats.RealClock.now", lambda _: moment)
    told = on_sqlite.json("stats", "--since", "2020-12-06")
    assert (len(told["steps"]), told["since"]) == (3, "2020-12-05T23:00:00+00:00")
    assert len(on_sqlite.json("stats", "--since", "2020-12-08")["steps"]) == 1


@pytest.mark.parametrize(
    ("since", "says"),
    [("yesterday", "should be a day like 2020-12-07"), ("2001-01-01", "within the last 400 days")],
)
def test_a_day_that_cannot_be(on_sqlite: Avviso, since: str, says: str) -> None:
    assert says in on_sqlite.refused("stats", "--since", since)
    assert "within the last" in on_sqlite.refused("stats", "--since", "2999-01-01")
