"""An OpenID Connect provider (OpenID Connect Core 1.0, code flow with PKCE), asked in words.

Nothing is kept between the way there and the way back but a random token in a cookie: state,
nonce and verifier are worked out from it, so that only the browser that began can finish.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from itertools import islice
from threading import Lock
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from publishers.documents._phrases import N_
from statuspage._settings_file import is_loopback
from statuspage._sign_in_settings import SignInSettings

TIMEOUT = 5.0
"""Seconds that the provider is given for each answer."""
_KNOWN_FOR = 600.0
"""Seconds for which its endpoints and keys are not asked for again."""
_SILENT_FOR = 10.0
"""Seconds for which a provider that did not answer is left alone: people who press the button
again must not hold up everything else that the application does."""
_RENEWED_EVERY = 5.0
"""Seconds between two looks for new keys, whatever tokens come in."""
_PIECE, _MOST_PIECES = 64 * 1024, 16
"""Bytes, and how many of them what it says of itself may be."""
_LEEWAY = 60
"""Seconds that its clock may differ from ours."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures that anybody can check; "none" and those with a shared secret are not among them."""
_SCOPE = "openid profile email"

SILENT = N_(
    "The sign-in service does not answer as it should. Try again; in an emergency, whoever looks "
    "after this machine can make you a link: avviso operator sign-in-link."
)
REFUSED = N_("The sign-in service did not let you in.")
NOT_BEGUN = N_("This sign-in was not begun here, or is too old. Begin again.")
UNVERIFIED = N_("Your e-mail address is not verified at the sign-in service.")
UNKNOWN = N_(
    "You are known to the sign-in service, but nobody here has that login. Ask an "
    "administrator to add you."
)


class OidcFault(Exception):
    """Why nobody was let in: `told` to the person, the message to the log. Neither has a secret."""

    def __init__(self, told: str, why: str) -> None:
        super().__init__(why)
        self.told = told


