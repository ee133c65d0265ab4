"""What two requests do at once, or one after the other when it is too late."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from incidents import access, actions
from incidents.access import (
    Entered,
    Limits,
    Purpose,
    SignedInLongAgo,
    TooManyTries,
    WrongSignIn,
    _entering,
    _passwords,
)
from incidents.access._rows import Credential, SignInSession
from incidents.access._throttle import PER_LOGIN
from incidents.actions import AVVISO, Desk
from incidents.errors import ActionError, NotFound
from incidents.models import Event
from tests.access.conftest import HOME, KEY, PASSWORD, enter, events, operator_id
from tests.access.test_second_factor import STEP, set_up
from tests.conftest import NOON

NEW = "un'altra frase lunga"
AT_ONCE = 4


def at_once(work: Callable[[], object]) -> list[object]:
    """What several threads are answered that begin together; what they raise is answered too."""
    together = Barrier(AT_ONCE)

    def one() -> object:
        together.wait()
        try:
            return work()
        except ActionError as problem:
            return problem

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [each.result() for each in [threads.submit(one) for _ in range(AT_ONCE)]]


def test_a_recovery_code_at_once_lets_one_in(people: Desk) -> None:
    _, (code, *_) = set_up(people)
    halves = iter([enter(people).token for _ in range(AT_ONCE)])
    found = at_once(lambda: access.enter_by_code(people, NOON, next(halves), code, HOME, None, KEY))
    assert sum(isinstance(each, Entered) for each in found) == 1, found


def test_one_password_lets_one_browser_finish(people: Desk) -> None:
    """Several right recovery codes, one sign-in: what was begun once is finished once."""
    _, codes = set_up(people)
    half, left = enter(people).token, iter(codes)
    found = at_once(lambda: access.enter_by_code(people, NOON, half, next(left), HOME, None, KEY))
    assert sum(isinstance(each, Entered) for each in found) == 1, found
    with people.db.read() as session:
        used = session.scalars(select(Event).where(Event.kind == "recovery_code_used")).all()
    assert len(used) == 1, "a code that let nobody in is not used up"


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_link_at_once_works_once(people: Desk, purpose: Purpose) -> None:
    token = access.make_link(people, AVVISO, NOON, "ada", purpose)
    found = at_once(lambda: access.use_link(people, NOON, token, HOME, None, NEW))
    assert sum(isinstance(each, NotFound) for each in found) == AT_ONCE - 1, found


def test_who_is_disabled_between_password_and_code(people: Desk) -> None:
    device, _ = set_up(people)
    half = enter(people).token
    actions.disable_operator(people, AVVISO, NOON, "ada")
    later = NOON + STEP
    with pytest.raises(WrongSignIn):
        access.enter_by_code(people, later, half, device.at(later), HOME, None, KEY)


def test_a_password_that_was_changed_while_the_old_one_was_compared(
    people: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = _passwords.is_password

    def slowly(password: str, kept: str | None) -> bool:
        found = compared(password, kept)
        access.change_password(people, "ada", NOON + STEP, NEW)
        return found

    monkeypatch.setattr(_entering, "is_password", slowly)
    with pytest.raises(WrongSignIn):
        enter(people)
    with people.db.read() as session:
        assert session.scalars(select(SignInSession)).all() == []
    assert "signed_in" not in events(people)


def test_a_hash_that_is_made_anew_twice_at_once_lets_both_in(people: Desk) -> None:
    """It is the same password, whatever it was hashed with."""
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with people.db.claim() as session:
        session.get_one(Credential, operator_id(people)).password = weak
    assert all(isinstance(each, Entered) for each in at_once(lambda: enter(people)))


@pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.RESET])
def test_a_new_password_voids_every_link_that_is_left(people: Desk, purpose: Purpose) -> None:
    left = access.make_link(people, AVVISO, NOON, "ada", purpose)
    reset = access.make_link(people, AVVISO, NOON, "ada", Purpose.SIGN_IN)
    others = access.make_link(people, AVVISO, NOON, "bea", purpose)
    access.change_password(people, "ada", NOON, NEW)
    assert access.look_at_link(people, left, NOON) is None
    assert access.look_at_link(people, reset, NOON) is None
    assert access.look_at_link(people, others, NOON) is not None


# Who sits there?


def prove(desk: Desk, token: str, password: str, now: datetime = NOON) -> None:
    person = access.person_of(desk.db, token, now, Limits())
    assert person is not None
    access.prove_oneself(desk.db, person.operator_id, person.session_id, password, now)


def test_whoever_finds_a_session_cannot_guess_its_password(people: Desk) -> None:
    found, own = enter(people).token, enter(people).token
    for _ in range(PER_LOGIN):
        with pytest.raises(WrongSignIn):
            prove(people, found, "a guess")
    with pytest.raises(TooManyTries):
        prove(people, found, PASSWORD)
    prove(people, own, PASSWORD)
    prove(people, enter(people).token, PASSWORD)
    prove(people, found, PASSWORD, NOON + timedelta(minutes=16))


def test_a_slip_is_forgiven_by_the_right_one(people: Desk) -> None:
    token = enter(people).token
    for _ in range(2):
        for _ in range(PER_LOGIN - 1):
            with pytest.raises(WrongSignIn):
                prove(people, token, "a slip")
        prove(people, token, PASSWORD)


def test_without_a_password_a_sign_in_of_a_moment_ago_proves_it(desk: Desk) -> None:
    token = access.enter(desk, NOON, "ada", HOME, "oidc", None).token
    prove(desk, token, "", NOON + timedelta(minutes=9))
    with pytest.raises(SignedInLongAgo):
        prove(desk, token, "", NOON + timedelta(minutes=10))
