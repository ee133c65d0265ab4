"""The limits of an instance: learned, kept, and used by the next post."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from publishers.channels._base import TryLater
from publishers.channels._mastodon_limits import KnownLimits, Limits, limits_in
from tests.fakes._service import Answer, Cut, Fault
from tests.fakes.mastodon_api import FakeMastodon
from tests.publishers.channels._mastodon import channel, known, publish
from tests.publishers.channels.drivers._base import message

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = "https://social.example.it"


@pytest.fixture
def mastodon() -> Iterator[FakeMastodon]:
    with FakeMastodon() as fake:
        yield fake


def statuses(**fields: Any) -> dict[str, Any]:
    return {"configuration": {"statuses": fields}}


@pytest.mark.parametrize(
    ("instance", "limits"),
    [
        (statuses(max_characters=5000, characters_reserved_per_url=30), Limits(5000, 30)),
        (statuses(max_characters=5000), Limits(5000, 23)),
        (statuses(max_characters=5000, characters_reserved_per_url="30"), Limits(5000, 23)),
        (statuses(max_characters="5000"), None),
        (statuses(max_characters=True), None),
        (statuses(max_characters=0), None),
        (statuses(max_characters=-500), None),
        (statuses(characters_reserved_per_url=30), None),
        ({"configuration": {"statuses": []}}, None),
        ({"configuration": None}, None),
        ({}, None),
    ],
)
def test_limits_in_what_an_instance_says(instance: dict[str, Any], limits: Limits | None) -> None:
    assert limits_in(instance) == limits


def test_what_was_written_is_read_and_is_fresh_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "limits" / "a.json"
    KnownLimits(path, HERE).write(Limits(5000, 30), NOW)
    again = KnownLimits(path, HERE)
    assert again.read() == Limits(5000, 30)
    assert again.are_fresh(NOW)
    assert again.are_fresh(NOW + timedelta(hours=23))
    assert not again.are_fresh(NOW + timedelta(hours=24))
    assert not again.are_fresh(NOW - timedelta(seconds=1))
    assert [file.name for file in path.parent.iterdir()] == ["a.json"]


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "limits" / "a.json"
    path.mkdir(parents=True)
    with pytest.raises(OSError, match=r"a\.json"):
        KnownLimits(path, HERE).write(Limits(), NOW)
    assert [file.name for file in path.parent.iterdir()] == ["a.json"]


def test_another_instances_limits_are_no_use(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    KnownLimits(path, HERE).write(Limits(5000, 30), NOW)
    other = KnownLimits(path, "https://altrove.example.it")
    assert other.read() == Limits(500, 23)
    assert not other.are_fresh(NOW)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"instance": "',
        json.dumps({"instance": HERE, "read_at": NOW.isoformat()}),
        json.dumps({"instance": HERE, **statuses(max_characters=9)})[:-3],
    ],
)
def test_a_file_that_makes_no_sense_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, "utf-8")
    assert KnownLimits(path, HERE).read() == Limits()
    assert not KnownLimits(path, HERE).are_fresh(NOW)


@pytest.mark.parametrize("read_at", [None, "soon", "2026-11-22T09:00:00"])
def test_limits_of_an_unknown_day_hold_until_they_are_read_anew(
    tmp_path: Path, read_at: str | None
) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps({"instance": HERE, "read_at": read_at, **statuses(max_characters=9)})
    )
    assert KnownLimits(path, HERE).read() == Limits(9, 23)
    assert not KnownLimits(path, HERE).are_fresh(NOW)


def test_before_its_first_post_it_learns_the_limits(mastodon: FakeMastodon, tmp_path: Path) -> None:
    mastodon.max_characters, mastodon.per_link = 5000, 30
    made = channel(mastodon, tmp_path, learned=False)
    assert made.compose(message()).limit == 500
    made.publish(message(), made.compose(message()))
    assert [request.path for request in mastodon.requests] == [
        "/api/v2/instance",
        "/api/v1/statuses",
    ]
    assert made.compose(message()).limit == 5000
    assert known(mastodon, tmp_path).read() == Limits(5000, 30)
    made.publish(message(), made.compose(message()))
    assert len(mastodon.requests) == 3


def test_old_limits_are_learned_anew(mastodon: FakeMastodon, tmp_path: Path) -> None:
    made = channel(mastodon, tmp_path)
    known(mastodon, tmp_path).write(Limits(400, 23), datetime.now(UTC) - timedelta(days=2))
    post = made.compose(message())
    assert post.limit == 400
    made.publish(message(), post)
    assert known(mastodon, tmp_path).read() == Limits()


@pytest.mark.parametrize(("versions", "characters"), [(("v2",), 999), (("v1",), 999), ((), 500)])
def test_learns_from_whichever_version_there_is(
    mastodon: FakeMastodon, tmp_path: Path, versions: tuple[str, ...], characters: int
) -> None:
    mastodon.max_characters, mastodon.versions = 999, versions
    publish(mastodon, tmp_path, learned=False)
    asked = len(mastodon.requests)
    made = channel(mastodon, tmp_path, learned=False)
    assert made.compose(message()).limit == characters
    publish(mastodon, tmp_path, learned=False)
    assert len(mastodon.requests) == asked + 1


def test_a_newer_version_without_limits_leaves_it_to_the_older(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.max_characters = 999
    mastodon.faults.append(Answer(200, {"domain": "social.example.it"}))
    publish(mastodon, tmp_path, learned=False)
    assert known(mastodon, tmp_path).read() == Limits(999, 23)


@pytest.mark.parametrize(
    "fault", [Answer(500), Answer(401), Answer(429), Answer(200, b"<html>"), Cut()]
)
def test_a_failure_to_learn_stops_no_post(
    mastodon: FakeMastodon, tmp_path: Path, fault: Fault
) -> None:
    mastodon.faults.append(fault)
    assert publish(mastodon, tmp_path, learned=False).remote_id
    assert len(mastodon.requests) == 2


def test_a_disk_that_cannot_be_written_stops_no_post(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    (tmp_path / "limits").write_text("a file where the folder should be", "utf-8")
    made = channel(mastodon, tmp_path, learned=False)
    assert made.publish(message(), made.compose(message())).remote_id
    with pytest.raises(TryLater, match="limits cannot be kept"):
        made.check()


def test_what_no_longer_fits_is_composed_again(mastodon: FakeMastodon, tmp_path: Path) -> None:
    long = message(short="x" * 400)
    mastodon.max_characters = 300
    made = channel(mastodon, tmp_path, learned=False)
    post = made.compose(long)
    with pytest.raises(TryLater, match="limits changed"):
        made.publish(long, post)
    assert mastodon.texts == []
    again = made.compose(long)
    assert (again.fallback, again.limit) == (True, 300)
    made.publish(long, again)
    assert mastodon.texts == [again.text]


def test_links_that_count_more_than_before_are_noticed(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.per_link = 400
    made = channel(mastodon, tmp_path, learned=False)
    sent = message(short="x" * 101)
    with pytest.raises(TryLater, match="limits changed"):
        made.publish(sent, made.compose(sent))


def test_check_learns_each_time(mastodon: FakeMastodon, tmp_path: Path) -> None:
    made = channel(mastodon, tmp_path)
    mastodon.max_characters = 1000
    made.check()
    assert made.compose(message()).limit == 1000


def test_the_file_is_the_channels_own(mastodon: FakeMastodon, tmp_path: Path) -> None:
    channel(mastodon, tmp_path, learned=False, name="città/2").check()
    assert [file.name for file in (tmp_path / "limits").iterdir()] == ["citt%C3%A0%2F2.json"]
