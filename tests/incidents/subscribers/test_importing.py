"""A file is taken line by line, each wholly or not at all, once, whoever dies meanwhile."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from incidents import subscribers
from incidents.actions import Desk
from incidents.db import Database
from incidents.errors import InvalidInput, NotFound
from incidents.models import Event
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import (
    Choices,
    ImportPart,
    Letter,
    Progress,
    Request,
    Retention,
    Search,
    Subscriber,
    SubscriberState,
    _importing,
)
from incidents.subscribers._csv import Line, read_lines, words_in
from tests.conftest import NOON
from tests.incidents.subscribers.builders import all_of, component_id, subscribed

CONSENT = "form of 2019, on paper"
DAY = timedelta(days=1)


def kept(desk: Desk, text: str, consent: str | None = CONSENT) -> str:
    return subscribers.keep(desk, "ada", NOON, io.StringIO(text, newline=""), consent)


def taken(desk: Desk, text: str, consent: str | None = CONSENT) -> Progress:
    import_id = kept(desk, text, consent)
    while subscribers.take_next(desk, NOON):
        pass
    return progress(desk, import_id)


def progress(desk: Desk, import_id: str) -> Progress:
    with desk.db.read() as session:
        return subscribers.progress(session, import_id)


def faults(desk: Desk, import_id: str) -> list[tuple[int, str]]:
    with desk.db.read() as session:
        return [(each.line, each.field) for each in subscribers.faults(session, import_id)]


def count(desk: Desk, table: type) -> int:
    with desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def exported(desk: Desk) -> str:
    with desk.db.read() as session:
        keys = {component_id(desk, key): key for key in ("wallet", "login", "messages")}
        found = subscribers.everyone(session, (ListMode.EMAIL, ListMode.WEBHOOK))
        return "".join(subscribers.written(found, keys))


def test_all_that_a_line_may_say(desk: Desk) -> None:
    text = (
        "mode,address,contact,language,components,kinds,state\n"
        "email,Anna@Example.org,,en,wallet|login,incident maintenance,active\n"
        "webhook,https://hook.example.org/1,owner@example.org,,,,\n"
    )
    done = taken(desk, text)
    assert (done.lines, done.done, done.added, done.known, done.faulty) == (2, 2, 2, 0, 0)
    assert done.finished_at == NOON
    assert not done.cut_short
    with desk.db.read() as session:
        hook, anna = subscribers.search(session, Search()).subscribers
    assert (anna.address, anna.state, anna.active_since) == (
        "Anna@example.org",
        SubscriberState.ACTIVE,
        NOON,
    )
    assert anna.choices == Choices(
        "en",
        components=(component_id(desk, "wallet"), component_id(desk, "login")),
        kinds=(IncidentKind.INCIDENT, IncidentKind.MAINTENANCE),
    )
    assert (hook.mode, hook.contact, hook.choices) == (
        ListMode.WEBHOOK,
        "owner@example.org",
        Choices("it"),
    )
    assert count(desk, Letter) == 0


def test_where_nobody_says_that_they_agreed_each_is_asked(desk: Desk) -> None:
    done = taken(desk, "email\nanna@example.org\nbruno@example.org\n", consent=None)
    assert done.added == 2
    assert {row.state for row in all_of(desk)} == {SubscriberState.UNCONFIRMED}
    assert count(desk, Letter) == 2
    again = taken(desk, "email\nanna@example.org\nbruno@example.org\n", consent=None)
    assert (again.added, again.known) == (0, 2)
    assert count(desk, Letter) == 2


def test_who_never_confirmed_elsewhere_is_asked_here(desk: Desk) -> None:
    taken(desk, "email,state\nanna@example.org,unconfirmed\nbruno@example.org,active\n")
    states = {row.address: row.state for row in all_of(desk)}
    assert states == {
        "anna@example.org": SubscriberState.UNCONFIRMED,
        "bruno@example.org": SubscriberState.ACTIVE,
    }
    assert count(desk, Letter) == 1


def test_each_faulty_line_is_told_with_its_field_and_leaves_nothing(desk: Desk) -> None:
    text = (
        "mode,address,contact,language,components,kinds,state\n"
        "email,anna,,,,,\n"
        "sms,+39333,,,,,\n"
        "email,b@example.org,,fr,,,\n"
        "email,c@example.org,,,nothing,,\n"
        "email,d@example.org,,,,gossip,\n"
        "email,e@example.org,,,,,gone\n"
        "email,f@example.org,,,,,quarantined\n"
        "email,g@example.org,,,,,unsubscribed\n"
        "webhook,https://hook.example.org/1,,,,,\n"
        "push,https://push.example.org/1,,,,,\n"
        "email,h@example.org,,,,-,\n"
        "email,ok@example.org,,,,,\n"
    )
    import_id = kept(desk, text)
    while subscribers.take_next(desk, NOON):
        pass
    done = progress(desk, import_id)
    assert (done.done, done.added, done.faulty) == (12, 1, 11)
    assert faults(desk, import_id) == [
        (2, "email"),
        (3, "mode"),
        (4, "language"),
        (5, "components"),
        (6, "kinds"),
        (7, "state"),
        (8, "state"),
        (9, "state"),
        (10, "contact"),
        (11, "mode"),
        (12, "incidents"),
    ]
    assert [row.address for row in all_of(desk)] == ["ok@example.org"]


def test_whoever_is_there_or_left_stays_as_they_are(desk: Desk) -> None:
    subscribed(desk, "anna@example.org", components=["wallet"])
    subscribed(desk, "left@example.org")
    left = next(row for row in all_of(desk) if row.address.startswith("left"))
    subscribers.unsubscribe(desk, "ada", NOON, [left.id])
    done = taken(desk, "email\nANNA@example.org\nleft@example.org\nanna@EXAMPLE.org\n")
    assert (done.added, done.known) == (0, 3)
    with desk.db.read() as session:
        (anna,) = subscribers.search(session, Search("anna")).subscribers
        assert anna.choices.components == (component_id(desk, "wallet"),)
        (gone,) = subscribers.search(session, Search("left")).subscribers
        assert gone.state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "text",
    [
        "email\na@example.org\nA@example.org\nb@example.org\n",
        "\ufeffEmail\r\na@example.org\r\na@example.org\r\nb@example.org\r\n",
        "TYPE;E-mail;x\nemail;a@example.org;1\nemail;b@example.org;2\nemail;a@example.org\n",
        'type\temail\nemail\t"a@example.org"\n\t b@example.org \n\tb@example.org\n',
        "email,a@example.org,yes\nemail,b@example.org\nemail,b@example.org\n",
        "id,mode,email,component_ids\n1,email,a@example.org,[]\n2,,b@example.org,\n,,b@example.org\n",
    ],
    ids=["plain", "excel", "semicolons", "tabs", "statuspage's form", "statuspage's columns"],
)
def test_files_as_programs_write_them(desk: Desk, text: str) -> None:
    done = taken(desk, text)
    assert (done.lines, done.added, done.known, done.faulty) == (3, 2, 1, 0)
    assert [row.address for row in all_of(desk)] == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("name,surname\nAnna,Bianchi\n", "should name the columns"),
        ("email\n", "names nobody"),
        ("email,e-mail\na@example.org,b@example.org\n", "'email' is there twice"),
        ('email\n"a@example.org\n' + "x" * 140_000, "line 2 cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_and_not_kept(desk: Desk, text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=f"file: .*{says}"):
        kept(desk, text)
    assert count(desk, subscribers.Import) == 0
    assert not subscribers.take_next(desk, NOON)


def test_a_file_that_is_no_utf_8_is_refused(desk: Desk) -> None:
    raw = io.TextIOWrapper(io.BytesIO("email\nandré@example.org\n".encode("latin-1")), "utf-8-sig")
    with pytest.raises(InvalidInput, match="is not UTF-8, from line 1"):
        subscribers.keep(desk, "ada", NOON, raw, CONSENT)
    assert count(desk, subscribers.Import) == 0


def test_a_file_that_is_too_long_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_importing, "MOST_LINES", 3)
    with pytest.raises(InvalidInput, match="more than 3 lines"):
        kept(desk, "email\n" + "".join(f"{n}@example.org\n" for n in range(4)))
    assert count(desk, ImportPart) == 0


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_importing, "PART", 2)


@pytest.mark.usefixtures("small_parts")
def test_it_is_resumed_where_it_was_and_each_part_is_taken_once(
    desk: Desk, database_url: str
) -> None:
    import_id = kept(desk, "email\n" + "".join(f"a{n}@example.org\n" for n in range(5)))
    assert progress(desk, import_id).lines == 5
    assert subscribers.take_next(desk, NOON)
    assert progress(desk, import_id).done == 2
    other = Database(database_url)
    after = Desk(other, desk.service, desk.texts, desk.channels)
    while subscribers.take_next(after, NOON):
        pass
    other.close()
    done = progress(desk, import_id)
    assert (done.done, done.added) == (5, 5)
    assert [row.address for row in all_of(desk)] == [f"a{n}@example.org" for n in range(5)]
    assert count(desk, ImportPart) == 0


@pytest.mark.usefixtures("small_parts")
def test_who_dies_in_a_part_leaves_nothing_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = kept(desk, "email\na@example.org\nb@example.org\nc@example.org\n")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(_importing, "_write_letters", die)
        with pytest.raises(KeyboardInterrupt):
            subscribers.take_next(desk, NOON)
    assert count(desk, Subscriber) == 0
    assert progress(desk, import_id).done == 0
    while subscribers.take_next(desk, NOON):
        pass
    assert progress(desk, import_id).added == 3


def test_what_did_not_arrive_whole_is_not_begun_and_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines() -> Iterable[str]:
        yield "email\n"
        yield "a@example.org\n"
        raise KeyboardInterrupt

    monkeypatch.setattr(_importing, "PART", 1)
    with pytest.raises(KeyboardInterrupt):
        subscribers.keep(desk, "ada", NOON, lines(), CONSENT)
    assert not subscribers.take_next(desk, NOON)
    subscribers.tidy(desk.db, NOON + DAY, Retention())
    assert count(desk, subscribers.Import) == 0


def test_the_trail_says_who_how_many_and_why_they_may_be_written_to(desk: Desk) -> None:
    import_id = taken(desk, "email\na@example.org\nb\n").id
    with desk.db.read() as session:
        rows = session.scalars(select(Event).where(Event.kind.startswith("subscriber"))).all()
        told = [(row.kind, row.data) for row in rows]
    assert told == [
        (
            "subscriber_import_begun",
            {"subscriber_import": import_id, "count": 2, "consent": CONSENT},
        ),
        (
            "subscriber_import_done",
            {"added": 1, "known": 0, "faulty": 1, "subscriber_import": import_id},
        ),
    ]
    assert "example" not in json.dumps([data for _, data in told])


def test_what_became_of_a_file_is_forgotten(desk: Desk) -> None:
    import_id = taken(desk, "email\nb\n").id
    subscribers.tidy(desk.db, NOON + 29 * DAY, Retention())
    assert faults(desk, import_id) == [(2, "email")]
    subscribers.tidy(desk.db, NOON + 30 * DAY, Retention())
    with pytest.raises(NotFound):
        progress(desk, import_id)
    assert count(desk, subscribers.ImportFault) == 0


def test_what_was_exported_comes_back_as_it_was(desk: Desk) -> None:
    subscribed(desk, "=cmd@example.org", components=["login"], kinds=(IncidentKind.MAINTENANCE,))
    subscribed(desk, "+news@example.org")
    subscribed(desk, "'-odd@example.org")
    hook = Request(
        ListMode.WEBHOOK, "https://hook.example.org/?a=1,2", Choices("en"), "o@example.org"
    )
    subscribers.add(desk, "ada", NOON, hook, consent=CONSENT)
    text = exported(desk)
    cells = [cell for line in text.splitlines() for cell in line.split(",")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    with desk.db.read() as session:
        before = {
            each.address: each.choices for each in subscribers.search(session, Search()).subscribers
        }
    subscribers.remove(desk, "ada", NOON, [row.id for row in all_of(desk)])
    assert taken(desk, text).added == 4
    with desk.db.read() as session:
        after = {
            each.address: each.choices for each in subscribers.search(session, Search()).subscribers
        }
    assert after == before


@given(st.text(max_size=400))
def test_no_file_breaks_the_reader(text: str) -> None:
    try:
        lines = list(read_lines(io.StringIO(text, newline="")))
    except InvalidInput:
        return
    assert all(isinstance(line, Line) and line.number >= 1 for line in lines)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", []),
        ("a|b, c", ["a", "b", "c"]),
        ('["a","b"]', ["a", "b"]),
        ("[]", []),
        ("[a", ["[a"]),
    ],
)
def test_what_a_cell_lists(cell: str, words: list[str]) -> None:
    assert words_in(cell) == words
