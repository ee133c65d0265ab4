"""How operators sign in, and which servers in front of this one are believed about addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from incidents.secret_keys import keys_in
from statuspage._settings_file import Section, Text, is_loopback

KEY_VARIABLE = "AVVISO_SECRET_KEY"
OIDC_VARIABLE = "AVVISO_OIDC_SECRET"
_SHORTEST_KEY = 32


def _issuer(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError("is no address") from None
    near = parts.scheme == "http" and is_loopback(host)
    if not host or "@" in parts.netloc or not (parts.scheme == "https" or near):
        raise ValueError("should be an https:// address (http:// for 127.0.0.1 alone)")
    if parts.query or parts.fragment:
        raise ValueError("should have no query and no fragment")
    return value


class SignInSection(Section):
    """How operators sign in: [sign-in.md](sign-in.md)."""

    idle_minutes: Annotated[int, Field(ge=5, le=10080)] = 480
    """A session that is not used for so long is over."""
    longest_hours: Annotated[int, Field(ge=1, le=720)] = 24
    """Every session is over after so long."""
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    """The address of an OpenID Connect provider, as it names itself."""
    oidc_client: Text | None = None
    """The client's id there; its secret is `AVVISO_OIDC_SECRET`."""
    oidc_claim: Text = "preferred_username"
    """Which claim is the operator's login; an `email` has to be verified there."""
    oidc_name: Text = "OpenID Connect"
    """What the button says: "Sign in with …"."""
    only_oidc: bool = False
    """No passwords: whoever signs in does so there, or by a link made on this machine."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client is None):
            raise ValueError("oidc_issuer and oidc_client come together")
        if self.only_oidc and self.oidc_issuer is None:
            raise ValueError("only_oidc needs oidc_issuer, or nobody could sign in")
        return self


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """The section with its secrets."""

    section: SignInSection = field(default_factory=SignInSection)
    key: str = field(default="", repr=False)
    """What second factors are encrypted with, the newest key first; "" where none is set."""
    oidc_secret: str = field(default="", repr=False)

    @property
    def idle(self) -> timedelta:
        """How long a session may be left alone."""
        return timedelta(minutes=self.section.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """How long a session may last."""
        return timedelta(hours=self.section.longest_hours)

    @property
    def oidc(self) -> bool:
        """Whether people sign in at a provider."""
        return self.section.oidc_issuer is not None

    def secret_values(self) -> tuple[str, ...]:
        """All that must never be seen."""
        return tuple(value for value in (self.key, *keys_in(self.key), self.oidc_secret) if value)


def read_sign_in(
    section: SignInSection | None, env: Mapping[str, str], blame: Callable[[str], None]
) -> SignInSettings:
    """The section with the environment's secrets; a fault of those is told by the variable."""
    section = section or SignInSection()
    key = env.get(KEY_VARIABLE, "").strip()
    if any(len(each) < _SHORTEST_KEY for each in keys_in(key)):
        blame(
            f"{KEY_VARIABLE}: each key in it should be {_SHORTEST_KEY} characters or more, made by "
            "chance, with commas between the keys"
        )
    return SignInSettings(section, key, env.get(OIDC_VARIABLE, "").strip())
