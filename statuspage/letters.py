"""What subscribers are told: a publication as news, and one letter of it for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import exists, select

from incidents.actions import Desk
from incidents.models import ComponentChange, Incident, Publication
from incidents.queries import Reader
from incidents.status import Impact, IncidentKind, ListMode, Origin, PublicationKind
from incidents.subscribers import Kept, LetterKind, Recipient
from incidents.view import PublicText
from publishers.documents._base import page_url, update_path
from publishers.documents._phrases import told_status
from publishers.lists._base import Letter, Links, News
from statuspage.subscriber_links import Purpose, make_token
from statuspage.webhook_payload import change_messages, incident_messages

FRESH_FOR = timedelta(hours=48)
"""How long a browser that was off is still told."""
_KEY = 22
"""Characters of an address's key that tell one from all others: 132 bits."""


@dataclass(frozen=True)
class Writer:
    """Writes letters: it knows the service, and the keys that links are signed with."""

    desk: Desk
    keys: Sequence[str]
    confirm_within: timedelta
    manage_within: timedelta

    def news(self, mode: ListMode, publication: Publication, now: datetime) -> News:
        """A publication as all subscribers of a list get it."""
        with self.desk.db.read() as session:
            reader = Reader(session, self.desk.service, self.desk.texts, now)
            is_for_programs = mode is ListMode.WEBHOOK
            payload = incident_messages(reader, publication.incident_id) if is_for_programs else {}
            entry = session.get_one(Incident, publication.incident_id)
            kind, impact = entry.kind, entry.impact
            is_later = session.scalar(
                select(
                    exists().where(
                        Publication.incident_id == publication.incident_id,
                        Publication.event_seq < publication.event_seq,
                    )
                )
            )
        return news_of(
            self.desk,
            publication,
            entry_kind=kind,
            impact=impact,
            first=not is_later,
            payload=payload,
        )

    def news_of_change(self, change: ComponentChange, now: datetime) -> News:
        """A component's new status, for programs."""
        with self.desk.db.read() as session:
            reader = Reader(session, self.desk.service, self.desk.texts, now)
            payload = change_messages(reader, change)
        return News(
            key=f"c{change.id}",
            entry="",
            kind=PublicationKind.UPDATE,
            entry_kind=IncidentKind.INCIDENT,
            first=False,
            status=None,
            impact=Impact.NONE,
            at=change.at,
            next_update_by=None,
            names={},
            statuses={},
            texts={},
            reasons={},
            urls={},
            reference="",
            payload=payload,
            expires_at=change.at + FRESH_FOR,
        )

    def letter(self, mode: ListMode, news: News, recipient: Recipient) -> Letter:
        """The news for one of them."""
        locale = self._locale(recipient)
        return Letter(
            key=f"{news.key}.{recipient.address_key[:_KEY]}",
            address=recipient.address,
            locale=locale,
            links=Links(
                manage=self._address("subscribe/", locale),
                unsubscribe=self._link(
                    locale, Purpose.UNSUBSCRIBE, mode, recipient.address_key, None
                ),
            ),
            news=news,
            keys=recipient.keys,
            subscriber=recipient.address_key,
        )

    def about(self, kept: Kept, now: datetime) -> Letter:
        """A letter about the subscription itself; a webhook's goes to its owner."""
        recipient = kept.recipient
        locale = self._locale(recipient)
        of_webhook = kept.mode is ListMode.WEBHOOK
        return Letter(
            key=f"l{kept.id}.{recipient.address_key[:_KEY]}",
            address=(recipient.contact or "") if of_webhook else recipient.address,
            locale=locale,
            links=self._links_about(kept, locale, now),
            about=str(kept.kind),
            subject=recipient.address if of_webhook else "",
            keys=recipient.keys,
        )

    def _links_about(self, kept: Kept, locale: str, now: datetime) -> Links:
        if kept.kind is LetterKind.CONFIRM:
            until = kept.created_at + self.confirm_within
            link = self._link(locale, Purpose.CONFIRM, kept.mode, kept.subscriber_id, until)
            return Links(manage=self._address("subscribe/", locale), confirm=link)
        key = kept.recipient.address_key
        until = now + self.manage_within
        return Links(
            manage=self._link(locale, Purpose.MANAGE, kept.mode, key, until),
            unsubscribe=self._link(locale, Purpose.UNSUBSCRIBE, kept.mode, key, None),
        )

    def _link(
        self, locale: str, purpose: Purpose, mode: ListMode, subject: str, until: datetime | None
    ) -> str:
        token = make_token(self.keys, purpose, mode, subject, until)
        return self._address(f"subscriptions/{purpose}/{token}", locale)

    def _address(self, path: str, locale: str) -> str:
        return page_url(self.desk.service, locale, path)

    def _locale(self, recipient: Recipient) -> str:
        service = self.desk.service
        is_ours = recipient.locale in service.locales
        return recipient.locale if is_ours else service.default_locale


def news_of(
    desk: Desk,
    publication: Publication,
    *,
    entry_kind: IncidentKind = IncidentKind.INCIDENT,
    impact: Impact = Impact.NONE,
    first: bool = False,
    payload: Mapping[str, Any] = MappingProxyType({}),
) -> News:
    """A publication as news; what is of its entry, and not of itself, is said beside it."""
    service, words = desk.service, desk.texts.words
    locales = service.locales
    path = update_path(publication.incident_id, publication.update_number)
    status = told_status(publication.status, cancelled=publication.cancelled)
    return News(
        key=publication.id,
        entry=publication.incident_id,
        kind=publication.kind,
        entry_kind=entry_kind,
        first=first,
        status=publication.status,
        impact=impact,
        at=publication.at,
        next_update_by=publication.next_update_by,
        names=publication.name,
        statuses={locale: words[locale].gettext(status) for locale in locales},
        texts={locale: PublicText(**text) for locale, text in publication.texts.items()},
        reasons=publication.reason,
        urls={locale: page_url(service, locale, path) for locale in locales},
        reference=f"#{publication.reference}",
        automatic=publication.origin is Origin.AUTOMATIC,
        payload=payload,
        expires_at=publication.at + FRESH_FOR,
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """An e-mail about a publication before it goes out."""

    subject: str
    text: str
    """Its plain text; the reader's own links are left out."""


def previews(desk: Desk, publication: Publication) -> Mapping[str, Preview]:
    """By locale, the e-mail that the first reader of that language would get."""
    from publishers.lists import _mail_texts  # takes time, and few need it

    told = news_of(desk, publication)
    found = {}
    for locale in desk.service.locales:
        own = page_url(desk.service, locale, "subscribe/")
        links = Links(manage=own, unsubscribe=own)
        said = _mail_texts.news(desk.service, told, locale, links)
        found[locale] = Preview(said.subject, _mail_texts.GAP.sub("…", said.text))
    return found
