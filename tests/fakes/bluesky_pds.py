"""A Bluesky PDS and the AppView behind it, as the lexicons and the PDS's source describe them.

    with FakeBluesky() as pds:
        pds.faults.append(Answer(500, INTERNAL))
        ...
        assert pds.texts == ["..."]

Tokens, passwords, swaps and records are checked as the real one checks them; `test_bluesky_pds`
asks a real one.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import regex

from tests.fakes._service import Answer, FakeService, Request

POST = "app.bsky.feed.post"
HANDLE = "comune.bsky.social"
DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_URI = re.compile(r"\w+:(?://)?[^\s/]\S*")
_AT_URI = re.compile(rf"at://({re.escape(DID)})/({re.escape(POST)})/({_TID.pattern})")


def error(name: str, message: str) -> dict[str, str]:
    """An XRPC error's body."""
    return {"error": name, "message": message}


INTERNAL = error("InternalServerError", "Internal Server Error")
WRONG_PASSWORD = error("AuthenticationRequired", "Invalid identifier or password")
NO_TOKEN = error("AuthMissing", "Authentication Required")
BAD_TOKEN = error("InvalidToken", "Token could not be verified")
EXPIRED_TOKEN = error("ExpiredToken", "Token has expired")
REVOKED_TOKEN = error("ExpiredToken", "Token has been revoked")
TAKEN_DOWN = error("AccountTakedown", "Account has been taken down")
DEACTIVATED = error("AccountDeactivated", "Account is deactivated")
NEEDS_CODE = error("AuthFactorTokenRequired", "A sign in code has been sent to your email address")
LIMITED = error("RateLimitExceeded", "Rate Limit Exceeded")
NOT_FOUND = error("RecordNotFound", f"Could not locate record: at://{DID}/{POST}/3jzfcijpj2z2a")
OTHER_RECORD = error("InvalidSwap", "Record was at bafyreic3")
NO_BLOB = error("BlobNotFound", "Could not find blob")
NOT_SERVED = error("InvalidRequest", "No service configured for org.example.nothing")


