"""Looking without touching: what is broken, and what a rule says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import click
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from incidents.errors import InvalidInput
from incidents.locales import LocaleError
from incidents.operators_texts import own_texts, texts_at
from incidents.rules import explain
from incidents.status import ListMode
from incidents.texts import TextError, TextLibrary
from publishers.channels._base import ChannelBroken, Publisher, TryLater
from publishers.lists._base import Carrier
from statuspage._settings_file import known_locales
from statuspage._settings_lists import EMAIL_PASSWORD, PUSH_KEY
from statuspage._sign_in_settings import KEY_VARIABLE
from statuspage.carriers import carriers_of
from statuspage.cli import _values as values
from statuspage.cli._common import (
    BROKEN,
    Context,
    in_words,
    json_option,
    out,
    print_json,
    printable,
    refusing,
)
from statuspage.house import TEMPLATES, publishers_of, rooms_of, targets_of
from statuspage.settings import DEFAULT_PATH, Settings, SettingsError

_NOT_PUBLIC = frozenset({"127.0.0.1", "localhost", "::1"})
_SECRETS = {
    ListMode.EMAIL: EMAIL_PASSWORD,
    ListMode.WEBHOOK: KEY_VARIABLE,
    ListMode.PUSH: PUSH_KEY,
}
"""What a list cannot be tried without."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: whether it works, and what it says."""

    what: str
    ok: bool
    says: str
    warning: bool = False
    """Whether it works, and yet somebody should see to it."""


@click.command()
@json_option
@click.pass_obj
def check(context: Context, *, as_json: bool) -> None:
    """Try everything without publishing: settings, texts, database, targets, accounts, lists."""
    found = list(_findings(context))
    if as_json:
        print_json(found)
    else:
        for finding in found:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            mark = "[yellow]![/]" if finding.warning else mark
            says = escape(printable(f"{finding.what}: {finding.says}"))
            out.print(f"{mark} {says}", soft_wrap=True)
    if not all(finding.ok for finding in found):
        sys.exit(BROKEN)


def _findings(context: Context) -> Iterator[Finding]:
    try:
        settings = context.settings
    except SettingsError as problem:
        yield from (Finding("settings", False, words) for words in problem.problems)
        return
    yield Finding("settings", True, str(settings.source))
    yield from _missing_contacts(settings)
    yield from _tried("texts", partial(_texts, settings))
    yield from _tried("database", partial(_database, context))
    yield from _own_texts(context, settings)
    for name, target in targets_of(settings).items():
        yield from _tried(f"target {name}", target.check)
    for secret in settings.missing_secrets():
        yield Finding("secret", False, f"{secret} is not set in the environment")
    for name, publisher in {**publishers_of(settings), **rooms_of(settings)}.items():
        yield from _tried(f"channel {name}", partial(_left_alone, publisher))
    yield from _lists(settings)


def _lists(settings: Settings) -> Iterator[Finding]:
    """Each list whose own secret is there; what is missing is told already."""
    missing = settings.missing_secrets()
    for mode, make in carriers_of(settings, settings.service_view("")).items():
        if _SECRETS[mode] not in missing:
            yield from _tried(f"list {mode}", partial(_list, make))


def _missing_contacts(settings: Settings) -> Iterator[Finding]:
    """What a public body has to publish and has not, where the page is one for the public.

    Directive (EU) 2016/2102, article 7: a statement, and a way to report what is not accessible.
    """
    if urlsplit(settings.service.url).hostname in _NOT_PUBLIC:
        return
    contacts = settings.page.contacts
    needed = {"accessibility": contacts.accessibility, "feedback": contacts.feedback}
    for name, addresses in needed.items():
        if not addresses:
            says = "is not set, and a public body in the EU has to publish it"
            yield Finding(f"contacts.{name}", True, says, warning=True)


def _tried(what: str, look: Callable[[], str]) -> Iterator[Finding]:
    """One finding if it works, else one for each problem."""
    try:
        yield Finding(what, True, look())
    except (TextError, LocaleError, SQLAlchemyError, OSError) as problem:
        yield from (Finding(what, False, words) for words in in_words(problem))
    except (ChannelBroken, TryLater) as problem:
        yield Finding(what, False, str(problem))


def _texts(settings: Settings) -> str:
    service = settings.service_view("")
    texts = TextLibrary.load(TEMPLATES, service.locales, service.time_zone)
    return f"{len(texts.notice_keys())} notice templates, {len(texts.answer_keys())} answers"


def _own_texts(context: Context, settings: Settings) -> Iterator[Finding]:
    """Operators' own texts that cannot be used any more: the page stands, with others' words."""
    try:
        with context.read() as session:
            own = own_texts(session)
        service = settings.service_view("")
        library = TextLibrary.load(TEMPLATES, service.locales, service.time_zone)
    except (TextError, LocaleError, SQLAlchemyError, OSError):
        return  # told already
    for problem in library.with_own(own).problems:
        yield Finding("your own text", True, f"{problem}; the shipped one is used", warning=True)


def _database(context: Context) -> str:
    with context.read():
        return context.settings.shown_database_url


def _list(make: Callable[[], Carrier]) -> str:
    return _left_alone(make())


def _left_alone(tried: Publisher | Carrier) -> str:
    """Try it, and let go of its connections."""
    try:
        return tried.check()
    finally:
        tried.close()


@click.command()
@click.argument("key", metavar="ANSWER")
@click.option("--activated", required=True, metavar="TIME", help="As in 2020-12-08T18:30.")
@click.option("--deactivated", metavar="TIME")
@json_option
@click.pass_obj
@refusing
def rule(
    context: Context, key: str, activated: str, deactivated: str | None, *, as_json: bool
) -> None:
    """Work out an answer's date rule, and explain it."""
    texts, zone, locale = _shipped_or_ours(context)
    found = texts.answer(key, locale).rule
    if found is None:
        raise InvalidInput(f"the answer {key!r} has no rule")
    start = values.written_out(activated, zone, "--activated")
    end = values.written_out(deactivated, zone, "--deactivated") if deactivated else None
    try:
        explanation = explain(found, start, end, zone)
    except ValueError as problem:
        raise InvalidInput(str(problem)) from None
    if as_json:
        print_json(explanation)
        return
    for step in explanation.steps:
        out.print(f"• {escape(step)}")


def _shipped_or_ours(context: Context) -> tuple[TextLibrary, ZoneInfo, str]:
    """The texts of the page that is set up here, its zone and its default locale; without a
    page, those that are shipped."""
    if context.path == DEFAULT_PATH and not context.path.exists():
        zone = ZoneInfo("Europe/Rome")
        locale = known_locales()[0]  # a rule is the same in each
        return TextLibrary.load(TEMPLATES, [locale], zone), zone, locale
    service = context.settings.service_view("")
    shipped = TextLibrary.load(TEMPLATES, service.locales, service.time_zone)
    with context.read() as session:
        texts = texts_at(shipped, session)
    return texts, service.time_zone, service.default_locale
