"""A letter as an e-mail, byte for byte. Pure: the same letter gives the same bytes.

What all recipients of a publication read in one language is composed once, by Python's own `email`
package and by templates. It has gaps, and each recipient's address, ids and links are put there.
"""

from __future__ import annotations

import re
from base64 import b32encode
from binascii import b2a_qp
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from hashlib import sha256
from html import escape
from urllib.parse import quote, urlsplit

import idna

from incidents.view import Service
from publishers.lists import _mail_texts as texts
from publishers.lists._base import Letter, Links, News

# Quoted-printable never holds "=_": no text ends its own part (RFC 2045, 6.7).
_BOUNDARY = "=_avviso"
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,64}@[A-Za-z0-9.-]{1,253}")
_SAFE_IN_URL = "!#$%&'()*+,/:;=?@[]~"
_GAPS = ("from", "subject", "to", "id", "thread", "token", "unsubscribe")
_DIGEST = 20
"""Bytes of a Message-ID that tell it from all others."""


class CannotBeWritten(Exception):
    """No e-mail can be made of a letter; the message says why, and names no address."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and where answers go."""

    sender: str
    """As in "Comune di Esempio <stato@example.org>"."""
    reply_to: str = ""
    signed: bool = False
    """Whether each letter carries the token by which it is known when it comes back."""

    @property
    def address(self) -> str:
        """The bare address, its host as the DNS knows it. Raises `CannotBeWritten`."""
        return plain_address(parseaddr(texts.one_line(self.sender))[1])

    @property
    def name(self) -> str:
        """Who that is, in words."""
        return parseaddr(texts.one_line(self.sender))[0].strip()

    @property
    def host(self) -> str:
        """The host of the address."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mould:
    """An e-mail for everybody who reads one language, with gaps for what is one recipient's."""

    subject: str
    text: str
    pieces: Sequence[bytes | str]
    """Bytes as they are, and the names of the gaps between them."""


def plain_address(address: str) -> str:
    """An address that may stand in a head, its host as the DNS knows it.

    Raises `CannotBeWritten`.
    """
    if address.isascii() and _ADDRESS.fullmatch(address):
        return address
    local, _, host = address.rpartition("@")
    try:
        known = f"{local}@{idna.encode(host, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        known = ""
    if not _ADDRESS.fullmatch(known):
        raise CannotBeWritten("this is no address that mail can be sent to")
    return known


def compose_news(
    service: Service, head: Letterhead, news: News, locale: str, links: Links
) -> Mould:
    """A publication in one language; of `links` it only matters which there are."""
    said = texts.news(service, news, locale, links)
    list_id = f"<avviso.{urlsplit(service.url).hostname}>"
    more = {**_thread(news), "List-Id": list_id, "Precedence": "bulk", **_one_click(links)}
    return _mould(head, said, locale, more, news.at)


def compose_note(service: Service, head: Letterhead, letter: Letter, at: datetime) -> Mould:
    """A letter about a subscription. Raises `CannotBeWritten` for one that nobody knows."""
    said = texts.note(service, letter)
    if said is None:
        raise CannotBeWritten(f"there is no letter of the kind “{letter.about}”")
    return _mould(head, said, letter.locale, _one_click(letter.links), at)


def _thread(news: News) -> Mapping[str, str]:
    """Later letters name the first about their incident; that one names none (RFC 5322, 3.6.4)."""
    if news.first or not news.entry:
        return {}
    return {"In-Reply-To": "<{thread}@gap.invalid>", "References": "<{thread}@gap.invalid>"}


