"""The editor of notice templates and answers, as an approver meets it in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from incidents import actions
from incidents.operators_texts import own_texts, versions
from incidents.texts import ANSWER, NOTICE, TextName
from incidents.texts.parts import apart, at_part, together
from statuspage.console._differences import Line, differences
from tests.console.conftest import Browser, Place

SAFE = TextName(ANSWER, "is-my-data-safe")
DOWN = TextName(NOTICE, "acknowledgement/component-down")
EDIT = f"/console/texts/edit/answer/{SAFE.key}"
SHOW = f"/console/texts/show/answer/{SAFE.key}"


def form_of(place: Place, name: TextName = SAFE) -> dict[str, str]:
    """What the form holds when it is opened."""
    found = {"version": "0", "do": "save"}
    for locale in ("it", "en"):
        parts = apart(name, place.house.shipped.source(name, locale))
        found[f"{locale}.title"], found[f"{locale}.head"] = parts.title, parts.head
        found.update({f"{locale}.{key}": text for key, text in parts.sections.items()})
    return found


def page(client: Browser, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def reworded(place: Place) -> dict[str, str]:
    form = form_of(place)
    form["it.short"] = form["it.short"].replace("Non dare a nessuno", "Non dire mai a nessuno")
    return form


# The form's parts


@pytest.mark.parametrize("locale", ["it", "en"])
def test_every_shipped_text_comes_back_from_its_parts_letter_by_letter(
    place: Place, locale: str
) -> None:
    texts = place.house.shipped
    names = [TextName(NOTICE, key) for key in texts.notice_keys()]
    for name in names + [TextName(ANSWER, key) for key in texts.answer_keys()]:
        source = texts.source(name, locale)
        assert together(name, apart(name, source)).source == source, name


def test_a_problem_is_put_at_its_part_and_line(place: Place) -> None:
    composed = {"it": together(SAFE, apart(SAFE, place.house.shipped.source(SAFE, "it")))}
    path = "answers/is-my-data-safe.it.md"
    assert at_part(f"{path}:2: bad", composed) == ("it.title", None, "bad")
    assert at_part(f"{path}:4: bad", composed) == ("it.head", 2, "bad")
    assert at_part(f"{path}:13: bad", composed) == ("it.short", 1, "bad")
    assert at_part(f"{path}:18: bad", composed) == ("it.answer", 3, "bad")
    assert at_part(f"{path}: its fields", composed) == ("it.head", None, "its fields")
    missing = "there is no text under '# answer'"
    assert at_part(f"{path}:1: {missing}", composed) == ("it.answer", None, missing)
    assert at_part("answers/x.fr.md:1: bad", composed)[0] == ""
    assert at_part("nothing of the kind", composed) == ("", None, "nothing of the kind")


def test_differences_are_lines_and_words() -> None:
    found = differences("a\nb\nc\nd\nuno due\ne\n", "a\nb\nc\nd\nuno tre\ne\nnew\n")
    assert found == [
        Line("left out"),
        Line("same", (("c", False),)),
        Line("same", (("d", False),)),
        Line("gone", (("uno ", False), ("due", True))),
        Line("new", (("uno ", False), ("tre", True))),
        Line("same", (("e", False),)),
        Line("new", (("new", True),)),
    ]
    assert differences("a\n", "a\n") == []


# The pages


def test_the_list_says_which_are_reworded(place: Place, client_of: Callable[..., Browser]) -> None:
    carlo = client_of("approver")
    assert carlo.post_form(EDIT, reworded(place)).status_code == 303
    listed = page(client_of("viewer"), "/console/texts")
    row = listed[listed.index(SHOW) :]
    assert "riscritto" in row[: row.index("</tr>")]
    assert listed.count("riscritto") == 1
    assert listed.count("/console/texts/show/notice/") == len(place.house.texts.notice_keys())


def test_reword_look_and_go_back(place: Place, client_of: Callable[..., Browser]) -> None:
    carlo = client_of("approver")
    answer = carlo.post_form(EDIT, reworded(place))
    assert answer.location == f"{SHOW}?said=saved"
    assert "Non dire mai a nessuno" in place.house.texts.usual_answer(SAFE.key, "it").short
    shown = page(carlo, f"{SHOW}?said=saved")
    assert "<del>dare</del>" in shown
    assert "<ins>dire mai</ins>" in shown
    assert "Carlo" in shown
    assert "<ins>dire mai</ins>" in page(carlo, f"/console/texts/version/1/answer/{SAFE.key}")
    back = carlo.post_form(f"/console/texts/revert/answer/{SAFE.key}", {"version": "1"})
    assert back.location == f"{SHOW}?said=reverted"
    assert "Non dare a nessuno" in place.house.texts.usual_answer(SAFE.key, "it").short
    again = page(carlo, f"{EDIT}?version=1")
    assert "Non dire mai a nessuno" in again
    assert 'name="version" value="2"' in again


def test_the_page_shows_it_at_once(place: Place, client_of: Callable[..., Browser]) -> None:
    """The demo's page shows this very answer to everybody."""
    place.house.site.refresh(place.clock.now())
    documents = place.settings.documents_path
    assert documents is not None
    assert "Non dare a nessuno" in (documents / "answers/index.html").read_text()
    form = form_of(place)
    form["it.answer"] = form["it.answer"].replace("Non dare a nessuno", "Non dire mai a nessuno")
    assert client_of("approver").post_form(EDIT, form).status_code == 303
    assert "Non dire mai a nessuno" in (documents / "answers/index.html").read_text()


