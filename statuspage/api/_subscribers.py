"""Subscribers, as Statuspage's clients list, add, change and remove them.

Counts are for every token. Whatever names an address needs the scope `subscribers` and an
administrator behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from incidents import queries, subscribers
from incidents.errors import InvalidInput, NotFound
from incidents.status import IncidentKind, ListMode
from incidents.subscribers import Choices, Found, Request, Search, SubscriberState
from statuspage.api._calls import Answer, Call
from statuspage.api._errors import Refused
from statuspage.api._inputs import (
    NamedSubscribers,
    SubscriberBody,
    SubscriberChange,
    SubscriberSaid,
)
from statuspage.api._telling import Telling

BY_A_PROGRAM = "said by a program: skip_confirmation_notification"
TYPES = tuple(map(str, ListMode))
STATES = ("active", "unconfirmed", "quarantined", "all")
_NOT_OURS = ("sms", "slack", "teams", "integration_partner")
_ALL = (SubscriberState.ACTIVE, SubscriberState.UNCONFIRMED, SubscriberState.QUARANTINED)


def list_subscribers(call: Call[Any]) -> Answer:
    """The newest first; those who are active, where `state` does not say otherwise."""
    modes, states = _modes(call.query.get("type")), _states(call.query.get("state"))
    return _page(call, Search(call.query.get("q", ""), modes, states), first=0)


def list_unsubscribed(call: Call[Any]) -> Answer:
    """Those who left, until they are erased."""
    return _page(call, Search(states=(SubscriberState.UNSUBSCRIBED,)))


def _page(call: Call[Any], asked: Search, first: int = 1) -> Answer:
    paging = call.paging(first)
    with call.house.db.read() as session:
        found = subscribers.search(session, asked, paging.number, paging.size)
    told = [_told(call, each) for each in found.subscribers]
    return Answer(told, paging=replace(paging, total=found.total))


def count_subscribers(call: Call[Any]) -> Answer:
    """How many there are of each type; those who are active, where `state` does not say so."""
    modes, states = _modes(call.query.get("type")), _states(call.query.get("state"))
    with call.house.db.read() as session:
        found = subscribers.histogram(session)
    counted = {
        mode: sum(found[mode][state] for state in states) if mode in modes else 0
        for mode in ListMode
    }
    return Answer(_by_type(counted, 0))


def show_histogram(call: Call[Any]) -> Answer:
    """How many there are of each type in each state."""
    with call.house.db.read() as session:
        found = subscribers.histogram(session)
    counted = {
        mode: {
            **{str(state): states[state] for state in _ALL},
            "total": sum(states[state] for state in _ALL),
        }
        for mode, states in found.items()
    }
    nobody = dict.fromkeys([*map(str, _ALL), "total"], 0)
    return Answer(_by_type(counted, nobody))


def _by_type(found: Mapping[ListMode, Any], nobody: Any) -> dict[str, Any]:
    return {
        "email": found[ListMode.EMAIL],
        "webhook": found[ListMode.WEBHOOK],
        **dict.fromkeys(_NOT_OURS, nobody),
        "avviso": {"push": found[ListMode.PUSH]},
    }


def show_subscriber(call: Call[Any]) -> Answer:
    return Answer(_show(call, call.args["subscriber_id"]))


def _show(call: Call[Any], subscriber_id: str) -> dict[str, Any]:
    with call.house.db.read() as session:
        return _told(call, subscribers.one(session, subscriber_id))


def add_subscriber(call: Call[SubscriberBody]) -> Answer:
    """A letter asks them to confirm. With `skip_confirmation_notification` they are active at once,
    because they agreed elsewhere: the trail keeps that, and where, as `consent` says."""
    said = call.body.subscriber
    with call.house.db.read() as session:
        choices = _choices(call, session, said)
    return Answer(_added(call, _request(said, choices), said), 201)


def _added(call: Call[Any], request: Request, said: SubscriberSaid) -> dict[str, Any]:
    consent = (said.consent or BY_A_PROGRAM) if said.skip_confirmation_notification else None
    desk = call.ids.desk(call.house.desk)
    added = subscribers.add(desk, call.bearer.login, call.now, request, consent)
    return _show(call, added.id)


def _request(said: SubscriberSaid, choices: Choices) -> Request:
    if said.phone_number:
        raise InvalidInput("phone_number: nobody is told by SMS here; give email or endpoint")
    if said.endpoint:
        return Request(ListMode.WEBHOOK, said.endpoint, choices, contact=said.email or "")
    if not said.email:
        raise InvalidInput("email: is missing")
    return Request(ListMode.EMAIL, said.email, choices)


def _choices(
    call: Call[Any],
    session: Session,
    said: SubscriberSaid | SubscriberChange,
    before: Choices | None = None,
) -> Choices:
    base = before or Choices(call.house.service.default_locale)
    found: dict[str, Any] = {}
    if said.component_ids is not None:
        found["components"] = _component_ids(call, session, said.component_ids)
    elif before is not None and not said.model_fields_set & {"locale", "kinds"}:
        found["components"] = None  # Statuspage: who says no components gets all of them
    if said.locale is not None:
        found["locale"] = said.locale
    if said.kinds is not None:
        found["kinds"] = tuple(IncidentKind(kind) for kind in said.kinds)
    if before is not None and "components" in found:
        found["follows"] = True
    return replace(base, **found)


def _component_ids(call: Call[Any], session: Session, wanted: list[str]) -> tuple[str, ...]:
    known = {
        key: part.id for part in call.listing(session).components for key in (part.id, part.key)
    }
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise InvalidInput(f"component_ids: there is no component {unknown!r}")
    return tuple(dict.fromkeys(known[name] for name in wanted))


def change_subscriber(call: Call[SubscriberChange]) -> Answer:
    """Other components, another language, other kinds of news. Without any of them: all
    components, as at Statuspage."""
    wanted = call.args["subscriber_id"]
    with call.house.db.read() as session:
        before = subscribers.one(session, wanted).choices
        choices = _choices(call, session, call.body, before)
    subscribers.change(call.house.desk, call.bearer.login, call.now, wanted, choices)
    return Answer(_show(call, wanted))


def remove_subscriber(call: Call[Any]) -> Answer:
    """Erase one for good, at once; answers what it was."""
    wanted = call.args["subscriber_id"]
    told = _show(call, wanted)
    subscribers.remove(call.house.desk, call.bearer.login, call.now, [wanted])
    return Answer(told)


def resend_confirmation(call: Call[Any]) -> Answer:
    """Ask one once more who never confirmed; whoever had three letters within a quarter of an hour
    gets none."""
    subscribers.resend(call.house.desk, call.bearer.login, call.now, [call.args["subscriber_id"]])
    return Answer(None, 201)


def resend_confirmations(call: Call[NamedSubscribers]) -> Answer:
    """Ask those once more who never confirmed."""
    ids = _named(call, (SubscriberState.UNCONFIRMED,))
    if ids:
        subscribers.resend(call.house.desk, call.bearer.login, call.now, ids)
    return Answer(None, 201)


def unsubscribe_list(call: Call[NamedSubscribers]) -> Answer:
    """Write to them no more. They are told nothing, and erased after some days."""
    ids = _named(call, _states(call.body.state))
    if ids:
        subscribers.unsubscribe(call.house.desk, call.bearer.login, call.now, ids)
    return Answer(None, 201)


def reactivate_list(call: Call[NamedSubscribers]) -> Answer:
    """Write to them again whose letters came back."""
    desk, who, now = call.house.desk, call.bearer.login, call.now
    said = call.body.subscribers
    if said == "all":
        subscribers.reactivate_all(desk, who, now, _modes(call.body.type))
    else:
        subscribers.reactivate(desk, who, now, list(said))
    return Answer(None, 201)


def _named(call: Call[NamedSubscribers], states: tuple[SubscriberState, ...]) -> list[str]:
    said = call.body.subscribers
    if said != "all":
        return list(said)
    asked = Search(modes=_modes(call.body.type), states=states)
    return list(subscribers.named_or_all(call.house.desk, asked))


def list_followers(call: Call[Any]) -> Answer:
    """Those who follow one entry by itself."""
    return _page(call, Search(incident=_incident(call), states=_ALL))


def add_follower(call: Call[SubscriberBody]) -> Answer:
    """Let somebody follow one entry; who is subscribed already follows it besides."""
    said = call.body.subscriber
    incident = _incident(call)
    with call.house.db.read() as session:
        choices = _choices(call, session, said)
        request = _request(said, replace(choices, follows=False, incidents=(incident,)))
        known = subscribers.known(session, request)
    if known is None:
        return Answer(_added(call, request, said), 201)
    followed = tuple(dict.fromkeys((*known.choices.incidents, incident)))
    after = replace(known.choices, incidents=followed)
    subscribers.change(call.house.desk, call.bearer.login, call.now, known.id, after)
    return Answer(_show(call, known.id), 201)


def show_follower(call: Call[Any]) -> Answer:
    return Answer(_told(call, _follower(call)))


def remove_follower(call: Call[Any]) -> Answer:
    """Let somebody not follow one entry any more; who followed nothing else is erased."""
    found = _follower(call)
    incident = _incident(call)
    rest = tuple(each for each in found.choices.incidents if each != incident)
    desk, who, now = call.house.desk, call.bearer.login, call.now
    if rest or found.choices.follows:
        subscribers.change(desk, who, now, found.id, replace(found.choices, incidents=rest))
    else:
        subscribers.remove(desk, who, now, [found.id])
    return Answer(_told(call, found))


def ask_follower_again(call: Call[Any]) -> Answer:
    """Ask one once more who never confirmed."""
    found = _follower(call)
    subscribers.resend(call.house.desk, call.bearer.login, call.now, [found.id])
    return Answer(None, 201)


def _incident(call: Call[Any]) -> str:
    """Raises `NotFound`."""
    with call.house.db.read() as session:
        return queries.find_incident(session, call.args["incident_id"]).id


def _follower(call: Call[Any]) -> Found:
    incident = _incident(call)
    with call.house.db.read() as session:
        found = subscribers.one(session, call.args["subscriber_id"])
    if incident not in found.choices.incidents:
        raise NotFound("subscriber_id: follows another entry")
    return found


def _modes(said: str | None) -> tuple[ListMode, ...]:
    """Every list, or the one that is named. Raises `Refused`."""
    if not said:
        return tuple(ListMode)
    if said not in TYPES:
        raise Refused(422, f"type: should be one of {', '.join(TYPES)}")
    return (ListMode(said),)


def _states(said: str | None) -> tuple[SubscriberState, ...]:
    """Raises `Refused`."""
    state = said or "active"
    if state not in STATES:
        raise Refused(422, f"state: should be one of {', '.join(STATES)}")
    return _ALL if state == "all" else (SubscriberState(state),)


def _told(call: Call[Any], found: Found) -> dict[str, Any]:
    return Telling(call.house.service).subscriber(found, _erased_at(call, found))


def _erased_at(call: Call[Any], found: Found) -> datetime | None:
    privacy = call.house.settings.lists.privacy
    after = {
        SubscriberState.UNCONFIRMED: timedelta(hours=privacy.unconfirmed_hours),
        SubscriberState.QUARANTINED: timedelta(days=privacy.quarantined_days),
        SubscriberState.UNSUBSCRIBED: timedelta(days=privacy.unsubscribed_days),
    }
    return found.since + after[found.state] if found.state in after else None
