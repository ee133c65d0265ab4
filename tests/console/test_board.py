"""The board as a browser without script has it: what it shows, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from lxml import html
from sqlalchemy import select
from werkzeug.test import TestResponse

from incidents import actions, outbox, queries
from incidents.models import WITHOUT_PICTURE, Delivery, ShownEvent
from incidents.status import DeliveryState, Role
from statuspage.console._delivery_words import state_of
from tests.conftest import NOON
from tests.console.conftest import Browser, Place
from tests.incidents.builders import HOUR, MINUTE, declared, words

SECOND = timedelta(seconds=1)
TASK = """
[[channels]]
name = "call-centre"
kind = "task"
locale = "it"
who = "Shift leader, 06 5555"
instructions = "Read it out."
"""


def read(answer: TestResponse, status: int = 200) -> Any:
    """The parsed page."""
    assert answer.status_code == status, answer.text
    return html.document_fromstring(answer.text)


def words_in(element: Any) -> str:
    return " ".join(element.text_content().split())


def shown(place: Place, role: Role = Role.AUTHOR, path: str = "/console/") -> Any:
    """The board in English."""
    return read(place.client_of(role, "en").get(path))


def by_id(page: Any, name: str) -> Any:
    return page.get_element_by_id(name)


def tags(element: Any) -> dict[str, str]:
    """The words of each tag, with its shape: what a colour says, it says without one."""
    found = {}
    for tag in element.find_class("tag"):
        shapes = tag.find_class("shape")
        found[words_in(tag)] = shapes[0].get("class").split()[1] if shapes else ""
    return found


def settle(place: Place, channel: str, **values: Any) -> int:
    """Make a channel's newest delivery look like this; answers its number."""
    with place.house.db.claim() as session:
        newest = select(Delivery).where(Delivery.channel == channel).order_by(Delivery.id.desc())
        row = session.scalars(newest).first()
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        return row.id


def delivery(place: Place, number: int) -> Delivery:
    with place.house.db.read() as session:
        return session.get_one(Delivery, number)


def a_fault(place: Place, **data: Any) -> None:
    declared(place.house.desk, place.clock.now(), actor="ada", **data)


def plan(place: Place, **data: Any) -> None:
    """Planned work on the wallet, from one hour to three hours from now."""
    now = place.clock.now()
    said = {
        "kind": "maintenance",
        "name": {"it": "Lavori", "en": "Work"},
        "starts_at": now + HOUR,
        "ends_at": now + 3 * HOUR,
        "components": ["wallet"],
        "texts": words("Lavori"),
        **data,
    }
    actions.schedule(place.house.desk, "ada", now, said)


# What it shows


def test_nobody_sees_it_without_signing_in(place: Place) -> None:
    for path in ("/console/", "/console/board-part"):
        assert place.client().get(path).status_code == 303


def test_with_nothing_open_it_says_so(place: Place) -> None:
    page = shown(place)
    assert words_in(by_id(page, "none-open")) == "None is open."
    assert page.xpath("//title")[0].text == "Board · Avviso"


@pytest.mark.parametrize(
    ("minutes", "says", "shape", "title"),
    [
        (0, "Next update in 30 minutes, by 12:30", "working", "Board"),
        (19, "Next update in 11 minutes, by 12:30", "working", "Board"),
        (20, "Update due in 10 minutes, by 12:30", "slow", "Board"),
        (30, "Update promised by 12:30: less than a minute late", "down", "(!) Board"),
        (95, "Update promised by 12:30: 1 hour and 5 minutes late", "down", "(!) Board"),
    ],
)
def test_a_promise_is_told_in_words_and_by_its_shape(
    place: Place, minutes: int, says: str, shape: str, title: str
) -> None:
    a_fault(place, next_update_by=NOON + 30 * MINUTE)
    place.clock.forward(minutes * MINUTE)
    page = shown(place)
    assert tags(by_id(page, "entry-1"))[says] == shape
    assert page.xpath("//title")[0].text == f"{title} · Avviso"
    assert ("data-alarm" in by_id(page, "board").attrib) is (minutes >= 30)


