"""The settings' table [answering]: who we are on the networks, and how long answers are noted."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from statuspage._settings_file import Section

_ACCOUNT = re.compile(r"@[\w.-]{1,100}(?:@[\w.-]{1,200})?")


def _accounts(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _ACCOUNT.fullmatch(value):
            raise ValueError(f'{value!r} is no account, such as "@comune" or "@comune@example.org"')
    return values


class AnsweringSection(Section):
    """Answering one person, in the console."""

    accounts: Annotated[tuple[str, ...], AfterValidator(_accounts)] = ()
    """Your accounts as people write them, with `@`: they tell whether a post speaks to you. A
    Bluesky channel's own handle is known already."""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How many days it is remembered which posts were answered, and by whom. Their text is never
    kept."""
