"""What was seen of posts that are out, and what is under way with a network about it, as kept.

Nothing public reads it: whether a network hides a post is for operators to mend.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incidents.inputs import REFERENCE_LENGTH
from incidents.models import Base, Delivery


class Sighting(Base):
    """What looks at one delivery's post found. None: nobody could tell."""

    __tablename__ = "sightings"
    __table_args__ = (Index(None, "channel", "due_at"), Index(None, "unseen_since"))
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id"), primary_key=True, autoincrement=False
    )
    channel: Mapped[str] = mapped_column(String(40))
    reader: Mapped[bool | None]
    """Whether somebody who is not signed in sees it."""
    account: Mapped[bool | None]
    """Whether the network shows it to the account itself."""
    looked_at: Mapped[datetime | None]
    search: Mapped[bool | None]
    """Whether the network's search finds it by its words."""
    hashtags: Mapped[dict[str, Any]]
    """By each hashtag that it carries, whether it is found under that."""
    searched_at: Mapped[datetime | None]
    reach: Mapped[dict[str, Any]]
    """What the network counts of it: figures by name."""
    reach_at: Mapped[datetime | None]
    steps: Mapped[int] = mapped_column(default=0)
    """How many of the looks that follow the first were due by now."""
    due_at: Mapped[datetime | None]
    """When to look again; None: no more."""
    why: Mapped[str] = mapped_column(Text, default="")
    """Why something could not be looked at, the last time."""
    unseen_since: Mapped[datetime | None]
    """Since when it is known that it cannot be seen or found; None also once an operator knows."""
    known_at: Mapped[datetime | None]
    """When an operator said that they know."""

    delivery: Mapped[Delivery] = relationship(viewonly=True)

    @property
    def visible(self) -> bool | None:
        """Whether it can be seen: by a reader, where one could be asked; gone is gone."""
        if self.account is False:
            return False
        return self.account if self.reader is None else self.reader

    @property
    def missed_hashtags(self) -> list[str]:
        """Those under which it is not found."""
        return [tag for tag, found in self.hashtags.items() if found is False]

    @property
    def is_missed(self) -> bool:
        """Whether a search does not find it, by its words or by a hashtag."""
        return self.search is False or bool(self.missed_hashtags)


class NetworkTicket(Base):
    """What was opened with a network about a channel: a case of its support, an appeal."""

    __tablename__ = "network_tickets"
    __table_args__ = (Index(None, "closed_at", "channel"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    """The post that it is about, where it is about one."""
    reference: Mapped[str] = mapped_column(String(REFERENCE_LENGTH))
    """What the network calls it."""
    url: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(ForeignKey("operators.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("operators.id"))
