"""Serves the published documents before Flask is asked, and when Flask cannot answer at all.

Knows files and HTTP (RFC 9110, RFC 9111) and nothing else: no database, no session, no template.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from publishers.documents._style import embed_style_hash
from publishers.targets._serving import (
    FRESH,
    WebSub,
    embedded,
    for_other_sites,
    freshness,
    media_type,
)
from statuspage._negotiation import IDENTITY, matches, preferred
from statuspage._shelf import CAPACITY, Form, Headers, Shelf

log = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
LONGEST_PATH = 2000

# Control characters, backslashes, dot files, and the compressed siblings, which are no documents.
_REFUSED = re.compile(r"[\x00-\x1f\x7f\\]|/\.|\.(?:gz|br)\Z")
_NAME = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_COMPRESSED_ALREADY = frozenset({".png", ".ico"})
_DOCUMENT = re.compile(rf"/(?:{_NAME}/)*(?:{_NAME})?")
_SAFE_QUERY = re.compile(r"[!-~]{1,2000}")

SECURITY_HEADERS: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    # Else the server puts its own name there.
    ("Server", "Avviso"),
]
_CLOSED = "default-src 'none'; frame-ancestors 'none'"
_TELLING: Headers = [
    ("Content-Type", "text/plain; charset=utf-8"),
    *SECURITY_HEADERS,
    ("Content-Security-Policy", _CLOSED),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
_NOT_FOUND = "Questa pagina non esiste. La pagina di stato: /\nNo such page. The status page: /\n"
_UNREADABLE = "Riprova tra poco.\nPlease try again shortly.\n"
_NO_METHOD = "Questa pagina si può solo leggere.\nThis page can only be read.\n"
_NO_APP = (
    "Questa funzione ora non è disponibile. La pagina di stato sì: /\n"
    "This function is not available now. The status page is: /\n"
)


def page_policy(style_hash: str, frame_ancestors: str = "'none'") -> str:
    """The Content-Security-Policy of a page (CSP 3): our one stylesheet by its hash, our images,
    our script files, which ask nobody but us. Nothing that stands in a page is ever run.

    `style_hash` is like "sha256-..."; `frame_ancestors` says who may show the page in a frame.
    """
    return (
        f"default-src 'none'; style-src '{style_hash}'; "
        "img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {frame_ancestors}"
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request matters for a document. `path` is as in PATH_INFO: decoded, as Latin-1."""

    method: str
    path: str
    query: str = ""
    accept_encoding: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response; to HEAD and 304 the body is empty."""

    status: str
    """As in "200 OK"."""
    headers: Headers
    body: bytes = b""


class Documents:
    """The documents below `root`, at most `capacity` bytes of them in memory.

    Without a root there is none; the root need not exist yet. `websub` is told with every feed.
    """

    def __init__(
        self,
        root: Path | None,
        style_hash: str,
        capacity: int = CAPACITY,
        websub: WebSub | None = None,
    ) -> None:
        self._policy = page_policy(style_hash)
        self._embed_policy = page_policy(embed_style_hash(), "*")
        self._websub = websub or WebSub("", "")
        self.capacity = capacity
        self.shelf = Shelf(root, self._headers, capacity) if root else None

    def answer(self, asked: Asked) -> Answer | None:
        """The response; None where the address is not a document's but the application's."""
        path = asked.path
        if len(path) > LONGEST_PATH or path[:1] != "/" or _REFUSED.search(path):
            return tell(asked.method, "404 Not Found", _NOT_FOUND)
        if self.shelf is None or not _DOCUMENT.fullmatch(path):
            return None
        name = path[1:] + "index.html" if path[-1] == "/" else path[1:]
        try:
            entry = self.shelf.find(name)
        except OSError:
            log.exception("a document cannot be read: %s", name)
            wait = ("Retry-After", "5")
            return tell(asked.method, "503 Service Unavailable", _UNREADABLE, wait)
        if entry:
            form = entry.forms[preferred(asked.accept_encoding, entry.forms)]
            return _served(name, form, asked)
        if path[-1] != "/" and self.shelf.has(f"{name}/index.html"):
            return _slash_added(asked)
        return None

    def _headers(self, path: str, coding: str, body: bytes, etag: str) -> Headers:
        """All that is sent with one form of a document."""
        public, embed = for_other_sites(path), embedded(path)
        headers = [
            ("Content-Type", media_type(path)),
            ("Content-Length", str(len(body))),
            ("ETag", etag),
            ("Cache-Control", freshness(path)),
            ("Accept-Ranges", "none"),
            *SECURITY_HEADERS,
            ("Content-Security-Policy", self._embed_policy if embed else self._policy),
            ("Cross-Origin-Resource-Policy", "cross-origin" if public or embed else "same-origin"),
        ]
        if PurePosixPath(path).suffix not in _COMPRESSED_ALREADY:
            headers.append(("Vary", "Accept-Encoding"))
        if coding != IDENTITY:
            headers.append(("Content-Encoding", coding))
        if public:
            headers.append(("Access-Control-Allow-Origin", "*"))
            headers.append(("Access-Control-Expose-Headers", "ETag"))
        if link := self._websub.link(path):
            headers.append(("Link", link))
        return headers


class Edge:
    """A WSGI application: the documents, and `fallback` for every other address."""

    def __init__(self, documents: Documents, fallback: WSGIApplication) -> None:
        self._documents = documents
        self._fallback = fallback

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = Asked(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO") or "/",
            query=environ.get("QUERY_STRING") or "",
            accept_encoding=environ.get("HTTP_ACCEPT_ENCODING"),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
        )
        answer = self._documents.answer(asked)
        if answer is None:
            return self._fallback(environ, start_response)
        start_response(answer.status, answer.headers.copy())
        return [answer.body] if answer.body else []


def unavailable(method: str, retry_after: float) -> Answer:
    """What an address of the application answers while the application cannot."""
    wait = ("Retry-After", f"{retry_after:.0f}")
    return tell(method, "503 Service Unavailable", _NO_APP, wait)


def _served(name: str, form: Form, asked: Asked) -> Answer:
    if asked.method == "OPTIONS":
        return _options(name)
    if asked.method not in {"GET", "HEAD"}:
        allow = ("Allow", METHODS)
        return tell(asked.method, "405 Method Not Allowed", _NO_METHOD, allow)
    if matches(asked.if_none_match, form.etag):
        return Answer("304 Not Modified", _without_body(form.headers))
    return Answer("200 OK", form.headers, form.body if asked.method == "GET" else b"")


def _without_body(headers: Headers) -> Headers:
    dropped = {"Content-Type", "Content-Length", "Content-Encoding", "Accept-Ranges"}
    return [header for header in headers if header[0] not in dropped]


def _options(name: str) -> Answer:
    """What may be done with a document; also answers a preflight (Fetch, 4.8)."""
    headers = [("Allow", METHODS), *SECURITY_HEADERS]
    if for_other_sites(name):
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", "*"),
            ("Access-Control-Max-Age", "86400"),
        ]
    return Answer("204 No Content", headers)


def _slash_added(asked: Asked) -> Answer:
    # Relative, so that no Host header can have a say in it; "./" lest a name look like a scheme.
    last = asked.path.rsplit("/", 1)[1]
    query = f"?{asked.query}" if _SAFE_QUERY.fullmatch(asked.query) else ""
    headers = (("Location", f"./{quote(last)}/{query}"), ("Cache-Control", FRESH))
    return tell(asked.method, "308 Permanent Redirect", "", *headers)


def tell(method: str, status: str, text: str, *headers: tuple[str, str]) -> Answer:
    """An answer of a few words, hardened."""
    body = text.encode()
    told = [*_TELLING, ("Content-Length", str(len(body))), *headers]
    return Answer(status, told, b"" if method == "HEAD" else body)
