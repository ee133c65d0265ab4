"""The way to a mail relay: connected, guarded, signed in. Python's `smtplib` does it.

What is said of a fault names no person's address and no secret.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass

from publishers.channels._base import ChannelBroken, TryLater

_LONGEST = 200
_MAILBOX = re.compile(r"[^\s<>,;:()\[\]\"']+@(?=[\w\[])")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")


@dataclass(frozen=True, slots=True, repr=False)
class EmailOptions:
    """How the relay is reached, and who writes."""

    host: str
    sender: str
    """The From address, with a name that people know."""
    port: int = 587
    security: str = "starttls"
    """How the way there is guarded: "starttls", "tls" or "none"."""
    user: str = ""
    """"": nobody signs in."""
    password: str = ""
    reply_to: str = ""
    bounces: str = ""
    """Where letters come back to; "" for the sender's own address."""
    sub_addresses: bool = True
    """Whether `bounces` has sub-addresses."""
    connections: int = 4
    """To have at a time."""
    timeout: float = 30.0
    """Seconds in which the relay has to answer, each time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the relay answered."""

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """As in "5.1.1" (RFC 3463); "" where the relay does not say."""
        found = _ENHANCED.match(self.text)
        return found.group() if found else ""

    @property
    def is_temporary(self) -> bool:
        """Whether the same may be taken later."""
        return 400 <= self.code < 500

    def __str__(self) -> str:
        said = _MAILBOX.sub("…@", " ".join(self.text.split()))
        shown = "".join(char if char.isprintable() else "?" for char in said)
        return f"{self.code} {shown[:_LONGEST]}".strip()


def reply_of(code: int, text: bytes | str) -> Reply:
    """What smtplib read."""
    return Reply(code, text if isinstance(text, str) else text.decode("utf-8", "replace"))


def connect(options: EmailOptions, name: str) -> smtplib.SMTP:
    """A connection that may send, from a host of that name. Raises `TryLater`, `ChannelBroken`."""
    where = f"the relay {options.host}"
    try:
        return _connected(options, name)
    except ssl.SSLCertVerificationError as problem:
        why = f"the certificate of {where} does not hold: {problem.verify_message}"
        raise ChannelBroken(why) from None
    except smtplib.SMTPNotSupportedError:
        lacks = "no STARTTLS" if options.security == "starttls" else "no way to sign in"
        raise ChannelBroken(f"{where} offers {lacks} that we know") from None
    except smtplib.SMTPAuthenticationError as problem:
        reply = reply_of(problem.smtp_code, problem.smtp_error)
        failed = TryLater if reply.is_temporary else ChannelBroken
        raise failed(f"{where} does not let us sign in: {reply}") from None
    except smtplib.SMTPResponseException as problem:
        reply = reply_of(problem.smtp_code, problem.smtp_error)
        raise TryLater(f"{where} does not want us now: {reply}") from None
    except UnicodeEncodeError:
        raise ChannelBroken("user and password of the relay must be ASCII") from None
    except TimeoutError:
        raise TryLater(f"{where} does not answer in time") from None
    except OSError as problem:
        raise TryLater(f"{where} cannot be reached: {_in_words(problem)}") from None


def _connected(options: EmailOptions, name: str) -> smtplib.SMTP:
    client = _opened(options, name)
    try:
        client.ehlo_or_helo_if_needed()
        if options.security == "starttls":
            client.starttls(context=ssl.create_default_context())
            client.ehlo_or_helo_if_needed()
        if options.user:
            client.login(options.user, options.password)
        if client.sock is not None:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException as problem:
        client.close()
        # smtplib hides a silent server behind one that hung up.
        if isinstance(problem.__context__, TimeoutError):
            raise TimeoutError from None
        raise
    return client


def _opened(options: EmailOptions, name: str) -> smtplib.SMTP:
    host, port, seconds = options.host, options.port, options.timeout
    if options.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, name, timeout=seconds, context=context)
    return smtplib.SMTP(host, port, name, timeout=seconds)


def _in_words(problem: OSError) -> str:
    if isinstance(problem, smtplib.SMTPServerDisconnected):
        return "it hung up"
    return problem.strerror or type(problem).__name__
