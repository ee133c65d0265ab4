"""Texts to use, answers that stand on the page, and incidents told afterwards."""

from __future__ import annotations

from tests.statuspage.cli._avviso import OWN_WORDS, Avviso


def test_texts_lists_every_template_and_answer(avviso: Avviso) -> None:
    keys = {item["key"]: item["kind"] for item in avviso.json("texts")}
    assert keys["apology/high-traffic"] == "notice"
    assert keys["transaction-counting"] == "answer"


def test_texts_shows_the_fields_of_one(avviso: Avviso) -> None:
    shown = avviso.json("texts", "apology/data-shown-late")
    assert [field["name"] for field in shown["fields"] if field["needed"]] == ["delay"]
    assert "delay" in avviso.done("texts", "apology/data-shown-late")


def test_a_text_that_there_is_not_is_named(avviso: Avviso) -> None:
    assert "there is no text 'nothing'" in avviso.refused("texts", "nothing")


def test_an_answer_stands_on_the_page_until_it_is_detached(avviso: Avviso) -> None:
    page = avviso.folder / "data" / "page" / "answers" / "index.html"
    avviso.done("attach", "is-my-data-safe", "--as", "ada")
    assert 'id="is-my-data-safe"' in page.read_text()
    avviso.done("detach", "is-my-data-safe", "--as", "ada")
    assert 'id="is-my-data-safe"' not in page.read_text()
    assert "is not attached there" in avviso.refused("detach", "is-my-data-safe", "--as", "ada")


def test_a_backdated_incident_is_in_the_history_and_on_no_channel(avviso: Avviso) -> None:
    said = ("--name", "it=Ieri", "--name", "en=Yesterday", "--as", "ada", "--yes", *OWN_WORDS)
    times = ("--started-at", "2020-12-01T10:00", "--resolved-at", "2020-12-01T11:00")
    told = avviso.json("backdate", *times, *said)
    assert told["online"] is True
    assert (avviso.folder / "data" / "page" / "history" / "2020-12" / "index.html").exists()
    assert avviso.json("deliveries") == []
    wrong = ("--started-at", "2020-12-01T11:00", "--resolved-at", "2020-12-01T10:00")
    assert "resolved_at: is not after started_at" in avviso.refused("backdate", *wrong, *said)
