"""Many letters by one connection: RFC 5321, pipelined where the relay can (RFC 2920).

One answer is waited for per letter: with the end of one, the relay is told for whom the next is.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from publishers.channels._base import ChannelBroken, TryLater
from publishers.lists._base import Gone, Later, Outcome, Refused, Taken
from publishers.lists._relay import EmailOptions, Reply, connect, reply_of

MOST_LETTERS = 500
"""That one connection takes; then there is a new one."""
_SURE_FOR = 5.0
"""Seconds for which an idle connection is believed to be open."""
_GOOD_BYE = 1.0
_DONE, _GO_ON, _CLOSING, _TOO_LARGE = 250, 354, 421, 552
_NOT_SIGNED_IN = (530, 534, 535, 538)
_NOBODY = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)")
"""Nobody is there, or there is no such place (RFC 3463, 3.2 and 3.3; RFC 7505)."""
_NOBODY_CODES = (550, 551, 553)
_NOT_THEIRS = re.compile(r"relay|authenticat|denied|policy|block|spam|reject", re.IGNORECASE)
"""In words: not the recipient is what the relay minds."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter as it goes over the wire."""

    place: int
    """Among the letters that are carried together."""
    sender: str
    recipient: str
    data: bytes


class Work(Protocol):
    """Where letters come from, and who is told what became of them. Used by several threads."""

    def take(self) -> Mail | None:
        """The next letter to hand over; None when there is none."""

    def put_back(self, mail: Mail) -> None:
        """It was not handed over, and may go by another connection."""

    def settle(self, mail: Mail, outcome: Outcome) -> None:
        """What became of it."""


class Lost(Exception):
    """The connection is gone; that says nothing of any letter."""


class Connection:
    """An open connection. Raises `TryLater` or `ChannelBroken` where there is none to be had."""

    def __init__(self, options: EmailOptions, name: str) -> None:
        self._client = connect(options, name)
        self._pipelines = self._client.has_extn("pipelining")
        self._is_international = self._client.has_extn("smtputf8")
        size = self._client.esmtp_features.get("size", "") if self._client.does_esmtp else ""
        self._largest = int(size) if size.isdecimal() else 0
        self.handled = 0
        """Letters of which the relay said what becomes of them."""
        self.used_at = time.monotonic()

    @property
    def is_worn(self) -> bool:
        """Whether it carried its share."""
        return self.handled >= MOST_LETTERS

    def is_alive(self) -> bool:
        """Whether the relay kept it open while nobody used it."""
        if time.monotonic() - self.used_at < _SURE_FOR:
            return True
        return self.answers()

    def answers(self) -> bool:
        """Whether somebody is at the other end."""
        try:
            return self._client.noop()[0] == _DONE
        except OSError:
            return False

    def close(self) -> None:
        """Say good-bye, where that is quick."""
        if self._client.sock is not None:
            self._client.sock.settimeout(_GOOD_BYE)
        with contextlib.suppress(OSError):
            self._client.quit()
        self._client.close()

    def drop(self) -> None:
        """Let go of it without a word."""
        self._client.close()

    def carry(self, work: Work) -> None:
        """Hand letters over until there are no more, or it is worn.

        Raises `Lost` where the connection broke, `TryLater` and `ChannelBroken` where the relay
        takes nothing at all. Each letter that was taken is settled or put back even then.
        """
        mail, is_announced = self._next(work), False
        while mail is not None:
            mail, is_announced = self._hand_over(mail, work, is_announced=is_announced)
        self.used_at = time.monotonic()

    def _next(self, work: Work) -> Mail | None:
        """The next letter that this relay can take by what it said of itself."""
        while not self.is_worn and (mail := work.take()) is not None:
            why = self._cannot_take(mail)
            if not why:
                return mail
            work.settle(mail, Refused(why))
        return None

    def _cannot_take(self, mail: Mail) -> str:
        if not mail.recipient.isascii() and not self._is_international:
            return "the relay takes no address with letters beyond a to z (SMTPUTF8)"
        if 0 < self._largest < len(mail.data):
            return f"the relay takes no letters of more than {self._largest} bytes"
        return ""

    def _hand_over(self, mail: Mail, work: Work, *, is_announced: bool) -> tuple[Mail | None, bool]:
        """One letter; answers the next one, and whether the relay was told of it already."""
        following, given = None, False
        try:
            outcome = self._asked(mail, is_announced=is_announced)
            if outcome is None:
                given = True
                following = self._next(work)
                self._give(mail, following)
                outcome = judged_letter(self._read())
            else:
                self._say(b"RSET\r\n")
        except (Lost, TryLater, ChannelBroken):
            if given:
                work.settle(mail, Later("the relay did not say whether it took the letter"))
            else:
                work.put_back(mail)
            if following is not None:
                work.put_back(following)
            raise
        self.handled += 1
        work.settle(mail, outcome)
        return following or self._next(work), following is not None and self._pipelines

    def _give(self, mail: Mail, following: Mail | None) -> None:
        """A letter itself; with its end goes word of the next one, where the relay can take it."""
        ahead = self._envelope(following) if following is not None and self._pipelines else ()
        self._send(_body(mail), *ahead)

    def _asked(self, mail: Mail, *, is_announced: bool) -> Outcome | None:
        """Whether the relay wants a letter: None, it waits for it; else what becomes of it."""
        if self._pipelines:
            if not is_announced:
                self._send(*self._envelope(mail))
            replies = [self._read() for _ in _JUDGES]
            return self._judged_together(replies)
        for command, judged in zip(self._envelope(mail), _JUDGES, strict=True):
            outcome = judged(self._say(command))
            if outcome is not None:
                return outcome
        return None

    def _judged_together(self, replies: Sequence[Reply]) -> Outcome | None:
        """What the first answer means that does not let the letter in."""
        for judged, reply in zip(_JUDGES, replies, strict=True):
            outcome = judged(reply)
            if outcome is not None:
                if replies[-1].code == _GO_ON:
                    # It waits for a letter to nobody: an empty one ends that (RFC 2920, 3.1).
                    self._say(b".\r\n")
                return outcome
        return None

    def _say(self, command: bytes) -> Reply:
        self._send(command)
        return self._read()

    def _envelope(self, mail: Mail) -> Iterator[bytes]:
        international = "" if mail.recipient.isascii() else " SMTPUTF8 BODY=8BITMIME"
        yield f"MAIL FROM:<{mail.sender}>{international}\r\n".encode("ascii")
        yield f"RCPT TO:<{mail.recipient}>\r\n".encode()
        yield b"DATA\r\n"

    def _send(self, *lines: bytes) -> None:
        if self._client.sock is None:
            raise Lost("the relay hung up")
        try:
            self._client.sock.sendall(b"".join(lines))
        except TimeoutError:
            raise TryLater("the relay does not read in time") from None
        except OSError:
            raise Lost("the relay hung up") from None

    def _read(self) -> Reply:
        try:
            reply = reply_of(*self._client.getreply())
        except smtplib.SMTPServerDisconnected as problem:
            # smtplib hides a silent server behind one that hung up.
            if isinstance(problem.__context__, TimeoutError):
                raise TryLater("the relay does not answer in time") from None
            raise Lost("the relay hung up") from None
        except OSError:
            raise Lost("the relay's answer makes no sense") from None
        if reply.code == _CLOSING:
            raise Lost(f"the relay hung up: {reply}")
        return reply


