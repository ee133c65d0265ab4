"""The wire to Bluesky: the SDK's client, one account's session, and what answers mean.

All requests go to the one host that the settings name. Bluesky's own, bsky.social, passes them on
to where the account lives: https://docs.bsky.app/docs/advanced-guides/entryway. Errors are those
of https://atproto.com/specs/xrpc and of the PDS's own source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

import httpx
from atproto import Client, Request, models  # type: ignore[import-untyped]
from atproto.exceptions import AtProtocolError  # type: ignore[import-untyped]
from atproto_client.models.utils import get_model_as_dict  # type: ignore[import-untyped]
from pydantic import model_serializer

from publishers.channels._base import ChannelBroken, TryLater
from publishers.channels._httpx import NETWORK_ERRORS, bind, never_sent, tls

_T = TypeVar("_T")
_LONGEST_LIMIT = timedelta(days=1)
_STALE = ("ExpiredToken", "InvalidToken")
_ABOUT_ACCOUNT = ("AccountTakedown", "AccountSuspended", "AccountDeactivated", "AccountNotFound")


class NewRecord(models.ComAtprotoRepoPutRecord.Data):  # type: ignore[misc]  # the SDK is untyped
    """A record that must not take another's place.

    `swapRecord: null` says so: the same record again is fine, another one is `InvalidSwap`.
    The SDK's model leaves out what is None.
    """

    record: dict[str, Any]

    @model_serializer(mode="wrap")
    def _say_null(self, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(self), "swapRecord": None}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not 2xx: `{"error": ..., "message": ...}`, and its headers."""

    status: int
    error: str
    message: str
    headers: Mapping[str, str]

    @property
    def summary(self) -> str:
        said = ": ".join(filter(None, (self.error, self.message)))
        return f"Bluesky answered {self.status}: {said}".removesuffix(": ")

    @property
    def is_missing_record(self) -> bool:
        return self.status == 400 and (
            self.error == "RecordNotFound" or self.message.startswith("Could not locate record")
        )

    @property
    def is_other_record(self) -> bool:
        """Whether the key is taken by a record that is not the same in every byte."""
        return self.error == "InvalidSwap"

    @property
    def may_be_about_content(self) -> bool:
        """Whether another record might be taken in its place."""
        return self.status == 400 and not self.is_other_record and self.account_error is None

    @property
    def is_stale_session(self) -> bool:
        return self.error in _STALE

    @property
    def retry_after(self) -> timedelta | None:
        """The wait that a limit asks for; the headers tell its end with every answer."""
        return _until_reset(self.headers) if self.status == 429 else None

    @property
    def reading_error(self) -> Missing | TryLater | ChannelBroken:
        """What it means for a request that only reads."""
        if self.is_missing_record:
            return Missing(self.summary)
        return self.account_error or TryLater(self.summary)

    @property
    def account_error(self) -> TryLater | ChannelBroken | None:
        """The error when it says that we may not, or not now, whatever the request."""
        if self.status == 429:
            return TryLater(f"Bluesky limits us: {self.message}", self.retry_after)
        if self.error == "AuthFactorTokenRequired":
            return ChannelBroken("Bluesky asks for a code by e-mail: use an app password")
        if self.status in (401, 403) or self.error in (*_STALE, *_ABOUT_ACCOUNT):
            return ChannelBroken(f"Bluesky does not let the account in: {self.summary}")
        if self.status in (404, 405, 407, 501):
            return ChannelBroken(f"base_url leads to no PDS: {self.summary}")
        return None


