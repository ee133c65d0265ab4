"""Configurations with which other servers serve the page by themselves, as the edge would.

They are made of what the edge answers when it is asked, so that no copy can grow old in a folder;
but whoever upgrades, or changes the theme, has to make them anew, because the stylesheet's hash
stands in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from incidents.view import Theme
from publishers.documents._style import PLAIN, style_hash
from publishers.targets._serving import MEDIA_TYPES, POLLED, WebSub, for_other_sites, media_type
from statuspage import __version__
from statuspage._shelf import Headers
from statuspage.edge import Answer, Asked, Documents, unavailable

TEMPLATES = {"nginx": "nginx.conf.jinja", "caddy": "Caddyfile.jinja"}
"""The servers that a configuration can be made for."""
_ASKED_PATH = {"nginx": "$uri", "caddy": "{path}"}
"""How each of them calls the path that it was asked for."""
_NO_HUB = WebSub("", "")
_IMPORTS = "/console/subscribers/imports"
"""Where lists of subscribers are brought, which are larger than all else that is sent."""

_SHARED = "|".join(sorted(ending[1:] for ending in MEDIA_TYPES if for_other_sites(f"x{ending}")))
_POLLED = "|".join(sorted(map(re.escape, POLLED)))
_FOLDERS = "(?:[A-Za-z0-9_.-]+/)*"
_PATTERNS = {
    min(POLLED): rf"^/(?:{_POLLED})$",
    "feed.json": rf"^/{_FOLDERS}feed\.json$",
    "feeds/feed.atom": rf"^/{_FOLDERS}feed\.(?:atom|rss)$",
    "shared.json": rf"\.(?:{_SHARED})$",
    "embed/index.html": r"/embed/(?:[^/]*\.(?:html|js))?$",
    "index.html": r"^/",
}
"""One document of each sort, and the addresses that are served like it: the first that fits."""
_OF_ONE_FORM = frozenset(
    {"Content-Type", "Content-Length", "Content-Encoding", "ETag", "Accept-Ranges"}
)
"""Headers that each server works out by itself."""
_UNSAFE = re.compile(r"[\"'`$\\{}\s;]")


@dataclass(frozen=True, slots=True)
class Place:
    """A sort of document."""

    path: str
    """Of the document that stands for all of its sort."""
    name: str
    pattern: str
    headers: Headers
    options: Headers
    """What OPTIONS answers."""
    type: str | None
    """The Content-Type, where a name's ending does not tell it."""

    @property
    def public(self) -> bool:
        """Whether scripts of other sites may read it, and so may ask with OPTIONS first."""
        return any(name == "Access-Control-Allow-Origin" for name, _ in self.headers)


def configuration(
    server: str, root: Path, app: str, theme: Theme = PLAIN, websub: WebSub = _NO_HUB
) -> str:
    """What `server` ("nginx", "caddy") is to be told, to serve the documents below `root`.

    `app` is where Avviso listens, as in "127.0.0.1:8080"; `theme` is that of the pages, because
    the stylesheet's hash depends on it; `websub` is told with the feeds. Raises `ValueError` for a
    folder whose name cannot be written there.
    """
    if _UNSAFE.search(str(root)):
        raise ValueError(f"{root}: a folder with quotes, blanks or braces in its name will not do")
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - it makes no HTML
    )
    template = environment.get_template(TEMPLATES[server])
    types = [(ending[1:], media_type) for ending, media_type in MEDIA_TYPES.items()]
    asked = _asked(theme)
    places = [_told_by(server, place) for place in _places(theme, websub)]
    known = {"version": __version__, "imports": _IMPORTS, "root": root, "app": app}
    return template.render(types=types, places=places, **known, **asked)


def page_headers(theme: Theme = PLAIN) -> Headers:
    """What a CDN in front of a bucket has to add to every page."""
    kept = {"Cache-Control", "Vary"}
    (page,) = (place for place in _places(theme, _NO_HUB) if place.name == "index")
    return [header for header in page.headers if header[0] not in kept]


def _asked(theme: Theme) -> dict[str, object]:
    """Everything that the templates need to know of the edge."""
    with TemporaryDirectory() as folder:
        documents = _sample(Path(folder), theme, _NO_HUB)
        refused = _answer(documents, "GET", "/.refused")
        only_read = _answer(documents, "POST", "/index.html")
    return {
        "told": [
            ("not_found", 404, refused.body.decode(), _more(refused)),
            ("only_read", 405, only_read.body.decode(), _more(only_read)),
            ("away", 503, unavailable("GET", 5).body.decode(), _more(unavailable("GET", 5))),
        ],
    }


def _places(theme: Theme, websub: WebSub) -> list[Place]:
    with TemporaryDirectory() as folder:
        documents = _sample(Path(folder), theme, websub)
        return [
            Place(
                path=path,
                name=path.split("/")[0].split(".")[0],
                pattern=pattern,
                headers=_more(_answer(documents, "GET", f"/{path}")),
                options=_more(_answer(documents, "OPTIONS", f"/{path}")),
                type=media_type(path) if media_type(path) not in MEDIA_TYPES.values() else None,
            )
            for path, pattern in _PATTERNS.items()
        ]


def _told_by(server: str, place: Place) -> Place:
    """The same, with the asked path for the sample's own, and quotes as the server wants them."""
    own = f"/{place.path}>"
    headers = [
        (name, value.replace(own, f"{_ASKED_PATH[server]}>").replace('"', '\\"'))
        for name, value in place.headers
    ]
    return replace(place, headers=headers)


def _sample(folder: Path, theme: Theme, websub: WebSub) -> Documents:
    """A page of one document of each sort."""
    for path in _PATTERNS:
        place = folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"-")
    return Documents(folder, style_hash(theme), websub=websub)


def _answer(documents: Documents, method: str, path: str) -> Answer:
    found = documents.answer(Asked(method, path))
    if found is None:
        raise LookupError(path)
    return found


def _more(answer: Answer) -> Headers:
    """The headers that another server has to be told; it keeps its own name."""
    return [header for header in answer.headers if header[0] not in {*_OF_ONE_FORM, "Server"}]
