"""Draws the picture that goes with a post, as PNG. Pure: the same picture, the same bytes.

Text wraps and shrinks and is never cut. What the font has no letters for is not drawn at all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from publishers._contrast import text_on
from publishers.channels._picture import HEIGHT, LONGEST_ALT, WIDTH, Picture, Sign

PAPER, PANEL, INK, SOFT = "#ffffff", "#f4f6f8", "#14191f", "#48525e"
"""The stylesheet's colours on light paper: it is not known where a post is read."""
TONES = {Sign.OPEN: "#7a5200", Sign.PLANNED: "#1d4f91", Sign.CLOSED: "#0f623b"}

_FONTS = Path(__file__).parents[2] / "templates" / "fonts"
_REGULAR, _BOLD = "OpenSans-Regular.ttf", "OpenSans-Bold.ttf"
_MARGIN = 64
_GAP = 22
_BETWEEN = 8
_BAND = 116
_SIGN = 84
_SMALL, _SMALLEST = 32, 24
_READABLE = 34
"""The size at which a name is read on a phone: what stands around it makes room until then."""
_HEIGHTS = ((170, 104), (90, 104), (90, 80), (170, 80), (90, 60), (170, 60))
"""The most that the status, and that each text at the foot, may take: tried in this order."""
_LINE = 1.22
"""Between two lines, in sizes of the font."""
_SMOOTH = 4
"""How much larger a shape is drawn before it is made small: its edges have no steps then."""
_TEXTS = ("service", "status", "name", "said", "promise")
_UNKNOWN = "\U0010ffff"
_ORNAMENTS = ("So", "Sk", "Cf", "Cn", "Co", "Cs")


@dataclass(frozen=True, slots=True)
class _Block:
    """One text as it fits: its lines, the size of its font, and the font."""

    lines: tuple[str, ...]
    size: int
    font: str

    @property
    def height(self) -> int:
        return round(len(self.lines) * self.size * _LINE)


@dataclass(frozen=True, slots=True)
class _Layout:
    service: _Block
    status: _Block
    name: _Block
    foot: tuple[_Block, ...]

    @property
    def foot_height(self) -> int:
        between = _BETWEEN * (len(self.foot) - 1)
        return sum(block.height for block in self.foot) + between + _GAP * 2


def can_draw(picture: Picture) -> bool:
    """Whether all of it fits, and the font has every letter of it."""
    return len(picture.alt) <= LONGEST_ALT and _layout(picture) is not None


