"""The second factor and its recovery codes; links that work once."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from incidents import access
from incidents.access import Entered, Limits, Purpose, TooManyTries, WrongSignIn
from incidents.access._rows import Credential, RecoveryCode, SignInLink
from incidents.access._throttle import PER_CODES, PER_LOGIN
from incidents.actions import Desk, disable_operator
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from tests.access.conftest import ELSEWHERE, HOME, KEY, PASSWORD, enter, events, operator_id
from tests.conftest import NOON

STEP = timedelta(seconds=30)
LIMITS = Limits()
OTHER = "un'altra frase lunga"


def set_up(desk: Desk) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Ada's device, and her recovery codes."""
    access.offer_second_factor(desk, "ada", NOON, KEY)
    secret = access.offered_secret(desk, operator_id(desk), KEY)
    assert secret is not None
    device = pyotp.TOTP(secret)
    return device, access.confirm_second_factor(desk, "ada", NOON, device.at(NOON), KEY)


def give(desk: Desk, half: str, code: str, now=NOON, visitor=HOME, key: str = KEY) -> Entered:  # type: ignore[no-untyped-def]
    return access.enter_by_code(desk, now, half, code, visitor, None, key)


def test_the_password_alone_opens_nothing(people: Desk) -> None:
    device, _ = set_up(people)
    entered = enter(people)
    assert entered.half
    person = access.person_of(people.db, entered.token, NOON, LIMITS)
    assert person is not None
    assert person.half
    later = NOON + STEP
    whole = give(people, entered.token, device.at(later), later)
    person = access.person_of(people.db, whole.token, later, LIMITS)
    assert person is not None
    assert not person.half
    assert access.person_of(people.db, entered.token, later, LIMITS) is None


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_a_little_wrong_and_a_code_works_once(people: Desk, steps: int) -> None:
    device, _ = set_up(people)
    later = NOON + 10 * STEP
    code = device.at(later + steps * STEP)
    give(people, enter(people).token, code, later)
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, code, later)


@pytest.mark.parametrize("steps", [-2, 2])
def test_but_not_more(people: Desk, steps: int) -> None:
    device, _ = set_up(people)
    later = NOON + 10 * STEP
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, device.at(later + steps * STEP), later)


@pytest.mark.parametrize(
    "code", ["", "0", "abcdef", "１２３４５６", "000000000000000", "-1", "\x00"]
)
def test_what_is_no_code(people: Desk, code: str) -> None:
    set_up(people)
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, code)


def test_the_code_that_turned_it_on_is_used(people: Desk) -> None:
    device, _ = set_up(people)
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, device.at(NOON))


def test_it_must_follow_the_password_within_ten_minutes(people: Desk) -> None:
    device, _ = set_up(people)
    half, later = enter(people).token, NOON + timedelta(minutes=10)
    with pytest.raises(WrongSignIn, match="took too long"):
        give(people, half, device.at(later), later)


def test_a_whole_session_is_no_half_one(people: Desk) -> None:
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, "123456")


def test_a_recovery_code_lets_in_once(people: Desk) -> None:
    _, codes = set_up(people)
    assert len(set(codes)) == 10
    give(people, enter(people).token, codes[3].upper().replace("-", " "))
    assert events(people)[-2:] == ["recovery_code_used", "signed_in"]
    assert access.own_of(people.db, operator_id(people)).recovery_codes == 9
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, codes[3])


def test_new_recovery_codes_void_the_old(people: Desk) -> None:
    _, old = set_up(people)
    new = access.renew_recovery_codes(people, "ada", NOON)
    with pytest.raises(WrongSignIn):
        give(people, enter(people).token, old[0])
    give(people, enter(people).token, new[0])


def test_codes_belong_to_one_person(people: Desk) -> None:
    _, codes = set_up(people)
    access.offer_second_factor(people, "bea", NOON, KEY)
    secret = access.offered_secret(people, operator_id(people, "bea"), KEY)
    assert secret is not None
    access.confirm_second_factor(people, "bea", NOON, pyotp.TOTP(secret).at(NOON), KEY)
    with pytest.raises(WrongSignIn):
        give(people, enter(people, login="bea").token, codes[0])


