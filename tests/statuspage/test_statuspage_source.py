"""Getting a page's documents: each way in which a network or a file fails is one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents.errors import ActionError, InvalidInput, NotPossible
from publishers.channels import _base
from statuspage import _statuspage_source as source
from statuspage._statuspage_source import documents_of
from tests.fakes._service import Answer, Cut, Drip, Fault, Garbage, Hang
from tests.fakes.statuspage import FakeStatuspage


@pytest.fixture
def page() -> Iterator[FakeStatuspage]:
    with FakeStatuspage() as fake:
        yield fake


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.3)


def refused(url: str) -> str:
    with pytest.raises(ActionError) as problem:
        list(documents_of(url, sleep=lambda _: None))
    return str(problem.value)


def test_a_page_is_four_documents(page: FakeStatuspage) -> None:
    told: list[str] = []
    got = dict(documents_of(f"{page.url}/", tell=told.append))
    assert (
        list(got)
        == told
        == [
            f"{page.url}/api/v2/{name}.json"
            for name in ("summary", "components", "incidents", "scheduled-maintenances")
        ]
    )
    assert got[told[2]] == page.documents["incidents"]
    assert {request.headers["accept-encoding"] for request in page.requests} == {"identity"}


def test_one_document_by_its_own_address(page: FakeStatuspage) -> None:
    url = f"{page.url}/api/v2/incidents.json"
    assert list(documents_of(url)) == [(url, page.documents["incidents"])]


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "incidents.json"
    file.write_text(json.dumps({"incidents": []}), encoding="utf-8-sig")
    assert list(documents_of(str(file))) == [(str(file), {"incidents": []})]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Answer(404, b""), "answers 404 (it has no such document: is it a Statuspage?)"),
        (Answer(401, b""), "answers 401 (the page is not public"),
        (Answer(500, b""), "answers 500"),
        (Answer(429, b""), "answers 429 (it is busy: try again later)"),
        (Answer(429, b"", {"Retry-After": "9999"}), "answers 429"),
        (Answer(200, b"<html>"), "is no JSON, line 1"),
        (Answer(200, b'{"a":' * 100_000), "is no JSON"),
        (Answer(200, b"\xff\xfe\xfd"), "is no JSON"),
        (
            Answer(302, b"", {"Location": "https://other.example.org/x"}),
            "leads to another host, other",
        ),
        (Answer(302, b"", {"Location": "file:///etc/passwd"}), "leads to another host"),
        (Answer(302, b"", {"Location": "/again"}), "leads from one address to the next"),
        (Answer(200, b"not packed at all", {"Content-Encoding": "gzip"}), "cannot be read"),
        (Garbage(), "is no JSON"),
        (Cut(), "the answer was cut off"),
        (Cut(in_the_middle=True), "the answer was cut off"),
    ],
)
def test_faults_of_the_other_side(page: FakeStatuspage, fault: Fault, says: str) -> None:
    page.always = fault
    said = refused(page.url)
    assert said.startswith(page.url)
    assert says in said
    assert "\n" not in said


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [Hang(), Drip(), Drip(in_headers=True)])
def test_a_page_that_hangs_does_not_hold_us(page: FakeStatuspage, fault: Fault) -> None:
    page.always = fault
    assert "did not answer in time" in refused(page.url)


def test_nobody_there(page: FakeStatuspage) -> None:
    url = page.url
    page.stop()
    page.released.clear()
    assert "nobody answers there" in refused(url)
    page.__init__()  # type: ignore[misc]  # for the fixture to end
    page.start()


def test_what_is_too_large(page: FakeStatuspage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1024 * 1024)
    page.always = Answer(200, b" " * (1024 * 1024 + 1))
    assert "is larger than 1 MB" in refused(page.url)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1024 * 1024)
    (tmp_path / "big.json").write_bytes(b" " * (1024 * 1024 + 1))
    assert "big.json: is larger than 1 MB" in refused(str(tmp_path / "big.json"))


@pytest.mark.parametrize("status", [429, 503])
def test_a_page_that_asks_us_to_wait_is_waited_for_once(page: FakeStatuspage, status: int) -> None:
    busy = Answer(status, b"", {"Retry-After": "7"})
    page.faults.append(busy)
    waits: list[float] = []
    assert len(list(documents_of(page.url, sleep=waits.append))) == 4
    assert waits == [7]
    page.faults.extend([busy, busy])
    assert f"answers {status}" in refused(page.url)


def test_a_redirect_within_the_host_is_followed(page: FakeStatuspage) -> None:
    page.faults.append(Answer(301, b"", {"Location": "/api/v2/components.json"}))
    (got, *_) = documents_of(page.url)
    assert got[1] == page.documents["components"]


def test_a_redirect_that_gives_up_encryption_is_not_followed() -> None:
    with pytest.raises(NotPossible, match="without encryption"):
        source._moved("https://status.example.org/a", "http://status.example.org/a")
    assert source._moved("http://status.example.org/a", "https://status.example.org/a").startswith(
        "https:"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:hunter2@status.example.org",
        "https://status.example.org/?api_key=hunter2",
        "https://hunter2:x@[::1",
        "https://",
        "https://status.example.org:hunter2/",
        "https://status.example.org/history",
    ],
)
def test_an_address_that_will_not_do_is_refused_and_no_secret_quoted(url: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        list(documents_of(url))
    assert str(problem.value).startswith("URL: ")
    assert "hunter2" not in str(problem.value)
