"""Corrections and retractions on Mastodon, which take the place of what they speak of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from incidents.status import PublicationKind
from publishers.channels._base import ChannelBroken, Receipt, Rejected, TryLater
from tests.fakes import mastodon_api as api
from tests.fakes._service import Answer
from tests.fakes.mastodon_api import FakeMastodon
from tests.publishers.channels._mastodon import channel, find, publish
from tests.publishers.channels.drivers._base import message

CORRECTION = PublicationKind.CORRECTION


@pytest.fixture
def mastodon() -> Iterator[FakeMastodon]:
    with FakeMastodon() as fake:
        yield fake


def test_an_edit_says_that_it_is_one(mastodon: FakeMastodon, tmp_path: Path) -> None:
    made = channel(mastodon, tmp_path)
    plain = made.compose(message(parent=Receipt("1")))
    assert (plain.edits, plain.replies, plain.notes) == (False, True, ())
    post = made.compose(message(kind=CORRECTION, parent=Receipt("1"), target=Receipt("2")))
    assert (post.edits, post.replies) == (True, False)
    assert [("in place" in note, "readers" in note) for note in post.notes] == [(True, True)]
    untold = made.compose(message(kind=CORRECTION, parent=Receipt("1")))
    assert (untold.edits, untold.replies) == (False, True)


def test_an_edit_keeps_what_was_said_before(mastodon: FakeMastodon, tmp_path: Path) -> None:
    first = publish(mastodon, tmp_path)
    said = mastodon.texts[0]
    receipt = publish(mastodon, tmp_path, message(kind=CORRECTION, short="Ora.", target=first))
    assert receipt == first
    assert mastodon.statuses[0].edits == [said]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401), ChannelBroken),
        (Answer(403, api.OUT_OF_SCOPE), ChannelBroken),
        (Answer(422, api.NO_USER), ChannelBroken),
        (Answer(422, api.BLANK), Rejected),
        (Answer(400), Rejected),
        (Answer(408), TryLater),
        (Answer(429), TryLater),
        (Answer(500), TryLater),
        (Answer(302), TryLater),
        (Answer(200, []), TryLater),
        (Answer(200, {"id": None}), TryLater),
    ],
)
def test_what_an_answer_to_an_edit_means(
    mastodon: FakeMastodon, tmp_path: Path, answer: Answer, error: type[Exception]
) -> None:
    mastodon.faults.append(answer)
    with pytest.raises(error) as caught:
        publish(mastodon, tmp_path, message(kind=CORRECTION, target=Receipt("1")))
    assert type(caught.value) is error
    assert [request.method for request in mastodon.requests] == ["PUT"]


def test_a_server_that_knows_no_edits_gets_a_new_post(
    mastodon: FakeMastodon, tmp_path: Path
) -> None:
    mastodon.knows_edits = False
    first = publish(mastodon, tmp_path)
    thread = {"parent": first, "root": first, "target": first}
    sent = message(key="delivery-2", kind=CORRECTION, short="Ora è giusto.", **thread)
    receipt = publish(mastodon, tmp_path, sent)
    assert receipt.standalone
    assert mastodon.statuses[-1].in_reply_to_id is None
    assert receipt.remote_id != first.remote_id
    assert len(mastodon.texts) == 2
    assert find(mastodon, tmp_path, sent) == receipt