class _Request(Request):  # type: ignore[misc]  # the SDK is untyped
    """Sends a picture as what it is: the SDK says "any type", and gives httpx its bytes by a name
    that is going away."""

    def post(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(kwargs.get("data"), bytes):
            kwargs["content"] = kwargs.pop("data")
            kwargs["headers"] = {**(kwargs.get("headers") or {}), "Content-Type": "image/png"}
        return super().post(*args, **kwargs)


class Refused(Exception):
    """Bluesky answered, and not with 2xx."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.summary)
        self.answer = answer


class Missing(Exception):
    """There is no such record."""


class Unanswered(Exception):
    """No answer came, or none that makes sense. `sent` is False when nothing ever left."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class _Session:
    did: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


def connect(base_url: str, secrets: Callable[[], Collection[str]] = tuple) -> Any:
    """The SDK's client, bound as `_httpx.bind` says. It raises `Refused` for what is not 2xx.

    The SDK's own session is left unused: it would move to whatever host an answer names, and
    renew itself within the request to post, so that nobody could tell which one had failed.
    """
    request = _Request(verify=tls())
    bind(request._client)  # noqa: SLF001  # the SDK sets `follow_redirects` itself
    request._client.event_hooks["response"].append(partial(_refuse, secrets))  # noqa: SLF001
    return Client(base_url, request)


def heard(call: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
    """Make one call of the SDK. Raises `Refused` or `Unanswered`, and nothing else."""
    try:
        return call(*args, **kwargs)
    except (*NETWORK_ERRORS, AtProtocolError, ValueError) as problem:
        # Its words may quote the answer, and that may hold tokens.
        failure = Unanswered(type(problem).__name__, sent=not never_sent(problem))
    raise failure


def as_json(value: Any) -> dict[str, Any]:
    """A record as it came, from the model that the SDK made of it."""
    content: dict[str, Any] = get_model_as_dict(value)
    return content


class Account:
    """One account on its PDS. Logs in when first needed, and keeps the session in memory only.

    Logging in is limited to 30 in 5 minutes and 300 in a day. A session is renewed as long as
    the PDS lets it; tokens never reach a file.
    """

    def __init__(self, base_url: str, handle: str, password: str) -> None:
        self._handle = handle
        self._password = password
        self._session: _Session | None = None
        self.client = connect(base_url, self._secrets)

    def did(self) -> str:
        """The account's permanent name, once logged in. Raises `TryLater` or `ChannelBroken`."""
        return self._logged_in().did

    def ask(self, call: Callable[..., _T], *args: Any) -> _T:
        """Make one call as this account. A session that is over is renewed once, which is no
        second try of the call: it was refused.

        Raises `Refused` or `Unanswered` for the call; `TryLater` or `ChannelBroken` for a session
        that could not be had: then the call was not made.
        """
        try:
            return heard(call, *args, headers=_bearer(self._logged_in().access))
        except Refused as refused:
            if not refused.answer.is_stale_session:
                raise
        return heard(call, *args, headers=_bearer(self._renewed().access))

    def _secrets(self) -> tuple[str, ...]:
        session = self._session
        return (self._password, *((session.access, session.refresh) if session else ()))

    def _logged_in(self) -> _Session:
        if self._session is None:
            self._session = self._log_in()
        return self._session

    def _log_in(self) -> _Session:
        data = models.ComAtprotoServerCreateSession.Data(
            identifier=self._handle, password=self._password
        )
        answer = _open(self.client.com.atproto.server.create_session, data)
        if isinstance(answer, Answer):
            raise _no_session(answer)
        return answer

    def _renewed(self) -> _Session:
        """The session with new tokens; a new one where the old one is over for good."""
        refresh = self.client.com.atproto.server.refresh_session
        answer = _open(refresh, headers=_bearer(self._logged_in().refresh))
        if isinstance(answer, Answer) and (answer.status == 429 or answer.status >= 500):
            raise _no_session(answer)
        self._session = self._log_in() if isinstance(answer, Answer) else answer
        return self._session


def _open(call: Callable[..., Any], *args: Any, **kwargs: Any) -> _Session | Answer:
    """The session that a call opens, or why it does not. Raises `TryLater` for no answer."""
    try:
        opened = heard(call, *args, **kwargs)
    except Refused as refused:
        return refused.answer
    except Unanswered as problem:
        reason = f"logging in to Bluesky failed ({problem})"
    else:
        return _Session(opened.did, opened.access_jwt, opened.refresh_jwt)
    raise TryLater(reason)


def _no_session(answer: Answer) -> TryLater | ChannelBroken:
    """What it means that logging in is refused: the password is wrong, unless it is the server."""
    if error := answer.account_error:
        return error
    if 400 <= answer.status < 500:
        return ChannelBroken(f"Bluesky does not let the account in: {answer.summary}")
    return TryLater(answer.summary)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _refuse(secrets: Callable[[], Collection[str]], response: httpx.Response) -> None:
    """Raise `Refused` for an answer that is not 2xx: the SDK's errors do not tell them all apart.

    The answer is as it may be shown: should Bluesky ever echo a secret, not that.
    """
    if response.is_success:
        return
    content = response.read().decode(errors="replace")
    for secret in filter(None, secrets()):
        content = content.replace(secret, "***")
    problem = _object(content)
    error, message = (_words(problem.get(name)) for name in ("error", "message"))
    raise Refused(Answer(response.status_code, error, message, response.headers))


def _object(content: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _words(value: Any) -> str:
    return " ".join(value.split())[:300] if isinstance(value, str) else ""


def _until_reset(headers: Mapping[str, str]) -> timedelta | None:
    """The wait that Bluesky asks for, by its own clock; None when it does not say, or nonsense.

    https://docs.bsky.app/docs/advanced-guides/rate-limits
    """
    try:
        reset = datetime.fromtimestamp(int(headers.get("ratelimit-reset", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    wait = reset - _server_time(headers)
    return max(wait, timedelta(seconds=1)) if wait <= _LONGEST_LIMIT else None


def _server_time(headers: Mapping[str, str]) -> datetime:
    """Bluesky's clock, by its Date header; ours when there is none."""
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