def test_codes_cannot_be_guessed(people: Desk) -> None:
    device, _ = set_up(people)
    half = enter(people).token
    for _ in range(PER_LOGIN):
        with pytest.raises(WrongSignIn):
            give(people, half, "000000")
    with pytest.raises(TooManyTries):
        give(people, half, device.at(NOON + STEP), NOON + STEP)


def test_nor_from_many_places(people: Desk) -> None:
    set_up(people)
    half = enter(people).token
    for number in range(PER_CODES):
        with pytest.raises(WrongSignIn):
            give(people, half, "000000", visitor=access.Visitor(f"203.0.{number}.0/24", ""))
    with pytest.raises(TooManyTries):
        give(people, half, "000000", visitor=ELSEWHERE)


def test_neither_secret_nor_codes_can_be_read_in_the_database(people: Desk) -> None:
    device, codes = set_up(people)
    with people.db.read() as session:
        kept = session.scalars(select(Credential.second_factor)).all()
        digests = session.scalars(select(RecoveryCode.digest)).all()
    assert [row for row in kept if row]
    assert not [row for row in kept if row and device.secret in row]
    assert not set(codes) & set(digests)


def test_another_key_cannot_read_it_and_a_recovery_code_still_helps(people: Desk) -> None:
    device, codes = set_up(people)
    later, other = NOON + STEP, "another key of the environment, long enough"
    with pytest.raises(NotPossible, match="another AVVISO_SECRET_KEY") as told:
        give(people, enter(people).token, device.at(later), later, key=other)
    assert other not in str(told.value)
    give(people, enter(people).token, codes[0], key=other)


NEW = "a new key of the environment and long enough"


def test_a_new_key_closes_and_the_old_one_opens_until_all_is_kept_anew(people: Desk) -> None:
    device, _ = set_up(people)
    later, both = NOON + STEP, f"{NEW},{KEY}"
    give(people, enter(people).token, device.at(later), later, key=both)
    done = access.re_encrypt(people, "ada", later, both)
    assert (done.anew, done.same, done.unreadable) == (1, 0, ())
    assert events(people)[-1] == "second_factors_re_encrypted"
    again = access.re_encrypt(people, "ada", later, both)
    assert (again.anew, again.same, again.unreadable) == (0, 1, ())
    last = later + STEP
    give(people, enter(people).token, device.at(last), last, key=NEW)
    assert access.re_encrypt(people, "ada", last, KEY).unreadable == ("ada",)
    last += STEP
    give(people, enter(people).token, device.at(last), last, key=NEW)


def test_only_an_administrator_keeps_them_anew(people: Desk) -> None:
    with pytest.raises(NotAllowed):
        access.re_encrypt(people, "bea", NOON, KEY)
    with pytest.raises(NotPossible, match="AVVISO_SECRET_KEY"):
        access.re_encrypt(people, "ada", NOON, " , ")


def test_without_a_key_there_is_none(people: Desk) -> None:
    with pytest.raises(NotPossible, match="AVVISO_SECRET_KEY"):
        access.offer_second_factor(people, "ada", NOON, "")
    assert not enter(people).half


def test_what_is_only_offered_asks_for_nothing(people: Desk) -> None:
    access.offer_second_factor(people, "ada", NOON, KEY)
    assert not enter(people).half
    with pytest.raises(InvalidInput, match=r"^code: "):
        access.confirm_second_factor(people, "ada", NOON, "000000", KEY)
    assert not enter(people).half


def test_it_is_not_replaced_by_whoever_sits_there(people: Desk) -> None:
    set_up(people)
    with pytest.raises(NotPossible):
        access.offer_second_factor(people, "ada", NOON, KEY)
    assert access.offered_secret(people, operator_id(people), KEY) is None


def test_removed_it_is_asked_for_no_more(people: Desk) -> None:
    set_up(people)
    access.remove_second_factor(people, "ada", NOON)
    assert not enter(people).half
    with pytest.raises(NotPossible):
        access.renew_recovery_codes(people, "ada", NOON)


# Links


