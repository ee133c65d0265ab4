"""The settings of the lists: how subscribers are reached, and who sees their data on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from incidents.calm import parse_quiet_hours
from incidents.status import ListMode
from statuspage._settings_file import Fault, Section, Text, checked, is_loopback
from statuspage._sign_in_settings import KEY_VARIABLE

EMAIL_PASSWORD = "AVVISO_EMAIL_PASSWORD"  # noqa: S105  its name
PUSH_KEY = "AVVISO_PUSH_KEY"
# What every relay takes: a host beyond ASCII is written as the DNS knows it, "xn--…".
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
RESERVED = frozenset(map(str, ListMode))
"""Names that no channel of the file may have."""


def _sender(value: str) -> str:
    if not value.isprintable() or not _ADDRESS.fullmatch(parseaddr(value)[1]):
        raise ValueError('should be like "Comune di Esempio <stato@example.org>"')
    return value


def _plain_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("should be like bounces@example.org")
    return value


def _contact(value: str) -> str:
    if not value.startswith(("mailto:", "https://")):
        raise ValueError("should be a mailto: or https:// address")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("should be a host like push.example.org")
    return value


def _quiet_hours(value: str) -> str:
    if value:
        parse_quiet_hours(value)
    return value


class ListSection(Section):
    """What every list has."""

    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = ""
    """Hours of each day in which nothing of low impact goes out to this list, as
    `channels.quiet_hours`."""
    quiet_below: Literal["minor", "major", "critical"] = "major"
    """What counts as low, as `channels.quiet_below`."""


class EmailSection(ListSection):
    """Letters to subscribers, by a mail relay: [subscribers.md](subscribers.md)."""

    host: Text
    """The relay's host."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the way there is guarded; `none` is for this machine or a network of your own."""
    user: Text | None = None
    """Who signs in there; the password is `AVVISO_EMAIL_PASSWORD`."""
    sender: Annotated[str, AfterValidator(_sender)]
    """The From address, with a name that people know."""
    reply_to: Annotated[str, AfterValidator(_plain_address)] | None = None
    """Where answers go; left out: to the sender."""
    bounces: Annotated[str, AfterValidator(_plain_address)] | None = None
    """The address that letters come back to, whose mail is piped to `avviso bounce`
    ([how](channels/email.md)). Where its server knows sub-addresses each letter comes back to one
    of its own, `bounces+…@example.org`."""
    sub_addresses: bool = True
    """Whether `bounces` has sub-addresses (`bounces+anything@example.org`)."""
    connections: Annotated[int, Field(ge=1, le=16)] = 4
    """Connections to the relay at a time."""


class WebhookSection(ListSection):
    """Statuspage's webhook messages, to whoever subscribed an address."""

    timeout: Annotated[int, Field(ge=1, le=30)] = 10
    """Seconds that a receiver has to answer."""
    private: bool = False
    """Whether receivers may be inside your own network. Leave it out: strangers choose them."""


class PushSection(ListSection):
    """Messages to browsers (web push). The key pair is `AVVISO_PUSH_KEY`."""

    contact: Annotated[str, AfterValidator(_contact)]
    """Whom push services may ask when something is wrong, as in `mailto:web@example.org`."""
    services: tuple[Annotated[str, AfterValidator(_host)], ...] = (
        "googleapis.com",
        "push.services.mozilla.com",
        "push.apple.com",
        "notify.windows.com",
    )
    """The browsers' push services: hosts, with all that are below them. A browser that uses another
    one is told that it cannot get messages; so nobody makes us write to just any address."""


class PrivacySection(Section):
    """What the privacy page says of subscribers' data, and how long it is kept."""

    processors: tuple[Text, ...] = ()
    """Who sees data on its way, beside the push services of the browsers: the mail relay's
    company, the host."""
    responsible: Text | None = None
    """Who answers for the data, and how they are reached."""
    unconfirmed_hours: Annotated[int, Field(ge=1, le=720)] = 48
    """Hours after which a request that nobody confirmed is erased; the link is good as long."""
    unsubscribed_days: Annotated[int, Field(ge=0, le=365)] = 7
    """Days in which an unsubscription can be undone; then the address is erased."""
    quarantined_days: Annotated[int, Field(ge=1, le=365)] = 90
    """Days after which an address that letters came back from is erased."""
    link_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """Hours for which the link to one's own choices is good."""


