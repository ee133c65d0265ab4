"""Finding one's own post again among others that look like it."""

from __future__ import annotations

from typing import Any

import pytest

from publishers.channels._base import Post
from publishers.channels._x_match import is_same, replied_to
from tests.publishers.channels.drivers._base import MESSAGE

URL = MESSAGE.url


def tweet(text: str, *addresses: str, **fields: Any) -> dict[str, Any]:
    """A post as the API shows it: T0, T1 ... stand for the t.co links to the addresses."""
    urls = []
    for number, address in enumerate(addresses):
        short = f"https://t.co/abcdefgh{number}"
        text = text.replace(f"T{number}", short)
        urls.append({"url": short, "expanded_url": address})
    return {"id": "1", "text": text, "entities": {"urls": urls}, **fields}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"Il Portafoglio è fermo.\n{URL}", tweet("Il Portafoglio è fermo.\nT0", URL)),
        (f"Il Portafoglio è fermo.\n{URL}", tweet("Il Portafoglio è fermo. T0", URL)),
        ("A & B < C > D\nhttps://x.it", tweet("A &amp; B &lt; C &gt; D\nT0", "https://x.it/")),
        (f"Non so perche.no\n{URL}", tweet("Non so T0\nT1", "http://perche.no", URL)),
        ("@\u200bcomune, perche\u0301 no", tweet("@comune, perché no")),
        ("Fermo. #42/3", tweet("Fermo. #42/3")),
        (f"L’app è “ferma”…\n{URL}", tweet('L\'app è "ferma"...\nT0', URL)),
        ("L’app è ferma #42/3", tweet("L'app è ferma #42/3")),
    ],
)
def test_is_the_same(said: str, shown: dict[str, Any]) -> None:
    assert is_same(shown, MESSAGE, Post(said, 0, 280))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"Da oggi alle 9 riapre.\n{URL}", tweet("Da oggi alle 8 riapre.\nT0", URL)),
        (f"Riapre.\n{URL}", tweet("Riapre.\nT0", "https://stato.example.it/incidents/k3v9/?u=31")),
        (f"Riapre.\n{URL}", tweet("Riapre.\nT0", "https://stato.example.it/incidents/k3v9/")),
        (f"Riapre alle 9, non alle 8.\n{URL}", tweet("Riapre alle 9.\nT0", URL)),
        ("Riapre #42/3", tweet("Riapre #42/31")),
        ("Riapre #42/3", tweet("Riapre #42/2")),
        ("L’app è ferma", tweet("L'app e ferma")),
        ("Riapre", {"id": "1"}),
        ("Riapre", {"text": None, "entities": ["?"]}),
        (f"Riapre\n{URL}", {"text": "Riapre t.co/x", "entities": {"urls": [1, {"url": 2}]}}),
    ],
)  # fmt: skip
def test_is_another(said: str, shown: dict[str, Any]) -> None:
    assert not is_same(shown, MESSAGE, Post(said, 0, 280))


def test_a_correction_is_not_its_update_though_both_have_one_address() -> None:
    update = tweet("Riapre domani alle 8. T0", URL)
    correction = Post(f"Riapre domani alle 9. {URL}", 0, 280)
    assert not is_same(update, MESSAGE, correction)


@pytest.mark.parametrize(
    ("references", "ids"),
    [
        ([{"type": "replied_to", "id": "7"}, {"type": "quoted", "id": "8"}], {"7"}),
        ([], set()),
        (None, set()),
        ("?", set()),
        (["?"], set()),
    ],
)
def test_replied_to(references: Any, ids: set[str]) -> None:
    assert replied_to({"referenced_tweets": references}) == ids
