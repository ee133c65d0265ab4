"""Alarms become drafts: once, together, gone with the alarm, and never a resolution."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incidents import actions, queries
from incidents.models import Draft, Event, Incident, Publication
from incidents.status import Origin, Role, Status
from incidents.texts import NOTICE, TextName
from statuspage import alarms
from statuspage.checking import Looked, look
from tests.alarms._house import Monitored
from tests.conftest import NOON

HEAD = {"version": "4", "status": "firing", "receiver": "avviso"}


def alert(
    fingerprint: str = "f1",
    service: str = "wallet",
    severity: str = "critical",
    began: datetime = NOON - timedelta(minutes=3),
    ended: datetime | None = None,
) -> dict[str, Any]:
    return {
        "status": "resolved" if ended else "firing",
        "labels": {"alertname": "Down", "service": service, "severity": severity},
        "annotations": {"summary": f"{service} does not answer"},
        "startsAt": began.isoformat(),
        "endsAt": ended.isoformat() if ended else "0001-01-01T00:00:00Z",
        "fingerprint": fingerprint,
    }


def message(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {**HEAD, "alerts": list(alerts)}


def test_an_alarm_becomes_a_draft_and_nothing_public(house: Monitored) -> None:
    answer = house.told("prom", message(alert()))
    (alarm,), (draft,), incidents = house.rows()
    assert answer["drafts"] == [draft.id]
    assert incidents == []
    assert draft.action == "declare_incident"
    assert draft.why == "alarm: prom"
    assert draft.input["template"] == "acknowledgement/component-down"
    assert draft.input["components"] == {"wallet": "major_outage"}
    assert draft.input["name"] == {
        "it": "Portafoglio: non funziona",
        "en": "Wallet: not working",
    }
    assert "wallet does not answer" in draft.input["internal_note"]
    assert alarm.began_at == NOON - timedelta(minutes=3)
    assert house.events()[-2:] == ["draft_saved", "alarm_began"]


def test_nobody_was_told_of_it_yet_and_the_board_says_so(house: Monitored) -> None:
    (draft_id,) = house.told("prom", message(alert()))["drafts"]
    began, now = NOON - timedelta(minutes=3), NOON + timedelta(minutes=3)
    for cleared in (False, True):  # somebody emptied the field: the alarm knows it still
        with house.house.db.claim() as session:
            draft = session.get_one(Draft, draft_id)
            if cleared:
                draft.input = {**draft.input, "started_at": None}
        with house.house.db.read() as session:
            found = queries.board(session, now, [])
            assert queries.readings(session, now, []).unannounced_since == began
        assert found.unannounced == {draft_id: queries.Unannounced(began, queries.Clock.LATE)}
        assert found.alarmed


def test_the_same_alarm_again_is_the_same_draft(house: Monitored) -> None:
    house.told("prom", message(alert()))
    before = house.events()
    house.clock.at += timedelta(hours=4)
    answer = house.told("prom", message(alert()))
    (alarm,), drafts, _ = house.rows()
    assert (answer["began"], answer["again"], len(drafts)) == (0, 1, 1)
    assert alarm.seen_at == house.clock.at
    assert house.events() == before


def test_a_draft_that_was_thrown_away_does_not_come_back_while_the_alarm_lasts(
    house: Monitored,
) -> None:
    house.told("prom", message(alert()))
    actions.discard_draft(house.house.desk, actions.AVVISO, NOON, house.drafts[0].id)
    house.told("prom", message(alert()))
    assert house.drafts == []
    over = NOON + timedelta(minutes=10)
    house.clock.at = over + timedelta(minutes=30)
    house.told("prom", message(alert(ended=over)))
    house.told("prom", message(alert(began=over + timedelta(minutes=20))))
    assert len(house.drafts) == 1


def test_alarms_of_one_window_share_a_draft(house: Monitored) -> None:
    house.told("prom", message(alert("f1", severity="warning"), alert("f2", "login")))
    house.clock.at += timedelta(minutes=9)
    house.told("prom", message(alert("f3", "wallet", "critical")))
    (draft,) = house.drafts
    assert draft.input["components"] == {"wallet": "major_outage", "login": "major_outage"}
    assert draft.input["name"]["en"] == "Wallet and Sign-in: not working"
    assert draft.input["internal_note"].count("does not answer") == 3
    house.clock.at += timedelta(minutes=2)
    house.told("prom", message(alert("f4")))
    assert len(house.drafts) == 2


def test_each_source_has_drafts_of_its_own(house: Monitored) -> None:
    house.told("prom", message(alert()))
    house.told("grafana", message(alert()))
    assert {draft.why for draft in house.drafts} == {"alarm: prom", "alarm: grafana"}


def test_the_draft_goes_with_the_last_of_its_alarms(house: Monitored) -> None:
    house.told("prom", message(alert("f1"), alert("f2", "login")))
    house.clock.at += timedelta(minutes=5)
    house.told("prom", message(alert("f1", ended=house.clock.at)))
    assert len(house.drafts) == 1
    answer = house.told("prom", message(alert("f2", "login", ended=house.clock.at)))
    assert (answer["over"], house.drafts) == (1, [])
    assert house.events()[-2:] == ["alarm_ended", "draft_discarded"]


def test_an_alarm_that_is_over_resolves_no_incident(house: Monitored) -> None:
    house.told("prom", message(alert()))
    desk = house.house.desk
    outcome = actions.publish_draft(desk, actions.AVVISO, NOON, house.drafts[0].id)
    house.clock.at += timedelta(minutes=5)
    house.told("prom", message(alert(ended=house.clock.at)))
    (alarm,), drafts, (incident,) = house.rows()
    assert drafts == []
    assert alarm.incident_id == outcome.incident_id
    assert incident.status is Status.INVESTIGATING
    assert house.events()[-1] == "alarm_ended"


def test_what_an_open_incident_tells_of_already_is_noted_there(house: Monitored) -> None:
    house.told("prom", message(alert()))
    desk = house.house.desk
    actions.publish_draft(desk, actions.AVVISO, NOON, house.drafts[0].id)
    house.clock.at += timedelta(hours=1)
    house.told("prom", message(alert("f2")))
    alarms, drafts, (incident,) = house.rows()
    assert drafts == []
    assert [alarm.incident_id for alarm in alarms] == [incident.id] * 2
    house.told("prom", message(alert("f3", "login")))
    assert house.drafts[0].input["components"] == {"login": "major_outage"}


@pytest.mark.parametrize("publish", ["", 'publish = ["critical"]'])
def test_an_alarm_that_is_over_before_it_began(
    with_settings: Callable[..., Monitored], publish: str
) -> None:
    """Its end overtook it: nobody is told of it, least of all by itself."""
    house = with_settings(publish)
    over = NOON + timedelta(minutes=5)
    house.clock.at = over
    for _ in range(2):
        assert house.told("prom", message(alert(ended=over)))["over"] == 0
    answer = house.told("prom", message(alert()))
    (alarm,), drafts, incidents = house.rows()
    assert (answer["began"], answer["again"]) == (0, 1)
    assert (alarm.ended_at, drafts, incidents) == (over, [], [])
    house.clock.at += timedelta(minutes=20)
    house.told("prom", message(alert(began=house.clock.at)))
    assert len(house.drafts) + len(house.incidents) == 1


def test_nor_when_it_comes_a_second_time(house: Monitored) -> None:
    """The second end overtakes the second beginning."""
    first, second = NOON, NOON + timedelta(minutes=10)
    house.told("prom", message(alert()))
    house.told("prom", message(alert(ended=first)))
    house.clock.at = second
    house.told("prom", message(alert(began=first + timedelta(minutes=5), ended=second)))
    answer = house.told("prom", message(alert(began=first + timedelta(minutes=5))))
    assert (answer["began"], house.drafts) == (0, [])


def test_messages_that_overtake_one_another_begin_nothing_anew(house: Monitored) -> None:
    house.told("prom", message(alert()))
    house.clock.at += timedelta(minutes=5)
    house.told("prom", message(alert(ended=house.clock.at)))
    answer = house.told("prom", message(alert()))
    assert (answer["again"], house.drafts) == (1, [])


@pytest.mark.parametrize("service", ["unknown", ""])
def test_an_alarm_without_a_component_is_kept_and_becomes_no_draft(
    house: Monitored, service: str
) -> None:
    answer = house.told("prom", message(alert(service=service)))
    alarms, drafts, _ = house.rows()
    assert (answer["began"], len(alarms), drafts) == (1, 1, [])


def test_a_component_that_is_gone_is_left_out(with_settings: Callable[..., Monitored]) -> None:
    house = with_settings("")
    rules = house.house.settings.alarms[0].rules()
    rules.components["service=wallet"] = "no-such-component"  # type: ignore[index]
    house.told("prom", message(alert(), alert("f2", "login")))
    (draft,) = house.drafts
    assert draft.input["components"] == {"login": "major_outage"}


def test_an_acknowledgement_goes_out_by_itself_where_that_is_allowed(
    with_settings: Callable[..., Monitored],
) -> None:
    house = with_settings('publish = ["critical"]')
    answer = house.told("prom", message(alert(), alert("f2", "login", "warning")))
    assert answer["published"] == [1]
    (incident,) = house.incidents
    assert incident.origin is Origin.AUTOMATIC
    assert incident.next_update_by == NOON + timedelta(minutes=30)
    assert house.drafts[0].input["components"] == {"login": "degraded_performance"}
    with house.house.db.read() as session:  # it opens the window of the component
        assert session.scalars(select(Publication.by_program)).all() == [True]
    home = house.house.settings.documents_path
    assert home is not None
    assert "Portafoglio: non funziona" in (home / "index.html").read_text(encoding="utf-8")


def test_what_goes_out_by_itself_is_marked_so_on_page_and_trail(
    with_settings: Callable[..., Monitored],
) -> None:
    house = with_settings('publish = ["critical"]')
    house.told("prom", message(alert()))
    home = house.house.settings.documents_path
    assert home is not None
    for page in ("index.html", f"incidents/{house.incidents[0].id}/index.html"):
        assert "Avviso automatico" in (home / page).read_text(encoding="utf-8"), page
    with house.house.db.read() as session:
        told = session.query(Event).filter(Event.kind == "alarm_acknowledged").one()
    assert told.incident_id == house.incidents[0].id
    assert told.data["source"] == "prom"
    assert told.data["origin"] == "automatic"
    assert told.data["alarms"] == [house.rows()[0][0].id]


@pytest.mark.parametrize(("severity", "published"), [("stop", []), ("warn", [1])])
def test_what_the_checks_stop_waits_for_a_person(
    with_settings: Callable[..., Monitored], severity: str, published: list[int]
) -> None:
    """A template that was reworded may promise what nobody on duty would let out."""
    house = with_settings('publish = ["critical"]', f'[checks]\nestimate = "{severity}"\n')
    desk, name = house.house.desk, TextName(NOTICE, "acknowledgement/component-down")
    shipped = desk.texts.source(name, "it")
    source = shipped.replace("Stiamo cercando la causa.", "Tutto tornerà a posto.")
    reworded = {"kind": name.kind, "key": name.key, "sources": {"it": source}}
    actions.reword(desk, actions.AVVISO, NOON, reworded)
    answer = house.told("prom", message(alert()))
    assert answer["published"] == published
    assert ("[estimate]" in answer["not_published"]) == (severity == "stop")
    assert len(house.drafts) == 1 - len(published)
    kind = "alarm_held" if severity == "stop" else "alarm_acknowledged"
    with house.house.db.read() as session:
        told = session.query(Event).filter(Event.kind == kind).one()
    assert "estimate" in repr(told.data)


def test_what_was_not_looked_at_does_not_go_out(
    with_settings: Callable[..., Monitored], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it was rehearsed an open incident spoke of it; then somebody resolved that one."""
    house = with_settings('publish = ["critical"]')
    desk = house.house.desk
    said = {
        "name": {"it": "Giù", "en": "Down"},
        "components": {"wallet": "major_outage"},
        "template": "acknowledgement/component-down",
    }
    actions.declare_incident(desk, actions.AVVISO, NOON, said)

    def look_too_early(*given: Any) -> Looked:
        found = look(*given)
        with desk.db.write() as session:
            session.query(Incident).one().closed_at = NOON
        return found

    monkeypatch.setattr(alarms, "look", look_too_early)
    answer = house.told("prom", message(alert()))
    assert (answer["published"], len(house.drafts)) == ([], 1), answer
    assert "has changed" in answer["not_published"]


