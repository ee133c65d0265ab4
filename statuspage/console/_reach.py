"""What can be taken back, and what cannot: per channel, by what its kind would do."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from incidents import actions, proposed
from incidents.errors import ActionError
from incidents.models import Delivery, Incident, IncidentUpdate, Publication
from incidents.status import DeliveryState, PublicationKind
from statuspage._at_hand import composers, house
from statuspage.auth import signed_in
from statuspage.console._preview import shown_posts
from statuspage.publishing import posts_of

_OUT = (DeliveryState.SENT, DeliveryState.VERIFIED)


@dataclass(frozen=True, slots=True)
class Reach:
    """One channel: what readers of it have, and what taking back does there."""

    channel: str
    kind: str
    out: bool
    """Whether the post is out there."""
    url: str | None
    edits: bool
    """Whether the withdrawal takes the place of the post; else the post stays as it is."""


def taken_back() -> dict[str, str]:
    """Why, where nobody says it: what is wrong can go at once, without a second person."""
    place = house()
    return proposed.sentence(proposed.TAKEN_BACK, place.service, place.texts.words)


def reach(entry: Incident, update: IncidentUpdate) -> list[Reach]:
    """What a retraction of an update would do on each channel; nothing where none is possible."""
    place, login, now = house(), signed_in().login, house().clock.now()
    data = {
        "incident": str(entry.number),
        "update": str(update.number),
        "reason": taken_back(),
    }
    try:
        _, publications = actions.rehearse(
            place.desk, lambda desk: actions.retract_update(desk, login, now, data)
        )
    except ActionError:
        return []
    first = (
        select(Delivery)
        .join(Publication, Publication.id == Delivery.publication_id)
        .where(Publication.update_id == update.id, Publication.kind == PublicationKind.UPDATE)
    )
    with place.db.read() as session:
        deliveries = {row.channel: row for row in session.scalars(first)}
    found = []
    for shown in shown_posts(posts_of(place, composers(), publications[0])):
        delivery = deliveries.get(shown.channel)
        out = delivery is not None and delivery.state in _OUT
        url = delivery.remote_url if delivery is not None and out else None
        found.append(Reach(shown.channel, shown.kind, out, url, shown.post.edits))
    return found
