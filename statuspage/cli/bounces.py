"""Letters that came back, one on standard input, as a mail server hands it over."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from typing import ParamSpec

import click

from incidents.subscribers import record_bounce
from statuspage.bounce_messages import LARGEST, read_report
from statuspage.bounce_tokens import owner_of
from statuspage.cli._common import Context, in_words, is_told_in_words, refuse

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the message and hands it over later."""
_SAY_RECIPIENT = ("ORIGINAL_RECIPIENT", "RECIPIENT")
"""Variables in which Postfix and Exim say whom a message came to."""
_PIECE = 65_536

P = ParamSpec("P")


def _kept_by_the_mail_server(command: Callable[P, None]) -> Callable[P, None]:
    """Whatever is wrong with us and not with the message: it shall come again."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Exception as problem:
            if not is_told_in_words(problem):
                raise
            refuse(in_words(problem), code=TRY_AGAIN)

    return wrapped


@click.command()
@click.argument("recipient", nargs=-1)
@click.pass_obj
@_kept_by_the_mail_server
def bounce(context: Context, recipient: tuple[str, ...]) -> None:
    """Take in one message that came to the address of bounces, from standard input.

    RECIPIENT is the address that it came to, where the mail server does not say it otherwise.
    What is no letter of ours that came back is passed over. Exit code 75 asks the mail server to
    come again.
    """
    raw = _read_all()
    said = (os.environ.get(name, "") for name in _SAY_RECIPIENT)
    report = read_report(raw, [*recipient, *said])
    owner = owner_of(context.settings.lists.keys, report.tokens)
    if report.kind is None or owner is None:
        click.echo("nothing to do")
        return
    house = context.house
    outcome = record_bounce(house.db, owner, report.kind, house.clock.now(), report.why)
    click.echo(str(outcome))


def _read_all() -> bytes:
    """All of standard input, lest the mail server's pipe break; only so much of it is kept."""
    kept = bytearray()
    for piece in _pieces():
        kept += piece[: LARGEST - len(kept)]
    return bytes(kept)


def _pieces() -> Iterator[bytes]:
    while piece := sys.stdin.buffer.read(_PIECE):
        yield piece
