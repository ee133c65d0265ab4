"""The one cookie of the console: a random token, and nothing else.

Flask's own session, which would be data in a signed cookie, is not used: what there is to know
stands in the database. What forms need against forgery is worked out from the token.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.wrappers import Response as AnyResponse

from incidents.access import new_token
from statuspage._proxies import says_https

CSRF_FIELD = "csrf_token"
DEVICE_COOKIE = "avviso-device"
OIDC_COOKIE = "avviso-oidc"
COOKIE_FOR = timedelta(days=30)
"""The browser keeps it for longer than any session lasts: so that what somebody typed can be
kept, the server has to know whose session it was that ended."""
DEVICE_FOR = timedelta(days=180)
_LONGEST_TOKEN = 100


class Bearer(SessionMixin, MutableMapping[str, Any]):
    """What a request brought in its cookie. To Flask-WTF it is a session with one fixed entry."""

    accessed = False

    def __init__(self, token: str | None) -> None:
        self.brought = token
        self._token = token
        self.changed = False

    @property
    def token(self) -> str:
        """The token; a new one where the browser brought none."""
        if self._token is None:
            self.renew(new_token())
        return self._token or ""

    def renew(self, token: str) -> None:
        """Give the browser another token: always when somebody's rights change."""
        self._token, self.changed = token, True

    def __getitem__(self, name: str) -> Any:
        if name != CSRF_FIELD:
            raise KeyError(name)
        return sha256(f"form {self.token}".encode()).hexdigest()

    def __setitem__(self, name: str, value: Any) -> None:
        raise RuntimeError("nothing is kept in a session here")

    def __delitem__(self, name: str) -> None:
        raise RuntimeError("nothing is kept in a session here")

    def __iter__(self) -> Iterator[str]:
        return iter([CSRF_FIELD])

    def __len__(self) -> int:
        return 1


class Cookies(SessionInterface):
    """Reads and writes the cookie. `secure`: the service's address is https, and so are they;
    where it is not, they are for whom one of the `trusted` servers says that they came over it."""

    def __init__(self, *, secure: bool, trusted: Sequence[str] = ()) -> None:
        self.secure = secure
        self._trusted = trusted

    def are_secure(self) -> bool:
        """Whether this request's cookies go over https alone."""
        said = request.headers.get("X-Forwarded-Proto")
        ended_before_us = says_https(request.remote_addr, said, self._trusted)
        return self.secure or request.is_secure or ended_before_us

    def named(self, name: str) -> str:
        """A cookie's name. "__Host-" lets nobody else's page on a neighbouring host set it
        (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{name}" if self.are_secure() else name

    def open_session(self, _app: Flask, _request: Request) -> Bearer:
        """What the browser brought, if it looks like ours."""
        token = request.cookies.get(self.named("avviso"), "")
        return Bearer(token if 0 < len(token) <= _LONGEST_TOKEN and token.isascii() else None)

    def save_session(self, _app: Flask, session: SessionMixin, response: Response) -> None:
        """Hand out a new token where there is one."""
        if isinstance(session, Bearer) and session.changed:
            self.put(response, "avviso", session.token, COOKIE_FOR)

    def put(self, response: AnyResponse, name: str, value: str, lasts: timedelta) -> None:
        """Set a cookie that scripts cannot read and that no other site's form brings along."""
        response.set_cookie(
            self.named(name),
            value,
            max_age=lasts,
            path="/",
            secure=self.are_secure(),
            httponly=True,
            samesite="Lax",
        )
