"""Where the demo plays: a data folder of its own, the day up to an hour, then time goes on."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.markup import escape
from sqlalchemy import update

from incidents import access, actions
from incidents.errors import InvalidInput
from incidents.models import Publication
from incidents.rules import parse_local
from incidents.texts import TextLibrary
from publishers.lists._push_crypto import new_private_key
from statuspage import demo
from statuspage.clock import Clock
from statuspage.demo import Day, Step
from statuspage.house import TEMPLATES, House, open_house
from statuspage.lists import Lists
from statuspage.settings import load_settings
from statuspage.worker import Worker

MARKER = ".avviso-demo"
_TRAVEL = timedelta(seconds=11)
"""How long after each step the day's posts go out, and then how long until they are looked at."""
_SETTINGS = """\
# The demo's own settings, written anew each time.
[service]
name = {{ {names} }}
url = "http://127.0.0.1:{port}"
time_zone = "{zone}"
locales = [{locales}]
default_locale = "{default}"

[data]
path = "."

[web]
port = {port}

[[channels]]
name = "x-it"
kind = "log"
locale = "it"

[[channels]]
name = "x-en"
kind = "log"
locale = "en"

# Any SMTP server that listens there gets the letters; without one they wait.
[email]
host = "127.0.0.1"
port = {mail_port}
security = "none"
sender = "Avviso <avviso@example.org>"

[webhook]

[push]
contact = "mailto:avviso@example.org"
"""
_MAIL_PORT = 1025
"""Where mail servers that are for trying things out listen."""


@dataclass
class Stage:
    """The demo's house with its day; `load`, then `start`, then `stop`."""

    house: House
    day: Day
    curtain: datetime
    """The moment at which the live part begins."""
    clock: Clock
    speed: float | None
    password: str = field(default_factory=access.new_token, repr=False)
    """Of the demo's operator; another one each time."""
    _worker: Worker | None = None
    _lists: Lists | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _rest: threading.Thread | None = None

    @classmethod
    def prepare(
        cls, *, as_of: str | None, speed: float | None, env: Mapping[str, str] = os.environ
    ) -> Stage:
        """Make the folder anew and open the house in it. Raises `InvalidInput`, `OSError`."""
        now = datetime.now(UTC)
        port = port_of(env)
        stays = as_of is not None or speed is not None
        day = demo.load_day(now=None if stays else now)
        curtain = _curtain(day, as_of, speed, now)
        folder = _fresh_folder(Path(env.get("DATA") or "data") / "demo")
        settings = _write_settings(folder, day, port)
        house = open_house(
            load_settings(settings, _secrets()),
            Clock(start=day.begins),
            _texts(day),
            demo.seeded_ids("demo"),
        )
        live = Clock(curtain, speed or 1.0) if stays else Clock()
        return cls(house, day, curtain, live, speed)

    def load(self) -> None:
        """Live the day up to the curtain, posts included, and render the page once."""
        demo.open_the_page(self.house.desk, self.day)
        clock = StandingClock(self.day)
        worker = Worker(self.house.desk, self.house.site, self.house.publishers(), clock)
        lists = self.house.lists(clock)
        for step in self.day.steps:
            if step.at > self.curtain:
                break
            actions.catch_up(self.house.desk, step.at)
            demo.play(self.house.desk, step)
            post_all(worker, step)
            clock.moment = step.at + _TRAVEL
            walk_all(lists)
        actions.catch_up(self.house.desk, self.curtain)
        access.change_password(self.house.desk, demo.OPERATOR, self.curtain, self.password)
        if self.clock.start:  # time goes on from here, for every process alike
            self.clock = Clock(self.curtain, self.speed or 1.0)
        self.house.site.refresh(self.clock.now())
        with self.house.db.claim() as session:
            # Rendered once for the whole day: when it would have had what, nobody knows.
            session.execute(update(Publication).values(shown_at=None))

    def start(self, say: Callable[[str], None]) -> None:
        """Let time run: the worker, and in a replay the rest of the day."""
        self._worker = Worker(self.house.desk, self.house.site, self.house.publishers(), self.clock)
        self._worker.start()
        self._lists = self.house.lists(self.clock)
        self._lists.start()
        if self.speed is not None:
            self._rest = threading.Thread(target=self._replay, args=(say,), daemon=True)
            self._rest.start()

    def _replay(self, say: Callable[[str], None]) -> None:
        words = self.house.texts.words[self.house.service.default_locale]
        for step in self.day.steps:
            if step.at <= self.curtain:
                continue
            if self._over.wait(self.clock.seconds_until(step.at)):
                return
            outcome = demo.play(self.house.desk, step)
            say(f"{escape(words.when(step.at))}: {step.do.replace('_', ' ')} #{outcome.number}")

    def stop(self) -> None:
        """End what `start` began."""
        self._over.set()
        if self._rest is not None:
            self._rest.join()
        if self._worker is not None:
            self._worker.stop()
        if self._lists is not None:
            self._lists.stop()
        self.house.close()

    def welcome(self) -> str:
        """What the person at the terminal should do next."""
        url = self.house.service.url
        return (
            f"\n[bold]{url}/[/]   the page, in Italian; {url}/en/ in English, {url}/de/ in German\n"
            f"{url}/feed.rss   {url}/api/v2/summary.json\n"
            f"{url}/console/   the operators' pages: sign in as [bold]{demo.OPERATOR}[/] "
            f"with the password [bold]{self.password}[/]\n"
            f"Posts that accounts would have made: {self.house.settings.data_path}/posts\n"
            f"Letters to subscribers go to 127.0.0.1:{_MAIL_PORT}, where a mail server may listen\n"
            "Ctrl-C ends it."
        )


