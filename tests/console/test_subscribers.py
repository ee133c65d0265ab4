"""The operators' pages of subscribers: counts for all, addresses for administrators alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from incidents import subscribers
from incidents.models import Event
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import Choices, Found, Request, Search, SubscriberState
from statuspage.app import LARGEST_REQUEST
from statuspage.auth._cookie import CSRF_FIELD
from statuspage.console import _subscriber_files
from statuspage.logs import configure_logs
from tests.conftest import NOON
from tests.console.conftest import Browser, Place

PLACE = "/console/subscribers"
IMPORTS = f"{PLACE}/imports"


@pytest.fixture
def ada(place: Place) -> Browser:
    return place.client_of("admin")


def subscribed(place: Place, address: str = "anna@example.org") -> Found:
    request = Request(ListMode.EMAIL, address, Choices("it"))
    added = subscribers.add(place.house.desk, "ada", NOON, request, consent="modulo")
    return one(place, added.id)


def one(place: Place, subscriber_id: str) -> Found:
    with place.house.db.read() as session:
        return subscribers.one(session, subscriber_id)


def everybody(place: Place) -> list[str]:
    with place.house.db.read() as session:
        return [each.address for each in subscribers.search(session, Search()).subscribers]


def taken(place: Place) -> None:
    while subscribers.take_next(place.house.desk, NOON):
        pass


def sent(ada: Browser, text: str | bytes, **form: str) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    fields = {CSRF_FIELD: ada.csrf, "how": "consent", "consent": "modulo", **form}
    head = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += '--x\r\nContent-Disposition: form-data; name="file"; filename="lista.csv"\r\n\r\n'
    body = head.encode() + raw + b"\r\n--x--\r\n"
    return ada.post(IMPORTS, data=body, content_type="multipart/form-data; boundary=x")


def test_everybody_sees_how_many_and_nobody_else_who(
    place: Place, client_of: Callable[..., Browser]
) -> None:
    kept = subscribed(place)
    for role in ("viewer", "author", "approver"):
        client = client_of(role)
        page = client.get(PLACE)
        assert page.status_code == 200
        assert "Quanti sono" in page.text
        assert "anna" not in page.text
        assert "Esporta" not in page.text
        for path in (f"{PLACE}/{kept.id}", f"{PLACE}/{kept.id}/remove", f"{PLACE}/add", IMPORTS):
            assert client.get(path).status_code == 403
        for path in ("", "/add", "/imports", "/export", f"/{kept.id}", f"/{kept.id}/remove"):
            assert client.post_form(f"{PLACE}{path}", {"q": "anna"}).status_code == 403
    assert everybody(place) == ["anna@example.org"]


def test_one_is_found_changed_and_erased(place: Place, ada: Browser) -> None:
    kept = subscribed(place)
    subscribed(place, "bruno@example.org")
    found = ada.post_form(PLACE, {"q": "ANNA", "mode": "email", "state": "active"})
    assert "anna@example.org" in found.text
    assert "bruno@example.org" not in found.text
    assert "Non c&#39;è nessun iscritto così" in ada.post_form(PLACE, {"q": "carla"}).text
    mine = f"{PLACE}/{kept.id}"
    assert "anna@example.org" in ada.get(mine).text
    form = {"locale": "en", "which": "all", "kinds": "incident"}
    assert ada.post_form(mine, form).status_code == 303
    assert one(place, kept.id).choices == Choices("en", kinds=(IncidentKind.INCIDENT,))
    assert "Salvato" in ada.get(f"{mine}?said=changed").text
    wrong = ada.post_form(mine, {"locale": "en", "which": "some"})
    assert wrong.status_code == 422
    assert "Scegli" in wrong.text
    assert "Cancella per sempre" in ada.get(f"{mine}/remove").text
    assert ada.post_form(f"{mine}/remove").status_code == 303
    assert everybody(place) == ["bruno@example.org"]
    assert ada.get(mine).status_code == 404
    assert ada.post_form(f"{mine}/remove").status_code == 303


def test_pages_of_subscribers(place: Place, ada: Browser) -> None:
    for number in range(51):
        subscribed(place, f"a{number}@example.org")
    first = ada.post_form(PLACE, {"q": "example"})
    assert "51 iscritti" in first.text
    assert "a50@" in first.text
    assert ">a0@" not in first.text
    assert 'name="page" value="2"' in first.text
    second = ada.post_form(PLACE, {"q": "example", "page": "2"})
    assert ">a0@" in second.text
    assert ada.post_form(PLACE, {"q": "a" * 255}).status_code == 422
    assert ada.post_form(PLACE, {"page": "x"}).status_code == 200


def test_one_whose_letters_came_back_is_shown_with_why_and_let_back(
    place: Place, ada: Browser
) -> None:
    kept = subscribed(place)
    subscribers.quarantine(place.house.db, kept.number, NOON, "550 no such <user>")
    page = ada.get(f"{PLACE}/{kept.id}").text
    assert "550 no such &lt;user&gt;" in page
    assert "Non si invia più nulla" in page
    assert ada.post_form(f"{PLACE}/{kept.id}/reactivate").status_code == 303
    assert one(place, kept.id).state is SubscriberState.ACTIVE
    again = ada.post_form(f"{PLACE}/{kept.id}/reactivate")
    assert again.status_code == 409
    assert "sospeso" in again.text


def test_one_is_added_and_asked_or_not(place: Place, ada: Browser) -> None:
    form = {"email": "anna@example.org", "locale": "it", "which": "all", "kinds": "incident"}
    asked = ada.post_form(f"{PLACE}/add", {**form, "how": "ask"})
    assert asked.status_code == 303
    assert asked.headers["Location"].endswith("?said=asked")
    (kept,) = everybody(place)
    where = asked.headers["Location"].partition("?")[0]
    assert ada.post_form(f"{where}/resend").status_code == 303
    without = ada.post_form(f"{PLACE}/add", {**form, "email": "b@example.org", "how": "consent"})
    assert without.status_code == 422
    assert "dove e quando" in without.text
    said = {**form, "email": "b@example.org", "how": "consent", "consent": "sportello"}
    assert ada.post_form(f"{PLACE}/add", said).headers["Location"].endswith("?said=added")
    hook = {**form, "endpoint": "https://hook.example.org/1", "how": "ask"}
    assert ada.post_form(f"{PLACE}/add", hook).status_code == 303
    assert len(everybody(place)) == 3
    assert kept == "anna@example.org"


def test_a_file_is_taken_over_with_a_bar_and_its_faults(place: Place, ada: Browser) -> None:
    answer = sent(ada, "email;language\nanna@example.org;it\nbruno;it\n=1+1@example.org;fr\n")
    assert answer.status_code == 303
    where = answer.headers["Location"]
    under_way = ada.get(where).text
    assert '<progress id="bar" max="3" value="0">' in under_way
    assert '<noscript><meta http-equiv="refresh"' in under_way
    assert "importing.js" in under_way
    assert "0 di 3" in ada.get(PLACE).text
    taken(place)
    done = ada.get(where).text
    assert '<progress id="bar" max="3" value="3">' in done
    assert "refresh" not in done
    assert "nome@example.org" in done
    file = ada.get(f"{where}/faults.csv")
    assert file.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(file.text)))
    assert [row[:2] for row in rows] == [["line", "field"], ["3", "email"], ["4", "language"]]
    assert everybody(place) == ["anna@example.org"]
    assert ada.get(f"{IMPORTS}/nothing").status_code == 404
    assert ada.get(f"{IMPORTS}/nothing/faults.csv").status_code == 404


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ({"how": "consent", "consent": ""}, "email\na@example.org\n", "dove e quando"),
        ({"how": ""}, "email\na@example.org\n", "hanno già acconsentito"),
        ({}, "", "è vuoto"),
        ({}, "name\nAnna\n", "nomi delle colonne"),
        ({}, b"email\nandr\xe9@example.org\n", "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused_in_italian(
    place: Place, ada: Browser, form: dict[str, str], text: str | bytes, says: str
) -> None:
    answer = sent(ada, text, **form)
    assert answer.status_code == 422
    assert says.lower() in answer.text.lower()
    with place.house.db.read() as session:
        assert subscribers.imports(session) == []


def test_no_file_at_all(ada: Browser) -> None:
    answer = ada.post_form(IMPORTS, {"how": "ask"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Scegli un file" in answer.text


def big(size: int) -> bytes:
    line = b"email,note\n"
    return line + b"".join(
        b"citizen%d@example.org,%s\n" % (number, b"x" * 970) for number in range(size // 1000)
    )


def test_only_an_administrator_sends_more_and_only_there(
    place: Place,
    ada: Browser,
    client_of: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = big(LARGEST_REQUEST + 100_000)
    assert sent(ada, file).status_code == 303
    assert sent(client_of("approver"), file).status_code == 413
    assert sent(place.client(), file).status_code == 413
    form = {"q": "x" * (LARGEST_REQUEST + 1)}
    assert ada.post_form(PLACE, form).status_code == 413
    monkeypatch.setattr(_subscriber_files, "LARGEST_FILE", len(file))
    assert sent(ada, file).status_code == 413


def test_all_are_exported_and_the_trail_knows(place: Place, ada: Browser) -> None:
    subscribed(place, "=cmd@example.org")
    assert ada.get(f"{PLACE}/export").status_code in (404, 405)
    answer = ada.post_form(f"{PLACE}/export")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "email,'=cmd@example.org,,it,,incident|" in answer.text
    with place.house.db.read() as session:
        event = session.scalars(select(Event).order_by(Event.seq.desc()).limit(1)).one()
    assert (event.kind, event.data) == ("subscribers_exported", {"count": 1})
    assert "Ha esportato tutti gli iscritti" in ada.get("/console/trail").text


def test_no_address_goes_into_a_log(
    place: Place, ada: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs()
    kept = subscribed(place)
    ada.post_form(PLACE, {"q": "anna@example.org"})
    ada.get(f"{PLACE}/{kept.id}")
    sent(ada, "email\nbruno@example.org\n")
    written = "".join(capsys.readouterr())
    assert PLACE in written
    assert "example.org" not in re.sub(r"stato\.example", "", written)


def test_a_browser_is_named_without_its_address(place: Place, ada: Browser) -> None:
    push = Request(ListMode.PUSH, "https://push.example.org/secret", Choices("it"), keys={"a": "b"})
    desk = place.house.desk
    kept = subscribers.confirm(desk, subscribers.ask(desk, push, NOON), NOON)
    for page in (ada.post_form(PLACE, {}), ada.get(f"{PLACE}/{kept.id}")):
        assert "Un browser" in page.text
        assert "secret" not in page.text
    assert "secret" not in ada.post_form(f"{PLACE}/export").text
