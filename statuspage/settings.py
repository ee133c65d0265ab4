"""What the service is, where its documents go and on which channels it speaks: avviso.toml.

Read once, frozen, every fault reported together. Secrets come from the environment and from
nowhere else; no message and no repr of this module ever shows one.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from incidents.approval import Approval
from incidents.calm import Calm
from incidents.checks import Rules
from incidents.reminders import Reminders
from incidents.secret_keys import keys_in
from incidents.status import Impact
from incidents.view import Service
from publishers._kinds import kinds
from publishers.channels._base import ChannelOptions
from statuspage._database_url import database_secrets, normal_database_url, shown_database_url
from statuspage._lists_view import lists_view
from statuspage._monitor_settings import MonitorSettings, read_monitor
from statuspage._settings_alarms import AlarmSettings, read_alarms
from statuspage._settings_answering import AnsweringSection
from statuspage._settings_api import ApiSection
from statuspage._settings_board import BoardSection
from statuspage._settings_calm import CalmSection, RemindersSection, calm_of, reminders_of
from statuspage._settings_channels import ChannelSettings, read_channel
from statuspage._settings_checks import ChecksSection, read_approval, read_rules
from statuspage._settings_file import (
    SECTIONS,
    ApprovalSection,
    DatabaseSection,
    DataSection,
    M,
    MonitorSection,
    NodeSection,
    ServiceSection,
    Unreadable,
    WebSection,
    checked,
    checked_name,
    did_you_mean,
    read_toml,
    unprintable,
)
from statuspage._settings_io import IoSection
from statuspage._settings_lists import RESERVED, ListSettings, read_lists
from statuspage._settings_page import (
    ContactsSection,
    FeedsSection,
    HoursSection,
    PageSettings,
    ThemeSection,
    read_page,
)
from statuspage._settings_targets import (
    TargetSettings,
    read_target,
    secret_variable,
    target_faults,
    target_owner,
)
from statuspage._sign_in_settings import SignInSection, SignInSettings, read_sign_in

DEFAULT_PATH = Path("avviso.toml")
_DEFAULT_TARGETS = [{"name": "page", "path": "page"}]


class SettingsError(Exception):
    """The settings cannot be used; `problems` are sentences that name the file and the key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was set, checked. Made by `load_settings` and only there."""

    source: Path
    """The file that it was read from."""
    service: ServiceSection
    data_path: Path
    """Absolute; Avviso's own files (it need not exist yet)."""
    web: WebSection
    targets: tuple[TargetSettings, ...]
    database_url: str = field(repr=False)
    """For SQLAlchemy. May hold a password: show `shown_database_url` instead."""
    configured: tuple[ChannelSettings, ...] = ()
    approval_from: Impact | None = None
    """From this impact on, own words need a second person; None: never."""
    approval: Approval = field(default_factory=Approval)
    """When a second person is needed, all of it."""
    rules: Rules = field(default_factory=Rules)
    """The checks before publishing."""
    node: str = "node"
    """The name of this machine among those on the same database."""
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    page: PageSettings = field(default_factory=PageSettings)
    hub: str = ""
    """The WebSub hub of the feeds; "" for none."""
    io: IoSection = field(default_factory=IoSection)
    api: ApiSection = field(default_factory=ApiSection)
    answering: AnsweringSection = field(default_factory=AnsweringSection)
    alarms: tuple[AlarmSettings, ...] = ()
    """The monitors whose alarms become drafts."""
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    board: BoardSection = field(default_factory=BoardSection)
    calm: Calm = field(default_factory=Calm)
    """When what is published waits before it is pushed."""
    reminders: Reminders = field(default_factory=Reminders)
    """When those who subscribed are reminded of planned work."""
    prompting: RemindersSection = field(default_factory=RemindersSection)
    """How operators are reminded."""
    lists: ListSettings = field(default_factory=ListSettings)
    """How subscribers are reached."""

    @property
    def channels(self) -> tuple[ChannelOptions, ...]:
        """Each public channel's options, of its kind's own class, in the file's order."""
        every = (channel.options for channel in self.configured)
        return tuple(options for options in every if options.audience == "public")

    @property
    def rooms(self) -> tuple[ChannelOptions, ...]:
        """The channels that are for operators alone: nothing is published there."""
        every = (channel.options for channel in self.configured)
        return tuple(options for options in every if options.audience == "operators")

    @property
    def channel_names(self) -> tuple[str, ...]:
        """All channels by name: the accounts, and the lists of subscribers after them."""
        return (*(options.name for options in self.channels), *self.lists.names)

    @property
    def shown_database_url(self) -> str:
        """The database's address without what is secret in it."""
        return shown_database_url(self.database_url)

    @property
    def documents_path(self) -> Path | None:
        """The first target that is a directory: what the edge serves; None when there is none."""
        return next((target.path for target in self.targets if target.path), None)

    def service_view(self, page_id: str) -> Service:
        """The service as documents know it; `page_id` is Statuspage's page id."""
        return Service(
            id=page_id,
            name=self.service.name,
            url=self.service.url,
            time_zone=ZoneInfo(self.service.time_zone),
            locales=self.service.locales,
            default_locale=self.service.default_locale,
            theme=self.page.theme,
            contacts=self.page.contacts,
            hours=self.page.hours,
            hub=self.hub,
            lists=lists_view(self.lists, self.channels),
        )

    def secrets_for(self, channel: str) -> Mapping[str, str]:
        """A channel's secrets by the names that its kind gives them; unset ones are absent.

        Raises `LookupError` when there is no channel of that name.
        """
        for candidate in self.configured:
            if candidate.options.name == channel:
                return candidate.secrets
        raise LookupError(f"there is no channel {channel!r}")

    def secret_values(self) -> tuple[str, ...]:
        """All that must never be seen: for the logs to blot out."""
        kept = [owner.secrets for owner in self.configured] + [own.secrets for own in self.targets]
        secrets = [value for values in kept for value in values.values()]
        secrets += [source.secret for source in self.alarms if source.secret]
        return (
            *secrets,
            *database_secrets(self.database_url),
            *self.monitor.secret_values(),
            *self.sign_in.secret_values(),
            *self.lists.secret_values(),
        )

    def missing_secrets(self) -> tuple[str, ...]:
        """The environment's variables that targets and channels need and that are not set."""
        owners: dict[str, TargetSettings | ChannelSettings] = {
            **{target_owner(target.name): target for target in self.targets},
            **{channel.options.name: channel for channel in self.configured},
        }
        of_owners = [
            secret_variable(name, secret)
            for name, owner in owners.items()
            for secret in owner.secret_names
            if secret not in owner.secrets
        ]
        of_alarms = [source.variable for source in self.alarms if not source.secret]
        return (*of_owners, *of_alarms, *self.lists.missing_secrets())


