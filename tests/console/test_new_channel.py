"""A new kind of channel is one file: with nothing else changed it works everywhere."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from incidents import queries
from incidents.status import DeliveryState, Role
from publishers import channels
from publishers._kinds import kinds, load
from publishers.channels._base import Publisher
from statuspage.house import publishers_of
from statuspage.settings import SettingsError
from statuspage.settings_reference import reference
from statuspage.worker import Worker
from tests.console import conftest
from tests.console.conftest import ENV, LOGINS, Place
from tests.console.test_board import by_id, read, shown, words_in
from tests.console.test_channels import facts, section_of
from tests.console.test_declare import opened
from tests.publishers.channels import test_contract
from tests.publishers.channels.drivers._base import FATES, Driver
from tests.statuspage.cli._avviso import Avviso

FILE = Path(__file__).with_name("_toy_channel.py")
NAME = "publishers.channels.toy"
LICENCE = "licence-to-shout-4711"
WITH_LICENCE = {**ENV, "AVVISO_CRIER_LICENCE": LICENCE}
TOY = """
[[channels]]
name = "crier"
kind = "toy"
locale = "it"
square = "Piazza Grande"
"""


@pytest.fixture(autouse=True)
def plug_in(tmp_path: Path) -> Iterator[None]:
    """The one file, in a folder of its own on the package's path."""
    folder = tmp_path / "plug-in"
    folder.mkdir()
    shutil.copy(FILE, folder / "toy.py")
    channels.__path__.append(str(folder))
    importlib.invalidate_caches()
    yield
    channels.__path__.remove(str(folder))
    sys.modules.pop(NAME, None)
    if hasattr(channels, "toy"):
        del channels.toy


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place(TOY, WITH_LICENCE)


@pytest.fixture
def told(place: Place) -> Place:
    """The place after a notice was published and the worker has done all that it can."""
    bea = place.client_of(Role.AUTHOR)
    assert bea.post_form("/console/declare", opened(bea)).status_code in (200, 303)
    publishers = publishers_of(place.settings)
    worker = Worker(place.house.desk, place.house.site, publishers, place.clock)
    while worker.attend("crier"):
        pass
    place.house.site.refresh(place.clock.now())
    return place


def test_it_is_a_kind_beside_the_others() -> None:
    assert {"toy", "log", "mastodon"} <= set(kinds("publishers.channels"))
    assert load("publishers.channels", "toy").__name__ == NAME


def test_its_settings_are_read_with_its_secret(place: Place) -> None:
    (options,) = (found for found in place.settings.channels if found.name == "crier")
    assert options.model_dump(include={"square", "loudness"}) == {
        "square": "Piazza Grande",
        "loudness": 3,
    }
    assert place.settings.secrets_for("crier") == {"licence": LICENCE}


def test_its_settings_are_checked(tmp_path: Path) -> None:
    wrong = TOY.replace('square = "Piazza Grande"', 'loudness = "very"\nvolume = 11')
    with pytest.raises(SettingsError) as caught:
        conftest.load(tmp_path, wrong)
    for key in ("square", "loudness", "volume"):
        assert f"channels[2].{key}" in str(caught.value)


def test_its_settings_are_documented() -> None:
    page = reference()
    assert "### A channel of kind `toy`" in page
    assert "| `channels.square` | required | a text | The name of the square. |" in page
    assert "| `channels.loudness` | `3` | a number | How loud it is called out. |" in page
    assert "`AVVISO_NAME_LICENCE`" in page


def test_the_command_line_checks_it(place: Place) -> None:
    folder = place.settings.data_path.parent
    settings = {"AVVISO_SETTINGS": str(folder / "avviso.toml")}
    avviso = Avviso(folder, "sqlite", settings)
    for licence, says in ((LICENCE, "the crier of Piazza Grande"), ("", "not set: licence")):
        result = avviso("check", "--json", AVVISO_CRIER_LICENCE=licence)
        found = {item["what"]: item for item in json.loads(result.stdout)}
        assert says in found["channel crier"]["says"]
        assert found["channel crier"]["ok"] is bool(licence)


def test_the_console_shows_and_tries_it(place: Place) -> None:
    about = facts(section_of(place, "crier"))
    assert about["Kind"] == "toy"
    assert about["Limit"] == "150 characters"
    assert about["AVVISO_CRIER_LICENCE"] == "set"
    page = read(place.client_of(Role.AUTHOR, "en").post_form("/console/channels/crier/check"))
    assert "The account works" in words_in(by_id(page, "channel-crier"))
    assert LICENCE not in html.tostring(page, encoding="unicode")


