"""What to do where readers or a search do not see a post, in plain words, by the network. Pure.

English phrases, which are the keys of the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidents.sightings import Sighting
from publishers.documents._phrases import N_

LOOK_YOURSELF = N_("Open the post in a private window, where you are not signed in.")


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, in its order, and where to open a ticket with the network."""

    steps: Sequence[str]
    where: str | None = None
    """The address of the network's own help; None where it has none of its own."""


_ELSEWHERE = Advice(
    (
        LOOK_YOURSELF,
        N_("If it is not there, ask whoever runs the service, and note their ticket here."),
    )
)
ADVICE: Mapping[str, Advice] = {
    "x": Advice(
        (
            LOOK_YOURSELF,
            N_("Search for it on X while you are not signed in as the account."),
            N_(
                "See in the account’s settings and notices whether it is limited, locked or"
                " protected: a limited account is in no search."
            ),
            N_("Open a ticket with X’s support, and note it here until it is settled."),
        ),
        "https://help.x.com/en/forms",
    ),
    "mastodon": Advice(
        (
            LOOK_YOURSELF,
            N_(
                "In the profile’s settings, under privacy and reach, let public posts be found"
                " in search."
            ),
            N_(
                "Ask the instance’s moderators whether the account is limited: a limited account"
                " stands under no hashtag. Note their answer here."
            ),
        )
    ),
    "bluesky": Advice(
        (
            LOOK_YOURSELF,
            N_("See whether a label stands on the account or the post, and appeal against it."),
            N_("Open a ticket with Bluesky’s support, and note it here until it is settled."),
        ),
        "https://bsky.social/about/support",
    ),
    "facebook": Advice(
        (
            LOOK_YOURSELF,
            N_("See the Page’s status in its professional dashboard: limits stand there."),
            N_("Open a ticket with Meta’s business support, and note it here until it is settled."),
        ),
        "https://www.facebook.com/business/help",
    ),
    "telegram": Advice(
        (
            LOOK_YOURSELF,
            N_(
                "See whether the post was deleted in the chat, and whether the chat is still"
                " public, under the same name."
            ),
            N_("Open a ticket with Telegram’s support, and note it here until it is settled."),
        ),
        "https://telegram.org/support",
    ),
}


def advice_for(kind: str) -> Advice:
    """What to do on a network of this kind."""
    return ADVICE.get(kind, _ELSEWHERE)


READER = N_("A reader who is not signed in does not see it.")
GONE = N_("The network does not show it any more, even to the account itself.")
SEARCH = N_("The network’s search does not find it by its words.")
HASHTAGS = N_("It is not found under {hashtags}.")


def faults_of(row: Sighting) -> list[tuple[str, Mapping[str, str]]]:
    """What is wrong with how a post is seen: phrases, with what fills them."""
    found: list[tuple[str, Mapping[str, str]]] = []
    if row.account is False:
        found.append((GONE, {}))
    elif row.visible is False:
        found.append((READER, {}))
    if row.search is False:
        found.append((SEARCH, {}))
    if row.missed_hashtags:
        found.append((HASHTAGS, {"hashtags": ", ".join(f"#{tag}" for tag in row.missed_hashtags)}))
    return found


REACH: Mapping[str, str] = {
    "views": N_("times shown"),
    "likes": N_("likes"),
    "reposts": N_("reposts"),
    "quotes": N_("quotes"),
    "replies": N_("replies"),
    "shares": N_("times shared"),
    "reactions": N_("reactions"),
    "comments": N_("comments"),
}
"""What a network counts, as operators read it."""