class StandingClock(Clock):
    """A clock that `post_all` sets by hand, to live the past without waiting for it."""

    def __init__(self, day: Day) -> None:
        super().__init__()
        self.moment = day.begins

    def now(self) -> datetime:
        return self.moment


def post_all(worker: Worker, step: Step) -> None:
    """Let the day's posts go out and be looked at, at their own times."""
    clock = worker.clock
    assert isinstance(clock, StandingClock)
    for travel in (_TRAVEL, 3 * _TRAVEL):
        clock.moment = step.at + travel
        for channel in worker.publishers:
            while worker.attend(channel):
                pass


def walk_all(lists: Lists) -> None:
    """Let the lists be walked, though nobody subscribed yet: what is over is told to nobody."""
    for mode in lists.rounds:
        while lists.walk_next(mode):
            pass


def _curtain(day: Day, as_of: str | None, speed: float | None, now: datetime) -> datetime:
    if as_of is not None:
        try:
            return parse_local(as_of, day.zone).astimezone(UTC)
        except ValueError as problem:
            raise InvalidInput(f"--as-of: {problem}") from None
    return now if speed is None else day.begins


def _fresh_folder(folder: Path) -> Path:
    """Empty the demo's folder; one that is not the demo's is left alone."""
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise OSError(f"{folder} is not empty and was not made by the demo; set DATA elsewhere")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    return folder


def port_of(env: Mapping[str, str]) -> int:
    """Where the demo's page is. Raises `InvalidInput`."""
    port = env.get("PORT") or "8080"
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
        raise InvalidInput("PORT: should be a number from 1 to 65535")
    return int(port)


def without_ours(env: Mapping[str, str]) -> dict[str, str]:
    """An environment that says nothing of Avviso's own: the demo must touch nobody's real data."""
    return {
        name: value
        for name, value in env.items()
        if name not in ("DATA", "PORT") and not name.startswith("AVVISO_")
    }


def _secrets() -> Mapping[str, str]:
    """Others each time: nothing that was signed or subscribed before is good any more."""
    return {"AVVISO_SECRET_KEY": access.new_token(), "AVVISO_PUSH_KEY": new_private_key()}


def _write_settings(folder: Path, day: Day, port: int) -> Path:
    path = folder / "avviso.toml"
    text = _SETTINGS.format(
        names=", ".join(f'{locale} = "{name}"' for locale, name in day.service["name"].items()),
        locales=", ".join(f'"{locale}"' for locale in day.service["locales"]),
        default=day.service["default_locale"],
        zone=day.service["time_zone"],
        port=port,
        mail_port=_MAIL_PORT,
    )
    path.write_text(text, encoding="utf-8")
    return path


def _texts(day: Day) -> TextLibrary:
    """The shipped texts, with the windows of their rules moved as the day was."""
    library = TextLibrary.load(TEMPLATES, tuple(day.service["locales"]), day.zone)
    return library.moved(timedelta(days=day.shift_days)) if day.shift_days else library
