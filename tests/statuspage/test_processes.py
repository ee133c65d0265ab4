"""A process of this machine is known to be gone, and no other is ever taken for gone."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from statuspage.processes import have_many_files, is_gone, process_name, share_finely


def test_this_process_is_there() -> None:
    assert not is_gone(process_name())
    assert len(process_name()) <= 60


def test_a_process_that_was_killed_is_gone_even_before_its_parent_asks() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = process_name(child.pid)
    assert not is_gone(name)
    child.kill()
    try:
        state = Path(f"/proc/{child.pid}/stat")
        while state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            pass
        assert is_gone(name)
    finally:
        child.communicate()
    assert is_gone(name)


def test_another_process_under_the_same_id_is_not_the_same() -> None:
    place, pid, started = process_name().split(":")
    assert is_gone(f"{place}:{pid}:{int(started) + 1}")


@pytest.mark.parametrize("name", ["elsewhere.12345678.4026531836:1:1", "w1", "", "::", "a:b:c"])
def test_what_is_not_of_this_machine_is_not_gone(name: str) -> None:
    assert not is_gone(name)


def test_what_cannot_be_told_is_not_gone() -> None:
    place, pid, started = process_name().split(":")
    assert not is_gone(f"{place}:{pid}:?")
    assert not is_gone(f"{place}:-1:{started}")


def test_threads_take_turns_often() -> None:
    before = sys.getswitchinterval()
    try:
        share_finely()
        assert sys.getswitchinterval() < 0.001
    finally:
        sys.setswitchinterval(before)


def test_as_many_files_as_the_system_allows() -> None:
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        found = have_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (found, most)
        assert found == (65_536 if most == resource.RLIM_INFINITY else min(most, 65_536))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))