@pytest.mark.parametrize("purpose", [Purpose.INVITATION, Purpose.RESET])
def test_a_link_to_choose_a_password_by(desk: Desk, purpose: Purpose) -> None:
    token = access.make_link(desk, "ada", NOON, "bea", purpose)
    link = access.look_at_link(desk, token, NOON)
    assert link is not None
    assert (link.login, link.purpose) == ("bea", purpose)
    assert access.use_link(desk, NOON, token, HOME, None, PASSWORD) is None
    enter(desk, login="bea")
    assert access.look_at_link(desk, token, NOON) is None
    with pytest.raises(NotFound, match="used already"):
        access.use_link(desk, NOON, token, HOME, None, OTHER)
    enter(desk, login="bea")


def test_a_reset_signs_out_and_asks_for_the_second_factor_still(people: Desk) -> None:
    set_up(people)
    token = enter(people, login="ada").token
    link = access.make_link(people, "ada", NOON, "ada", Purpose.RESET)
    access.use_link(people, NOON, link, HOME, None, OTHER)
    assert access.person_of(people.db, token, NOON, LIMITS) is None
    assert enter(people, OTHER).half


def test_a_reset_can_remove_a_lost_second_factor(people: Desk) -> None:
    set_up(people)
    access.make_link(people, "ada", NOON, "ada", Purpose.RESET, without_second_factor=True)
    assert not enter(people).half
    assert events(people)[-3:] == ["second_factor_removed", "reset_link_made", "signed_in"]


def test_a_bad_password_does_not_use_a_link_up(desk: Desk) -> None:
    token = access.make_link(desk, "ada", NOON, "bea", Purpose.INVITATION)
    for bad in (None, "", "corta"):
        with pytest.raises(InvalidInput):
            access.use_link(desk, NOON, token, HOME, None, bad)
    access.use_link(desk, NOON, token, HOME, None, PASSWORD)


def test_a_link_that_signs_in_needs_nothing_else(people: Desk) -> None:
    set_up(people)
    token = access.make_link(people, "avviso", NOON, "ada", Purpose.SIGN_IN)
    entered = access.use_link(people, NOON, token, HOME, None)
    assert entered is not None
    person = access.person_of(people.db, entered.token, NOON, LIMITS)
    assert person is not None
    assert (person.login, person.half) == ("ada", False)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_links_grow_old(desk: Desk, purpose: Purpose) -> None:
    token = access.make_link(desk, "avviso", NOON, "bea", purpose)
    late = NOON + access.GOOD_FOR[purpose]
    assert access.look_at_link(desk, token, late - timedelta(seconds=1)) is not None
    assert access.look_at_link(desk, token, late) is None
    with pytest.raises(NotFound):
        access.use_link(desk, late, token, HOME, None, PASSWORD)


def test_a_new_link_voids_the_old(desk: Desk) -> None:
    old = access.make_link(desk, "ada", NOON, "bea", Purpose.RESET)
    access.make_link(desk, "ada", NOON, "bea", Purpose.RESET)
    assert access.look_at_link(desk, old, NOON) is None


def test_who_is_disabled_has_no_link(desk: Desk) -> None:
    token = access.make_link(desk, "ada", NOON, "bea", Purpose.RESET)
    disable_operator(desk, "ada", NOON, "bea")
    assert access.look_at_link(desk, token, NOON) is None
    with pytest.raises(NotPossible):
        access.make_link(desk, "ada", NOON, "bea", Purpose.RESET)


@pytest.mark.parametrize("login", ["avviso", "nobody"])
def test_links_are_for_people(desk: Desk, login: str) -> None:
    with pytest.raises((NotPossible, NotFound)):
        access.make_link(desk, "ada", NOON, login, Purpose.RESET)


@pytest.mark.parametrize("actor", ["vera", "bea", "carlo"])
def test_only_administrators_make_links(desk: Desk, actor: str) -> None:
    with pytest.raises(NotAllowed):
        access.make_link(desk, actor, NOON, "ada", Purpose.RESET)


def test_no_administrator_signs_in_as_another(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="on the machine alone"):
        access.make_link(desk, "ada", NOON, "bea", Purpose.SIGN_IN)


def test_the_database_knows_no_link(desk: Desk) -> None:
    token = access.make_link(desk, "ada", NOON, "bea", Purpose.RESET)
    with desk.db.read() as session:
        assert token not in session.scalars(select(SignInLink.digest)).all()
