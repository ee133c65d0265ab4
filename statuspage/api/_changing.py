"""What a PATCH of an entry says: what is news, what stands there already, what cannot change.

Whatever was said is published, stands there already, or is refused by its field: nothing of it is
taken and forgotten.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from incidents.errors import InvalidInput
from incidents.models import Incident, IncidentUpdate
from incidents.status import ComponentStatus, IncidentKind
from incidents.view import PublicIncident, Service
from statuspage.api import _saying as saying
from statuspage.api._inputs import IncidentSaid

_MOVED = "cannot be moved; cancel it and schedule it anew"
_CREATED = "is said only while it is created; leave it out"


@dataclass(frozen=True)
class Standing:
    """What an entry says now."""

    entry: PublicIncident
    row: Incident
    notice: Incident | None
    """The advance notice that came true as it."""
    service: Service

    @property
    def updates(self) -> list[IncidentUpdate]:
        """Its updates that were not withdrawn, the newest first."""
        return [update for update in self.row.updates if update.retracted_at is None]


def must_stay(said: IncidentSaid, now: Standing) -> None:
    """What was published under a name and for a time keeps them. Raises `InvalidInput`."""
    problems = [*_of_its_name(said, now), *_of_its_times(said, now), *_of_its_clock(said, now)]
    if said.backfilled and not now.entry.backdated:
        problems.append("backfilled: only while it is created")
    if said.kind not in (None, now.entry.kind):
        problems.append(f"kind: this is {now.entry.kind} and stays so")
    if said.from_notice is not None and said.from_notice not in _names_of(now.notice):
        problems.append(f"from_notice: {_CREATED}")
    if problems:
        raise InvalidInput(*problems)


def _of_its_name(said: IncidentSaid, now: Standing) -> Iterator[str]:
    names = {said.name} if isinstance(said.name, str) else set((said.name or {}).values())
    if names and not names <= set(now.entry.name.values()):
        yield "name: what was published keeps its name; leave it out"


def _of_its_times(said: IncidentSaid, now: Standing) -> Iterator[str]:
    fixes = {
        "scheduled_for": _MOVED,
        "scheduled_until": _MOVED,
        "started_at": _CREATED,
        "resolved_at": "is the moment at which status: resolved was said; leave it out",
    }
    for field, fix in fixes.items():
        wanted = getattr(said, field)
        if wanted is not None and not _same_moment(wanted, getattr(now.entry, field)):
            yield f"{field}: {fix}"


def _same_moment(one: datetime, other: datetime | None) -> bool:
    """To the second, for what a client was told leaves out the rest."""
    return other is not None and abs((one - other).total_seconds()) < 1


def _of_its_clock(said: IncidentSaid, now: Standing) -> Iterator[str]:
    if now.entry.kind is IncidentKind.INCIDENT:
        return
    for field, itself in (
        ("scheduled_auto_in_progress", now.row.starts_itself),
        ("scheduled_auto_completed", now.row.ends_itself),
    ):
        if getattr(said, field) not in (None, itself):
            yield f"{field}: {_CREATED}"


def _names_of(notice: Incident | None) -> set[str | None]:
    if notice is None:
        return set()
    return {notice.id, notice.key, str(notice.number), f"#{notice.number}"}


def is_news(said: IncidentSaid, now: Standing, statuses: Mapping[str, ComponentStatus]) -> bool:
    """Whether there is anything to publish. Raises `InvalidInput` for what goes only with an
    update, where there is none."""
    if _is_message(said) or _is_turn(said, now, statuses) or _is_beside(said, now):
        return True
    if problems := list(_goes_with_an_update(said, now)):
        raise InvalidInput(*problems)
    return False


def _is_message(said: IncidentSaid) -> bool:
    return bool(said.body or said.texts or said.template)


def _is_turn(said: IncidentSaid, now: Standing, statuses: Mapping[str, ComponentStatus]) -> bool:
    entry = now.entry
    named = {part.key: part.status for part in entry.components}
    promise = said.next_update_by
    return bool(
        (promise and not _same_moment(promise, entry.next_update_by))
        or (said.status and said.status is not entry.status)
        or (said.impact_override and said.impact_override is not entry.impact)
        or any(named.get(key) is not status for key, status in statuses.items())
    )


def _is_beside(said: IncidentSaid, now: Standing) -> bool:
    """Whether what is said beside the words is new."""
    return (
        any(_plain(words) != _advice_now(now, name) for name, words in _advice(said, now).items())
        or _has_new_figures(said, now)
        or _has_new_answers(said, now)
    )


def _advice(said: IncidentSaid, now: Standing) -> dict[str, dict[str, str]]:
    found = saying.advice_in(said, now.service)
    return {name: words for name, words in found.items() if words}


def _plain(words: Mapping[str, str]) -> dict[str, str]:
    """As an action keeps them."""
    return {locale: unicodedata.normalize("NFC", text).strip() for locale, text in words.items()}


def _advice_now(now: Standing, name: str) -> dict[str, str]:
    """What holds: of what to do, that of the latest update that gives any; who still cannot is
    said by each update anew."""
    for update in now.updates:
        if name == "still_cannot" or update.to_do or update.not_to_do:
            return dict(getattr(update, name) or {})
    return {}


def _has_new_figures(said: IncidentSaid, now: Standing) -> bool:
    told = next((update.figures for update in now.updates if update.figures), [])
    mine = [{**figure.model_dump(), "caveat": figure.caveat or {}} for figure in said.figures]
    return bool(mine) and mine != [
        {**figure, "as_of": datetime.fromisoformat(figure["as_of"])} for figure in told
    ]


def _has_new_answers(said: IncidentSaid, now: Standing) -> bool:
    told = [
        (answer["key"], answer["fields"]) for update in now.updates for answer in update.answers
    ]
    return any((answer.key, answer.fields) not in told for answer in said.answers)


def _goes_with_an_update(said: IncidentSaid, now: Standing) -> Iterator[str]:
    """What no update is made for."""
    updates = now.row.updates
    if said.fields and all(said.fields != update.fields for update in updates):
        yield "fields: belong to a template; name it in template"
    if said.internal_note and all(said.internal_note != update.internal_note for update in updates):
        yield "internal_note: is kept with an update; say what is new too, as in body"
    if said.key and said.key not in {now.row.key, *(update.key for update in updates)}:
        yield "key: is the name of an update; say what is new too, as in body"
