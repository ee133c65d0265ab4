"""Links: to confirm, to unsubscribe, to one's own page; each for one purpose and its owner."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from incidents import subscribers
from incidents.status import ListMode
from incidents.subscribers import Letter, LetterKind, SubscriberState, address_key
from statuspage.subscriber_links import Purpose, make_token, webhook_secret
from tests.subscriptions.conftest import KEY, Public, heading, words_of

ADA, BEA = "ada@example.org", "bea@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def states(visitor: Public) -> dict[str, str]:
    return {row.address: str(row.state) for row in visitor.rows()}


def choices(visitor: Public, number: int = 0) -> subscribers.Choices:
    with visitor.db.read() as session:
        return subscribers.choices_of(session, visitor.rows()[number])


def buttons(answer: Any) -> list[str]:
    page = html.document_fromstring(answer.text)
    return [str(action) for action in page.xpath("//main//form[@method='post']/@action")]


# To confirm.


def test_to_open_the_link_confirms_nothing(visitor: Public) -> None:
    visitor.ask(ADA)
    link = f"/subscriptions/confirm/{visitor.confirm_token(visitor.rows()[0].id)}"
    for _ in range(3):
        answer = visitor.get(link)
        assert answer.status_code == 200
    assert heading(answer) == "Hai chiesto tu questi avvisi?"
    assert ADA in words_of(answer)
    assert states(visitor) == {ADA: "unconfirmed"}


def test_the_button_confirms_once(visitor: Public) -> None:
    visitor.ask(ADA)
    link = f"/subscriptions/confirm/{visitor.confirm_token(visitor.rows()[0].id)}"
    (action,) = buttons(visitor.get(link))
    assert action == f"../../{link[1:]}"
    answers = [visitor.post(link) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert heading(answers[1]) == "Confermato"
    assert states(visitor) == {ADA: "active"}
    assert len(visitor.rows()) == 1
    (manage,) = html.document_fromstring(answers[0].text).xpath(
        "//a[contains(@href, 'manage')]/@href"
    )
    assert visitor.get("/" + manage.removeprefix("../../")).status_code == 200


@pytest.mark.parametrize("path", ["confirm", "manage", "unsubscribe"])
def test_pages_of_one_person_are_kept_by_nobody(visitor: Public, path: str) -> None:
    row = visitor.subscribe(ADA)
    tokens = {
        "confirm": visitor.confirm_token(row.id),
        "manage": visitor.token(Purpose.MANAGE, ADA),
        "unsubscribe": visitor.token(Purpose.UNSUBSCRIBE, ADA),
    }
    answer = visitor.get(f"/subscriptions/{path}/{tokens[path]}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    page = html.document_fromstring(answer.text)
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert not page.xpath("//link[@rel='canonical'] | //meta[@property='og:url']")


def test_a_link_ends(visitor: Public) -> None:
    row = visitor.subscribe(ADA)
    confirm, manage = visitor.confirm_token(row.id), visitor.token(Purpose.MANAGE, ADA)
    leave = visitor.token(Purpose.UNSUBSCRIBE, ADA)
    visitor.clock.later(hours=24, seconds=1)
    over = visitor.get(f"/subscriptions/manage/{manage}")
    assert over.status_code == 410
    assert heading(over) == "Questo link non è più valido"
    assert visitor.get(f"/subscriptions/confirm/{confirm}").status_code == 200
    visitor.clock.later(hours=24)
    assert visitor.post(f"/subscriptions/confirm/{confirm}").status_code == 410
    visitor.clock.later(days=3650)
    assert visitor.get(f"/subscriptions/unsubscribe/{leave}").status_code == 200


def test_a_link_is_good_for_its_purpose_alone(visitor: Public) -> None:
    row = visitor.subscribe(ADA)
    key = address_key(ListMode.EMAIL, ADA)
    until = visitor.clock.now() + timedelta(hours=1)
    for purpose in Purpose:
        for subject in (row.id, key):
            token = make_token([KEY], purpose, ListMode.EMAIL, subject, until)
            for path in set(Purpose) - {purpose}:
                assert visitor.get(f"/subscriptions/{path}/{token}").status_code == 410
                assert visitor.post(f"/subscriptions/{path}/{token}").status_code == 410
    assert states(visitor) == {ADA: "active"}


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("email.", "webhook.", 1),
        lambda token: token[:-19],
        lambda token: "x" + token,
        lambda token: "...",
        lambda token: "email.%00.ff." + "A" * 24,
        lambda token: "é" * 9,
    ],
)
def test_a_link_that_was_changed_is_no_link(visitor: Public, change: Callable[[str], str]) -> None:
    visitor.subscribe(ADA)
    token = change(visitor.token(Purpose.UNSUBSCRIBE, ADA))
    assert visitor.post(f"/subscriptions/unsubscribe/{token}", ONE_CLICK).status_code == 410
    assert states(visitor) == {ADA: "active"}


def test_a_request_that_was_erased_cannot_be_confirmed(visitor: Public) -> None:
    visitor.ask(ADA)
    token = visitor.confirm_token(visitor.rows()[0].id)
    visitor.clock.later(hours=47)
    subscribers.erase(visitor.db, ListMode.EMAIL, address_key(ListMode.EMAIL, ADA))
    assert visitor.get(f"/subscriptions/confirm/{token}").status_code == 410
    assert visitor.post(f"/subscriptions/confirm/{token}").status_code == 410


def test_tokens_reach_no_log(visitor: Public, capsys: pytest.CaptureFixture[str]) -> None:
    from statuspage.logs import configure_logs

    row = visitor.subscribe(ADA)
    configure_logs(level=logging.DEBUG)
    for token in (visitor.token(Purpose.UNSUBSCRIBE, ADA), visitor.confirm_token(row.id)):
        for purpose in Purpose:
            for more in ("", "/", "/undo", "/nothing"):
                path = f"/subscriptions/{purpose}/{token}{more}"
                visitor.get(path)
                visitor.post(path)
                visitor.client.put(path)
                visitor.get(f"/en{path}")
        told = capsys.readouterr().err
        assert "/subscriptions/" in told
        assert token not in told
        assert token.rsplit(".", 1)[1] not in told
        assert row.address_key not in told


# To unsubscribe.


def test_one_click_unsubscribes(visitor: Public) -> None:
    """RFC 8058, 3.2: no cookie, no redirect, nothing else needed."""
    visitor.subscribe(ADA)
    visitor.subscribe(BEA)
    link = f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}"
    answer = visitor.post(link, ONE_CLICK)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert states(visitor) == {ADA: "unsubscribed", BEA: "active"}
    assert visitor.post(link, ONE_CLICK).get_data() == answer.get_data()


def test_one_click_as_mail_programs_send_it(visitor: Public) -> None:
    visitor.subscribe(ADA)
    link = f"/en/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}"
    answer = visitor.post(
        link,
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--',
        content_type="multipart/form-data; boundary=b",
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"},
    )
    assert answer.status_code == 200
    assert states(visitor) == {ADA: "unsubscribed"}


def test_to_look_at_the_page_unsubscribes_nobody(visitor: Public) -> None:
    visitor.subscribe(ADA)
    link = f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}"
    for path in (link, f"{link}/undo", f"{link}/erase"):
        assert visitor.get(path).status_code == 200
    assert visitor.client.head(link).status_code == 200
    assert states(visitor) == {ADA: "active"}


def test_a_mistake_is_undone(visitor: Public) -> None:
    visitor.subscribe(ADA)
    link = f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}"
    undo, erase = buttons(visitor.post(link, ONE_CLICK))
    assert (undo, erase) == (f"../../{link[1:]}/undo", f"../../{link[1:]}/erase")
    assert heading(visitor.post(f"{link}/undo")) == "Annullato"
    assert states(visitor) == {ADA: "active"}


def test_erased_at_once(visitor: Public) -> None:
    visitor.subscribe(ADA)
    link = f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}"
    visitor.post(link, ONE_CLICK)
    assert heading(visitor.post(f"{link}/erase")) == "È tutto cancellato"
    assert visitor.rows() == []
    assert heading(visitor.post(f"{link}/undo")) == "Non c’è nulla da fare"


def test_a_letter_that_was_passed_on_erases_nobody(visitor: Public) -> None:
    visitor.subscribe(ADA)
    link = f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}"
    visitor.post(f"{link}/erase")
    assert states(visitor) == {ADA: "active"}


def test_one_who_left_may_come_again(visitor: Public) -> None:
    visitor.subscribe(ADA)
    visitor.post(f"/subscriptions/unsubscribe/{visitor.token(Purpose.UNSUBSCRIBE, ADA)}", ONE_CLICK)
    visitor.subscribe("ADA@example.org", kind=["incident"])
    assert [str(row.state) for row in visitor.rows()] == ["active"]
    assert [str(kind) for kind in choices(visitor).kinds] == ["incident"]


# One's own page.


def manage(
    visitor: Public,
    address: str = ADA,
    mode: ListMode = ListMode.EMAIL,
    owner: str | None = None,
) -> str:
    return f"/subscriptions/manage/{visitor.token(Purpose.MANAGE, address, mode, owner)}"


def test_choices_are_shown_and_changed(visitor: Public) -> None:
    wallet, login = visitor.components["wallet"], visitor.components["login"]
    visitor.subscribe(ADA, scope="some", component=[wallet], kind=["incident"])
    link = manage(visitor)
    page = html.document_fromstring(visitor.get(link).text)
    assert page.xpath("//input[@name='component'][@checked]/@value") == [wallet]
    assert page.xpath("//input[@name='kind'][@checked]/@value") == ["incident"]
    data = {"scope": "some", "component": [login], "kind": ["maintenance"], "locale": "en"}
    answer = visitor.post(link, data)
    assert (answer.status_code, answer.headers["Location"][-6:]) == (303, "?saved")
    assert "Salvato." in words_of(visitor.get(f"{link}?saved"))
    kept = choices(visitor)
    assert (kept.components, kept.locale) == ((login,), "en")
    assert [str(kind) for kind in kept.kinds] == ["maintenance"]


def test_choices_that_cannot_be_are_said(visitor: Public) -> None:
    visitor.subscribe(ADA)
    answer = visitor.post(manage(visitor), {"scope": "some", "locale": "it"})
    assert answer.status_code == 422
    assert choices(visitor).components is None
    page = html.document_fromstring(answer.text)
    (link,) = page.xpath("//*[@role='alert']//a/@href")
    assert page.xpath(f"//*[@id='{link[1:]}']")


def test_single_incidents_are_let_go(visitor: Public, incident: Callable[..., str]) -> None:
    first, second = incident("Uno"), incident("Due")
    visitor.subscribe(ADA, incident=first)
    visitor.subscribe(ADA, incident=second)
    link = manage(visitor)
    page = html.document_fromstring(visitor.get(link).text)
    assert set(page.xpath("//input[@name='incident']/@value")) == {first, second}
    assert page.xpath("//input[@name='follows'][@checked]/@value") == ["no"]
    kinds = ["incident", "maintenance", "advance_notice"]
    # One that was not followed cannot be smuggled in.
    third = incident("Tre")
    visitor.post(link, {"incident": [second, third], "follows": "no", "kind": kinds})
    assert (choices(visitor).follows, choices(visitor).incidents) == (False, (second,))
    visitor.post(link, {"incident": second, "follows": "yes", "kind": kinds})
    assert (choices(visitor).follows, choices(visitor).incidents) == (True, (second,))


def test_whom_letters_came_back_from_says_that_it_works_again(visitor: Public) -> None:
    row = visitor.subscribe(ADA)
    subscribers.quarantine(visitor.db, row.number, visitor.clock.now(), "550 mailbox <full>")
    link = manage(visitor)
    answer = visitor.get(link)
    assert "550 mailbox <full>" in words_of(answer)
    assert any(action.endswith("/resume") for action in buttons(answer))
    assert visitor.post(f"{link}/resume").status_code == 303
    assert states(visitor) == {ADA: "active"}


def test_stop_and_begin_again_on_ones_own_page(visitor: Public) -> None:
    visitor.subscribe(ADA)
    link = manage(visitor)
    assert visitor.post(f"{link}/stop").status_code == 303
    assert states(visitor) == {ADA: "unsubscribed"}
    answer = visitor.get(link)
    assert not any(action.endswith("/stop") for action in buttons(answer))
    visitor.post(f"{link}/resume")
    assert states(visitor) == {ADA: "active"}


def test_all_that_is_kept_can_be_taken_along(visitor: Public, incident: Callable[..., str]) -> None:
    followed = incident()
    visitor.subscribe(ADA, scope="some", component=[visitor.components["wallet"]])
    visitor.subscribe(ADA, incident=followed)
    visitor.ask("ADA@example.org", kind=["incident"])
    visitor.subscribe(BEA)
    answer = visitor.get(f"{manage(visitor)}/export")
    assert answer.content_type == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="avviso.json"'
    active, asked = json.loads(answer.text)["subscriptions"]
    assert (active["address"], active["state"]) == (ADA, "active")
    assert active["components"] == [visitor.components["wallet"]]
    assert active["incidents"] == [followed]
    assert (asked["address"], asked["state"]) == ("ADA@example.org", "unconfirmed")
    assert asked["waiting"][0]["kind"] == "confirm"
    assert BEA not in answer.text
    columns = set(type(visitor.rows()[0]).__table__.c.keys())
    ours = {"number", "address_key"}  # a place in a line, and a digest of what is told
    told = {"locale": "language", "everything": "components", "maintenances": "kinds",
            "notices": "kinds"}  # fmt: skip
    assert {told.get(name, name) for name in columns - ours} <= set(active)


def test_everything_is_erased(visitor: Public) -> None:
    visitor.subscribe(ADA)
    visitor.ask(ADA)
    visitor.subscribe(BEA)
    link = manage(visitor)
    asked = visitor.get(f"{link}/erase")
    assert buttons(asked) == [f"../../../{link[1:]}/erase"]
    assert len(visitor.rows()) == 3
    assert heading(visitor.post(f"{link}/erase")) == "È tutto cancellato"
    assert states(visitor) == {BEA: "active"}
    for path in (link, f"{link}/export", f"{link}/erase"):
        assert visitor.get(path).status_code == 410
    assert visitor.post(f"{link}/erase").status_code == 200


def test_a_webhooks_owner_sees_its_secret_and_its_last_fault(visitor: Public) -> None:
    endpoint = "https://hook.example.org/a"
    data = {"endpoint": endpoint, "email": ADA, "kind": "incident"}
    visitor.post("/subscribe/webhook", data)
    (row,) = visitor.rows()
    confirmed = visitor.post(
        f"/subscriptions/confirm/{visitor.confirm_token(row.id, ListMode.WEBHOOK)}"
    )
    assert webhook_secret(KEY, row.address_key) in words_of(confirmed)
    now = visitor.clock.now()
    with visitor.db.claim() as session:
        session.add(
            Letter(channel="webhook", subscriber=row.number, kind=LetterKind.NEWS, created_at=now,
                   not_before=now, error="answered 500")
        )  # fmt: skip
    shown = words_of(visitor.get(manage(visitor, endpoint, ListMode.WEBHOOK, ADA)))
    assert webhook_secret(KEY, row.address_key) in shown
    assert "answered 500" in shown
    # The same key as an e-mail address opens nothing.
    assert visitor.get(manage(visitor, endpoint)).status_code == 410


def test_who_names_anothers_webhook_neither_sees_its_secret_nor_ends_it(visitor: Public) -> None:
    """Only mail to an owner shows who they are; an address of a program is known to many."""
    endpoint = "https://hook.example.org/a"
    rows = {}
    for owner in (ADA, BEA):
        visitor.post(
            "/subscribe/webhook", {"endpoint": endpoint, "email": owner, "kind": "incident"}
        )
        row = visitor.rows()[-1]
        link = f"/subscriptions/confirm/{visitor.confirm_token(row.id, ListMode.WEBHOOK)}"
        rows[owner] = row, words_of(visitor.post(link))
    secrets = {owner: webhook_secret(KEY, row.address_key) for owner, (row, _) in rows.items()}
    assert secrets[ADA] != secrets[BEA]
    for owner, other in ((ADA, BEA), (BEA, ADA)):
        assert secrets[owner] in rows[owner][1]
        assert secrets[other] not in rows[owner][1]
    visitor.post(f"{manage(visitor, endpoint, ListMode.WEBHOOK, BEA)}/erase")
    (left,) = visitor.rows()
    assert (left.contact, left.state, left.id) == (ADA, "active", rows[ADA][0].id)


def test_two_requests_of_one_address_confirmed_in_turn_leave_one(visitor: Public) -> None:
    visitor.ask(ADA)
    visitor.ask("ADA@example.org", kind=["incident"])
    for row in visitor.rows():
        visitor.post(f"/subscriptions/confirm/{visitor.confirm_token(row.id)}")
    (row,) = visitor.rows()
    assert (row.address, row.state) == ("ADA@example.org", SubscriberState.ACTIVE)