def test_how_early_it_warns_is_a_setting(make_place: Callable[..., Place]) -> None:
    place = make_place("\n[board]\nwarn_before = 30\n")
    a_fault(place, next_update_by=NOON + 30 * MINUTE)
    assert tags(by_id(shown(place), "entry-1"))["Update due in 30 minutes, by 12:30"] == "slow"


def test_an_incident_has_its_clocks_its_parts_and_what_to_do_next(place: Place) -> None:
    a_fault(place, started_at=NOON - 8 * MINUTE)
    card = by_id(shown(place), "entry-1")
    said = tags(card)
    assert said["Open for 8 minutes, since 11:52"] == ""
    assert said["First notice after 8 minutes"] == "slow"
    assert said["No next update promised"] == "slow"
    assert "Wallet: Not working" in words_in(card)
    links = {words_in(link): link.get("href") for link in card.xpath(".//a")}
    assert links["#1 Wallet unavailable"] == "/console/entries/1"
    assert links["Update #1"] == "/console/entries/1/update"
    assert links["Resolve #1"] == "/console/entries/1/resolve"


def test_planned_work_is_to_come_then_under_way_then_overdue(place: Place) -> None:
    by_hand = {"starts_itself": False, "ends_itself": False}
    plan(place, **by_hand)
    section = by_id(shown(place), "b-planned")
    assert {"Begins 13:00", "Ends 15:00"} <= set(tags(section))
    place.clock.forward(2 * HOUR)
    assert tags(by_id(shown(place), "b-planned"))["Should have begun by now"] == "down"
    said = {"incident": "1", "status": "in_progress", "texts": words("Ora")}
    actions.post_update(place.house.desk, "ada", place.clock.now(), said)
    assert "Since 13:00" in tags(by_id(shown(place), "b-running"))
    place.clock.forward(2 * HOUR)
    assert tags(by_id(shown(place), "b-running"))["Should have ended by now"] == "down"


def test_a_notice_leads_to_the_incident_that_it_warned_of(place: Place) -> None:
    plan(place, kind="advance_notice")
    links = {words_in(a): a.get("href") for a in by_id(shown(place), "entry-1").xpath(".//a")}
    assert links["It has come true #1"] == "/console/declare?notice=1"


def test_who_may_only_look_has_no_buttons(place: Place) -> None:
    a_fault(place)
    settle(place, "x-it", state=DeliveryState.FAILED)
    page = shown(place, Role.VIEWER)
    assert page.xpath("//main//form") == []
    assert [words_in(a) for a in by_id(page, "entry-1").xpath(".//a")] == ["#1 Wallet unavailable"]


def test_drafts_wait_with_their_author(place: Place) -> None:
    said = {
        "name": {"it": "Bozza", "en": "Sketch"},
        "components": {"wallet": "major_outage"},
        "texts": words("A"),
    }
    draft = actions.save_draft(place.house.desk, "bea", NOON, "declare_incident", said)
    told = by_id(shown(place), f"draft-{draft.draft_id}")
    assert words_in(told) == "Sketch Bea, 12:00"
    assert told.xpath(".//a/@href") == [f"/console/drafts/{draft.draft_id}"]


# How it goes out


@pytest.mark.parametrize(
    ("values", "personal", "says"),
    [
        ({"state": "pending", "attempts": 0}, False, "waits to be sent"),
        ({"state": "pending", "attempts": 2}, False, "is tried again"),
        ({"state": "sending"}, False, "is being sent"),
        ({"state": "sent"}, False, "sent"),
        ({"state": "verified"}, False, "sent and seen"),
        ({"state": "failed"}, False, "not sent"),
        ({"state": "superseded"}, False, "left out"),
        ({"state": "unconfirmed", "look_at": NOON}, False, "may be out: it is being looked for"),
        ({"state": "unconfirmed"}, False, "may be out: look yourself"),
        ({"state": "unconfirmed"}, True, "waits for a person"),
    ],
)
def test_each_state_of_a_delivery_has_words(
    values: dict[str, Any], personal: bool, says: str
) -> None:
    row = Delivery(**{"attempts": 0, **values, "state": DeliveryState(values["state"])})
    assert state_of(row, personal=personal)[1] == says


