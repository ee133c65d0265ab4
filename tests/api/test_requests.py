"""What holds for every request: once is once, so many a minute, one shape for what is wrong."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from incidents.access import _replies as replies
from incidents.access import forget_replies
from statuspage.api import _saying
from tests.api.conftest import Program, program_at
from tests.console.conftest import Place

SAID = {"incident": {"name": "Guasto", "body": "Il portafoglio non risponde."}}
KEYED = {"Idempotency-Key": "una-volta-1"}


def test_the_same_request_again_is_answered_and_not_done_again(on_each: Program) -> None:
    first = on_each("POST", "/incidents", SAID, headers=KEYED)
    before = on_each.events()
    again = on_each("POST", "/incidents", SAID, headers=KEYED)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert on_each.events() == before
    assert len(on_each.done("GET", "/incidents")) == 1


def test_the_same_key_with_another_request_is_refused(program: Program) -> None:
    program.done("POST", "/incidents", SAID, headers=KEYED)
    other = {"incident": {**SAID["incident"], "name": "Altro"}}
    why = program.refused(422, "POST", "/incidents", other, headers=KEYED)
    assert why.startswith("Idempotency-Key: ")


def test_a_key_belongs_to_its_token_and_to_a_day(
    program: Program, program_of: Callable[..., Program]
) -> None:
    program.done("POST", "/incidents", SAID, headers=KEYED)
    other = program_of("author", "write")
    other.done("POST", "/incidents", SAID, headers=KEYED)
    program.place.clock.forward(timedelta(hours=23, minutes=59))
    assert program("POST", "/incidents", SAID, headers=KEYED).headers["Idempotency-Replayed"]
    assert len(program.done("GET", "/incidents")) == 2


def test_what_was_refused_may_be_mended_under_the_same_key(program: Program) -> None:
    program.refused(422, "POST", "/incidents", {"incident": {"name": ""}}, headers=KEYED)
    program.done("POST", "/incidents", SAID, headers=KEYED)


def test_two_at_once_are_one(on_each: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    create = _saying.words_in

    def slowly(*args: Any) -> Any:
        begun.set()
        assert go_on.wait(60)
        return create(*args)

    monkeypatch.setattr(_saying, "words_in", slowly)
    answers: list[TestResponse] = []
    one = threading.Thread(
        target=lambda: answers.append(on_each("POST", "/incidents", SAID, headers=KEYED))
    )
    one.start()
    assert begun.wait(60)
    busy = on_each("POST", "/incidents", SAID, headers=KEYED)
    go_on.set()
    one.join()
    assert busy.status_code == 409
    assert busy.headers["Retry-After"] == "1"
    assert answers[0].status_code == 201
    assert len(on_each.done("GET", "/incidents")) == 1


def test_a_process_that_died_after_the_commit_did_it_once(
    on_each: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        ("PATCH", {"incident": {"body": "Ci lavoriamo."}}),
        ("PATCH", {"incident": {"status": "resolved", "body": "Funziona."}}),
    ]
    with monkeypatch.context() as dying:
        dying.setattr(replies, "end", lambda *_: None)
        told = on_each.done("POST", "/incidents", SAID, headers=KEYED)
        path = f"/incidents/{told['id']}"
        for number, (method, body) in enumerate(said):
            on_each.done(method, path, body, headers={"Idempotency-Key": f"n{number}"})
    assert on_each("POST", "/incidents", SAID, headers=KEYED).status_code == 409
    on_each.place.clock.forward(timedelta(minutes=3))
    before = on_each.events()
    assert on_each.done("POST", "/incidents", SAID, headers=KEYED)["id"] == told["id"]
    for number, (method, body) in enumerate(said):
        again = on_each.done(method, path, body, headers={"Idempotency-Key": f"n{number}"})
        assert again["status"] == "resolved"
    assert on_each.events() == before


def test_components_of_a_process_that_died_are_made_once(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        ("/components", {"component": {"name": "Carte"}}, "a"),
        ("/component-groups", {"component_group": {"name": "B", "components": ["iban"]}}, "b"),
    ]
    with monkeypatch.context() as dying:
        dying.setattr(replies, "end", lambda *_: None)
        first = [
            program.done("POST", path, body, headers={"Idempotency-Key": key})
            for path, body, key in made
        ]
    program.place.clock.forward(timedelta(minutes=3))
    before = program.events()
    for told, (path, body, key) in zip(first, made, strict=True):
        again = program.done("POST", path, body, headers={"Idempotency-Key": key})
        assert again["id"] == told["id"]
    assert program.events() == before


def test_a_postmortem_of_a_process_that_died_is_still_there(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = program.declared()
    path = f"/incidents/{told['id']}"
    program.done("PATCH", path, {"incident": {"status": "resolved", "body": "Funziona."}})
    steps: list[tuple[str, Any]] = [
        ("", {"postmortem": {"body_draft": "Ecco perché."}}),
        ("/publish", {"postmortem": {}}),
        ("/revert", None),
    ]
    for number, (step, body) in enumerate(steps):
        keyed = {"Idempotency-Key": f"p{number}"}
        with monkeypatch.context() as dying:
            dying.setattr(replies, "end", lambda *_: None)
            first = program.done("PUT", f"{path}/postmortem{step}", body, headers=keyed)
        program.place.clock.forward(timedelta(minutes=3))
        assert program.done("PUT", f"{path}/postmortem{step}", body, headers=keyed) == first


def test_replies_are_forgotten_by_the_clock(program: Program) -> None:
    def kept() -> int:
        with program.place.house.db.read() as session:
            return len(session.scalars(select(replies.KeptReply)).all())

    program.done("POST", "/incidents", SAID, headers=KEYED)
    db, now = program.place.house.db, program.place.clock.now()
    forget_replies(db, now + timedelta(hours=23, minutes=59))
    assert kept() == 1
    forget_replies(db, now + timedelta(hours=24))
    assert kept() == 0


def test_a_key_is_printable(program: Program) -> None:
    for key in ("a b", "x" * 256, "è"):
        program.refused(400, "POST", "/incidents", SAID, headers={"Idempotency-Key": key})


@pytest.fixture
def hurried(make_place: Callable[..., Place]) -> Program:
    return program_at(make_place("[api]\nper_minute = 3\n"), "ada", "write")


def test_so_many_a_minute_and_then_a_time_to_wait(hurried: Program) -> None:
    left = [hurried("GET", "/v1/pages").headers["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    late = hurried("POST", "/incidents", SAID)
    assert late.status_code == 429
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert late.headers["RateLimit-Limit"] == "3"
    assert "3 a minute are allowed" in (late.json or {})["error"]
    other = program_at(hurried.place, "bea", "write")
    assert other("GET", "/v1/pages").status_code == 200


def test_guesses_are_slowed_down_and_holders_of_tokens_are_not(program: Program) -> None:
    client = program.client
    wrong = {"Authorization": "OAuth nix"}
    codes = [client.get("/v1/pages", headers=wrong).status_code for _ in range(62)]
    assert codes == [401] * 60 + [429] * 2
    assert program("GET", "/v1/pages").status_code == 200


def deep(times: int) -> bytes:
    return b'{"incident":' * times + b"1" + b"}" * times


HOSTILE: list[tuple[str, bytes, str, int]] = [
    ("no JSON", b"{", "application/json", 400),
    ("no UTF-8", b'{"incident": "\xff"}', "application/json", 400),
    ("deep", deep(13), "application/json", 400),
    ("very deep", deep(40_000), "application/json", 400),
    ("a list", b"[]", "application/json", 422),
    ("null", b"null", "application/json", 422),
    ("nothing", b"", "application/json", 422),
    ("a text", b'"incident"', "application/json", 422),
    ("twice", b'{"incident": {}, "incident": {}}', "application/json", 400),
    ("no number", b'{"incident": {"name": NaN}}', "application/json", 400),
    ("a long number", b'{"incident": {"name": ' + b"9" * 5000 + b"}}", "application/json", 400),
    ("infinite", b'{"incident": {"name": "a", "fields": {"a": 1e999}}}', "application/json", 422),
    ("half a sign", b'{"incident": {"name": "\\ud800"}}', "application/json", 422),
    ("half a key", b'{"incident": {"\\ud800": 1}}', "application/json", 422),
    ("zero", b'{"incident": {"name": "a\\u0000b"}}', "application/json", 422),
    ("zero in a key", b'{"incident": {"name": "a", "key": "\\u0000"}}', "application/json", 422),
    (
        "zero in a notice",
        b'{"incident": {"name": "a", "body": "b", "from_notice": "\\u0000"}}',
        "application/json",
        404,
    ),
    ("other type", b"<incident/>", "text/xml", 415),
    ("no type", b"{}", "", 415),
    ("form in parts", b"--x\r\n", "multipart/form-data; boundary=x", 415),
    ("form, no name", b"=1", "application/x-www-form-urlencoded", 400),
    ("form, both", b"incident[a]=1&incident[a][b]=2", "application/x-www-form-urlencoded", 400),
    ("form, twice", b"incident[a]=1&incident[a]=2", "application/x-www-form-urlencoded", 400),
    ("form, brackets", b"incident[[a]=1", "application/x-www-form-urlencoded", 400),
    ("form, no UTF-8", b"incident[a]=%ff", "application/x-www-form-urlencoded", 400),
    ("form, many", b"&".join([b"a[]=1"] * 1001), "application/x-www-form-urlencoded", 400),
    ("form, deep", b"a" + b"[b]" * 20 + b"=1", "application/x-www-form-urlencoded", 400),
    ("large", b" " * (1024 * 1024 + 1), "application/json", 413),
]


@pytest.mark.parametrize(
    ("body", "kind", "code"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_hostile_bodies_are_refused_in_one_shape(
    program: Program, body: bytes, kind: str, code: int
) -> None:
    program.refused(code, "POST", "/incidents", data=body, content_type=kind)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_without_a_length_is_refused_whole(program: Program, kind: str) -> None:
    """A server in front may hand it on in pieces: what is over the limit is not cut to fit it."""
    plain = {"incident": {"name": "Guasto", "body": "b" * 20_000, "internal_note": "n" * 2_000_000}}
    form = b"&".join(
        f"incident[{name}]={value}".encode() for name, value in plain["incident"].items()
    )
    body = form if kind.endswith("urlencoded") else json.dumps(plain).encode()
    in_pieces = {
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    program.refused(413, "POST", "/incidents", content_type=kind, environ_overrides=in_pieces)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/", 404),
        ("GET", "/v1/nix.json", 404),
        ("GET", "/v1/pages/nix", 404),
        ("GET", "/v1/pages/nix/incidents", 404),
        ("GET", "/incidents/nix", 404),
        ("GET", "/incidents/a%00b", 404),
        ("GET", "/incidents/%F0%9F%98%80", 404),
        ("GET", "/incidents/" + "a" * 500, 404),
        ("GET", "/components/nix", 404),
        ("GET", "/component-groups/nix", 404),
        ("POST", "/v1/pages", 405),
        ("DELETE", "/component-groups", 405),
        ("PATCH", "", 422),
        ("GET", "/page_access_users", 404),
        ("POST", "/page_access_users", 404),
    ],
)
def test_wrong_addresses(program: Program, method: str, path: str, code: int) -> None:
    answer = program(method, path)
    assert answer.status_code == code, answer.text
    assert set(answer.json or {}) == {"error", "message", "problems"}
    assert ("Allow" in answer.headers) == (code == 405)


@pytest.fixture
def broken(program: Program) -> Iterator[Program]:
    """A program whose house has lost a table."""
    with program.place.house.db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE incidents RENAME TO gone"))
    yield program
    with program.place.house.db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO incidents"))


def test_a_database_that_does_not_answer_is_said_in_words(broken: Program) -> None:
    answer = broken("GET", "/incidents")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "gone" not in answer.text
    assert json.loads(answer.text)["error"].startswith("the database does not answer")


def test_what_is_not_online_yet_is_said(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from statuspage.site import NotOnline

    site = program.place.house.site
    refresh = lambda *_: [NotOnline("page", "the disk is full")]  # noqa: E731
    monkeypatch.setattr(type(site), "refresh", refresh)
    answer = program("POST", "/incidents", SAID)
    assert (answer.status_code, answer.headers["Avviso-Online"]) == (201, "false; page")
