"""Preview, ask, publish, say what happened: the same steps for every command that publishes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.panel import Panel
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from incidents import actions, outbox, queries
from incidents.actions import Desk, Outcome
from incidents.errors import ActionError
from incidents.models import Channel, Delivery, Draft, Incident, Publication
from incidents.status import ChannelState
from incidents.texts import AnswerTemplate, NoticeTemplate, TextError
from publishers.channels._base import Post, Publisher
from publishers.documents._base import page_url, update_path
from statuspage.cli._common import NOT_ONLINE, InDoubt, err, out, plain, print_json
from statuspage.cli._database import database_in_words
from statuspage.messages import compose_message

if TYPE_CHECKING:
    from statuspage.house import House
    from statuspage.site import NotOnline

Work = Callable[[Desk], Outcome]


def publish(house: House, work: Work, *, yes: bool, as_json: bool) -> None:
    """Show what would go out, ask (unless `yes`), do it, and put it online.

    Leaves with exit code 3 where it is saved but a target does not show it yet, with 5 where
    nobody can tell whether it was saved.
    """
    ids = _SameIds(house.desk.new_id)
    planned, publications = actions.rehearse(ids.desk(house.desk), work)
    with _publishers(house) as publishers:
        if not as_json:
            _show(house, publishers, publications)
        if not yes:
            _ask(planned)
        outcome = _do(house, lambda: work(ids.desk(house.desk)), planned)
        if outcome.draft_id is not None:
            say_draft(outcome, as_json=as_json)
            return
        problems = house.site.refresh(house.clock.now(), outcome.event)
        if as_json:
            print_json(_report(house, publishers, outcome, problems))
        else:
            _say(house, outcome, problems)
    if problems:
        sys.exit(NOT_ONLINE)


@dataclass
class _SameIds:
    """Lets the rehearsal and the real thing draw the same ids, so that the addresses in the
    preview are those that will be."""

    new_id: Callable[[], str]
    drawn: list[str] = field(default_factory=list)

    def desk(self, desk: Desk) -> Desk:
        """A desk that draws from the first id on."""
        turn = count()

        def draw() -> str:
            number = next(turn)
            if number == len(self.drawn):
                self.drawn.append(self.new_id())
            return self.drawn[number]

        return replace(desk, new_id=draw)


def _do(house: House, work: Callable[[], Outcome], planned: Outcome) -> Outcome:
    """The action itself. Raises `InDoubt`.

    A connection that is lost while it commits leaves open whether it did: then what was planned is
    looked for, by the ids that the rehearsal drew.
    """
    try:
        return work()
    except DBAPIError as problem:
        if not (problem.connection_invalidated and problem.statement is None):
            raise
        try:
            found = _saved(house, planned)
        except SQLAlchemyError as away:
            raise InDoubt(
                f"{database_in_words(away)}. It may have been saved or not: "
                "look at 'avviso incidents' before you try again"
            ) from problem
        if found is None:
            raise
        return found


def _saved(house: House, planned: Outcome) -> Outcome | None:
    """What was done of what was planned; None where it was not."""
    # Alone in the line of events: a commit that was still under way has ended then.
    with house.db.undone() as session:
        if planned.draft_id:
            return planned if session.get(Draft, planned.draft_id) else None
        said = [session.get(Publication, publication) for publication in planned.publications]
        incident = session.get(Incident, planned.incident_id)
        if incident is None or None in said:
            return None
        return replace(planned, event=queries.last_event(session), number=incident.number)


@contextmanager
def _publishers(house: House) -> Iterator[dict[str, Publisher]]:
    publishers = house.publishers()
    try:
        yield publishers
    finally:
        for publisher in publishers.values():
            publisher.close()


def _can_be_asked() -> bool:
    return sys.stdin.isatty()


def _ask(planned: Outcome) -> None:
    if not _can_be_asked():
        raise ActionError("this would be published; add --yes where nobody can be asked")
    question = "Send this to a second person?" if planned.draft_id else "Publish this now?"
    # On standard error, so that --json leaves nothing but JSON on standard output.
    if not click.confirm(question, default=False, err=True):
        raise ActionError("nothing was published")


def _post(house: House, publisher: Publisher, publication: Publication) -> Post:
    """What a channel would say, in the thread as it is there by now."""
    with house.db.read() as session:
        thread = outbox.standing(session, publisher.options.name, publication)
    message = compose_message(house.desk, publisher.options, publication, "preview", thread)
    return publisher.compose(message)


def _show(
    house: House, publishers: dict[str, Publisher], publications: Sequence[Publication]
) -> None:
    with house.db.read() as session:
        states = queries.channel_states(session)
    for publication in publications:
        for locale, text in publication.texts.items():
            page = f"[bold]{escape(text['headline'])}[/]\n\n{escape(text['body'])}"
            out.print(Panel(page, title=f"page · {locale}", title_align="left"))
        for name, publisher in publishers.items():
            _show_post(name, _post(house, publisher, publication), states.get(name))


def _show_post(name: str, post: Post, state: Channel | None) -> None:
    if state is not None:
        out.print(f"[yellow]![/] {escape(f'{name} is {state.state}: {state.why}')}")
        if state.state is ChannelState.PAUSED:
            return
    out.print(Panel(escape(post.text), title=_title(name, post), title_align="left"))
    if post.card is not None:
        told = (post.card.title, post.card.description, post.card.url)
        card = " · ".join(part for part in told if part)
        out.print(f"  [dim]card: {escape(card)}[/]", soft_wrap=True)
    for note in post.notes:
        out.print(f"  [dim]{escape(note)}[/]")


def _title(name: str, post: Post) -> str:
    title = f"{escape(name)} · {post.length} of {post.limit}"
    if post.edits:
        title += " · edits the post that it speaks of"
    elif post.replies:
        title += " · replies in the thread"
    return f"{title} · [yellow]does not fit: name and link instead[/]" if post.fallback else title


def _address(house: House, outcome: Outcome) -> str:
    default = house.service.default_locale
    path = update_path(outcome.incident_id or "", outcome.update_number)
    return page_url(house.service, default, path)


def say_draft(outcome: Outcome, *, as_json: bool) -> None:
    """Say where it waits, and what publishes it."""
    if as_json:
        print_json(outcome)
        return
    why = f": {outcome.why}" if outcome.why else ""
    out.print(f"Not published{escape(why)}")
    out.print(f"  'avviso draft publish {outcome.draft_id}' does that", soft_wrap=True)


def put_online(house: House, event: int, now: datetime, done: str = "Saved and online") -> None:
    """Let every target show an event. Leaves with exit code 3 where one does not."""
    problems = house.site.refresh(now, event)
    _say_not_online(problems)
    if problems:
        sys.exit(NOT_ONLINE)
    out.print(f"[green]✓[/] {done}")


def _say_not_online(problems: Sequence[NotOnline]) -> None:
    for problem in problems:
        text = f"Saved, not yet online on {problem.target}: {problem.why}"
        err.print(f"[yellow]![/] {escape(text)}")


def _say(house: House, outcome: Outcome, problems: Sequence[NotOnline]) -> None:
    _say_not_online(problems)
    if not problems:
        out.print(f"[green]✓[/] Published: {_address(house, outcome)}", soft_wrap=True)
    waiting = len(_deliveries(house, outcome))
    if waiting:
        posts = "1 post goes" if waiting == 1 else f"{waiting} posts go"
        out.print(f"  {posts} out with the worker; see 'avviso deliveries'")


def _deliveries(house: House, outcome: Outcome) -> list[Delivery]:
    """Those of this very action, in the order in which they go out.

    None are known where the database went away meanwhile: what was saved is saved all the same.
    """
    try:
        with house.db.read() as session:
            rows = queries.deliveries(session, incident=outcome.incident_id, limit=1000)
    except SQLAlchemyError:
        return []
    return [row for row in rows if row.publication_id in outcome.publications][::-1]


def _report(
    house: House,
    publishers: dict[str, Publisher],
    outcome: Outcome,
    problems: Sequence[NotOnline],
) -> dict[str, Any]:
    posts = [
        {
            "channel": row.channel,
            "kind": row.publication.kind,
            "text": post.text,
            "length": post.length,
            "limit": post.limit,
            "fallback": post.fallback,
        }
        for row in _deliveries(house, outcome)
        for post in [_post(house, publishers[row.channel], row.publication)]
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


def field_types(
    house: House, find: Callable[[str, str], NoticeTemplate | AnswerTemplate], key: object
) -> dict[str, str]:
    """The types of the fields of a template or an answer, by name; none where there is no such
    text, which the action says."""
    with suppress(TextError):
        return {
            item.name: item.type for item in find(str(key), house.service.default_locale).fields
        }
    return {}