def test_a_delivery_shows_text_link_error_and_next_try(place: Place) -> None:
    a_fault(place)
    out = settle(
        place,
        "x-it",
        state=DeliveryState.VERIFIED,
        text="Guasto <b>",
        remote_url="https://posts.test/1",
        remote_extra={WITHOUT_PICTURE: "X answered <503>"},
        sent_at=NOON,
    )
    again = settle(
        place, "x-en", attempts=3, error="busy <i>", not_before=NOON + 5 * MINUTE, sent_at=None
    )
    page = shown(place)
    sent = by_id(page, f"d-{out}")
    assert words_in(sent.xpath(".//pre")[0]) == "Guasto <b>"
    assert sent.xpath(".//a/@href") == ["https://posts.test/1"]
    assert "It went out without its picture. X answered <503>" in words_in(sent)
    waits = words_in(by_id(page, f"d-{again}"))
    assert "next try 12:05" in waits
    assert "3 attempts" in waits
    assert "Why: busy <i>" in waits


@pytest.mark.parametrize(
    ("minutes", "tone", "alarmed"), [(2, "working", False), (3, "slow", False), (6, "down", True)]
)
def test_a_fault_without_a_notice_counts_before_there_is_one(
    place: Place, minutes: int, tone: str, alarmed: bool
) -> None:
    said = {
        "name": {"it": "Guasto", "en": "Fault <b>"},
        "components": {"wallet": "major_outage"},
        "texts": words("Guasto"),
        "started_at": NOON,
    }
    kept = actions.save_draft(place.house.desk, "bea", NOON, "declare_incident", said).draft_id
    place.clock.set(NOON + minutes * MINUTE)
    page = shown(place)
    assert tags(by_id(page, f"draft-{kept}")) == {f"No notice yet: {minutes} minutes": tone}
    assert page.findtext(".//title").startswith("(!)") is alarmed
    told = [words_in(each) for each in page.find_class("told down")]
    late = [text for text in told if "No notice went out yet of Fault <b>" in text]
    assert len(late) == alarmed
    if alarmed:
        assert "it began 6 minutes ago, and the first one is expected within 5 minutes" in late[0]


def test_a_link_that_is_no_web_address_is_none(place: Place) -> None:
    a_fault(place)
    out = settle(place, "x-it", state=DeliveryState.SENT, remote_url="javascript:alert(1)")
    assert by_id(shown(place), f"d-{out}").xpath(".//a") == []


def test_skew_is_told_beside_the_publication(place: Place) -> None:
    a_fault(place)
    settle(place, "x-it", state=DeliveryState.SENT, sent_at=NOON)
    settle(place, "x-en", state=DeliveryState.SENT, sent_at=NOON + 7 * SECOND)
    assert "first to last 7 s" in words_in(by_id(shown(place), "entry-1"))


def test_what_was_resolved_is_still_seen_going_out(place: Place) -> None:
    a_fault(place)
    said = {"incident": "1", "components": {"wallet": "operational"}, "texts": words("Fatto")}
    actions.resolve_incident(place.house.desk, "ada", NOON, said)
    told = words_in(by_id(shown(place), "b-latest"))
    assert "Update 2 · #1 Wallet unavailable" in told


# What it warns of


def test_without_a_sign_of_the_worker_it_says_so(place: Place) -> None:
    told = words_in(by_id(shown(place), "w-worker"))
    assert told == "There is no sign of the worker: nothing goes out, and the page grows old."
    place.house.site.refresh(NOON)
    assert words_in(by_id(shown(place), "b-worker")).startswith("The worker runs")
    place.clock.forward(4 * MINUTE)
    assert words_in(by_id(shown(place), "w-worker")).startswith("No sign of the worker since 12:00")


