"""`/heartbeat.json`: when the worker last looked; a fresh page with a dead worker is a lie."""

from __future__ import annotations

import json
from collections.abc import Iterator

from incidents.view import HomeView
from publishers.documents._base import Document


def home(view: HomeView) -> Iterator[Document]:
    """{"checked_at": "2020-12-08T13:30:00Z"}, in UTC; renewed every minute."""
    checked = view.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = json.dumps({"checked_at": checked}, separators=(",", ":"))
    yield Document("heartbeat.json", body.encode())
