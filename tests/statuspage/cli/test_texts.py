"""`avviso texts`: list, look, put into other words, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.statuspage.cli._avviso import Avviso

KEY = "is-my-data-safe"


def written(avviso: Avviso, *changes: tuple[str, str], locale: str = "it") -> Path:
    """The text in a file, as somebody has changed it."""
    text = avviso.done("texts", "show", KEY, "--locale", locale)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = avviso.folder / f"{KEY}.{locale}.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_text_is_listed(avviso: Avviso) -> None:
    listed = avviso.json("texts")
    assert listed == avviso.json("texts", "list")
    assert {"kind", "title", "key", "words"} == set(listed[0])
    assert {row["words"] for row in listed} == {"shipped"}
    assert KEY in avviso.done("texts")


def test_the_fields_of_one(avviso: Avviso) -> None:
    assert avviso.json("texts", KEY)["fields"][0]["name"] == "known"
    assert avviso.json("texts", "fields", KEY) == avviso.json("texts", KEY)
    assert "known" in avviso.done("texts", KEY)


def test_reword_and_go_back(avviso: Avviso) -> None:
    avviso.done("attach", KEY)
    shipped = avviso.done("texts", "show", KEY)
    file = written(avviso, ("Non dare a nessuno", "Non dire mai a nessuno"))
    avviso.done("texts", "reword", KEY, "--file", f"it={file}", "--version", "0")
    assert "Non dire mai a nessuno" in avviso.document("answers/index.html")
    shown = avviso.json("texts", "show", KEY)
    assert (shown["version"], shown["locale"]) == (1, "it")
    assert shown["source"] == file.read_text(encoding="utf-8")
    assert avviso.done("texts", "show", KEY, "--shipped") == shipped
    row = next(row for row in avviso.json("texts") if row["key"] == KEY)
    assert row["words"] == "reworded"
    avviso.done("texts", "revert", KEY, "--version", "1")
    assert avviso.done("texts", "show", KEY) == shipped
    assert "Non dare a nessuno" in avviso.document("answers/index.html")


def test_a_text_of_ones_own(on_sqlite: Avviso) -> None:
    files = []
    for locale in ("it", "en"):
        path = on_sqlite.folder / f"lost.{locale}.md"
        path.write_text("---\nquestion: Q?\n---\n# short\nS.\n\n# answer\nA.\n", encoding="utf-8")
        files += ["--file", f"{locale}={path}"]
    on_sqlite.done("texts", "reword", "lost-card", *files)
    rows = {row["key"]: row["words"] for row in on_sqlite.json("texts")}
    assert rows["lost-card"] == "own"
    refused = on_sqlite.refused("texts", "show", "lost-card", "--shipped")
    assert "none is shipped" in refused
    on_sqlite.done("texts", "retire", "lost-card")
    assert "lost-card" not in {row["key"] for row in on_sqlite.json("texts")}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("texts", "show", "nothing"), "KEY: there is no text 'nothing'"),
        (("texts", "show", KEY, "--locale", "fr"), "--locale: 'fr' is not a language"),
        (("texts", "reword", KEY, "--file", "it"), "--file: 'it' should be written as LOCALE=FILE"),
        (("texts", "reword", KEY, "--file", "it=nothing.md"), "nothing.md: No such file"),
        (("texts", "reword", KEY, "--file", "it=avviso.toml"), "a file begins with its head"),
        (("texts", "revert", KEY), "in force already"),
        (("texts", "retire", KEY), "reverted, not retired"),
    ],
)
def test_what_is_refused(on_sqlite: Avviso, words: tuple[str, ...], says: str) -> None:
    assert says in on_sqlite.refused(*words)


def test_what_is_no_text_is_refused(on_sqlite: Avviso) -> None:
    (on_sqlite.folder / "odd.md").write_bytes(b"\xff\xfe")
    refused = on_sqlite.refused("texts", "reword", KEY, "--file", "it=odd.md")
    assert "odd.md is not UTF-8" in refused


def test_the_fault_is_named_with_its_line(on_sqlite: Avviso) -> None:
    file = written(on_sqlite, ("{{ known }} Se", "{{ nothing }} Se"))
    refused = on_sqlite.refused("texts", "reword", KEY, "--file", f"it={file}")
    assert f"answers/{KEY}.it.md:13: unknown name 'nothing'" in refused


def test_somebody_was_first(on_sqlite: Avviso) -> None:
    file = written(on_sqlite, ("Non dare a nessuno", "Non dire mai a nessuno"))
    on_sqlite.done("texts", "reword", KEY, "--file", f"it={file}")
    file = written(on_sqlite, ("mai", "proprio mai"))
    words = ("texts", "reword", KEY, "--file", f"it={file}", "--version", "0")
    assert "reworded first by Ada" in on_sqlite.refused(*words)


def test_check_tells_of_words_that_cannot_be_used(on_sqlite: Avviso) -> None:
    from sqlalchemy import update

    from incidents.db import Database
    from incidents.operators_texts import OperatorsText

    file = written(on_sqlite, ("Non dare a nessuno", "Non dire mai a nessuno"))
    on_sqlite.done("texts", "reword", KEY, "--file", f"it={file}")
    db = Database(f"sqlite:///{on_sqlite.folder / 'data' / 'avviso.db'}")
    with db.write() as session:
        session.execute(update(OperatorsText).values(sources={"it": "nothing"}, stamp="other"))
    db.close()
    told = on_sqlite("check").stdout
    assert f"answers/{KEY}.it.md:1" in told
    assert "the shipped one is used" in told
