"""A body's logo: read once, when the settings are, and let in only when it can do no harm.

An SVG is a program to a browser that opens it: everything that is not in the lists below is
refused, so that nothing new in SVG opens a door.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from incidents.view import Logo

LARGEST = 8 * 1024
"""Bytes: it is fetched with every first visit, by everybody at once."""

_SVG = "http://www.w3.org/2000/svg"
_XML = "http://www.w3.org/XML/1998/namespace"
_LINKS = frozenset({"href", "http://www.w3.org/1999/xlink href"})
_SHAPES = (
    "svg g defs title desc symbol use path rect circle ellipse line polyline polygon text tspan "
    "linearGradient radialGradient stop clipPath mask"
)
_PROPERTIES = (
    "id class version viewBox preserveAspectRatio x y width height x1 y1 x2 y2 cx cy r rx ry fx fy "
    "d points transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity "
    "stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity "
    "color display visibility clip-path clip-rule clipPathUnits mask maskUnits maskContentUnits "
    "offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod dx dy rotate "
    "text-anchor font-family font-size font-weight font-style letter-spacing role aria-label "
    "aria-hidden enable-background"
)
_ELEMENTS = frozenset(_SHAPES.split())
_ATTRIBUTES = _LINKS.union(_PROPERTIES.split(), (f"{_XML} space", f"{_XML} lang"))
_OUTSIDE = re.compile(r"url\((?!\s*['\"]?#)|\\|@import|javascript:|data:", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"


def read_logo(path: Path) -> Logo:
    """A logo from its file. Raises `ValueError` with what is wrong and what would help."""
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError as fault:
        raise ValueError(f"{path} cannot be read: {fault.strerror}") from None
    if len(body) > LARGEST:
        raise ValueError(f"is larger than {LARGEST} bytes: everybody fetches it, make it smaller")
    if path.suffix == ".png":
        return Logo("logo.png", body, *_png_size(body))
    if path.suffix == ".svg":
        return Logo("logo.svg", body, *_svg_size(body))
    raise ValueError("should be a file that ends with .svg or .png")


def _png_size(body: bytes) -> tuple[int, int]:
    # PNG, third edition, 5.2 and 11.2.1: the signature, then IHDR with width and height.
    if not (body.startswith(_PNG) and body[12:16] == b"IHDR" and len(body) >= 24):
        raise ValueError("is no PNG file, whatever its name says")
    width, height = struct.unpack(">II", body[16:24])
    return int(width), int(height)


def _svg_size(body: bytes) -> tuple[int, int]:
    reading = _Svg()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.ProcessingInstructionHandler = reading.instruction
    parser.StartElementHandler = reading.element
    try:
        parser.Parse(body, True)
    except expat.ExpatError as fault:
        raise ValueError(f"is not well-formed SVG: {fault}") from None
    return reading.size


class _Svg:
    """What a reading of an SVG file has seen so far. Each handler raises `ValueError`."""

    def __init__(self) -> None:
        self.size = (0, 0)

    def doctype(self, *_: object) -> None:
        raise ValueError("has a DOCTYPE, which may fetch or repeat things: take it out")

    def instruction(self, target: str, _: str) -> None:
        raise ValueError(f"has an instruction <?{target}?>: take it out")

    def element(self, full: str, attributes: Mapping[str, str]) -> None:
        namespace, _, name = full.rpartition(" ")
        if namespace != _SVG or name not in _ELEMENTS:
            raise ValueError(f"has <{name}>, which a logo does not need: save it as plain SVG")
        for attribute, value in attributes.items():
            _check_attribute(name, attribute, value)
        if self.size == (0, 0):
            if name != "svg":
                raise ValueError("does not begin with <svg>")
            self.size = _view_box(attributes.get("viewBox", ""))


def _check_attribute(element: str, attribute: str, value: str) -> None:
    short = attribute.rpartition(" ")[2]
    if attribute not in _ATTRIBUTES:
        raise ValueError(
            f"has <{element} {short}=…>, which a logo does not need: save it as plain SVG, "
            "with attributes in place of styles"
        )
    if (attribute in _LINKS and not value.startswith("#")) or _OUTSIDE.search(value):
        raise ValueError(f"has <{element} {short}=…> that leads out of the file: take it out")


def _view_box(value: str) -> tuple[int, int]:
    numbers = re.findall(r"[-+.\deE]+", value)
    try:
        _, _, width, height = map(float, numbers)
        size = round(width), round(height)
    except (ValueError, OverflowError):
        size = (0, 0)
    if min(size) < 1:
        raise ValueError('needs a viewBox that says its size, as in viewBox="0 0 32 32"')
    return size
