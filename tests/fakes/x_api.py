"""X's API v2 as its documentation and its users describe it, with faults on demand.

    with FakeX() as x:
        x.faults.append(Answer(429, RATE_LIMITED, {"x-rate-limit-reset": "1700000000"}))
        ...
        assert x.texts == ["..."]

Each request takes the next fault from the queue, if there is one. OAuth 1.0a signatures are
verified with the server's own HMAC (RFC 5849, 3.4), for the address that clients of X sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from publishers.channels._links import links
from publishers.channels._x_text import weighted_length

SIGNED_FOR = "https://api.x.com"

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
REPLY_REFUSED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise"
    " engaged by the author of the post you are replying to."
)
PARENT_GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
TOO_LONG = "Your Tweet text is too long."


def problem(status: int, title: str, detail: str, kind: str = "about:blank") -> dict[str, Any]:
    """A problem document as X sends it; `kind` is the last part of its type."""
    address = kind if kind == "about:blank" else f"https://api.twitter.com/2/problems/{kind}"
    return {"title": title, "detail": detail, "type": address, "status": status}


RATE_LIMITED = problem(429, "Too Many Requests", "Too Many Requests")
USAGE_CAPPED = {
    "account_id": 1,
    "product_name": "standard-basic",
    "title": "UsageCapExceeded",
    "period": "Monthly",
    "scope": "Product",
    "type": "https://api.twitter.com/2/problems/usage-capped",
    "detail": "Usage cap exceeded: Monthly product cap",
}
UNAUTHORIZED = problem(401, "Unauthorized", "Unauthorized")
NO_CREDIT = problem(
    402, "CreditsDepleted", "Your account does not have any credits to fulfill this request."
)
NOT_ENROLLED = {
    "client_id": "1",
    "detail": "You must use keys and tokens from an App that is attached to a Project.",
    "title": "Client Forbidden",
    "required_enrollment": "Appropriate Level of API Access",
    "reason": "client-not-enrolled",
    "type": "https://api.twitter.com/2/problems/client-forbidden",
}


@dataclass(frozen=True)
class Answer:
    """Answer this and do nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Read the request and never answer."""


@dataclass(frozen=True)
class Drip:
    """Do as asked, then answer a byte at a time, for ever."""

    in_headers: bool = False


@dataclass(frozen=True)
class Cut:
    """Do as asked, then close the connection: before the answer, or in the middle of it."""

    in_the_middle: bool = False


@dataclass(frozen=True)
class Garbage:
    """Do as asked, then answer something that is no API's answer."""

    body: bytes = b"<html>It works!</html>"


Fault = Answer | Hang | Drip | Cut | Garbage


@dataclass
class Tweet:
    id: str
    text: str
    """As it was posted: links in full, nothing escaped."""
    at: datetime
    reply_to: str | None = None


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]


