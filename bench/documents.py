"""What each kind of document costs to render, and how many bytes a reader fetches."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator

from rich.table import Table

from bench import _place as place
from bench._figures import number, ratio, spread, table, timed
from incidents.queries import Reader
from incidents.view import Overview
from publishers._kinds import kinds, load
from publishers.documents._base import Document
from publishers.targets._encodings import siblings

HISTORY = 60
TIMES = 15
_FORMS = ("", ".gz", ".br")


def measure() -> Iterator[Table]:
    """A page with sixty incidents behind it and one open; bytes are of all documents together."""
    with place.sqlite() as url:
        desk = place.open_desk(url)
        place.add_history(desk, HISTORY)
        incident = place.declare(desk, place.START).incident_id or ""
        with desk.db.read() as session:

            def reader() -> Reader:
                return Reader(session, desk.service, desk.texts, place.START)

            yield _rendering(reader, incident)
            yield _pages(reader().overview())
        desk.db.close()


def _rendering(reader: Callable[[], Reader], incident: str) -> Table:
    overview = reader().overview()
    entry = reader().incident(incident)
    month = reader().month("2020-11")
    part = overview.components[0].id
    component = reader().component(part)
    assert entry is not None
    assert month is not None
    assert component is not None
    arguments: dict[str, tuple[object, ...]] = {
        "home": (overview,),
        "overview": (overview,),
        "incident": (entry.service, incident, entry),
        "month": (entry.service, "2020-11", month),
        "component": (entry.service, part, component),
        "archive": (reader().archive(),),
    }
    shown = table(
        f"Rendering ({HISTORY} incidents)",
        "kind",
        "documents",
        "median ms",
        "min–max",
        "to its read",
        "raw KiB",
        "gzip",
        "brotli",
    )
    reads = {
        "overview": timed(lambda: reader().overview(), TIMES),
        "incident": timed(lambda: reader().incident(incident), TIMES),
        "month": timed(lambda: reader().month("2020-11"), TIMES),
        "component": timed(lambda: reader().component(part), TIMES),
        "archive": timed(lambda: reader().archive(), TIMES),
    }
    # A reader remembers what it has read: each of these was a new one, as after each event.
    for name, seconds in reads.items():
        shown.add_row(f"read {name}", "–", _median(seconds), spread(seconds)[3])
    shown.add_section()
    reads["home"] = reads["overview"]
    for kind in kinds("publishers.documents"):
        module = load("publishers.documents", kind)
        for name, given in arguments.items():
            render = getattr(module, name, None)
            if render is not None:
                shown.add_row(*_row(f"{kind}.{name}", render, given, reads[name]))
    return shown


def _row(
    name: str,
    render: Callable[..., Iterable[Document]],
    given: tuple[object, ...],
    read: list[float],
) -> list[str]:
    made = list(render(*given))
    seconds = timed(lambda: list(render(*given)), TIMES)
    sizes = [sum(column) / 1024 for column in zip(*map(_sizes, made), strict=True)]
    return [
        name,
        str(len(made)),
        _median(seconds),
        spread(seconds)[3],
        ratio(seconds, read),
        *(number(size) for size in sizes),
    ]


def _median(seconds: list[float]) -> str:
    return number(statistics.median(seconds) * 1000)


def _sizes(document: Document) -> tuple[int, int, int]:
    """Bytes as they are, in gzip and in Brotli; a form that does not exist is the plain one."""
    body = document.body or b""
    forms = {"": body, **siblings(document.path, body)}
    raw, gz, br = (len(forms.get(ending, body)) for ending in _FORMS)
    return raw, gz, br


def _pages(overview: Overview) -> Table:
    shown = table("What one reader fetches (bytes)", "document", "raw", "gzip", "brotli")
    for kind in kinds("publishers.documents"):
        module = load("publishers.documents", kind)
        for name in ("home", "overview"):
            render: Callable[..., Iterable[Document]] = getattr(module, name, lambda _: ())
            for document in render(overview):
                if not document.path.startswith("en/") and document.path.count("/") < 3:
                    shown.add_row(document.path, *(f"{size:,}" for size in _sizes(document)))
    return shown
