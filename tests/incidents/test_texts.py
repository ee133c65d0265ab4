"""Notice templates and answers: reading, filling, rendering. The sandbox has a file of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incidents.rules import parse_local
from incidents.texts import Field, NoticeContext, TextError, TextLibrary
from incidents.texts.model import CONTEXT

ROME = ZoneInfo("Europe/Rome")
CATALOGUES = Path(__file__).parents[2] / "templates" / "locales"

NOTICE = """---
title: Dati mostrati in ritardo
kind: apology
fields:
  delay:
    type: text
    label: Ritardo
    help: Quanto e che cosa
    example: fino a 3 giorni lavorativi
    longest: fino a 10 giorni lavorativi per essere visualizzate
  since:
    type: datetime
    label: Da quando
    default: null
  peak:
    type: number
    label: Picco
    default: 14000
  advice:
    type: list
    label: Consigli
    default: []
context:
  down: [Portafoglio, Carte e metodi di pagamento]
  next_update_by: 2020-12-08T18:00:00
---
# headline
Ci scusiamo:
{{ down|listed|default("il servizio")|lower_first }}

# short
{% if down %}
{{ down|listed|upper_first }} ({{ down|count }}): {{ delay }}.
{% endif %}
{% if next_update_by %}
Aggiornamento entro le {{ next_update_by|by }}.
{% endif %}

# body
Picco: {{ peak|number }} richieste.
{% if since %}

Da: {{ since|when }} ({{ since|zone }}), {{ since|time }}, {{ since|date }}, {{ since|month }}.
{% endif %}
{% if slow %}

Lenti: {{ slow|listed }}.
{% endif %}

{% for step in advice %}
{{ loop.index }}. {{ step }}{% if not loop.last %};{% endif %}

{% endfor %}
"""

ANSWER = """---
question: Da quando contano i miei acquisti?
fields:
  which:
    type: text
    label: Quale attivazione
    example: l'attivazione del Cashback
rule: {from:  {event: activation,   days_after: 1, at: "00:01"},
       until: {event: deactivation, days_after: 1, at: "00:01"},
       window: ["2020-12-08", "2020-12-31"]}
---
# short
Contano dalle 00:01 del giorno dopo {{ which }}.

# answer
Dalle 00:01 del giorno dopo, dal {{ window_start|day }} al {{ window_end|date }}.

# from
Attivato {{ day|day }}{% if today %} (oggi){% endif %}:
{% if in_window %}
da {{ moment|when }}.
{% else %}
fuori dal periodo.
{% endif %}

