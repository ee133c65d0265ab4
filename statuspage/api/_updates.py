"""Corrections of published updates, and postmortems: written as a draft, published, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from incidents import actions
from incidents.errors import InvalidInput, NotFound, NotPossible
from incidents.inputs import ADVICE
from incidents.models import Draft, Incident
from incidents.proposed import CORRECTED, TAKEN_BACK
from incidents.status import CLOSED, IncidentKind, Status
from incidents.view import PublicIncident, PublicUpdate
from publishers.documents._v2 import Entries
from statuspage.api import _saying as saying
from statuspage.api._calls import Answer, Call
from statuspage.api._incidents import after, must_be_seen, row_of, update_of
from statuspage.api._inputs import CorrectionBody, PostmortemBody, PublishBody
from statuspage.api._telling import Telling, postmortem_in


def correct(call: Call[CorrectionBody]) -> Answer:
    """Put a published update right: what it said stays readable, with the reason."""
    said = call.body.incident_update
    service = call.house.service
    with call.house.db.read() as session:
        entry, number = update_of(call, session)
    update = next(update for update in entry.updates if update.number == number)
    reason = said.reason
    data: dict[str, Any] = {
        "incident": entry.id,
        "update": str(number),
        "reason": (
            call.our_words(CORRECTED)
            if reason is None
            else saying.in_every_language(reason, service)
        ),
    }
    if said.texts is not None:
        data["texts"] = {key: text.model_dump() for key, text in said.texts.items()}
    elif said.body:
        headlines = {locale: text.headline for locale, text in update.texts.items()}
        data["texts"] = saying.texts_of(said.body, headlines, service)
    elif said.fields:
        data["fields"] = said.fields
    data |= saying.advice_in(said, service)
    if "figures" in said.model_fields_set:
        data["figures"] = [figure.model_dump() for figure in said.figures or ()]
    if not {"texts", "fields", "figures", *ADVICE} & set(data):
        raise InvalidInput("body: is missing; say what it should have said")
    data |= _seen(call)
    outcome = call.publish(
        lambda by, desk: actions.correct_update(desk, by.bearer.login, by.now, data), said
    )
    return after(call, outcome) if outcome.draft_id else _update(call, entry.id, number)


def _update(call: Call[Any], incident_id: str, number: int) -> Answer:
    with call.house.db.read() as session:
        entry = call.listing(session).entries([incident_id])[0]
    update = next(update for update in entry.updates if update.number == number)
    return Answer(Telling(call.house.service).update(entry, update))


@dataclass(frozen=True, slots=True)
class _Postmortem:
    """What there is of a postmortem: its entry, its draft, what was published. Its version is the
    entry's."""

    entry: PublicIncident
    version: int
    drafts: list[Draft]
    published: PublicUpdate | None

    @property
    def draft(self) -> Draft | None:
        return self.drafts[-1] if self.drafts else None


def _found(call: Call[Any], session: Session, row: Incident) -> _Postmortem:
    listing = call.listing(session)
    drafts = [
        draft
        for draft in listing.drafts_of(row.id)
        if draft.action == "post_update" and draft.input.get("status") == Status.POSTMORTEM
    ]
    entry = listing.entries([row.id])[0]
    return _Postmortem(entry, row.version, drafts, postmortem_in(entry))


def _looked_up(call: Call[Any]) -> _Postmortem:
    with call.house.db.read() as session:
        return _found(call, session, row_of(call, session))


def _about_to_change(call: Call[Any]) -> _Postmortem:
    """The same, where the client saw this version."""
    with call.house.db.read() as session:
        row = row_of(call, session)
        must_be_seen(call, row)
        return _found(call, session, row)


def _seen(call: Call[Any]) -> dict[str, int]:
    """The version that the client saw, as an action takes it."""
    return {} if call.version is None else {"version": call.version}


def show_postmortem(call: Call[Any]) -> Answer:
    found = _looked_up(call)
    if found.draft is None and found.published is None:
        raise NotFound("postmortem: there is none yet; PUT one")
    return _answer(call, found)


def _answer(call: Call[Any], found: _Postmortem) -> Answer:
    return Answer(_told(call, found), etag=str(found.version))


