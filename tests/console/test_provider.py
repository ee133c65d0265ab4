"""A provider that lies, changes its keys, hangs or breaks off: nobody comes in who should not, and
nobody waits for it twice. It is our own, because a real one does none of this."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from statuspage._sign_in_settings import SignInSection, SignInSettings
from statuspage.auth import _provider
from statuspage.auth._provider import REFUSED, SILENT, OidcFault, Provider, derived
from tests.conftest import NOON

BACK = "https://stato.example.it/console/sign-in/oidc/back"
CLIENT = "avviso"
TOKEN = "what the browser's cookie holds"
DISCOVERY = "/.well-known/openid-configuration"


class Liar:
    """A provider that says what a test wants it to."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.asked: list[str] = []
        self.claims: dict[str, Any] = {}
        self.signed: Callable[[Mapping[str, Any]], str] = self.as_it_should
        self.answers: dict[str, tuple[int, bytes]] = {}
        """By path, what is answered instead of the right thing."""
        self.lengths: dict[str, int] = {}
        """By path, how long the answer says that it is."""
        self.hangs = ""
        """The path that is not answered before the test ends."""
        self.over = Event()
        self.more: dict[str, Any] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def as_it_should(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, dict(claims), self.key)

    def says(self, path: str) -> bytes:
        now = int(NOON.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": derived(TOKEN, "nonce"),
            "preferred_username": "ada",
            **self.claims,
        }
        told: dict[str, Any] = {
            DISCOVERY: {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.more,
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
            "/token": {"access_token": "a", "token_type": "Bearer", "id_token": ""},
        }
        if path == "/token":
            told[path]["id_token"] = self.signed(claims)
        return json.dumps(told[path]).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.asked.append(self.path)
                if self.path == liar.hangs:
                    liar.over.wait()
                    return
                status, body = liar.answers.get(self.path) or (200, liar.says(self.path))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(liar.lengths.get(self.path, len(body))))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_said: object) -> None:
                pass

        return Handler


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()
    yield made
    made.close()


@pytest.fixture
def provider(liar: Liar) -> Provider:
    section = SignInSection(oidc_issuer=liar.issuer, oidc_client=CLIENT)
    return Provider(SignInSettings(section), BACK)


def come_back(provider: Provider) -> str:
    return provider.login(TOKEN, {"state": derived(TOKEN, "state"), "code": "c"}, NOON)


def refused(provider: Provider, told: str) -> None:
    with pytest.raises(OidcFault) as fault:
        come_back(provider)
    assert fault.value.told == told, str(fault.value)


def test_when_all_is_right_somebody_comes_in(provider: Provider) -> None:
    assert come_back(provider) == "ada"


def in_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def by_hand(head: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes = b"") -> str:
    """A token such as no library makes."""
    told = ".".join(in_base64(json.dumps(part).encode()) for part in (head, claims))
    mac = hmac.new(secret, told.encode(), sha256).digest() if secret else b""
    return f"{told}.{in_base64(mac)}"


def unsigned(claims: Mapping[str, Any]) -> str:
    return by_hand({"alg": "none"}, claims)


def test_a_token_that_nobody_signed(liar: Liar, provider: Provider) -> None:
    liar.signed = unsigned
    refused(provider, REFUSED)


def test_a_token_signed_with_what_everybody_knows(liar: Liar, provider: Provider) -> None:
    """The public key, taken for a shared secret."""
    public = liar.key.as_pem(private=False)
    head = {"alg": "HS256", "kid": liar.key.kid}
    liar.signed = lambda claims: by_hand(head, claims, public)
    refused(provider, REFUSED)


def test_a_token_signed_by_somebody_else(liar: Liar, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "first"})
    liar.signed = lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, dict(claims), other)
    refused(provider, REFUSED)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://login.example.org"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": int((NOON - timedelta(minutes=2)).timestamp())},
        {"iat": int((NOON + timedelta(minutes=2)).timestamp())},
        {"sub": None},
    ],
)
def test_a_token_that_says_something_else(
    liar: Liar, provider: Provider, claims: dict[str, Any]
) -> None:
    liar.claims = claims
    refused(provider, REFUSED)


def test_new_keys_are_asked_for_once(
    liar: Liar, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_provider, "_RENEWED_EVERY", 0.0)
    assert come_back(provider) == "ada"
    liar.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert come_back(provider) == "ada", "nobody has to try twice"
    assert liar.asked.count("/keys") == 2
    monkeypatch.setattr(_provider, "_RENEWED_EVERY", 60.0)
    liar.signed = unsigned
    for _ in range(3):
        refused(provider, REFUSED)
    assert liar.asked.count("/keys") == 2, "a wrong token asks for nothing"


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
@pytest.mark.parametrize("status", [500, 302, 204])
def test_an_answer_that_is_none(liar: Liar, provider: Provider, path: str, status: int) -> None:
    liar.answers[path] = (status, b"")
    refused(provider, SILENT)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
def test_an_answer_that_breaks_off(liar: Liar, provider: Provider, path: str) -> None:
    liar.lengths[path] = 100_000
    refused(provider, SILENT)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
def test_one_that_hangs_is_waited_for_once(
    liar: Liar, provider: Provider, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(_provider, "TIMEOUT", 0.2)
    liar.hangs = path
    refused(provider, SILENT)
    if path == "/token":
        return
    asked = len(liar.asked)
    refused(provider, SILENT)
    assert len(liar.asked) == asked, "not asked again at once"
    monkeypatch.setattr(_provider, "_SILENT_FOR", 0.0)
    liar.hangs = ""
    assert come_back(provider) == "ada"


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]
)
def test_nothing_secret_goes_over_plain_http(liar: Liar, provider: Provider, name: str) -> None:
    liar.more = {name: "http://login.example.org/x"}
    refused(provider, SILENT)
    assert liar.asked == [DISCOVERY]
