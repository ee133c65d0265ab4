"""Every sentence by which an action refuses is said in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from incidents.errors import InvalidInput
from incidents.locales import Words
from incidents.status import Role
from statuspage.console._render import words_for
from statuspage.console._sentences import in_words, reasons_in_words
from tests.conftest import ROME
from tests.console.conftest import Place
from tests.console.test_declare import opened
from tests.publishers.documents.test_catalogues import ROOT

SAID_BY = (
    *sorted((ROOT / "incidents" / "actions").glob("*.py")),
    *sorted((ROOT / "incidents" / "access").glob("*.py")),
    *sorted((ROOT / "incidents" / "queries").glob("*.py")),
    *sorted((ROOT / "incidents" / "subscribers").glob("*.py")),
    *sorted((ROOT / "statuspage" / "console").glob("*.py")),
    *sorted((ROOT / "statuspage" / "auth").glob("*.py")),
    ROOT / "incidents" / "inputs.py",
    ROOT / "incidents" / "texts" / "values.py",
)
ERRORS = {"InvalidInput", "NotPossible", "NotAllowed", "NotFound", "UpdatedFirst", "WrongValue"}
ELSEWHERE = {
    "importing.py": "on the machine alone",
    "_replies.py": "to programs alone",
    "_public.py": "to the public's browsers, whose pages have words of their own",
    "a link that signs in is made on the machine alone": "on the machine alone",
}
"""What no reader of the operators' pages meets: a file or a sentence, and why."""
VALUE = "Qxz"


def sentences() -> Iterator[tuple[str, str]]:
    """Where it stands, and a sentence with something in each of its places."""
    for path in SAID_BY:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            raised = node.exc if isinstance(node, ast.Raise) else node
            if not isinstance(raised, ast.Call) or not isinstance(raised.func, ast.Name):
                continue
            own = raised.func.id in ERRORS
            checked = path.name == "inputs.py" and raised.func.id == "ValueError"
            if (own or checked) and path.name not in ELSEWHERE:
                for argument in raised.args:
                    said = _sample(argument)
                    # One that is all value was made elsewhere, and is met there.
                    if said.partition(": ")[2] != VALUE and said and said not in ELSEWHERE:
                        yield f"{path.name}:{raised.lineno}", said


def _sample(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Starred) and isinstance(node.value, ast.GeneratorExp):
        return _sample(node.value.elt)
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else _value(part) for part in node.values
    )


def _value(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    if isinstance(part.value, ast.IfExp) and isinstance(part.value.body, ast.Constant):
        return str(part.value.body.value)
    return f"'{VALUE}'" if part.conversion == ord("r") else VALUE


FOUND = sorted(set(sentences()))


@pytest.fixture(scope="module")
def italian() -> Words:
    return words_for("it", ROME)


@pytest.mark.parametrize(("where", "sentence"), FOUND)
def test_it_has_an_italian_one(italian: Words, where: str, sentence: str) -> None:
    field, colon, what = sentence.partition(": ")
    bare = what if colon and " " not in field else sentence
    told = {in_words(italian, bare), in_words(italian, sentence)}
    assert told - {bare, sentence}, f"{where}: {sentence!r} stays English"


def test_there_are_many() -> None:
    assert len(FOUND) > 90


def test_english_stays_as_the_domain_says_it() -> None:
    english = words_for("en", ROME)
    for said in ("#3 is resolved: it cannot become monitoring", "nobody is on duty", "else"):
        assert in_words(english, said).lower() == said.lower()


def test_values_are_in_words_too(italian: Words) -> None:
    said = in_words(italian, "#3 is resolved: it cannot become monitoring")
    assert said == "#3 è nello stato “Risolto”: non può passare a “Sotto osservazione”"
    over = in_words(italian, "2020-12-07 12:00 is over already; it is 2020-12-07 12:30 now")
    assert over.startswith("12:00 di lunedì 7 dicembre 2020 è già passato")
    odd = "2020-12-39 12:00 is over already; it is 2020-02-29 12:30 now"
    assert in_words(italian, odd).startswith("2020-12-39 12:00 è già passato")
    role = in_words(italian, "'bea' is author; this needs the role approver or more")
    assert role == "“bea” ha il ruolo “autore”; serve almeno “approvatore”"
    taken = in_words(italian, "'lost-card' is taken; choose another one")
    assert taken == "“lost-card” è già in uso; scegline un altro"


def test_what_looks_like_a_place_in_a_value_stays_words(italian: Words) -> None:
    assert "{0.__class__}" in in_words(italian, "'{0.__class__}' is taken; choose another one")


def test_several_reasons_are_each_said(italian: Words) -> None:
    said = reasons_in_words(italian, "own words on x, y need a second person; own words at this")
    assert said == "le parole proprie su x, y richiedono una seconda persona; own words at this"


def test_what_nobody_wrote_down_or_is_endless_stays_as_it_is(italian: Words) -> None:
    for said in ("nothing of ours", f"'{'x' * 2000}' is taken; choose another one"):
        assert in_words(italian, said) == said


def test_a_form_says_it_so(place: Place) -> None:
    client = place.client_of(Role.AUTHOR)
    page = client.post_form("/console/declare", opened(client, next_update_by="2020-12-01T10:00"))
    assert page.status_code == 422
    assert "è già passato" in page.text
    assert "is over already" not in page.text


def test_errors_stay_english_for_programs() -> None:
    assert str(InvalidInput("key: 'a' is taken; choose another one")).startswith("key: 'a' is")