def example_settings() -> str:
    """A commented settings file that loads as it is: what `avviso init` writes."""
    return Path(__file__).with_name("avviso.example.toml").read_text(encoding="utf-8")


def load_settings(path: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings file: `path`, else AVVISO_SETTINGS, else ./avviso.toml.

    AVVISO_DATABASE_URL, AVVISO_NODE, AVVISO_MONITOR_PING, PORT and DATA of the environment win
    over the file. Raises `SettingsError` with all problems at once.
    """
    source = path or Path(env.get("AVVISO_SETTINGS") or DEFAULT_PATH)
    try:
        raw = read_toml(source)
    except Unreadable as fault:
        raise SettingsError([f"{source}: {fault}"]) from None
    reading = _Reading(source, env)
    settings = reading.settings(raw)
    if settings is None or reading.problems:
        raise SettingsError(reading.problems)
    return settings


class _Reading:
    """One pass over a settings file, which goes on after a problem to find the others."""

    def __init__(self, source: Path, env: Mapping[str, str]) -> None:
        self.source = source
        self.env = env
        self.problems: list[str] = []

    def settings(self, raw: dict[str, object]) -> Settings | None:
        self._blame(unprintable(raw))
        self._blame(
            (key, f"is not known here{did_you_mean(key, SECTIONS)}")
            for key in raw
            if key not in SECTIONS
        )
        service = self._section(ServiceSection, "service", raw)
        page = self._page(raw, service)
        feeds = self._section(FeedsSection, "feeds", raw)
        io = self._section(IoSection, "io", raw)
        api = self._section(ApiSection, "api", raw)
        answering = self._section(AnsweringSection, "answering", raw)
        board = self._section(BoardSection, "board", raw)
        calm = self._section(CalmSection, "calm", raw)
        reminders = self._section(RemindersSection, "reminders", raw)
        database = self._section(DatabaseSection, "database", raw)
        data = self._section(DataSection, "data", raw)
        web = self._web(self._section(WebSection, "web", raw))
        asked = self._section(ApprovalSection, "approval", raw)
        rules, faults = read_rules(self._section(ChecksSection, "checks", raw), self.source.parent)
        self._blame(faults)
        node = self._node(self._section(NodeSection, "node", raw))
        watched = self._section(MonitorSection, "monitor", raw)
        monitor = read_monitor(watched, self.env, self.problems.append)
        entrance = self._section(SignInSection, "sign_in", raw)
        sign_in = read_sign_in(entrance, self.env, self.problems.append)
        data_path = self._data_path(data.path if data else "data")
        targets = tuple(self._targets(raw.get("targets") or _DEFAULT_TARGETS, data_path))
        channels = tuple(self._channels(raw.get("channels", []), _locales_in(raw)))
        tables = self._tables("alarms", raw.get("alarms", []))
        alarms = tuple(read_alarms(tables, self.env, self._blame, self.problems.append))
        keys = keys_in(sign_in.key)
        lists = read_lists(raw, self.env, keys, self._blame, self.problems.append)
        names = [*(channel.options.name for channel in channels), *lists.names]
        if reminders and reminders.mail and not lists.email:
            self._blame([("reminders.mail", "needs the relay of [email]; set that too")])
        approval, faults = read_approval(asked, names)
        self._blame(faults)
        database_url = self._database(database.url if database else "sqlite", data_path)
        if service is None or web is None or page is None or self.problems:
            return None
        return Settings(
            source=self.source,
            service=service,
            data_path=data_path,
            web=web,
            targets=targets,
            database_url=database_url,
            configured=channels,
            approval_from=approval.impact,
            approval=approval,
            rules=rules,
            node=node,
            monitor=monitor,
            page=page,
            hub=feeds.hub if feeds else "",
            io=io or IoSection(),
            api=api or ApiSection(),
            answering=answering or AnsweringSection(),
            alarms=alarms,
            sign_in=sign_in,
            board=board or BoardSection(),
            calm=calm_of(
                calm or CalmSection(),
                [
                    *((each.options.name, each.options) for each in channels),
                    *((str(mode), section) for mode, section in lists.sections.items()),
                ],
            ),
            prompting=reminders or RemindersSection(),
            reminders=reminders_of(
                reminders or RemindersSection(), [each.options for each in channels]
            ),
            lists=lists,
        )

    def _section(self, model: type[M], key: str, raw: Mapping[str, object]) -> M | None:
        section, faults = checked(model, raw.get(key, {}), key)
        self._blame(faults)
        return section

    def _page(self, raw: dict[str, object], service: ServiceSection | None) -> PageSettings | None:
        theme = self._section(ThemeSection, "theme", raw)
        contacts = self._section(ContactsSection, "contacts", raw)
        hours = self._section(HoursSection, "hours", raw)
        if service is None or theme is None or contacts is None or hours is None:
            return None
        page, faults = read_page(theme, contacts, hours, service, self.source.parent)
        self._blame(faults)
        return page

    def _blame(self, faults: Iterable[tuple[str, str]]) -> None:
        self.problems += [f"{self.source}: {at}: {fault}" for at, fault in faults]

    def _tables(self, key: str, raw: object) -> Iterator[tuple[str, dict[str, object]]]:
        if not isinstance(raw, list) or not all(isinstance(table, dict) for table in raw):
            self._blame([(key, f"should be tables: [[{key}]]")])
            return
        names = [table.get("name") for table in raw]
        for index, table in enumerate(raw):
            if names[index] is not None and names[index] in names[:index]:
                self._blame([(f"{key}[{index}].name", f"{names[index]!r} is taken already")])
            yield f"{key}[{index}]", table

    def _channels(self, raw: object, locales: Sequence[str]) -> Iterator[ChannelSettings]:
        for at, table in self._tables("channels", raw):
            kind = self._kind("publishers.channels", f"{at}.kind", table.get("kind"))
            if kind:
                channel, faults = read_channel(at, kind, table, locales, self.env)
                self._blame(faults)
                if table.get("name") in RESERVED:
                    self._blame([(f"{at}.name", f"{table['name']!r} is the name of a list")])
                yield from [channel] if channel else []

    def _kind(self, package: str, at: str, kind: object) -> str | None:
        known = kinds(package)
        if kind is None:
            self._blame([(at, f"is missing; there are: {', '.join(known)}")])
        elif not isinstance(kind, str):
            self._blame([(at, "should be a string")])
        elif kind not in known:
            hint = did_you_mean(kind, known)
            self._blame([(at, f"there is no kind {kind!r}{hint}; there are: {', '.join(known)}")])
        else:
            return kind
        return None

    def _web(self, web: WebSection | None) -> WebSection | None:
        port = self._port()
        if web is None:
            return None
        return self._with_certificate(web).model_copy(update={"port": port} if port else {})

    def _with_certificate(self, web: WebSection) -> WebSection:
        given = {"certificate": web.certificate, "key": web.key}
        named = {name: path for name, path in given.items() if path}
        if len(named) == 1:
            self._blame([("web", "certificate and key come together")])
        found = {
            name: (self.source.parent / path.expanduser()).resolve() for name, path in named.items()
        }
        self._blame(
            (f"web.{name}", f"{path} cannot be read")
            for name, path in found.items()
            if not (path.is_file() and os.access(path, os.R_OK))
        )
        return web.model_copy(update=found)

    def _port(self) -> int | None:
        """What the environment says; None where it says nothing, or nothing that can be."""
        port = self.env.get("PORT")
        if not port:
            return None
        if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
            self.problems.append("PORT: should be a number from 1 to 65535")
            return None
        return int(port)

    def _node(self, node: NodeSection | None) -> str:
        chosen = self.env.get("AVVISO_NODE")
        if not chosen:
            return (node and node.name) or _host_name()
        try:
            return checked_name(chosen)
        except ValueError as fault:
            self.problems.append(f"AVVISO_NODE: {fault}")
            return ""

    def _data_path(self, path: str) -> Path:
        # What the shell says is relative to where it stands, what the file says to the file.
        chosen = self.env.get("DATA")
        if chosen:
            return Path(chosen).expanduser().resolve()
        return (self.source.parent / Path(path).expanduser()).resolve()

    def _targets(self, raw: object, data_path: Path) -> Iterator[TargetSettings]:
        taken: list[str] = []
        for at, table in self._tables("targets", raw):
            kind = self._kind("publishers.targets", f"{at}.kind", table.get("kind", "directory"))
            if not kind:
                continue
            target, faults = read_target(at, kind, table, data_path, self.env)
            self._blame(faults)
            if target:
                self._blame(target_faults(at, target, data_path, taken))
                taken.append(target.place)
                yield target

    def _database(self, url: str, data_path: Path) -> str:
        chosen = self.env.get("AVVISO_DATABASE_URL")
        normal, fault = normal_database_url(chosen or url, data_path)
        if fault and chosen:
            self.problems.append(f"AVVISO_DATABASE_URL: {fault}")
        elif fault:
            self._blame([("database.url", fault)])
        return normal


def _host_name() -> str:
    """The host's name as a node's: what is no letter, digit or '-' is written as '-'."""
    plain = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")
    return plain[:40].rstrip("-") or "node"


def _locales_in(raw: Mapping[str, object]) -> tuple[str, ...]:
    # Straight from the file, so that channels are checked although the service has a fault.
    service = raw.get("service")
    locales = service.get("locales") if isinstance(service, dict) else None
    return tuple(map(str, locales)) if isinstance(locales, list) else ()
