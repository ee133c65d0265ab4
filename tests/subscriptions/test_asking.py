"""Asking by the forms: the same answer whoever it is, what was typed is kept, nobody is flooded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from incidents import subscribers
from incidents.status import ListMode
from incidents.subscribers import PER_NEIGHBOURHOOD, SubscriberState
from statuspage.subscriber_links import Purpose
from tests.subscriptions.conftest import Public, heading, words_of

ADA = "ada@example.org"


def said(answer: TestResponse) -> tuple[object, ...]:
    """All that a visitor can see of an answer, but for the request's own id."""
    headers = sorted((k, v) for k, v in answer.headers.items() if k != "X-Request-Id")
    return answer.status_code, headers, answer.get_data()


def test_a_form_leads_to_a_plain_page_and_a_letter(visitor: Public) -> None:
    answer = visitor.ask("Ada@Example.ORG ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "../subscribe/sent/")
    (row,) = visitor.rows()
    assert (row.address, row.state) == ("Ada@example.org", "unconfirmed")
    assert visitor.letters() == [("confirm", row.number)]
    assert "Set-Cookie" not in answer.headers


def test_it_speaks_the_language_of_the_address(visitor: Public) -> None:
    answer = visitor.post("/en/subscribe/email", {"email": ADA, "kind": "incident"})
    assert answer.headers["Location"] == "../../en/subscribe/sent/"
    assert visitor.rows()[0].locale == "en"


def test_what_is_chosen_is_kept(visitor: Public) -> None:
    wallet = visitor.components["wallet"]
    answer = visitor.ask(ADA, scope="some", component=[wallet], kind="incident", locale="en")
    assert answer.status_code == 303
    with visitor.db.read() as session:
        choices = subscribers.choices_of(session, visitor.rows()[0])
    assert (choices.components, choices.locale) == ((wallet,), "en")
    assert [str(kind) for kind in choices.kinds] == ["incident"]


def test_an_address_alone_asks_for_everything(visitor: Public) -> None:
    assert visitor.post("/subscribe/email", {"email": ADA}).status_code == 303
    with visitor.db.read() as session:
        choices = subscribers.choices_of(session, visitor.rows()[0])
    assert (choices.components, choices.kinds) == (None, subscribers.KINDS)


STATES: dict[str, Callable[[Public], None]] = {
    "unknown": lambda _: None,
    "asked": lambda visitor: (visitor.ask(ADA), None)[1],
    "active": lambda visitor: (visitor.subscribe(ADA), None)[1],
    "quarantined": lambda visitor: _quarantined(visitor),
    "unsubscribed": lambda visitor: _unsubscribed(visitor),
    "flooded": lambda visitor: _flooded(visitor),
}
"""What may be known of an address before somebody types it."""


def _flooded(visitor: Public) -> None:
    for _ in range(4):
        visitor.ask(ADA)


def _quarantined(visitor: Public) -> None:
    row = visitor.subscribe(ADA)
    assert subscribers.quarantine(visitor.db, row.number, visitor.clock.now(), "550 no such user")


def _unsubscribed(visitor: Public) -> None:
    visitor.subscribe(ADA)
    visitor.post(f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}")


FORMS: dict[str, Callable[[Public], TestResponse]] = {
    "email": lambda visitor: visitor.ask(ADA),
    "webhook": lambda visitor: visitor.post(
        "/subscribe/webhook",
        {"endpoint": "https://hook.example.org/a", "email": ADA, "kind": "incident"},
    ),
    "link": lambda visitor: visitor.post("/subscribe/link", {"address": ADA}),
}


@pytest.mark.parametrize("form", FORMS)
def test_nobody_learns_whether_an_address_is_known(
    visitor: Public, form: str, incident: Callable[..., str]
) -> None:
    answers = set()
    for prepare in STATES.values():
        prepare(visitor)
        answers.add(str(said(FORMS[form](visitor))))
        visitor.clock.later(minutes=16)
        for row in visitor.rows():
            subscribers.erase(visitor.db, row.mode, row.address_key)
    assert len(answers) == 1


@contextmanager
def statements() -> Iterator[list[str]]:
    """What any database is asked meanwhile, commits too: what an answer takes its time for."""
    said: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    def committed(_connection: object) -> None:
        said.append("COMMIT")

    event.listen(Engine, "before_cursor_execute", keep)
    event.listen(Engine, "commit", committed)
    yield said
    event.remove(Engine, "before_cursor_execute", keep)
    event.remove(Engine, "commit", committed)


@pytest.mark.parametrize("form", FORMS)
def test_nobody_learns_it_from_how_long_an_answer_takes(visitor: Public, form: str) -> None:
    work = {}
    for state, prepare in STATES.items():
        prepare(visitor)
        visitor.clock.later(minutes=16)
        with statements() as asked:
            FORMS[form](visitor)
        work[state] = asked
        for row in visitor.rows():
            subscribers.erase(visitor.db, row.mode, row.address_key)
    assert "COMMIT" in work["unknown"]
    assert set(map(tuple, work.values())) == {tuple(work["unknown"])}


def test_to_ask_for_a_known_address_changes_nothing_of_it(visitor: Public) -> None:
    first = visitor.subscribe(ADA)
    visitor.ask(ADA, scope="some", component=[visitor.components["login"]])
    kept = visitor.rows()[0]
    assert (kept.id, kept.state, kept.everything) == (first.id, "active", True)


def test_one_address_has_three_letters_however_it_is_spelt(visitor: Public) -> None:
    for spelling in ("ada@example.org", "ADA@example.org", "Ada@EXAMPLE.org", "aDa@example.org"):
        assert visitor.ask(spelling).status_code == 303
    assert len(visitor.letters()) == 3
    visitor.clock.later(minutes=16)
    visitor.ask(ADA)
    assert len(visitor.letters()) == 4


def test_a_neighbourhood_is_slowed_down_in_words(visitor: Public) -> None:
    for number in range(PER_NEIGHBOURHOOD):
        assert visitor.ask(f"a{number}@example.org").status_code == 303
    answer = visitor.ask("one-more@example.org")
    assert answer.status_code == 429
    # What anybody can write into a head makes nobody somebody else.
    elsewhere = {"X-Forwarded-For": "9.9.9.9"}
    disguised = visitor.post("/subscribe/email", {"email": ADA}, headers=elsewhere)
    assert disguised.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert heading(answer) == "Aspetta un momento"
    assert "tra 15 minuti" in words_of(answer)
    assert len(visitor.rows()) == PER_NEIGHBOURHOOD
    other = visitor.post(
        "/subscribe/link", {"address": ADA}, environ_base={"REMOTE_ADDR": "9.9.9.9"}
    )
    assert other.status_code == 303


@pytest.mark.parametrize(
    ("form", "data", "field", "sentence"),
    [
        ("email", {"email": "ada@", "kind": "incident"}, "email-email", "nome@example.org"),
        ("email", {"email": ADA, "scope": "all"}, "", "Scegli almeno un tipo di notizie"),
        ("email", {"email": ADA, "kind": "incident", "scope": "some"}, "", "almeno un servizio"),
        ("webhook", {"email": ADA, "endpoint": "http://a.example", "kind": "incident"},
         "webhook-endpoint", "comincia con https://"),
        ("webhook", {"email": "", "endpoint": "https://a.example", "kind": "incident"},
         "webhook-email", "nome@example.org"),
        ("link", {"address": "nobody"}, "link-address", "Scrivi un indirizzo email"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    visitor: Public, form: str, data: dict[str, str], field: str, sentence: str
) -> None:
    answer = visitor.post(f"/subscribe/{form}", data)
    assert answer.status_code == 422
    assert visitor.rows() == []
    page = html.document_fromstring(answer.text)
    (fault,) = page.find_class("fault")
    assert sentence in fault.text_content()
    (wrong,) = page.xpath("//*[@aria-invalid='true']")
    assert fault.get("id") in wrong.get("aria-describedby").split()
    assert wrong.get("id") == (field or None)
    (link,) = page.xpath("//*[@role='alert']//a/@href")
    assert page.xpath(f"//*[@id='{link[1:]}']")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_was_typed_is_kept(visitor: Public) -> None:
    login = visitor.components["login"]
    answer = visitor.post(
        "/subscribe/email",
        {"email": "<ada", "scope": "some", "component": login, "kind": "notice", "locale": "en"},
    )
    page = html.document_fromstring(answer.text)
    assert page.xpath("//input[@id='email-email']/@value") == ["<ada"]
    assert page.xpath(f"//input[@id='email-component-{login}']/@checked")
    assert page.xpath("//input[@id='email-scope-some']/@checked")
    assert not page.xpath("//input[@id='email-kind-incident']/@checked")
    assert page.xpath("//select[@id='email-locale']/option[@selected]/@value") == ["en"]
    assert page.xpath("//details[.//input[@id='email-scope-some']]/@open")
    # What was typed into one form stands in no other.
    assert page.xpath("//input[@id='webhook-email']/@value") == [""]


def test_one_incident_alone(visitor: Public, incident: Callable[..., str]) -> None:
    wanted = incident()
    assert visitor.post("/subscribe/email", {"email": ADA, "incident": wanted}).status_code == 303
    with visitor.db.read() as session:
        choices = subscribers.choices_of(session, visitor.rows()[0])
    assert (choices.follows, choices.incidents) == (False, (wanted,))
    wrong = visitor.post("/subscribe/email", {"email": "ada", "incident": wanted})
    assert wrong.status_code == 422
    page = html.document_fromstring(wrong.text)
    assert page.xpath("//input[@name='incident']/@value") == [wanted]
    assert page.xpath("//input[@id='one-email']/@aria-invalid") == ["true"]
    assert visitor.post("/subscribe/email", {"email": ADA, "incident": "nope"}).status_code == 400


def test_to_follow_one_incident_more_takes_nothing_away(
    visitor: Public, incident: Callable[..., str]
) -> None:
    visitor.subscribe(ADA, kind=["maintenance"])
    first, second = incident("Uno"), incident("Due")
    visitor.subscribe(ADA, incident=first)
    row = visitor.subscribe(ADA, incident=second)
    assert len(visitor.rows()) == 1
    with visitor.db.read() as session:
        choices = subscribers.choices_of(session, row)
    assert set(choices.incidents) == {first, second}
    assert choices.follows
    assert [str(kind) for kind in choices.kinds] == ["maintenance"]


def test_other_sites_do_not_make_their_visitors_ask(visitor: Public) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.post("/subscribe/email", {"email": ADA}, headers=headers).status_code == 403
    assert visitor.post("/subscribe/link", {"address": ADA}, headers=headers).status_code == 403
    assert visitor.rows() == []


def test_going_back_to_a_forms_address_leads_to_the_forms(visitor: Public) -> None:
    for path in ("/subscribe/email", "/en/subscribe/link"):
        answer = visitor.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("subscribe/")


def test_a_webhook_goes_to_its_owner(visitor: Public) -> None:
    FORMS["webhook"](visitor)
    (row,) = visitor.rows()
    assert (row.mode, row.address, row.contact) == ("webhook", "https://hook.example.org/a", ADA)
    assert visitor.letters() == [("confirm", row.number)]


@pytest.mark.parametrize("mode", [ListMode.EMAIL, ListMode.WEBHOOK])
def test_the_link_goes_to_the_owner_alone(visitor: Public, mode: ListMode) -> None:
    if mode is ListMode.EMAIL:
        row, typed = visitor.subscribe(ADA), "ADA@Example.org"
    else:
        FORMS["webhook"](visitor)
        (row,) = visitor.rows()
        visitor.post(f"/subscriptions/confirm/{visitor.confirm_token(row.id, mode)}")
        typed = "HTTPS://HOOK.example.org/a"
    before = visitor.letters()
    visitor.clock.later(minutes=16)
    answer = visitor.post("/subscribe/link", {"address": typed})
    assert answer.status_code == 303
    assert visitor.letters() == [*before, ("manage", row.number)]
    visitor.post("/subscribe/link", {"address": "someone-else@example.org"})
    assert len(visitor.letters()) == len(before) + 1


# Ways to write an address.


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG"),
        ("zo\u00eb@example.org", "zoe\u0308@example.org"),
        ("ZO\u00cb@example.org", "zoe\u0308@example.org"),
        ("ada@m\u00fcnchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@M\u00dcNCHEN.example", "ada@mu\u0308nchen.example"),
        ("ada@example.org", "  ada@example\u3002org "),
    ],
)
def test_resubscribing_makes_no_duplicate(visitor: Public, first: str, again: str) -> None:
    visitor.subscribe(first)
    visitor.subscribe(again)
    (row,) = visitor.rows()
    assert row.state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("known", "look_alike"),
    [
        ("ada@example.org", "\u0430da@example.org"),  # Cyrillic
        ("strasse@example.org", "straße@example.org"),
        ("mike@example.org", "m\u0131ke@example.org"),  # without a dot
        ("fi@example.org", "\ufb01@example.org"),  # a ligature
        ("ada@example.org", "ada@exampl\u0435.org"),
        ("ada@example.org", "ada+x@example.org"),
        ("ada@ss.example", "ada@ß.example"),
    ],
)
def test_a_look_alike_is_somebody_else(visitor: Public, known: str, look_alike: str) -> None:
    first = visitor.subscribe(known)
    second = visitor.subscribe(look_alike)
    assert len(visitor.rows()) == 2
    assert first.address_key != second.address_key
    visitor.post(f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, second.address)}")
    assert [row.state for row in visitor.rows()] == ["active", "unsubscribed"]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(typed=st.text(max_size=60) | st.emails())
def test_whatever_is_typed_is_answered(visitor: Public, typed: str) -> None:
    visitor.clock.later(minutes=1)
    answer = visitor.ask(typed)
    assert answer.status_code in {303, 422}


def test_without_lists_there_are_no_forms(tmp_path: object, sqlite_url: str) -> None:
    from pathlib import Path

    from tests.subscriptions.conftest import SETTINGS, public

    plain = SETTINGS.split("[email]")[0] + "[data]\npath = '.'\n"
    with public(sqlite_url, Path(str(tmp_path)), plain) as found:
        assert found.ask(ADA).status_code == 404
