"""What chats with an incoming webhook have in common: the wire, its answers, and how they fail.

A webhook's address is its password. It comes from the environment and goes nowhere but to the
service: into no log, no error and no repr, and what the service says of it is blotted out.
"""

from __future__ import annotations

import json
import math
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, ClassVar, Literal
from urllib.parse import unquote

import httpx

from incidents.status import Certainty
from publishers.channels._address import is_server
from publishers.channels._base import (
    ChannelBroken,
    ChannelOptions,
    MaybeSent,
    Message,
    Post,
    Publisher,
    Receipt,
    Rejected,
    Seen,
    TryLater,
)
from publishers.channels._httpx import NETWORK_ERRORS, bind, never_sent, tls

NO_EDIT = "A webhook cannot edit here: this is a new message, and the old one stays as it is."

_LONGEST_WAIT = timedelta(hours=24)
_LONGEST_QUOTE = 300
_SHORTEST_SECRET = 16  # shorter pieces of an address are words, or numbers that tell nothing
_REVOKED = (401, 402, 403, 404, 405, 407, 410)
_UNSURE = (408, 409, 425)


class WebhookOptions(ChannelOptions):
    """Beside the common options, those of every chat with a webhook."""

    text: Literal["short", "full"] = "full"
    """The text of a short channel, or headline and body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said; nothing of the webhook's address is in it."""

    service: str
    status: int
    text: str
    headers: Mapping[str, str] = field(repr=False)

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def content(self) -> dict[str, Any]:
        """The JSON object of the answer; empty where it is none."""
        try:
            value = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def code(self) -> str:
        """The service's own name or number of an error, or its one word; "" where it has none."""
        told = self._error
        code = told.get("status") or told.get("code") if told else self.text.strip()
        return str(code) if code and re.fullmatch(r"\w{1,60}", str(code)) else ""

    @property
    def summary(self) -> str:
        """The answer for a person, in one line."""
        words = " ".join(str(self._error.get("message") or "").split())[:_LONGEST_QUOTE]
        said = ": ".join(part for part in (self.code, words) if part)
        return f"{self.service} answered {self.status}" + (f" ({said})" if said else "")

    @property
    def retry_after(self) -> timedelta | None:
        """The wait that it asks for, at most a day; None where it asks for none that makes sense.

        `Retry-After` is in seconds or a moment by the service's own clock (RFC 9110, 10.2.3).
        """
        asked = self.headers.get("retry-after", "")
        seconds = _number(asked or self.content.get("retry_after"))
        wait = _until(asked, self.headers.get("date", "")) if seconds is None else None
        if seconds is not None and 0 < seconds <= _LONGEST_WAIT.total_seconds():
            wait = timedelta(seconds=math.ceil(seconds))
        return wait if wait and timedelta(0) < wait <= _LONGEST_WAIT else None

    @property
    def _error(self) -> dict[str, Any]:
        content = self.content
        error = content.get("error", content)
        return error if isinstance(error, dict) else {}


class Webhook:
    """Calls at one webhook's address. Raises `NETWORK_ERRORS`, which name no address."""

    def __init__(self, service: str, address: str) -> None:
        self._service = service
        self._address = httpx.URL(address)
        self._client = httpx.Client(verify=tls(), headers={"User-Agent": "Avviso"})
        bind(self._client)

    def ask(
        self,
        method: str,
        below: str = "",
        content: Mapping[str, Any] | None = None,
        **query: str,
    ) -> Answer:
        """One request. `below` is added to the address's path, `query` to its query."""
        address = self._address
        if below:
            address = address.copy_with(path=address.path.rstrip("/") + below)
        return self._told(method, address, content, query)

    def knock(self) -> Answer:
        """Ask the host for its front page: whether it is there, without the secret."""
        return self._told("GET", self._address.copy_with(path="/", query=None), None, {})

    def close(self) -> None:
        self._client.close()

    def _told(
        self,
        method: str,
        address: httpx.URL,
        content: Mapping[str, Any] | None,
        query: Mapping[str, str],
    ) -> Answer:
        body = None if content is None else encoded(content)
        headers = {"Content-Type": "application/json; charset=utf-8"} if body else {}
        whole = address.copy_merge_params(query) if query else address
        response = self._client.request(method, whole, content=body, headers=headers)
        text = response.content.decode(errors="replace")
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return Answer(self._service, response.status_code, text, response.headers)

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        """The address, and each piece of it that might be a secret; the longest first."""
        whole = str(self._address)
        values = (value for _, value in self._address.params.multi_items())
        found = {whole, *self._address.raw_path.decode().split("/"), *values}
        found |= {unquote(piece) for piece in found} | set(re.split(r"[/?&=]", whole))
        long = (piece for piece in found if len(piece) >= _SHORTEST_SECRET)
        return tuple(sorted(long, key=len, reverse=True))


