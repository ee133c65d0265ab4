"""So many in any minute, of each; and no more memory than for so many askers."""

from __future__ import annotations

from statuspage.api._rate import PerMinute


class Passing:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_minute_moves_along() -> None:
    clock = Passing()
    limit = PerMinute(2, clock=clock)
    assert [limit.count("a").left for _ in range(2)] == [1, 0]
    clock.now += 30
    late = limit.count("a")
    assert (late.allowed, late.left, late.wait) == (False, 0, 30)
    assert limit.count("b").allowed
    clock.now += 29.5
    assert limit.count("a").wait == 1
    clock.now += 0.5
    again = limit.count("a")
    assert (again.allowed, again.left, again.wait) == (True, 1, 60)


def test_who_is_refused_waits_no_longer_for_having_asked() -> None:
    clock = Passing()
    limit = PerMinute(1, clock=clock)
    limit.count("a")
    for _ in range(5):
        clock.now += 11
        assert not limit.count("a").allowed
    clock.now += 5
    assert limit.count("a").allowed


def test_no_more_askers_are_remembered_than_there_is_room_for() -> None:
    limit = PerMinute(1, most=2, clock=Passing())
    for who in ("a", "b", "a", "c"):
        limit.count(who)
    assert not limit.count("a").allowed
    assert limit.count("b").allowed
