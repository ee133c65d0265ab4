"""Web push: the key by which push services know us."""

from __future__ import annotations

import click


@click.command()
def push_key() -> None:
    """Print a new private key for AVVISO_PUSH_KEY; keep it secret, and keep it.

    Browsers subscribe with its public half, which goes to the error output: with another key every
    one of them has to subscribe again.
    """
    from publishers.lists._push_crypto import new_private_key, public_key

    key = new_private_key()
    click.echo(key)
    click.echo(f"its public half: {public_key(key)}", err=True)
