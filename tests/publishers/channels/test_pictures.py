"""Pictures on the networks that take them: there with their words, and never in the words' way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from incidents.status import PublicationKind
from publishers._kinds import kinds, load
from publishers.channels import _base
from publishers.channels._base import ChannelBroken, MaybeSent, PictureOptions
from publishers.channels._picture_drawing import draw
from tests.fakes._service import Answer, Cut, Drip, Fault, Garbage, Hang
from tests.publishers.channels._pictures import KINDS, PICTURE, Network, network, pictured
from tests.publishers.channels.drivers._base import message

FAULTS: dict[str, Fault] = {
    "401": Answer(401),
    "403": Answer(403),
    "404": Answer(404),
    "413": Answer(413),
    "429": Answer(429),
    "500": Answer(500),
    "503": Answer(503),
    "hung": Hang(),
    "slow": Drip(),
    "slow headers": Drip(in_headers=True),
    "cut off": Cut(),
    "cut off in the middle": Cut(in_the_middle=True),
    "nonsense": Garbage(),
    "nothing": Garbage(b"{}"),
}


@pytest.fixture(params=KINDS)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Network]:
    with network(request.param, tmp_path) as made:
        yield made


def test_those_kinds_and_no_other_have_the_setting() -> None:
    having = [
        kind
        for kind in kinds("publishers.channels")
        if issubclass(load("publishers.channels", kind).Channel.Options, PictureOptions)
    ]
    assert sorted(having) == sorted(KINDS)


def test_a_post_shows_its_picture_with_every_word_of_it(there: Network) -> None:
    receipt = there.publish(pictured())
    assert there.shown() == [(draw(PICTURE), PICTURE.alt)]
    assert receipt.without_picture == ""


def test_the_address_is_in_the_text_of_a_post_with_a_picture(there: Network) -> None:
    sent = pictured()
    there.publish(sent)
    assert sent.url in there.fake.texts[0]
    assert there.channel.compose(sent).card is None


def test_what_has_no_picture_uploads_none(there: Network) -> None:
    there.publish(message())
    assert there.shown() == [None]
    assert not any(request.path.endswith(there.upload) for request in there.fake.requests)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_words_go_out_without_a_picture_that_cannot_be_uploaded(
    there: Network, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_base, "NETWORK_TIMEOUT", 0.3)
    sent = pictured()
    there.fake.faults.append(FAULTS[fault])
    receipt = there.publish(sent)
    assert there.fake.requests[0].path.endswith(there.upload)
    assert there.shown() == [None]
    assert there.fake.texts == [there.channel.compose(sent).text]
    assert receipt.without_picture
    assert not receipt.standalone


def test_keys_that_are_wrong_break_the_channel_as_ever(there: Network) -> None:
    there.fake.always = Answer(401)
    if there.upload.startswith("/photos"):
        there.fake.always = Answer(400, {"error": {"message": "bad token", "code": 190}})
    with pytest.raises(ChannelBroken):
        there.publish(pictured())
    assert there.fake.texts == []


def test_no_secret_is_in_what_is_noted(there: Network) -> None:
    secret = next(iter(there.fake.secrets.values()))
    there.fake.faults.append(Answer(500, {"error": {"message": secret}, "detail": secret}))
    assert secret not in there.publish(pictured()).without_picture


def test_what_was_posted_with_a_picture_is_found_again(there: Network) -> None:
    sent = pictured()
    receipt = there.publish(sent)
    found = there.channel.find(sent, there.channel.compose(sent))
    assert found is not None
    assert found.remote_id == receipt.remote_id
    assert there.channel.seen(found)


def test_the_same_delivery_sent_again_is_there_once(there: Network) -> None:
    sent = pictured()
    receipt = there.publish(sent)
    again = there.publish(sent)  # by its key, or as a duplicate that is looked for
    assert again.remote_id == receipt.remote_id
    assert there.shown() == [(draw(PICTURE), PICTURE.alt)]


def test_a_post_whose_answer_is_lost_is_found_with_its_picture(there: Network) -> None:
    sent = pictured()
    steps = {"/2/media/upload": 2}.get(there.upload, 1)
    there.fake.faults.extend([*[None] * steps, Cut()])
    with pytest.raises(MaybeSent):
        there.publish(sent)
    assert there.channel.find(sent, there.channel.compose(sent)) is not None
    assert there.shown() == [(draw(PICTURE), PICTURE.alt)]


def test_what_cannot_be_drawn_is_said_before(there: Network) -> None:
    notes = there.channel.compose(message()).notes
    assert any(note.startswith("No picture goes along") for note in notes)
    answer = message(kind=PublicationKind.ANSWER)
    assert not any("picture" in note for note in there.channel.compose(answer).notes)
    assert not any("No picture" in note for note in there.channel.compose(pictured()).notes)


def test_a_reply_has_its_picture_too(there: Network) -> None:
    first = there.publish(message(short="Prima."))
    sent = replace(pictured(short="Dopo.", key="delivery-2"), parent=first, root=first)
    receipt = there.publish(sent)
    assert there.shown() == [None, (draw(PICTURE), PICTURE.alt)]
    assert not receipt.standalone


def test_x_posts_no_picture_without_its_alternative_text(tmp_path: Path) -> None:
    with network("x", tmp_path) as there:
        refused = Answer(400, {"detail": "no", "status": 400})
        sent = pictured()
        there.fake.faults.extend([_x_took(there), refused])
        receipt = there.publish(sent)
        assert there.shown() == [None]
        assert "400" in receipt.without_picture


def _x_took(there: Network) -> Answer:
    del there
    return Answer(200, {"data": {"id": "1880000000000000000"}})


def test_x_posts_the_words_where_it_does_not_know_the_picture(tmp_path: Path) -> None:
    with network("x", tmp_path) as there:
        sent = pictured()
        there.fake.faults.extend([_x_took(there), Answer(200, {"data": {}})])
        receipt = there.publish(sent)
        assert there.shown() == [None]
        assert "media IDs are invalid" in receipt.without_picture


def test_x_takes_a_refused_reply_with_its_picture(tmp_path: Path) -> None:
    with network("x", tmp_path) as there:
        gone = there.publish(message(short="Prima."))
        there.fake.delete(gone.remote_id)
        receipt = there.publish(replace(pictured(short="Dopo."), parent=gone))
        assert receipt.standalone
        assert there.shown() == [(draw(PICTURE), PICTURE.alt)]


def test_mastodon_waits_for_no_picture(tmp_path: Path) -> None:
    with network("mastodon", tmp_path) as there:
        there.fake.processing = True
        receipt = there.publish(pictured())
        assert there.shown() == [None]
        assert "not finished processing" in receipt.without_picture


def test_mastodon_takes_the_picture_off_what_is_corrected(tmp_path: Path) -> None:
    with network("mastodon", tmp_path) as there:
        first = there.publish(pictured())
        correction = message(kind=PublicationKind.CORRECTION, short="Correzione: no.", target=first)
        assert "loses its picture" in " ".join(there.channel.compose(correction).notes)
        there.publish(correction)
        assert there.shown() == [None]


def test_bluesky_has_the_card_where_text_and_link_do_not_fit(tmp_path: Path) -> None:
    with network("bluesky", tmp_path) as there:
        sent = pictured(short="x" * 290)
        post = there.channel.compose(sent)
        assert post.text == "x" * 290
        assert post.card is not None
        assert post.picture is None
        assert "No picture goes along: text and link together would not fit." in post.notes
        there.publish(sent)
        assert there.shown() == [None]


def test_bluesky_writes_the_words_where_the_picture_is_not_taken(tmp_path: Path) -> None:
    with network("bluesky", tmp_path) as there:
        blob = {"$type": "blob", "ref": {"$link": "bafkreigone"}, "mimeType": "image/png"}
        there.fake.faults.append(Answer(200, {"blob": {**blob, "size": 3}}))
        receipt = there.publish(pictured())
        assert there.shown() == [None]
        assert "BlobNotFound" in receipt.without_picture


def test_bluesky_keeps_what_an_attempt_without_the_picture_wrote(tmp_path: Path) -> None:
    with network("bluesky", tmp_path) as there:
        sent = pictured()
        there.fake.faults.append(Answer(500))
        first = there.publish(sent)
        assert there.publish(sent).remote_id == first.remote_id
        assert there.shown() == [None]


def test_facebook_posts_the_words_where_the_photo_is_not_taken(tmp_path: Path) -> None:
    with network("facebook", tmp_path) as there:
        there.fake.faults.append(Answer(200, {"id": "77"}))
        receipt = there.publish(pictured())
        assert there.shown() == [None]
        assert "not a valid photo" in receipt.without_picture


def test_facebook_says_that_an_edit_leaves_the_picture(tmp_path: Path) -> None:
    with network("facebook", tmp_path) as there:
        first = there.publish(pictured())
        correction = message(kind=PublicationKind.CORRECTION, short="Correzione: no.", target=first)
        assert "keeps the picture" in " ".join(there.channel.compose(correction).notes)
        there.publish(correction)
        assert there.fake.kept[0].edits == 1
        assert len(there.fake.texts) == 1
