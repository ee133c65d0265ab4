"""The command line: everything that operators and machines do with Avviso.

Exit codes: 0 done; 1 refused, nothing was changed; 2 the command was not understood; 3 saved, but
not yet online everywhere; 4 a check found something broken; 5 saved or not, nobody can tell.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from statuspage import __version__

_COMMANDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Speak": {
        "declare": ("notices", "An incident: page, feeds and every channel say so."),
        "update": ("notices", "What is new in an incident."),
        "answer": ("notices", "A question that everyone is asking, answered."),
        "correct": ("notices", "Put a published update right, visibly."),
        "retract": ("notices", "Take a published update back, visibly."),
        "resolve": ("notices", "An incident is over."),
        "schedule": ("notices", "Announce planned work or an expected strain."),
        "cancel": ("notices", "Call off what was scheduled."),
        "backdate": ("notices", "Tell of an incident that is over."),
        "attach": ("standing", "Let an answer stand on the page."),
        "detach": ("standing", "Take an answer off the page."),
    },
    "Look": {
        "board": ("showing", "All that is open, and what needs somebody now."),
        "show": ("showing", "One incident, with all that was said of it."),
        "incidents": ("entries", "Incidents, planned work and advance notices."),
        "deliveries": ("deliveries", "What went out, what did not; decide about it."),
        "stats": ("stats", "How evenly everyone is told; who is left behind."),
        "tasks": ("tasks", "What waits for a person to publish it; say that it is done."),
        "draft": ("drafts", "What was kept for later, or waits for approval."),
        "alarms": ("alarms", "What monitors told of, and what became of it."),
        "texts": ("texts", "Notice templates and answers; put them into your words."),
        "duty": ("trail", "Who is on duty: take it, hand it over, leave it."),
        "trail": ("trail", "Who did what and when; all of it as CSV or JSON."),
        "check": ("looking", "What is broken? Nothing is published."),
        "page": ("showing", "What the page is called, its address and languages."),
        "rule": ("looking", "Work out an answer's date rule."),
    },
    "Set up": {
        "init": ("page", "A settings file, a database, an operator."),
        "operator": ("people", "The people who may act, and how they come in."),
        "token": ("tokens", "How programs act for an operator."),
        "component": ("page", "The parts of the service that citizens know."),
        "channel": ("deliveries", "Pause a channel, or use it again."),
        "push-key": ("pushing", "A key for messages to browsers."),
        "completion": ("completing", "Let the shell complete commands and options."),
        "export": ("page", "Render the whole page into a folder."),
        "deploy": ("deploying", "How nginx or Caddy serves the page by itself."),
        "import": ("importing", "Take over what another status page told."),
        "io-patch": ("io_patch", "Patch the IO app's banners, backend.json."),
    },
    "Keep": {
        "backup": ("keeping", "Write the whole database into one file, while it runs."),
        "restore": ("keeping", "Put a backup back; nothing sent is sent again."),
    },
    "Run": {
        "demo": ("servers", "Show a real day; touches nothing of yours."),
        "run": ("servers", "Serve the page and run the worker."),
        "web": ("servers", "Serve the page alone."),
        "worker": ("servers", "Run the worker alone."),
    },
}
"""By what one wants to do: each command's module and what the overview says of it."""


class _Commands(click.Group):
    """Imports a command's module when it is asked for, so that help answers at once."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [name for section in _COMMANDS.values() for name in section]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        for section in _COMMANDS.values():
            if name in section:
                module = import_module(f"statuspage.cli.{section[name][0]}")
                command: click.Command = getattr(module, _as_python(name))
                return command
        return None

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in _COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, says) for name, (_, says) in section.items()])


def _as_python(name: str) -> str:
    """As in "io_patch" for "io-patch", and "import_" for "import"."""
    return name.replace("-", "_") + ("_" if iskeyword(name) else "")


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 refused, 2 not understood, 3 saved but not yet online, "
    "4 something is broken, 5 saved or not, and nobody can tell.",
)
@click.version_option(__version__, prog_name="avviso")
@click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="AVVISO_SETTINGS",
    help="The settings file. [default: $AVVISO_SETTINGS, else ./avviso.toml]",
)
@click.pass_context
def main(context: click.Context, settings: Path | None) -> None:
    """Avviso: declare an incident once, and everyone is told.

    Times are the service's own: 2020-12-08T18:30, or 18:30 for the next time that the clock shows
    that, or +30m and +2h from now.
    """
    from statuspage.cli._common import Context
    from statuspage.logs import configure_logs

    # A command says itself what happened; what keeps running turns its logs on.
    configure_logs(level=logging.CRITICAL)
    shared = context.obj = Context(settings)
    context.call_on_close(shared.close)
