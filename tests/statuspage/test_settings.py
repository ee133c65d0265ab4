"""The settings file: what it means, and how every fault in it is told at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest

from incidents.calm import Calm, QuietHours
from incidents.status import Impact
from statuspage.settings import Settings, SettingsError, example_settings, load_settings

SERVICE = """
[service]
name = { it = "App dei servizi pubblici", en = "Public services app" }
url = "https://stato.example.it"
time_zone = "Europe/Rome"
locales = ["it", "en"]
default_locale = "it"
"""
X = '[[channels]]\nname = "x-it"\nkind = "x"\nlocale = "it"\n'
TARGET = '[[targets]]\nname = "page"\nkind = "directory"\npath = "page"\n'
LOG = '[[channels]]\nname = "prova"\nkind = "log"\nlocale = "en"\n'
X_SECRETS = {
    "AVVISO_X_IT_CONSUMER_KEY": "key-1",
    "AVVISO_X_IT_CONSUMER_SECRET": "key-2",
    "AVVISO_X_IT_ACCESS_TOKEN": "key-3",
    "AVVISO_X_IT_ACCESS_TOKEN_SECRET": "key-4",
}


def load(folder: Path, text: str, env: Mapping[str, str] | None = None) -> Settings:
    path = folder / "avviso.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, env or {})


def problems(folder: Path, text: str, env: Mapping[str, str] | None = None) -> list[str]:
    """The problems found, each without the file's own name before it."""
    with pytest.raises(SettingsError) as caught:
        load(folder, text, env)
    prefix = f"{folder / 'avviso.toml'}: "
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


def test_the_least_that_must_be_said(tmp_path: Path) -> None:
    settings = load(tmp_path, SERVICE)
    assert settings.data_path == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/avviso.db"
    assert [(t.name, t.kind, t.path) for t in settings.targets] == [
        ("page", "directory", tmp_path / "data" / "page")
    ]
    assert settings.documents_path == tmp_path / "data" / "page"
    assert settings.channels == ()
    assert (settings.web.host, settings.web.port, settings.web.workers) == ("127.0.0.1", 8080, 1)
    assert load(tmp_path, "targets = []" + SERVICE).targets == settings.targets


def test_the_service_as_documents_know_it(tmp_path: Path) -> None:
    service = load(tmp_path, SERVICE).service_view("abc123def456")
    assert service.id == "abc123def456"
    assert service.name == {"it": "App dei servizi pubblici", "en": "Public services app"}
    assert service.url == "https://stato.example.it"
    assert service.time_zone.key == "Europe/Rome"
    assert (service.locales, service.default_locale) == (("it", "en"), "it")


def test_the_example_loads_as_it_is(tmp_path: Path) -> None:
    settings = load(tmp_path, example_settings())
    assert settings.service.locales == ("it", "en")
    assert settings.targets[0].path == tmp_path / "data" / "page"


