"""Messages to browsers, by the push service of each (RFC 8030): encrypted, and signed by VAPID.

A service is whatever address a browser named when it subscribed: a stranger's, called with the
same guard as webhooks. Nothing that it answers stops the list: see docs/channels/push.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

import structlog

from incidents.status import Impact, IncidentKind, PublicationKind, Status
from incidents.view import choose
from publishers.channels._base import Post
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
from publishers.lists._guard import NotAllowed
from publishers.lists._http1 import Answer
from publishers.lists._outgoing import Ask, Forbidden, Outgoing, Result, Unanswered
from publishers.lists._push_crypto import BadKey, Browser, Vapid, encrypt

log = structlog.get_logger()

LONGEST = 3000
"""Bytes of a message: with what encryption adds it stays below the 4096 that services take."""
LONGEST_TTL = timedelta(hours=48)
OVER_TTL = timedelta(hours=12)
"""For what is over: who was away for longer need not be told any more."""
_GRAVE = (Impact.MAJOR, Impact.CRITICAL)
_OVER = (Status.RESOLVED, Status.POSTMORTEM, Status.COMPLETED)
_NO_KEY = (401, 403)
_NOBODY = (404, 410)
_BUSY = (429, 503)


class List(Carrier):
    """Hands messages to push services."""

    AT_ONCE: ClassVar[int] = 8

    def __init__(
        self,
        vapid: Vapid,
        agent: str,
        outgoing: Outgoing,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`agent` is the program that calls: "Avviso/1.2 (+https://status.example.org)"."""
        self._vapid = vapid
        self._agent = agent
        self._outgoing = outgoing
        self._now = now

    def carry(self, letters: Sequence[Letter]) -> Carried:
        """Encrypt each for its browser, and hand it to that browser's service."""
        made = [self._ask(letter) for letter in letters]
        asks = [ask for ask in made if isinstance(ask, Ask)]
        results = self._outgoing.post(asks)
        _tell_refusals(results)
        told = map(outcome, results)
        return Carried([next(told) if isinstance(ask, Ask) else ask for ask in made])

    def _ask(self, letter: Letter) -> Ask | Outcome:
        news = letter.news
        if news is None or not news.names:
            return Refused("there is no message for a browser in it")
        browser = Browser(letter.keys.get("p256dh", ""), letter.keys.get("auth", ""))
        try:
            origin = self._outgoing.place(letter.address).origin
            body = encrypt(message(news, letter.locale), browser)
        except NotAllowed as problem:
            return Refused(str(problem))
        except BadKey as problem:
            return Gone(str(problem))
        return Ask(letter.address, self._headers(news, origin), body)

    def _headers(self, news: News, origin: str) -> Mapping[str, str]:
        now = self._now()
        return {
            "Authorization": self._vapid.authorization(origin, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl(news, now)),
            "Topic": news.entry or news.key,
            "Urgency": urgency(news),
            "User-Agent": self._agent,
        }

    def preview(self, news: News, locale: str) -> Post:
        """What the browser shows."""
        told = message(news, locale) if news.names else b"{}"
        content = json.loads(told)
        lines = [content[key] for key in ("title", "body", "url") if content.get(key)]
        return Post(text="\n".join(lines), length=len(told), limit=LONGEST)

    def check(self) -> str:
        """The public half of the key; no service is asked, for each belongs to a browser."""
        return f"push services know us by {self._vapid.public}"

    def close(self) -> None:
        self._outgoing.close()


def message(news: News, locale: str) -> bytes:
    """What the page's service worker gets: title, body, url, lang and tag.

    A text that is too long is left out, not cut: the title says status and name, the link the rest.
    """
    spoken = choose(news.names, locale, locale) or locale
    status, name = news.statuses.get(spoken, ""), news.names.get(spoken, "")
    text = news.texts.get(spoken)
    content = {
        "title": f"{status}: {name}" if status else name,
        "body": (text.short or text.headline) if text else "",
        "url": news.urls.get(spoken, ""),
        "lang": spoken,
        "tag": news.entry or news.key,
    }
    told = _json(content)
    return told if len(told) <= LONGEST else _json({**content, "body": ""})


def ttl(news: News, now: float) -> int:
    """Seconds for which a service keeps it for a browser that is off. 0: now or never."""
    most = OVER_TTL if news.status in _OVER else LONGEST_TTL
    left = news.expires_at.timestamp() - now if news.expires_at else most.total_seconds()
    return max(0, int(min(left, most.total_seconds())))


def urgency(news: News) -> str:
    """What a device that saves power is woken for (RFC 8030, 5.3)."""
    if news.entry_kind is not IncidentKind.INCIDENT or news.kind is PublicationKind.REMINDER:
        return "low"
    return "high" if news.first and news.impact in _GRAVE else "normal"


def outcome(result: Result) -> Outcome:
    """What a service's answer means for its message."""
    match result:
        case Forbidden(why):
            return Refused(why)
        case Unanswered(why):
            return Later(why)
        case Answer(status=status) if 200 <= status < 300:
            return Taken()
        case Answer(status=status) if status in _NOBODY:
            return Gone(f"its service answered {status}: nobody is subscribed there")
        case Answer(status=413):
            return Refused("its service answered 413: the message is too long")
        case Answer(status=status) if status in _NO_KEY:
            return Later(f"its service answered {status}: it does not take our key")
        case Answer(status=status) if status in _BUSY:
            return Later(f"its service answered {status}", result.retry_after)
        case Answer(status=status):
            return Later(f"its service answered {status}")


def _tell_refusals(results: Sequence[Result]) -> None:
    """For operators to see: after a change of the key it is everybody."""
    refused = sum(isinstance(each, Answer) and each.status in _NO_KEY for each in results)
    if refused:
        log.error("push_key_refused", refused=refused, of=len(results))


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
