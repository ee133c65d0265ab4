"""A worker at its clock, channels and page alike, and what its page then says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from incidents import queries
from incidents.status import ComponentStatus, Status
from publishers.targets.directory import Target
from tests.statuspage._worker import Scene, nobody_answers, x_channel


def tick(scene: Scene, at: datetime) -> None:
    """All that the worker does at a moment: take what is due, show it, say it, link to it."""
    scene.clock.moment = at
    scene.worker._tick()
    for channel in scene.publishers:
        scene.attend(channel)
    scene.worker.site.refresh(at)


def root(scene: Scene) -> Path:
    target = scene.worker.site.targets["page"]
    assert isinstance(target, Target)
    return target.root


def page(scene: Scene, path: str = "") -> str:
    """A page's text in Italian, as it is read."""
    markup = (root(scene) / path / "index.html").read_text(encoding="utf-8")
    markup = re.sub(r"<style>.*?</style>", " ", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def checked(scene: Scene) -> str:
    """When the worker last looked, as /heartbeat.json says it."""
    found: str = json.loads((root(scene) / "heartbeat.json").read_text("ascii"))["checked_at"]
    return found


def tree(folder: Path) -> dict[str, bytes]:
    """Every document below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".avviso")
    }


def rebuilt(scene: Scene) -> dict[str, bytes]:
    """The page as it would be if it were made anew now."""
    fresh = Target(scene.folder / f"anew-{scene.clock.now():%H%M%S}")
    scene.worker.site.rebuild(fresh, scene.clock.now())
    return tree(fresh.root)


def status_of(scene: Scene, incident: str | None) -> Status:
    with scene.desk.db.read() as session:
        return queries.find_incident(session, incident or "").status


def component(scene: Scene, key: str = "wallet") -> ComponentStatus:
    with scene.desk.db.read() as session:
        return next(c.status for c in queries.components(session) if c.key == key)


def announced(scene: Scene, channel: str = "x") -> list[str]:
    """The statuses that went to a channel, in order, with what was superseded in brackets."""
    return [
        str(row.publication.status)
        if row.state in ("sent", "verified")
        else f"({row.publication.status} {row.state})"
        for row in scene.deliveries(channel)
    ]


@contextmanager
def no_network(scene: Scene) -> Iterator[None]:
    """Nobody listens where X was."""
    there = scene.publishers["x"]
    with nobody_answers() as url:
        scene.publishers["x"] = x_channel(scene.x, scene.folder, url)
        yield
        scene.publishers["x"].close()
    scene.publishers["x"] = there
