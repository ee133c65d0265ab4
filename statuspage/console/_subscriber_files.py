"""Lists of subscribers as files: taken over with a bar that says how far, given out as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO, TextIOWrapper

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from incidents import queries, subscribers
from incidents.errors import ActionError, InvalidInput, NotFound
from incidents.status import ROLE_RANK, ListMode, Role
from incidents.subscribers import Fault, Progress
from publishers.documents.archive import cell
from statuspage._at_hand import house
from statuspage.auth import kept_form, needs, signed_in, signed_in_or_nobody
from statuspage.console._forms import Problems, problems_by_field
from statuspage.console._render import render, words
from statuspage.console._sentences import in_words
from statuspage.console._set_up_forms import status_of
from statuspage.settings import Settings

IMPORTS = "/console/subscribers/imports"
LARGEST_FILE = 21 * 1024 * 1024
"""Bytes of a request that brings a file: 20 MB, and what a form has beside it."""
_SHOWN = 50
"""Faulty lines that the page shows; the file has them all."""


def admit_files() -> None:
    """Let an administrator send more at once, to the one address that takes files. Before anything
    else looks at the request, and for nobody else."""
    if request.path == IMPORTS and request.method == "POST":
        me = signed_in_or_nobody()
        if me is not None and ROLE_RANK[me.role] >= ROLE_RANK[Role.ADMIN]:
            request.max_content_length = LARGEST_FILE


def routes(pages: Blueprint, _settings: Settings) -> None:
    """Import, how far it is, what was faulty; export."""

    @pages.get("/subscribers/imports")
    @needs(Role.ADMIN)
    def subscriber_imports() -> Response:
        return _page(kept_form(request.path) or MultiDict())

    @pages.post("/subscribers/imports")
    @needs(Role.ADMIN)
    def import_subscribers() -> BaseResponse:
        try:
            import_id = _kept()
        except ActionError as problem:
            return _page(request.form, problems_by_field(problem), status_of(problem))
        return redirect(f"{IMPORTS}/{import_id}", 303)

    @pages.get("/subscribers/imports/<import_id>")
    @needs(Role.ADMIN)
    def subscriber_import(import_id: str) -> Response:
        with house().db.read() as session:
            done = _progress(import_id)
            faults = subscribers.faults(session, import_id, _SHOWN)
        return render("subscriber_import.html", done=done, faults=_told(faults), most=_SHOWN)

    @pages.get("/subscribers/imports/<import_id>/faults.csv")
    @needs(Role.ADMIN)
    def import_faults(import_id: str) -> Response:
        _progress(import_id)
        with house().db.read() as session:
            faults = subscribers.faults(session, import_id)
        lines = (_line(each.line, each.field, cell(each.why)) for each in _told(faults))
        return _file((_line("line", "field", "why"), *lines), f"faults-{import_id}.csv")

    @pages.post("/subscribers/export")
    @needs(Role.ADMIN)
    def export_subscribers() -> Response:
        return _exported()


def _kept() -> str:
    """Keep what was sent; answers the import's id. Raises `InvalidInput`."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInput("file: choose a file")
    how = request.form.get("how", "")
    if how not in ("consent", "ask"):
        raise InvalidInput("how: say whether they agreed, or are to be asked")
    consent = request.form.get("consent", "") if how == "consent" else None
    text = TextIOWrapper(file.stream, "utf-8-sig", newline="")
    try:
        return subscribers.keep(house().desk, signed_in().login, house().clock.now(), text, consent)
    finally:
        text.detach()


def _page(
    typed: MultiDict[str, str], problems: Problems | None = None, status: int = 200
) -> Response:
    with house().db.read() as session:
        latest = subscribers.imports(session)
    return render(
        "subscriber_imports.html",
        status,
        typed=typed,
        problems=problems or {},
        latest=latest,
        most=subscribers.MOST_LINES,
    )


def _progress(import_id: str) -> Progress:
    with house().db.read() as session:
        try:
            return subscribers.progress(session, import_id)
        except NotFound:
            abort(404)


def _told(faults: Sequence[Fault]) -> list[Fault]:
    """The faults in the reader's language."""
    spoken = words()
    return [Fault(each.line, each.field, in_words(spoken, each.why)) for each in faults]


def _exported() -> Response:
    """All addresses, written while they are read; the trail knows of it first."""
    modes = (ListMode.EMAIL, ListMode.WEBHOOK)
    db, now = house().db, house().clock.now()
    with db.read() as session:
        counted = subscribers.histogram(session)
    total = sum(sum(counted[mode].values()) for mode in modes)
    subscribers.note_export(house().desk, signed_in().login, now, total)

    def lines() -> Iterator[str]:
        with db.read() as session:
            keys = {row.id: row.key for row in queries.components(session)}
            yield from subscribers.written(subscribers.everyone(session, modes), keys)

    day = now.astimezone(house().service.time_zone).date()
    return _file(lines(), f"subscribers-{day}.csv")


def _file(lines: Iterable[str], name: str) -> Response:
    answer = Response(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _line(*values: object) -> str:
    out = StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()
