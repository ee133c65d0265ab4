"""Configurations for the servers in front."""

from __future__ import annotations

from pathlib import Path

import click

from incidents.errors import InvalidInput
from publishers.targets._serving import WebSub
from statuspage.cli._common import Context, refusing
from statuspage.deploy import TEMPLATES, configuration, page_headers
from statuspage.settings import Settings

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - these are recognised, not listened on


@click.command()
@click.argument("server", type=click.Choice([*TEMPLATES, "headers"]))
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder with the documents. [default: that of the first directory target]",
)
@click.pass_obj
@refusing
def deploy(context: Context, server: str, root: Path | None) -> None:
    """Print how nginx or Caddy serves the page, or the headers that a CDN has to add.

    Make it anew after each upgrade, and when the theme or the feeds' hub changed.
    """
    theme = context.settings.page.theme
    if server == "headers":
        for name, value in page_headers(theme):
            click.echo(f"{name}: {value}")
        return
    if context.settings.web.certificate:
        raise InvalidInput(
            f"leave web.certificate out: {server} speaks TLS, and to Avviso without it"
        )
    folder = root or context.settings.documents_path
    if folder is None:
        raise InvalidInput("no target is a directory; say which with --root")
    websub = WebSub(context.settings.hub, context.settings.service.url)
    try:
        told = configuration(server, folder.absolute(), app_of(context.settings), theme, websub)
    except ValueError as problem:
        raise InvalidInput(str(problem)) from None
    click.echo(told, nl=False)


def app_of(settings: Settings) -> str:
    """Where a server on the same machine reaches Avviso."""
    host = settings.web.host
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"[{host}]:{settings.web.port}" if ":" in host else f"{host}:{settings.web.port}"
