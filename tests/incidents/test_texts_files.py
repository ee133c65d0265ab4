"""Files of templates and answers that are wrong: every fault is named, with its file and line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incidents.texts import TextError, TextLibrary

ROME = ZoneInfo("Europe/Rome")
CATALOGUES = Path(__file__).parents[2] / "templates" / "locales"

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


def problems(folder: Path, locales: tuple[str, ...] = ("it",)) -> str:
    with pytest.raises(TextError) as caught:
        TextLibrary.load(folder, locales, ROME)
    return "\n".join(caught.value.problems)


def notice(short: str, *head: str, body: str = "B") -> str:
    more = "".join(f"{line}\n" for line in head)
    return (
        f"---\ntitle: T\nkind: update\n{more}---\n# headline\nH\n# short\n{short}\n# body\n{body}\n"
    )


def answer(head: str, sections: str = "# short\nS\n# answer\nA\n") -> str:
    return f"---\n{head}\n---\n{sections}"


RULE_LINE = 'question: Q\nrule: {from: {event: a, days_after: 1, at: "00:01"}}'


class TestMalformedFiles:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("", ":1: a file begins with its head"),
            ("# short\n", ":1: a file begins with its head"),
            ("---\ntitle: T\n", ":1: a file begins with its head"),
            ("---\n---\n", ":1: the head has no keys"),
            ("---\ntitle: [T\n---\n", "expected ',' or ']'"),
            ("---\na: &x [1]\nb: *x\n---\n", "may not use aliases"),
            ("---\na: " + "[" * 40_000 + "\n---\n", "nested too deeply"),
            ("---\na: !!python/name:os.system x\n---\n", ":2: could not determine a constructor"),
            ("---\na: 2020-13-45\n---\n", ":1: the head: month must be in 1..12"),
            ("---\ntitle: T\nkind: update\ntitle: U\n---\n", ":4: 'title' stands here twice"),
            (notice("S", "author: me"), ":4: author: Extra inputs are not permitted"),
            (notice("S", "fields: {a: {type: date, label: A}}"), ":4: fields.a.type: "),
            (notice("S", "fields:\n  a:\n    type: text"), ":5: fields.a.label: Field required"),
            (notice("S", "fields: {A: {type: text, label: A}}"), ":4: field 'A': use small"),
            (notice("S", "fields: {down: {type: text, label: A}}"), ":4: field 'down': this name"),
            (notice("S", "fields: {if: {type: text, label: A}}"), ":4: field 'if': this name is"),
            (
                notice("S", "fields:\n  a:\n    type: text\n    label: A\n    example: no"),
                ":8: fields.a.example must be text",
            ),
            (notice("S", "context:", "  dwon: [A]"), ":5: unknown name 'dwon'; there are: service"),
            (notice("S", "context:", "  down: A"), ":5: context.down must be a list"),
            (notice("S").replace("kind: update", "kind: apology"), ":3: kind is 'apology', yet"),
            (notice("S").replace("kind: update", "kind: joke"), ":3: kind: Input should be 'ack"),
            (notice("S").replace("# body", "# Body"), "there is no text under '# body'"),
            (notice(" "), "there is no text under '# short'"),
            (notice("S").replace("# body", "# short"), ":9: there are two sections '# short'"),
            (notice("S").replace("# headline", "Hi\n# headline"), ":5: there is text before"),
            (notice("S\u202e"), ":8: this line holds the invisible character U+202E"),
            (notice("S\x1b"), ":8: this line holds the control character U+001B"),
            (notice("S" * 100_001), "longer than 100000 characters"),
        ],
    )
    def test_notices(self, folder: Path, write: Write, content: str, expected: str) -> None:
        path = write("notices/update/x.it.md", content)
        found = problems(folder)
        assert str(path) in found
        assert expected in found

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (answer("question: ''"), ":2: question: String should have at least 1 character"),
            (answer("question: 'a\n\n  b'"), ":2: question: "),
            (answer(RULE_LINE), "there is no text under '# from'"),
            (answer("question: Q\nrule: {from: {event: a, days_after: 1}}"), ":3: rule.from.at: "),
            (answer(RULE_LINE.replace('"00:01"', "12:30")), ":3: rule.from.at: write a time of"),
            (
                answer("question: Q", "# short\nS\n# answer\nA\n# from\nF"),
                ":8: '# from' has no place here",
            ),
            (
                answer(RULE_LINE, "# short\nS\n# answer\nA\n# from\nF\n# until\nU"),
                ":11: '# until' has no place here",
            ),
            (
                answer(RULE_LINE, "# short\n{{ window_start|day }}\n# answer\nA\n# from\nF"),
                ":6: unknown name 'window_start'; there are: service",
            ),
            (
                answer("question: Q", "# short\n{{ day|day }}\n# answer\nA"),
                ":5: unknown name 'day'",
            ),
            (
                answer(RULE_LINE, "# short\nS\n# answer\nA\n# from\n{{ moment|by }}"),
                ":10: |by is for notices",
            ),
        ],
    )
    def test_answers(self, folder: Path, write: Write, content: str, expected: str) -> None:
        path = write("answers/x.it.md", content)
        found = problems(folder)
        assert str(path) in found
        assert expected in found

    def test_a_file_that_is_not_utf_8(self, folder: Path, write: Write) -> None:
        write("answers/x.it.md", "").write_bytes(b"---\nquestion: perch\xe9\n---\n")
        assert "x.it.md: is not UTF-8" in problems(folder)

    def test_a_byte_order_mark_and_windows_lines_do_no_harm(
        self, folder: Path, write: Write
    ) -> None:
        path = write("notices/update/x.it.md", "\ufeff" + notice("S"))
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        library = TextLibrary.load(folder, ["it"], ROME)
        assert library.longest("update/x", "it").short == "S"

    def test_other_headings_belong_to_the_text(self, folder: Path, write: Write) -> None:
        body = "# Titolo\n\n# from\n\n## body\n\n # body\n\ntesto"
        write("notices/update/x.it.md", notice("S", body=body))
        library = TextLibrary.load(folder, ["it"], ROME)
        assert library.longest("update/x", "it").body == body

    def test_a_name_that_is_none(self, folder: Path, write: Write) -> None:
        write("notices/update/x-it.md", notice("S"))
        write("notices/jokes/x.it.md", notice("S"))
        found = problems(folder)
        assert "x-it.md: a file's name is {key}.{locale}.md" in found
        assert "jokes: there is no such kind of notice; the kinds are: ack" in found

    def test_a_language_that_is_missing(self, folder: Path, write: Write) -> None:
        write("notices/update/x.it.md", notice("S"))
        write("answers/y.en.md", answer("question: Q"))
        found = problems(folder, ("it", "en"))
        assert "x.en.md: is missing; it exists for: it" in found
        assert "y.it.md: is missing; it exists for: en" in found

    def test_a_language_not_asked_for_is_left_alone(self, folder: Path, write: Write) -> None:
        write("notices/update/x.it.md", notice("S"))
        write("notices/update/x.de.md", "broken")
        assert TextLibrary.load(folder, ["it"], ROME).notice_keys() == ("update/x",)

    def test_a_catalogue_that_is_missing(self, folder: Path) -> None:
        assert "there is no catalogue for the locale 'xx'" in problems(folder, ("it", "xx"))

    def test_languages_must_agree_on_fields_and_rule(self, folder: Path, write: Write) -> None:
        write("notices/update/x.it.md", notice("S", "fields: {a: {type: text, label: A}}"))
        write("notices/update/x.en.md", notice("S", "fields: {a: {type: list, label: A}}"))
        sections = "# short\nS\n# answer\nA\n# from\nF"
        write("answers/y.it.md", answer(RULE_LINE, sections))
        write("answers/y.en.md", answer(RULE_LINE.replace("00:01", "00:00"), sections))
        found = problems(folder, ("it", "en"))
        assert "x.en.md: its fields differ" in found
        assert "a (list) here, a (text) there" in found
        assert "y.en.md: its rule differs" in found

    def test_all_files_are_reported_together(self, folder: Path, write: Write) -> None:
        write("notices/update/x.it.md", notice("{{ a }}\n{{ b }}", body="{{ c }}"))
        write("notices/update/y.it.md", "")
        write("answers/z.it.md", answer("question: Q", "# short\n{{ d }}\n# answer\nA"))
        with pytest.raises(TextError) as caught:
            TextLibrary.load(folder, ["it"], ROME)
        assert len(caught.value.problems) == 5

    def test_a_text_that_fails_only_when_rendered_is_found_at_once(
        self, folder: Path, write: Write
    ) -> None:
        write("notices/update/x.it.md", notice("S\n\n{{ service|when }}"))
        assert "x.it.md:10: |when needs a date and time, and here is 'App" in problems(folder)
        write("notices/update/x.it.md", notice("S"))
        write("answers/y.it.md", answer("question: Q", "# short\n{{ service|day }}\n# answer\nA"))
        assert "y.it.md:5: |day needs a date" in problems(folder)

    def test_a_section_that_comes_out_empty(self, folder: Path, write: Write) -> None:
        write("notices/update/x.it.md", notice("{% if starts_at is none %}S{% endif %}"))
        assert "x.it.md: '# short' says nothing with these values" in problems(folder)
