"""What the forms of set-up share: what was typed, what came of it, how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from incidents.actions import Desk, Outcome
from incidents.errors import ActionError, InvalidInput, NotAllowed, NotFound, UpdatedFirst
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.console._forms import Problems, problems_by_field, publish
from statuspage.console._render import words_for

SAID: Mapping[str, str] = {
    "saved": N_("Saved, and on the page."),
    "later": N_("Saved, not yet on the page: the worker tries again by itself."),
    "kept": N_("Saved."),
}
"""What is said at the top after a form was sent."""


def languages() -> list[tuple[str, str]]:
    """The page's languages, each with its own name for itself."""
    service = house().service
    return [(locale, words_for(locale, service.time_zone).endonym) for locale in service.locales]


def said() -> str:
    """What the address says that became of a form; "" for nothing."""
    return SAID.get(request.args.get("said", ""), "")


def status_of(problem: ActionError) -> int:
    """The HTTP status that an action's refusal is answered with."""
    if isinstance(problem, InvalidInput):
        return 422
    if isinstance(problem, NotFound):
        return 404
    return 403 if isinstance(problem, NotAllowed) else 409


def changed_meanwhile(problem: ActionError) -> bool:
    """Whether somebody else was first: what was typed is shown beside what is there now."""
    return isinstance(problem, UpdatedFirst)


def carried_out(
    work: Callable[[Desk], Outcome],
    back: str,
    again: Callable[[Problems, int, ActionError], BaseResponse],
) -> BaseResponse:
    """Do an action that changes the page, then go `back`; `again` shows the form with what is
    wrong, and nothing was changed."""
    try:
        done = publish(work)
    except ActionError as problem:
        return again(problems_by_field(problem), status_of(problem), problem)
    return redirect(f"{back}?said={'later' if done.not_online else 'saved'}", 303)
