"""Makes what the API answers, in the service's default language, from views and rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from incidents.models import Incident
from incidents.queries import Fared
from incidents.status import IncidentKind, ListMode, Status
from incidents.subscribers import Found, SubscriberState
from incidents.view import (
    PublicComponent,
    PublicGroup,
    PublicIncident,
    PublicUpdate,
    Service,
)
from publishers.documents._base import page_url
from publishers.documents._v2 import Entries, timestamp

Json = dict[str, Any]
_NO_EXTRAS_OF_STATUSPAGE: Json = {
    "impact_override": None,
    "metadata": {},
    "postmortem_ignored": False,
    "postmortem_notified_twitter": False,
    "scheduled_remind_prior": False,
    "scheduled_reminded_at": None,
    "reminder_intervals": None,
}


class Telling:
    """Objects of one page, for one answer."""

    def __init__(self, service: Service, hidden: Collection[str] = ()) -> None:
        self.service = service
        self._hidden = hidden
        self._v2 = Entries(service, service.default_locale)

    def at(self, moment: datetime | None) -> str | None:
        """A moment by the page's clock."""
        return timestamp(self.service, moment) if moment else None

    def page(
        self,
        created_at: datetime | None,
        updated_at: datetime,
        modes: Collection[ListMode] = (),
    ) -> Json:
        service = self.service
        absent = ("page_description", "headline", "subdomain", "domain", "support_url")
        return {
            "id": service.id,
            "created_at": self.at(created_at),
            "updated_at": self.at(updated_at),
            "name": self._plain(service.name),
            **dict.fromkeys(absent),
            "branding": "basic",
            "url": page_url(service, service.default_locale).rstrip("/"),
            "hidden_from_search": False,
            "allow_page_subscribers": bool(modes),
            "allow_incident_subscribers": bool(modes),
            "allow_email_subscribers": ListMode.EMAIL in modes,
            "allow_sms_subscribers": False,
            "allow_webhook_subscribers": ListMode.WEBHOOK in modes,
            "allow_rss_atom_feeds": True,
            "time_zone": service.time_zone.key,
            "avviso": {
                "names": dict(service.name),
                "locales": list(service.locales),
                "default_locale": service.default_locale,
            },
        }

    def component(self, component: PublicComponent) -> Json:
        return {
            **self._v2.component(component),
            "automation_email": None,
            "avviso": {
                "key": component.key,
                "names": dict(component.name),
                "descriptions": dict(component.description),
                "hidden": component.id in self._hidden,
                "status_since": self.at(component.status_since),
            },
        }

    def group(self, key: str, group: PublicGroup, members: Sequence[str]) -> Json:
        return {
            "id": group.id,
            "page_id": self.service.id,
            "name": self._plain(group.name),
            "description": self._plain(group.description) or None,
            "components": list(members),
            "position": group.position,
            "created_at": self.at(group.created_at),
            "updated_at": self.at(group.updated_at),
            "avviso": {
                "key": key,
                "names": dict(group.name),
                "descriptions": dict(group.description),
            },
        }

    def uptime(self, named: PublicComponent | PublicGroup, how: Fared, asked: datetime) -> Json:
        """How something fared, that was asked for from a moment on."""
        ratio = how.uptime.ratio
        known = self.at(how.start)
        return {
            "id": named.id,
            "name": self._plain(named.name),
            "range_start": known,
            "range_end": self.at(how.end),
            "uptime_percentage": None if ratio is None else 100 * ratio,
            "major_outage": int(how.uptime.major),
            "partial_outage": int(how.uptime.partial),
            "warnings": f"start: nothing is known before {known}" if how.start > asked else None,
            "related_events": {"incidents": [{"id": one} for one in how.incident_ids]},
        }

    def subscriber(self, found: Found, erased_at: datetime | None) -> Json:
        """One subscriber. A browser's address opens a way to it: its service alone is told."""
        choices = found.choices
        of_a_webhook = found.mode is ListMode.WEBHOOK
        absent = ("phone_number", "phone_country", "display_phone_number")
        chats = ("obfuscated_channel_name", "workspace_name", "page_access_user_id")
        is_quarantined = found.state is SubscriberState.QUARANTINED
        return {
            "id": found.id,
            "mode": found.mode,
            "email": found.address if found.mode is ListMode.EMAIL else found.contact,
            "endpoint": found.address if of_a_webhook else None,
            **dict.fromkeys((*absent, *chats)),
            "skip_confirmation_notification": False,
            "components": list(choices.components or ()),
            "created_at": self.at(found.created_at),
            "quarantined_at": self.at(found.since) if is_quarantined else None,
            "purge_at": self.at(erased_at),
            "avviso": {
                "state": found.state,
                "since": self.at(found.since),
                "why": found.why,
                "bounces": found.bounces,
                "locale": choices.locale,
                "follows": choices.follows,
                "kinds": list(choices.kinds),
                "incidents": list(choices.incidents),
                "push_service": (
                    urlsplit(found.address).hostname if found.mode is ListMode.PUSH else None
                ),
            },
        }

    def incident(self, entry: PublicIncident, row: Incident) -> Json:
        """An entry; `row` has what only operators see of it."""
        itself = entry.kind is not IncidentKind.INCIDENT
        works = entry.kind is IncidentKind.MAINTENANCE
        plain = self._v2.incident(entry)
        return {
            "scheduled_for": None,
            "scheduled_until": None,
            **plain,
            **_NO_EXTRAS_OF_STATUSPAGE,
            **self._postmortem_of(entry),
            "incident_updates": [
                self._update(update, told)
                for update, told in zip(entry.updates, plain["incident_updates"], strict=True)
            ],
            "components": [self.component(component) for component in entry.components],
            "scheduled_auto_in_progress": itself and row.starts_itself,
            "scheduled_auto_completed": itself and row.ends_itself,
            "auto_transition_deliver_notifications_at_start": works,
            "auto_transition_deliver_notifications_at_end": works,
            "auto_transition_to_maintenance_state": works and row.starts_itself,
            "auto_transition_to_operational_state": works and row.ends_itself,
            "avviso": self._extras(entry, row),
        }

    def _extras(self, entry: PublicIncident, row: Incident) -> Json:
        return {
            "number": entry.number,
            "key": row.key,
            "kind": entry.kind,
            "names": dict(entry.name),
            "version": row.version,
            "url": page_url(self.service, self.service.default_locale, f"incidents/{entry.id}/"),
            "next_update_by": self.at(entry.next_update_by),
            "overdue": entry.overdue,
            "cancelled_at": self.at(entry.cancelled_at),
            "notice_id": entry.notice_id,
            "first_notice_after": entry.first_notice_after,
        }

    def _postmortem_of(self, entry: PublicIncident) -> Json:
        told = postmortem_in(entry)
        latest = (told.updated_at or told.at) if told else None
        return {
            "postmortem_body": self._v2.body(entry, told) if told else None,
            "postmortem_body_last_updated_at": self.at(latest),
            "postmortem_published_at": self.at(told.at if told else None),
            "postmortem_notified_subscribers": told is not None,
        }

    def update(self, entry: PublicIncident, update: PublicUpdate) -> Json:
        return self._update(update, self._v2.update(entry, update))

    def _update(self, update: PublicUpdate, told: Json) -> Json:
        """With what is ours beside what Statuspage tells of it."""
        return {
            **told,
            "twitter_updated_at": None,
            "wants_twitter_update": told["tweet_id"] is not None,
            "avviso": {
                "number": update.number,
                "texts": {
                    locale: {"headline": text.headline, "short": text.short, "body": text.body}
                    for locale, text in update.texts.items()
                },
                "untranslated": self._untranslated(update),
                "next_update_by": self.at(update.next_update_by),
                "late_by": update.late_by,
                "still_cannot": dict(update.still_cannot),
                "to_do": dict(update.to_do),
                "not_to_do": dict(update.not_to_do),
                "figures": [
                    {**asdict(figure), "as_of": self.at(figure.as_of)} for figure in update.figures
                ],
                "answers": [answer.key for answer in update.answers],
                "automatic": update.automatic,
                "corrected": len(update.corrections),
                "retracted_at": self.at(update.retraction.at if update.retraction else None),
            },
        }

    def _untranslated(self, update: PublicUpdate) -> list[str]:
        own = update.texts.get(self.service.default_locale)
        return [
            locale
            for locale, text in update.texts.items()
            if own and text.body == own.body and locale != self.service.default_locale
        ]

    def _plain(self, texts: Mapping[str, str]) -> str:
        return self._v2.words.plain(texts)


def postmortem_in(entry: PublicIncident) -> PublicUpdate | None:
    """The postmortem that an entry tells, where it was not taken back."""
    return next(
        (
            update
            for update in entry.updates
            if update.status is Status.POSTMORTEM and update.retraction is None
        ),
        None,
    )
