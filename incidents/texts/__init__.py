"""Renders notice templates and answers, per locale and length.

Templates are data: they run in a sandbox with a closed list of names and filters. Nothing here
knows the database, the network or the present moment.
"""

from incidents.texts.library import TextLibrary
from incidents.texts.model import (
    AnswerTemplate,
    Field,
    NoticeContext,
    NoticeTemplate,
    RenderedAnswer,
    TextError,
)

__all__ = [
    "AnswerTemplate",
    "Field",
    "NoticeContext",
    "NoticeTemplate",
    "RenderedAnswer",
    "TextError",
    "TextLibrary",
]
