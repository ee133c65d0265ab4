"""The wire to X: tweepy's session, and what X's answers mean.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors and .../rate-limits
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from publishers.channels._base import ChannelBroken, TryLater
from publishers.channels._http import BoundedSession

X_HOST = "https://api.x.com"
"""What requests are signed for (OAuth 1.0a signs the address), wherever they are sent."""

_LONGEST_LIMIT = timedelta(days=1)
_CLOCK_TOLERANCE = timedelta(minutes=2)
_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
# These write tokens, signatures or whole requests at DEBUG. They must not, whatever the root says.
_TALKATIVE = (
    "tweepy",
    "tweepy.client",
    "oauthlib",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
    "requests_oauthlib",
    "requests_oauthlib.oauth1_auth",
)
# What X's problem details say: API v2 has no codes for these.
_ABOUT_REPLY = (
    "reply",
    "in_reply_to",
    "deleted or not visible",
    # The catch-all that X also gives to replies; without a parent it is about the account.
    "not permitted to perform this action",
)
_ABOUT_ACCOUNT = (
    "suspended",
    "locked",
    "not permitted to perform this action",
    "permission",
    "access level",
    "attached to a project",
    "write actions",
    "subset of",
)
_ACCOUNT_PROBLEMS = ("client-forbidden", "oauth1-permissions", "unsupported-authentication")


def silence_sdk() -> None:
    """Keep the SDK's loggers from writing secrets, even when the root logger is at DEBUG."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not 2xx: X's problem document (RFC 9457) and its headers."""

    status: int
    problem: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def kind(self) -> str:
        """The last part of the problem's type, such as "usage-capped"; "" for a plain one."""
        return str(self.problem.get("type", "")).rpartition("/problems/")[2].lower()

    @property
    def words(self) -> str:
        """All that X says of it, for a person; empty when it sent no problem document."""
        parts = [self.problem.get("title"), self.problem.get("detail"), *self._messages()]
        said = dict.fromkeys(str(part) for part in parts if part)
        return " ".join(": ".join(said).split())[:300]

    @property
    def summary(self) -> str:
        return f"X answered {self.status}: {self.words}".removesuffix(": ")

    @property
    def is_duplicate(self) -> bool:
        return self.status == 403 and self._says("duplicate content")

    @property
    def refuses_reply(self) -> bool:
        """Whether the same post may be taken when it replies to nothing."""
        return self.status == 404 or (self.status in (400, 403) and self._says(*_ABOUT_REPLY))

    @property
    def refuses_media(self) -> bool:
        """Whether the same post may be taken when it has no picture."""
        return self.status in (400, 403) and self._says("media", "image")

    @property
    def is_about_account(self) -> bool:
        return self.kind in _ACCOUNT_PROBLEMS or self._says(*_ABOUT_ACCOUNT)

    @property
    def is_daily_limit(self) -> bool:
        return self.status == 403 and self._says("over daily")

    @property
    def is_over_capacity(self) -> bool:
        return self.status == 503 and self._says("over capacity")

    def _says(self, *phrases: str) -> bool:
        said = f"{self.words} {self.problem.get('reason', '')}"
        return any(re.search(rf"\b{phrase}", said, re.IGNORECASE) for phrase in phrases)

    def _messages(self) -> list[str]:
        errors = self.problem.get("errors")
        items = errors if isinstance(errors, list) else []
        return [
            str(e.get("message") or e.get("detail") or "") for e in items if isinstance(e, dict)
        ]


class Refused(Exception):
    """X answered, and not with 2xx."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.summary)
        self.answer = answer


class XSession(BoundedSession):
    """Signs for X's present host, which is not tweepy's, and sends to `base_url`.

    Raises `Refused` itself: tweepy's own errors fail on problem documents that they do not expect.
    """

    def __init__(self, base_url: str, secrets: Collection[str]) -> None:
        super().__init__()
        self.base_url = base_url
        self._secrets = tuple(filter(None, secrets))

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        address = X_HOST + urlsplit(str(url)).path
        response = super().request(method, address, *args, **kwargs)
        if not 200 <= response.status_code < 300:
            raise Refused(self._answer(response))
        return response

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        request.url = self.base_url + str(request.url).removeprefix(X_HOST)
        return super().send(request, **kwargs)

    def _answer(self, response: requests.Response) -> Answer:
        """An answer as it may be shown: should X ever echo a secret, not that."""
        content = _text(response)
        for secret in self._secrets:
            content = content.replace(secret, "***")
        return Answer(response.status_code, _object(content) or {}, response.headers)


def document(response: requests.Response) -> dict[str, Any] | None:
    """The JSON object of an answer; None when it holds anything else."""
    return _object(_text(response))


def _text(response: requests.Response) -> str:
    return response.content.decode(errors="replace")


def _object(content: str) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def limited(answer: Answer) -> TryLater | ChannelBroken:
    """What a 429 means: a rate limit passes; a plan's monthly cap does not by itself."""
    if answer.kind != "usage-capped":
        return TryLater(f"X limits us: {answer.words}", _until_reset(answer.headers))
    if str(answer.problem.get("period", "")).lower() == "daily":
        return TryLater(f"X's daily cap is used up: {answer.words}", _until_reset(answer.headers))
    return ChannelBroken(f"the usage cap of the plan at X is used up: {answer.words}")


def unauthorized(answer: Answer) -> ChannelBroken:
    """A 401, with a word on this machine's clock when that may be why: signatures are dated."""
    skew = _server_time(answer.headers) - datetime.now(UTC)
    clock = ""
    if abs(skew) > _CLOCK_TOLERANCE:
        clock = f" (the clock of this machine differs from X's by {abs(skew)}: set it right)"
    return ChannelBroken(f"X does not accept the keys: {answer.words}{clock}")


def _until_reset(headers: Mapping[str, str]) -> timedelta | None:
    """The wait that X asks for, by X's own clock; None when it does not say, or nonsense."""
    spent = [name for name in _LIMITS if headers.get(f"{name}-remaining") == "0"]
    resets = [_instant(headers.get(f"{name}-reset")) for name in spent or _LIMITS[:1]]
    known = [reset for reset in resets if reset is not None]
    if not known:
        return None
    wait = max(known) - _server_time(headers)
    return max(wait, timedelta(seconds=1)) if wait <= _LONGEST_LIMIT else None


def _instant(seconds: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _server_time(headers: Mapping[str, str]) -> datetime:
    """X's clock, by its Date header; ours when there is none."""
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