# until
{% if in_window %}
Disattivato {{ day|day }}: fino a {{ moment|when }}.
{% endif %}
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CATALOGUES, tmp_path / "locales")
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    def write_file(name: str, content: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
        return path

    return write_file


@pytest.fixture
def library(folder: Path, write: Write) -> TextLibrary:
    write("notices/apology/late.it.md", NOTICE)
    write("notices/apology/late.en.md", NOTICE)
    write("answers/counting.it.md", ANSWER)
    write("answers/counting.en.md", ANSWER)
    return TextLibrary.load(folder, ["it", "en"], ROME)


def local(text: str) -> datetime:
    return parse_local(text, ROME)


CONTEXT_NOW = NoticeContext(
    service="App",
    incident="Portafoglio non disponibile",
    at=local("2020-12-08T14:26"),
    next_update_by=local("2020-12-08T18:00"),
    down=("Portafoglio", "Carte"),
)


class TestNotices:
    def test_what_was_read(self, library: TextLibrary, folder: Path) -> None:
        notice = library.notice("apology/late", "it")
        assert (notice.key, notice.kind, notice.locale) == ("apology/late", "apology", "it")
        assert notice.title == "Dati mostrati in ritardo"
        assert notice.path == folder / "notices/apology/late.it.md"
        delay, since, peak, advice = notice.fields
        assert delay == Field(
            name="delay",
            type="text",
            label="Ritardo",
            help="Quanto e che cosa",
            example="fino a 3 giorni lavorativi",
            longest="fino a 10 giorni lavorativi per essere visualizzate",
            default="",
            required=True,
        )
        assert (since.default, peak.default, advice.default) == (None, 14000, ())
        assert not any(field.required for field in (since, peak, advice))

    def test_rendered_with_defaults(self, library: TextLibrary) -> None:
        text = library.render_notice("apology/late", "it", CONTEXT_NOW, {"delay": "3 giorni"})
        assert text.headline == "Ci scusiamo: portafoglio e Carte"
        assert text.short == "Portafoglio e Carte (2): 3 giorni. Aggiornamento entro le 18:00."
        assert text.body == "Picco: 14.000 richieste."

    def test_rendered_in_full(self, library: TextLibrary) -> None:
        fields: Mapping[str, object] = {
            "delay": {"it": "3 giorni", "en": "3 days"},
            "since": local("2020-12-07T21:40"),
            "peak": 0.5,
            "advice": ["Aspetta", "Non disinstallare"],
        }
        text = library.render_notice("apology/late", "en", CONTEXT_NOW, fields)
        assert "3 days." in text.short
        peak, since, advice = text.body.split("\n\n")
        assert peak == "Picco: 0.5 richieste."
        assert since == (
            "Da: 21:40 on Monday 7 December 2020 (Italian time), 21:40, Monday 7 December 2020, "
            "December 2020."
        )
        assert advice == "1. Aspetta;\n2. Non disinstallare"

    def test_the_deadline_is_seen_from_the_moment_of_publication(
        self, library: TextLibrary
    ) -> None:
        earlier = NoticeContext(
            service="App",
            incident="Portafoglio",
            at=local("2020-12-07T23:59"),
            next_update_by=local("2020-12-08T18:00"),
        )
        text = library.render_notice("apology/late", "it", earlier, {"delay": "x"})
        assert text.short == "Aggiornamento entro le 18:00 di martedì 8 dicembre."
        assert text.headline == "Ci scusiamo: il servizio"

    def test_a_no_break_space_and_a_soft_line_stay_as_they_should(
        self, library: TextLibrary
    ) -> None:
        text = library.render_notice(
            "apology/late", "it", CONTEXT_NOW, {"delay": " 3\u00a0giorni\r\no  4 "}
        )
        assert "(2): 3\u00a0giorni o 4." in text.short

    def test_a_value_is_never_evaluated(self, library: TextLibrary) -> None:
        value = "{{ service }} {% for a in down %}x{% endfor %} {# no #}"
        text = library.render_notice("apology/late", "it", CONTEXT_NOW, {"delay": value})
        assert value in text.short

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, "field 'delay' (Ritardo) must be filled in for 'it'"),
            ({"delay": "  "}, "must be filled in"),
            ({"delay": None}, "must be filled in"),
            ({"delay": {"en": "3 days"}}, "must be filled in for 'it'"),
            ({"delay": 3}, "field 'delay' must be text"),
            ({"delay": "x", "dealy": "y"}, "there is no field 'dealy'; the fields are: delay"),
            ({"delay": "x", "service": "y"}, "there is no field 'service'"),
            ({"delay": "x" * 5001}, "longer than 5000"),
            ({"delay": "x", "peak": "14000"}, "field 'peak' must be a number"),
            ({"delay": "x", "peak": True}, "field 'peak' must be a number"),
            ({"delay": "x", "peak": float("nan")}, "field 'peak' is not a number that can"),
            ({"delay": "x", "peak": 10**16}, "field 'peak' is not a number that can"),
            ({"delay": "x", "since": 5}, "field 'since' must be a date and time"),
            ({"delay": "x", "since": "8/12"}, "write it as in 2020-12-08T18:30"),
            ({"delay": "x", "advice": "a"}, "field 'advice' must be a list"),
            ({"delay": "x", "advice": ["a", 1]}, "field 'advice' must be a list"),
            ({"delay": "x", "advice": ["a"] * 101}, "more than 100 items"),
            ({"delay": "x", "advice": ["a\x07"]}, "control character U+0007"),
            ({"delay": "a\x00b"}, "control character U+0000"),
            ({"delay": "a\rb"}, "control character U+000D"),
            ({"delay": "a\x85b"}, "control character U+0085"),
            ({"delay": "a\ud800b"}, "control character U+D800"),
            ({"delay": "a\u202eb"}, "invisible character U+202E, which changes the order of read"),
            ({"delay": "a\u2066b"}, "invisible character U+2066"),
        ],
    )
    def test_wrong_values_are_named(
        self, library: TextLibrary, fields: Mapping[str, object], expected: str
    ) -> None:
        with pytest.raises(TextError) as caught:
            library.render_notice("apology/late", "it", CONTEXT_NOW, fields)
        assert len(caught.value.problems) == 1
        assert expected in str(caught.value)

    def test_a_naive_time_is_refused(self, library: TextLibrary) -> None:
        naive = local("2020-12-08T18:30").replace(tzinfo=None)
        with pytest.raises(TextError, match="with a time zone"):
            library.render_notice("apology/late", "it", CONTEXT_NOW, {"delay": "x", "since": naive})

    def test_all_wrong_values_together(self, library: TextLibrary) -> None:
        with pytest.raises(TextError) as caught:
            library.render_notice("apology/late", "it", CONTEXT_NOW, {"peak": "x", "other": 1})
        assert len(caught.value.problems) == 3

    def test_what_does_not_exist(self, library: TextLibrary) -> None:
        with pytest.raises(TextError, match=r"no notice template 'x'; there are: apology/late$"):
            library.notice("x", "it")
        with pytest.raises(TextError, match=r"no answer 'x'; there are: counting$"):
            library.answer("x", "it")
        with pytest.raises(TextError, match=r"no texts in 'de'; there are: it, en$"):
            library.notice("apology/late", "de")

    def test_longest(self, library: TextLibrary) -> None:
        text = library.longest("apology/late", "it")
        assert text.short == (
            "Portafoglio, Carte e metodi di pagamento (2): fino a 10 giorni lavorativi per essere "
            "visualizzate. Aggiornamento entro le 18:00 di martedì 8 dicembre."
        )
        assert "Lenti" not in text.body

    def test_longest_without_examples_of_components(self, folder: Path, write: Write) -> None:
        write("notices/update/x.it.md", notice("{{ slow|listed }} {{ affected|count }}"))
        library = TextLibrary.load(folder, ["it"], ROME)
        assert library.longest("update/x", "it").short == "Accesso con SPID e CIE 3"

    def test_affected_are_all_that_the_head_names(self, folder: Path, write: Write) -> None:
        context = "context: {down: [A], recovered: [B, C], working: [D]}"
        write("notices/update/x.it.md", notice("{{ affected|listed }} {{ slow|count }}", context))
        library = TextLibrary.load(folder, ["it"], ROME)
        assert library.longest("update/x", "it").short == "A, B e C 0"

    def test_the_context_has_the_names_that_texts_may_use(self) -> None:
        assert list(CONTEXT_NOW.values()) == list(CONTEXT)