def test_a_storm_is_one_draft(with_settings: Callable[..., Monitored]) -> None:
    """A thousand alarms within a minute, several at a time, and the same ones twice."""
    house = with_settings()

    def send(first: int) -> int:
        alerts = [alert(f"f{number}") for number in range(first, first + 100)]
        return house.send("prom", message(*alerts)).status_code

    with ThreadPoolExecutor(4) as threads:
        codes = list(threads.map(send, [*range(0, 1000, 100), *range(0, 1000, 100)]))
    assert codes == [200] * 20
    found, drafts, _ = house.rows()
    assert (len(found), len(drafts)) == (1000, 1)
    assert len({alarm.fingerprint for alarm in found}) == 1000


def test_at_most_one_goes_out_by_itself_in_a_window(
    with_settings: Callable[..., Monitored],
) -> None:
    house = with_settings('publish = ["critical"]')
    house.told("prom", message(alert()))
    house.clock.at += timedelta(minutes=9)
    answer = house.told("prom", message(alert("f2", "login")))
    assert answer["published"] == []
    assert len(answer["drafts"]) == 1
    actions.discard_draft(house.house.desk, actions.AVVISO, NOON, answer["drafts"][0])
    house.told("prom", message(alert("f2", "login", ended=house.clock.at)))
    house.clock.at += timedelta(minutes=2)
    began = house.clock.at
    assert house.told("prom", message(alert("f2", "login", began=began)))["published"] == [2]