def test_a_fault_stands_at_its_field_with_what_was_typed(
    place: Place, client_of: Callable[..., Browser]
) -> None:
    form = reworded(place) | {"en.answer": "One line.\n\n{{ unknown }}", "it.title": ""}
    answer = client_of("approver").post_form(EDIT, form)
    assert answer.status_code == 422
    text = unescape(answer.text)
    problem = re.search(r'id="en\.answer--wrong">.*?</div>', text, re.DOTALL)
    assert problem is not None
    assert "riga 3: nome sconosciuto “unknown”" in problem[0]
    assert 'id="it.title--wrong"' in text
    assert "Non dire mai a nessuno" in text
    assert place.house.texts is place.house.shipped


def test_a_text_that_is_too_long_says_so_at_its_field(
    place: Place, client_of: Callable[..., Browser]
) -> None:
    form = reworded(place) | {"en.short": "We checked. " * 30}
    answer = client_of("approver").post_form(EDIT, form)
    assert answer.status_code == 422
    assert 'id="en.short--wrong"' in answer.text
    assert "256" in answer.text


def test_a_preview_saves_nothing(place: Place, client_of: Callable[..., Browser]) -> None:
    form = reworded(place) | {"do": "preview"}
    answer = client_of("approver").post_form(EDIT, form)
    assert answer.status_code == 200
    assert "Non dire mai a nessuno" in answer.text.split('<section class="tight">')[1]
    assert place.house.texts is place.house.shipped
    broken = client_of("approver").post_form(EDIT, form | {"it.short": "{{ x }}"})
    assert broken.status_code == 422
    assert 'id="it.short--wrong"' in broken.text


def test_two_editors_at_once(place: Place, client_of: Callable[..., Browser]) -> None:
    form = reworded(place)
    assert client_of("approver").post_form(EDIT, form).status_code == 303
    mine = form | {"it.short": form["it.short"].replace("mai", "proprio mai")}
    answer = client_of("admin").post_form(EDIT, mine)
    assert answer.status_code == 409
    assert "Carlo ha riscritto" in answer.text
    assert "proprio mai" in answer.text
    assert "proprio mai" not in place.house.texts.usual_answer(SAFE.key, "it").short


def test_an_answer_of_ones_own(place: Place, client_of: Callable[..., Browser]) -> None:
    carlo = client_of("approver")
    assert 'name="key"' in page(carlo, "/console/texts/new?kind=answer")
    form = {
        "kind": "answer",
        "key": "lost-card",
        "it.title": "Ho perso la carta: che faccio?",
        "it.short": "Bloccala subito in banca.",
        "it.answer": "Bloccala.",
        "en.title": "I lost my card",
        "en.short": "Block it.",
    }
    missing = carlo.post_form("/console/texts/new", form)
    assert missing.status_code == 422
    assert 'id="en.answer--wrong"' in missing.text
    form["en.answer"] = "Block it at your bank."
    assert carlo.post_form("/console/texts/new", form | {"key": "Lost!"}).status_code == 422
    taken = carlo.post_form("/console/texts/new", form | {"key": SAFE.key})
    assert taken.status_code == 422
    assert 'id="key--wrong"' in taken.text
    added = carlo.post_form("/console/texts/new", form)
    assert added.location == "/console/texts/show/answer/lost-card?said=saved"
    assert "Ho perso la carta" in page(carlo, "/console/texts/show/answer/lost-card")
    gone = carlo.post_form("/console/texts/retire/answer/lost-card", {"version": "1"})
    assert gone.location == "/console/texts?said=retired"
    page(carlo, "/console/texts/show/answer/lost-card", 404)
    page(carlo, "/console/texts/version/2/answer/lost-card")


def test_an_answer_that_is_shown_is_not_retired(
    place: Place, client_of: Callable[..., Browser]
) -> None:
    carlo = client_of("approver")
    form = {"kind": "answer", "key": "lost-card"}
    for locale in ("it", "en"):
        form |= {f"{locale}.title": "Q", f"{locale}.short": "S.", f"{locale}.answer": "A."}
    assert carlo.post_form("/console/texts/new", form).status_code == 303
    desk, now = place.house.desk, place.clock.now()
    actions.attach_answer(desk, "bea", now, {"key": "lost-card"})
    answer = carlo.post_form("/console/texts/retire/answer/lost-card", {"version": "1"})
    assert answer.status_code == 409
    assert "è ancora in uso" in answer.text


