"""A square in which somebody calls notices out: a kind of channel as a plug-in would bring it.

It is all that a new kind needs to be. A test puts it, as `toy.py`, on the package's path.
"""

from __future__ import annotations

import json

from incidents.status import Certainty
from publishers.channels._base import (
    ChannelBroken,
    ChannelOptions,
    Message,
    Post,
    Publisher,
    Receipt,
)
from publishers.channels._composing import compose


class ToyOptions(ChannelOptions):
    """Beside the common options, those of a square."""

    square: str
    """The name of the square."""
    loudness: int = 3
    """How loud it is called out."""


class Channel(Publisher):
    """Calls notices out in a square: a file of lines in Avviso's data folder."""

    Options = ToyOptions
    options: ToyOptions
    NETWORK = "Town square"
    certainty = Certainty.KEYED
    SECRETS = ("licence",)

    def compose(self, message: Message) -> Post:
        """The short text with the link; 150 characters."""
        return compose(message, self.options, limit=150, measure=len)

    def publish(self, message: Message, post: Post) -> Receipt:
        """Call it out, once."""
        if self.find(message, post) is None:
            with (self.data / "square.jsonl").open("a", encoding="utf-8") as square:
                square.write(json.dumps([message.key, post.text]) + "\n")
        return self._receipt(message)

    def find(self, message: Message, post: Post) -> Receipt | None:
        """Whether it was called out."""
        del post
        return self._receipt(message) if message.key in self._called() else None

    def seen(self, receipt: Receipt) -> bool | None:
        """Whether it was heard."""
        return receipt.remote_id in self._called()

    def check(self) -> str:
        """Whether there is a licence; answers the square's name."""
        if not self.secrets.get("licence"):
            raise ChannelBroken("this secret is not set: licence")
        return f"the crier of {self.options.square}"

    def _called(self) -> set[str]:
        square = self.data / "square.jsonl"
        if not square.exists():
            return set()
        return {json.loads(line)[0] for line in square.read_text("utf-8").splitlines()}

    def _receipt(self, message: Message) -> Receipt:
        return Receipt(message.key, f"https://square.example.it/{message.key}")