def test_a_template_that_wants_more_waits_for_a_person(
    with_settings: Callable[..., Monitored],
) -> None:
    house = with_settings('publish = ["critical"]\ntemplate = "apology/no-such"')
    answer = house.told("prom", message(alert()))
    assert answer["published"] == []
    assert "apology/no-such" in answer["not_published"]
    assert len(house.drafts) == 1
    assert house.incidents == []


def test_nobody_is_promised_an_update_while_nobody_is_there(
    with_settings: Callable[..., Monitored],
) -> None:
    house = with_settings('publish = ["critical"]', '[hours]\nmonday = "08:00-12:20"\n')
    house.told("prom", message(alert()))
    assert house.incidents[0].next_update_by == datetime(2020, 12, 14, 7, 30, tzinfo=UTC)


def test_old_alarms_are_forgotten(house: Monitored) -> None:
    house.told("prom", message(alert()))
    desk, keep = house.house.desk, {"prom": timedelta(days=2)}
    later = NOON + timedelta(days=2)
    assert actions.forget_alarms(desk, later, keep) == 0
    assert actions.forget_alarms(desk, later + timedelta(seconds=1), keep) == 1
    assert house.rows()[0] == []
    house.told("prom", message(alert()))
    assert actions.forget_alarms(desk, NOON + timedelta(days=30), {}) == 0
    assert actions.forget_alarms(desk, NOON + timedelta(days=31), {}) == 1


