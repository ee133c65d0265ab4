"""The badge: words, shape and colour, readable by those who see and those who do not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from lxml import etree

from incidents.status import Impact
from incidents.view import Overview
from publishers.documents import badge
from tests.publishers.documents import sample_views

SVG = "{http://www.w3.org/2000/svg}"
# After https://shields.io/badges/endpoint-badge
ENDPOINT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schemaVersion", "label", "message", "color"],
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": ["brightgreen", "yellow", "orange", "red", "blue"]},
    },
}


def bodies(view: Overview) -> dict[str, bytes]:
    return {each.path: each.body or b"" for each in badge.overview(view)}


def showing(indicator: Impact) -> Overview:
    return replace(sample_views.all_well(), indicator=indicator)


def picture(indicator: Impact, path: str = "en/badge.svg") -> Any:
    return etree.fromstring(bodies(showing(indicator))[path])


def test_every_locale_has_both() -> None:
    assert list(bodies(sample_views.all_well())) == [
        "badge.svg",
        "badge.json",
        "en/badge.svg",
        "en/badge.json",
    ]


@pytest.mark.parametrize(
    ("indicator", "english", "italian"),
    [
        (Impact.NONE, "No problem reported", "Nessun problema segnalato"),
        (Impact.MINOR, "Minor problems reported", "Segnalati problemi lievi"),
        (Impact.MAJOR, "Serious problems reported", "Segnalati problemi gravi"),
        (Impact.CRITICAL, "Very serious problems reported", "Segnalati problemi molto gravi"),
        (Impact.MAINTENANCE, "Maintenance in progress", "Manutenzione in corso"),
    ],
)
def test_both_say_the_same_in_words(indicator: Impact, english: str, italian: str) -> None:
    made = bodies(showing(indicator))
    for path, said in (("en/badge", english), ("badge", italian)):
        told = json.loads(made[f"{path}.json"])
        jsonschema.validate(told, ENDPOINT)
        assert told["message"] == said
        svg = etree.fromstring(made[f"{path}.svg"])
        assert [text.text for text in svg.iter(f"{SVG}text")] == [told["label"], said]
        assert svg.findtext(f"{SVG}title") == f"{told['label']}: {said}"


def test_it_is_a_picture_with_a_name() -> None:
    svg = picture(Impact.CRITICAL)
    assert svg.tag == f"{SVG}svg"
    assert svg.get("role") == "img"
    assert svg.find(f"{SVG}title").get("id") == svg.get("aria-labelledby")
    assert svg.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_no_two_states_look_alike_even_without_colour() -> None:
    shapes = set()
    for indicator in Impact:
        (inner,) = [each for each in picture(indicator).iter(f"{SVG}svg") if each.get("x")]
        shapes.add(tuple(child.get("d") or child.get("r") for child in inner))
    assert len(shapes) == len(Impact)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("indicator", list(Impact))
def test_white_letters_can_be_read_on_every_colour(indicator: Impact) -> None:
    for rect in picture(indicator).iter(f"{SVG}rect"):
        if fill := rect.get("fill"):
            assert 1.05 / (luminance(fill) + 0.05) >= 4.5


@pytest.mark.parametrize("path", ["badge.svg", "en/badge.svg"])
def test_words_and_shape_stand_inside_and_apart(path: str) -> None:
    svg = picture(Impact.CRITICAL, path)
    label, message = svg.iter(f"{SVG}text")
    (shape,) = [each for each in svg.iter(f"{SVG}svg") if each.get("x")]

    def end(element: Any, length: str) -> int:
        return int(element.get("x")) + int(element.get(length))

    assert end(label, "textLength") < int(shape.get("x"))
    assert end(shape, "width") < int(message.get("x"))
    assert end(message, "textLength") < int(svg.get("width"))


def test_nothing_is_fetched_styled_or_run() -> None:
    for body in bodies(sample_views.hostile()).values():
        for word in (b"<style", b"style=", b"<script", b"href", b"url(http", b"@import"):
            assert word not in body


def test_broad_letters_are_given_more_room() -> None:
    assert badge.width("") == 0
    assert badge.width("iiii") < badge.width("nnnn") < badge.width("MMMM") < badge.width("状態状態")
    assert badge.width("e\u0301") == badge.width("e")
