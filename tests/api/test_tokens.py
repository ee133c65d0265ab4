"""Tokens: shown once, kept as a hash, good for what they are good for and no longer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.access._tokens import (
    NoSuchBearer,
    Scope,
    Token,
    add_token,
    bearer_of,
    revoke_token,
    tokens,
)
from incidents.actions import Desk
from incidents.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from incidents.models import Event
from incidents.status import Role
from statuspage.api._operations import OPERATIONS
from statuspage.api._serving import WRONG_TOKENS
from tests.api.conftest import Program
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def made(desk: Desk, **said: object) -> str:
    data = {"name": "Sorveglianza", "operator": "bea", "scopes": ["write"], **said}
    return add_token(desk, "ada", NOON, data)[1]


def test_a_token_is_known_by_its_hash_alone(desk: Desk) -> None:
    shown = made(desk)
    assert re.fullmatch(r"avviso_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", shown)
    with desk.db.read() as session:
        row = session.scalars(select(Token)).one()
        events = [event.data for event in session.scalars(select(Event))]
    secret = shown[-43:]
    assert secret not in repr([vars(row), events])
    bearer = bearer_of(desk.db, shown, NOON)
    assert (bearer.login, bearer.role) == ("bea", Role.AUTHOR)
    assert [scope for scope in Scope if bearer.may(scope)] == [Scope.READ, Scope.WRITE]


def test_every_token_is_another_one(desk: Desk) -> None:
    assert len({made(desk) for _ in range(5)}) == 5


@pytest.mark.parametrize("change", ["", "other", "shorter", "prefix"])
def test_what_is_not_a_token_opens_nothing(desk: Desk, change: str) -> None:
    shown = made(desk)
    wrong = {
        "": "",
        "other": shown[:-1] + ("a" if shown[-1] != "a" else "b"),
        "shorter": shown[:-1],
        "prefix": f"avviso_aaaaaaaa_{shown.partition('_')[2].partition('_')[2]}",
    }
    with pytest.raises(NoSuchBearer) as refused:
        bearer_of(desk.db, wrong[change], NOON)
    assert shown not in str(refused.value)


def test_a_token_expires_and_is_revoked(desk: Desk) -> None:
    short = made(desk, expires_at=NOON + MINUTE)
    assert bearer_of(desk.db, short, NOON + timedelta(seconds=59)).login == "bea"
    with pytest.raises(NoSuchBearer, match="expired"):
        bearer_of(desk.db, short, NOON + MINUTE)
    shown = made(desk)
    prefix = shown.split("_")[1]
    revoke_token(desk, "ada", NOON, prefix)
    with pytest.raises(NoSuchBearer, match="revoked"):
        bearer_of(desk.db, shown, NOON)
    with pytest.raises(NotPossible, match="already"):
        revoke_token(desk, "ada", NOON, prefix)
    with pytest.raises(NotFound):
        revoke_token(desk, "ada", NOON, "nix")


def test_a_token_acts_as_its_operator_is_now(desk: Desk) -> None:
    shown = made(desk)
    actions.set_role(desk, "ada", NOON, "bea", Role.VIEWER)
    assert bearer_of(desk.db, shown, NOON).role is Role.VIEWER
    actions.disable_operator(desk, "ada", NOON, "bea")
    with pytest.raises(NoSuchBearer, match="may act no more"):
        bearer_of(desk.db, shown, NOON)
    actions.enable_operator(desk, "ada", NOON, "bea")
    assert bearer_of(desk.db, shown, NOON).role is Role.VIEWER


def test_nobody_makes_a_token_that_they_may_not(desk: Desk) -> None:
    said = {"name": "x", "operator": "ada", "scopes": ["read"]}
    with pytest.raises(NotAllowed):
        add_token(desk, "carlo", NOON, said)
    for operator in ("nobody", "avviso"):
        with pytest.raises(InvalidInput, match="operator: "):
            made(desk, operator=operator)
    with pytest.raises(InvalidInput, match="expires_at: is over"):
        made(desk, expires_at=NOON)
    with pytest.raises(InvalidInput, match="scopes"):
        made(desk, scopes=["all"])


def test_when_it_was_used_is_written_once_a_minute(desk: Desk) -> None:
    shown = made(desk)

    def used() -> object:
        with desk.db.read() as session:
            return tokens(session)[0].last_used_at

    assert used() is None
    bearer_of(desk.db, shown, NOON)
    bearer_of(desk.db, shown, NOON + timedelta(seconds=59))
    assert used() == NOON
    bearer_of(desk.db, shown, NOON + MINUTE)
    assert used() == NOON + MINUTE


@pytest.mark.parametrize("way", ["OAuth {}", "Bearer {}", "oauth {}", "{}"])
def test_the_ways_in_which_clients_show_it(program: Program, way: str) -> None:
    said = {"Authorization": way.format(program.token)}
    assert program.client.get("/v1/pages", headers=said).status_code == 200


def test_the_query_may_carry_it_and_no_log_and_no_link_does(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = program.client.get(f"{program.page}/incidents?api_key={program.token}&limit=1")
    assert answer.status_code == 200
    assert "api_key" not in answer.headers["Link"]
    seen = capsys.readouterr()
    assert program.token not in seen.out + seen.err


def test_who_shows_none_or_a_wrong_one(program: Program) -> None:
    client = program.client
    for said in ({}, {"Authorization": "OAuth nix"}, {"Authorization": "Basic YTpi"}):
        answer = client.get("/v1/pages", headers=said)
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers
        assert (answer.json or {})["error"].startswith("Could not authenticate")


def test_guessing_is_slowed_down_and_no_header_walks_round_it(program: Program) -> None:
    client = program.client
    answers = [
        client.get(
            "/v1/pages",
            headers={"Authorization": "OAuth nix", "X-Forwarded-For": f"203.0.{number}.1"},
        ).status_code
        for number in range(WRONG_TOKENS + 1)
    ]
    assert answers == [401] * WRONG_TOKENS + [429]


def test_a_cookie_of_the_console_opens_nothing_here(program: Program) -> None:
    assert program.place.client_of("admin").get("/v1/pages").status_code == 401


def test_each_scope_opens_what_it_names_and_nothing_else(
    program_of: Callable[..., Program],
) -> None:
    """Every operation there is, by tokens that lack what it asks for."""
    others = {
        scope: program_of("admin", *(str(other) for other in Scope if other is not scope))
        for scope in (Scope.WRITE, Scope.COMPONENTS, Scope.SUBSCRIBERS)
    }
    for operation in OPERATIONS:
        if not operation.writes and operation.scope is Scope.READ:
            continue
        path = "/v1" + re.sub(r"\{\w+\}", "x", operation.path)
        for method in operation.methods:
            assert operation.role is not Role.VIEWER, f"{method} {path}"
            others[operation.scope].refused(403, method, path, {})


def test_a_token_may_no_more_than_its_operator(program_of: Callable[..., Program]) -> None:
    viewer = program_of("viewer", *(str(scope) for scope in Scope))
    for operation in OPERATIONS:
        path = "/v1" + re.sub(r"\{\w+\}", "x", operation.path)
        for method in operation.methods if operation.writes else ():
            assert "is viewer" in viewer.refused(403, method, path, {})


def test_scopes_and_roles(program_of: Callable[..., Program]) -> None:
    said = {"incident": {"name": "a", "body": "b"}}
    part = {"component": {"status": "major_outage"}}
    reads = program_of("admin", "read")
    assert "scope 'write'" in reads.refused(403, "POST", "/incidents", said)
    assert "scope 'components'" in reads.refused(403, "PATCH", "/components/wallet", part)
    viewer = program_of("viewer", "write", "components")
    assert "is viewer" in viewer.refused(403, "POST", "/incidents", said)
    author = program_of("author", "components")
    author.done("PATCH", "/components/wallet", part)
    rename = {"component": {"name": "Altro"}}
    assert "admin" in author.refused(403, "PATCH", "/components/wallet", rename)