class FakeX:
    """One account on X. `clock_skew` is how far X's clock is ahead of ours."""

    def __init__(self, handle: str = "comune", user_id: str = "1314", page_size: int = 100) -> None:
        self.handle = handle
        self.user_id = user_id
        self.page_size = page_size
        self.secrets = {
            "consumer_key": "ck-2fQ9",
            "consumer_secret": "cs-7hT3xW",
            "access_token": f"{user_id}-at8Zk1",
            "access_token_secret": "ats-5RpLm0",
        }
        self.tweets: list[Tweet] = []
        self.faults: deque[Fault] = deque()
        self.requests: list[Request] = []
        self.clock_skew = timedelta(0)
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.fake = self  # type: ignore[attr-defined]  # http.server's way to reach it
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> FakeX:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let go of those that hang, and end."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def texts(self) -> list[str]:
        return [tweet.text for tweet in self.tweets]

    @property
    def posts(self) -> list[Request]:
        """The requests that asked to post."""
        return [request for request in self.requests if request.method == "POST"]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_skew

    def put(self, text: str, at: datetime | None = None, reply_to: str | None = None) -> Tweet:
        """A post that got there by another way than this server's API."""
        tweet = Tweet(str(1_900_000_000_000_000_000 + len(self.tweets)), text, at or self.now())
        tweet.reply_to = reply_to
        self.tweets.append(tweet)
        return tweet

    def delete(self, tweet_id: str) -> None:
        self.tweets = [tweet for tweet in self.tweets if tweet.id != tweet_id]

    def answer(self, request: Request) -> Answer:
        """What the API does with a request that has a good signature."""
        with self._lock:
            if (request.method, request.path) == ("POST", "/2/tweets"):
                return self._create(request.body)
            if request.path == "/2/users/me":
                user = {"id": self.user_id, "name": "Comune", "username": self.handle}
                return Answer(200, {"data": user})
            if request.path == f"/2/users/{self.user_id}/tweets":
                return self._timeline(request.query)
            if found := re.fullmatch(r"/2/tweets/([0-9]+)", request.path):
                return self._lookup(found[1])
            return Answer(404)

    def _create(self, body: Mapping[str, Any]) -> Answer:
        text = str(body.get("text", "")).strip()
        reply_to = body.get("reply", {}).get("in_reply_to_tweet_id")
        if not text:
            detail = "One or more parameters to your request was invalid."
            return Answer(400, problem(400, "Invalid Request", detail, "invalid-request"))
        refusal = self._refusal(text, reply_to)
        if refusal:
            return Answer(403, problem(403, "Forbidden", refusal))
        tweet = self.put(text, reply_to=reply_to)
        shown = {"id": tweet.id, "text": _shown(tweet)[0], "edit_history_tweet_ids": [tweet.id]}
        return Answer(201, {"data": shown})

    def _refusal(self, text: str, reply_to: str | None) -> str | None:
        if weighted_length(text) > 280:
            return TOO_LONG
        if text in self.texts:
            return DUPLICATE
        if reply_to and reply_to not in {tweet.id for tweet in self.tweets}:
            return PARENT_GONE
        return None

    def _timeline(self, query: Mapping[str, str]) -> Answer:
        since = datetime.fromisoformat(query.get("start_time", "2006-03-21T00:00:00Z"))
        if since > self.now():
            detail = "One or more parameters to your request was invalid."
            return Answer(400, problem(400, "Invalid Request", detail, "invalid-request"))
        known = [tweet for tweet in reversed(self.tweets) if tweet.at >= since]
        first = int(query.get("pagination_token", "0"))
        size = min(self.page_size, int(query.get("max_results", "10")))
        page = known[first : first + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if first + size < len(known):
            meta["next_token"] = str(first + size)
        fields = query.get("tweet.fields", "").split(",")
        shown = {"data": [_object(tweet, fields) for tweet in page]} if page else {}
        return Answer(200, {**shown, "meta": meta})

    def _lookup(self, tweet_id: str) -> Answer:
        for tweet in self.tweets:
            if tweet.id == tweet_id:
                return Answer(200, {"data": _object(tweet, [])})
        detail = f"Could not find tweet with id: [{tweet_id}]."
        missing = problem(404, "Not Found Error", detail, "resource-not-found")
        return Answer(200, {"errors": [{**missing, "resource_id": tweet_id}]})


def _shown(tweet: Tweet) -> tuple[str, list[dict[str, Any]]]:
    """The text as X gives it back: HTML entities, links as t.co; and those links."""
    shown, entities, done = "", [], 0
    for number, link in enumerate(links(tweet.text)):
        short = f"https://t.co/{tweet.id[-6:]}{number:04d}"
        full = link.text if link.has_scheme else f"http://{link.text}"
        shown += html.escape(tweet.text[done : link.start], quote=False) + short
        entities.append({"url": short, "expanded_url": full, "display_url": full[:26]})
        done = link.end
    return shown + html.escape(tweet.text[done:], quote=False), entities


def _object(tweet: Tweet, fields: list[str]) -> dict[str, Any]:
    text, urls = _shown(tweet)
    result: dict[str, Any] = {"id": tweet.id, "text": text, "edit_history_tweet_ids": [tweet.id]}
    if "created_at" in fields:
        result["created_at"] = f"{tweet.at:%Y-%m-%dT%H:%M:%S}.000Z"
    if "entities" in fields and urls:
        result["entities"] = {"urls": urls}
    if "referenced_tweets" in fields and tweet.reply_to:
        result["referenced_tweets"] = [{"type": "replied_to", "id": tweet.reply_to}]
    return result


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = 30

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as in http.server
        """Nothing: the test's own log is what is looked at."""

    @property
    def fake(self) -> FakeX:
        fake: FakeX = self.server.fake  # type: ignore[attr-defined]  # set by FakeX itself
        return fake

    def _handle(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        request = Request(self.command, parts.path, query, json.loads(body or b"{}"))
        self.fake.requests.append(request)
        fault = self.fake.faults.popleft() if self.fake.faults else None
        if isinstance(fault, Answer):
            self._send(fault)
        elif isinstance(fault, Hang):
            self.fake.released.wait()
            self.close_connection = True
        else:
            self._send_badly(self._answer(request), fault)

    def _answer(self, request: Request) -> Answer:
        if not _is_signed(self, request, self.fake.secrets):
            return Answer(401, UNAUTHORIZED)
        return self.fake.answer(request)

    def _send(self, answer: Answer) -> None:
        self.wfile.write(self._head(answer) + _encoded(answer))

    def _head(self, answer: Answer) -> bytes:
        kind = "application/problem+json" if answer.status >= 400 else "application/json"
        headers = {
            "Date": format_datetime(self.fake.now(), usegmt=True),
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(_encoded(answer))),
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "99",
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def _send_badly(self, answer: Answer, fault: Fault | None) -> None:
        whole = self._head(answer) + _encoded(answer)
        if isinstance(fault, Garbage):
            self._send(Answer(answer.status, fault.body))
        elif isinstance(fault, Drip):
            self._drip(b"HTTP/1.1 201 X\r\nx-slow: " if fault.in_headers else self._head(answer))
        elif isinstance(fault, Cut):
            self.wfile.write(whole[:-10] if fault.in_the_middle else b"")
            self.close_connection = True
        else:
            self.wfile.write(whole)

    def _drip(self, begin: bytes) -> None:
        self.close_connection = True
        try:
            self.wfile.write(begin)
            while not self.fake.released.wait(0.02):
                self.wfile.write(b" ")
        except OSError:
            return  # the client has had enough, which is what this is for


def _encoded(answer: Answer) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    return b"" if answer.body is None else json.dumps(answer.body).encode()


def _is_signed(handler: _Handler, request: Request, secrets: Mapping[str, str]) -> bool:
    header = handler.headers.get("Authorization", "").removeprefix("OAuth ")
    given = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', header)}
    if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (
        secrets["consumer_key"],
        secrets["access_token"],
    ):
        return False
    signature = given.pop("oauth_signature", "")
    expected = _signature(request, given, secrets)
    return hmac.compare_digest(signature, expected)


def _signature(request: Request, oauth: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    pairs = sorted((_escape(k), _escape(v)) for k, v in {**request.query, **oauth}.items())
    parameters = "&".join(f"{k}={v}" for k, v in pairs)
    base = "&".join(map(_escape, (request.method, SIGNED_FOR + request.path, parameters)))
    key = f"{_escape(secrets['consumer_secret'])}&{_escape(secrets['access_token_secret'])}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _escape(text: str) -> str:
    return quote(text, safe="~")
