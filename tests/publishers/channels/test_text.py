"""Nobody is pinged and nothing is tagged by accident, and nothing is cut."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.channels._text import BREAKER, clean


@pytest.mark.parametrize(
    ("typed", "out"),
    [
        ("Grazie @comune", "Grazie @|comune"),
        ("＠comune", "＠|comune"),
        ("(@comune)", "(@|comune)"),
        ("@everyone e @here", "@|everyone e @|here"),
        ("perché@nome", "perché@|nome"),
        ("RT@nome.it", "RT@|nome.it"),
        ("<!channel> <@U1> <#C1>", "<|!channel> <|@|U1> <|#|C1>"),
        ("#Vergogna ＃anche", "#|Vergogna ＃|anche"),
        ("#Cashback #CASHBACK #CashbackNo", "#Cashback #CASHBACK #|CashbackNo"),
        ("#Cashback·No", "#|Cashback·No"),
        ("#perché #1st", "#|perché #|1st"),
        ("$TSLA costa $5", "$|TSLA costa $5"),
        ("https://intranet.comune/@nome", "https://intranet.comune/@|nome"),
        ("https://example.it/(@nome", "https://example.it/(@|nome"),
        ("https://example.it/あ@nome", "https://example.it/あ@|nome"),
        ("@\u200bnome", "@|nome"),
        ("@\u2060nome", "@|nome"),
    ],
)
def test_signs_lose_their_effect(typed: str, out: str) -> None:
    assert clean(typed, ("Cashback",)) == out.replace("|", BREAKER)


@pytest.mark.parametrize(
    "text",
    [
        "Scrivi a info@comune.example.it o a n.cognome@pec.it.",
        "Vedi https://example.it/#contatti e https://social.example.it/@comune?x=$A",
        "#42/3",
        "Alle 21:49 @ Roma, # 5 $ 10",
        "L’app è «lenta»… – 5 €",
        "Famiglia 👨‍👩‍👧‍👦, 🏴󠁧󠁢󠁥󠁮󠁧󠁿, 🇮🇹, 1️⃣ #️⃣, 👍🏽, ❤️‍🔥",
        "क्‍ष می‌خواهم",
        "Due\n\nparagrafi",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("typed", "out"),
    [
        ("a\x00b\x07c\x7f\x9b", "abc"),
        ("\u202egirato\u202c \u2066x\u2069\u200f", "girato x"),
        ("in\u200bvi\u200dsi\ufeffbi\u00adle", "invisibile"),
        ("a\tb  c \r\nd\re\u2028f", "a b c\nd\ne\nf"),
        ("\n\n a\n\n\n\n b \n", "a\n\nb"),
        ("perche\u0301", "perché"),
        ("x\U000e0041\U000e0042y", "xy"),
        ("\ud800x\ufffe", "x"),
        ("", ""),
    ],
)
def test_hidden_characters_go(typed: str, out: str) -> None:
    assert clean(typed) == out


SIGNS = st.sampled_from(
    [*"@＠#＃$<!_ab1.: /\n\u200b\u200d\u0301\ufe0f", "क", "👩", "RT", "it", "https://"]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(SIGNS, max_size=40).map("".join))


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(TEXTS)
def test_no_visible_character_is_lost(text: str) -> None:
    def visible(some: str) -> str:
        seen = (c for c in some if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
        kept = "".join(c for c in seen if c not in "\ufffe\uffff")
        return "".join(c for c in unicodedata.normalize("NFD", kept) if not c.isspace())

    assert visible(clean(text)) == visible(text)


@pytest.mark.parametrize("tag", ["‿x", "⁀evil", "_x", "＿x", "Ⓐb", "🄰b", "x‿y", "१अ"])
def test_whatever_a_network_takes_for_a_word_is_no_tag(tag: str) -> None:
    assert clean(f"#{tag}") == f"#\u200b{tag}"
    assert clean(f"#Cashback{tag}", ["Cashback"]) == f"#\u200bCashback{tag}"


@pytest.mark.parametrize("text", ["#42", "# x", "#", "#!", "#→x", "#Cashback, x", "#Cashback→"])
def test_what_is_no_tag_stays(text: str) -> None:
    assert clean(text, ["Cashback"]) == text


@given(st.lists(st.sampled_from(list("@＠#＃$ab1 ,(é")), max_size=40).map("".join))
def test_nothing_is_mentioned_or_tagged(text: str) -> None:
    assert not re.search(r"[@＠]\w|[#＃]\d*[^\W\d]|\$[A-Za-z]", clean(text))
