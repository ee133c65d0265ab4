"""Components, incidents and updates as Atlassian Statuspage's public API v2 gives them.

The order of the keys is that of captured replies, and nothing is in them that clients, who were
written against those, would not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from incidents.status import Impact, IncidentKind, Status, worst
from incidents.view import (
    Localized,
    Overview,
    PublicChange,
    PublicComponent,
    PublicCorrection,
    PublicGroup,
    PublicIncident,
    PublicRetraction,
    PublicUpdate,
    Service,
)
from publishers.documents._base import page_url
from publishers.documents._characters import harmless
from publishers.documents._phrases import N_
from publishers.documents._remembered import Remembered
from publishers.documents._render import Page

Json = dict[str, Any]
_UTC_NAMES = frozenset({"UTC", "UCT"})
_UPDATES: Remembered[list[Json]] = Remembered()
_X_POST = re.compile(r"/status(?:es)?/(\d+)")


def timestamp(service: Service, moment: datetime) -> str:
    """As in "2020-12-08T14:26:00.000+01:00", by the page's clock; "Z" where that shows UTC."""
    local = moment.astimezone(service.time_zone)
    written = local.isoformat(timespec="milliseconds")
    # London in winter stands at +00:00 and is not UTC: only the zone's own name decides.
    return f"{written[:-6]}Z" if local.tzname() in _UTC_NAMES else written


@dataclass(frozen=True)
class Entries:
    """The API's objects that need to know no more than themselves, in one language, as JSON."""

    service: Service
    locale: str

    @cached_property
    def words(self) -> Page:
        return Page(self.service, self.locale, "")

    def component(self, component: PublicComponent) -> Json:
        start = component.start_date
        return {
            "id": component.id,
            "name": self._name(component.name),
            "status": component.status,
            "created_at": self._at(component.created_at),
            "updated_at": self._at(component.updated_at),
            "position": component.position,
            "description": self._text(component.description) or None,
            "showcase": True,
            "start_date": start.isoformat() if start else None,
            "group_id": self._group_of(component),
            "page_id": self.service.id,
            "group": False,
            "only_show_if_degraded": component.only_show_if_degraded,
        }

    def incident(self, entry: PublicIncident) -> Json:
        """An incident; planned work and notices have their schedule as the last two keys."""
        told: Json = {
            "id": entry.id,
            "name": self._name(entry.name),
            "status": _status(entry),
            "created_at": self._at(entry.told_at),
            "updated_at": self._at(entry.updated_at),
            "monitoring_at": self._at_or_null(entry.monitoring_at),
            "resolved_at": self._at_or_null(entry.resolved_at or entry.cancelled_at),
            "impact": _impact(entry),
            "shortlink": page_url(self.service, self.locale, f"incidents/{entry.id}/"),
            "started_at": self._at(entry.started_at),
            "page_id": self.service.id,
            "incident_updates": self.updates(entry),
            "components": [self.component(component) for component in entry.components],
        }
        if entry.kind is not IncidentKind.INCIDENT:
            # An end that nobody knows yet is null: any date would be an invention.
            told["scheduled_for"] = self._at(entry.scheduled_for or entry.started_at)
            told["scheduled_until"] = self._at_or_null(entry.scheduled_until)
        return told

    def updates(self, entry: PublicIncident) -> list[Json]:
        """An entry's updates, the newest first; not to be changed."""

        def make() -> list[Json]:
            return [self.update(entry, update) for update in entry.updates]

        return _UPDATES.of(self.service, self.locale, entry, make)

    def update(self, entry: PublicIncident, update: PublicUpdate) -> Json:
        at = self._at(update.at)
        return {
            "id": update.id,
            "status": update.status,
            "body": self.body(entry, update),
            "incident_id": entry.id,
            "created_at": at,
            "updated_at": self._at(update.updated_at or update.at),
            "display_at": at,
            "affected_components": [self._change(change) for change in update.changes] or None,
            "deliver_notifications": not entry.backdated,
            "custom_tweet": None,
            "tweet_id": _tweet_id(entry, update),
        }

    def _change(self, change: PublicChange) -> Json:
        return {
            "code": change.component_id,
            "name": self._name(change.name),
            "old_status": change.old,
            "new_status": change.new,
        }

    def body(self, entry: PublicIncident, update: PublicUpdate) -> str:
        """Headline and text in one, Markdown.

        Clients show an update's body and nothing else of it, and ours often say the main thing
        (who is hit, the apology) only in the headline; but not where the entry's name says it.
        """
        text = self.words.text(update.texts)
        told = text.body or text.short
        repeated = text.headline in entry.name.values() or told.startswith(text.headline)
        parts = (
            self._note(N_("Withdrawn at {when}."), update.retraction) if update.retraction else "",
            "" if repeated and told else text.headline,
            told,
            *self._advice(update),
            *(
                self._note(N_("Corrected at {when}."), correction)
                for correction in update.corrections
            ),
        )
        return harmless("\n\n".join(part for part in parts if part))

    def _advice(self, update: PublicUpdate) -> Iterator[str]:
        """As in "What to do: wait for the next update". What was withdrawn advises nothing."""
        labelled = (
            (N_("Who still cannot: {who}"), "who", update.still_cannot),
            (N_("What to do: {what}"), "what", update.to_do),
            (N_("What not to do: {what}"), "what", update.not_to_do),
        )
        for phrase, place, texts in labelled if update.retraction is None else ():
            if said := self.words.plain(texts):
                yield self.words.words.gettext(phrase).format(**{place: said})

    def _note(self, mark: str, change: PublicCorrection | PublicRetraction) -> str:
        """As in "Corrected at 14:40 on Tuesday 8 December 2020. Why: the hour was wrong"."""
        words = self.words.words
        marked = words.gettext(mark).format(when=words.when(change.at))
        reason = self.words.plain(change.reason)
        if not reason:
            return marked
        return f"{marked} {words.gettext('Why: {reason}').format(reason=reason)}"

    def _group_of(self, component: PublicComponent) -> str | None:
        """Its group's id."""
        return component.group_id

    def _at(self, moment: datetime) -> str:
        return timestamp(self.service, moment)

    def _at_or_null(self, moment: datetime | None) -> str | None:
        return self._at(moment) if moment else None

    def _text(self, texts: Localized) -> str:
        return harmless(self.words.plain(texts))

    def _name(self, texts: Localized) -> str:
        return self._text(texts) or self.words.words.gettext("Unnamed")

    def page_at(self, updated_at: datetime) -> Json:
        """The page; `updated_at` is when anything public last changed."""
        service = self.service
        zone = service.time_zone.key
        return {
            "id": service.id,
            "name": self._name(service.name),
            "url": page_url(service, self.locale).rstrip("/"),
            "time_zone": "Etc/UTC" if zone in _UTC_NAMES else zone,
            "updated_at": self._at(updated_at),
        }