def _one_click(links: Links) -> Mapping[str, str]:
    """How mail programs unsubscribe for somebody (RFC 2369, 8058)."""
    if not links.unsubscribe:
        return {}
    return {
        "List-Unsubscribe": "<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _mould(
    head: Letterhead, said: texts.Said, locale: str, more: Mapping[str, str], at: datetime
) -> Mould:
    # Nobody writes a text that holds its own digest: what people write never looks like a gap.
    mark = sha256(repr((said, locale, head)).encode()).hexdigest()[:24]
    gaps = {name: f"{mark}-{name}-" for name in _GAPS}
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{gaps['from']}@gap.invalid"
    mail["To"] = f"{gaps['to']}@gap.invalid"
    if head.reply_to:
        mail["Reply-To"] = Address(addr_spec=plain_address(head.reply_to))
    mail["Subject"] = gaps["subject"]
    mail["Date"] = format_datetime(at.replace(microsecond=0))
    mail["Message-ID"] = f"<{gaps['id']}@gap.invalid>"
    for key, value in more.items():
        mail[key] = value.format(**gaps) if "{" in value else value
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if head.signed:
        mail["Avviso-Token"] = gaps["token"]
    mail.set_content(f"{mark}-text-\n", cte="quoted-printable")
    mail.add_alternative(f"{mark}-html-\n", subtype="html", cte="quoted-printable")
    mail.set_boundary(_BOUNDARY)
    mail["Content-Language"] = locale
    known: Mapping[str, Iterable[bytes | str]] = {
        "from": [_mailbox(head)],
        "subject": [_words("Subject", said.subject)],
        "text": _body(said.text, "text"),
        "html": _body(said.html, "html"),
    }
    preview = texts.GAP.sub("…", said.text)
    return Mould(said.subject, preview, tuple(_pieces(mail.as_bytes(), mark, known)))


def _words(name: str, text: str) -> bytes:
    """Words as a head has them (RFC 2047). `EmailMessage` puts spaces into long ones of its own."""
    is_plain = text.isascii() and "=?" not in text
    header = Header(text, "us-ascii" if is_plain else "utf-8", header_name=name)
    return header.encode(linesep="\r\n").encode("ascii")


def _mailbox(head: Letterhead) -> bytes:
    """As in "Comune di Esempio <stato@example.org>" (RFC 5322, 3.4)."""
    if head.name.isascii():
        return formataddr((head.name, head.address)).encode("ascii")
    return _words("From", head.name) + b"\r\n <%s>" % head.address.encode("ascii")


def _pieces(
    mail: bytes, mark: str, known: Mapping[str, Iterable[bytes | str]]
) -> Iterator[bytes | str]:
    """The bytes between the gaps; those that are known already are filled."""
    gap = re.compile(rb"%s-([a-z]+)-(?:@gap\.invalid)?" % mark.encode())
    for place, part in enumerate(gap.split(mail)):
        name = part.decode("ascii") if place % 2 else ""
        yield from known.get(name, [name or part])


def _body(text: str, form: str) -> Iterator[bytes | str]:
    """A body in quoted-printable, with soft line breaks around each gap (RFC 2045, 6.7)."""
    *before, last = texts.GAP.split(text.removesuffix("\n"))
    for place, part in enumerate(before):
        if place % 2:
            yield f"{form} {part}"
            yield b"=\r\n"
        else:
            yield quoted(part) + b"=\r\n"
    yield quoted(last)


def quoted(text: str) -> bytes:
    """Text in quoted-printable, with the line ends of the wire."""
    return b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")


def fill_in(mould: Mould, values: Mapping[str, bytes]) -> bytes:
    """A recipient's own e-mail."""
    return b"".join([each if isinstance(each, bytes) else values[each] for each in mould.pieces])


def values_of(letter: Letter, host: str, token: str) -> Mapping[str, bytes]:
    """What goes into the gaps of a recipient. Raises `CannotBeWritten`."""
    links = letter.links
    values = {
        "to": plain_address(letter.address).encode(),
        "id": message_id(letter, host),
        "token": token.encode("ascii"),
    }
    if letter.news is not None:
        values["thread"] = thread_id(letter, host)
    for name in texts.LINKS:
        if link := getattr(links, name):
            # Only what a URL may hold (RFC 3986): one of a page whose host is not ASCII, too.
            plain = quote(link, safe=_SAFE_IN_URL)
            values[name] = plain.encode("ascii")
            values[f"text {name}"] = quoted(plain)
            values[f"html {name}"] = quoted(escape(plain))
    return values


def message_id(letter: Letter, host: str) -> bytes:
    """The same for every attempt, and nobody else's; without its "<" and ">"."""
    if letter.news is not None and letter.news.first and letter.news.entry:
        return thread_id(letter, host)
    return _id(f"letter {letter.key}", host)


def thread_id(letter: Letter, host: str) -> bytes:
    """The id of the first letter about its incident, whether this recipient had that or not."""
    entry = letter.news.entry if letter.news else ""
    return _id(f"thread {entry} {letter.address.lower()}", host)


def _id(text: str, host: str) -> bytes:
    digest = sha256(text.encode()).digest()[:_DIGEST]
    return b32encode(digest).lower() + b"@" + host.encode("ascii")
