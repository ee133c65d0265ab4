"""What was kept for later, or waits for a second person: look, change, approve, publish, throw
away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, redirect, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from incidents import actions, queries
from incidents.actions import Approval, Desk, Outcome
from incidents.errors import ActionError, NotAllowed, NotFound
from incidents.models import Draft, Incident, Operator
from incidents.queries import Stale, TrailEvent
from incidents.status import ROLE_RANK, Role
from publishers.documents._phrases import N_
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in
from statuspage.cli._database import database_in_words
from statuspage.console import _choices as choices
from statuspage.console._draft_sheets import draft_sheet
from statuspage.console._forms import Problems, already, new_token, problems_by_field, publish
from statuspage.console._preview import Preview, looked_at, shown, taken
from statuspage.console._render import render, words, words_for
from statuspage.console._sheets import STOPPED, answer, said
from statuspage.settings import Settings
from statuspage.trail_words import event_phrase

ACTIONS: Mapping[str, str] = {
    "declare_incident": N_("Declare a problem"),
    "post_update": N_("Update"),
    "correct_update": N_("Correct"),
    "retract_update": N_("Take back"),
    "schedule": N_("Plan work, or warn of an expected strain"),
    "backdate_incident": N_("Tell of a problem that is over"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft, who wrote it, and what it is about."""

    row: Draft
    author: str
    author_login: str
    approver: str
    """Who approved it as it stands; "" where nobody did."""
    entry: int | None
    name: str
    void: Sequence[str]
    """What has changed since it was looked at, in sentences; none where it still holds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A draft as the one who looks at it could publish it now."""

    preview: Preview | None
    refused: Sequence[str] = ()
    """Why it cannot go out, or not by this person."""
    only_approval: bool = False
    """Whether nothing but a second person is missing."""


def routes(pages: Blueprint, _settings: Settings) -> None:
    """`/console/drafts` and what is below."""

    @pages.get("/drafts")
    @needs(Role.VIEWER)
    def drafts() -> AnyResponse:
        kept = request.args.get("kept", "")
        return render("drafts.html", drafts=_waiting(), kept=kept, labels=ACTIONS)

    @pages.get("/drafts/<draft_id>")
    @needs(Role.VIEWER)
    def draft(draft_id: str) -> AnyResponse:
        found = find_waiting(draft_id)
        return _page(found, 200, {}) if found else _gone(draft_id)

    @pages.route("/drafts/<draft_id>/change", methods=["GET", "POST"])
    @needs(Role.AUTHOR)
    def change_draft(draft_id: str) -> AnyResponse:
        done = already(request.form.get("token", ""))
        if done is not None:
            return said(done)
        found = find_waiting(draft_id)
        return answer(draft_sheet(found.row)) if found else _gone(draft_id)

    _decisions(pages)


def _decisions(pages: Blueprint) -> None:
    """What is decided of a draft as it stands."""

    @pages.post("/drafts/<draft_id>/approve")
    @needs(Role.APPROVER)
    def approve_draft(draft_id: str) -> AnyResponse:
        place, login = house(), signed_in().login
        found = find_waiting(draft_id)
        if found is None:
            return _gone(draft_id)
        try:
            actions.approve_draft(place.desk, login, place.clock.now(), draft_id, _revision())
        except NotFound:
            return _gone(draft_id)
        except ActionError as problem:
            return _again(draft_id, problem)
        return redirect(f"/console/drafts/{draft_id}", 303)

    @pages.post("/drafts/<draft_id>/publish")
    @needs(Role.AUTHOR)
    def publish_draft(draft_id: str) -> AnyResponse:
        return _publish(draft_id)

    @pages.post("/drafts/<draft_id>/discard")
    @needs(Role.AUTHOR)
    def discard_draft(draft_id: str) -> AnyResponse:
        place, login = house(), signed_in().login
        try:
            actions.discard_draft(place.desk, login, place.clock.now(), draft_id)
        except NotFound:
            return _gone(draft_id)
        return redirect("/console/drafts", 303)


def _waiting() -> list[Waiting]:
    with house().db.read() as session:
        people = {one.id: one for one in queries.operators(session)}
        found = []
        for row in queries.drafts(session):
            entry = session.get(Incident, row.incident_id) if row.incident_id else None
            stale = queries.stale_draft(session, row)
            found.append(_told(row, entry, people, stale))
        return found


