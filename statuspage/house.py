"""Puts the house together: settings in, database, texts, site, desk, channels and worker out."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from incidents import actions
from incidents.actions import Desk
from incidents.db import Database
from incidents.operators_texts import texts_at
from incidents.queries import KeptUpdates
from incidents.subscribers import Retention
from incidents.texts import TextLibrary
from incidents.view import Service
from publishers._kinds import load
from publishers.channels._base import ChannelOptions, Publisher
from publishers.targets._base import Target
from statuspage._hub import Hub
from statuspage._ping import Ping
from statuspage._settings_calm import parse_length
from statuspage.carriers import carriers_of, relay_of
from statuspage.clock import Clock
from statuspage.letters import Writer
from statuspage.lists import Lists
from statuspage.prompting import Mailer, Prompter
from statuspage.settings import Settings
from statuspage.site import Site
from statuspage.worker import Worker

TEMPLATES = Path(__file__).parent.parent / "templates"
"""Beside the packages, in a checkout and in an installed wheel alike."""


@dataclass(frozen=True)
class House:
    """Everything that one process needs, made from its settings."""

    settings: Settings
    db: Database
    service: Service
    shipped: TextLibrary
    site: Site
    desk: Desk
    clock: Clock
    kept: KeptUpdates = field(default_factory=KeptUpdates)

    @property
    def texts(self) -> TextLibrary:
        """The texts as they are now, with what operators reworded: asked of the database."""
        with self.db.read() as session:
            return texts_at(self.shipped, session)

    def publishers(self) -> dict[str, Publisher]:
        """A publisher for each configured channel."""
        return publishers_of(self.settings)

    def worker(self) -> Worker:
        ping = Ping(self.settings.monitor)
        hub = Hub(self.db, self.service)
        keep = timedelta(days=self.settings.answering.keep_days)
        alarms = {source.name: source.rules().keep for source in self.settings.alarms}
        return Worker(
            self.desk,
            self.site,
            self.publishers(),
            self.clock,
            ping,
            hub,
            keep,
            alarms,
            prompter=self.prompter(),
        )

    def prompter(self) -> Prompter | None:
        """What reminds operators; None where no place is set for that."""
        rooms = rooms_of(self.settings)
        asked = self.settings.prompting
        if not (rooms or asked.mail):
            return None
        before = parse_length(asked.promise_before)
        return Prompter(self.desk, self.clock, rooms, _mailer(self.settings), before)

    def lists(self, clock: Clock | None = None) -> Lists:
        """What takes publications to subscribers."""
        set_up = self.settings.lists
        privacy = set_up.privacy
        unconfirmed = timedelta(hours=privacy.unconfirmed_hours)
        writer = Writer(self.desk, set_up.keys, unconfirmed, timedelta(hours=privacy.link_hours))
        retention = Retention(
            unconfirmed=unconfirmed,
            unsubscribed=timedelta(days=privacy.unsubscribed_days),
            quarantined=timedelta(days=privacy.quarantined_days),
        )
        carriers = carriers_of(self.settings, self.service)
        return Lists(self.desk, clock or self.clock, writer, carriers, retention)

    def close(self) -> None:
        self.db.close()


def open_house(
    settings: Settings,
    clock: Clock | None = None,
    texts: TextLibrary | None = None,
    new_id: object = None,
) -> House:
    """Open the database, bringing its tables up to date, and everything around it.

    Raises `TextError` for a malformed template, `sqlalchemy.exc.SQLAlchemyError` for a database
    that cannot be opened.
    """
    clock = clock or Clock()
    settings.data_path.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url)
    db.migrate()
    make_id = new_id if callable(new_id) else actions.random_id
    service = settings.service_view(actions.set_up(db, clock.now(), make_id))
    texts = texts or TextLibrary.load(TEMPLATES, service.locales, service.time_zone)
    kinds = {options.name: options.kind for options in settings.channels}
    targets = targets_of(settings)
    site = Site(db, service, texts, TEMPLATES, targets, kinds, node=settings.node)
    desk = Desk(
        db=db,
        service=service,
        texts=texts,
        channels=(*kinds, *settings.lists.names),
        lists=settings.lists.names,
        approval_from=settings.approval_from,
        approval=settings.approval,
        new_id=make_id,
        calm=settings.calm,
        reminders=settings.reminders,
    )
    return House(settings, db, service, texts, site, desk, clock)


def targets_of(settings: Settings) -> Mapping[str, Target]:
    """Every configured target by its name."""
    return {
        target.name: load("publishers.targets", target.kind).Target.configured(
            target.options, target.secrets, settings.data_path
        )
        for target in settings.targets
    }


def publishers_of(settings: Settings) -> dict[str, Publisher]:
    """A publisher for each public channel, by its name."""
    return {options.name: _publisher(settings, options) for options in settings.channels}


def rooms_of(settings: Settings) -> dict[str, Publisher]:
    """A publisher for each of the operators' own channels, by its name."""
    return {options.name: _publisher(settings, options) for options in settings.rooms}


def _publisher(settings: Settings, options: ChannelOptions) -> Publisher:
    publisher: Publisher = load("publishers.channels", options.kind).Channel(
        options, settings.secrets_for(options.name), settings.data_path
    )
    return publisher


def _mailer(settings: Settings) -> Mailer | None:
    """What sends operators' reminders by mail; None where nobody gets them so."""
    if not settings.prompting.mail or settings.lists.email is None:
        return None
    from publishers.lists._relay import connect

    relay = relay_of(settings)
    return Mailer(
        lambda: connect(relay, socket.getfqdn()),
        settings.lists.email.sender,
        settings.prompting.mail,
    )