def test_a_target_that_does_not_show_the_latest_is_named(place: Place) -> None:
    place.house.site.refresh(NOON)
    a_fault(place)
    assert "not yet online" not in words_in(shown(place))
    place.clock.forward(11 * SECOND)
    told = words_in(by_id(shown(place), "w-page"))
    assert told == "Saved, not yet online on page, since 12:00."


def test_a_target_that_nobody_looks_after_is_named(place: Place) -> None:
    place.house.site.refresh(NOON)
    with place.house.db.claim() as session:
        for row in session.scalars(select(ShownEvent)):
            row.at = NOON - HOUR
    assert words_in(by_id(shown(place), "w-page")).startswith("Nobody looks after page")


def test_a_broken_channel_says_why_and_can_be_used_again(place: Place) -> None:
    outbox.break_channel(place.house.db, "x-it", NOON, "the token was revoked")
    told = by_id(shown(place, Role.APPROVER), "w-channel-x-it")
    assert words_in(told).startswith("The channel x-it is broken since 12:00.")
    assert "the token was revoked" in words_in(told)
    assert told.xpath(".//form/@action") == ["/console/channels/x-it/resume"]
    assert by_id(shown(place), "w-channel-x-it").xpath(".//form") == []


# What its buttons do


def pressed(browser: Browser, path: str, data: dict[str, str] | None = None) -> TestResponse:
    answer = browser.post_form(path, data)
    assert isinstance(answer, TestResponse)
    return answer


@pytest.mark.parametrize(
    ("state", "do", "becomes", "event"),
    [
        ("failed", "retry", "pending", "delivery_retried"),
        ("failed", "skip", "superseded", "delivery_skipped"),
        ("pending", "skip", "superseded", "delivery_skipped"),
        ("superseded", "retry", "pending", "delivery_retried"),
        ("unconfirmed", "there", "sent", "delivery_settled"),
        ("unconfirmed", "not-there", "pending", "delivery_settled"),
        ("unconfirmed", "done", "sent", "delivery_settled"),
    ],
)
def test_a_decision_is_done_and_written_down(
    place: Place, state: str, do: str, becomes: str, event: str
) -> None:
    a_fault(place)
    number = settle(place, "x-it", state=DeliveryState(state))
    browser = place.client_of(Role.AUTHOR, "en")
    answer = pressed(browser, f"/console/deliveries/{number}/{do}")
    assert (answer.status_code, answer.location) == (303, f"/console/?said={do}")
    assert delivery(place, number).state == becomes
    assert browser.get(answer.location).status_code == 200
    with place.house.db.read() as session:
        [last] = queries.trail(session, queries.TrailFilter(), limit=1).events
    assert (last.kind, last.login) == (event, "bea")
    assert (last.data["old"], last.data["new"]) == (state, becomes)


def test_where_a_post_is_can_be_told(place: Place) -> None:
    a_fault(place)
    number = settle(place, "x-it", state=DeliveryState.UNCONFIRMED)
    browser = place.client_of(Role.AUTHOR, "en")
    wrong = read(pressed(browser, f"/console/deliveries/{number}/there", {"url": "x.com/1"}), 422)
    assert by_id(wrong, "problems").xpath(".//a/@href") == [f"#url-{number}"]
    assert delivery(place, number).state == DeliveryState.UNCONFIRMED
    address = {"url": " https://posts.test/1 "}
    assert pressed(browser, f"/console/deliveries/{number}/there", address).status_code == 303
    assert delivery(place, number).remote_url == "https://posts.test/1"


