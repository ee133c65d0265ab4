"""Documents served in process, beside plain reads of the same file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from bench import _place as place
from bench._figures import SPREAD, number, ratio, spread, table, timed
from publishers.documents._style import style_hash
from statuspage.edge import Documents, Edge

TIMES = 20_000


def measure() -> Iterator[Table]:
    """The home page of a service with sixty incidents behind it; microseconds per call."""
    with place.sqlite() as url, place.folder() as folder:
        desk = place.open_desk(url)
        place.add_history(desk, 60)
        place.declare(desk, place.START)
        place.open_site(desk, folder / "page").refresh(place.START)
        desk.db.close()
        path = folder / "page" / "index.html.gz"
        edge = Edge(Documents(folder / "page", style_hash()), _nobody)
        call = {"HTTP_ACCEPT_ENCODING": "gzip"}
        etag = _headers(edge, call)["ETag"]
        known = timed(path.read_bytes, TIMES)
        shown = table("Edge, in process (µs)", "what", *SPREAD, "per second", "to reading the file")
        for name, seconds in (
            ("read the file", known),
            ("GET / gzip", timed(lambda: _get(edge, call), TIMES)),
            ("GET / plain", timed(lambda: _get(edge, {}), TIMES)),
            ("GET / 304", timed(lambda: _get(edge, {**call, "HTTP_IF_NONE_MATCH": etag}), TIMES)),
        ):
            rate = number(len(seconds) / sum(seconds))
            shown.add_row(name, *spread(seconds, 1e6), rate, ratio(seconds, known))
        yield shown


def _nobody(_environ: Any, _start_response: Any) -> list[bytes]:
    raise AssertionError("every address that is measured is a document")


def _get(edge: Edge, headers: dict[str, str]) -> bytes:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", **headers}
    return b"".join(edge(environ, _start_response))


def _start_response(_status: str, _headers: Any, _exc_info: Any = None) -> Any:
    return None


def _headers(edge: Edge, headers: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}

    def start_response(_status: str, given: Any, _exc_info: Any = None) -> Any:
        found.update(given)

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", **headers}
    list(edge(environ, start_response))
    return found
