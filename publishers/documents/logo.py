"""`/logo.svg` or `/logo.png`: the body's logo, once for all locales, as it was checked when set."""

from __future__ import annotations

from collections.abc import Iterator

from incidents.view import Overview
from publishers.documents._base import Document


def overview(view: Overview) -> Iterator[Document]:
    """The logo, where there is one."""
    logo = view.service.theme.logo
    if logo:
        yield Document(logo.name, logo.body)