@dataclass(frozen=True, slots=True)
class ListSettings:
    """The lists that were set, with their secrets."""

    email: EmailSection | None = None
    webhook: WebhookSection | None = None
    push: PushSection | None = None
    privacy: PrivacySection = field(default_factory=PrivacySection)
    email_password: str = field(default="", repr=False)
    push_key: str = field(default="", repr=False)
    """A P-256 private key: its 32 bytes in base64url."""
    keys: tuple[str, ...] = field(default=(), repr=False)
    """What links and webhooks' messages are signed with, those of AVVISO_SECRET_KEY: the newest
    first, the others are still good."""

    @property
    def modes(self) -> tuple[ListMode, ...]:
        """The lists that there are, in a fixed order; each is a channel of that name."""
        return tuple(self.sections)

    @property
    def sections(self) -> Mapping[ListMode, ListSection]:
        """What is set of each of them."""
        sections = {
            ListMode.EMAIL: self.email,
            ListMode.WEBHOOK: self.webhook,
            ListMode.PUSH: self.push,
        }
        return {mode: section for mode, section in sections.items() if section}

    @property
    def names(self) -> tuple[str, ...]:
        """The same as names of channels."""
        return tuple(str(mode) for mode in self.modes)

    @property
    def push_public_key(self) -> str:
        """What browsers ask for (RFC 8292, 3.2): a point in base64url; "" for none."""
        if not (self.push and self.push_key):
            return ""
        from publishers.lists._push_crypto import public_key  # takes time, and few need it

        return public_key(self.push_key)

    def secret_values(self) -> tuple[str, ...]:
        known = (self.email_password, self.push_key, *self.keys)
        return tuple(value for value in known if value)

    def missing_secrets(self) -> tuple[str, ...]:
        """The environment's variables that the lists need and that are not set."""
        needed = {
            EMAIL_PASSWORD: bool(self.email and self.email.user and not self.email_password),
            PUSH_KEY: bool(self.push and not self.push_key),
            KEY_VARIABLE: bool(self.modes and not self.keys),
        }
        return tuple(name for name, is_missing in needed.items() if is_missing)


def read_lists(
    raw: Mapping[str, object],
    env: Mapping[str, str],
    keys: tuple[str, ...],
    blame: Callable[[Iterable[Fault]], None],
    blame_variable: Callable[[str], None],
) -> ListSettings:
    """The sections `[email]`, `[webhook]`, `[push]` and `[privacy]`; faults are told."""
    found: dict[str, Section | None] = {}
    for key, model in _MODELS.items():
        if key in raw:
            section, faults = checked(model, raw[key], key)
            blame(faults)
            found[key] = section
    email = found.get("email")
    if isinstance(email, EmailSection):
        blame(_email_faults(email))
    for fault in _variable_faults(env):
        blame_variable(fault)
    privacy = found.get("privacy")
    webhook, push = found.get("webhook"), found.get("push")
    return ListSettings(
        email=email if isinstance(email, EmailSection) else None,
        webhook=webhook if isinstance(webhook, WebhookSection) else None,
        push=push if isinstance(push, PushSection) else None,
        privacy=privacy if isinstance(privacy, PrivacySection) else PrivacySection(),
        email_password=env.get(EMAIL_PASSWORD, ""),
        push_key=env.get(PUSH_KEY, ""),
        keys=keys,
    )


_MODELS: Mapping[str, type[Section]] = {
    "email": EmailSection,
    "webhook": WebhookSection,
    "push": PushSection,
    "privacy": PrivacySection,
}


def _email_faults(email: EmailSection) -> Iterator[Fault]:
    if email.security == "none" and email.user and not is_loopback(email.host):
        yield "email.security", "a password needs starttls or tls"


def _variable_faults(env: Mapping[str, str]) -> Iterator[str]:
    from publishers.lists._push_crypto import is_private_key  # half of a command's start

    key = env.get(PUSH_KEY, "")
    if key and not is_private_key(key):
        yield f"{PUSH_KEY}: should be what `avviso push-key` prints"
