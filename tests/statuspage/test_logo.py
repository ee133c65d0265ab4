"""A logo is let in only when it can do no harm."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from statuspage._logo import LARGEST, read_logo

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- the shield -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     viewBox="0 0 64 32.4" role="img" xml:space="preserve">
<title>Comune</title>
<defs><linearGradient id="g"><stop offset="0" stop-color="#0a4a9e"/></linearGradient>
<path id="p" d="M0 0h8v8H0z"/></defs>
<g fill="url(#g)"><use xlink:href="#p"/><use href="#p" x="9"/></g>
</svg>"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" {}>{}</svg>'
BOX = 'viewBox="0 0 9 9"'
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIB", 13, b"IHDR", 120, 40, 8) + b"more"


def fault(folder: Path, body: str | bytes, name: str = "logo.svg") -> str:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    with pytest.raises(ValueError, match=r"\w") as refused:
        read_logo(path)
    return str(refused.value)


def test_shapes_are_let_in(tmp_path: Path) -> None:
    path = tmp_path / "shield.svg"
    path.write_text(GOOD, encoding="utf-8")
    logo = read_logo(path)
    assert (logo.name, logo.width, logo.height) == ("logo.svg", 64, 32)
    assert logo.body == GOOD.encode()


def test_a_png_is_let_in(tmp_path: Path) -> None:
    path = tmp_path / "shield.png"
    path.write_bytes(PNG)
    logo = read_logo(path)
    assert (logo.name, logo.width, logo.height, logo.body) == ("logo.png", 120, 40, PNG)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<style>@import url(https://example.org/x.css)</style>",
        "<foreignObject/>",
        '<image href="https://example.org/x.png"/>',
        '<a href="javascript:alert(1)"><path/></a>',
        '<animate attributeName="href" to="x"/>',
        '<set attributeName="onload" to="x"/>',
        "<g><g><script/></g></g>",
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>',
        '<path xmlns="http://www.w3.org/1999/xhtml"/>',
        '<path onclick="alert(1)"/>',
        '<path ONLOAD="alert(1)"/>',
        '<path style="fill:url(https://example.org/x)"/>',
        '<path data-x="1"/>',
        '<use href="https://example.org/x.svg#p"/>',
        '<use x:href="data:image/svg+xml,x"/>',
        '<use href=" #p"/>',
        '<use xmlns:y="urn:y" y:href="#p"/>',
        '<path fill="url(https://example.org/x.svg#g)"/>',
        "<path fill=\"url( 'https://example.org/x.svg#g' )\"/>",
        '<path fill="UR\\4c(https://example.org)"/>',
        '<path fill="URL(//example.org)"/>',
    ],
)
def test_what_could_do_harm_is_refused(tmp_path: Path, inside: str) -> None:
    said = fault(tmp_path, SVG.format(BOX, inside))
    assert "does not need" in said or "leads out of the file" in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (SVG.format(BOX, "<g>"), "not well-formed"),
        ("", "not well-formed"),
        ("\0", "not well-formed"),
        ("<svg/>", "does not need"),
        ('<g xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', "begin with <svg>"),
        (SVG.format("", ""), "needs a viewBox"),
        (SVG.format('viewBox="0 0 0 9"', ""), "needs a viewBox"),
        (SVG.format('viewBox="0 0 nan 9"', ""), "needs a viewBox"),
        (SVG.format('viewBox="0 0 1e999 9"', ""), "needs a viewBox"),
        (SVG.format('onload="x" ' + BOX, ""), "does not need"),
        ("<!DOCTYPE svg SYSTEM 'http://example.org/x.dtd'>" + SVG.format(BOX, ""), "DOCTYPE"),
        ('<!DOCTYPE s [<!ENTITY a "aa">]>' + SVG.format(BOX, "&a;"), "DOCTYPE"),
        ('<?xml-stylesheet href="x.css"?>' + SVG.format(BOX, ""), "take it out"),
    ],
)
def test_what_is_no_plain_svg_is_refused(tmp_path: Path, body: str, said: str) -> None:
    assert said in fault(tmp_path, body)


@pytest.mark.parametrize("body", [b"", PNG[:20], b"GIF89a" + PNG, GOOD.encode()])
def test_what_is_no_png_is_refused(tmp_path: Path, body: bytes) -> None:
    assert "is no PNG" in fault(tmp_path, body, "logo.png")


def test_the_size_and_the_ending(tmp_path: Path) -> None:
    filled = SVG.format(BOX, "<g/>" * LARGEST).encode()
    assert "larger than 8192 bytes" in fault(tmp_path, filled)
    exactly = GOOD.encode() + b" " * (LARGEST - len(GOOD.encode()))
    (tmp_path / "full.svg").write_bytes(exactly)
    assert len(read_logo(tmp_path / "full.svg").body) == LARGEST
    assert "ends with .svg or .png" in fault(tmp_path, "x", "logo.gif")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_logo(tmp_path / "none.svg")
    with pytest.raises(ValueError, match="cannot be read"):
        read_logo(tmp_path)
