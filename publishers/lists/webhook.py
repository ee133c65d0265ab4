"""Statuspage's webhook messages, to whoever subscribed an address of theirs, signed.

A receiver knows by the signature that it is ours and new: see docs/channels/webhook.md. A message
that is carried twice has the same `Avviso-Delivery`.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from incidents.status import PublicationKind
from publishers.channels._base import ChannelBroken, Post
from publishers.lists._base import (
    Carried,
    Carrier,
    Gone,
    Later,
    Letter,
    News,
    Outcome,
    Refused,
    Taken,
)
from publishers.lists._http1 import Answer
from publishers.lists._outgoing import Ask, Forbidden, Outgoing, Result, Unanswered

SIGNATURE = "Avviso-Signature"
DELIVERY = "Avviso-Delivery"
REPLAY_WINDOW = 300
"""Seconds: what is older, or comes again, a receiver should refuse."""
_PLACEHOLDER = "https://status.example.org/unsubscribe"

_NOTHING = Refused("there is no message for a program in it")

Secrets = Callable[[str], Sequence[str]]
"""What the messages to a subscriber are signed with: one for each key, the newest first."""


@dataclass(frozen=True, slots=True)
class _Halves:
    """A message around the link that is each subscriber's own."""

    before: bytes
    after: bytes

    def whole(self, unsubscribe: str) -> bytes:
        return self.before + _json(unsubscribe) + self.after


class List(Carrier):
    """Posts messages, hundreds at a time; who hangs or fails holds up nobody else."""

    AT_ONCE: ClassVar[int] = 40
    KINDS: ClassVar[tuple[PublicationKind, ...]] = tuple(
        kind for kind in PublicationKind if kind is not PublicationKind.ANSWER
    )
    """All that change something of an incident."""

    def __init__(
        self,
        secrets: Secrets,
        agent: str,
        outgoing: Outgoing,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`agent` is the program that calls: "Avviso/1.2 (+https://status.example.org)"."""
        self._secrets = secrets
        self._agent = agent
        self._outgoing = outgoing
        self._now = now

    def carry(self, letters: Sequence[Letter]) -> Carried:
        """Post each; a receiver's fault is never the list's."""
        halves: dict[tuple[str, str], _Halves] = {}
        asks = {
            place: self._ask(letter, letter.news, halves)
            for place, letter in enumerate(letters)
            if letter.news and letter.news.payload
        }
        answered = dict(zip(asks, self._outgoing.post(list(asks.values())), strict=True))
        return Carried(
            [
                outcome(answered[place]) if place in answered else _NOTHING
                for place in range(len(letters))
            ]
        )

    def _ask(self, letter: Letter, news: News, halves: dict[tuple[str, str], _Halves]) -> Ask:
        known = news.key, letter.locale
        if known not in halves:
            halves[known] = _halves(news, letter.locale)
        body = halves[known].whole(letter.links.unsubscribe)
        return Ask(letter.address, self._headers(letter, body), body)

    def _headers(self, letter: Letter, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": self._agent,
            DELIVERY: letter.key,
            SIGNATURE: sign(self._secrets(letter.subscriber), int(self._now()), body),
        }

    def preview(self, news: News, locale: str) -> Post:
        """The message, with a link that is nobody's."""
        if not news.payload:
            return Post(text="", length=0, limit=0)
        whole = _halves(news, locale).whole(_PLACEHOLDER)
        text = json.dumps(json.loads(whole), indent=2, ensure_ascii=False)
        return Post(text=text, length=len(text), limit=len(text))

    def check(self) -> str:
        """How many keys sign. Raises `ChannelBroken` without any."""
        count = len(self._secrets(""))
        if not count:
            raise ChannelBroken("there is no key to sign with")
        return f"messages are signed with {count} key{'s' if count > 1 else ''}"

    def close(self) -> None:
        self._outgoing.close()


def sign(secrets: Sequence[str], moment: int, body: bytes) -> str:
    """As in "t=1607349600,v1=5257a8…": HMAC-SHA256 of the time, a dot and the body, by each secret.

    `moment` is in seconds since 1970.
    """
    signed = f"{moment}.".encode() + body
    macs = (hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets)
    return ",".join([f"t={moment}", *(f"v1={mac}" for mac in macs)])


def outcome(result: Result) -> Outcome:
    """What a receiver's answer means for its message."""
    match result:
        case Forbidden(why):
            return Refused(why)
        case Unanswered(why):
            return Later(why)
        case Answer(status=status) if 200 <= status < 300:
            return Taken()
        case Answer(status=410):
            return Gone("it answered 410: nobody is there any more")
        case Answer(status=status) if 300 <= status < 400:
            return Later(f"it answered {status}: redirects are not followed")
        case Answer(status=429 | 503 as status):
            return Later(f"it answered {status}", result.retry_after)
        case Answer(status=status):
            return Later(f"it answered {status}")


def _halves(news: News, locale: str) -> _Halves:
    """Statuspage's message of one language, cut where the link stands."""
    message = dict(news.payload.get(locale) or next(iter(news.payload.values())))
    meta = message.pop("meta")
    after = _json(meta)[1:] + b"," + _json(message)[1:]
    return _Halves(b'{"meta":{"unsubscribe":', b"," + after)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
