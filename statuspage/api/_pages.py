"""The page itself, its notice templates, and what the API says of things that it does not have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from incidents.models import Event, Page
from incidents.status import Status
from incidents.texts import NoticeTemplate, TextLibrary
from statuspage.api._calls import Answer, Call, Paging
from statuspage.api._errors import Refused
from statuspage.api._saying import FIRST_WORDS, LATER_WORDS
from statuspage.api._telling import Telling


def _told(call: Call[Any]) -> dict[str, Any]:
    with call.house.db.read() as session:
        page = session.scalars(select(Page)).one()
        changed = session.scalar(
            select(Event.at).where(Event.public.is_(True)).order_by(Event.seq.desc()).limit(1)
        )
    modes = call.house.settings.lists.modes
    return Telling(call.house.service).page(page.created_at, changed or page.created_at, modes)


def list_pages(call: Call[Any]) -> Answer:
    return Answer([_told(call)])


def show_page(call: Call[Any]) -> Answer:
    return Answer(_told(call))


def refuse_to_change(_call: Call[Any]) -> Answer:
    """What the page is called and how it looks stands in the settings file."""
    raise Refused(422, "page: is set in the settings file; see [service] and [theme] there")


def list_templates(call: Call[Any]) -> Answer:
    texts = call.house.texts
    keys = texts.notice_keys()
    paging = call.paging()
    start = (paging.number - 1) * paging.size
    shown = [_template(call, texts, key) for key in keys[start : start + paging.size]]
    return Answer(shown, paging=Paging(paging.number, paging.size, len(keys)))


def _template(call: Call[Any], texts: TextLibrary, key: str) -> dict[str, Any]:
    service = call.house.service
    own = texts.notice(key, service.default_locale)
    shown = texts.longest(key, service.default_locale)
    titles = {locale: texts.notice(key, locale).title for locale in service.locales}
    return {
        "id": key,
        "components": [],
        "name": own.title,
        "title": shown.headline,
        "body": shown.body,
        "group_id": None,
        "update_status": _status(own),
        "should_tweet": True,
        "should_send_notifications": True,
        "avviso": {
            "kind": own.kind,
            "titles": titles,
            "fields": [
                {
                    "name": field.name,
                    "type": field.type,
                    "label": field.label,
                    "help": field.help,
                    "required": field.required,
                }
                for field in own.fields
            ],
        },
    }


def _status(template: NoticeTemplate) -> Status | None:
    """The status that it goes with, where it goes with one alone."""
    by_kind = {
        "acknowledgement": Status.INVESTIGATING,
        "advance-notice": Status.SCHEDULED,
        "postmortem": Status.POSTMORTEM,
    }
    if template.key in FIRST_WORDS.values() or template.kind in by_kind:
        return by_kind.get(template.kind)
    ends = [Status.MONITORING, Status.RESOLVED, Status.IN_PROGRESS, Status.COMPLETED]
    return next((status for status in ends if LATER_WORDS[status] == template.key), None)