def test_alarms_act_as_the_clock_and_not_as_a_person(house: Monitored) -> None:
    house.told("prom", message(alert()))
    with house.house.db.read() as session:
        (clock,) = [who for who in queries.operators(session) if who.login == actions.AVVISO]
    assert clock.role is Role.ADMIN
    assert house.drafts[0].author_id == clock.id


def test_the_board_says_when_all_alarms_of_an_incident_are_over(house: Monitored) -> None:
    house.told("prom", message(alert("f1"), alert("f2")))
    actions.publish_draft(house.house.desk, actions.AVVISO, NOON, house.drafts[0].id)
    assert on_the_board(house) == [False]
    house.told("prom", message(alert("f1", ended=NOON)))
    assert on_the_board(house) == [False]
    house.told("prom", message(alert("f2", ended=NOON)))
    assert on_the_board(house) == [True]


def on_the_board(house: Monitored) -> list[bool]:
    with house.house.db.read() as session:
        found = queries.board(session, house.clock.now(), ["prova"], [], timedelta(minutes=10))
        return [entry.alarms_over for entry in found.incidents]


def approve(house: Monitored, draft_id: str) -> None:
    actions.add_operator(
        house.house.desk, actions.AVVISO, NOON, {"login": "ada", "name": "Ada", "role": "admin"}
    )
    actions.approve_draft(house.house.desk, "ada", NOON, draft_id)


def change(house: Monitored, draft_id: str) -> None:
    actions.add_operator(
        house.house.desk, actions.AVVISO, NOON, {"login": "ada", "name": "Ada", "role": "admin"}
    )
    changed = {**house.drafts[0].input, "name": {"it": "Un altro nome", "en": "Another name"}}
    actions.change_draft(house.house.desk, "ada", NOON, draft_id, changed)


@pytest.mark.parametrize("use", [approve, change])
def test_a_draft_that_somebody_used_is_theirs(
    house: Monitored, use: Callable[[Monitored, str], None]
) -> None:
    house.told("prom", message(alert("f1")))
    used = house.drafts[0]
    use(house, used.id)
    house.told("prom", message(alert("f2", "login")))
    by_id = {draft.id: draft.input["components"] for draft in house.drafts}
    assert len(by_id) == 2
    assert by_id[used.id] == {"wallet": "major_outage"}
    house.told("prom", message(alert("f1", ended=NOON)))
    assert used.id in [draft.id for draft in house.drafts]


def test_whoever_reads_a_draft_to_which_an_alarm_is_added_reads_it_again(
    house: Monitored,
) -> None:
    house.told("prom", message(alert("f1")))
    before = house.drafts[0].revision
    house.told("prom", message(alert("f2", "login")))
    assert house.drafts[0].revision == before + 1