def test_the_example_with_its_channels_loads_too(tmp_path: Path) -> None:
    lines = example_settings().splitlines()
    start = lines.index("# [[channels]]")
    lines[start:] = [line.removeprefix("#").strip() for line in lines[start:]]
    channels = load(tmp_path, "\n".join(lines)).channels
    assert channels[0].hashtags == ("Cashback",)
    assert [channel.kind for channel in channels] == [
        "x", "mastodon", "bluesky", "facebook", "task"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("instead", "by", "told"),
    [
        ('url = "https://stato.example.it"', "", "service.url: is missing"),
        ("stato.example.it", "stato.example.it/", "service.url: should end after the host"),
        ("stato.example.it", "stato.example.it/x", "service.url: should end after the host"),
        ("stato.example.it", "stato.example.it?a=1", "service.url: should end after the host"),
        ("stato.example.it", "u:pw@example.it", "service.url: should have no user"),
        ("https://", "ftp://", "service.url: should be like https://"),
        ("https://stato.example.it", "https://", "service.url: should be like https://"),
        ("stato.example.it", "x:99999", "service.url: is no address"),
        ("stato.example.it", "però.it", "service.url: has a host that no browser knows"),
        ("stato.example.it", "a b.it", "service.url: has a host that no browser knows"),
        ("Europe/Rome", "Europe/Roma", "there is no zone 'Europe/Roma'; did you mean 'Europe/Ro"),
        ("Europe/Rome", "Europe", "service.time_zone: there is no zone 'Europe'"),
        ("Europe/Rome", "../etc/passwd", "service.time_zone: there is no zone"),
        ('["it", "en"]', '["it", "tlh"]', "service.locales: there is no catalogue for 'tlh'"),
        ('["it", "en"]', '["it", "../en"]', "service.locales: there is no catalogue"),
        ('["it", "en"]', '["it", "en", "it"]', "service.locales: names a locale twice"),
        ('["it", "en"]', "[]", "service.locales: should name at least one"),
        ('["it", "en"]', '"it"', "service.locales: "),
        ('locale = "it"', 'locale = "fr"', "service.default_locale: 'fr' is not one of the serv"),
        ('it = "App dei servizi pubblici", ', "", "service.name: has no text for the default"),
        ("en = ", "de = ", "service.name: 'de' is not one of the service's locales (it, en)"),
        ('"Public services app"', "3", "service.name.en: should be a valid string"),
        ('"Public services app"', '""', "service.name.en: "),
        ('"Public services app"', '"a\\nb"', "service.name.en: has a line break"),
        ('"Public services app"', '"a\\u0007"', "service.name.en: has a line break or a control"),
        ('"Public services app"', '"a\\u202e"', "service.name.en: has a line break or a control"),
        ("time_zone", "timezone", "service.timezone: is not known here; did you mean 'time_zone"),
        ("[service]", "[servizio]", "servizio: is not known here; did you mean 'service'?"),
    ],
)
def test_what_is_wrong_with_the_service(tmp_path: Path, instead: str, by: str, told: str) -> None:
    assert instead in SERVICE
    found = problems(tmp_path, SERVICE.replace(instead, by, 1))
    assert any(told in problem for problem in found), found


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[web]\nport = "8080"', "web.port: should be a valid integer"),
        ("[web]\nport = 70000", "web.port: should be less than or equal to 65535"),
        ("[web]\nworkers = true", "web.workers: should be a valid integer"),
        ("[web]\nhots = 'x'", "web.hots: is not known here; did you mean 'host'?"),
        ("[data]\npath = ''", "data.path: "),
        ("[database]\nurl = 'mysql://u:hunter2@h/d'", 'database.url: should be "sqlite" or'),
        ("[database]\nurl = 'hunter2'", 'database.url: should be "sqlite" or postgresql://'),
        (TARGET.replace("tory", "tori"), "there is no kind 'directori'; did you mean 'directory'"),
        (TARGET.replace("page", "Page", 1), "targets[0].name: 'Page' should be 1 to 40 of a-z"),
        (TARGET.replace('name = "page"', ""), "targets[0].name: is missing"),
        (TARGET.replace('path = "page"', 'path = "."'), "targets[0].path: would publish the data"),
        (TARGET.replace('path = "page"', 'path = "/"'), "targets[0].path: would publish the data"),
        (TARGET.replace('path = "page"', 'path = "x/../../"'), "targets[0].path: would publish"),
        (TARGET + TARGET, "targets[1].path: another target is put there already"),
        (TARGET + TARGET, "targets[1].name: 'page' is taken already"),
        ("[targets]\npath = 'x'", "targets: should be tables: [[targets]]"),
        ("[channels]\nname = 'x'", "channels: should be tables: [[channels]]"),
        (X.replace('"x"', '"xx"'), "channels[0].kind: there is no kind 'xx'; did you mean 'x'?"),
        (
            X.replace('kind = "x"', ""),
            "channels[0].kind: is missing; there are: apprise, ",
        ),
        (X.replace('"x"', "1"), "channels[0].kind: should be a string"),
        (LOG + X.replace('"it"', '"fr"'), "channels[1].locale: 'fr' is not one of the service"),
        (X + X, "channels[1].name: 'x-it' is taken already"),
        (X.replace("x-it", "X it"), "channels[0].name: 'X it' should be 1 to 40 of a-z"),
        (X.replace("x-it", "a" * 41), "channels[0].name: "),
        (X + 'lnik = true\nhashtags = ["#a b"]', "channels[0].lnik: is not known here; did you"),
        (X + 'quiet_hours = "22-7"', "channels[0].quiet_hours: '22-7' should be like 22:00-07:00"),
        (
            X + 'quiet_below = "none"',
            "channels[0].quiet_below: should be 'minor', 'major' ",
        ),
        ('[calm]\nwindow = "15"', "calm.window: '15' should be like 15m, 24h or 7d"),
        ('[calm]\nwindow = "2d"', "calm.window: '2d' is longer than a day"),
        (X + 'hashtags = ["Ok", "#no"]', "channels[0].hashtags[1]: '#no' should be a word"),
        (X + 'link = "yes"', "channels[0].link: should be a valid boolean"),
        (X + 'thread = "a\\nb"', "channels[0].thread: has a line break"),
    ],
)
def test_what_is_wrong_elsewhere(tmp_path: Path, more: str, told: str) -> None:
    found = problems(tmp_path, SERVICE + more)
    assert any(told in problem for problem in found), found
    assert "hunter2" not in "".join(found)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        SERVICE.replace("Europe/Rome", "Mars/Rome").replace("https", "gopher")
        + "[web]\nport = 0\n"
        + TARGET.replace("directory", "x")
        + X.replace('"it"', '"fr"')
        + LOG.replace('"log"', '"logg"')
    )
    told = problems(tmp_path, text, {"PORT": "many", "AVVISO_DATABASE_URL": "oracle://u:pw@h"})
    for key in ("service.time_zone", "service.url", "web.port", "PORT", "AVVISO_DATABASE_URL"):
        assert any(problem.startswith(f"{key}: ") for problem in told), key
    for key in ("targets[0].kind", "channels[0].locale", "channels[1].kind"):
        assert any(problem.startswith(f"{key}: ") for problem in told), key
    assert len(told) == 8
    assert "pw" not in "".join(told)


