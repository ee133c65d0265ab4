"""Steps 5 to 7. Killed while a post goes out: before, during and after the request."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from tests.fakes._service import Kill
from tests.kill._channels import Account, Meanwhile
from tests.kill._nursery import Process
from tests.kill._place import Place
from tests.kill._traps import WritersLock, locked, not_accepting
from tests.kill.conftest import Kills

TURNS = 3


def in_turn(place: Place, accounts: Sequence[Account]) -> Sequence[Account]:
    """An account for each turn: on both databases together, each of them."""
    first = 0 if place.db.sqlite else TURNS
    return [accounts[(first + turn) % len(accounts)] for turn in range(TURNS)]


def revived(place: Place, account: Account) -> Process:
    """Start a worker again; what an account had taken is found, and nobody is asked."""
    before = len(place.decided)
    worker = place.revive()
    assert account.name not in place.decided[before:]
    return worker


def claimed_by_all(place: Place, worker: Process) -> str:
    """Declare what no channel takes, and wait until the worker tries it; answers the word."""
    with ExitStack() as nobody_takes_it:
        for account in place.accounts:
            file = locked(place.file_of(account))
            nobody_takes_it.enter_context(not_accepting(account.fake) if account.fake else file)
        word = place.declare()
        worker.until(lambda: set(place.states(word).values()) == {"sending"}, "the claims")
        worker.kill()
    return word


def test_5_claimed_before_the_request(place: Place, kills: Kills) -> None:
    worker = place.worker()
    for _ in range(TURNS):
        word = claimed_by_all(place, worker)
        kills.note()
        assert not any(place.posts(account, word) for account in place.accounts)
        worker = place.revive()
    unsure = [account.name for account in place.accounts if not account.kind.keyed]
    assert sorted(place.decided) == sorted(unsure * TURNS)


def test_6_accepted_before_the_answer(place: Place, kills: Kills) -> None:
    worker = place.worker()
    for account in in_turn(place, [account for account in place.accounts if account.fake]):
        account.meets(Kill(worker.pid))
        word = place.declare()
        assert worker.wait() == -9
        kills.note()
        assert (place.states(word)[account.name], place.posts(account, word)) == ("sending", 1)
        worker = revived(place, account)


def declare_and_lock(place: Place, worker: Process, account: Account, lock: WritersLock) -> str:
    """Declare something, and take the database when an account has it in its hands; answers the
    word."""
    if account.fake is not None:
        account.meets(Meanwhile(lock.take))
        return place.declare()
    with locked(place.file_of(account)):
        word = place.declare()
        worker.until(lambda: place.states(word)[account.name] == "sending", "the claim")
        lock.take()
    return word


def killed_after_the_answer(place: Place, worker: Process, account: Account) -> str:
    with WritersLock(place.db) as lock:
        word = declare_and_lock(place, worker, account, lock)
        worker.until(lambda: place.was_answered(worker, account, word), "the answer")
        worker.kill()
    return word


def test_7_answered_before_the_receipt_is_stored(place: Place, kills: Kills) -> None:
    worker = place.worker()
    for account in in_turn(place, place.accounts):
        word = killed_after_the_answer(place, worker, account)
        kills.note()
        assert (place.states(word)[account.name], place.posts(account, word)) == ("sending", 1)
        worker = revived(place, account)
