"""Which template to begin a first notice with, by the kind of trouble. Pure.

A proposal claims no cause that nobody knows: too many requests only where a notice had warned of
them, and never a supplier.
"""

from __future__ import annotations

from collections.abc import Collection

COMPONENT_DOWN = "acknowledgement/component-down"
SIGN_IN_FAILING = "acknowledgement/sign-in-failing"
EXPECTED_LOAD = "acknowledgement/high-traffic"
_SIGN_IN = frozenset({"login", "signin", "sso", "auth", "spid", "cie", "accesso", "anmeldung"})
"""Words in a component's key that tell that people sign in by it."""


def first_notice(chosen: Collection[str], known: Collection[str], *, warned: bool) -> str:
    """The key of a notice template for what is wrong with the chosen components (their keys).

    `known` has the templates that there are, `warned` says whether an advance notice came true.
    """
    if warned:
        wanted = EXPECTED_LOAD
    elif chosen and all(_is_sign_in(key) for key in chosen):
        wanted = SIGN_IN_FAILING
    else:
        wanted = COMPONENT_DOWN
    if wanted in known:
        return wanted
    return COMPONENT_DOWN if COMPONENT_DOWN in known else min(known, default="")


def _is_sign_in(key: str) -> bool:
    return key == "sign-in" or not _SIGN_IN.isdisjoint(key.split("-"))
