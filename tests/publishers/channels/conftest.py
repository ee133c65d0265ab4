"""Fixtures of all channel tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.x_api import FakeX

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fakes live on 127.0.0.1: the machine's own proxy settings must not matter."""
    for name in (*_PROXIES, *map(str.upper, _PROXIES)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def x() -> Iterator[FakeX]:
    with FakeX() as fake:
        yield fake
