"""The house is put together from settings alone, the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from incidents.texts import TextError, TextLibrary
from publishers.channels import log, x
from publishers.targets.directory import Target
from statuspage import house as houses
from statuspage.clock import Clock
from statuspage.house import House, open_house
from statuspage.settings import Settings, load_settings
from tests.conftest import NOON

SETTINGS = """
[service]
name = { it = "App", en = "App" }
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"

[data]
path = "data"

[[targets]]
name = "page"
path = "page"

[[targets]]
name = "mirror"
path = "mirror"

[[channels]]
name = "x-it"
kind = "x"
locale = "it"

[[channels]]
name = "said"
kind = "log"
locale = "en"
"""
ENV = {"AVVISO_X_IT_CONSUMER_KEY": "ck"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "avviso.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return load_settings(path, ENV)


@pytest.fixture
def house(settings: Settings, library: TextLibrary) -> Iterator[House]:
    house = open_house(settings, Clock(NOON), library)
    yield house
    house.close()


def test_everything_is_where_the_settings_say(house: House, tmp_path: Path) -> None:
    assert (tmp_path / "data" / "avviso.db").exists()
    targets = house.site.targets
    assert list(targets) == ["page", "mirror"]
    assert all(isinstance(target, Target) for target in targets.values())
    assert house.site.channel_kinds == {"x-it": "x", "said": "log"}
    assert house.desk.channels == ("x-it", "said")
    assert house.desk.db is house.site.db is house.db
    assert house.clock.start == NOON


def test_each_channel_is_driven_by_its_kind_with_its_own_secrets(house: House) -> None:
    made = house.publishers()
    assert isinstance(made["x-it"], x.Channel)
    assert isinstance(made["said"], log.Channel)
    assert made["x-it"].secrets == {"consumer_key": "ck"}
    assert made["said"].secrets == {}
    assert made["said"].data == house.settings.data_path


def test_a_worker_drives_all_of_it(house: House) -> None:
    worker = house.worker()
    assert list(worker.publishers) == ["x-it", "said"]
    assert (worker.desk, worker.site, worker.clock) == (house.desk, house.site, house.clock)


def test_the_page_keeps_its_id(settings: Settings, house: House, library: TextLibrary) -> None:
    """Clients of Statuspage's API know the page by it."""
    again = open_house(settings, Clock(NOON), library)
    assert again.service.id == house.service.id
    assert len(again.service.id) == 12
    again.close()


def test_a_malformed_template_is_said_before_the_night(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    shutil.copytree(houses.TEMPLATES, tmp_path / "templates")
    (tmp_path / "templates" / "answers" / "broken.it.md").write_text("no head")
    monkeypatch.setattr(houses, "TEMPLATES", tmp_path / "templates")
    with pytest.raises(TextError, match=r"broken\.it\.md"):
        open_house(settings, Clock(NOON))


def test_a_database_that_cannot_be_opened_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data" / "avviso.db").mkdir(parents=True)
    with pytest.raises(SQLAlchemyError):
        open_house(settings, Clock(NOON))
