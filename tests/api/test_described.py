"""What OpenAPI says is what happens: schemathesis asks everything, with good and with bad data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from incidents.texts import TextLibrary
from statuspage._at_hand import AtHand
from statuspage.api._describing import document, kind_of
from statuspage.api._operations import OPERATIONS
from statuspage.app import create_app
from tests.api.conftest import Program, program_at
from tests.conftest import NOON
from tests.console.conftest import Browser, Place, SetClock, load

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")

EXAMPLES = 8
"""Of each operation and each kind of data; a write renders the page, which takes its time."""
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CALLS = [
    (method, operation.path)
    for operation in OPERATIONS
    for method in operation.methods
    if not (method == "PUT" and "PATCH" in operation.methods)
]


@pytest.fixture(scope="module")
def living(
    prepared_place: Path, tmp_path_factory: pytest.TempPathFactory, library: TextLibrary
) -> Iterator[Program]:
    """A program that may do everything, often, in a house where something goes on."""
    folder = shutil.copytree(prepared_place, tmp_path_factory.mktemp("living") / "place")
    clock = SetClock()
    chosen = load(folder, "[api]\nper_minute = 100000\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TextLibrary, "load", lambda *_: library)
        app = create_app(chosen, clock)
        app.test_client_class = Browser
        at_hand: AtHand = app.extensions["avviso.at_hand"]
        place = Place(app, chosen, clock, at_hand.house())
        yield program_at(place, "ada", "write", "components", "subscribers")
        at_hand.close()


@pytest.fixture(scope="module")
def parts(living: Program) -> dict[str, str]:
    """Ids of what there is, so that good data reaches what it is for."""
    over = living.declared(key="finito")
    said = {"incident": {"status": "resolved", "body": "Funziona."}}
    living.done("PATCH", f"/incidents/{over['id']}", said)
    said = {"postmortem": {"body_draft": "Perché."}}
    living.done("PUT", f"/incidents/{over['id']}/postmortem", said)
    start = NOON + timedelta(hours=1)
    times = {
        "scheduled_for": start.isoformat(),
        "scheduled_until": (start + timedelta(hours=1)).isoformat(),
    }
    living.done("POST", "/incidents", {"incident": {"name": "Lavori", **times}})
    told = living.declared()
    asked = {"subscriber": {"email": "anna@example.org"}}
    follower = living.done("POST", f"/incidents/{told['id']}/subscribers", asked)
    group = {"component_group": {"name": "Denaro", "components": ["wallet"]}}
    return {
        "page_id": living.place.house.service.id,
        "incident_id": told["id"],
        "incident_update_id": told["incident_updates"][0]["id"],
        "component_id": "wallet",
        "subscriber_id": follower["id"],
        "id": living.done("POST", "/component-groups", group)["id"],
    }


@pytest.fixture(scope="module")
def schema(living: Program) -> Any:
    return schemathesis.openapi.from_dict(document("https://stato.example.it"))


def asked(living: Program, operation: Any, case: Any) -> Any:
    """Ask over WSGI what schemathesis made up, as the program."""
    case.headers = {**(case.headers or {}), "Authorization": f"OAuth {living.token}"}
    return case.call(app=living.place.app, base_url="http://127.0.0.1/v1")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_answer_is_as_described(
    living: Program, parts: dict[str, str], schema: Any, method: str, path: str, mode: Any
) -> None:
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        known = {name: parts[name] for name in case.path_parameters or {}}
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = known
        elif "page_id" in known:
            case.path_parameters["page_id"] = known["page_id"]
        response = asked(living, operation, case)
        case.validate_response(response, checks=CHECKS)

    ask()


def test_it_is_open_api(living: Program) -> None:
    told = living.client.get("/v1/openapi.json").json
    assert told is not None
    assert told["openapi"] == "3.1.0"
    for schema in told["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("method", "below"), [("put", ""), ("delete", ""), ("put", "/publish"), ("put", "/revert")]
)
def test_a_postmortem_is_written_of_a_version(method: str, below: str) -> None:
    told = document("x")["paths"]
    incident = "/pages/{page_id}/incidents/{incident_id}"
    headers = {
        path: {one["name"]: one for one in told[path][verb]["parameters"]}
        for path, verb in ((incident, "patch"), (f"{incident}/postmortem{below}", method))
    }
    of_the_incident, of_the_postmortem = (each["If-Match"] for each in headers.values())
    assert of_the_incident == of_the_postmortem


def test_objects_have_what_clients_of_statuspage_read(program: Program) -> None:
    """As the client made from Statuspage's own description reads them."""
    fields = document("x")["components"]["schemas"]
    assert {"id", "name", "status", "impact", "shortlink", "incident_updates", "components"} <= set(
        fields["IncidentObject"]["properties"]
    )
    told = program.declared()
    jsonschema.validate(
        told, {"$ref": "#/components/schemas/IncidentObject", **document("x")}, format_checker=None
    )


def test_the_page_to_read_asks_nobody_else(program: Program) -> None:
    page = program.client.get("/v1/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert 'src="' not in page.text
    assert "https://" not in page.text.replace("https://stato.example.it", "")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for _, path in CALLS:
        assert path in page.text
    style = program.client.get("/v1/docs.css")
    assert (style.status_code, style.mimetype) == (200, "text/css")


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "string"}, "string"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/A"}}, "list of A"),
        ({"enum": ["a", "b"]}, "a, b"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "integer by name"),
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({}, "anything"),
    ],
)
def test_kinds_are_told_in_words(schema: dict[str, Any], says: str) -> None:
    assert kind_of(schema) == says
