"""The wire to Facebook: authorised calls of the Graph API, and what its errors mean.

https://developers.facebook.com/docs/graph-api/guides/error-handling and .../overview/rate-limiting
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from publishers.channels._base import ChannelBroken, MaybeSent, Rejected, TryLater
from publishers.channels._http import BoundedSession

_LONGEST_LIMIT = 24 * 60  # minutes: the window that Facebook counts in
_NO_SUCH_OBJECT = 33
_LINK_UNREADABLE = 1609005
_LINK_INVALID = 1500
# The whole ranges, because Facebook names only a few of each.
_TOKEN_CODES = frozenset({101, 102, 104, 190, 2500, *range(450, 493)})
_PERMISSION_CODES = frozenset({3, 10, *range(200, 300)})
_LIMIT_CODES = frozenset({4, 17, 32, 341, 368, 613, *range(80_000, 80_015)})
# Subcodes say more than the code that they come with. These are not in Facebook's tables; the
# words that come with them are plain.
_ABUSIVE_CONTENT = frozenset({1346003, 1404102})
_A_PERSON_MUST_ACT = frozenset({1404006, 1404078, 1404112, 4854002})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no success: Facebook's error object, if it sent one, and the headers."""

    status: int
    error: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def code(self) -> int | None:
        return _number(self.error.get("code"))

    @property
    def subcode(self) -> int | None:
        return _number(self.error.get("error_subcode"))

    @property
    def words(self) -> str:
        """All that Facebook says of it, for a person; "" when it sent no error object."""
        named = ("message", "error_user_title", "error_user_msg")
        said = dict.fromkeys(str(self.error[name]) for name in named if self.error.get(name))
        return " ".join(": ".join(said).split())[:300]

    @property
    def summary(self) -> str:
        """The words with the numbers that Facebook's support asks for."""
        names = ("code", "error_subcode", "fbtrace_id")
        numbers = [f"{name} {self.error[name]}" for name in names if self.error.get(name)]
        told = f" ({', '.join(numbers)})" if numbers else ""
        return f"Facebook answered {self.status}{told}: {self.words}".removesuffix(": ")

    @property
    def is_gone(self) -> bool:
        """Whether there is no such post, or none that our token may see: Facebook says the same."""
        missing = self.subcode == _NO_SUCH_OBJECT or self._says("does not exist")
        return self.code == 803 or (self.code == 100 and missing)

    @property
    def is_forbidden(self) -> bool:
        return self.code in _PERMISSION_CODES

    @property
    def is_duplicate(self) -> bool:
        return self.code == 506

    @property
    def is_about_link(self) -> bool:
        """Whether the same post may be taken when it has no link."""
        if _LINK_UNREADABLE in (self.code, self.subcode) or self.code == _LINK_INVALID:
            return True
        return self.code == 100 and self._says("link", "url")

    @property
    def is_unsure(self) -> bool:
        """Whether Facebook may have done what it was asked all the same."""
        if self.status < 400 or self.status == 408 or self.status >= 500:
            return True
        return self.code in (1, 2) or self.error.get("is_transient") is True

    def _says(self, *phrases: str) -> bool:
        return any(re.search(rf"\b{phrase}\b", self.words, re.IGNORECASE) for phrase in phrases)


class Refused(Exception):
    """Facebook answered, and not with success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.summary)
        self.answer = answer


class Graph:
    """Calls of the Graph API below one address, such as https://graph.facebook.com/v26.0.

    The token goes into a header, never into an address: addresses are logged.
    """

    def __init__(self, address: str, token: str, app_secret: str | None = None) -> None:
        """`app_secret` signs each call, for apps with "Require app secret" on: see
        https://developers.facebook.com/docs/graph-api/guides/secure-requests."""
        self._address = address
        self._token = token
        self._proof: dict[str, str] = {}
        if app_secret:
            proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            self._proof = {"appsecret_proof": proof}
        self._session = BoundedSession()
        # As the session's own auth, or a .netrc of this machine would win over it.
        self._session.auth = _Bearer(token)

    def get(self, path: str, **fields: str | int | None) -> dict[str, Any] | None:
        """Read. The JSON object, None for nonsense; raises `Refused` and `NETWORK_ERRORS`."""
        sent = {**fields, **self._proof}
        return self._told(self._session.get(f"{self._address}/{path}", params=sent))

    def post(self, path: str, **fields: str | None) -> dict[str, Any] | None:
        """Write. The JSON object, None for nonsense; raises `Refused` and `NETWORK_ERRORS`."""
        sent = {**fields, **self._proof}
        return self._told(self._session.post(f"{self._address}/{path}", data=sent))

    def upload(self, path: str, png: bytes, **fields: str) -> dict[str, Any] | None:
        """Write, with a file. As `post`."""
        sent = {**fields, **self._proof}
        file = ("picture.png", png, "image/png")
        address = f"{self._address}/{path}"
        return self._told(self._session.post(address, data=sent, files={"source": file}))

    def close(self) -> None:
        self._session.close()

    def _told(self, response: requests.Response) -> dict[str, Any] | None:
        # Facebook quotes malformed tokens in its errors.
        content = _object(response.content.decode(errors="replace").replace(self._token, "***"))
        error = (content or {}).get("error")
        if not 200 <= response.status_code < 300 or error is not None:
            told = error if isinstance(error, dict) else {}
            raise Refused(Answer(response.status_code, told, response.headers))
        return content


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def account_error(answer: Answer) -> TryLater | ChannelBroken | None:
    """The error when an answer says that we may not, or not now, whatever the post."""
    if answer.subcode in _A_PERSON_MUST_ACT:
        return ChannelBroken(f"a person must sign in at Facebook: {answer.summary}")
    if answer.subcode in _ABUSIVE_CONTENT:
        return None
    if answer.code in _LIMIT_CODES or answer.status == 429:
        return TryLater(f"Facebook limits us: {answer.summary}", _until_regained(answer.headers))
    if answer.code in _TOKEN_CODES:
        return ChannelBroken(f"Facebook does not accept the token: {answer.summary}")
    if answer.is_forbidden:
        return ChannelBroken(f"Facebook forbids it to the token: {answer.summary}")
    if "appsecret_proof" in answer.words:
        return ChannelBroken(f"the app’s secret is missing or wrong (app_secret): {answer.summary}")
    if not answer.error and 400 <= answer.status < 500 and answer.status != 408:
        return ChannelBroken(f"this is not the Graph API: {answer.summary}")
    return None


def posting_error(answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
    """What a refusal of a new post means. That there is no such object is about the Page."""
    if error := account_error(answer):
        return error
    if answer.is_gone:
        return ChannelBroken(f"the token does not see the Page: {answer.summary}")
    if answer.is_unsure:
        return MaybeSent(answer.summary)
    return Rejected(answer.summary)


def _until_regained(headers: Mapping[str, str]) -> timedelta | None:
    """The wait that Facebook estimates for Pages, by its minute; None when it does not say."""
    usage = _object(headers.get("x-business-use-case-usage", "")) or {}
    entries = [entry for listed in usage.values() if isinstance(listed, list) for entry in listed]
    minutes = [
        _number(entry.get("estimated_time_to_regain_access")) or 0
        for entry in entries
        if isinstance(entry, dict) and entry.get("type") == "pages"
    ]
    longest = max(minutes, default=0)
    return timedelta(minutes=longest) if 0 < longest <= _LONGEST_LIMIT else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(content: str) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
