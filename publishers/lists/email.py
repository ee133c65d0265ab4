"""E-mail: letters to subscribers by a mail relay (RFC 5321, 5322, 2369, 8058, 3834).

A letter that is carried twice has the same Message-ID. The relay's job is to sign (DKIM) and to
keep trying; what it gives up comes back, as `avviso bounce` reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from incidents.view import Service
from publishers.channels._base import Post
from publishers.lists import _mail
from publishers.lists._base import Carried, Carrier, Letter, Links, News
from publishers.lists._mail import Letterhead, Mould
from publishers.lists._pool import Pool
from publishers.lists._relay import EmailOptions as EmailOptions
from publishers.lists._smtp import Mail
from publishers.lists._work import Letters

LIMIT = 100_000
"""Bytes beyond which mail programs hide the end of a letter."""
_PER_CONNECTION = 10
"""Letters for which another connection is worth its while."""
_MOST_MOULDS = 32
_LONGEST_LOCAL = 64
"""Of an address, before its "@" (RFC 5321, 4.5.3.1.1)."""


def _now() -> datetime:
    return datetime.now(UTC)


class List(Carrier):
    """Hands letters to one relay, by a few connections that are used again and again."""

    def __init__(
        self,
        options: EmailOptions,
        service: Service,
        token_of: Callable[[str], str] | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """`token_of` gives an address's token, by which a letter is known that comes back."""
        self.options = options
        self.service = service
        self._token_of = token_of
        self._now = now
        self._head = Letterhead(options.sender, options.reply_to, signed=token_of is not None)
        self._moulds: dict[object, Mould] = {}
        self._composing = threading.Lock()
        self._pool = Pool(options, self._head.host)
        self._threads = ThreadPoolExecutor(options.connections, "email")

    def carry(self, letters: Sequence[Letter]) -> Carried:
        """Hand each of them over, by as many connections as are worth it."""
        work = Letters(letters, self._write)
        helpers = min(self.options.connections - 1, len(letters) // _PER_CONNECTION)
        helping = [self._threads.submit(self._pool.carry, work) for _ in range(helpers)]
        self._pool.carry(work)
        for each in helping:
            each.result()
        return work.carried()

    def preview(self, news: News, locale: str) -> Post:
        """The subject and the plain text without its links; the length is the whole letter's."""
        links = Links(manage=self.service.url, unsubscribe=self.service.url)
        letter = Letter("preview", "you@example.org", locale, links, news)
        mould = _mail.compose_news(self.service, self._head, news, locale, links)
        values = _mail.values_of(letter, self._head.host, "")
        length = len(_mail.fill_in(mould, values))
        return Post(f"{mould.subject}\n\n{mould.text}", length, LIMIT)

    def check(self) -> str:
        """Connect, sign in, and leave again; answers which relay it was."""
        return self._pool.check()

    def close(self) -> None:
        """Let go of the connections."""
        self._threads.shutdown()
        self._pool.close()

    def _write(self, letter: Letter, place: int) -> Mail:
        """One letter's bytes and envelope. Raises `CannotBeWritten`."""
        token = self._token_of(letter.address) if self._token_of else ""
        values = _mail.values_of(letter, self._head.host, token)
        data = _mail.fill_in(self._mould(letter), values)
        return Mail(place, self._sender(token), values["to"].decode(), data)

    def _sender(self, token: str) -> str:
        """Where this very letter comes back to (VERP), or all of them."""
        bounces = self.options.bounces
        local, _, host = bounces.rpartition("@")
        own = f"{local}+{token}"
        if bounces and token and self.options.sub_addresses and len(own) <= _LONGEST_LOCAL:
            return f"{own}@{host}"
        return bounces or self._head.address

    def _mould(self, letter: Letter) -> Mould:
        """The letter with gaps, composed once for all who read it in this language."""
        if letter.news is None:
            return _mail.compose_note(self.service, self._head, letter, self._now())
        news, links = letter.news, letter.links
        key = (news.key, letter.locale, bool(links.manage), bool(links.unsubscribe))
        with self._composing:
            if key not in self._moulds:
                if len(self._moulds) >= _MOST_MOULDS:
                    self._moulds.clear()
                made = _mail.compose_news(self.service, self._head, news, letter.locale, links)
                self._moulds[key] = made
            return self._moulds[key]