def test_every_problem_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "")
    assert str(caught.value).startswith(f"{tmp_path / 'avviso.toml'}: service.locales: is missing")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[service]\nname = ", "line 2, column 8: "),
        (b'[service\nname = "x"', "line 1, column 9: "),
        (b"a = 1\na = 2\n", "line 2, column 6: "),
        (b'a = "', "line 1, column 6: "),
        (b"ok = 1\nname = '\xff'", "line 2: is not UTF-8"),
    ],
)
def test_malformed_files(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "avviso.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    assert caught.value.problems[0].startswith(f"{path}: {told}")
    assert len(caught.value.problems) == 1


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"avviso\.toml: there is no such file; `avviso init`"):
        load_settings(tmp_path / "avviso.toml", {})
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, {})


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + SERVICE).service.default_locale == "it"


def test_the_environment_says_where_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.toml").write_text(SERVICE)
    assert load_settings(env={"AVVISO_SETTINGS": str(tmp_path / "other.toml")}).service
    monkeypatch.chdir(tmp_path)
    (tmp_path / "avviso.toml").write_text(SERVICE)
    assert load_settings(env={}).data_path == tmp_path / "data"


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = SERVICE + "[web]\nport = 1\n[data]\npath = 'elsewhere'\n"
    settings = load(tmp_path, text, {"PORT": "9000", "DATA": "mine"})
    assert settings.web.port == 9000
    assert settings.data_path == tmp_path / "mine"
    assert settings.documents_path == tmp_path / "mine" / "page"
    empty = load(tmp_path, text, {"PORT": "", "DATA": "", "AVVISO_DATABASE_URL": ""})
    assert (empty.web.port, empty.data_path) == (1, tmp_path / "elsewhere")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8080x", "٣", "9" * 5000])
def test_a_wrong_port(tmp_path: Path, port: str) -> None:
    told = problems(tmp_path, SERVICE, {"PORT": port})
    assert told == ["PORT: should be a number from 1 to 65535"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_say_postgresql(tmp_path: Path, scheme: str) -> None:
    settings = load(tmp_path, SERVICE + f'[database]\nurl = "{scheme}://avviso@db/avviso"')
    assert settings.database_url == "postgresql+psycopg://avviso@db/avviso"
    assert settings.shown_database_url == settings.database_url


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    url = "postgresql://avviso:hunter%2F2@db/avviso?password=hunter3"
    env = {"AVVISO_DATABASE_URL": url, **X_SECRETS}
    settings = load(tmp_path, SERVICE + X, env)
    assert settings.database_url.startswith("postgresql+psycopg://avviso:hunter%2F2@db/avviso?")
    assert settings.shown_database_url == "postgresql+psycopg://avviso:***@db/avviso"
    for shown in (repr(settings), str(settings), settings.shown_database_url):
        assert "hunter" not in shown
        assert "key-" not in shown
    hidden = set(settings.secret_values())
    assert {*X_SECRETS.values(), "hunter/2", "hunter%2F2", "hunter3"} == hidden


def test_a_channels_secrets(tmp_path: Path) -> None:
    env = {**X_SECRETS, "AVVISO_X_IT_ACCESS_TOKEN": " key-3\n", "AVVISO_X_IT_CONSUMER_KEY": " "}
    settings = load(tmp_path, SERVICE + LOG + X, env)
    assert settings.secrets_for("x-it")["access_token"] == "key-3"
    assert "consumer_key" not in settings.secrets_for("x-it")
    assert settings.missing_secrets() == ("AVVISO_X_IT_CONSUMER_KEY",)
    assert settings.secrets_for("prova") == {}
    with pytest.raises(LookupError, match="there is no channel 'x-en'"):
        settings.secrets_for("x-en")


def test_channels_are_their_kinds_own_options(tmp_path: Path) -> None:
    settings = load(tmp_path, SERVICE + LOG + X + "thread = false")
    from publishers.channels import x

    log_channel, x_channel = settings.channels
    assert (log_channel.kind, log_channel.locale, log_channel.thread) == ("log", "en", True)
    assert isinstance(x_channel, x.Channel.Options)
    assert not x_channel.thread


def test_a_kind_whose_library_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "publishers.channels.log", None)
    told = problems(tmp_path, SERVICE + LOG)
    assert told[0].startswith("channels[0].kind: 'log' cannot be loaded: ")


