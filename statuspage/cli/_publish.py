"""Preview, ask, publish, say what happened: the same steps for every command that publishes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.markup import escape
from rich.panel import Panel

from incidents import actions, queries
from incidents.actions import Desk, Outcome
from incidents.errors import ActionError
from incidents.models import Publication
from publishers.channels._base import Message, Post
from publishers.documents._base import page_url, update_path
from statuspage.cli._common import NOT_ONLINE, err, out, plain, print_json
from statuspage.house import House
from statuspage.messages import compose_message

Work = Callable[[Desk], Outcome]


def publish(house: House, work: Work, *, yes: bool, as_json: bool) -> None:
    """Show what would go out, ask (unless `yes`), do it, and put it online.

    Leaves with exit code 3 where it is saved but a target does not show it yet.
    """
    planned, publications = actions.rehearse(house.desk, work)
    if not as_json:
        _show(house, publications)
    if not yes:
        _ask(planned)
    outcome = work(house.desk)
    if outcome.draft_id is not None:
        _say_draft(outcome, as_json=as_json)
        return
    problems = house.site.refresh(house.clock.now(), outcome.event)
    if as_json:
        print_json(_report(house, outcome, publications, problems))
    else:
        _say(house, outcome, problems)
    if problems:
        sys.exit(NOT_ONLINE)


def _ask(planned: Outcome) -> None:
    if not sys.stdin.isatty():
        raise ActionError("this would be published; add --yes where nobody can be asked")
    question = "Send this to a second person?" if planned.draft_id else "Publish this now?"
    if not click.confirm(question, default=False):
        raise ActionError("nothing was published")


def previews(house: House, publication: Publication) -> list[tuple[str, Message, Post]]:
    """(channel, message, post) of a publication on each configured channel."""
    found = []
    for name, publisher in house.publishers().items():
        message = compose_message(house.desk, publisher.options, publication, "preview")
        found.append((name, message, publisher.compose(message)))
    return found


def _show(house: House, publications: Sequence[Publication]) -> None:
    for publication in publications:
        for locale, text in publication.texts.items():
            page = f"[bold]{escape(text['headline'])}[/]\n\n{escape(text['body'])}"
            out.print(Panel(page, title=f"page · {locale}", title_align="left"))
        for name, _, post in previews(house, publication):
            out.print(Panel(escape(post.text), title=_title(name, post), title_align="left"))
            for note in post.notes:
                out.print(f"  [dim]{escape(note)}[/]")


def _title(name: str, post: Post) -> str:
    title = f"{escape(name)} · {post.length} of {post.limit}"
    return f"{title} · [yellow]does not fit: name and link instead[/]" if post.fallback else title


def _address(house: House, outcome: Outcome) -> str:
    default = house.service.default_locale
    path = update_path(outcome.incident_id or "", outcome.update_number)
    return page_url(house.service, default, path)


def _say_draft(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json(outcome)
    else:
        out.print(f"Not published: {escape(outcome.why)}. Draft [bold]{outcome.draft_id}[/] waits.")


def _say(house: House, outcome: Outcome, problems: Sequence[Any]) -> None:
    for problem in problems:
        text = f"Saved, not yet online on {problem.target}: {problem.why}"
        err.print(f"[yellow]![/] {escape(text)}")
    if not problems:
        out.print(f"[green]✓[/] Published: {_address(house, outcome)}")
    waiting = len(outcome.publications) * len(house.desk.channels)
    if waiting:
        out.print(f"  {waiting} posts go out with the worker; see 'avviso deliveries'")


def _report(
    house: House, outcome: Outcome, publications: Sequence[Publication], problems: Sequence[Any]
) -> dict[str, Any]:
    posts = [
        {
            "channel": name,
            "kind": publication.kind,
            "text": post.text,
            "length": post.length,
            "limit": post.limit,
            "fallback": post.fallback,
        }
        for publication in publications
        for name, _, post in previews(house, publication)
    ]
    return {
        **plain(outcome),
        "url": _address(house, outcome),
        "online": not problems,
        "not_online": plain(problems),
        "posts": plain(posts),
    }


def version_of(house: House, reference: str) -> int:
    """The version of an entry as it is now. Raises `NotFound`."""
    with house.db.read() as session:
        return queries.find_incident(session, reference).version