@lru_cache(maxsize=16)
def draw(picture: Picture) -> bytes:
    """The PNG, `WIDTH` by `HEIGHT`. Raises `ValueError` where `can_draw` says no."""
    layout = _layout(picture)
    if layout is None:
        raise ValueError("this cannot be drawn")
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, _BAND), fill=picture.accent)
    _write(
        pen,
        layout.service,
        (_MARGIN, (_BAND - layout.service.height) // 2),
        text_on(picture.accent),
    )
    top = _BAND + 2 * _GAP
    tone = TONES[picture.sign]
    image.paste(tone, (_MARGIN, top), _shape(picture.sign))
    beside = max(layout.status.height, _SIGN)
    offset = (beside - layout.status.height) // 2
    _write(pen, layout.status, (_MARGIN + _SIGN + _GAP, top + offset), tone)
    foot = HEIGHT - layout.foot_height
    top += beside
    _write(pen, layout.name, (_MARGIN, (top + foot - layout.name.height) // 2), INK)
    pen.rectangle((0, foot, WIDTH, HEIGHT), fill=PANEL)
    foot += _GAP
    for block in layout.foot:
        _write(pen, block, (_MARGIN, foot), INK if block.font == _BOLD else SOFT)
        foot += block.height + _BETWEEN
    out = BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


@lru_cache(maxsize=64)
def _layout(picture: Picture) -> _Layout | None:
    """Where all of it goes: the first way in which the name is easily read, else the one in which
    it is largest."""
    shown = _legible(picture)
    if shown is None:
        return None
    best: _Layout | None = None
    for heights in _HEIGHTS:
        tried = _laid_out(shown, *heights)
        if tried is not None and (best is None or tried.name.size > best.name.size):
            best = tried
        if best is not None and best.name.size >= _READABLE:
            break
    return best


def _laid_out(shown: Picture, status_height: int, foot_height: int) -> _Layout | None:
    """Within the most that the status, and that each text at the foot, may take."""
    wide = WIDTH - 2 * _MARGIN
    service = _fitted(shown.service, _BOLD, 52, wide, _BAND - 16)
    status = _fitted(shown.status, _BOLD, 70, wide - _SIGN - _GAP, status_height)
    foot = [
        _fitted(text, font, size, wide, foot_height)
        for text, font, size in ((shown.promise, _BOLD, 42), (shown.said, _REGULAR, 32))
        if text
    ]
    if service is None or status is None or None in foot:
        return None
    fitting = tuple(block for block in foot if block)
    around = _BAND + max(status.height, _SIGN) + _BETWEEN * (len(fitting) - 1)
    taken = around + sum(block.height for block in fitting) + 6 * _GAP
    name = _fitted(shown.name, _REGULAR, 62, wide, HEIGHT - taken)
    return _Layout(service, status, name, fitting) if name else None


def _fitted(text: str, font: str, largest: int, width: int, height: int) -> _Block | None:
    """The text as large as it fits, in lines that are about as long; None where it does not fit.

    A word is broken only where it would have to be too small for a phone.
    """
    for size in range(largest, _SMALLEST - 1, -2):
        face = _font(font, size)
        lines = _wrapped(text, face, width, whole=size > _SMALL)
        block = _Block(lines, size, font)
        widest = max((face.getlength(line) for line in lines), default=width + 1)
        if widest <= width and block.height <= height:
            return replace(block, lines=_balanced(text, face, width, lines))
    return None


def _balanced(
    text: str, font: ImageFont.FreeTypeFont, width: int, lines: tuple[str, ...]
) -> tuple[str, ...]:
    """As many lines with no short one at the end."""
    for narrower in range(width, width // 2, -20):
        tried = _wrapped(text, font, narrower, whole=True)
        if len(tried) > len(lines) or any(font.getlength(line) > narrower for line in tried):
            break
        lines = tried
    return lines


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont, width: int, *, whole: bool
) -> tuple[str, ...]:
    """Lines that are no wider, but for words that are wider by themselves and are left `whole`."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if font.getlength(longer) <= width:
            line = longer
            continue
        pieces = [word] if whole else [*_broken(word, font, width)]
        lines += filter(None, (line, *pieces[:-1]))
        line = pieces[-1]
    return (*lines, line) if line else tuple(lines)


def _broken(word: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """A word in pieces that are no wider: what is left when it cannot be made smaller."""
    piece = ""
    for character in word:
        if piece and font.getlength(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece


def _legible(picture: Picture) -> Picture | None:
    """The same without ornaments (emoji) that the font lacks; None where it lacks a letter."""
    texts = {name: unicodedata.normalize("NFC", getattr(picture, name)) for name in _TEXTS}
    lacking = {c for text in texts.values() for c in text if not _has(c)}
    if any(unicodedata.category(c) not in _ORNAMENTS and not _selects(c) for c in lacking):
        return None
    without = str.maketrans("", "", "".join(lacking))
    service, status, name, said, promise = (text.translate(without) for text in texts.values())
    return Picture(service, picture.sign, status, name, said, promise, picture.accent)


def _selects(character: str) -> bool:
    """Whether it only picks how the one before looks (an emoji's), or encloses it as a key."""
    return "\ufe00" <= character <= "\ufe0f" or character == "\u20e3"


@cache
def _has(character: str) -> bool:
    if character.isspace():
        return True
    missing, found = (_font(_REGULAR, 32).getmask(c) for c in (_UNKNOWN, character))
    return (found.size, bytes(found)) != (missing.size, bytes(missing))


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout, because the other one is not in every build of Pillow.
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def _write(pen: ImageDraw.ImageDraw, block: _Block, at: tuple[int, int], colour: str) -> None:
    left, top = at
    font = _font(block.font, block.size)
    above = (block.size * _LINE - sum(font.getmetrics())) / 2
    for number, line in enumerate(block.lines):
        pen.text((left, round(top + above + number * block.size * _LINE)), line, colour, font)


@cache
def _shape(sign: Sign) -> Image.Image:
    """Where its colour goes: a triangle, a clock or a tick, as the pages have them."""
    scale = _SIGN * _SMOOTH / 24
    mask = Image.new("L", (_SIGN * _SMOOTH, _SIGN * _SMOOTH))
    pen = ImageDraw.Draw(mask)
    if sign is Sign.OPEN:
        corners = _scaled([(12, 2.6), (22.4, 21), (1.6, 21)], scale)
        pen.polygon(corners, fill=255)
        _stroke(pen, [*corners, corners[0]], round(2 * scale), 255)
    else:
        pen.ellipse(_scaled([(1, 1), (23, 23)], scale), fill=255)
    for stroke in _CUTS[sign]:
        _stroke(pen, _scaled(stroke, scale), round(2.8 * scale), 0)
    return mask.resize((_SIGN, _SIGN), Image.Resampling.LANCZOS)


_CUTS: dict[Sign, list[list[tuple[float, float]]]] = {
    Sign.OPEN: [[(12, 9), (12, 14)], [(12, 18), (12, 18.1)]],
    Sign.PLANNED: [[(12, 6), (12, 12.4), (16.4, 15)]],
    Sign.CLOSED: [[(7, 12.4), (10.4, 15.8), (17, 9)]],
}


def _scaled(points: Sequence[tuple[float, float]], scale: float) -> list[tuple[float, float]]:
    return [(x * scale, y * scale) for x, y in points]


def _stroke(
    pen: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: int, value: int
) -> None:
    """A line with round ends and corners: 255 adds it to the shape, 0 cuts it out."""
    pen.line(points, value, width)
    for x, y in points:
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=value)
