"""Finding one's own status again among others that look like it."""

from __future__ import annotations

from typing import Any

import pytest

from publishers.channels._base import Post
from publishers.channels._mastodon_match import is_same, replied_to
from tests.fakes.mastodon_api import rendered
from tests.publishers.channels.drivers._base import MESSAGE

URL = MESSAGE.url
LINK = f'<a href="{URL}" rel="nofollow">{URL}</a>'


@pytest.mark.parametrize(
    "said",
    [
        f"Il Portafoglio è fermo.\n{URL}",
        f"Uno.\n\nDue & “tre” < quattro > cinque.\n{URL}",
        "L'app è ferma\nhttps://x.example.it",
        "@\u200bcomune, #\u200bFermo, torna il #Cashback",
        "Prezzo: 5 €, cioè &amp; niente",
        "https://www.example.it/una/strada/molto/lunga/che/non/finisce/mai?a=1&b=2#c",
    ],
)
def test_mastodons_own_html_is_the_same(said: str) -> None:
    assert is_same({"content": rendered(said)}, Post(said, 0, 500))


@pytest.mark.parametrize(
    ("said", "content"),
    [
        (f"Riapre.\n{URL}", f"Riapre.<br>{LINK}"),
        (f"Riapre.\n{URL}", f"<p>Riapre.</p><p>{LINK}</p>"),
        (f"Riapre.\n{URL}", f"<P>Riapre.<BR/>{LINK.removesuffix('/a>')}/A></P>"),
        ("Riapre\nhttps://x.it/", '<p>Riapre<br/><a href="https://x.it/">x.it</a></p>'),
        ("perche\u0301 no", "<p>perché no</p>"),
        ("Ciao @\u200bcomune", "<p>Ciao @comune</p>"),
    ],
)
def test_other_servers_html_is_the_same(said: str, content: str) -> None:
    assert is_same({"content": content}, Post(said, 0, 500))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (f"Da oggi alle 9 riapre.\n{URL}", {"content": rendered(f"Da oggi alle 8 riapre.\n{URL}")}),
        (f"Riapre.\n{URL}", {"content": rendered(f"Riapre.\n{URL}1")}),
        (f"Riapre.\n{URL}", {"content": rendered("Riapre.\nhttps://stato.example.it/incidents/k3v9/")}),
        (f"Riapre.\n{URL}", {"content": "<p>Riapre.</p>"}),
        ("Riapre alle 9", {"content": "<p>Riapre<br>alle9</p>"}),
        ("Riapre", {"content": None}),
        ("Riapre", {"content": ["Riapre"]}),
        ("Riapre", {}),
    ],
)  # fmt: skip
def test_is_another(said: str, status: dict[str, Any]) -> None:
    assert not is_same(status, Post(said, 0, 500))


@pytest.mark.parametrize(
    ("status", "parent"),
    [({"in_reply_to_id": "7"}, "7"), ({"in_reply_to_id": 7}, "7"), ({"in_reply_to_id": None}, None),
     ({}, None)],
)  # fmt: skip
def test_replied_to(status: dict[str, Any], parent: str | None) -> None:
    assert replied_to(status) == parent