class FakeBluesky(FakeService):
    """One account."""

    def __init__(self) -> None:
        super().__init__()
        self.password = "abcd-efgh-ijkl-mnop"
        self.secrets = {"password": self.password}
        self.records: dict[str, dict[str, Any]] = {}
        """By record key."""
        self.blobs: dict[str, bytes] = {}
        """By CID."""
        self.writes = 0
        """How many commits there were: a record that is put again as it is makes none."""
        self.hidden: set[str] = set()
        """Record keys that the AppView does not show."""
        self.status: str | None = None
        """Why the account is not active, as sessions tell it."""
        self.logins_left = 30
        self.access: dict[str, bool] = {}
        """Access tokens, and whether each is still good; so with those that refresh."""
        self.refresh: dict[str, bool] = {}
        self._numbers = itertools.count(1)

    @property
    def texts(self) -> list[str]:
        return [record["text"] for record in self.records.values()]

    @property
    def tokens(self) -> list[str]:
        return [*self.access, *self.refresh]

    def asked(self, method: str) -> list[Request]:
        """The requests for one method, such as "createSession"."""
        return [request for request in self.requests if request.path.endswith(f".{method}")]

    def put(self, key: str, text: str, **fields: Any) -> str:
        """A post that got there by another way than this server's API; its address."""
        made = {"$type": POST, "text": text, "createdAt": "2020-12-07T20:49:00.000Z", **fields}
        self.records[key] = made
        return address(key)

    def delete(self, uri: str) -> None:
        self.records.pop(uri.rpartition("/")[2], None)

    def end_sessions(self, *, for_good: bool = False) -> None:
        """Let the access tokens expire; for good also those that renew them."""
        self.access = dict.fromkeys(self.access, False)
        if for_good:
            self.refresh = dict.fromkeys(self.refresh, False)

    def session(self) -> Answer:
        """The answer to logging in, with new tokens."""
        number = next(self._numbers)
        access, refresh = f"access-{number}-Zk1fQ9x", f"refresh-{number}-RpLm07t"
        self.access[access] = self.refresh[refresh] = True
        tokens = {"accessJwt": access, "refreshJwt": refresh}
        return Answer(200, {**tokens, **self._about()})

    def headers(self, answer: Answer) -> Mapping[str, str]:
        return {
            **super().headers(answer),
            "RateLimit-Limit": "3000",
            "RateLimit-Remaining": "2999",
            "RateLimit-Reset": str(int(self.now().timestamp()) + 300),
            "RateLimit-Policy": "3000;w=300",
        }

    def answer(self, request: Request) -> Answer:
        methods = {
            ("POST", "/xrpc/com.atproto.server.createSession"): self._create_session,
            ("POST", "/xrpc/com.atproto.server.refreshSession"): self._refresh_session,
            ("GET", "/xrpc/com.atproto.server.getSession"): self._get_session,
            ("POST", "/xrpc/com.atproto.repo.putRecord"): self._put_record,
            ("POST", "/xrpc/com.atproto.repo.uploadBlob"): self._upload_blob,
            ("GET", "/xrpc/com.atproto.repo.getRecord"): self._get_record,
            ("GET", "/xrpc/app.bsky.feed.getPosts"): self._get_posts,
        }
        method = methods.get((request.method, request.path))
        if method:
            return method(request)
        return Answer(400, NOT_SERVED) if request.path.startswith("/xrpc/") else Answer(404)

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "did": DID,
            "didDoc": {
                "@context": ["https://www.w3.org/ns/did/v1"],
                "id": DID,
                "alsoKnownAs": [f"at://{HANDLE}"],
                "verificationMethod": [],
                "service": [
                    {
                        "id": "#atproto_pds",
                        "type": "AtprotoPersonalDataServer",
                        # Where the account really lives: nobody may be led there.
                        "serviceEndpoint": "https://morel.us-east.host.bsky.network",
                    }
                ],
            },
            "handle": HANDLE,
            "email": "redazione@comune.example.it",
            "emailConfirmed": True,
            "emailAuthFactor": False,
            "active": self.status is None,
        }
        return {**about, "status": self.status} if self.status else about

    def _create_session(self, request: Request) -> Answer:
        given = request.body.get("identifier"), request.body.get("password")
        if not all(isinstance(value, str) for value in given):
            return Answer(400, error("InvalidRequest", "Input must have the property"))
        if self.logins_left < 1:
            return Answer(429, LIMITED, {"RateLimit-Remaining": "0"})
        self.logins_left -= 1
        if given not in ((HANDLE, self.password), (DID, self.password)):
            return Answer(401, WRONG_PASSWORD)
        return self.session()

    def _refresh_session(self, request: Request) -> Answer:
        refusal = _refusal(request, self.refresh)
        if refusal:
            return refusal
        self.refresh[_token(request)] = False
        return self.session()

    def _get_session(self, request: Request) -> Answer:
        return _refusal(request, self.access) or Answer(200, self._about())

    def _upload_blob(self, request: Request) -> Answer:
        if refusal := _refusal(request, self.access):
            return refusal
        content = request.body[""]
        link = "bafkrei" + b32encode(hashlib.sha256(content).digest()).decode().lower().rstrip("=")
        self.blobs[link] = content
        blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/png"}
        return Answer(200, {"blob": {**blob, "size": len(content)}})

    def _put_record(self, request: Request) -> Answer:
        if refusal := _refusal(request, self.access):
            return refusal
        body = request.body
        if body.get("repo") not in (DID, HANDLE):
            return Answer(403, error("AccountNotFound", "Account not found"))
        record, key = body.get("record"), str(body.get("rkey"))
        fault = _fault_in(body.get("collection"), key, record)
        if fault:
            return Answer(400, error("InvalidRequest", fault))
        assert isinstance(record, dict)
        for image in record.get("embed", {}).get("images", []):
            if image["image"]["ref"]["$link"] not in self.blobs:
                return Answer(400, NO_BLOB)
        return self._write(key, record, body)

    def _write(self, key: str, record: dict[str, Any], body: Mapping[str, Any]) -> Answer:
        current = self.records.get(key)
        written = {"uri": address(key), "cid": cid(record), "validationStatus": "valid"}
        if current == record:
            return Answer(200, written)
        if "swapRecord" in body and body["swapRecord"] != (cid(current) if current else None):
            return Answer(400, OTHER_RECORD)
        self.records[key] = record
        self.writes += 1
        commit = {"cid": cid({"commit": self.writes}), "rev": "3jzfcijpj2z2a"}
        return Answer(200, {**written, "commit": commit})

    def _get_record(self, request: Request) -> Answer:
        if request.query["repo"] not in (DID, HANDLE):
            return Answer(400, error("InvalidRequest", "Could not locate record"))
        record = self.records.get(request.query["rkey"])
        if record is None:
            return Answer(400, NOT_FOUND)
        uri = address(request.query["rkey"])
        return Answer(200, {"uri": uri, "cid": cid(record), "value": record})

    def _get_posts(self, request: Request) -> Answer:
        key = request.query["uris"].rpartition("/")[2]
        record = self.records.get(key)
        if record is None or key in self.hidden:
            return Answer(200, {"posts": []})
        return Answer(200, self.shown(key, record))

    def shown(self, key: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """The AppView's answer that holds this post."""
        post = {
            "uri": address(key),
            "cid": cid(record),
            "author": {"did": DID, "handle": HANDLE, "displayName": "Comune", "labels": []},
            "record": record,
            "replyCount": 0,
            "repostCount": 0,
            "likeCount": 0,
            "quoteCount": 0,
            "indexedAt": "2020-12-07T20:49:01.123Z",
            "labels": [],
        }
        return {"posts": [post]}


def address(key: str) -> str:
    """The at:// address of the account's post with this record key."""
    return f"at://{DID}/{POST}/{key}"


def cid(record: Mapping[str, Any]) -> str:
    """As a CID looks; of JSON instead of CBOR."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()
    return "bafyrei" + b32encode(digest).decode().lower().rstrip("=")


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _refusal(request: Request, tokens: Mapping[str, bool]) -> Answer | None:
    if "authorization" not in request.headers:
        return Answer(401, NO_TOKEN)
    good = tokens.get(_token(request))
    if good is None:
        return Answer(400, BAD_TOKEN)
    return None if good else Answer(400, EXPIRED_TOKEN)


def _fault_in(collection: Any, key: str, record: Any) -> str | None:
    """What the lexicon of a post forbids in a record."""
    if collection != POST or not isinstance(record, dict) or record.get("$type") != POST:
        return f"Invalid $type: expected {collection}"
    if not _TID.fullmatch(key):
        return f"Invalid record key for {POST}"
    text = record.get("text")
    if not isinstance(text, str):
        return "Missing required key text"
    if len(text.encode()) > 3000:
        return "string too big (maximum 3000)"
    if _graphemes(text) > 300:
        return "grapheme too big (maximum 300)"
    return _fault_in_fields(record)


def _fault_in_fields(record: dict[str, Any]) -> str | None:
    try:
        at = datetime.fromisoformat(record["createdAt"])
    except (KeyError, ValueError):
        return "Invalid datetime"
    if at.tzinfo is None or "T" not in record["createdAt"]:
        return "Invalid datetime"
    if len(record.get("langs", [])) > 3:
        return "array too big (maximum 3)"
    external = record.get("embed", {}).get("external")
    if external is not None and not _is_card(external):
        return "Invalid embed"
    reply = record.get("reply")
    if reply is not None and not all(_is_reference(reply.get(n)) for n in ("root", "parent")):
        return "Invalid reply"
    return None if all(map(_is_facet, record.get("facets", []))) else "Invalid facets"


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _is_card(external: Mapping[str, Any]) -> bool:
    words = (external.get("title"), external.get("description"))
    return bool(_URI.fullmatch(external.get("uri", ""))) and all(isinstance(w, str) for w in words)


def _is_reference(place: Any) -> bool:
    if not isinstance(place, dict):
        return False
    return bool(_AT_URI.fullmatch(place.get("uri", ""))) and place.get("cid", "").startswith("baf")


def _is_facet(facet: Mapping[str, Any]) -> bool:
    index = facet.get("index", {})
    ends = index.get("byteStart", -1), index.get("byteEnd", -1)
    return min(ends) >= 0 and all(_is_feature(feature) for feature in facet.get("features", [{}]))


def _is_feature(feature: Mapping[str, Any]) -> bool:
    kind = str(feature.get("$type")).removeprefix("app.bsky.richtext.facet#")
    if kind == "link":
        return bool(_URI.fullmatch(feature.get("uri", "")))
    tag = feature.get("tag")
    return kind == "tag" and isinstance(tag, str) and _graphemes(tag) <= 64
