"""Preview, ask, publish, say what happened: the same steps for every command that publishes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import click
from rich.markup import escape
from rich.panel import Panel
from sqlalchemy.exc import SQLAlchemyError

from incidents import queries
from incidents.actions import Outcome
from incidents.calm import Wait, WaitsFor
from incidents.errors import ActionError
from incidents.models import Channel, Delivery, Publication
from incidents.status import ChannelState, ListMode
from incidents.texts import AnswerTemplate, NoticeTemplate, TextError
from publishers.channels._base import Post, Publisher
from publishers.documents._base import page_url, update_path
from statuspage import letters, publishing
from statuspage.checking import Looked, in_words, look
from statuspage.cli._common import NOT_ONLINE, InDoubt, err, out, plain, print_json
from statuspage.cli._database import database_in_words
from statuspage.cli._values import pairs
from statuspage.publishing import SameIds, Work, carry_out, posts_of, publishers_of

if TYPE_CHECKING:
    from statuspage.house import House
    from statuspage.site import NotOnline

WHY_WAITS: Mapping[str, str] = {
    WaitsFor.WINDOW: "a program spoke of this just before",
    WaitsFor.QUIET_HOURS: "quiet hours",
}
"""Why a post waits although nothing is wrong."""
_DESPITE = "mend it, or publish it all the same with --despite ID=REASON"


def judging_options(command: Callable[..., None]) -> Callable[..., None]:
    """What whoever publishes takes upon themselves; both are written into the trail."""
    despite = click.option(
        "--despite",
        multiple=True,
        metavar="ID=REASON",
        help="Publish although this check stops, and say why.",
    )
    emergency = click.option(
        "--emergency",
        default="",
        metavar="REASON",
        help="Do not wait for a second person, and why.",
    )
    return despite(emergency(command))


def publish(
    house: House,
    work: Work,
    *,
    yes: bool,
    as_json: bool,
    despite: Sequence[str] = (),
    emergency: str = "",
) -> None:
    """Show what would go out, ask (unless `yes`), do it, and put it online.

    Refuses what the checks stop, but for those named in `despite` as "id=reason"; `emergency` says
    why it cannot wait for a second person. Leaves with exit code 3 where it is saved but a target
    does not show it yet, with 5 where nobody can tell whether it was saved.
    """
    ids = SameIds(house.desk.new_id)
    reasons = pairs(despite, "--despite", "ID=REASON")
    with publishers_of(house) as publishers:
        looked = look(house, work, ids, publishers, despite=reasons, emergency=emergency)
        if not as_json:
            _show(house, looked)
            _show_findings(looked)
        looked.must_not_stop(_DESPITE)
        if not yes:
            _ask(looked.planned)
        outcome = _do(house, lambda: work(ids.desk(looked.desk(house.desk))), looked.planned)
        if outcome.draft_id is not None:
            say_draft(outcome, as_json=as_json)
            return
        problems = house.site.refresh(house.clock.now(), outcome.event)
        if as_json:
            report = _report(house, publishers, outcome, problems)
            lists = _lists(looked)
            print_json({**report, "lists": lists, "findings": plain(looked.findings)})
        else:
            _say(house, outcome, problems)
    if problems:
        sys.exit(NOT_ONLINE)


def _do(house: House, work: Callable[[], Outcome], planned: Outcome) -> Outcome:
    """The action itself. Raises `InDoubt` with what to look at."""
    try:
        return carry_out(house, work, lambda: planned)
    except publishing.InDoubt as doubt:
        away = database_in_words(cast("SQLAlchemyError", doubt.__cause__))
        raise InDoubt(
            f"{away}. It may have been saved or not: "
            "look at 'avviso incidents' before you try again"
        ) from doubt


def _can_be_asked() -> bool:
    return sys.stdin.isatty()


def _ask(planned: Outcome) -> None:
    if not _can_be_asked():
        raise ActionError("this would be published; add --yes where nobody can be asked")
    question = "Send this to a second person?" if planned.draft_id else "Publish this now?"
    # On standard error, so that --json leaves nothing but JSON on standard output.
    if not click.confirm(question, default=False, err=True):
        raise ActionError("nothing was published")


def _show(house: House, looked: Looked) -> None:
    with house.db.read() as session:
        states = queries.channel_states(session)
    said = zip(looked.publications, looked.posts, looked.waits, looked.reached, strict=True)
    for publication, posts, waits, reached in said:
        for locale, text in publication.texts.items():
            page = f"[bold]{escape(text['headline'])}[/]\n\n{escape(text['body'])}"
            out.print(Panel(page, title=f"page · {locale}", title_align="left"))
        for name, post in posts.items():
            _show_post(name, post, states.get(name))
            _show_wait(house, waits.get(name))
        for name, count in reached.items():
            out.print(f"{name}: {count:,} {'subscriber' if count == 1 else 'subscribers'}")
            _show_wait(house, waits.get(name))
        if ListMode.EMAIL in reached:
            _show_letters(house, publication)


def _show_letters(house: House, publication: Publication) -> None:
    for locale, letter in letters.previews(house.desk, publication).items():
        whole = f"[bold]{escape(letter.subject)}[/]\n\n{escape(letter.text.strip())}"
        out.print(Panel(whole, title=f"email · {locale}", title_align="left"))


def _show_findings(looked: Looked) -> None:
    for finding in looked.findings:
        stops = finding in looked.stops
        sign = "[red]stops[/]" if stops else "[yellow]![/]"
        out.print(f"{sign} {escape(in_words(finding))}", soft_wrap=True)


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
    if post.picture is not None:
        out.print(f"  [dim]picture: {escape(post.picture.alt)}[/]", soft_wrap=True)
    for note in post.notes:
        out.print(f"  [dim]{escape(note)}[/]")


def _show_wait(house: House, wait: Wait | None) -> None:
    if wait is not None:
        until = wait.until.astimezone(house.service.time_zone)
        out.print(f"  [yellow]![/] waits until {until:%Y-%m-%d %H:%M}: {WHY_WAITS[wait.why]}")


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


def put_online(
    house: House,
    event: int,
    now: datetime,
    done: str = "Saved and online",
    *,
    as_json: bool = False,
) -> None:
    """Let every target show an event. Leaves with exit code 3 where one does not."""
    problems = house.site.refresh(now, event)
    if as_json:
        print_json({"event": event, "online": not problems, "not_online": plain(problems)})
    else:
        _say_not_online(problems)
    if problems:
        sys.exit(NOT_ONLINE)
    if not as_json:
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
            **_waits(Wait(row.not_before, WaitsFor(row.waits_for)) if row.waits_for else None),
            "kind": row.publication.kind,
            "text": post.text,
            "length": post.length,
            "limit": post.limit,
            "fallback": post.fallback,
            "picture": post.picture.alt if post.picture else None,
        }
        for row in _deliveries(house, outcome)
        if row.channel in publishers  # a list has as many letters as readers
        for post in [_post(house, publishers[row.channel], row.publication)]
    ]
    return {
        **plain(outcome),
        "url": _address(house, outcome),
        "online": not problems,
        "not_online": plain(problems),
        "posts": plain(posts),
    }


def _lists(looked: Looked) -> list[dict[str, Any]]:
    """How many subscribers each publication is for, by list, and until when it waits there."""
    said = zip(looked.publications, looked.reached, looked.waits, strict=True)
    return [
        {
            "list": name,
            "kind": publication.kind,
            "subscribers": count,
            **_waits(waits.get(name)),
        }
        for publication, reached, waits in said
        for name, count in reached.items()
    ]


def _waits(wait: Wait | None) -> dict[str, Any]:
    """Until when something waits although nothing is wrong."""
    return {
        "waits_for": wait.why if wait else None,
        "waits_until": wait.until if wait else None,
    }


def _post(house: House, publisher: Publisher, publication: Publication) -> Post:
    (post,) = posts_of(house, {publisher.options.name: publisher}, publication).values()
    return post


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