def _body(mail: Mail) -> bytes:
    """A letter with its end; a line's first dot is doubled (RFC 5321, 4.5.2)."""
    return mail.data.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def judged_sender(reply: Reply) -> Outcome | None:
    """What an answer to MAIL means; it is the same for every letter, but for its size.

    Raises `TryLater`, `ChannelBroken`.
    """
    if reply.code == _DONE:
        return None
    if reply.code == _TOO_LARGE:
        return Refused(f"the relay does not take the letter: {reply}")
    failed = TryLater if reply.is_temporary else ChannelBroken
    raise failed(f"the relay does not take mail from our sender: {reply}")


def judged_recipient(reply: Reply) -> Outcome | None:
    """What an answer to RCPT means. Raises `ChannelBroken`."""
    if 200 <= reply.code < 300:
        return None
    _must_be_signed_in(reply)
    if reply.is_temporary:
        return Later(f"the relay does not take it yet: {reply}")
    return Gone(f"nobody is there: {reply}") if _is_nobody(reply) else _refused(reply)


def judged_data(reply: Reply) -> Outcome | None:
    """What an answer to DATA means. Raises `ChannelBroken`."""
    if reply.code == _GO_ON:
        return None
    _must_be_signed_in(reply)
    if reply.is_temporary:
        return Later(f"the relay does not take it yet: {reply}")
    return _refused(reply)


def judged_letter(reply: Reply) -> Outcome:
    """What an answer to a whole letter means."""
    if 200 <= reply.code < 300:
        return Taken()
    if reply.is_temporary:
        return Later(f"the relay does not take it yet: {reply}")
    if _NOBODY.fullmatch(reply.enhanced):
        return Gone(f"nobody is there: {reply}")
    return _refused(reply)


_JUDGES = (judged_sender, judged_recipient, judged_data)
"""Of the answers to an envelope, one after the other."""


def _must_be_signed_in(reply: Reply) -> None:
    if reply.code in _NOT_SIGNED_IN:
        raise ChannelBroken(f"the relay wants us to sign in: {reply}")


def _is_nobody(reply: Reply) -> bool:
    if reply.enhanced:
        return _NOBODY.fullmatch(reply.enhanced) is not None
    return reply.code in _NOBODY_CODES and not _NOT_THEIRS.search(reply.text)


def _refused(reply: Reply) -> Refused:
    return Refused(f"the relay does not take the letter: {reply}")
