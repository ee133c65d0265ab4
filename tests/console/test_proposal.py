"""The template that is proposed for a first notice."""

from __future__ import annotations

import pytest

from statuspage.console._proposal import (
    COMPONENT_DOWN,
    EXPECTED_LOAD,
    SIGN_IN_FAILING,
    first_notice,
)

KNOWN = (COMPONENT_DOWN, EXPECTED_LOAD, SIGN_IN_FAILING)


@pytest.mark.parametrize(
    ("chosen", "warned", "template"),
    [
        ([], False, COMPONENT_DOWN),
        (["wallet"], False, COMPONENT_DOWN),
        (["login"], False, SIGN_IN_FAILING),
        (["sign-in", "login-spid"], False, SIGN_IN_FAILING),
        (["login", "wallet"], False, COMPONENT_DOWN),
        (["blogin"], False, COMPONENT_DOWN),
        (["login"], True, EXPECTED_LOAD),
    ],
)
def test_what_fits(chosen: list[str], warned: bool, template: str) -> None:
    assert first_notice(chosen, KNOWN, warned=warned) == template


def test_a_template_that_was_retired_is_not_proposed() -> None:
    assert first_notice(["login"], [COMPONENT_DOWN], warned=False) == COMPONENT_DOWN
    assert first_notice(["login"], ["own/b", "own/a"], warned=True) == "own/a"
    assert first_notice([], [], warned=False) == ""
