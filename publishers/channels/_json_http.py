"""JSON over HTTP for networks that need no SDK: one call, its answer, and no secret in either.

The promises are those of `_httpx`. An address may hold a token: nothing here shows one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from publishers.channels._base import MaybeSent, TryLater
from publishers.channels._httpx import NETWORK_ERRORS, bind, never_sent, tls

_LONGEST_WORDS = 300


class Unanswered(Exception):
    """No answer came. `sent` says whether the request may have arrived all the same."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `document` is its JSON object, empty when it sent anything else."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_unsure(self) -> bool:
        """Whether the server may have done what it was asked, though it does not say so."""
        return self.status < 400 or self.status == 408 or self.status >= 500

    def words(self, name: str) -> str:
        """What the server says in one of its fields, for a person; "" when it says nothing."""
        return " ".join(str(self.document.get(name) or "").split())[:_LONGEST_WORDS]


class Server:
    """One server's API below an address. Secrets in what it answers are blotted out."""

    def __init__(
        self, address: str, secrets: Collection[str], headers: Mapping[str, str] | None = None
    ) -> None:
        self._address = address
        self._secrets = secrets
        self._client = httpx.Client(verify=tls(), headers=headers)
        bind(self._client)

    def ask(
        self,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """One request. Raises `Unanswered`, and nothing else."""
        url = f"{self._address}/{path}"
        try:
            response = self._client.request(method, url, json=document, params=params)
        except NETWORK_ERRORS as problem:
            # Its own words may hold the address.
            failure = Unanswered(type(problem).__name__, sent=not never_sent(problem))
        else:
            return Answer(response.status_code, self._object(response), response.headers)
        raise failure

    def read(self, method: str, path: str, **asked: Any) -> Answer:
        """One request that may as well be made again. Raises `TryLater` without an answer."""
        try:
            return self.ask(method, path, **asked)
        except Unanswered as problem:
            raise unreachable(problem) from None

    def write(self, method: str, path: str, document: Mapping[str, Any]) -> Answer:
        """One request to post. Raises `TryLater` when it never left, `MaybeSent` when no answer
        came."""
        try:
            return self.ask(method, path, document)
        except Unanswered as problem:
            if problem.sent:
                raise MaybeSent(f"no answer from the server ({problem})") from None
            raise unreachable(problem) from None

    def close(self) -> None:
        self._client.close()

    def _object(self, response: httpx.Response) -> Mapping[str, Any]:
        text = response.content.decode(errors="replace")
        for secret in self._secrets:
            text = text.replace(secret, "***")
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}


def unreachable(problem: BaseException) -> TryLater:
    return TryLater(f"the server cannot be reached ({problem})")
