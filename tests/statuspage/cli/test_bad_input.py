"""Bad input of every kind: words that name the option and the fix, and nothing left behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.statuspage.cli._avviso import OWN_WORDS, REASON, Avviso
from tests.statuspage.cli.conftest import forget

NAMES = ("--name", "it=Giù", "--name", "en=Down")
TEMPLATE = ("--template", "acknowledgement/component-down")
DECLARE = ("declare", *NAMES, *TEMPLATE, "--component", "wallet=major_outage", "--yes")
BACKDATE = ("backdate", *NAMES, *TEMPLATE, "--yes", "--started-at", "2020-12-01T10:00")
RULE = ("rule", "transaction-counting", "--activated", "2020-12-08T18:30")
SCHEDULE = ("schedule", *NAMES, "--template", "advance-notice/maintenance", "--yes")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([*DECLARE, "--as", "nessuno"], "no operator 'nessuno'; see 'avviso operator list'"),
        ([*DECLARE, "--as", "avviso\n"], "no operator 'avviso\\n'"),
        ([*DECLARE, "--name", "it=Di nuovo"], "--name: it is given twice"),
        ([*DECLARE, "--name", "Giù"], "--name: 'Giù' should be written as LOCALE=TEXT"),
        ([*DECLARE, "--name", "=Giù"], "--name: '=Giù' should be written as LOCALE=TEXT"),
        ([*DECLARE, "--name", "fr=Panne"], "name: fr is not a language of the page (it, en)"),
        (["declare", "--name", "it=Giù", *TEMPLATE], "name: the language en is missing"),
        (["declare", "--name", "it=Giù", "--name", "en=", *TEMPLATE], "name.en: is empty"),
        (["declare", "--name", "it=Giù", "--name", "en=\u202eDown", *TEMPLATE], "U+202E; remove"),
        (["declare", "--name", "it=Giù", "--name", "en=Do\x07wn", *TEMPLATE], "U+0007; remove it"),
        (["declare", "--name", "it=Giù", "--name", "en=Do\nwn", *TEMPLATE], "name.en: has the con"),
        (["declare", "--name", "it=Giù", "--name", f"en={'x' * 256}", *TEMPLATE], "at most 255"),
        (
            ["declare", "--name", "it=Giù", "--name", "en=a\udcff", *TEMPLATE],
            "name: has bytes that",
        ),
        (
            ["declare", "--name", "it=Giù", "--name", "en=a\0", *TEMPLATE],
            "name: has bytes that are",
        ),
        (["declare", *TEMPLATE], "name: is missing"),
        (["declare", *NAMES], "--template: give one, or else --headline and --body in every"),
        (["declare", *NAMES, *TEMPLATE, *OWN_WORDS], "--template: give one, or else --headline"),
        (["declare", *NAMES, "--headline", "it=x"], "texts.it.body: is missing"),
        (["declare", *NAMES, *OWN_WORDS[:2], *OWN_WORDS[4:6]], "the language en is missing"),
        (["declare", *NAMES, *OWN_WORDS, "--short", "it=\x1b[31m"], "U+001B; remove it"),
        (["declare", *NAMES, *OWN_WORDS[2:], "--headline", "it= "], "texts.it.headline: is empty"),
        (["declare", *NAMES, *OWN_WORDS, "--field", "a=b"], "fields: belong to a template"),
        (
            ["declare", *NAMES, "--template", "apology/x"],
            "there is no notice template 'apology/x'; ",
        ),
        ([*DECLARE, "--field", "delay=3"], "there is no field 'delay'; the fields are: effect"),
        ([*DECLARE, "--field", "effect"], "--field: 'effect' should be written as NAME=TEXT or"),
        (
            [*DECLARE, "--field", "effect=a", "--field", "effect=b"],
            "--field: effect is given twice",
        ),
        (
            [*DECLARE, "--field", "effect=a", "--field", "effect.it=b"],
            "with and without a language",
        ),
        (
            [*DECLARE, "--field", "effect.it=a", "--field", "effect=b"],
            "with and without a language",
        ),
        ([*DECLARE, "--field", "effect=a\u2066b"], "field 'effect' holds the invisible character"),
        ([*DECLARE, "--field", f"effect={'x' * 5001}"], "field 'effect' is longer than 5000"),
        (
            [*DECLARE, "--component", "walet=major_outage"],
            "components.walet: there is no such comp",
        ),
        (
            [*DECLARE, "--component", "login"],
            "--component: 'login' should be written as KEY=STATUS",
        ),
        (
            [*DECLARE, "--component", "login=down"],
            "components.login: Input should be 'operational'",
        ),
        ([*DECLARE, "--component", "wallet=operational"], "--component: wallet is given twice"),
        ([*DECLARE, "--impact", "huge"], "impact: Input should be 'none', 'minor'"),
        ([*DECLARE, "--status", "resolved"], "status: an incident is not declared as resolved"),
        ([*DECLARE, "--key", "Una chiave"], "key: may hold only a-z, 0-9 and '-'"),
        ([*DECLARE, "--answer", "nope"], "answers: there is no answer 'nope'; there are: "),
        ([*DECLARE, "--from-notice", "nope"], "from_notice: there is no 'nope'"),
        ([*DECLARE, "--started-at", "2020-02-30T10:00"], "--started-at: '2020-02-30T10:00' does n"),
        ([*DECLARE, "--started-at", "25:99"], "--started-at: '25:99' is not a date and time"),
        ([*DECLARE, "--started-at", "tomorrow"], "write it as in 2020-12-08T18:30"),
        ([*DECLARE, "--started-at", "+30m"], "--started-at: '+30m' is not a date"),
        ([*DECLARE, "--started-at", "2199-12-08T10:00"], "started_at: is in the future"),
        (
            [*DECLARE, "--started-at", "1492-10-12T10:00"],
            "started_at: the year 1492 is out of range",
        ),
        (
            [*DECLARE, "--next-update-by", "2020-12-08T10:00"],
            "next_update_by: 2020-12-08 10:00 is ",
        ),
        ([*DECLARE, "--next-update-by", "+30"], "18:30 is enough, and +30m, +2h or +1d"),
        ([*DECLARE, "--next-update-by", "\uff11\uff18:30"], "is not a date and time"),
        ([*SCHEDULE, "--starts-at", "+2h", "--ends-at", "+1h"], "ends_at: is not after starts_at"),
        (
            [*SCHEDULE, "--starts-at", "2020-12-01T10:00", "--ends-at", "2020-12-01T11:00"],
            "ends_at:",
        ),
        (
            [*SCHEDULE, "--starts-at", "+2h", "--ends-at", "domani"],
            "--ends-at: 'domani' is not a d",
        ),
        (["update", "9", *OWN_WORDS], "incident: there is no '9'; see 'avviso incidents'"),
        (["update", "", *OWN_WORDS], "incident: there is no ''"),
        (["update", "[/red][b]x", *OWN_WORDS], "incident: there is no '[/red][b]x'"),
        (["attach", "nope"], "answers: there is no answer 'nope'"),
        (["attach", "is-my-data-safe", "--component", "nope"], "components.nope: there is no such"),
        (["attach", "how-much-and-until-when", "--field", "minimum=x"], "minimum is a number; wr"),
        (["detach", "is-my-data-safe"], "the answer 'is-my-data-safe' is not attached there"),
        (["texts", "nope"], "KEY: there is no text 'nope'; 'avviso texts' lists them"),
        ([*BACKDATE, "--resolved-at", "2199-01-01T00:00"], "resolved_at: is in the future"),
        ([*BACKDATE, "--resolved-at", "2019-01-01T00:00"], "resolved_at: is not after started_at"),
        ([*BACKDATE, "--resolved-at", "ieri"], "--resolved-at: 'ieri' is not a date and time"),
        (["update", "9" * 40, *OWN_WORDS], "incident: there is no '999"),
        (["update", "1\0", *OWN_WORDS], "incident: has bytes that are no text"),
        (["update", "1", *OWN_WORDS, "--status", "scheduled"], "status: #1 is an incident; its st"),
        (["update", "1", *OWN_WORDS, "--note", "x" * 25_001], "internal_note: String should have"),
        (["resolve", "1", *OWN_WORDS], "Portafoglio (wallet); set it to operational in the same"),
        (["answer", "1", "nope"], "answers: there is no answer 'nope'"),
        (
            ["answer", "1", "how-much-and-until-when", "--field", "minimum=dieci"],
            "is a number; writ",
        ),
        (["correct", "1", "7", *REASON, *OWN_WORDS], "update: #1 has no update '7'; it has 1 to 1"),
        (["correct", "1", "1", *REASON], "--field: give new fields, or else --headline and --body"),
        (["correct", "1", "1", *REASON, *OWN_WORDS, "--field", "effect=x"], "--field: give new fi"),
        (
            ["correct", "1", "1", *REASON, "--do", "it=x", "--do", "en=x", "--no-longer", "do"],
            "--do: is said anew and no longer",
        ),
        (["correct", "1", "1", *REASON, "--do", "it=x"], "to_do: the language en is missing"),
        (["correct", "1", "1", *REASON, "--no-longer", "do"], "texts: are the same as before"),
        (
            ["correct", "1", "1", "--reason", "it=x", *OWN_WORDS],
            "reason: the language en is missing",
        ),
        (["retract", "1", "x", *REASON], "update: #1 has no update 'x'"),
        (["cancel", "1"], "incident: #1 is an incident; resolve it instead"),
        (["draft", "publish", "nope", "--yes"], "draft: there is no 'nope'"),
        (["draft", "discard", "nope"], "draft: there is no 'nope'"),
        (["deliveries", "--incident", "9"], "incident: there is no '9'"),
        (["deliveries", "--channel", "nope"], "--channel: there is no channel 'nope'; there are: "),
        (["deliveries", "retry", "7"], "there is no delivery 7; see 'avviso deliveries'"),
        (["deliveries", "skip", "7"], "there is no delivery 7; see 'avviso deliveries'"),
        (["deliveries", "there", "1"], "delivery 1 is pending, not unconfirmed"),
        (["deliveries", "not-there", "1"], "delivery 1 is pending, not unconfirmed"),
        (["deliveries", "retry", "1"], "delivery 1 is pending; nothing to retry"),
        (["channel", "pause", "nope"], "channel: there is no channel 'nope'; there are: prova"),
        (["component", "save", "Una", *NAMES], "key: may hold only a-z"),
        (["component", "save", "new", "--name", "it=x"], "name: the language en is missing"),
        (
            ["component", "save", "new", *NAMES, "--group", "nope"],
            "group: there is no component gr",
        ),
        (["component", "status", "nope", "operational"], "components.nope: there is no such compo"),
        (["component", "status", "login", "operational"], "login is operational already"),
        (["operator", "add", "ada"], "login: 'ada' is taken; choose another one"),
        (["operator", "add", ""], "login: is empty"),
        (["operator", "add", "x" * 121], "login: String should have at most 120 characters"),
        (["operator", "add", "bea", "--name", "Bea\u202e"], "name: has the invisible direction"),
        (["operator", "role", "nope", "admin"], "there is no operator 'nope'"),
        (["operator", "disable", "avviso"], "cannot be changed"),
        (["rule", "nope", "--activated", "2020-12-08T18:30"], "there is no answer 'nope'"),
        (["rule", "is-my-data-safe", "--activated", "2020-12-08T18:30"], "has no rule"),
        (["rule", "transaction-counting", "--activated", "oggi"], "--activated: 'oggi' is not a "),
        (
            [*RULE, "--deactivated", "2020-12-32T00:00"],
            "--deactivated: '2020-12-32T00:00' does not exist",
        ),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_it_is_refused_in_words(with_incident: Avviso, words: list[str], says: str) -> None:
    assert says in with_incident.refused(*words)


@pytest.fixture(scope="module")
def declared(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an incident, to copy."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("declared") / "here")
    with pytest.MonkeyPatch.context() as here:
        forget(here)
        here.chdir(folder)
        Avviso(folder, "sqlite", {"AVVISO_OPERATOR": "ada"}).declare()
    return folder


@pytest.fixture
def with_incident(declared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    folder = shutil.copytree(declared, tmp_path / "here")
    monkeypatch.chdir(folder)
    return Avviso(folder, "sqlite", {"AVVISO_OPERATOR": "ada"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["declare", *NAMES, *TEMPLATE], "Missing option '--as'"),
        (
            ["declare", *NAMES, "--file", "nope.toml"],
            "Invalid value for '--file': File 'nope.toml'",
        ),
        (["schedule", *NAMES, *TEMPLATE], "Missing option '--starts-at'"),
        (["schedule", "--kind", "incident"], "Invalid value for '--kind'"),
        (["correct", "1", "1", *OWN_WORDS], "Missing option '--reason'"),
        (["incidents", "--limit", "0"], "Invalid value for '--limit'"),
        (["deliveries", "--state", "lost"], "Invalid value for '--state'"),
        (["deliveries", "retry", "9" * 30], "Invalid value for 'DELIVERY'"),
        (["deliveries", "retry", "-1"], "No such option"),
        (["component", "save", "x", *NAMES, "--position", "9" * 30], "'--position'"),
        (["component", "status", "wallet", "broken"], "'broken' is not one of 'operational'"),
        (["operator", "add", "bea", "--role", "king"], "Invalid value for '--role'"),
        (["demo", "--replay", "0"], "Invalid value for '--replay'"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_is_not_understood_is_told_with_the_option(
    on_sqlite: Avviso, words: list[str], says: str
) -> None:
    somebody = "" if "--as" in says else "ada"
    assert says in on_sqlite.refused(*words, code=2, AVVISO_OPERATOR=somebody)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("key = [1", "notice.toml: Unclosed array (at end of document)"),
        ("key = 1\nkey = 2", "notice.toml: Cannot overwrite a value (at "),
        ("= 1", "notice.toml: Invalid statement (at line 1, column 1)"),
        ("nome = 'x'", "nome: is not a field here"),
        ("key = 3", "key: Input should be a valid string"),
        ("started_at = 2020-12-08", "started_at: "),
        ("started_at = 0001-01-01T00:00:00", "started_at: the year 1 is out of range"),
        ("started_at = 9999-12-31T23:59:59", "started_at: the year 9999 is out of range"),
        ("started_at = 0001-01-01T00:00:00+14:00", "started_at: the year 1 is out of range"),
        ("next_update_by = 9999-12-31T23:59:59Z", "next_update_by: the year 9999 is out of range"),
        ("started_at = 1e400", "started_at: "),
        ("name = 'x'", "name: "),
        ("name = {it = 3, en = 'x'}", "name.it: Input should be a valid string"),
        ("components = ['wallet']", "components: "),
        ("answers = [3]", "answers.0: "),
        ("figures = [{key = 'x'}]", "figures.0.value: is missing"),
        ("fields = {effect = 3}", "field 'effect' must be text"),
        ("fields = {effect = 2020-12-08T10:00:00}\ntemplate = 'x'", "there is no notice template"),
        ("fields = {nope = [2020-12-08, 10:00:00, {a = 1}]}", "there is no field 'nope'"),
        ("internal_note = '''" + "x" * 25_001 + "'''", "internal_note: "),
        ('internal_note = "\\u0000"', "notice.toml: internal_note: has bytes that are no text"),
    ],
)
def test_a_file_that_cannot_be_used(on_sqlite: Avviso, content: str, says: str) -> None:
    (on_sqlite.folder / "notice.toml").write_text(content, encoding="utf-8")
    template = () if "template" in content else TEMPLATE
    named = () if "name" in content else NAMES
    assert says in on_sqlite.refused("declare", *named, *template, "--file", "notice.toml", "--yes")


@pytest.mark.parametrize("value", ["nan", "inf", "'molti'", "true"])
def test_a_figure_is_a_number_or_unknown(on_sqlite: Avviso, value: str) -> None:
    (on_sqlite.folder / "notice.toml").write_text(
        f"[[figures]]\nkey = 'n'\nvalue = {value}\nas_of = 2020-12-08T10:00:00\n"
        + "".join(f"{key} = {{it = 'x', en = 'x'}}\n" for key in ("unit", "definition", "source")),
        encoding="utf-8",
    )
    assert "figures.0" in on_sqlite.refused(*DECLARE, "--file", "notice.toml")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("notice.json", b"[1]", "notice.json: should be a table of fields"),
        ("notice.json", b"{", "notice.json: Expecting property name"),
        ("notice.json", b"[" * 100_000, "notice.json: "),
        ("notice.json", b'{"key": "\\ud800"}', "notice.json: key: has bytes that are no text"),
        ("notice.toml", b"\xff\xfe", "notice.toml: is not UTF-8"),
        ("notice.toml", b"a = " + b"[" * 5_000, "notice.toml: "),
    ],
)
def test_a_file_that_cannot_be_read(
    on_sqlite: Avviso, name: str, content: bytes, says: str
) -> None:
    (on_sqlite.folder / name).write_bytes(content)
    assert says in on_sqlite.refused(*DECLARE, "--file", name)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[service", "avviso.toml: line 1, column 9"),
        ("[servce]\n", "avviso.toml: servce: is not known here; did you mean 'service'?"),
        ("", "avviso.toml: service.url: is missing"),
    ],
)
@pytest.mark.parametrize(
    "words", [["incidents"], ["declare", *NAMES, *TEMPLATE], ["run"], ["init"]]
)
def test_settings_that_cannot_be_used(
    on_sqlite: Avviso, words: list[str], content: str, says: str
) -> None:
    (on_sqlite.folder / "avviso.toml").write_text(content)
    assert says in on_sqlite(*words).stderr
    assert on_sqlite(*words).exit_code == 1


def test_settings_that_are_not_there(on_sqlite: Avviso) -> None:
    said = on_sqlite.refused("--settings", "nope.toml", "incidents")
    assert "nope.toml: there is no such file; `avviso init` writes one to start from" in said


def test_a_database_that_does_not_answer(on_sqlite: Avviso) -> None:
    nowhere = "postgresql://avviso:s3cr3t@127.0.0.1:1/avviso"
    said = on_sqlite.refused("incidents", AVVISO_DATABASE_URL=nowhere)
    assert said.startswith("✗ database: ")
    assert "s3cr3t" not in said


def test_a_folder_that_cannot_be_written(on_sqlite: Avviso) -> None:
    Path("in-the-way").write_text("")
    said = on_sqlite.refused("incidents", DATA="in-the-way/data")
    assert "in-the-way/data: Not a directory" in said


def test_errors_as_json(on_sqlite: Avviso) -> None:
    said = on_sqlite.refused("declare", "--name", "it=x", "--name", "en=\x07", *TEMPLATE, "--json")
    assert json.loads(said) == {"errors": ["name.en: has the control character U+0007; remove it"]}


def test_an_operator_who_may_not(on_sqlite: Avviso) -> None:
    on_sqlite.done("operator", "add", "vera", "--role", "viewer")
    assert "'vera' is viewer; this needs" in on_sqlite.refused(*DECLARE, "--as", "vera")
    on_sqlite.done("operator", "disable", "vera")
    assert "the operator 'vera' is disabled" in on_sqlite.refused(*DECLARE, "--as", "vera")


OPTIONS = [
    *("--name", "--headline", "--body", "--field", "--component", "--answer", "--key", "--note"),
    *("--next-update-by", "--started-at", "--status", "--impact", "--from-notice", "--as"),
]
ANY_TEXT = st.text(max_size=300)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    option=st.sampled_from(OPTIONS),
    text=ANY_TEXT | ANY_TEXT.map("it=".__add__) | ANY_TEXT.map("effect.en=".__add__),
)
def test_whatever_is_typed_is_taken_or_refused_in_words(
    with_incident: Avviso, option: str, text: str
) -> None:
    before = with_incident.rows()
    result = with_incident("declare", *NAMES, *TEMPLATE, f"{option}={text}")
    assert result.exit_code in (1, 2)
    assert result.stderr.strip()
    assert all(char.isprintable() or char in "\n\N{NO-BREAK SPACE}" for char in result.stderr)
    assert with_incident.rows() == before


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(ANY_TEXT, min_size=2, max_size=2), command=st.sampled_from(["answer", "update"])
)
def test_whatever_is_referred_to(with_incident: Avviso, command: str, words: list[str]) -> None:
    before = with_incident.rows()
    result = with_incident(command, "--", *words)
    assert result.exit_code in (1, 2)
    assert with_incident.rows() == before
