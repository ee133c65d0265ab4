"""A new key for messages to browsers."""

from __future__ import annotations

from click.testing import CliRunner

from publishers.lists._push_crypto import is_private_key, public_key
from statuspage.cli import main


def test_the_key_is_printed_alone_so_that_it_can_be_stored() -> None:
    made = [CliRunner().invoke(main, ["push-key"]) for _ in range(2)]
    keys = [result.stdout.strip() for result in made]
    assert [result.exit_code for result in made] == [0, 0]
    assert all(map(is_private_key, keys))
    assert keys[0] != keys[1]
    assert made[0].stderr == f"its public half: {public_key(keys[0])}\n"
