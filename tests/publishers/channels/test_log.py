"""The channel that only writes down what would be said: once, whole, and under its lock."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from incidents.status import Certainty
from publishers.channels._base import ChannelOptions, Receipt, Rejected, TryLater
from publishers.channels.log import Channel
from tests.publishers.channels.drivers._base import message


def channel(folder: Path, **options: Any) -> Channel:
    settings = {"name": "prova", "kind": "log", "locale": "it", **options}
    return Channel(ChannelOptions(**settings), {}, folder)


def publish(folder: Path, key: str, **changes: Any) -> Receipt:
    log, sent = channel(folder), message(key=key, **changes)
    return log.publish(sent, log.compose(sent))


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "posts" / "prova.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_writes_one_line_with_all_that_would_be_said(tmp_path: Path) -> None:
    sent = message(key="7", parent=Receipt("6"), short="È fermo.")
    receipt = channel(tmp_path).publish(sent, channel(tmp_path).compose(sent))
    assert receipt == Receipt("7")
    assert lines(tmp_path) == [
        {
            "key": "7",
            "at": sent.at.isoformat(),
            "locale": "it",
            "text": f"È fermo.\n{sent.url}",
            "reply_to": "6",
            "reference": "#42/3",
        }
    ]


def test_is_keyed_and_says_that_nobody_reads_it(tmp_path: Path) -> None:
    assert Channel.certainty is Certainty.KEYED
    assert "only writes to a file" in channel(tmp_path).compose(message()).notes[0]


def test_shows_the_reference_only_without_a_link(tmp_path: Path) -> None:
    assert "#42/3" not in channel(tmp_path).compose(message()).text
    assert channel(tmp_path, link=False).compose(message()).text.endswith(" #42/3")


@pytest.mark.parametrize("torn", [b'{"key": "2", "text": "a', b"\xff\xfe", b"[1]", b"{}"])
def test_a_torn_last_line_is_no_post_and_harms_no_other(tmp_path: Path, torn: bytes) -> None:
    publish(tmp_path, "1")
    path = channel(tmp_path).path
    path.write_bytes(path.read_bytes() + torn)
    assert channel(tmp_path).seen(Receipt("2")) is False
    publish(tmp_path, "2")
    publish(tmp_path, "1")
    whole = path.read_bytes().split(b"\n")
    assert [json.loads(whole[i])["key"] for i in (0, 2)] == ["1", "2"]
    assert whole[1] == torn
    assert len(whole) == 4


def test_a_post_that_fits_nowhere_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="280"):
        publish(tmp_path, "1", short="x" * 999, name="y" * 999, status="z" * 999)
    assert channel(tmp_path).seen(Receipt("1")) is False


def test_what_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "posts").write_text("a file where the folder should be")
    for attempt in (lambda: publish(tmp_path, "1"), channel(tmp_path).check):
        with pytest.raises(TryLater, match=r"prova\.jsonl cannot be written"):
            attempt()
    with pytest.raises(TryLater, match="cannot be read"):
        channel(tmp_path).seen(Receipt("1"))


def test_a_channels_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    path = channel(tmp_path, name="../../x y").path
    assert path.parent == tmp_path / "posts"


def test_nobody_else_writes_while_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[bool] = []

    def try_to_lock(_: int) -> None:
        with channel(tmp_path).path.open("ab") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                refused.append(True)

    monkeypatch.setattr("os.fsync", try_to_lock)
    publish(tmp_path, "1")
    assert refused == [True]


def _publish_many(folder: Path, first: int) -> None:
    for number in range(first, first + 25):
        publish(folder, str(number), short="parola " * 30)


def test_processes_tear_no_lines_and_double_no_post(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    starts = (0, 10)
    workers = [context.Process(target=_publish_many, args=(tmp_path, n)) for n in starts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * len(starts)
    assert sorted(int(line["key"]) for line in lines(tmp_path)) == list(range(35))
