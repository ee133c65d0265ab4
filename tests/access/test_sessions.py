"""Sessions end when idle, when old, and when somebody says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from incidents import access
from incidents.access import Limits
from incidents.access._rows import (
    FailedSignIn,
    KeptForm,
    KnownDevice,
    SignInLink,
    SignInSession,
)
from incidents.actions import Desk
from incidents.errors import InvalidInput
from tests.access.conftest import ELSEWHERE, HOME, PASSWORD, enter, events, operator_id
from tests.conftest import NOON

HOUR = timedelta(hours=1)
LIMITS = Limits(idle=2 * HOUR, longest=5 * HOUR)


def is_open(desk: Desk, token: str, after: timedelta) -> bool:
    return access.person_of(desk.db, token, NOON + after, LIMITS) is not None


def test_a_session_that_is_used_goes_on(people: Desk) -> None:
    token = enter(people).token
    assert all(is_open(people, token, hours * HOUR) for hours in (1, 2, 3, 4))


def test_one_that_is_left_alone_ends(people: Desk) -> None:
    token = enter(people).token
    assert is_open(people, token, HOUR)
    assert not is_open(people, token, 3 * HOUR)


def test_every_session_ends(people: Desk) -> None:
    token = enter(people).token
    for hours in (1, 2, 3, 4):
        is_open(people, token, hours * HOUR)
    assert is_open(people, token, 5 * HOUR - timedelta(seconds=1))
    assert not is_open(people, token, 5 * HOUR)


@pytest.mark.parametrize("token", ["", "x", "\udcff", "' OR 1=1 --"])
def test_what_was_never_handed_out_opens_nothing(people: Desk, token: str) -> None:
    assert not is_open(people, token, HOUR)


def test_the_list_and_the_end_of_one(people: Desk) -> None:
    here, there = enter(people), enter(people, visitor=ELSEWHERE, now=NOON + HOUR)
    mine = operator_id(people)
    found = access.sessions_of(people.db, mine, NOON + HOUR, LIMITS)
    assert [(each.neighbourhood, each.browser) for each in found] == [
        ("198.51.100.0/24", "Chrome, Windows"),
        ("203.0.113.0/24", "Firefox, Linux"),
    ]
    assert access.end_session(people.db, mine, found[0].id, NOON + HOUR)
    assert not is_open(people, there.token, HOUR)
    assert is_open(people, here.token, HOUR)
    assert not access.end_session(people.db, mine, found[0].id, NOON + HOUR)


def test_nobody_ends_the_sessions_of_another(people: Desk) -> None:
    token = enter(people, login="bea").token
    (hers,) = access.sessions_of(people.db, operator_id(people, "bea"), NOON, LIMITS)
    assert not access.end_session(people.db, operator_id(people, "ada"), hers.id, NOON)
    assert is_open(people, token, HOUR)


def test_all_others_at_once(people: Desk) -> None:
    here, there, bea = enter(people), enter(people), enter(people, login="bea")
    person = access.person_of(people.db, here.token, NOON, LIMITS)
    assert person is not None
    access.end_other_sessions(people, "ada", NOON, person.session_id)
    assert [is_open(people, each.token, HOUR) for each in (here, there, bea)] == [
        True,
        False,
        True,
    ]


def test_another_password_ends_the_others(people: Desk) -> None:
    here, there = enter(people), enter(people)
    person = access.person_of(people.db, here.token, NOON, LIMITS)
    assert person is not None
    access.change_password(people, "ada", NOON, "un'altra frase lunga", person.session_id)
    assert is_open(people, here.token, HOUR)
    assert not is_open(people, there.token, HOUR)
    assert events(people)[-1] == "password_set"
    with pytest.raises(access.WrongSignIn):
        enter(people, PASSWORD)


def test_a_password_that_will_not_do_changes_nothing(people: Desk) -> None:
    there = enter(people)
    with pytest.raises(InvalidInput, match="too short"):
        access.change_password(people, "ada", NOON, "corta")
    assert is_open(people, there.token, HOUR)
    enter(people)


def test_the_clock_throws_the_old_away(people: Desk) -> None:
    token = enter(people).token
    with pytest.raises(access.WrongSignIn):
        enter(people, "not the password")
    access.make_link(people, "ada", NOON, "bea", access.Purpose.RESET)
    assert access.keep_form(people.db, token, "/console/x", [("a", "b")], NOON)
    access.tidy(people.db, NOON)
    assert left(people) == {
        SignInSession: 1,
        FailedSignIn: 2,
        KnownDevice: 1,
        KeptForm: 1,
        SignInLink: 1,
    }
    access.tidy(people.db, NOON + HOUR + timedelta(minutes=1))
    assert left(people)[FailedSignIn] == left(people)[KeptForm] == 0
    assert left(people)[SignInSession] == 1
    access.tidy(people.db, NOON + timedelta(days=200))
    assert set(left(people).values()) == {0}


def left(desk: Desk) -> dict[type, int]:
    tables = (SignInSession, FailedSignIn, KnownDevice, KeptForm, SignInLink)
    with desk.db.read() as session:
        return {
            table: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        }


# What was typed when a session ended


def test_what_was_typed_comes_back_to_the_same_person(people: Desk) -> None:
    old = enter(people).token
    typed = [("body", "Ci scusiamo."), ("body", "x")]
    assert access.keep_form(people.db, old, "/console/declare", typed, NOON)
    bea, ada = enter(people, login="bea").token, enter(people).token
    for token in (bea, ada):
        access.hand_over(people.db, old, token)
    assert kept(people, bea) is None
    assert kept(people, ada) == typed
    assert kept(people, ada, "/console/other") is None
    assert kept(people, ada, after=HOUR) is None


def kept(desk: Desk, token: str, path: str = "/console/declare", after: timedelta = timedelta(0)):  # type: ignore[no-untyped-def]
    person = access.person_of(desk.db, token, NOON, LIMITS)
    assert person is not None
    return access.kept_fields(desk.db, person.session_id, path, NOON + after)


def test_the_newest_is_kept_and_goes_when_it_is_sent(people: Desk) -> None:
    token = enter(people).token
    for text in ("one", "two"):
        access.keep_form(people.db, token, "/console/declare", [("body", text)], NOON)
    assert kept(people, token) == [("body", "two")]
    person = access.person_of(people.db, token, NOON, LIMITS)
    assert person is not None
    access.forget_form(people.db, person.session_id, "/console/declare")
    assert kept(people, token) is None


def test_nothing_is_kept_for_nobody(people: Desk) -> None:
    assert not access.keep_form(people.db, "no token", "/console/declare", [("a", "b")], NOON)


def test_what_no_database_takes_is_refused_in_words(people: Desk) -> None:
    token = enter(people).token
    assert not access.keep_form(people.db, token, "/console/\x00", [], NOON)
    assert access.keep_form(people.db, token, "/console/declare", [("a\x00", "b\x00")], NOON)
    assert kept(people, token, "/console/\x00") is None
    assert not access.end_session(people.db, operator_id(people), "\x00", NOON)


def test_nobody_fills_the_table(people: Desk) -> None:
    token = enter(people, visitor=HOME).token
    done = [access.keep_form(people.db, token, f"/console/{n}", [], NOON) for n in range(30)]
    assert done.count(True) == 20
