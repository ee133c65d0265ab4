"""Steps 3 and 4. Killed while the page is rendered, before and after the first file has changed."""

from __future__ import annotations

from collections.abc import Sequence

from tests.kill._place import Place, tree
from tests.kill._traps import documents, pipes
from tests.kill.conftest import Kills

_DETAILS = ("incidents/", "en/incidents/", "history/", "en/history/")
_WATERMARK = ".avviso.json"


def kill_at_one_of(place: Place, trapped: Sequence[str], command: Sequence[str]) -> None:
    """Start a command, let it come to the first of these documents, and kill it there."""
    with pipes(place.page, trapped, place.folder / "aside") as is_one_read:
        process = place.start(*command)
        process.until(is_one_read, f"one of {trapped}")
        process.kill()


def test_3_while_rendering(place: Place, kills: Kills) -> None:
    incident = place.declare()
    word = place.word()
    before = tree(place.page)
    for command in ([*place.updating(incident, word), "--yes"], ["worker"], ["worker"]):
        kill_at_one_of(place, documents(place.page), command)
        kills.note()
        assert tree(place.page) == before
    assert place.is_saved(word)
    place.accepted.append(word)
    place.revive()


def test_4_between_two_files(place: Place, kills: Kills) -> None:
    incident = place.declare()
    word = place.word()
    saying = place.random.choice([place.declaring(word), place.updating(incident, word)])
    old = tree(place.page)
    overview = [path for path in documents(place.page) if not path.startswith(_DETAILS)]
    stops = place.random.sample(overview, 3)
    for command, stop in zip(([*saying, "--yes"], ["worker"], ["worker"]), stops, strict=True):
        before = tree(place.page)
        kill_at_one_of(place, [stop], command)
        kills.note()
        after = tree(place.page)
        assert any(old.get(path) != after[path] for path in after)
        assert (after[stop], after[_WATERMARK]) == (before[stop], old[_WATERMARK])
    place.accepted.append(word)
    place.revive()
