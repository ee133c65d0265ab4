"""`/history.rss` and `/history.atom` in Atlassian Statuspage's own shape, known flaws included.

Consumers were written against that shape: they look for <maintenanceEndDate>, for
"<strong>Resolved</strong>", for an id that is the link, and for a day padded with a space. So a
planned entry's pubDate lies in the future, and labels and months are English in every language.
Feeds that are valid by every rule are beside them, in `feeds`.

Where no capture tells how Statuspage does it, it is decided here: the newest 50 incidents and the
planned entries that `/api/v2` gives, newest first by when they were announced; a body's paragraphs,
which cannot stand inside the update's own, become lines; an end that nobody knows is left out; an
entry's link has no slash at its end, and servers redirect it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import nh3
from markupsafe import Markup

from incidents.status import IncidentKind, Status
from incidents.view import Overview, PublicIncident, PublicUpdate
from publishers.documents._base import Document, locale_prefix, page_url
from publishers.documents._characters import harmless
from publishers.documents._items import stamp
from publishers.documents._remembered import Remembered
from publishers.documents._render import Page, markdown
from publishers.documents._v2 import Entries

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABELS = {
    Status.INVESTIGATING: "Investigating",
    Status.IDENTIFIED: "Identified",
    Status.MONITORING: "Monitoring",
    Status.RESOLVED: "Resolved",
    Status.POSTMORTEM: "Postmortem",
    Status.SCHEDULED: "Scheduled",
    Status.IN_PROGRESS: "In progress",
    Status.VERIFYING: "Verifying",
    Status.COMPLETED: "Completed",
}
_TOLD: Remembered[str] = Remembered()
_INLINE = {"br", "strong", "em", "a", "code"}
_BLOCK_END = re.compile(r"</(?:p|li|ul|ol|blockquote)>\s*(?=<(?:p|ul|ol|blockquote)>)")


def overview(view: Overview) -> Iterator[Document]:
    """history.rss and history.atom of every locale."""
    for locale in view.service.locales:
        prefix = locale_prefix(view.service, locale)
        history = _History(view, locale)
        yield Document(f"{prefix}history.rss", _written(history.rss()))
        yield Document(f"{prefix}history.atom", _written(history.atom()))


class _History:
    """What both formats say of one view in one language."""

    def __init__(self, view: Overview, locale: str) -> None:
        self.service = view.service
        self.locale = locale
        self.home = page_url(self.service, locale).rstrip("/")
        self.entries = _newest_first(view)
        self.updated_at = view.updated_at
        self._page = Page(self.service, locale, "")
        self._v2 = Entries(self.service, locale)

    def rss(self) -> ET.Element:
        """The whole document."""
        dublin_core = "http://purl.org/dc/elements/1.1/"
        rss = ET.Element("rss", {"version": "2.0", "xmlns:dc": dublin_core})
        channel = ET.SubElement(rss, "channel")
        _add(channel, "title", self._title())
        _add(channel, "link", self.home)
        _add(channel, "description", "Statuspage")
        _add(channel, "pubDate", self._rfc822(self.updated_at))
        for entry in self.entries:
            item = ET.SubElement(channel, "item")
            _add(item, "title", self._name(entry))
            _add(item, "description", self._html(entry))
            _add(item, "pubDate", self._rfc822(_published(entry)))
            if entry.kind is not IncidentKind.INCIDENT and entry.scheduled_until:
                _add(item, "maintenanceEndDate", self._rfc822(entry.scheduled_until))
            _add(item, "link", self._link(entry))
            _add(item, "guid", self._link(entry))
        return rss

    def atom(self) -> ET.Element:
        """The whole document."""
        host = urlsplit(self.service.url).hostname
        tree = locale_prefix(self.service, self.locale)
        names = {"xml:lang": self.locale, "xmlns": "http://www.w3.org/2005/Atom"}
        feed = ET.Element("feed", names)
        _add(feed, "id", f"tag:{host},2005:/{tree}history")
        _link(feed, "alternate", "text/html", self.home)
        _link(feed, "self", "application/atom+xml", f"{self.home}/history.atom")
        _add(feed, "title", self._title())
        _add(feed, "updated", _utc(self.updated_at))
        author = ET.SubElement(feed, "author")
        _add(author, "name", self._service_name())
        for shown in self.entries:
            entry = ET.SubElement(feed, "entry")
            _add(entry, "id", f"tag:{host},2005:Incident/{shown.number}")
            _add(entry, "published", _utc(shown.updates[0].at))
            _add(entry, "updated", _utc(shown.updates[0].at))
            _link(entry, "alternate", "text/html", self._link(shown))
            _add(entry, "title", self._name(shown))
            _add(entry, "content", self._html(shown), type="html")
        return feed

    def _title(self) -> str:
        name = self._service_name()
        status = "" if name.lower().endswith("status") else " Status"
        return f"{name}{status} - Incident History"

    def _service_name(self) -> str:
        return harmless(self._page.plain(self.service.name)) or "Unnamed"

    def _name(self, entry: PublicIncident) -> str:
        return harmless(self._page.plain(entry.name)) or self._page.words.gettext("Unnamed")

    def _link(self, entry: PublicIncident) -> str:
        return f"{self.home}/incidents/{entry.id}"

    def _rfc822(self, moment: datetime) -> str:
        return format_datetime(stamp(self.service, moment))

    def _html(self, entry: PublicIncident) -> str:
        return _TOLD.of(self.service, self.locale, entry, lambda: self._written_out(entry))

    def _written_out(self, entry: PublicIncident) -> str:
        """The event, when it is planned, then the updates, newest first, with nothing between."""
        before = [*(update.status for update in entry.updates[1:]), None]
        told = (
            self._update(entry, update, "Update" if update.status is last else None)
            for update, last in zip(entry.updates, before, strict=True)
        )
        return Markup("").join((self._event(entry), *told))

    def _event(self, entry: PublicIncident) -> Markup:
        if entry.kind is IncidentKind.INCIDENT or entry.scheduled_for is None:
            return Markup("")
        start, end = self._local(entry.scheduled_for), entry.scheduled_until
        when = _moment(start)
        if end is not None:
            local = self._local(end)
            same_day = local.date() == start.date()
            when = Markup("{} - {}").format(when, _time(local) if same_day else _moment(local))
        return Markup("<p><strong>THIS IS A SCHEDULED EVENT {} {}</strong></p>").format(
            when, self._local(end or entry.scheduled_for).tzname()
        )

    def _update(self, entry: PublicIncident, update: PublicUpdate, label: str | None) -> Markup:
        local = self._local(update.at)
        return Markup("<p><small>{} {}</small><br><strong>{}</strong> - {}</p>").format(
            _moment(local),
            local.tzname(),
            label or _LABELS[update.status],
            _one_paragraph(self._v2.body(entry, update)),
        )

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.service.time_zone)


def _newest_first(view: Overview) -> list[PublicIncident]:
    everywhere = (*view.incidents, *view.maintenances, *view.active, *view.upcoming, *view.past)
    found = {entry.id: entry for entry in everywhere}
    return sorted(found.values(), key=lambda entry: (entry.told_at, entry.number), reverse=True)


def _published(entry: PublicIncident) -> datetime:
    """The latest update's time; what is still to come has the time for which it is planned."""
    planned = entry.open and entry.status is Status.SCHEDULED
    return (entry.scheduled_for if planned else None) or entry.updates[0].at


