"""`/embed/`: the state of the page for other sites, in a frame or as a banner.

The frame has no script and a stylesheet of its own. `/embed/banner.js` is one for all languages;
it asks for /status.json and shows one line, and only while something is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup

from incidents.view import Overview
from publishers.documents._base import Document
from publishers.documents._render import Page, environment, render
from publishers.documents._style import embed_stylesheet
from publishers.documents._verdict import verdict


def overview(view: Overview) -> Iterator[Document]:
    """embed/index.html of every locale, and embed/banner.js."""
    service = view.service
    pages = [Page(service, locale, "embed/") for locale in service.locales]
    style = Markup(embed_stylesheet())  # noqa: S704 - our own file
    for page in pages:
        said = verdict(view, page)
        yield render("embed.html", page, verdict=said, embed_stylesheet=style)
    closes = {page.locale: page.words.gettext("Close") for page in pages}
    script = environment().get_template("banner.js")
    text = script.render(closes=closes, default=service.default_locale)
    yield Document("embed/banner.js", _squeezed(text).encode())


def _squeezed(script: str) -> str:
    """Without comments of whole lines and white space at the beginning of lines."""
    return re.sub(r"^\s*(?://.*\n)?|^\s+", "", script, flags=re.MULTILINE)
