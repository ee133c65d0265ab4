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
from incidents.texts.own import ANSWER, NOTICE, Own, TextName, name_problem

__all__ = [
    "ANSWER",
    "NOTICE",
    "AnswerTemplate",
    "Field",
    "NoticeContext",
    "NoticeTemplate",
    "Own",
    "RenderedAnswer",
    "TextError",
    "TextLibrary",
    "TextName",
    "name_problem",
]
