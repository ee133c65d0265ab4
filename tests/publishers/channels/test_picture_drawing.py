"""The picture itself: every letter, whatever the words; readable, whatever the theme."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from incidents.status import Status
from publishers._contrast import contrast, text_on
from publishers.channels import _picture_drawing as drawing
from publishers.channels._picture import HEIGHT, WIDTH, Picture, Sign, sign_of
from publishers.channels._picture_drawing import can_draw, draw
from tests.publishers.channels._pictures import PICTURE

ROOT = Path(__file__).parents[3]
COLOURS = (ROOT / "templates/pages/colours.css").read_text(encoding="utf-8")
LONGEST_SAID = (
    "Pubblicato alle 02:45 CEST di mercoledì 30 settembre 2020 (ora dell’Europa centrale)"
)
LONGEST_DUE = LONGEST_SAID.replace("Pubblicato alle", "Prossimo aggiornamento entro le")


def opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(draw(picture)))


def test_it_is_a_png_of_the_size_that_networks_show_whole() -> None:
    image = opened(PICTURE)
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(draw(PICTURE)) < 900_000  # Bluesky takes a million bytes


def test_the_same_picture_has_the_same_bytes() -> None:
    first = draw(PICTURE)
    draw.cache_clear()
    assert draw(replace(PICTURE)) == first


@pytest.mark.parametrize("name", ["service", "status", "name", "said", "promise", "accent", "sign"])
def test_every_fact_changes_the_picture(name: str) -> None:
    others: dict[str, Any] = {"accent": "#7a1d1d", "sign": Sign.CLOSED}
    assert draw(replace(PICTURE, **{name: others.get(name, "Altre parole")})) != draw(PICTURE)


def test_the_alternative_text_says_every_word() -> None:
    for field in fields(Picture):
        if field.name not in ("sign", "accent"):
            assert getattr(PICTURE, field.name) in PICTURE.alt
    assert PICTURE.alt.endswith("(ora italiana).")
    assert "entro" not in replace(PICTURE, promise="").alt


def test_what_was_not_promised_leaves_no_gap() -> None:
    assert opened(replace(PICTURE, promise="")).size == (WIDTH, HEIGHT)


def laid(picture: Picture) -> list[drawing._Block]:
    layout = drawing._layout(picture)
    assert layout is not None
    return [layout.service, layout.status, layout.name, *layout.foot]


LONG = {
    "Italian": "precipitevolissimevolmente l’indisponibilità dell’autenticazione perché " * 4,
    "German": "Rückerstattungsbeträge Donaudampfschifffahrtsgesellschaftskapitänsmütze € " * 4,
    "one word": "W" * 400,
    "narrow": "il " * 200,
}


@pytest.mark.parametrize("words", LONG)
def test_the_longest_names_are_shown_whole(words: str) -> None:
    name = LONG[words][:255].strip()
    picture = replace(PICTURE, name=name, said=LONGEST_SAID, promise=LONGEST_DUE)
    assert can_draw(picture)
    blocks = laid(picture)
    shown = "".join("".join(blocks[2].lines).split())
    assert shown == "".join(name.split())
    for block in blocks:
        font = drawing._font(block.font, block.size)
        assert all(font.getlength(line) <= WIDTH - 128 for line in block.lines)
        assert block.size >= 24
    assert 116 + 84 + blocks[2].height + sum(b.height for b in blocks[3:]) < HEIGHT
    draw(picture)


def test_a_long_name_is_not_made_small_for_what_stands_around_it() -> None:
    name = "Rallentamenti nella registrazione delle carte di pagamento e degli IBAN dei cittadini "
    picture = replace(
        PICTURE,
        status="Stiamo tenendo sotto osservazione",
        name=(name * 3)[:255].strip(),
        said=LONGEST_SAID,
        promise=LONGEST_DUE,
    )
    _, status, shown, promise, _ = laid(picture)
    assert len(status.lines) == 1
    assert min(shown.size, promise.size) >= 32


def test_the_sign_of_what_is_open_has_a_whole_tip() -> None:
    shape = drawing._shape(Sign.OPEN)
    for start in range(0, shape.width * shape.height // 4, shape.width):
        values = shape.tobytes()[start : start + shape.width]
        lit = [place for place, value in enumerate(values) if value > 200]
        assert not lit or lit == list(range(lit[0], lit[-1] + 1))


def test_nothing_is_written_over_the_edge() -> None:
    image = opened(replace(PICTURE, name=LONG["one word"][:255])).convert("RGB")
    margins = [image.crop((0, 120, 60, 460)), image.crop((WIDTH - 60, 120, WIDTH, 460))]
    assert all(margin.getcolors() == [(60 * 340, (255, 255, 255))] for margin in margins)


def test_names_keep_their_words_whole_while_they_can_be_read() -> None:
    block = laid(replace(PICTURE, name="Straßenverkehrsordnungswidrigkeitenverfahren"))[2]
    assert block.lines == ("Straßenverkehrsordnungswidrigkeitenverfahren",)


@pytest.mark.parametrize(
    "name", ["Perché è già così", "Größe, Übung, ß", "1.500 €", "Łódź, Αθήνα, Київ"]
)
def test_the_font_has_the_letters_of_european_languages(name: str) -> None:
    assert "".join(laid(replace(PICTURE, name=name))[2].lines).split() == name.split()


@pytest.mark.parametrize("name", ["🔥 Fuoco ❤️", "Fuoco 👩‍👩‍👧", "Fuoco 1️⃣", "🇮🇹 Fuoco"])
def test_ornaments_are_left_out(name: str) -> None:
    picture = replace(PICTURE, name=name)
    assert can_draw(picture)
    (line,) = laid(picture)[2].lines
    assert line in ("Fuoco", "Fuoco 1")
    assert name in picture.alt


@pytest.mark.parametrize("name", ["障害が発生", "محفظة", "Guasto 障", "", "🔥"])
def test_what_has_letters_that_the_font_lacks_is_not_drawn(name: str) -> None:
    picture = replace(PICTURE, name=name)
    assert not can_draw(picture)
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw(picture)


def test_what_is_too_long_to_be_told_to_the_blind_is_not_drawn() -> None:
    assert not can_draw(replace(PICTURE, name="il " * 400))


@given(st.integers(0, 0xFFFFFF))
def test_words_on_any_theme_are_readable(number: int) -> None:
    accent = f"#{number:06x}"
    assert contrast(text_on(accent), accent) >= 4.5


def test_the_colours_are_those_of_the_pages_and_are_readable() -> None:
    for colour in (drawing.INK, drawing.SOFT, *drawing.TONES.values()):
        assert colour in COLOURS
        assert contrast(colour, drawing.PAPER) >= 4.5
        assert contrast(colour, drawing.PANEL) >= 4.5


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=255), st.text(min_size=1, max_size=60))
def test_any_words_are_drawn_whole_or_not_at_all(name: str, status: str) -> None:
    picture = replace(PICTURE, name=name, status=status)
    if can_draw(picture):
        draw(picture)


@pytest.mark.parametrize("status", Status)
def test_no_status_goes_by_colour_alone(status: Status) -> None:
    shapes = {drawing._shape(sign).tobytes() for sign in Sign}
    assert len(shapes) == len(Sign)
    assert sign_of(status) in Sign
    assert (sign_of(status) is Sign.CLOSED) == bool(
        re.fullmatch("resolved|postmortem|completed", status)
    )


def test_the_fonts_have_their_licence_beside_them() -> None:
    folder = ROOT / "templates/fonts"
    assert "Apache License" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