def _moment(local: datetime) -> Markup:
    """As in "Dec <var data-var='date'> 8</var>, <var data-var='time'>14:26</var>"."""
    day = Markup("{} <var data-var='date'>{:>2}</var>").format(_MONTHS[local.month - 1], local.day)
    return Markup("{}, {}").format(day, _time(local))


def _time(local: datetime) -> Markup:
    return Markup("<var data-var='time'>{}</var>").format(f"{local:%H:%M}")


def _one_paragraph(body: str) -> Markup:
    """Markdown as harmless HTML that may stand inside a paragraph: blocks become lines."""
    spaced = _BLOCK_END.sub("\n\n", str(markdown(body))).replace("<li>", "- ")
    plain = nh3.clean(
        spaced, tags=_INLINE, attributes={"a": {"href"}}, link_rel="nofollow noopener"
    )
    lines = re.sub(r"<br>\n?", "\n", re.sub(r"\n{3,}", "\n\n", plain.strip()))
    return Markup(lines.replace("\n", "<br />"))  # noqa: S704 - nh3 made it, and we add breaks


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    # A plain string: ElementTree escapes by `replace`, in which Markup would escape once more.
    ET.SubElement(parent, tag, attributes).text = str(text)


def _link(parent: ET.Element, rel: str, media_type: str, href: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "type": media_type, "href": href})


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    body: bytes = ET.tostring(root, encoding="utf-8")
    return head.encode() + body + b"\n"
