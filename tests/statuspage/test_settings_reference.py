"""docs/settings.md says what the settings are, all of it, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from publishers._kinds import kinds, load
from statuspage import settings_reference
from statuspage._settings_file import SECTIONS
from statuspage.settings_reference import VARIABLES, reference

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"
CHANNELS = [
    load("publishers.channels", kind).Channel.Options for kind in kinds("publishers.channels")
]
TARGETS = [load("publishers.targets", kind).Target.Options for kind in kinds("publishers.targets")]
MODELS = [*settings_reference.SECTIONS.values(), *CHANNELS, *TARGETS]


def test_the_page_is_up_to_date() -> None:
    said = "stale: run `python -m statuspage.settings_reference > docs/settings.md`"
    assert PAGE.read_text(encoding="utf-8") == reference(), said


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_every_field_says_what_it_means(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_every_section_is_there() -> None:
    assert {*settings_reference.SECTIONS, "targets", "channels"} == set(SECTIONS)


def test_every_secret_is_there() -> None:
    page = reference()
    for package, name, owner in (
        ("publishers.channels", "Channel", "AVVISO_NAME"),
        ("publishers.targets", "Target", "AVVISO_TARGET_NAME"),
    ):
        for kind in kinds(package):
            found = getattr(load(package, kind), name)
            for secret in (*found.SECRETS, *getattr(found, "OPTIONAL_SECRETS", ())):
                assert f"`{owner}_{secret.upper()}`" in page


def test_every_variable_that_the_code_reads_is_there() -> None:
    sources = [
        path
        for name in ("statuspage", "incidents", "publishers")
        for path in (ROOT / name).rglob("*.py")
    ]
    named = {
        variable
        for path in [*sources, ROOT / "wsgi.py"]
        for variable in re.findall(
            r"""["'](AVVISO_[A-Z_]+|PORT|DATA)["']""", path.read_text(encoding="utf-8")
        )
    }
    patterns = {"AVVISO_NAME", "AVVISO_TARGET_NAME", "AVVISO_X_IT_ACCESS_TOKEN"}
    between_processes = {"AVVISO_HANDED_OVER"}
    assert named - patterns - between_processes == set(VARIABLES)
