"""Signing in by password: who gets in, who is told what, and whom nobody can lock out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from incidents import access, actions
from incidents.access import Limits, TooManyTries, WrongSignIn, _entering
from incidents.access._passwords import is_password
from incidents.access._rows import Credential, FailedSignIn, KnownDevice, SignInSession
from incidents.access._throttle import PER_DEVICE, PER_LOGIN, PER_NEIGHBOURHOOD, WINDOW
from incidents.actions import Desk
from incidents.errors import NotAllowed, NotFound
from incidents.status import Role
from tests.access.conftest import ELSEWHERE, HOME, PASSWORD, enter, events, operator_id
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)
LIMITS = Limits()


def fail(desk: Desk, times: int, **how) -> None:  # type: ignore[no-untyped-def]
    for _ in range(times):
        with pytest.raises(WrongSignIn):
            enter(desk, "not the password", **how)


def test_the_right_password_lets_in(people: Desk) -> None:
    entered = enter(people)
    person = access.person_of(people.db, entered.token, NOON, LIMITS)
    assert person is not None
    assert (person.login, person.role, person.half) == ("ada", Role.ADMIN, False)
    assert not entered.half
    assert events(people)[-1] == "signed_in"


def test_the_database_knows_no_token_and_no_password(people: Desk) -> None:
    entered = enter(people)
    with people.db.read() as session:
        kept = [
            str(value)
            for table in (SignInSession, KnownDevice, Credential)
            for row in session.execute(select(*table.__table__.columns)).all()
            for value in row
        ]
    assert kept
    for secret in (entered.token, entered.device, PASSWORD):
        assert not [value for value in kept if str(secret) in value]


@pytest.mark.parametrize(
    "login", ["ada", "nobody", "avviso", "carlo", "", "' OR 1=1 --", "x" * 5000, "ada\x00"]
)
def test_everybody_else_hears_the_same(people: Desk, login: str) -> None:
    with pytest.raises(WrongSignIn, match=r"^login or password is not right$"):
        enter(people, "not the password", login=login)


def test_whoever_is_unknown_waits_as_long(people: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash is compared for every attempt: the time tells nothing."""
    compared = []

    def counted(password: str, kept: str | None) -> bool:
        compared.append(kept)
        return is_password(password, kept)

    monkeypatch.setattr(_entering, "is_password", counted)
    for login in ("ada", "nobody", "carlo"):
        fail(people, 1, login=login)
    assert len(compared) == 3


def test_the_clocks_own_login_has_no_door(people: Desk) -> None:
    with people.db.write() as session:
        someones = session.scalars(select(Credential.password)).first()
        session.add(
            Credential(
                operator_id=operator_id(people, "avviso"), password=someones, second_factor_step=0
            )
        )
    with pytest.raises(WrongSignIn):
        enter(people, login="avviso")
    with pytest.raises(NotAllowed):
        access.enter(people, NOON, "avviso", HOME, "oidc", None)


def test_who_is_disabled_hears_the_same_and_is_out_at_once(people: Desk) -> None:
    entered = enter(people, login="bea")
    actions.disable_operator(people, "ada", NOON, "bea")
    assert access.person_of(people.db, entered.token, NOON, LIMITS) is None
    with pytest.raises(WrongSignIn):
        enter(people, login="bea")
    with pytest.raises(NotAllowed):
        access.enter(people, NOON, "bea", HOME, "oidc", None)


def test_another_role_ends_the_sessions(people: Desk) -> None:
    entered = enter(people, login="bea")
    actions.set_role(people, "ada", NOON, "bea", Role.VIEWER)
    assert access.person_of(people.db, entered.token, NOON, LIMITS) is None


def test_nobody_comes_in_who_is_not_there(people: Desk) -> None:
    with pytest.raises(NotFound):
        access.enter(people, NOON, "nobody", HOME, "oidc", None)


def test_an_old_hash_is_made_anew(people: Desk) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    mine = Credential.operator_id == operator_id(people)
    with people.db.write() as session:
        session.execute(update(Credential).where(mine).values(password=old))
    enter(people)
    with people.db.read() as session:
        kept = session.scalars(select(Credential.password).where(mine)).one()
    assert kept is not None
    assert kept != old
    enter(people)


# Throttling


def test_guessing_is_stopped_even_before_the_right_one(people: Desk) -> None:
    fail(people, PER_LOGIN)
    with pytest.raises(TooManyTries) as told:
        enter(people)
    assert told.value.minutes == 15
    with pytest.raises(TooManyTries) as told:
        enter(people, now=NOON + 13 * MINUTE)
    assert told.value.minutes == 2
    enter(people, now=NOON + WINDOW)


def test_a_login_that_nobody_has_is_stopped_alike(people: Desk) -> None:
    fail(people, PER_LOGIN, login="nobody")
    with pytest.raises(TooManyTries):
        enter(people, login="nobody")


def test_a_stranger_locks_nobody_out_elsewhere(people: Desk) -> None:
    fail(people, PER_LOGIN, visitor=ELSEWHERE)
    with pytest.raises(TooManyTries):
        enter(people, visitor=ELSEWHERE)
    enter(people, visitor=HOME)


def test_nor_a_neighbour_in_a_browser_that_is_known(people: Desk) -> None:
    device = enter(people).device
    fail(people, PER_LOGIN)
    with pytest.raises(TooManyTries):
        enter(people)
    enter(people, device=device)


def test_a_known_browser_may_not_guess_for_ever_either(people: Desk) -> None:
    device = enter(people).device
    fail(people, PER_DEVICE, device=device)
    with pytest.raises(TooManyTries):
        enter(people, device=device)
    enter(people)  # the others are not touched by it


def test_a_browser_is_known_for_its_own_operator_alone(people: Desk) -> None:
    device = enter(people, login="bea").device
    fail(people, PER_LOGIN, login="ada", device=device)
    with pytest.raises(TooManyTries):
        enter(people, login="ada", device=device)


def test_one_password_tried_at_many_logins(people: Desk) -> None:
    for number in range(PER_NEIGHBOURHOOD):
        fail(people, 1, login=f"somebody{number}")
    with pytest.raises(TooManyTries):
        enter(people)
    enter(people, visitor=ELSEWHERE)


def test_a_right_password_pays_for_no_guesses_at_others(people: Desk) -> None:
    for number in range(PER_NEIGHBOURHOOD - 1):
        fail(people, 1, login=f"somebody{number}", now=NOON - MINUTE)
    enter(people, login="bea")
    fail(people, 1, login="one more")
    with pytest.raises(TooManyTries):
        enter(people, login="bea")


def test_a_right_password_forgives_that_login(people: Desk) -> None:
    for _ in range(3):
        fail(people, PER_LOGIN - 1)
        enter(people)


def test_capitals_are_no_way_around(people: Desk) -> None:
    fail(people, 3, login="ada")
    fail(people, 2, login="ADA")
    with pytest.raises(TooManyTries):
        enter(people)


def test_a_stopped_attacker_fills_no_table(people: Desk) -> None:
    fail(people, PER_LOGIN)
    for _ in range(20):
        with pytest.raises(TooManyTries):
            enter(people, "not the password")
    with people.db.read() as session:
        assert len(session.scalars(select(FailedSignIn.id)).all()) == 2 * PER_LOGIN
