"""Fields without effect: whoever says one is told, whoever says what is so anyway is not."""

from __future__ import annotations

from typing import Any

import pytest

from statuspage.api._describing import document
from statuspage.api._ignored import ignored
from statuspage.api._inputs import IncidentBody
from tests.api.conftest import Program
from tests.conftest import NOON

HEADER = "Avviso-Ignored"
SAID = {"name": "Guasto", "body": "Fermo."}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"deliver_notifications": False}, "deliver_notifications"),
        ({"deliver_notifications": "false"}, "deliver_notifications"),
        ({"deliver_notifications": True}, None),
        ({"deliver_notifications": None, "backfill_date": "", "metadata": {}}, None),
        ({"metadata": {"ticket": 3}, "backfill_date": "2020-12-01"}, "backfill_date, metadata"),
        ({"scheduled_remind_prior": False, "reminder_intervals": None}, None),
        ({"scheduled_remind_prior": True}, "scheduled_remind_prior"),
        ({"wants_twitter_update": False, "auto_tweet_on_creation": False}, None),
        ({"wants_twitter_update": True}, "wants_twitter_update"),
    ],
)
def test_what_has_no_effect_is_named(program: Program, said: dict[str, Any], told: object) -> None:
    made = program("POST", "/incidents", {"incident": {**SAID, **said}})
    assert made.status_code == 201
    assert made.headers.get(HEADER) == told


def test_it_is_published_everywhere_all_the_same(program: Program) -> None:
    told = program.declared(deliver_notifications=False)
    assert told["incident_updates"][0]["deliver_notifications"] is True
    path = f"/incidents/{told['id']}"
    said = {"incident": {"body": "Ancora.", "deliver_notifications": False}}
    assert program("PATCH", path, said).headers[HEADER] == "deliver_notifications"
    right = {"incident_update": {"body": "Lento.", "deliver_notifications": False}}
    update = f"{path}/incident_updates/{told['incident_updates'][0]['id']}"
    assert program("PATCH", update, right).headers[HEADER] == "deliver_notifications"


def test_what_is_told_afterwards_goes_to_nobody_and_may_say_so(program: Program) -> None:
    times = {"started_at": "2020-12-01T09:00:00Z", "resolved_at": "2020-12-01T10:00:00Z"}
    over = {**SAID, **times, "backfilled": True}
    for wanted, told in ((False, None), (True, "deliver_notifications")):
        body = {"incident": {**over, "deliver_notifications": wanted}}
        assert program("POST", "/incidents", body).headers.get(HEADER) == told


def test_what_was_told_is_no_news_when_it_comes_back(program: Program) -> None:
    hour = NOON.replace(hour=NOON.hour + 1).isoformat()
    until = NOON.replace(hour=NOON.hour + 2).isoformat()
    planned = {"name": "Lavori", "scheduled_for": hour, "scheduled_until": until}
    for told in (program.declared(), program.done("POST", "/incidents", {"incident": planned})):
        known = IncidentBody.model_fields["incident"].annotation.model_fields  # type: ignore[union-attr]
        same = {name: told[name] for name in known if name.startswith("auto_") and name in told}
        assert len(same) == 4
        answer = program("PATCH", f"/incidents/{told['id']}", {"incident": same})
        assert HEADER not in answer.headers


def test_the_same_request_again_is_told_the_same(program: Program) -> None:
    said = {"incident": {**SAID, "deliver_notifications": False}}
    for _ in range(2):
        made = program("POST", "/incidents", said, headers={"Idempotency-Key": "k"})
        assert made.headers[HEADER] == "deliver_notifications"


def test_components_have_such_fields_too(program: Program) -> None:
    said = {"component": {"showcase": True, "automation_email": "a@b.example"}}
    answer = program("PATCH", "/components/wallet", said)
    assert answer.headers[HEADER] == "automation_email"


def test_where_it_goes_to_x_a_tweet_is_what_happens_anyway() -> None:
    for wanted, tweets, told in (
        (True, True, []),
        (False, True, ["wants_twitter_update"]),
        (True, False, ["wants_twitter_update"]),
    ):
        body = IncidentBody.model_validate({"incident": {"wants_twitter_update": wanted}})
        assert list(ignored(body, {}, tweets=tweets)) == told


def test_open_api_tells_of_the_header() -> None:
    paths = document("x")["paths"]
    made = paths["/pages/{page_id}/incidents"]["post"]["responses"]["201"]
    assert HEADER in made["headers"]
    group = paths["/pages/{page_id}/component-groups"]["post"]["responses"]["201"]
    assert "headers" not in group