def test_a_preview_counts_and_shows_what_it_would_say(place: Place) -> None:
    bea = place.client_of(Role.AUTHOR, "en")
    page = read(bea.post_form("/console/declare", opened(bea, do="preview")))
    (card,) = page.find_class("post-toy")
    assert card.get("aria-label") == "crier"
    assert "Town square · Italiano ·" in words_in(card)
    assert "of 150" in words_in(card)
    assert "https://stato.example.it/incidents/" in words_in(card)


def test_the_board_shows_how_it_went_out(told: Place) -> None:
    with told.house.db.read() as session:
        (row,) = queries.deliveries(session, channel="crier")
    assert row.state is DeliveryState.SENT
    (square,) = (told.settings.data_path / "square.jsonl").read_text("utf-8").splitlines()
    assert json.loads(square) == [_key(told), row.text]
    assert row.remote_url in shown(told).xpath("//a/@href")
    assert facts(section_of(told, "crier"))["Last post"].startswith("12:00, #1/1")


def test_the_documents_lead_to_its_post(told: Place) -> None:
    url = f"https://square.example.it/{_key(told)}"
    folder = told.settings.documents_path
    assert folder is not None
    pages = [path.read_text("utf-8") for path in folder.rglob("*.html")]
    assert [page for page in pages if url in page]


def test_the_command_line_previews_it(place: Place) -> None:
    avviso = Avviso(
        place.settings.data_path.parent,
        "sqlite",
        {"AVVISO_SETTINGS": str(place.settings.source), "AVVISO_CRIER_LICENCE": LICENCE},
    )
    result = avviso(
        *("declare", "--as", LOGINS[Role.AUTHOR], "--template", "acknowledgement/component-down"),
        *("--name", "it=Portafoglio giù", "--name", "en=Wallet down"),
        *("--component", "wallet=major_outage"),
        stdin="n\n",
    )
    assert re.search(r"crier.*\d+ (of|/) ?150", result.stdout, re.DOTALL), result.output


def test_how_long_it_took_is_told_everywhere(told: Place) -> None:
    page = shown(told, path="/console/stats")
    assert page.xpath("//th[normalize-space()='crier']")
    assert by_id(shown(told), "b-alike").xpath(".//li[starts-with(normalize-space(), 'crier ')]")


def test_metrics_name_it(make_place: Callable[..., Place]) -> None:
    token = "a-token-for-scrapes-only"
    place = make_place(TOY, {**WITH_LICENCE, "AVVISO_METRICS_TOKEN": token})
    answer = place.client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert 'avviso_channel_state{channel="crier",state="on"} 1.0' in answer.text
    assert 'avviso_channel_behind{channel="crier"} 0.0' in answer.text


class ToyDriver(Driver):
    """Works the new kind as the contract asks for."""

    kind = "toy"
    impossible = dict.fromkeys(FATES, "a square has no network")
    may_refuse_replies = False

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        return {}

    def make(self, **options: Any) -> Publisher:
        channel = load("publishers.channels", "toy").Channel
        settings = {"name": "crier", "kind": "toy", "locale": "it", "square": "Piazza", **options}
        made: Publisher = channel(channel.Options(**settings), {"licence": LICENCE}, self.folder)
        return made

    @property
    def texts(self) -> list[str]:
        return [json.loads(line)[1] for line in self._lines()]

    @property
    def requests(self) -> int:
        return len(self._lines())

    def remove(self, remote_id: str) -> None:
        kept = [line for line in self._lines() if json.loads(line)[0] != remote_id]
        (self.folder / "square.jsonl").write_text("".join(kept), "utf-8")

    def _lines(self) -> list[str]:
        path = self.folder / "square.jsonl"
        return path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []


@pytest.mark.parametrize(
    "case",
    [
        test_contract.test_composing_is_pure,
        test_contract.test_every_fault_is_arranged_or_impossible_for_a_reason,
        test_contract.test_finds_nothing_before_it_posted,
        test_contract.test_finds_what_it_posted_even_as_another_process,
        test_contract.test_posts_and_says_where_to_see_it,
        test_contract.test_replies_in_the_thread_only_where_threads_are_on,
        test_contract.test_says_who_it_is,
        test_contract.test_sees_that_a_post_is_gone,
        test_contract.test_sending_again_does_not_double,
    ],
)
def test_it_keeps_the_contract_of_every_kind(case: Callable[..., None], tmp_path: Path) -> None:
    driver = ToyDriver(tmp_path)
    case(driver)
    driver.stop()


def _key(place: Place) -> str:
    """Of the one notice that was called out."""
    with place.house.db.read() as session:
        (row,) = queries.deliveries(session, channel="crier")
    found: Any = row.remote_id
    return str(found)
