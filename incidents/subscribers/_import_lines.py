"""What a line of a file asks for, or what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidents.errors import InvalidInput
from incidents.status import IncidentKind, ListMode
from incidents.subscribers._address import address_key, read_address, read_email
from incidents.subscribers._choices import KINDS
from incidents.subscribers._csv import NONE, Line, unpacked, words_in
from incidents.subscribers._rows import SubscriberState

_FROM_ELSEWHERE = {
    "": SubscriberState.ACTIVE,
    "yes": SubscriberState.ACTIVE,
    "confirmed": SubscriberState.ACTIVE,
    **{str(state): state for state in SubscriberState},
}
_NOT_TAKEN = {
    SubscriberState.QUARANTINED: "letters to it came back; ask its owner for another one",
    SubscriberState.UNSUBSCRIBED: "its owner unsubscribed, and is not written to any more",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line."""

    line: int
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that can be taken."""

    mode: ListMode
    address: str
    key: str
    contact: str | None
    state: SubscriberState
    locale: str
    follows: bool
    components: tuple[str, ...] | None
    kinds: tuple[IncidentKind, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What lines may name."""

    locales: Sequence[str]
    components: Mapping[str, str]
    """Ids by keys and by ids."""
    incidents: frozenset[str]
    by_consent: bool


def read_part(lines: Iterable[Sequence[Any]], known: Known) -> tuple[list[Wanted], list[Fault]]:
    """The lines of a part that can be taken, and what is wrong with the others."""
    wanted, faults = [], []
    for packed in lines:
        line = unpacked(packed)
        try:
            wanted.append(_wanted(line, known))
        except InvalidInput as problem:
            name, _, why = problem.problems[0].partition(": ")
            faults.append(Fault(line.number, name, why))
    return wanted, faults


def _wanted(line: Line, known: Known) -> Wanted:
    """Raises `InvalidInput` for the first thing that is wrong with a line."""
    mode = _mode(line.mode)
    address = read_address(mode, line.address)
    contact = None
    if mode is ListMode.WEBHOOK:
        if not line.contact:
            raise InvalidInput("contact: is missing; say where the endpoint's owner reads mail")
        contact = read_email(line.contact)
    locale = line.language or known.locales[0]
    if locale not in known.locales:
        raise InvalidInput(f"language: should be one of {', '.join(known.locales)}")
    incidents = tuple(known.incidents.intersection(words_in(line.incidents)))
    follows = line.kinds != NONE
    if not follows and not incidents:
        raise InvalidInput("incidents: followed single incidents alone, none of which is here")
    return Wanted(
        mode=mode,
        address=address,
        key=address_key(mode, address, contact),
        contact=contact,
        state=_state(line.state, by_consent=known.by_consent),
        locale=locale,
        follows=follows,
        components=_components(line.components, known.components),
        kinds=_kinds(line.kinds) if follows else KINDS,
        incidents=incidents,
    )


def _mode(said: str) -> ListMode:
    if said in (ListMode.EMAIL, ListMode.WEBHOOK):
        return ListMode(said)
    if said == ListMode.PUSH:
        raise InvalidInput("mode: a browser subscribes by itself")
    raise InvalidInput("mode: should be email or webhook")


def _state(said: str, *, by_consent: bool) -> SubscriberState:
    state = _FROM_ELSEWHERE.get(said.lower())
    if state is None:
        raise InvalidInput("state: should be active, or empty")
    if state in _NOT_TAKEN:
        raise InvalidInput(f"state: {_NOT_TAKEN[state]}")
    return state if by_consent else SubscriberState.UNCONFIRMED


def _components(said: str, known: Mapping[str, str]) -> tuple[str, ...] | None:
    words = [] if said.lower() == "all" else words_in(said)
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None:
        raise InvalidInput("components: one of them is not on the page")
    return tuple(dict.fromkeys(known[word] for word in words)) or None


def _kinds(said: str) -> tuple[IncidentKind, ...]:
    words = [] if said.lower() == "all" else words_in(said.lower())
    if not set(words).issubset(KINDS):
        raise InvalidInput("kinds: should be incident, maintenance or advance_notice, or several")
    return tuple(kind for kind in KINDS if kind in words) or KINDS
