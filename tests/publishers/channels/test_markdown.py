"""Markdown for places that show plain text: every word stays, and nothing but words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._markdown import plain


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("", ""),
        ("Ci scusiamo.", "Ci scusiamo."),
        ("Uno.\n\n\n\nDue.", "Uno.\n\nDue."),
        ("una riga\nche va avanti", "una riga che va avanti"),
        ("una riga  \ne un’altra\\\ne la terza", "una riga\ne un’altra\ne la terza"),
        ("**Non** *pagare* due `volte`.", "Non pagare due volte."),
        ("## Che cosa *fare*\nAspetta.", "Che cosa fare\n\nAspetta."),
        ("Titolo\n======\nAspetta.", "Titolo\n\nAspetta."),
        ("> citato\n> ancora", "citato ancora"),
        ("sopra\n\n***\n\nsotto", "sopra\n\nsotto"),
        ("    riga\n      rientrata\n", "riga\n  rientrata"),
        ("```\nuno\n\ndue\n```\ndopo", "uno\n\ndue\n\ndopo"),
        (r"2 \* 3 \_ e 14&euro; &lt;b>", "2 * 3 _ e 14€ <b>"),
        ("snake_case 2 * 3 #42 <b>x</b>", "snake_case 2 * 3 #42 <b>x</b>"),
        ("<div>\nx\n</div>", "<div> x </div>"),
    ],
)
def test_says_the_words_without_the_markup(markdown: str, said: str) -> None:
    assert plain(markdown) == said


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("Non va:\n\n- *uno*\n- due\n\nDopo.", "Non va:\n\n- uno\n- due\n\nDopo."),
        ("* uno\n\n* due", "- uno\n\n- due"),
        ("3. tre\n4. quattro", "3. tre\n4. quattro"),
        ("1) uno\n2) due", "1) uno\n2) due"),
        ("- uno\n  1. dentro\n- due", "- uno\n1. dentro\n- due"),
        ("- uno\n\n  ancora uno\n\n- due", "- uno\n\nancora uno\n\n- due"),
        ("- uno\n\n1. primo", "- uno\n\n1. primo"),
        ("- uno\n-\n- tre", "- uno\n- tre"),
        ("- # uno\n- due", "- uno\n\n- due"),
        ("- uno\n  ```\n  x\n  ```\n- due", "- uno\n\nx\n\n- due"),
    ],
)
def test_lists_stay_lists(markdown: str, said: str) -> None:
    assert plain(markdown) == said


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("[la *guida*](https://x.it/a).", "la guida (https://x.it/a)."),
        ("[la guida](HTTP://x.it 'titolo')", "la guida (HTTP://x.it)"),
        ("[https://x.it/a](https://x.it/a)", "https://x.it/a"),
        ("Vedi [https://x.it/a](https://x.it/a)", "Vedi https://x.it/a"),
        ("<https://x.it/città>", "https://x.it/città"),
        ("https://x.it/a_b_c", "https://x.it/a_b_c"),
        ("[scrivici](mailto:a@x.it?subject=b)", "scrivici (a@x.it)"),
        ("[a@x.it](mailto:a@x.it)", "a@x.it"),
        ("<a@x.it>", "a@x.it"),
        ("[sotto](#sotto) [qui](/a) [tel](tel:06) [js](javascript:x)", None),
        (
            "[a](https://a.it) e [b](/b) e [c](https://c.it)",
            "a (https://a.it) e b e c (https://c.it)",
        ),
        ("![una *mappa*](https://x.it/a.png)", "una mappa"),
        ("[![logo](a.png)](https://x.it)", "logo (https://x.it)"),
        ("prima\n\n![](a.png)\n\ndopo", "prima\n\ndopo"),
    ],
)
def test_addresses_are_said_where_a_reader_could_follow_them(
    markdown: str, said: str | None
) -> None:
    assert plain(markdown) == (said or "sotto qui tel [js](javascript:x)")


@given(st.lists(st.text("abcàè12", min_size=1), min_size=1))
def test_no_word_is_lost(words: list[str]) -> None:
    for text in (" ".join(words), "\n".join(words), "\n\n".join(words)):
        assert plain(text).split() == words
    assert plain("\n".join(f"- *{word}*" for word in words)) == "\n".join(f"- {w}" for w in words)


@pytest.mark.parametrize("piece", ["*a **b ", "> ", "- ", "![", "[", "(", "`", "&#", "<a", "1. "])
def test_text_that_nests_without_end_is_taken_as_it_is(piece: str) -> None:
    assert isinstance(plain(piece * 500), str)
