"""The channels' page: what each is and how it stands; pausing, resuming, trying; no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from werkzeug.test import TestResponse

from incidents import outbox, queries
from incidents.status import DeliveryState, Role
from publishers.channels import log
from publishers.channels._base import ChannelBroken
from tests.conftest import NOON
from tests.console.conftest import ENV, Place
from tests.console.test_board import a_fault, by_id, read, settle, shown, words_in

SECRET = "do-not-tell-anybody"
MASTODON = """
[[channels]]
name = "toots"
kind = "mastodon"
locale = "it"
base_url = "https://social.example.it"
hashtags = ["Cashback"]

[[channels]]
name = "shift"
kind = "task"
locale = "it"
who = "Shift leader"
"""


def facts(section: Any) -> dict[str, str]:
    """Each term with what it says."""
    terms = section.xpath(".//dt")
    return {words_in(term): words_in(term.getnext()) for term in terms}


def section_of(place: Place, channel: str, role: Role = Role.APPROVER) -> Any:
    return by_id(shown(place, role, "/console/channels"), f"channel-{channel}")


def test_nobody_sees_it_without_signing_in(place: Place) -> None:
    assert place.client().get("/console/channels").status_code == 303


def test_each_channel_says_what_it_is(make_place: Callable[..., Place]) -> None:
    place = make_place(MASTODON)
    told = facts(section_of(place, "toots"))
    assert told["Kind"] == "mastodon"
    assert told["Language"] == "it"
    assert told["Limit"] == "500 characters"
    assert told["Posts"] == "with the link and in threads"
    assert told["Hashtags"] == "#Cashback"
    assert (told["Last post"], told["Last fault"]) == ("none yet", "none")
    assert facts(section_of(place, "shift"))["Limit"] == "none"


def test_a_secret_is_named_and_never_shown(make_place: Callable[..., Place]) -> None:
    without = make_place(MASTODON)
    assert facts(section_of(without, "toots"))["AVVISO_TOOTS_ACCESS_TOKEN"] == "not set"
    place = make_place(MASTODON, {**ENV, "AVVISO_TOOTS_ACCESS_TOKEN": SECRET})
    assert facts(section_of(place, "toots"))["AVVISO_TOOTS_ACCESS_TOKEN"] == "set"
    answer = place.client_of(Role.ADMIN).get("/console/channels")
    assert SECRET not in answer.text


def test_it_shows_the_last_post_and_the_last_fault(place: Place) -> None:
    a_fault(place)
    settle(
        place,
        "x-it",
        state=DeliveryState.VERIFIED,
        sent_at=NOON,
        remote_url="https://posts.test/1",
    )
    settle(place, "x-en", state=DeliveryState.FAILED, error="too long", tried_at=NOON)
    out = section_of(place, "x-it")
    assert facts(out)["Last post"].startswith("12:00, #1/1")
    assert "https://posts.test/1" in out.xpath(".//a/@href")
    assert facts(section_of(place, "x-en"))["Last fault"] == "12:00, #1/1: too long"


def test_a_channel_is_paused_with_a_reason_and_used_again(place: Place) -> None:
    carlo = place.client_of(Role.APPROVER, "en")
    answer = carlo.post_form("/console/channels/x-it/pause", {"why": "moving house"})
    assert (answer.status_code, answer.location) == (303, "/console/channels?said=pause")
    told = words_in(section_of(place, "x-it"))
    assert "paused" in told
    assert "moving house" in told
    assert carlo.post_form("/console/channels/x-it/resume").status_code == 303
    with place.house.db.read() as session:
        assert queries.channel_states(session) == {}
        [last] = queries.trail(session, queries.TrailFilter(), limit=1).events
    assert (last.kind, last.login, last.data["old"]) == ("channel_set", "carlo", "paused")


def test_a_broken_channel_says_since_when_and_why(place: Place) -> None:
    outbox.break_channel(place.house.db, "x-it", NOON, "the token was revoked")
    section = section_of(place, "x-it")
    assert "broken" in words_in(section)
    assert "since 12:00" in words_in(section)
    assert "the token was revoked" in words_in(section)
    assert "/console/channels/x-it/resume" in section.xpath(".//form/@action")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_whoever_may_not_pause_sees_no_button_and_cannot(place: Place, role: Role) -> None:
    section = section_of(place, "x-it", role)
    assert not [at for at in section.xpath(".//form/@action") if at.endswith(("pause", "resume"))]
    browser = place.client_of(role)
    assert browser.post_form("/console/channels/x-it/pause", {"why": "no"}).status_code == 403
    with place.house.db.read() as session:
        assert queries.channel_states(session) == {}


def test_a_reason_that_is_too_long_is_said_at_its_field(place: Place) -> None:
    carlo = place.client_of(Role.APPROVER, "en")
    answer: TestResponse = carlo.post_form("/console/channels/x-it/pause", {"why": "a" * 501})
    page = read(answer, 422)
    assert by_id(page, "problems").xpath(".//a/@href") == ["#why-x-it"]
    assert by_id(page, "why-x-it").get("aria-invalid") == "true"


def test_a_channel_that_there_is_not_is_not_found(place: Place) -> None:
    admin = place.client_of(Role.ADMIN)
    for do in ("check", "pause", "resume"):
        assert admin.post_form(f"/console/channels/nowhere/{do}").status_code == 404


def test_an_account_is_tried_without_posting(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bea = place.client_of(Role.AUTHOR, "en")
    page = read(bea.post_form("/console/channels/x-it/check"))
    assert "The account works" in words_in(by_id(page, "channel-x-it"))
    assert "The account works" not in words_in(by_id(page, "channel-x-en"))

    def refuse(_channel: object) -> str:
        raise ChannelBroken("the token was revoked")

    monkeypatch.setattr(log.Channel, "check", refuse)
    page = read(bea.post_form("/console/channels/x-it/check"))
    told = words_in(by_id(page, "channel-x-it"))
    assert "The account does not work" in told
    assert "the token was revoked" in told


def test_an_account_without_its_secret_is_not_asked(make_place: Callable[..., Place]) -> None:
    place = make_place(MASTODON)
    page = read(place.client_of(Role.AUTHOR, "en").post_form("/console/channels/toots/check"))
    told = words_in(by_id(page, "channel-toots"))
    assert "not set in the environment: AVVISO_TOOTS_ACCESS_TOKEN" in told


def test_without_a_channel_it_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(place.house.settings, "configured", ())
    page = shown(place, Role.VIEWER, "/console/channels")
    assert "No channel is set" in words_in(page)
    assert html.tostring(page)
