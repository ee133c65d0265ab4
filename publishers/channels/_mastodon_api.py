"""The wire to a Mastodon instance: Mastodon.py's session, and what answers mean.

https://docs.joinmastodon.org/entities/Error/ and https://docs.joinmastodon.org/api/rate-limits/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import requests
from mastodon import Mastodon, MastodonNetworkError

from publishers.channels._base import ChannelBroken, TryLater
from publishers.channels._http import NETWORK_ERRORS, BoundedSession
from publishers.channels._picture import NoPicture

NONSENSE = "the instance's answer makes no sense"

_USER_AGENT = "Avviso"
_LONGEST_LIMIT = timedelta(days=1)
_NO_USER = "requires an authenticated user"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an instance answered. `document` is its JSON, None when it sent anything else."""

    status: int
    document: Any
    headers: Mapping[str, str]

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the instance surely did nothing of what was asked."""
        return 400 <= self.status < 500 and self.status != 408

    @property
    def object(self) -> Mapping[str, Any]:
        """The JSON object; empty when it is none."""
        return self.document if isinstance(self.document, dict) else {}

    @property
    def words(self) -> str:
        """What the instance says of an error, for a person, in its own language."""
        parts = [self.object.get("error"), self.object.get("error_description")]
        return " ".join(": ".join(str(part) for part in parts if part).split())[:300]

    @property
    def summary(self) -> str:
        return f"the instance answered {self.status}: {self.words}".removesuffix(": ")

    @property
    def at(self) -> datetime:
        """When it answered, by its own clock; by ours when it does not say."""
        try:
            moment = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return datetime.now(UTC)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Answered(Exception):
    """The instance answered, well or badly."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.summary)
        self.answer = answer


class AnsweringSession(BoundedSession):
    """Raises `Answered` with every answer, so that Mastodon.py never comes to read one.

    It would keep the headers to itself, and it breaks in many ways on what it does not expect.
    """

    def __init__(self, secret: str = "") -> None:
        super().__init__()
        self._secret = secret

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> NoReturn:
        """Asks for the address as it is documented: the SDK puts a slash after some."""
        response = super().request(method, str(url).rstrip("/"), *args, **kwargs)
        raise Answered(self._answer(response))

    def _answer(self, response: requests.Response) -> Answer:
        """An answer as it may be shown: should the instance echo our token, not that."""
        text = response.content.decode(errors="replace")
        if self._secret:
            text = text.replace(self._secret, "***")
        return Answer(response.status_code, _parsed(text), response.headers)


def connect(base_url: str, token: str | None = None) -> Mastodon:
    """Mastodon.py for an instance, with a token or as an anonymous reader."""
    client = Mastodon(
        api_base_url=base_url,
        session=AnsweringSession(token or ""),
        ratelimit_method="throw",
        version_check_mode="none",
        user_agent=_USER_AGENT,
    )
    # The constructor would take a token for the name of a file, where there is such a file.
    client.access_token = token
    return client


def ask(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer:
    """One request by a method of Mastodon.py. Raises one of `NETWORK_ERRORS` without an answer."""
    try:
        call(*args, **kwargs)
    except MastodonNetworkError as problem:
        cause = problem.__context__ or problem
    else:
        raise TypeError(f"{call} asked for nothing")
    if isinstance(cause, Answered):
        return cause.answer
    raise cause


def upload(client: Mastodon, base_url: str, png: bytes, alt: str) -> str:
    """The id of a picture that a status may show. Raises `NoPicture`.

    Without the library's `media_post`, which would ask for the server's version each time. The
    answer may be 202, "being processed": pictures are done by then, as a status will tell.
    """
    try:
        client.session.post(
            f"{base_url}/api/v2/media",
            data={"description": alt},
            files={"file": ("picture.png", png, "image/png")},
            headers={"Authorization": f"Bearer {client.access_token}", "User-Agent": _USER_AGENT},
        )
    except Answered as answered:
        answer = answered.answer
    except NETWORK_ERRORS as problem:
        raise NoPicture(f"no answer from the instance ({type(problem).__name__})") from None
    else:
        raise TypeError("the session asked for nothing")
    if not answer.accepted:
        raise NoPicture(answer.summary)
    if not answer.object.get("id"):
        raise NoPicture(NONSENSE)
    return str(answer.object["id"])


def read(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer:
    """One request that may as well be made again. Raises `TryLater` without an answer."""
    try:
        return ask(call, *args, **kwargs)
    except NETWORK_ERRORS as problem:
        raise unreachable(problem) from None


def unreachable(problem: BaseException) -> TryLater:
    return TryLater(f"the instance cannot be reached ({type(problem).__name__})")


def content(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of a good answer. Raises `TryLater` or `ChannelBroken`."""
    _check_accepted(answer)
    if not answer.object:
        raise TryLater(NONSENSE)
    return answer.object


def objects(answer: Answer) -> list[Mapping[str, Any]]:
    """The JSON objects in the list of a good answer. Raises `TryLater` or `ChannelBroken`."""
    _check_accepted(answer)
    if not isinstance(answer.document, list):
        raise TryLater(NONSENSE)
    return [item for item in answer.document if isinstance(item, dict)]


def _check_accepted(answer: Answer) -> None:
    if error := account_error(answer):
        raise error
    if not answer.accepted:
        raise TryLater(answer.summary)


def account_error(answer: Answer) -> TryLater | ChannelBroken | None:
    """The error when an answer says that we may not, or not now, whatever was asked."""
    if answer.status == 429:
        return TryLater(f"the instance limits us: {answer.words}", _until_reset(answer))
    if answer.status == 401:
        return ChannelBroken(f"the instance does not accept the token: {answer.words}")
    if answer.status == 403 or _NO_USER in answer.words:
        return ChannelBroken(f"the instance forbids it to the account or the token: {answer.words}")
    if answer.status in (404, 405, 407, 410):
        return ChannelBroken(f"this is not Mastodon's API: {answer.summary}")
    return None


def instant(value: Any) -> datetime | None:
    """An ISO 8601 moment with its zone, or seconds since 1970; None for anything else."""
    try:
        text = str(value)
        moment = (
            datetime.fromtimestamp(int(text), UTC)
            if text.isdecimal()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else None


def _until_reset(answer: Answer) -> timedelta | None:
    """The wait that the instance asks for, by its own clock; None when it does not say.

    Mastodon gives the moment in ISO 8601, GoToSocial in seconds since 1970.
    """
    reset = instant(answer.headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    wait = reset - answer.at
    return max(wait, timedelta(seconds=1)) if wait <= _LONGEST_LIMIT else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
