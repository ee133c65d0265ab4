"""Reminds operators: of a promise that is near or late, of a broken channel, of a post that nobody
sees. By chat and by mail, in a thread of its own, so that nothing that goes out to citizens waits.
"""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

import structlog

from incidents import prompts
from incidents.actions import Desk
from incidents.locales import LocaleError, Words, load_words
from incidents.prompts import About, Due
from incidents.status import PublicationKind
from publishers.channels._base import (
    ChannelBroken,
    MaybeSent,
    Message,
    Publisher,
    Rejected,
    TryLater,
)
from publishers.documents._phrases import N_
from statuspage.clock import Clock

log = structlog.get_logger()

MAIL = "mail"
"""The place of what goes by mail; no channel is called so, as `email` is a list's name."""
EVERY = 20.0
"""Seconds between two looks."""
_CATALOGUES = Path(__file__).parents[1] / "templates" / "console" / "locales"
_PHRASES: Mapping[About, str] = {
    About.NEAR: N_("#{number} {name}: the promised update is due by {when}."),
    About.LATE: N_("#{number} {name}: the update promised by {when} is overdue."),
    About.BROKEN: N_("The channel {channel} is broken: {why}"),
    About.UNSEEN: N_("The post of #{number} on {channel} is out, but a reader does not see it."),
}
_REFUSED = (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
Connect = Callable[[], smtplib.SMTP]
"""Opens a connection to the relay. Raises `TryLater`, `ChannelBroken`."""


class Mailer:
    """Sends plain letters to a few operators."""

    def __init__(self, connect: Connect, sender: str, recipients: Sequence[str]) -> None:
        self.connect = connect
        self.sender = sender
        self.recipients = tuple(recipients)

    def send(self, subject: str, text: str, now: datetime) -> None:
        """Raises `TryLater` and `ChannelBroken` where it was surely not sent, else `MaybeSent`."""
        letter = EmailMessage()
        letter["From"] = self.sender
        letter["To"] = ", ".join(self.recipients)
        letter["Subject"] = " ".join(subject.split())
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = make_msgid(domain=parseaddr(self.sender)[1].rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        client = self.connect()
        try:
            refused = client.send_message(letter, from_addr=parseaddr(self.sender)[1])
            if refused:
                log.error("prompt_mail_refused", recipients=len(refused))
        except _REFUSED as problem:
            raise TryLater(f"the relay refuses it ({type(problem).__name__})") from None
        except (smtplib.SMTPException, OSError) as problem:
            raise MaybeSent(f"the relay did not answer ({type(problem).__name__})") from None
        finally:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()


class Prompter:
    """Says what is due to each of the operators' places."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        rooms: Mapping[str, Publisher],
        mailer: Mailer | None = None,
        before: timedelta = timedelta(minutes=5),
    ) -> None:
        self.desk = desk
        self.clock = clock
        self.rooms = rooms
        self.mailer = mailer
        self.before = before
        self.words = _words(desk)

    @property
    def places(self) -> tuple[str, ...]:
        return (*self.rooms, *([MAIL] if self.mailer else []))

    def turn(self) -> None:
        """One look, and what it finds said. Raises `SQLAlchemyError`."""
        now = self.clock.now()
        with self.desk.db.read() as session:
            found = prompts.due_prompts(session, now, self.before)
            who = prompts.on_duty(session) if found else ""
        for place in self.places:
            self._say_all(place, [(due, self.text(due, who)) for due in found])
        prompts.forget_prompts(self.desk.db, now)

    def close(self) -> None:
        for room in self.rooms.values():
            room.close()

    def text(self, due: Due, who: str) -> str:
        """The words, and who is on duty."""
        spoken, default = self.words, self.desk.service.default_locale
        said = spoken.gettext(_PHRASES[due.about]).format(
            number=due.number,
            name=due.name.get(default, ""),
            when=spoken.when(due.moment) if due.moment else "",
            channel=due.channel,
            why=due.why,
        )
        duty = spoken.gettext("On duty: {who}.").format(who=who)
        return f"{said} {duty if who else spoken.gettext('Nobody is on duty.')}"

    def _say_all(self, place: str, said: Sequence[tuple[Due, str]]) -> None:
        for due, text in said:
            taken = prompts.take(self.desk.db, due.key, place, self.clock.now())
            if taken and not self._say(place, due, text):
                return  # the rest at the next look: by then some of it may be settled

    def _say(self, place: str, due: Due, text: str) -> bool:
        """Whether the place is there."""
        db, key = self.desk.db, due.key
        try:
            self._send(place, due, text, self.clock.now())
        except (TryLater, ChannelBroken) as problem:
            log.warning("prompt_later", place=place, why=str(problem))
            wait = problem.retry_after if isinstance(problem, TryLater) else None
            prompts.settle_unsent(db, key, place, self.clock.now(), str(problem), wait)
        except Rejected as problem:
            log.error("prompt_refused", place=place, why=str(problem))
            prompts.settle_refused(db, key, place, str(problem))
            return True
        except MaybeSent as problem:
            log.warning("prompt_unknown", place=place, why=str(problem))
            prompts.settle_unknown(db, key, place, str(problem))
        except Exception as problem:  # a fault of one place must not silence the others
            log.exception("prompt_fault", place=place)
            prompts.settle_unknown(db, key, place, type(problem).__name__)
        else:
            log.info("prompt_sent", place=place, key=key)
            prompts.settle_sent(db, key, place, self.clock.now())
            return True
        return False

    def _send(self, place: str, due: Due, text: str, now: datetime) -> None:
        if place == MAIL and self.mailer:
            self.mailer.send(text, f"{text}\n\n{self._board}\n", now)
        else:
            self._post(self.rooms[place], due, text, now)

    @property
    def _board(self) -> str:
        return f"{self.desk.service.url}/console/"

    def _post(self, room: Publisher, due: Due, text: str, now: datetime) -> None:
        service = self.desk.service
        message = Message(
            key=hashlib.sha256(due.key.encode()).hexdigest()[:32],
            reference="",
            kind=PublicationKind.REMINDER,
            locale=service.default_locale,
            status=service.name[service.default_locale],
            name=service.name[service.default_locale],
            headline=text,
            short=text,
            body=text,
            url=self._board,
            at=now,
        )
        room.publish(message, room.compose(message))


def _words(desk: Desk) -> Words:
    """Those of the console in the service's default language, else English."""
    locale, zone = desk.service.default_locale, desk.service.time_zone
    try:
        return load_words(_CATALOGUES, locale, zone)
    except LocaleError:
        return load_words(_CATALOGUES, "en", zone)