def _told(call: Call[Any], found: _Postmortem) -> dict[str, Any]:
    service = call.house.service
    telling = Telling(service)
    draft, published = found.draft, found.published
    written = draft.created_at if draft else None
    latest = (published.updated_at or published.at) if published else None
    v2 = Entries(service, service.default_locale)
    return {
        "preview_key": None,
        "body": v2.body(found.entry, published) if published else None,
        "body_updated_at": telling.at(latest),
        "body_draft": _body_in(draft.input, service.default_locale) if draft else None,
        "body_draft_updated_at": telling.at(written),
        "published_at": telling.at(published.at if published else None),
        "notify_subscribers": published is not None,
        "notify_twitter": False,
        "custom_tweet": None,
        "created_at": telling.at(_earliest(written, published.at if published else None)),
        "updated_at": telling.at(written or latest),
    }


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _body_in(kept: Mapping[str, Any], locale: str) -> str | None:
    text = (kept.get("texts") or {}).get(locale)
    return text["body"] if text else None


def write_postmortem(call: Call[PostmortemBody]) -> Answer:
    """Keep a postmortem as a draft, in place of the one that was kept before."""
    said = call.body.postmortem
    service = call.house.service
    found = _about_to_change(call)
    _must_be_over(found.entry)
    if said.texts is not None:
        texts: dict[str, Any] = {key: text.model_dump() for key, text in said.texts.items()}
    elif said.body_draft:
        texts = saying.texts_of(said.body_draft, found.entry.name, service)
    else:
        raise InvalidInput("body_draft: is missing; say what was learnt")
    data = {"incident": found.entry.id, "status": Status.POSTMORTEM, "texts": texts, **_seen(call)}
    kept = call.act(
        lambda by, desk: actions.save_draft(desk, by.bearer.login, by.now, "post_update", data)
    )
    # Only now: where the new one is refused, the old one stays.
    _discard(call, [draft for draft in found.drafts if draft.id != kept.draft_id])
    return _answer(call, _looked_up(call))


def _must_be_over(entry: PublicIncident) -> None:
    if entry.kind is not IncidentKind.INCIDENT or entry.status not in CLOSED:
        raise NotPossible("a postmortem is of an incident that is resolved")


def _discard(call: Call[Any], drafts: list[Draft]) -> None:
    for kept in drafts:
        actions.discard_draft(call.house.desk, call.bearer.login, call.now, kept.id)


def publish_postmortem(call: Call[PublishBody]) -> Answer:
    """Publish the draft. Own words may have to wait for a second person."""
    found = _about_to_change(call)
    draft = found.draft
    if draft is None and call.done is not None:
        return _answer(call, found)
    if draft is None:
        raise NotPossible("there is no draft of a postmortem; PUT one first")
    written = {name: said for name, said in draft.input.items() if name != "version"}
    data = {**written, "incident": found.entry.id, **_seen(call)}
    outcome = call.publish(
        lambda by, desk: actions.post_update(desk, by.bearer.login, by.now, data),
        call.body.postmortem,
    )
    _discard(call, found.drafts)
    return after(call, outcome) if outcome.draft_id else _answer(call, _looked_up(call))


def revert_postmortem(call: Call[Any]) -> Answer:
    """Take a published postmortem back: it stays readable, struck through."""
    found = _about_to_change(call)
    if call.done is not None:
        return _answer(call, found)
    if found.published is None:
        raise NotPossible("no postmortem is published")
    data = {
        "incident": found.entry.id,
        "update": str(found.published.number),
        "reason": call.our_words(TAKEN_BACK),
        **_seen(call),
    }
    call.act(lambda by, desk: actions.retract_update(desk, by.bearer.login, by.now, data))
    return _answer(call, _looked_up(call))


def delete_postmortem(call: Call[Any]) -> Answer:
    """Throw the draft away. What was published does not disappear."""
    found = _about_to_change(call)
    if found.draft is None:
        raise NotPossible("there is no draft; a published postmortem is reverted, not deleted")
    _discard(call, found.drafts)
    return Answer(None, 204)
