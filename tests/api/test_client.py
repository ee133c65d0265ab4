"""A client that was written for Statuspage works here, with nothing changed but the host."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tests._served import served
from tests.api.conftest import Program


@pytest.fixture(scope="module")
def statuspageio() -> ModuleType:
    """The client library of `vukomir-statuspageio`."""
    if importlib.util.find_spec("statuspageio") is None:
        assert not os.environ.get("CI"), "vukomir-statuspageio is not installed"
        pytest.skip("vukomir-statuspageio is not installed")
    return importlib.import_module("statuspageio")


@pytest.fixture
def client(statuspageio: ModuleType, program: Program) -> Iterator[Any]:
    with served(program.place.app) as port:
        page = program.place.house.service.id
        found = statuspageio.Client(api_key=program.token, page_id=page, organization_id="none")
        found.config.base_url = f"http://127.0.0.1:{port}"
        yield found


def test_an_incident_from_its_first_word_to_its_last(client: Any, program: Program) -> None:
    wallet = next(part for part in client.components.list() if part.name == "Portafoglio")
    made = client.incidents.create(
        name="Portafoglio giù",
        status="investigating",
        message="Il portafoglio non risponde.",
        wants_twitter_update=False,
        component_ids=[wallet.id],
    )
    assert made.incident_updates[0].body == "Il portafoglio non risponde."
    assert [entry.id for entry in client.incidents.list_unresolved()] == [made.id]
    client.components.update(wallet.id, status="major_outage")
    for status in ("identified", "monitoring", "resolved"):
        client.components.update(wallet.id, status="operational")
        client.incidents.update(made.id, status=status, message=f"Ora è {status}.")
    assert client.incidents.list_unresolved() == []
    told = client.incidents.list()[0]
    assert (told.status, len(told.incident_updates)) == ("resolved", 4)
    folder = program.place.settings.documents_path
    assert folder is not None
    page = (folder / "incidents" / made.id / "index.html").read_text(encoding="utf-8")
    assert "Ora è resolved." in page


def test_planned_work_is_made_and_called_off(client: Any) -> None:
    planned = client.incidents.create_scheduled(
        name="Lavori",
        status="scheduled",
        scheduled_for="2020-12-08T20:00:00Z",
        scheduled_until="2020-12-08T22:00:00Z",
        scheduled_remind_prior=True,
        scheduled_auto_in_progress=True,
        scheduled_auto_completed=True,
        message="Aggiorniamo i sistemi.",
    )
    assert [entry.id for entry in client.incidents.list_scheduled()] == [planned.id]
    assert client.incidents.delete(planned.id) == 200
    assert client.incidents.list_scheduled() == []


def test_the_page_and_a_new_component(client: Any) -> None:
    assert client.pages.get().time_zone == "Europe/Rome"
    part = client.components.create(name="Pagamenti", description="Per carta")
    assert part.status == "operational"
    assert client.components.delete(part.id) == 204


def test_what_is_refused_is_the_error_that_it_knows(client: Any, statuspageio: ModuleType) -> None:
    with pytest.raises(statuspageio.errors.ResourceError) as refused:
        client.incidents.create(name="", message="x")
    assert refused.value.http_status == 422
    client.config.api_key = "wrong"
    with pytest.raises(statuspageio.errors.RequestError) as unknown:
        client.incidents.list()
    assert unknown.value.http_status == 401


def test_a_subscriber_is_added_found_and_removed(client: Any) -> None:
    made = client.subscribers.create(
        email="anna@example.org", skip_confirmation_notification=True, phone_country="it"
    )
    assert (made.mode, made.email) == ("email", "anna@example.org")
    assert [one.id for one in client.subscribers.list()] == [made.id]
    assert client.subscribers.delete(made.id) == 200
    assert client.subscribers.list() == []