def _told(
    row: Draft, entry: Incident | None, people: Mapping[str, Operator], stale: Stale
) -> Waiting:
    author, approver = people.get(row.author_id), people.get(row.approved_by or "")
    return Waiting(
        row,
        author=author.name if author else "",
        author_login=author.login if author else "",
        approver=approver.name if approver else "",
        entry=entry.number if entry else None,
        name=choices.said(entry.name if entry else row.input.get("name", {})),
        void=stale.sentences(house().service.default_locale),
    )


def find_waiting(draft_id: str) -> Waiting | None:
    """A draft with what is told of it; None where it is not there any more."""
    return next((waiting for waiting in _waiting() if waiting.row.id == draft_id), None)


def _revision() -> int | None:
    text = request.form.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _work(draft_id: str, revision: int | None = None) -> Any:
    login, now = signed_in().login, house().clock.now()

    def work(desk: Desk) -> Outcome:
        return actions.publish_draft(desk, login, now, draft_id, revision)

    return work


def _publish(draft_id: str) -> AnyResponse:
    typed = request.form
    work, token = _work(draft_id, _revision()), typed.get("token", "")
    done = already(token)
    if done is not None:
        return said(done)
    try:
        looked = looked_at(work, token, taken(typed))
        if looked.stops:
            return _again(draft_id, None, {"preview": [words().gettext(STOPPED)]}, 422)
        return said(publish(lambda desk: work(looked.desk(desk)), token))
    except ActionError as problem:
        done = already(token)  # the same press, twice
        return said(done) if done else _again(draft_id, problem)
    except SQLAlchemyError as problem:
        return _again(draft_id, None, {"": [database_in_words(problem)]}, 503)


def _again(
    draft_id: str, problem: ActionError | None, problems: Problems | None = None, status: int = 409
) -> AnyResponse:
    """The draft as it is now, with what is wrong; or that it is not there any more."""
    found = find_waiting(draft_id)
    if found is None:
        return _gone(draft_id)
    return _page(found, status, problems_by_field(problem) if problem else problems or {})


def _standing(waiting: Waiting, token: str) -> Standing:
    """Rehearsed as if it were an emergency, to see what it says; then as it is."""
    work, own = _work(waiting.row.id), taken(request.form)
    try:
        looked = looked_at(work, token, replace(own, emergency=own.emergency or "…"))
    except ActionError as problem:
        return Standing(None, problem.problems)
    preview = shown(looked)
    try:
        judged = replace(looked.judged, emergency=own.emergency)
        actions.rehearse(replace(house().desk, judged=judged), work)
    except NotAllowed as problem:
        return Standing(preview, problem.problems, only_approval=True)
    except ActionError as problem:
        return Standing(preview, problem.problems)
    return Standing(preview)


def _may_approve(waiting: Waiting) -> bool:
    """Whether this person's approval is asked for: not where nobody's is."""
    me, desk = signed_in(), house().desk
    asked = waiting.row.needs_approval or desk.approval_from or desk.approval != Approval()
    second = me.login != waiting.author_login and ROLE_RANK[me.role] >= ROLE_RANK[Role.APPROVER]
    return bool(asked and second and not waiting.approver and not waiting.void)


def _page(waiting: Waiting, status: int, problems: Problems) -> Response:
    """With exactly what would go out, and why this person cannot let it, if they cannot."""
    token = new_token()
    zone = house().service.time_zone
    with house().db.read() as session:
        history = queries.draft_events(session, waiting.row.id)
    return render(
        "draft.html",
        status,
        waiting=waiting,
        labels=ACTIONS,
        token=token,
        standing=_standing(waiting, token),
        history=history,
        event_phrase=event_phrase,
        may_write=ROLE_RANK[signed_in().role] >= ROLE_RANK[Role.AUTHOR],
        may_approve=_may_approve(waiting),
        typed=request.form,
        problems=problems,
        languages=[(own, words_for(own, zone).endonym) for own in house().service.locales],
    )


def _gone(draft_id: str) -> Response:
    """Who published it or threw it away, where it went, and what was typed since."""
    with house().db.read() as session:
        events: list[TrailEvent] = queries.draft_events(session, draft_id)
        last = events[-1] if events else None
        number = (
            queries.published_as(session, last) if last and last.kind == "draft_published" else None
        )
    typed: Mapping[str, str] = request.form or kept_form(request.path) or {}
    return render(
        "draft_gone.html",
        404,
        last=last,
        number=number,
        event_phrase=event_phrase,
        typed=[text for name, text in typed.items() if _is_text(name) and text.strip()],
    )


def _is_text(name: str) -> bool:
    return name.split(".")[0] in ("texts", "fields", "reason", "to_do", "not_to_do", "still_cannot")