class WebhookChannel(Publisher):
    """One room, by its webhook. `SERVICE` is what people call the chat."""

    SERVICE: ClassVar[str]
    EXAMPLE: ClassVar[str]
    """What an address looks like, for whoever pasted another."""
    Options = WebhookOptions
    options: WebhookOptions
    certainty = Certainty.BLIND
    SECRETS = ("webhook_url",)

    @abstractmethod
    def receipt(self, message: Message, answer: Answer) -> Receipt | None:
        """What an answer of 2xx says of the message; None where it makes no sense."""

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Nothing: a webhook only takes messages."""
        del message, post
        return None

    def look(self, receipt: Receipt) -> Seen:
        """Nothing: a webhook only takes messages."""
        del receipt
        return Seen()

    def close(self) -> None:
        if "webhook" in self.__dict__:
            self.webhook.close()

    @cached_property
    def webhook(self) -> Webhook:
        """The wire. Raises `ChannelBroken` where the secret is missing or no address."""
        address = self.secrets.get("webhook_url", "")
        if not address:
            raise ChannelBroken("this secret is not set: webhook_url")
        if not _is_address(address):
            raise ChannelBroken(f"webhook_url is no address such as {self.EXAMPLE}")
        return Webhook(self.SERVICE, address)

    def say(
        self, message: Message, post: Post, content: Mapping[str, Any], **query: str
    ) -> Receipt:
        """POST a message, once. Raises one of the four errors."""
        self.refuse_too_long(post)
        try:
            answer = self.webhook.ask("POST", content=content, **query)
        except NETWORK_ERRORS as problem:
            if never_sent(problem):
                raise self._unreachable(problem) from None
            raise MaybeSent(f"no answer from {self.SERVICE} ({type(problem).__name__})") from None
        if not answer.accepted:
            raise self.error(answer)
        receipt = self.receipt(message, answer)
        if receipt is None:
            raise MaybeSent(f"{self.SERVICE} took the message, but its answer makes no sense")
        return receipt

    def refuse_too_long(self, post: Post) -> None:
        """Raises `Rejected` for what the service would cut, or not take."""
        if post.length > post.limit:
            raise Rejected(f"the post counts {post.length}, {self.SERVICE} takes {post.limit}")

    def read(
        self, method: str, below: str = "", content: Mapping[str, Any] | None = None
    ) -> Answer:
        """Ask what may be asked again, as it changes nothing. Raises `TryLater`."""
        try:
            return self.webhook.ask(method, below, content)
        except NETWORK_ERRORS as problem:
            raise self._unreachable(problem) from None

    def knock(self) -> None:
        """Ask whether the webhook's host is there, for want of more. Raises `TryLater`."""
        try:
            answer = self.webhook.knock()
        except NETWORK_ERRORS as problem:
            raise self._unreachable(problem) from None
        if answer.status >= 500 or answer.status == 429:
            raise TryLater(answer.summary, answer.retry_after)

    def error(self, answer: Answer) -> TryLater | ChannelBroken | MaybeSent | Rejected:
        """What an answer to a new message means that is not 2xx."""
        if answer.status == 429:
            return TryLater(f"{self.SERVICE} limits us: {answer.summary}", answer.retry_after)
        if answer.status in _REVOKED:
            return ChannelBroken(f"the webhook does not work any more: {answer.summary}")
        if not 400 <= answer.status < 500 or answer.status in _UNSURE:
            return MaybeSent(answer.summary)
        return Rejected(answer.summary)

    def asking_error(self, answer: Answer) -> TryLater | ChannelBroken:
        """What an answer means to a question or an edit that went wrong: doubt is asked again."""
        error = self.error(answer)
        return error if isinstance(error, TryLater | ChannelBroken) else TryLater(answer.summary)

    def _unreachable(self, problem: BaseException) -> TryLater:
        return TryLater(f"{self.SERVICE} cannot be reached ({type(problem).__name__})")


def encoded(content: Mapping[str, Any]) -> bytes:
    """JSON as it goes out: UTF-8, letters as they are, no blanks between."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _is_address(value: str) -> bool:
    server, _, query = value.partition("?")
    return is_server(server) and not re.search(r"[\s#]", query)


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(moment: str, now: str) -> timedelta | None:
    """From the service's own `Date` to a moment of its clock."""
    try:
        at, since = parsedate_to_datetime(moment), parsedate_to_datetime(now)
        return at.astimezone(UTC) - since.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
