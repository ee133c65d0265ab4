"""Serves the published documents before Flask is asked, and when Flask cannot answer at all.

Knows files and HTTP (RFC 9110, RFC 9111) and nothing else: no database, no session, no template.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from threading import Lock
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from statuspage._negotiation import IDENTITY, matches, preferred
from statuspage._shelf import Entry, Headers, Shelf

log = logging.getLogger(__name__)

METHODS = "GET, HEAD, OPTIONS"
LONGEST_PATH = 2000

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
_COMPRESSED_ALREADY = frozenset({".png", ".ico"})
_FOR_OTHER_SITES = frozenset({".json", ".rss", ".atom", ".xml", ".ics", ".svg"})
"""What the scripts of other sites may read, and their pages may show."""
_POLLED = frozenset({"status.json", "heartbeat.json"})

# Control characters, backslashes, dot files, and the compressed siblings, which are no documents.
_REFUSED = re.compile(r"[\x00-\x1f\x7f\\]|/\.|\.(?:gz|br)\Z")
_NAME = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
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
    """The Content-Security-Policy of a page (CSP 3): our one stylesheet by its hash, our images.

    `style_hash` is like "sha256-..."; `frame_ancestors` says who may show the page in a frame.
    """
    return (
        f"default-src 'none'; style-src '{style_hash}'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {frame_ancestors}"
    )


class Edge:
    """A WSGI application: the documents below `root`, and `fallback` for every other address.

    Without a root everything is the fallback's; the root need not exist yet.
    """

    def __init__(self, root: Path | None, fallback: WSGIApplication, style_hash: str) -> None:
        self._fallback = fallback
        self._policy = page_policy(style_hash)
        self._embed_policy = page_policy(style_hash, "*")
        self._shelf = Shelf(root, self._headers) if root else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if len(path) > LONGEST_PATH or path[0] != "/" or _REFUSED.search(path):
            return _tell(environ, start_response, "404 Not Found", _NOT_FOUND)
        if self._shelf is None or not _DOCUMENT.fullmatch(path):
            return self._fallback(environ, start_response)
        name = path[1:] + "index.html" if path[-1] == "/" else path[1:]
        try:
            entry = self._shelf.find(name)
        except OSError:
            log.exception("a document cannot be read: %s", name)
            wait = ("Retry-After", "5")
            return _tell(environ, start_response, "503 Service Unavailable", _UNREADABLE, wait)
        if entry:
            return _serve(name, entry, environ, start_response)
        if path[-1] != "/" and self._shelf.has(f"{name}/index.html"):
            return _add_slash(environ, start_response)
        return self._fallback(environ, start_response)

    def _headers(self, path: str, coding: str, body: bytes, etag: str) -> Headers:
        """All that is sent with one form of a document."""
        place = PurePosixPath(path)
        public = place.suffix in _FOR_OTHER_SITES
        embed = place.parent.name == "embed"
        headers = [
            ("Content-Type", _media_type(place)),
            ("Content-Length", str(len(body))),
            ("ETag", etag),
            ("Cache-Control", _freshness(path)),
            ("Accept-Ranges", "none"),
            *SECURITY_HEADERS,
            ("Content-Security-Policy", self._embed_policy if embed else self._policy),
            ("Cross-Origin-Resource-Policy", "cross-origin" if public or embed else "same-origin"),
        ]
        if place.suffix not in _COMPRESSED_ALREADY:
            headers.append(("Vary", "Accept-Encoding"))
        if coding != IDENTITY:
            headers.append(("Content-Encoding", coding))
        if public:
            headers.append(("Access-Control-Allow-Origin", "*"))
            headers.append(("Access-Control-Expose-Headers", "ETag"))
        return headers


class LazyApp:
    """A WSGI application that is built when first asked, and that may fail to be.

    While it fails, its own addresses answer 503 and nothing else suffers; it is tried again
    after `RETRY_AFTER` seconds of `clock`.
    """

    RETRY_AFTER = 5.0

    def __init__(
        self, build: Callable[[], WSGIApplication], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._build = build
        self._clock = clock
        self._lock = Lock()
        self._app: WSGIApplication | None = None
        self._not_before: float | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        app = self._app or self._built()
        if app is None:
            wait = ("Retry-After", f"{self.RETRY_AFTER:.0f}")
            return _tell(environ, start_response, "503 Service Unavailable", _NO_APP, wait)
        return app(environ, start_response)

    def _built(self) -> WSGIApplication | None:
        with self._lock:
            resting = self._not_before is not None and self._clock() < self._not_before
            if self._app is None and not resting:
                try:
                    self._app = self._build()
                except Exception:
                    log.exception("the application cannot be built; documents are served on")
                    self._not_before = self._clock() + self.RETRY_AFTER
            return self._app


def _media_type(place: PurePosixPath) -> str:
    if place.name == "feed.json":
        return "application/feed+json"
    return MEDIA_TYPES.get(place.suffix, "application/octet-stream")


def _freshness(path: str) -> str:
    return "no-cache" if path in _POLLED else "public, max-age=5, stale-if-error=86400"


def _serve(
    name: str, entry: Entry, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        return _tell_options(name, start_response)
    if method not in {"GET", "HEAD"}:
        allow = ("Allow", METHODS)
        return _tell(environ, start_response, "405 Method Not Allowed", _NO_METHOD, allow)
    form = entry.forms[preferred(environ.get("HTTP_ACCEPT_ENCODING"), entry.forms)]
    if matches(environ.get("HTTP_IF_NONE_MATCH"), form.etag):
        start_response("304 Not Modified", _without_body(form.headers))
        return []
    start_response("200 OK", form.headers.copy())
    return [form.body] if method == "GET" else []


def _without_body(headers: Headers) -> Headers:
    dropped = {"Content-Type", "Content-Length", "Content-Encoding", "Accept-Ranges"}
    return [header for header in headers if header[0] not in dropped]


def _tell_options(name: str, start_response: StartResponse) -> Iterable[bytes]:
    """What may be done with a document; also answers a preflight (Fetch, 4.8)."""
    headers = [("Allow", METHODS), *SECURITY_HEADERS]
    if PurePosixPath(name).suffix in _FOR_OTHER_SITES:
        headers += [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", METHODS),
            ("Access-Control-Allow-Headers", "*"),
            ("Access-Control-Max-Age", "86400"),
        ]
    start_response("204 No Content", headers)
    return []


def _add_slash(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    # Relative, so that no Host header can have a say in it; "./" lest a name look like a scheme.
    last = environ["PATH_INFO"].rsplit("/", 1)[1]
    query = environ.get("QUERY_STRING") or ""
    location = f"./{quote(last)}/" + (f"?{query}" if _SAFE_QUERY.fullmatch(query) else "")
    headers = (("Location", location), ("Cache-Control", _freshness("")))
    return _tell(environ, start_response, "308 Permanent Redirect", "", *headers)


def _tell(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    status: str,
    text: str,
    *headers: tuple[str, str],
) -> Iterable[bytes]:
    body = text.encode()
    start_response(status, [*_TELLING, ("Content-Length", str(len(body))), *headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
