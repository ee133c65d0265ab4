"""Fields that were said and have no effect: whoever said them is told, in a header.

What goes out goes out everywhere alike, so that no field silences a channel; a client that believes
it has silenced one must know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from incidents.inputs import Input
from statuspage.api._inputs import NoEffect

HEADER = "Avviso-Ignored"
_EVERYBODY = frozenset({"deliver_notifications", "notify_subscribers"})
_TWEETS = frozenset(
    {
        *("wants_twitter_update", "notify_twitter", "auto_tweet_on_creation"),
        *("auto_tweet_at_beginning", "auto_tweet_on_completion"),
    }
)
_AS_JSON = {"": None, "true": True, "1": True, "false": False, "0": False}
"""What forms write in the place of JSON's values."""


def takes_ignored(body: type[Input]) -> bool:
    """Whether a body may have such fields."""
    return any(
        _has_no_effect(field) or any(takes_ignored(inner) for inner in _inside(field))
        for field in body.model_fields.values()
    )


def _inside(field: FieldInfo) -> Iterator[type[Input]]:
    if isinstance(field.annotation, type) and issubclass(field.annotation, Input):
        yield field.annotation


def _has_no_effect(field: FieldInfo) -> bool:
    return any(isinstance(mark, NoEffect) for mark in field.metadata)


def ignored(body: Input, content: Any, *, tweets: bool) -> Iterator[str]:
    """The names of the fields that say something else than is so anyway. `content` is what is
    answered; `tweets`, whether what is published goes to X."""
    for name, field in type(body).model_fields.items():
        said = getattr(body, name)
        if isinstance(said, Input):
            yield from ignored(said, content, tweets=tweets)
        elif _has_no_effect(field) and not _is_so(said, _anyway(body, name, content, tweets)):
            yield name


def _anyway(body: Input, name: str, content: Any, tweets: bool) -> Any:
    if name in _EVERYBODY:
        return not getattr(body, "backfilled", False)
    if name in _TWEETS:
        return tweets
    return content.get(name) if isinstance(content, dict) else None


def _is_so(said: Any, anyway: Any) -> bool:
    """Whether it says what is so; nothing at all says nothing."""
    meant = _AS_JSON.get(said.lower(), said) if isinstance(said, str) else said
    return meant is None or meant == anyway or not (meant or anyway)
