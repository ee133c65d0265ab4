"""The heartbeat says when the worker last looked, and nothing else."""

from __future__ import annotations

import json

from publishers.documents import heartbeat
from tests.publishers.documents.sample_views import worst_hour


def test_the_heartbeat_is_the_minute_of_rendering_in_utc() -> None:
    view = worst_hour()
    (document,) = heartbeat.home(view)
    assert document.path == "heartbeat.json"
    assert document.body is not None
    assert json.loads(document.body) == {
        "checked_at": view.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    }
