"""SQLite's file is damaged, replaced or removed while everything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults._pages import Citizen, documents
from tests.faults._terminal import DECLARE
from tests.statuspage.cli.conftest import set_up


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\1" * 8000])
def test_a_damaged_file_is_said_and_the_page_stays(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = set_up(tmp_path, "sqlite")
    page = tmp_path / "data" / "page"
    shown = documents(page)
    (tmp_path / "data" / "avviso.db").write_bytes(content)
    result = typed(*DECLARE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("✗ database: ")
    assert result.stderr.endswith(
        "; its file was damaged or replaced: stop Avviso, and put a backup in its place\n"
    )
    Citizen(page).finds_whole(shown)