class Provider:
    """The configured provider. Threads share it."""

    def __init__(self, settings: SignInSettings, back: str) -> None:
        """`back` is the whole address to which it sends people back."""
        self._settings = settings
        self._issuer = settings.section.oidc_issuer or ""
        self._back = back
        self._lock = Lock()
        self._known: tuple[float, Mapping[str, Any], KeySet] | None = None
        self._silent_since: float | None = None

    def address(self, token: str) -> str:
        """Where to send a person whose browser has this token. Raises `OidcFault`."""
        metadata, _ = self._metadata()
        with self._client() as client:
            address, _state = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=derived(token, "state"),
                nonce=derived(token, "nonce"),
                code_verifier=derived(token, "verifier"),
            )
        return str(address)

    def login(self, token: str, answer: Mapping[str, str], now: datetime) -> str:
        """The login of the one who came back with an answer in the query. Raises `OidcFault`."""
        if not token or answer.get("state") != derived(token, "state"):
            raise OidcFault(NOT_BEGUN, "another state than the one that was sent")
        if answer.get("iss", self._issuer) != self._issuer:
            raise OidcFault(REFUSED, "the answer is another issuer's")  # RFC 9207
        if "error" in answer or "code" not in answer:
            raise OidcFault(REFUSED, f"it answered {answer.get('error', 'without a code')[:80]!r}")
        claims = self._claims(token, answer["code"], now)
        wanted = self._settings.section.oidc_claim
        if wanted == "email" and claims.get("email_verified") is not True:
            raise OidcFault(UNVERIFIED, "the e-mail address is not verified")
        login = claims.get(wanted)
        if not isinstance(login, str) or not login or not login.isprintable():
            raise OidcFault(UNKNOWN, f"there is no claim {wanted!r}")
        return login

    def _claims(self, token: str, code: str, now: datetime) -> Mapping[str, Any]:
        metadata, _ = self._metadata()
        with self._client() as client:
            try:
                answer = client.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    grant_type="authorization_code",
                    code_verifier=derived(token, "verifier"),
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
                claims = self._checked(answer, derived(token, "nonce"), now)
                if self._settings.section.oidc_claim in claims:
                    return claims
                return {**self._userinfo(client, metadata, claims["sub"]), **claims}
            except AuthlibBaseError as problem:
                raise OidcFault(REFUSED, f"the token was refused: {problem.error}") from None
            except (requests.RequestException, ValueError, KeyError) as problem:
                why = f"the token cannot be had: {type(problem).__name__}"
                raise OidcFault(SILENT, why) from None

    def _checked(self, answer: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        """The claims of the ID token (OpenID Connect Core, 3.1.3.7)."""
        client = self._settings.section.oidc_client
        try:
            found = self._decoded(answer["id_token"])
            options = {
                "iss": {"essential": True, "values": [self._issuer]},
                "aud": {"essential": True, "value": client},
            }
            params = {"nonce": nonce, "client_id": client}
            claims = CodeIDToken(found.claims, found.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except JoseError as problem:
            raise OidcFault(REFUSED, f"the ID token is not right: {problem.error}") from None
        return found.claims

    def _decoded(self, id_token: str) -> jwt.Token:
        """The token, whose signature is one of the provider's keys'. It may have other keys by now
        (OpenID Connect Core, 10.1.1), which are asked for once. Raises `JoseError`."""
        _, keys = self._metadata()
        try:
            return jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
        except JoseError:
            if not self._forget():
                raise
        _, keys = self._metadata()
        return jwt.decode(id_token, keys, algorithms=_ALGORITHMS)

    def _forget(self) -> bool:
        """Let the provider be asked for its keys again; False where that was a moment ago."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] < _RENEWED_EVERY:
                return False
            self._known = None
            return True

    def _userinfo(
        self, client: OAuth2Session, metadata: Mapping[str, Any], subject: str
    ) -> Mapping[str, Any]:
        if "userinfo_endpoint" not in metadata:
            return {}
        answer = client.get(metadata["userinfo_endpoint"], timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
        # OpenID Connect Core, 5.3.2: else they may be another person's.
        return found if isinstance(found, dict) and found.get("sub") == subject else {}

    def _metadata(self) -> tuple[Mapping[str, Any], KeySet]:
        if not self._lock.acquire(timeout=TIMEOUT):
            raise OidcFault(SILENT, "somebody else waits for it already")
        try:
            if self._known is None or time.monotonic() - self._known[0] > _KNOWN_FOR:
                self._known = (time.monotonic(), *self._asked())
            return self._known[1:]
        finally:
            self._lock.release()

    def _asked(self) -> tuple[Mapping[str, Any], KeySet]:
        """What it says of itself; where it did not a moment ago, it is not waited for again."""
        since = self._silent_since
        if since is not None and time.monotonic() - since < _SILENT_FOR:
            raise OidcFault(SILENT, "it did not answer a moment ago")
        self._silent_since = None
        try:
            return self._discovered()
        except OidcFault:
            self._silent_since = time.monotonic()
            raise

    def _discovered(self) -> tuple[Mapping[str, Any], KeySet]:
        """OpenID Connect Discovery 1.0, 4."""
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            metadata = _fetched(address)
            if metadata.get("issuer") != self._issuer:
                raise OidcFault(SILENT, "it calls itself by another name than oidc_issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _must_be_safe(name, metadata.get(name))
            if "userinfo_endpoint" in metadata:
                _must_be_safe("userinfo_endpoint", metadata["userinfo_endpoint"])
            keys = KeySet.import_key_set(
                cast("KeySetSerialization", _fetched(metadata["jwks_uri"]))
            )
        except (requests.RequestException, ValueError, JoseError, KeyError) as problem:
            why = f"discovery failed: {type(problem).__name__}"
            raise OidcFault(SILENT, why) from None
        return metadata, keys

    def _client(self) -> OAuth2Session:
        secret = self._settings.oidc_secret
        return OAuth2Session(
            self._settings.section.oidc_client,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=_SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
        )


def derived(token: str, purpose: str) -> str:
    """One of the values that belong to a sign-in under way; 64 hexadecimal digits."""
    return sha256(f"oidc {purpose} {token}".encode("utf-8", "replace")).hexdigest()


def _fetched(address: str) -> dict[str, Any]:
    with requests.get(address, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
        answer.raise_for_status()
        found = json.loads(b"".join(islice(answer.iter_content(_PIECE), _MOST_PIECES)))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _must_be_safe(name: str, address: object) -> None:
    parts = urlsplit(str(address or ""))
    near = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or near):
        raise OidcFault(SILENT, f"its {name} is no https address")