def test_a_notice_is_edited_as_well(place: Place, client_of: Callable[..., Browser]) -> None:
    path = f"/console/texts/edit/notice/{DOWN.key}"
    carlo = client_of("approver")
    assert "it.headline" in page(carlo, path)
    form = form_of(place, DOWN)
    form["it.body"] = form["it.body"].replace("Stiamo cercando", "Cerchiamo")
    form["it.title"] = "Un’altra"
    assert carlo.post_form(path, form).status_code == 303
    assert place.house.texts.notice(DOWN.key, "it").title == "Un’altra"
    with place.house.db.read() as session:
        assert set(own_texts(session)[DOWN]) == {"it"}
        assert versions(session, DOWN)[0].number == 1


@pytest.mark.parametrize("role", ["viewer", "author"])
def test_whoever_is_no_approver_looks_only(
    place: Place, client_of: Callable[..., Browser], role: str
) -> None:
    client = client_of(role)
    assert EDIT not in page(client, SHOW)
    for path in (EDIT, "/console/texts/new"):
        page(client, path, 403)
        assert client.post_form(path, reworded(place)).status_code == 403
    for what in ("revert", "retire"):
        assert client.post_form(f"/console/texts/{what}/answer/{SAFE.key}").status_code == 403
    assert place.house.texts is place.house.shipped


@pytest.mark.parametrize(
    "path",
    [
        "/console/texts/show/answer/nothing",
        "/console/texts/show/other/is-my-data-safe",
        "/console/texts/edit/answer/nothing",
        "/console/texts/version/7/answer/is-my-data-safe",
        "/console/texts/version/1/answer/%00",
        "/console/texts/version/1/other/is-my-data-safe",
    ],
)
def test_what_is_not_there(client_of: Callable[..., Browser], path: str) -> None:
    page(client_of("approver"), path, 404)


def test_what_was_typed_survives_a_session(place: Place, client_of: Callable[..., Browser]) -> None:
    hostile = reworded(place) | {"it.answer": "<script>alert(1)</script> {{ unknown }}"}
    answer = client_of("approver").post_form(EDIT, hostile)
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


FAULTS = {
    "unknown name": ({"it.answer": "{{ strano }}"}, "nome sconosciuto “strano”"),
    "unknown filter": ({"it.answer": "{{ service|zip }}"}, "filtro sconosciuto “zip”"),
    "sandbox": ({"it.answer": "{{ service() }}"}, "in un testo non si può usare una chiamata"),
    "tag": ({"it.answer": "{% set a = 1 %}"}, "in un testo non si può usare {% set %}"),
    "unknown tag": ({"it.answer": "{% whatever %}"}, "istruzione sconosciuta “whatever”"),
    "not closed": ({"it.answer": "{% if service %}a"}, "“if” è ancora da chiudere"),
    "half a brace": ({"it.answer": "{{ service }"}, "qui non ci va"),
    "comment": ({"it.answer": "{# a"}, "manca la fine del commento"),
    "needs another kind": ({"it.answer": "{{ service|when }}"}, "vuole una data con l'ora"),
    "nothing said": ({"it.answer": ""}, "non c'è testo sotto “# answer”"),
    "no language": ({"en.title": "", "en.short": "", "en.answer": ""}, "è vuoto"),
    "fields": ({"it.head": "fields: {delay: {type: text}}"}, "fields.delay.label: manca"),
    "field": ({"it.head": "field: 1"}, "field: qui non c'è una voce con questo nome"),
    "field's type": (
        {"it.head": "fields: {delay: {type: x, label: Ritardo}}"},
        "fields.delay.type: deve essere uno fra “text”, “datetime”",
    ),
    "field's kind": ({"it.head": "rule: 3"}, "rule: deve essere un gruppo di voci"),
    "yaml": ({"it.head": "a: b: c"}, "qui non ci vanno i due punti"),
    "strange yaml": ({"it.head": "a: [b"}, "manca “,”, “]”"),
    "too long": ({"it.short": "parola " * 60}, "on gli esempi più lunghi"),
    "strange": ({"it.head": "a: !!b c"}, "il programma dice in inglese:"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_with_a_text_is_said_in_italian(place: Place, case: str) -> None:
    changed, says = FAULTS[case]
    told = {}
    for locale in ("it", "en"):
        client = place.client_of("approver", locale)
        answer = client.post_form(EDIT, {**form_of(place), **changed})
        assert answer.status_code == 422
        found = re.findall(r'<p class="wrong">(.*?)</p>', unescape(answer.text), re.DOTALL)
        told[locale] = {re.sub(r"^(riga|line) \d+: ", "", each) for each in found}
        assert told[locale]
    assert any(says in each for each in told["it"]), told
    assert not told["it"] & told["en"]
    ours = [each for each in told["it"] if "dice in inglese" not in each]
    assert not [each for each in ours if _ENGLISH.search(each)]


_ENGLISH = re.compile(r"\b(?:the|there|is|are|cannot|unknown|needs|with|here|Field|expected)\b")
"""Words that an English sentence has, and an Italian one has not."""
