"""Which words of a notice are its author's own: not a template's, and not proposed by Avviso."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from incidents import proposed, queries
from incidents.actions._desk import Act
from incidents.inputs import (
    BackdateInput,
    CorrectInput,
    DeclareInput,
    RetractInput,
    ScheduleInput,
    UpdateWords,
    Words,
)
from incidents.view import Localized

Said = Words | CorrectInput | RetractInput
"""Whatever an operator says in public."""
_Compared = tuple[Localized | None, Sequence[Localized]]
"""What is said in one place, and all that Avviso would propose there."""


def has_own_words(act: Act, form: Said) -> bool:
    """Whether anything in it was written by its author.

    A template with its fields is not, nor is a name, an advice or a reason that stands as it is
    proposed. The words of a figure always are.
    """
    if not isinstance(form, RetractInput) and form.texts is not None:
        return True
    if isinstance(form, UpdateWords | CorrectInput) and form.figures:
        return True
    return any(said and not _is_among(said, known) for said, known in _compared(act, form))


def _is_among(said: Localized, known: Sequence[Localized]) -> bool:
    return all(any(text == each.get(locale) for each in known) for locale, text in said.items())


def _compared(act: Act, form: Said) -> Iterator[_Compared]:
    if isinstance(form, UpdateWords | CorrectInput):
        yield form.still_cannot, [_ours(act, proposed.NOT_SAID_WHO)]
        yield form.to_do, ()
        yield form.not_to_do, ()
    if isinstance(form, DeclareInput | BackdateInput | ScheduleInput):
        yield form.name, _names(act, form)
    if isinstance(form, CorrectInput):
        yield form.reason, [_ours(act, proposed.CORRECTED)]
    if isinstance(form, RetractInput):
        yield form.reason, [_ours(act, proposed.TAKEN_BACK)]


def _ours(act: Act, phrase: str) -> Localized:
    return proposed.sentence(phrase, act.desk.service, act.desk.texts.words)


def _names(act: Act, form: DeclareInput | BackdateInput | ScheduleInput) -> Sequence[Localized]:
    parts = queries.components_chosen(act.session, form.components)
    service, words = act.desk.service, act.desk.texts.words
    if isinstance(form, ScheduleInput):
        return [proposed.planned_name(form.kind, parts, service, words)]
    return [
        proposed.declared_name(parts, service, words),
        proposed.alarm_name(parts, service, words),
    ]
