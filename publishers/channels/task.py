"""A person's job as a channel: the exact text to copy, who is asked, and nothing sent by itself.

For places without an API: a banner in an app, a call centre's script, a network that has no other
way in. The job is done when a person says so. Touches no network and no file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from incidents.status import Certainty, PublicationKind
from publishers._io_languages import in_io_languages
from publishers.channels._base import (
    ChannelOptions,
    Message,
    Post,
    Publisher,
    Receipt,
    Rejected,
    Seen,
)
from publishers.channels._composing import compose, takes_back
from publishers.channels._markdown import plain

NO_LIMIT = 100_000
"""The limit of a place that has none: more than any text may have."""
_PATCH = "avviso io-patch backend.json --write"
# An answer changes no banner, and a retraction says why in its own short text.
_FOR_THE_BANNER = (PublicationKind.UPDATE, PublicationKind.CORRECTION)


class TaskOptions(ChannelOptions):
    """What the settings say of a person's job."""

    who: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    """Who is asked, and how to reach them."""
    instructions: str = ""
    """What to do with the text."""
    text: Literal["short", "full", "io"] = "full"
    """The text of a short channel; or headline and body; or, for the IO app's banner, the short
    text in the app's three languages, with the command that patches its file."""
    limit: Annotated[int, Field(ge=0, le=NO_LIMIT)] = 0
    """Characters that the place takes; 0 where it takes any."""


class Channel(Publisher):
    """Puts a job on the operators' list; that it is done, only a person can say."""

    Options = TaskOptions
    certainty = Certainty.PERSONAL
    options: TaskOptions

    def compose(self, message: Message) -> Post:
        """The text to copy, as plain text; counted in characters."""
        post = compose(
            self._worded(message),
            self.options,
            limit=self.options.limit or NO_LIMIT,
            measure=len,  # of NFC: `clean` sees to that
        )
        return replace(post, replies=False, notes=self._notes())

    def publish(self, message: Message, post: Post) -> Receipt:
        """Nothing but a look at the length: the list of jobs is the deliveries themselves."""
        if post.length > post.limit:
            raise Rejected(f"the text has {post.length} characters, the place takes {post.limit}")
        return Receipt(message.key)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Nothing: nobody can look."""
        del message, post
        return None

    def look(self, receipt: Receipt) -> Seen:
        """Nothing: nobody can look."""
        del receipt
        return Seen()

    def check(self) -> str:
        """Who is asked."""
        return self.options.who

    def _worded(self, message: Message) -> Message:
        if self.options.text == "io" and message.kind in _FOR_THE_BANNER:
            return replace(message, short=_banner(message), brief=message.short)
        # Of the two texts only the short one says that it is a correction, or automatic.
        if self.options.text != "full" or message.automatic or takes_back(message):
            return message
        full = f"{message.headline}\n\n{plain(message.body)}"
        return replace(message, short=full, brief=message.short)

    def _notes(self) -> tuple[str, ...]:
        asked = f"A person is asked to do this: {self.options.who}"
        return (asked, self.options.instructions) if self.options.instructions else (asked,)


def _banner(message: Message) -> str:
    """What `avviso io-patch` writes, to be read before it is run, or pasted by hand."""
    spoken = in_io_languages(message.shorts or {message.locale: message.short})
    lines = [f"{language}: {line}" for language, (_, line) in spoken.items()]
    return "\n".join([*lines, "", _PATCH])