def test_what_cannot_be_done_changes_nothing_and_is_said(place: Place) -> None:
    a_fault(place)
    number = settle(place, "x-it", state=DeliveryState.VERIFIED)
    browser = place.client_of(Role.AUTHOR, "en")
    for do in ("retry", "skip", "there", "not-there"):
        page = read(pressed(browser, f"/console/deliveries/{number}/{do}"), 409)
        assert str(number) in words_in(by_id(page, "problems"))
    assert read(pressed(browser, "/console/deliveries/9999/retry"), 404) is not None
    assert pressed(browser, f"/console/deliveries/{2**40}/retry").status_code == 404
    assert pressed(browser, f"/console/deliveries/{number}/burn").status_code == 404
    assert delivery(place, number).state == DeliveryState.VERIFIED


def test_a_viewer_decides_nothing_and_a_forged_form_neither(place: Place) -> None:
    a_fault(place)
    number = settle(place, "x-it", state=DeliveryState.FAILED)
    path = f"/console/deliveries/{number}/retry"
    assert place.client_of(Role.VIEWER).post_form(path).status_code == 403
    assert place.client_of(Role.AUTHOR).post(path).status_code == 400
    assert delivery(place, number).state == DeliveryState.FAILED


def test_a_task_is_shown_with_who_and_what_and_is_done(make_place: Callable[..., Place]) -> None:
    place = make_place(TASK)
    a_fault(place)
    number = settle(place, "call-centre", state=DeliveryState.UNCONFIRMED, text="Guasto.")
    told = by_id(shown(place), f"decide-{number}")
    for part in ("Shift leader, 06 5555", "Read it out.", "Guasto."):
        assert part in words_in(told)
    actions_of = told.xpath(".//form/@action")
    at = f"/console/deliveries/{number}"
    assert actions_of == [f"{at}/done", f"{at}/skip"]


def test_duty_is_taken_handed_over_and_left(place: Place) -> None:
    bea = place.client_of(Role.AUTHOR, "en")
    assert "Nobody said so." in words_in(by_id(read(bea.get("/console/")), "b-duty"))
    assert pressed(bea, "/console/duty", {"do": "take"}).status_code == 303
    section = by_id(read(bea.get("/console/")), "b-duty")
    assert "Bea since 12:00" in words_in(section)
    assert "bea" not in section.xpath(".//option/@value")
    page = read(pressed(bea, "/console/duty", {"do": "over", "to": "vera"}), 422)
    assert by_id(page, "problems").xpath(".//a/@href") == ["#to"]
    assert pressed(bea, "/console/duty", {"do": "over", "to": "carlo"}).status_code == 303
    assert "Carlo since" in words_in(by_id(shown(place), "b-duty"))
    assert pressed(bea, "/console/duty", {"do": "leave"}).status_code == 303
    assert pressed(bea, "/console/duty", {"do": "leave"}).status_code == 409
    assert pressed(bea, "/console/duty", {"do": "dance"}).status_code == 404


# The part that is fetched again


def test_the_part_is_the_board_itself(place: Place) -> None:
    a_fault(place)
    browser = place.client_of(Role.AUTHOR, "en")
    whole = by_id(read(browser.get("/console/")), "board")
    part = html.fragment_fromstring(browser.get("/console/board-part").text.strip())
    assert words_in(part) == words_in(whole)
    assert part.get("id") == "board"


def test_what_did_not_change_is_not_sent_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_fault(place, next_update_by=NOON + HOUR)
    browser = place.client_of(Role.AUTHOR, "en")
    first = browser.get("/console/board-part")
    tag = first.headers["ETag"]
    place.clock.forward(5 * SECOND)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _signer: 1)  # another form token
    same = browser.get("/console/board-part", headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["X-Read-At"] > first.headers["X-Read-At"]
    place.clock.forward(MINUTE)
    assert browser.get("/console/board-part", headers={"If-None-Match": tag}).status_code == 200


def test_tags_differ_by_what_one_may_do(place: Place) -> None:
    a_fault(place)
    found = {
        place.client_of(role, "en").get("/console/board-part").headers["ETag"]
        for role in (Role.VIEWER, Role.AUTHOR)
    }
    assert len(found) == 2
