"""What was seen of posts, and tickets with networks, on the command line."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from incidents.models import Delivery
from incidents.sightings import Sighting
from incidents.status import DeliveryState
from statuspage.house import open_house
from statuspage.settings import load_settings
from tests.conftest import NOON
from tests.statuspage.cli._avviso import OWN_WORDS, Avviso

WHEN = NOON.replace(year=2120)
"""Later than any clock: what was found missing then is never too old to be told."""


@dataclass(frozen=True)
class Posted:
    """A house with one post that is out, and that no search finds."""

    avviso: Avviso
    delivery: str


@pytest.fixture
def posted(avviso: Avviso) -> Posted:
    name = ("--name", "it=Accesso lento", "--name", "en=Slow sign-in")
    avviso.done("declare", *name, "--component", "login=partial_outage", *OWN_WORDS, "--yes")
    (row,) = avviso.json("deliveries")
    settings = load_settings(
        avviso.folder / "avviso.toml", {"AVVISO_DATABASE_URL": avviso.database_url}
    )
    house = open_house(settings)
    with house.db.claim() as session:
        session.get_one(Delivery, row["id"]).state = DeliveryState.VERIFIED
        session.add(
            Sighting(
                delivery_id=row["id"],
                channel="prova",
                reader=True,
                looked_at=WHEN,
                search=False,
                hashtags={"IO": True},
                searched_at=WHEN,
                reach={"views": 12},
                reach_at=WHEN,
                unseen_since=WHEN,
            )
        )
    house.close()
    return Posted(avviso, str(row["id"]))


def test_what_is_not_seen_is_listed_with_what_to_do(posted: Posted) -> None:
    said = posted.avviso.done("deliveries", "unseen")
    assert "does not find it by its words" in said
    assert "private window" in said
    (row,) = posted.avviso.json("deliveries", "unseen")
    assert str(row["id"]) == posted.delivery
    assert (row["seen_by_reader"], row["found_by_search"]) == (True, False)
    assert row["found_under"] == {"IO": True}


def test_what_one_knows_is_told_no_more(posted: Posted) -> None:
    avviso = posted.avviso
    avviso.done("deliveries", "known", posted.delivery)
    assert "Nothing says" in avviso.done("deliveries", "unseen")
    assert avviso.json("deliveries", "unseen") == []
    assert "is not seen" in avviso.refused("deliveries", "known", posted.delivery)


def test_one_posts_reach(posted: Posted) -> None:
    assert posted.avviso.json("deliveries", "seen", posted.delivery)["reach"] == {"views": 12}
    assert "views 12" in posted.avviso.done("deliveries", "seen", posted.delivery)
    why = posted.avviso.refused("deliveries", "seen", "987654")
    assert "nothing was seen of delivery 987654 yet" in why


def test_a_ticket_is_noted_and_closed(posted: Posted) -> None:
    avviso = posted.avviso
    said = ("--url", "https://help.example/7", "--words", "Non ci trovano.")
    about = ("--delivery", posted.delivery)
    avviso.done("channel", "ticket", "prova", "--reference", "A[b]7", *said, *about)
    (row,) = avviso.json("channel", "tickets")
    assert (row["reference"], row["url"]) == ("A[b]7", "https://help.example/7")
    assert str(row["delivery"]) == posted.delivery
    assert "A[b]7" in avviso.done("channel", "tickets")
    avviso.done("channel", "close-ticket", str(row["id"]))
    assert avviso.json("channel", "tickets") == []
    (row,) = avviso.json("channel", "tickets", "--all")
    assert row["closed_at"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nope", "--reference", "7"), "there is no channel 'nope'"),
        (("prova", "--reference", "7", "--url", "javascript:x"), "url: has to be an address"),
        (("prova", "--reference", "7", "--delivery", "987654"), "is none of the channel"),
    ],
)
def test_a_ticket_that_is_wrong_is_refused(
    on_sqlite: Avviso, words: tuple[str, ...], says: str
) -> None:
    assert says in on_sqlite.refused("channel", "ticket", *words)
