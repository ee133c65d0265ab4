"""What every form that writes has in common: problems at their fields, once and not twice, and
whether the page shows it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from incidents.actions import Outcome
from incidents.errors import ActionError
from statuspage._at_hand import house, put_online
from statuspage.console._render import words
from statuspage.console._sentences import in_words
from statuspage.publishing import Work, done_by, ids_of
from statuspage.site import NotOnline

Problems = dict[str, list[str]]
"""What is wrong, by the name of the field; under "" what is wrong with no field of its own."""

_FIELD = re.compile(r"([a-z_]+(?:\.[A-Za-z0-9_-]+)*): (.*)", re.DOTALL)
_TEMPLATE_FIELD = re.compile(r"(?:answers: )?field '(\w+)' (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a form that was sent."""

    outcome: Outcome
    not_online: Sequence[NotOnline] = ()
    """The targets that do not show it yet, each with why."""


def problems_by_field(problem: ActionError) -> Problems:
    """An action's sentences by the field that each of them names, in the reader's language."""
    spoken = words()
    found: Problems = {}
    for sentence in problem.problems:
        if match := _TEMPLATE_FIELD.fullmatch(sentence):
            name, what = f"fields.{match[1]}", match[2]
        elif match := _FIELD.fullmatch(sentence):
            name, what = match[1], match[2]
        else:
            name, what = "", sentence
        said = in_words(spoken, what)
        found.setdefault(name, []).append(said[:1].upper() + said[1:])
    return found


def new_token() -> str:
    """What a form is known by when it is sent: it goes into a hidden field."""
    return secrets.token_urlsafe(12)


def already(token: str) -> Published | None:
    """What became of a form that was sent before; None for one that is new."""
    outcome = done_by(house(), ids_of(token)) if token else None
    return _online(outcome) if outcome else None


def publish(work: Work, token: str = "") -> Published:
    """Do an action, and put it online.

    The same form (its `token`) sent twice is published once, and answered alike. Raises whatever
    the action raises, and `sqlalchemy.exc.SQLAlchemyError` where nobody can tell.
    """
    place = house()
    ids = ids_of(token or new_token())
    try:
        outcome = work(ids.desk(place.desk))
    except (ActionError, DBAPIError):
        found = done_by(place, ids)
        if found is None:
            raise
        outcome = found
    return _online(outcome)


def _online(outcome: Outcome) -> Published:
    if outcome.draft_id is not None:
        return Published(outcome)
    return Published(outcome, put_online(outcome.event))
