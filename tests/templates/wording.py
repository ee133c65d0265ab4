"""What a good public text looks like: it fits, it reads well, it is frank."""

from __future__ import annotations

import re
import unicodedata

from incidents.view import PublicText

# What fits. X's weights are those of twitter-text's configuration v3; Bluesky's 300 graphemes and
# Mastodon's 500 characters are wider, for nothing weighs less than 1.

_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
X_LIMIT = 280
SPACE_AND_LINK = 24
_HEADLINE_LIMIT = 110


def weight(text: str) -> int:
    return sum(
        1 if any(low <= ord(character) <= high for low, high in _LIGHT) else 2
        for character in unicodedata.normalize("NFC", text)
    )


def assert_fits(text: PublicText) -> None:
    assert weight(text.short) + SPACE_AND_LINK <= X_LIMIT, text.short
    assert len(text.headline) <= _HEADLINE_LIMIT, text.headline


# What reads well.

_FAULTS = re.compile(
    r"  |[ \t]$|[ \t][,.;:)]|[,;:]\.|\.\.|::|:\s*$|\( |None|\{|\}|\[|\n{3}"
    r"|[a-zàèéìòù][.?][A-ZÈ]|[.?] [a-zàèéìòù]|^[a-zàèéìòù]",
    re.MULTILINE,
)


def assert_reads_well(text: str) -> None:
    fault = _FAULTS.search(text)
    assert not fault, f"{fault} in {text!r}"


def assert_sound(text: PublicText) -> None:
    for piece in (text.headline, text.short, text.body):
        assert_reads_well(piece)
    assert text.short.endswith(".")
    assert not text.headline.endswith((".", ":"))


_FORBIDDEN = {
    "it": r"purtroppo|disagi|a breve|al più presto|appena possibile|quanto prima|domani"
    r"|mezzanotte|alcuni utenti|potrebbero aver|fornitor|disserviz|problematic|utent"
    r"|lavorando per voi",
    "en": r"unfortunately|inconvenience|shortly|\bsoon|as possible|tomorrow|midnight"
    r"|some users|may have|experienc|supplier|vendor|issues?\b|\busers?\b|working hard",
    "de": r"leider|unannehmlichkeit|in kürze|demnächst|baldmöglichst|so bald wie|schnellstmöglich"
    r"|\bmorgen\b|mitternacht|einige nutzer|\bnutzer|lieferant|dienstleister|hochdruck"
    r"|verständnis|möglicherweise",
}
_SHOUTED = re.compile(r"!|#\w|(?<!\w)@\w|…")


def everything(text: PublicText) -> str:
    return f"{text.headline}\n{text.short}\n{text.body}"


def assert_frank(text: str, locale: str) -> None:
    found = re.search(_FORBIDDEN[locale], text, re.IGNORECASE) or _SHOUTED.search(text)
    assert not found, f"{found} in {text!r}"
    assert not [c for c in text if unicodedata.category(c) in {"So", "Sk", "Cs"}], text


OWNED = {
    "it": ("tocca a noi", "sta a noi risolvere", "è nostr", "rispondiamo noi"),
    "en": ("our job", "is ours", "we answer for"),
    "de": ("unsere aufgabe", "liegt bei uns"),
}
