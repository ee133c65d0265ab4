"""`[[alarms]]`: which monitors may speak; every fault by its key, and never a secret in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.status import ComponentStatus
from statuspage.settings import Settings, SettingsError, example_settings, load_settings

TABLE = '\n[[alarms]]\nname = "prom"\nkind = "alertmanager"\n'
VARIABLE = "AVVISO_ALARMS_PROM_SECRET"
SECRET = "a-long-enough-secret"


def load(folder: Path, more: str, env: Mapping[str, str] | None = None) -> Settings:
    path = folder / "avviso.toml"
    path.write_text(example_settings() + more, encoding="utf-8")
    return load_settings(path, env or {})


def faults(folder: Path, more: str, env: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as refused:
        load(folder, more, env)
    return str(refused.value)


def test_there_are_none_by_default(tmp_path: Path) -> None:
    assert load(tmp_path, "").alarms == ()


def test_what_is_left_out_is_sensible(tmp_path: Path) -> None:
    (source,) = load(tmp_path, TABLE, {VARIABLE: SECRET}).alarms
    rules = source.rules()
    assert (rules.source, rules.publish) == ("prom", ())
    assert rules.statuses["critical"] is ComponentStatus.MAJOR_OUTAGE
    assert (rules.window, rules.keep) == (timedelta(minutes=10), timedelta(days=30))


def test_statuses_are_added_to_the_usual_ones(tmp_path: Path) -> None:
    more = TABLE + 'statuses = { page = "partial_outage", critical = "partial_outage" }\n'
    (source,) = load(tmp_path, more).alarms
    statuses = source.rules().statuses
    assert statuses["page"] is statuses["critical"] is ComponentStatus.PARTIAL_OUTAGE
    assert statuses["warning"] is ComponentStatus.DEGRADED_PERFORMANCE


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('kind = "nagios"', "alarms[0].kind"),
        ('name = "Prom"', "alarms[0].name"),
        ('components = { wallet = "wallet" }', 'as in "service=wallet"'),
        ('components = { "service=" = "wallet" }', "alarms[0].components"),
        ('statuses = { critical = "operational" }', "alarms[0].statuses.critical"),
        ("window = 0", "alarms[0].window"),
        ("keep = 0", "alarms[0].keep"),
        ('secret = "hush-hush-hush-hush"', "alarms[0].secret"),
    ],
)
def test_each_fault_is_told_by_its_key(tmp_path: Path, line: str, says: str) -> None:
    key = line.split(" ")[0]
    table = "".join(each + "\n" for each in TABLE.splitlines() if not each.startswith(key))
    told = faults(tmp_path, f"{table}{line}\n")
    assert says in told
    assert "hush" not in told


def test_a_name_that_is_there_twice(tmp_path: Path) -> None:
    assert "is taken already" in faults(tmp_path, TABLE + TABLE)


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    assert VARIABLE in load(tmp_path, TABLE).missing_secrets()
    assert VARIABLE not in load(tmp_path, TABLE, {VARIABLE: SECRET}).missing_secrets()


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("alertmanager", "short"),
        ("alertmanager", "with a blank in the middle"),
        ("alertmanager", "x" * 201),
        ("generic", SECRET),
        ("generic", "whsec_not base64 at all, and long enough"),
        ("generic", "whsec_" + base64.b64encode(bytes(23)).decode()),
        ("generic", "whsec_" + base64.b64encode(bytes(65)).decode()),
    ],
)
def test_a_secret_that_will_not_do_is_told_and_not_quoted(
    tmp_path: Path, kind: str, secret: str
) -> None:
    told = faults(tmp_path, TABLE.replace("alertmanager", kind), {VARIABLE: secret})
    assert told.startswith(VARIABLE)
    assert secret not in told


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, TABLE, {VARIABLE: SECRET})
    assert SECRET in settings.secret_values()
    assert SECRET not in repr(settings)