class TestAnswers:
    def test_dates_on_a_day_within_the_window(self, library: TextLibrary) -> None:
        answer = library.render_answer(
            "counting", "it", "App", date(2020, 12, 9), {"which": "l’attivazione"}
        )
        assert answer.question == "Da quando contano i miei acquisti?"
        assert answer.short == "Contano dalle 00:01 del giorno dopo l’attivazione."
        assert answer.answer == (
            "Dalle 00:01 del giorno dopo, dal martedì 8 dicembre al giovedì 31 dicembre 2020."
        )
        assert answer.dates == (
            "Attivato martedì 8 dicembre: da 00:01 di mercoledì 9 dicembre 2020.",
            "Attivato mercoledì 9 dicembre (oggi): da 00:01 di giovedì 10 dicembre 2020.",
            "Attivato giovedì 31 dicembre: fuori dal periodo.",
            "Disattivato martedì 8 dicembre: fino a 00:01 di mercoledì 9 dicembre 2020.",
            "Disattivato mercoledì 9 dicembre: fino a 00:01 di giovedì 10 dicembre 2020.",
        )

    def test_after_the_window_no_date_matters(self, library: TextLibrary) -> None:
        answer = library.render_answer(
            "counting", "en", "App", date(2021, 1, 1), {"which": "activation"}
        )
        assert answer.dates == ()
        assert "Thursday 31 December 2020" in answer.answer

    def test_each_end_of_the_rule_has_its_own_days(self, folder: Path, write: Write) -> None:
        later = ANSWER.replace("deactivation, days_after: 1", "deactivation, days_after: 3")
        write("answers/x.it.md", later)
        library = TextLibrary.load(folder, ["it"], ROME)
        answer = library.render_answer("x", "it", "App", date(2020, 12, 1), {"which": "x"})
        assert [line.split(":")[0] for line in answer.dates] == [
            "Attivato lunedì 7 dicembre",
            "Attivato martedì 8 dicembre",
            "Attivato giovedì 31 dicembre",
            "Disattivato sabato 5 dicembre",
            "Disattivato martedì 8 dicembre",
        ]

    def test_a_moved_library_moves_the_windows(self, library: TextLibrary) -> None:
        moved = library.moved(timedelta(days=365))
        answer = moved.render_answer("counting", "en", "App", date(2021, 12, 31), {"which": "x"})
        assert "Friday 31 December 2021" in answer.answer
        assert len(answer.dates) == 3
        assert moved.notice_keys() == library.notice_keys()

    def test_required_fields(self, library: TextLibrary) -> None:
        with pytest.raises(TextError, match="field 'which'"):
            library.render_answer("counting", "it", "App", date(2021, 1, 1))

    def test_longest(self, library: TextLibrary) -> None:
        answer = library.longest_answer("counting", "it")
        assert "l'attivazione del Cashback" in answer.short
        assert len(answer.dates) == 5

    def test_an_answer_without_a_rule(self, folder: Path, write: Write) -> None:
        write("answers/x.it.md", "---\nquestion: Q\n---\n# short\n{{ service }}\n# answer\nA\n")
        library = TextLibrary.load(folder, ["it"], ROME)
        assert library.answer("x", "it").rule is None
        answer = library.render_answer("x", "it", "App", date(2021, 1, 1))
        assert (answer.short, answer.answer, answer.dates) == ("App", "A", ())


