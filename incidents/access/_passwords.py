"""Passwords: which will do (NIST SP 800-63B, 3.1.1), and how they are kept and compared (argon2id).

No rules of composition and no expiry: length, and not one that everybody tries first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from incidents.errors import InvalidInput

SHORTEST = 12
LONGEST = 256
"""Characters. The longest is there so that nobody makes us hash a book."""
_FEWEST_DIFFERENT = 5
_SHORTEST_NAME = 4
_COMMON = Path(__file__).with_name("common_passwords.txt")

# OWASP's choice for argon2id with the least memory: sixteen at a time fit into a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _HASHER.hash("nobody has this password")


def check_password(password: str, names: Iterable[str] = ()) -> None:
    """Raises `InvalidInput` for a password that will not do.

    `names` are words that an attacker tries first: the login, the person's and the service's name.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise InvalidInput(
            f"password: is too short; use {SHORTEST} characters or more, such as a few words"
        )
    if len(text) > LONGEST:
        raise InvalidInput(f"password: is too long; use at most {LONGEST} characters")
    plain = _letters(text)
    if len(set(text)) < _FEWEST_DIFFERENT or any(_is_common(each) for each in (text, plain)):
        raise InvalidInput("password: is one that attackers try first; choose another one")
    if any(_is_little_more_than(plain, _letters(name)) for name in names):
        raise InvalidInput("password: is little more than a name; choose another one")


def hash_password(password: str) -> str:
    """What is kept of a password; takes tens of milliseconds, as it should."""
    return _HASHER.hash(_normal(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether it is the one that was kept. Without one it takes as long and is False."""
    if len(password) > LONGEST:
        password = ""  # too long for anybody's; the time is spent all the same
    try:
        return _HASHER.verify(kept or _NOBODYS, _normal(password)) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a kept password was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    # As typed on whichever keyboard (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _is_little_more_than(plain: str, name: str) -> bool:
    rest = plain.replace(name, "") if len(name) >= _SHORTEST_NAME else plain
    return rest != plain and len(rest) < SHORTEST // 2


def _is_common(text: str) -> bool:
    return text.casefold() in _common()


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
