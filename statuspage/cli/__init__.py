"""The command line: everything that operators and machines do with Avviso.

Exit codes: 0 done; 1 refused, nothing was changed; 2 the command was not understood; 3 saved, but
not yet online everywhere; 4 a check found something broken.
"""

from __future__ import annotations

from pathlib import Path

import click

from statuspage import __version__
from statuspage.cli._common import Context
from statuspage.cli.deliveries import channel, deliveries
from statuspage.cli.notices import (
    answer,
    cancel,
    correct,
    declare,
    draft,
    incidents,
    resolve,
    retract,
    schedule,
    update,
)
from statuspage.cli.page import check, component, export, init, operator, rule
from statuspage.cli.servers import demo, run, web, worker


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 refused, 2 not understood, 3 saved but not yet online, "
    "4 something is broken.",
)
@click.version_option(__version__, prog_name="avviso")
@click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file. [default: $AVVISO_SETTINGS, else ./avviso.toml]",
)
@click.pass_context
def main(context: click.Context, settings: Path | None) -> None:
    """Avviso: declare an incident once, and everyone is told.

    Times are the service's own: 2020-12-08T18:30, or 18:30 for the next time that the clock shows
    that, or +30m and +2h from now.
    """
    context.obj = Context(settings)


for command in (
    answer,
    cancel,
    channel,
    check,
    component,
    correct,
    declare,
    deliveries,
    demo,
    draft,
    export,
    incidents,
    init,
    operator,
    resolve,
    retract,
    rule,
    run,
    schedule,
    update,
    web,
    worker,
):
    main.add_command(command)
