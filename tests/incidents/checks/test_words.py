"""Word lists: how phrases match, and what operators add to and take from the shipped ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from incidents.checks import Words, WordsError, load_words
from incidents.checks.reading import plain, readability, sentences
from incidents.checks.words import INDEXES, LISTS, SHIPPED, language_of


def words(*phrases: str, allowed: tuple[str, ...] = ()) -> Words:
    return Words({"slang": phrases, "allowed": allowed})


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("giù", "Il sito è GIÙ.", ("GIÙ",)),
        ("giù", "aggiùngere", ()),
        ("disagi*", "Disagio e disagi, non agio", ("Disagio", "disagi")),
        ("sarà .. risolt*", "Sarà presto del tutto risolto.", ("Sarà presto del tutto risolto",)),
        ("sarà .. risolt*", "sarà uno due tre quattro cinque sei sette risolto", ()),
        ("all'ultimo", "all’ultimo momento", ("all’ultimo",)),
        ("at some", "at\nsome point", ("at\nsome",)),
        ("!!", "No!! Sì!", ("!!",)),
        ("k.o.", "È k.o. da ieri", ("k.o.",)),
    ],
)  # fmt: skip
def test_a_phrase_matches_whole_words(phrase: str, text: str, found: tuple[str, ...]) -> None:
    assert words(phrase).find("slang", text) == found


def test_what_is_allowed_is_not_found() -> None:
    own = words("shortly", allowed=("shortly after",))
    assert own.find("slang", "It began shortly after nine.") == ()
    assert own.find("slang", "It ends shortly.") == ("shortly",)


def test_the_shipped_lists_are_whole() -> None:
    for path in SHIPPED.glob("*.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        assert set(data) == {"index", "least", "clock", "lists"}, path
        assert set(data["lists"]) == set(LISTS), path
        assert data["index"] in INDEXES
        for name, phrases in data["lists"].items():
            assert len(set(phrases)) == len(phrases), f"{path}: {name}"
    assert set(load_words()) == {"it", "en"}


def test_operators_add_and_remove(tmp_path: Path) -> None:
    (tmp_path / "it.toml").write_text(
        'least = 50\n[add]\nslang = ["alla buona"]\n[remove]\nslang = ["ciao"]\n', encoding="utf-8"
    )
    (tmp_path / "de.toml").write_text('[add]\nslang = ["kaputt"]\n', encoding="utf-8")
    own = load_words(tmp_path)
    assert own["it"].find("slang", "Ciao, fatto alla buona e in tilt") == ("alla buona", "in tilt")
    assert (own["it"].least, own["it"].index) == (50, "gulpease")
    assert own["de"].find("slang", "Alles kaputt") == ("kaputt",)
    assert own["en"] == load_words()["en"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[add]\nslangs = []\n", "add.slangs: there is no such list; there are allowed"),
        ('[add]\nslang = "ciao"\n', "add.slang: should be a list of phrases"),
        ('[remove]\nslang = [" "]\n', "remove.slang: should be a list of phrases"),
        ('[add]\nslang = ["*"]\n', "add.slang: should be a list of phrases"),
        ("add = 3\n", "add: should be a table of lists"),
        ("[more]\n", "more: is not known here"),
        ('index = "fog"\n', "index: should be one of gulpease, flesch"),
        ('least = "low"\n', "least: should be a number"),
        ('clock = "("\n', "clock: should be a regular expression"),
        ("[add\n", "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "it.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WordsError) as refused:
        load_words(tmp_path)
    assert str(refused.value).startswith(str(tmp_path / "it.toml"))
    assert said in str(refused.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match="there is no such folder"):
        load_words(tmp_path / "words")


def test_the_language_of_a_locale() -> None:
    assert [language_of(name) for name in ("it", "it_IT", "de-AT")] == ["it", "it", "de"]


def test_a_body_is_read_without_marks_addresses_and_code() -> None:
    said = plain("## Da **oggi**\n- leggi [qui](https://x.it/a.b) `@cod` o https://y.it/z a@b.it")
    assert said.split() == ["Da", "oggi", "-", "leggi", "qui", "o"]


def test_readability_by_hand() -> None:
    text = "Il gatto dorme. " * 10  # 30 words, 120 letters, 10 sentences
    assert readability(text, "gulpease") == pytest.approx(89 + (300 * 10 - 10 * 120) / 30)
    easy = "The cat sat on the mat. " * 5  # 6 words and 6 syllables in each sentence
    assert readability(easy, "flesch") == pytest.approx(206.835 - 1.015 * 6 - 84.6)
    assert readability("The cat sat.", "flesch") is None
    assert readability(text, "") is None


def test_sentences_end_at_stops_and_items() -> None:
    assert sentences("Uno. Due: tre\n\nQuattro\n- cinque") == [
        "Uno", "Due", "tre", "Quattro", "cinque"
    ]  # fmt: skip
    assert sentences("Versione 1.29 di x.it") == ["Versione 1.29 di x.it"]