def notice(short: str, *head: str, body: str = "B") -> str:
    more = "".join(f"{line}\n" for line in head)
    return (
        f"---\ntitle: T\nkind: update\n{more}---\n# headline\nH\n# short\n{short}\n# body\n{body}\n"
    )


def answer(head: str, sections: str = "# short\nS\n# answer\nA\n") -> str:
    return f"---\n{head}\n---\n{sections}"


def test_keys_are_in_the_order_of_an_incidents_life(folder: Path, write: Write) -> None:
    for kind in ("update", "apology", "acknowledgement"):
        content = notice("S").replace("kind: update", f"kind: {kind}")
        write(f"notices/{kind}/x.it.md", content)
    write("answers/b.it.md", answer("question: Q"))
    write("answers/a.it.md", answer("question: Q"))
    library = TextLibrary.load(folder, ["it"], ROME)
    assert library.notice_keys() == ("acknowledgement/x", "apology/x", "update/x")
    assert library.answer_keys() == ("a", "b")


def test_an_empty_folder_is_an_empty_library(folder: Path) -> None:
    library = TextLibrary.load(folder, ["it", "en"], ROME)
    assert (library.notice_keys(), library.answer_keys()) == ((), ())
    assert set(library.words) == {"it", "en"}
    with pytest.raises(TextError, match="there are: none"):
        library.notice("x", "it")
