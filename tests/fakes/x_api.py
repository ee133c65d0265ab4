"""X's API v2 as its documentation and its users describe it, with faults on demand.

    with FakeX() as x:
        x.faults.append(Answer(429, RATE_LIMITED, {"x-rate-limit-reset": "1700000000"}))
        ...
        assert x.texts == ["..."]

OAuth 1.0a signatures are
verified with the server's own HMAC (RFC 5849, 3.4), for the address that clients of X sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from publishers.channels._links import links
from publishers.channels._x_text import weighted_length
from tests.fakes._service import Answer, FakeService, Request

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
INVALID = problem(
    400,
    "Invalid Request",
    "One or more parameters to your request was invalid.",
    "invalid-request",
)
BAD_MEDIA = {
    **INVALID,
    "errors": [{"message": "Your media IDs are invalid.", "parameters": {"media_ids": []}}],
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


@dataclass
class Tweet:
    id: str
    text: str
    """As it was posted: links in full, nothing escaped."""
    at: datetime
    reply_to: str | None = None
    media: str | None = None
    """The id of its picture."""


@dataclass
class Media:
    """A picture that was uploaded."""

    png: bytes
    alt: str = ""


class FakeX(FakeService):
    """One account on X."""

    def __init__(self, handle: str = "comune", user_id: str = "1314", page_size: int = 100) -> None:
        super().__init__()
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
        self.media: dict[str, Media] = {}

    @property
    def texts(self) -> list[str]:
        return [tweet.text for tweet in self.tweets]

    @property
    def posts(self) -> list[Request]:
        """The requests that asked to post."""
        return [r for r in self.requests if (r.method, r.path) == ("POST", "/2/tweets")]

    def put(self, text: str, at: datetime | None = None, reply_to: str | None = None) -> Tweet:
        """A post that got there by another way than this server's API."""
        tweet = Tweet(str(1_900_000_000_000_000_000 + len(self.tweets)), text, at or self.now())
        tweet.reply_to = reply_to
        self.tweets.append(tweet)
        return tweet

    def delete(self, tweet_id: str) -> None:
        self.tweets = [tweet for tweet in self.tweets if tweet.id != tweet_id]

    def headers(self, answer: Answer) -> Mapping[str, str]:
        kind = "application/problem+json" if answer.status >= 400 else "application/json"
        return {
            "Content-Type": f"{kind}; charset=utf-8",
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "99",
        }

    def answer(self, request: Request) -> Answer:
        """What the API does, if the request is signed."""
        if not _is_signed(request, self.secrets, self.now()):
            return Answer(401, UNAUTHORIZED)
        if (request.method, request.path) == ("POST", "/2/tweets"):
            return self._create(request.body)
        if (request.method, request.path) == ("POST", "/2/media/upload"):
            return self._upload(request.body)
        if (request.method, request.path) == ("POST", "/2/media/metadata"):
            return self._describe(request.body)
        if request.path == "/2/users/me":
            user = {"id": self.user_id, "name": "Comune", "username": self.handle}
            return Answer(200, {"data": user})
        if request.path == f"/2/users/{self.user_id}/tweets":
            return self._timeline(request.query)
        if found := re.fullmatch(r"/2/tweets/([0-9]+)", request.path):
            return self._lookup(found[1])
        return Answer(404)

    def _upload(self, body: Mapping[str, Any]) -> Answer:
        png = base64.b64decode(str(body.get("media", "")), validate=True)
        if not png.startswith(b"\x89PNG") or body.get("media_category") != "tweet_image":
            return Answer(400, INVALID)
        media_id = str(1_880_000_000_000_000_000 + len(self.media))
        self.media[media_id] = Media(png)
        told = {"id": media_id, "media_key": f"3_{media_id}", "size": len(png)}
        return Answer(200, {"data": {**told, "expires_after_secs": 86400}})

    def _describe(self, body: Mapping[str, Any]) -> Answer:
        found = self.media.get(str(body.get("id")))
        alt = body.get("metadata", {}).get("alt_text", {}).get("text", "")
        if found is None or not 0 < len(alt) <= 1000:
            return Answer(400, INVALID)
        found.alt = alt
        told = {"id": body["id"], "associated_metadata": {"alt_text": {"text": alt}}}
        return Answer(200, {"data": told})

    def _create(self, body: Mapping[str, Any]) -> Answer:
        text = str(body.get("text", "")).strip()
        reply_to = body.get("reply", {}).get("in_reply_to_tweet_id")
        if not text:
            return Answer(400, INVALID)
        media = body.get("media", {}).get("media_ids", [])
        if not set(media) <= self.media.keys():
            return Answer(400, BAD_MEDIA)
        refusal = self._refusal(text, reply_to)
        if refusal:
            return Answer(403, problem(403, "Forbidden", refusal))
        tweet = self.put(text, reply_to=reply_to)
        tweet.media = media[0] if media else None
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
    shown += html.escape(tweet.text[done:], quote=False)
    if tweet.media:
        short = f"https://t.co/{tweet.id[-6:]}pict"
        photo = f"https://x.com/comune/status/{tweet.id}/photo/1"
        entity = {"url": short, "expanded_url": photo, "display_url": "pic.x.com/pict"}
        entities.append({**entity, "media_key": f"3_{tweet.media}"})
        shown += f" {short}"
    return shown, entities


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


def _is_signed(request: Request, secrets: Mapping[str, str], now: datetime) -> bool:
    header = request.headers.get("authorization", "").removeprefix("OAuth ")
    given = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', header)}
    if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (
        secrets["consumer_key"],
        secrets["access_token"],
    ):
        return False
    if abs(now.timestamp() - int(given["oauth_timestamp"])) > 300:
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