@dataclass(frozen=True)
class Objects(Entries):
    """The API's objects for one view in one language, as they go into JSON."""

    view: Overview

    def page(self) -> Json:
        """What every reply opens with."""
        return self.page_at(self.view.updated_at)

    def components(self) -> Iterator[Json]:
        """Groups and lone components by position, each group followed by its components."""
        inner: dict[str | None, list[PublicComponent]] = {}
        for component in sorted(self.view.components, key=_place):
            inner.setdefault(self._group_of(component), []).append(component)
        for entry in sorted((*self.view.groups, *inner.get(None, ())), key=_place):
            if isinstance(entry, PublicComponent):
                yield self.component(entry)
            else:
                children = inner.get(entry.id, [])
                yield self.group(entry, children)
                yield from map(self.component, children)

    def group(self, group: PublicGroup, children: list[PublicComponent]) -> Json:
        """A group is a component with the worst status of its own; it is never showcased itself."""
        return {
            "id": group.id,
            "name": self._name(group.name),
            "status": worst(component.status for component in children),
            "created_at": self._at(group.created_at),
            "updated_at": self._at(group.updated_at),
            "position": group.position,
            "description": self._text(group.description) or None,
            "showcase": False,
            "start_date": None,
            "group_id": None,
            "page_id": self.service.id,
            "group": True,
            "only_show_if_degraded": False,
            "components": [component.id for component in children],
        }

    def _group_of(self, component: PublicComponent) -> str | None:
        """Its group's id; None also where the group is not public, lest clients look for it."""
        return component.group_id if component.group_id in self._group_ids else None

    @cached_property
    def _group_ids(self) -> frozenset[str]:
        return frozenset(group.id for group in self.view.groups)


def _place(entry: PublicGroup | PublicComponent) -> tuple[int, str]:
    return entry.position, entry.id


def _status(entry: PublicIncident) -> Status:
    """The API knows no cancelling: to its clients the matter is settled."""
    if entry.cancelled_at is None:
        return entry.status
    return Status.RESOLVED if entry.kind is IncidentKind.INCIDENT else Status.COMPLETED


def _impact(entry: PublicIncident) -> Impact:
    if entry.kind is IncidentKind.MAINTENANCE:
        return Impact.MAINTENANCE
    # A notice announces load, not work: nothing is out of order because of it.
    return Impact.NONE if entry.kind is IncidentKind.ADVANCE_NOTICE else entry.impact


def _tweet_id(entry: PublicIncident, update: PublicUpdate) -> str | None:
    """The id of the update's post on X, found in its address."""
    posts = (p.url for p in entry.posts if p.kind == "x" and p.update_number == update.number)
    ids = (found.group(1) for url in posts if (found := _X_POST.search(url)))
    return next(ids, None)
