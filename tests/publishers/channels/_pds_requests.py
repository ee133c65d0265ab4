"""Requests that are put to the real PDS and to the fake alike, good ones and bad ones."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.fakes._service import Answer
from tests.fakes.bluesky_pds import DID, FakeBluesky
from tests.publishers.channels import _pds

FAMILY = "👨‍👩‍👧‍👦"
FITTING = (
    "x" * 300,
    "é" * 300,
    "x\u0301" * 300,
    "漢" * 300,
    "🐌" * 300,
    "🇮🇹" * 300,
    "👍🏽" * 300,
    FAMILY * 120,
    "नि" * 300,
    "ก็" * 300,
    "각" * 300,
    "1️⃣" * 300,
)
"""Texts that count 300 by our count."""
TOO_LONG = ("x" * 301, "é" * 301, "🇮🇹" * 301, FAMILY * 121, "漢" * 301)
Answered = tuple[int, str | None, list[str]]
"""A status, the error's name, and the keys of the JSON."""
GOOD = {"$type": _pds.POST, "text": "Ciao.", "createdAt": "2020-12-07T20:49:00.000Z"}
CARD = {"uri": "https://a.it", "title": "A", "description": "B"}
REFERENCE = {"uri": "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l",
             "cid": "bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae"}  # fmt: skip


def embedded(**changes: Any) -> dict[str, Any]:
    external = {key: value for key, value in {**CARD, **changes}.items() if value is not None}
    return {"embed": {"$type": "app.bsky.embed.external", "external": external}}


def annotated(start: int, end: int, kind: str, **feature: str) -> dict[str, Any]:
    features = [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}]
    return {"facets": [{"index": {"byteStart": start, "byteEnd": end}, "features": features}]}


RECORDS: tuple[dict[str, Any], ...] = (
    {},
    {"text": "x" * 300},
    {"text": "x" * 301},
    {"text": FAMILY * 120},
    {"text": FAMILY * 121},
    {"text": None},
    {"createdAt": None},
    {"createdAt": "2020-12-07"},
    {"createdAt": "2020-12-07T20:49:00"},
    {"createdAt": "2020-12-07T20:49:00+01:00"},
    {"langs": ["it", "en", "de"]},
    {"langs": ["it", "en", "de", "fr"]},
    {"langs": []},
    embedded(),
    embedded(title=None),
    embedded(description=None),
    embedded(title=""),
    embedded(uri="a.it"),
    annotated(0, 4, "link", uri="https://a.it"),
    annotated(0, 4, "link", uri="a b"),
    annotated(0, 4, "tag", tag="Ciao"),
    annotated(0, 4, "tag"),
    annotated(0, 4000, "tag", tag="Ciao"),
    annotated(-1, 4, "tag", tag="Ciao"),
    annotated(0, 4, "tag", tag="x" * 64),
    annotated(0, 4, "tag", tag="x" * 65),
    {"reply": {"root": REFERENCE, "parent": REFERENCE}},
    {"reply": {"parent": REFERENCE}},
    {"reply": {"root": {"uri": "x", "cid": "y"}, "parent": REFERENCE}},
    {"$type": "app.bsky.feed.like"},
)


def asked(service: _pds.Gateway | FakeBluesky, verb: str, method: str, **request: Any) -> Answered:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=60) as client:
        response = client.request(verb, f"/xrpc/{method}", **request)
    answer = response.json()
    return response.status_code, answer.get("error"), sorted(answer)


def put(service: _pds.Gateway | FakeBluesky, record: Any, **changes: Any) -> Answered:
    if isinstance(service, _pds.Gateway):
        did, token = service.account.did, service.account.tokens["accessJwt"]
    else:
        did, token = DID, json.loads(encoded(service.session()))["accessJwt"]
    body = {
        "repo": did,
        "collection": _pds.POST,
        "rkey": "3l6oveex3ii2l",
        "record": record,
        **changes,
    }
    return asked(service, "POST", "com.atproto.repo.putRecord", json=body, headers=bearer(token))


def encoded(answer: Answer) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
