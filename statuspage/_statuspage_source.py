"""Gets the documents of a Statuspage's public API: from the page itself, or from files of it.

Every fault is an `InvalidInput` or a `NotPossible` that names the address or the file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

from incidents.errors import InvalidInput, NotPossible
from publishers.channels._http import NETWORK_ERRORS, BoundedSession
from statuspage import __version__

DOCUMENTS = ("summary", "components", "incidents", "scheduled-maintenances")
MOST_BYTES = 50 * 1024 * 1024
LONGEST_WAIT = 60
"""Seconds that a page may ask us to wait, once."""
_MOST_REDIRECTS = 3
_WAITS = (429, 503)
_LIKE = "it should be like https://status.example.org"
_CAUSES = (
    ("too large", "is too large"),
    ("timed out", "did not answer in time"),
    ("took too long", "did not answer in time"),
    ("certificate", "its certificate cannot be trusted"),
    ("name or service not known", "there is no such host"),
    ("failed to resolve", "there is no such host"),
    ("refused", "nobody answers there"),
    ("incompleteread", "the answer was cut off"),
    ("reset", "the answer was cut off"),
    ("aborted", "the answer was cut off"),
    ("broken", "the answer was cut off"),
)
"""What an error's own text says, and what that means; the text itself is long and of machinery."""
Sleep = Callable[[float], None]
Tell = Callable[[str], None]


def documents_of(
    source: str, sleep: Sleep = time.sleep, tell: Tell = lambda _: None
) -> Iterator[tuple[str, Any]]:
    """What a page's address or a file holds: each document with its address or name.

    `tell` hears of each address before it is asked.
    """
    if not source.lower().startswith(("http://", "https://")):
        yield source, _parsed(_bytes_of(Path(source)), source)
        return
    with BoundedSession() as session:
        session.headers["User-Agent"] = f"Avviso/{__version__}"
        session.headers["Accept"] = "application/json"
        session.headers["Accept-Encoding"] = "identity"
        for url in _addresses(source):
            tell(url)
            yield url, _parsed(_got(session, url, sleep), url)


def _addresses(source: str) -> list[str]:
    """The API's documents of a page; an address that ends with .json is that one alone."""
    # Nothing of the address is quoted before it is known to hold no password.
    try:
        parts = urlsplit(source)
        host = parts.hostname
        parts.port  # noqa: B018  reading it checks it
    except ValueError:
        raise InvalidInput(f"URL: is no address; {_LIKE}") from None
    if not host:
        raise InvalidInput(f"URL: names no host; {_LIKE}")
    if "@" in parts.netloc or parts.query:
        raise InvalidInput("URL: should have no user, no password and no query; the API is public")
    if parts.path.endswith(".json"):
        return [_origin(parts) + parts.path]
    if parts.path.strip("/"):
        raise InvalidInput(
            f"URL: the page itself is wanted, {_origin(parts)}, or one of its documents (….json)"
        )
    return [f"{_origin(parts)}/api/v2/{name}.json" for name in DOCUMENTS]


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _too_large(str(path))
    return content


def _got(session: requests.Session, url: str, sleep: Sleep) -> bytes:
    """A document's bytes. Redirects within the host are followed, and one wait is kept."""
    waited = False
    at = url
    for _ in range(_MOST_REDIRECTS + 2):
        answer, content = _asked(session, at)
        seconds = _wait(answer)
        if seconds is not None and not waited:
            waited = True
            sleep(seconds)
        elif answer.is_redirect:
            at = _moved(at, answer.headers["Location"])
        elif answer.status_code == 200:
            return content
        else:
            raise NotPossible(f"{at}: answers {answer.status_code} {_meaning(answer)}".rstrip())
    raise NotPossible(f"{url}: leads from one address to the next without end")


def _asked(session: requests.Session, url: str) -> tuple[requests.Response, bytes]:
    try:
        with session.get(url, stream=True) as answer:
            content = bytearray()
            for piece in answer.iter_content(65536) if answer.status_code == 200 else ():
                content += piece
                if len(content) > MOST_BYTES:
                    raise _too_large(url)
            return answer, bytes(content)
    except NETWORK_ERRORS as problem:
        raise NotPossible(f"{url}: {_cause(problem)}; nothing was changed") from None


def _wait(answer: requests.Response) -> int | None:
    """The seconds to wait that an answer asks for, where they are few enough to be waited."""
    said = answer.headers.get("Retry-After", "")
    if answer.status_code not in _WAITS or not (said.isascii() and said.isdigit()):
        return None
    seconds = int(said[:6])
    return seconds if seconds <= LONGEST_WAIT else None


def _moved(url: str, location: str) -> str:
    there, here = urlsplit(urljoin(url, location)), urlsplit(url)
    if here.scheme == "https" and there.scheme == "http":
        raise NotPossible(f"{url}: leads to an address without encryption; it is not followed")
    if there.scheme not in ("http", "https") or there.hostname != here.hostname:
        raise NotPossible(
            f"{url}: leads to another host, {there.hostname or 'which has no name'}; name that one "
            "if it is the right one"
        )
    return there.geturl()


def _meaning(answer: requests.Response) -> str:
    if answer.status_code in (401, 403):
        return "(the page is not public: save its documents while signed in, and name the files)"
    if answer.status_code == 404:
        return "(it has no such document: is it a Statuspage?)"
    if answer.status_code in _WAITS:
        return "(it is busy: try again later)"
    return ""


def _cause(problem: BaseException) -> str:
    if isinstance(problem, requests.Timeout | TimeoutError):
        return "did not answer in time"
    text = str(problem).lower()
    known = (meaning for sign, meaning in _CAUSES if sign in text)
    return next(known, f"cannot be read ({type(problem).__name__})")


def _too_large(named: str) -> NotPossible:
    return NotPossible(f"{named}: is larger than {MOST_BYTES // 1024 // 1024} MB")


def _parsed(content: bytes, named: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as problem:
        where = f", line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        raise InvalidInput(f"{named}: is no JSON{where}") from None