def test_postgresql_without_its_driver_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("statuspage._database_url.find_spec", {}.get)
    told = problems(tmp_path, SERVICE, {"AVVISO_DATABASE_URL": "postgresql://h/d"})
    assert told == [
        "AVVISO_DATABASE_URL: PostgreSQL needs one more package: pip install 'avviso[postgresql]'"
    ]


@pytest.mark.parametrize(("channel", "imported"), [(LOG, "False"), (X, "True")])
def test_a_heavy_library_is_imported_only_when_configured(
    tmp_path: Path, channel: str, imported: str
) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(SERVICE + channel)
    code = (
        "import sys; from pathlib import Path; from statuspage.settings import load_settings;"
        f"load_settings(Path({str(path)!r}), {{}}); print('tweepy' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert answer.stdout.strip() == imported


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load(tmp_path, SERVICE + X, X_SECRETS)
    with pytest.raises(AttributeError):
        settings.data_path = tmp_path  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.secrets_for("x-it")["consumer_key"] = "x"  # type: ignore[index]


@pytest.mark.parametrize("impact", ["none", "minor", "major", "critical"])
def test_own_words_can_be_made_to_wait_for_a_second_person(tmp_path: Path, impact: str) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(example_settings() + f'\n[approval]\nfrom = "{impact}"\n')
    assert load_settings(path, {}).approval_from == impact


def test_an_impact_that_there_is_not_is_told(tmp_path: Path) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(example_settings() + '\n[approval]\nfrom = "huge"\n')
    with pytest.raises(SettingsError, match=r"approval\.from: .*critical"):
        load_settings(path, {})


def test_nothing_waits_unless_it_is_set(tmp_path: Path) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(example_settings())
    assert load_settings(path, {}).approval_from is None


def test_calm_is_a_window_and_quiet_hours_by_channel(tmp_path: Path) -> None:
    found = load(
        tmp_path, SERVICE + X + 'quiet_hours = "22:00-07:00"\nquiet_below = "critical"'
    ).calm
    assert found.window == timedelta(minutes=15)
    assert found.quiet == {"x-it": QuietHours(time(22), time(7), Impact.CRITICAL)}
    assert load(tmp_path, SERVICE + '[calm]\nwindow = "0"').calm == Calm()


LISTS = """
[email]
host = "relay.example.org"
sender = "stato@example.org"
quiet_hours = "22:00-07:00"
[webhook]
[push]
contact = "mailto:web@example.org"
quiet_hours = "13:00-15:00"
quiet_below = "minor"
"""


def test_lists_have_quiet_hours_of_their_own(tmp_path: Path) -> None:
    assert load(tmp_path, SERVICE + LISTS).calm.quiet == {
        "email": QuietHours(time(22), time(7)),
        "push": QuietHours(time(13), time(15), Impact.MINOR),
    }


@pytest.mark.parametrize("name", ["email", "webhook", "push"])
def test_what_a_lists_quiet_hours_cannot_be(tmp_path: Path, name: str) -> None:
    found = problems(tmp_path, SERVICE + f'[{name}]\nquiet_hours = "22-7"')
    assert any(f"{name}.quiet_hours: '22-7' should be like 22:00-07:00" in each for each in found)
