"""The script of an open page, in a real browser, against the edge: what it says, and when.

Time is the browser's own clock, moved by hand; the answers and the server's going are real.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from incidents.view import HomeView, Overview
from publishers.documents import pages, status
from publishers.documents._base import Document
from publishers.documents._render import Page
from publishers.documents._style import TEMPLATES, style_hash
from statuspage.edge import Documents, Edge
from tests._browser import chromium
from tests._served import served
from tests.publishers.documents import sample_views as views

LARGEST = 1500
MINUTE = 60_000
# Half of the jitter, so that a pause is just what it is called; a reader who looks elsewhere;
# how often the page has asked, and set an alarm; how often what it says has changed.
PREPARED = """
Math.random = () => window.chance ?? 0.5;
let away = false;
Object.defineProperty(document, "hidden", { get: () => away });
window.look = (elsewhere) => {
  away = elsewhere;
  document.dispatchEvent(new Event("visibilitychange"));
};
window.asked = 0;
const really = window.fetch;
window.fetch = (...all) => { window.asked += 1; return really(...all); };
window.alarms = 0;
const alarm = window.setTimeout;
let noticed = () => {};
window.setTimeout = (...all) => {
  const set = alarm(...all);
  window.alarms += 1;
  noticed();
  return set;
};
window.until = (alarms) => new Promise((done) => {
  noticed = () => { if (window.alarms >= alarms) done(); };
  noticed();
});
window.said = 0;
addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => { window.said += 1; })
    .observe(document.getElementById("live"), { childList: true, subtree: true });
});
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass
class Scene:
    """A folder of documents, the edge in front of it, and one reader's open page."""

    root: Path
    page: Tab
    polls: list[tuple[bool, str]] = field(default_factory=list)
    """Whether each poll named what it has, and what it was answered."""
    complaints: list[str] = field(default_factory=list)
    port: int = 0
    _serving: ExitStack = field(default_factory=ExitStack)

    def publish(self, view: Overview) -> None:
        shown = views.incident_view()
        for documents in (
            pages.home(view),
            pages.overview(view),
            pages.incident(view.service, shown.incident.id, shown),
            status.home(view),
        ):
            self.put(documents)

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            assert document.body is not None
            place = self.root / document.path
            place.parent.mkdir(parents=True, exist_ok=True)
            # As a target does it: a file is whole or not there.
            fresh = place.with_name(f".{place.name}")
            fresh.write_bytes(document.body)
            fresh.replace(place)

    def start(self) -> None:
        edge = Edge(Documents(self.root, style_hash()), _nothing)

        def noted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            def start(code: str, headers: list[tuple[str, str]]) -> object:
                if environ["PATH_INFO"] == "/status.json":
                    self.polls.append(("HTTP_IF_NONE_MATCH" in environ, code[:3]))
                # For the browser's cache hardly any time passes, whatever the page's clock says.
                lasting = [pair for pair in headers if pair[0] != "Cache-Control"]
                return start_response(code, [*lasting, ("Cache-Control", "no-store")])

            return edge(environ, start)  # type: ignore[arg-type]

        self.port = self._serving.enter_context(served(noted, self.port))

    def stop(self) -> None:
        self._serving.close()

    def open(self, path: str = "/") -> None:
        self.page.goto(f"http://127.0.0.1:{self.port}{path}")

    def asked(self) -> int:
        """How often the page has asked until now."""
        return int(self.page.evaluate("window.asked"))

    def passes(self, minutes: float) -> None:
        self.page.clock.fast_forward(round(minutes * MINUTE))

    def poll(self, minutes: float = 1) -> None:
        """Let so much time pass that the page asks, and wait until it is done with the answer."""
        before, alarms = self.page.evaluate("[window.asked, window.alarms]")
        self.passes(minutes)
        assert self.asked() == before + 1
        # One that gives the server up, and one for the next time.
        self.page.evaluate(f"until({alarms} + 2)")

    @property
    def news(self) -> str:
        return str(self.page.locator("#live p:nth-child(1)").text_content())

    @property
    def old(self) -> str:
        return str(self.page.locator("#live p:nth-child(2)").text_content())


def _nothing(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


@contextmanager
def scene_of(browser: Browser, root: Path) -> Iterator[Scene]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.clock.install()
    page.add_init_script(PREPARED)
    here = Scene(root, page)
    page.on("pageerror", lambda error: here.complaints.append(str(error)))
    here.start()
    try:
        yield here
    finally:
        here.stop()
        context.close()


@pytest.fixture
def scene(browser: Browser, tmp_path: Path) -> Iterator[Scene]:
    with scene_of(browser, tmp_path) as here:
        here.publish(calm())
        yield here
        assert here.complaints == []


def now_as(view: Overview, ago: timedelta = timedelta(0)) -> Overview:
    """A sample view that was checked just now, or some time ago."""
    return replace(view, checked_at=datetime.now(UTC) - ago)


def calm(ago: timedelta = timedelta(0)) -> Overview:
    return now_as(views.all_well(), ago)


def worse() -> Overview:
    """Another state, looked at in another minute than the calm one."""
    return now_as(views.worst_hour(), timedelta(minutes=-3))


def checked(view: HomeView) -> str:
    """The moment of the last check as the Italian page says it."""
    return Page(view.service, "it", "").words.when(view.checked_at)


def test_it_is_small() -> None:
    script = (TEMPLATES / "pages" / "avviso.js").read_bytes()
    assert len(gzip.compress(script, 9)) < LARGEST


def test_nothing_is_asked_at_once_and_nothing_said_while_nothing_changes(scene: Scene) -> None:
    scene.open()
    assert scene.asked() == 0
    scene.poll()
    scene.poll()
    assert scene.polls == [(False, "200"), (True, "304")]
    assert (scene.news, scene.old) == ("", "")
    assert scene.page.evaluate("window.said") == 0


def test_a_page_that_is_as_it_was_says_when_that_was_looked_at(scene: Scene) -> None:
    scene.open()
    later = calm(timedelta(minutes=-3))
    scene.put(status.home(later))
    scene.poll()
    stamp = scene.page.locator(".verdict time")
    expect(stamp).to_have_text(checked(later))
    assert stamp.get_attribute("datetime") == f"{later.checked_at:%Y-%m-%dT%H:%M:%SZ}"
    assert scene.news == ""


def test_a_change_is_announced_once_with_a_link_and_moves_nothing(scene: Scene) -> None:
    scene.open()
    stamp = scene.page.locator(".verdict time").text_content()
    scene.page.locator(".past a").first.focus()
    before = scene.page.evaluate("[scrollY, document.activeElement.href, window.mine = 1]")
    scene.publish(worse())
    scene.poll()
    assert scene.news == "C’è un aggiornamento: Portafoglio non disponibile, e un altro problema"
    scene.poll()
    scene.poll()
    assert scene.page.evaluate("window.said") == 1
    assert scene.page.evaluate("[scrollY, document.activeElement.href, window.mine]") == before
    assert scene.page.locator(".verdict time").text_content() == stamp
    assert scene.page.locator("#live").get_attribute("role") == "status"
    scene.page.locator("#live a").click()
    expect(scene.page.locator("h1")).to_have_text(
        "Portafoglio non disponibile, e un altro problema"
    )


def test_another_change_is_announced_in_the_same_link(scene: Scene) -> None:
    scene.open()
    scene.publish(worse())
    scene.poll()
    scene.page.locator("#live a").focus()
    scene.publish(now_as(views.maintenance()))
    scene.poll()
    assert scene.news == "C’è un aggiornamento: Manutenzione in corso: Aggiornamento dei Messaggi"
    assert scene.page.evaluate("document.activeElement.closest('#live') !== null")


def test_a_page_out_of_an_old_cache_is_found_out_by_the_first_answer(scene: Scene) -> None:
    scene.publish(worse())
    scene.put(pages.home(calm()))
    scene.open("/en/")
    scene.poll()
    assert scene.news == "There is an update: Wallet unavailable, and 1 more problem"


def test_other_pages_lead_to_the_current_status(scene: Scene) -> None:
    scene.open("/en/incidents/crash0000001/")
    scene.poll()
    assert scene.news == ""
    scene.publish(worse())
    scene.poll()
    link = scene.page.locator("#live a")
    assert scene.news.startswith("There is an update: Wallet")
    assert link.evaluate("(a) => a.pathname") == "/en/"


@pytest.mark.parametrize("path", ["/en/incidents/crash0000001/", "/en/answers/"])
def test_another_page_out_of_an_old_tab_is_found_out_by_the_first_answer(
    scene: Scene, path: str
) -> None:
    view = worse()
    entry = view.active[0]
    older = replace(entry, updated_at=entry.updated_at - timedelta(hours=2))
    before = replace(view, active=(older, *view.active[1:]))
    shown = replace(views.incident_view(), incident=older)
    scene.put(status.home(view))
    scene.put(pages.overview(before))
    scene.put(pages.incident(view.service, entry.id, shown))
    scene.open(path)
    scene.poll()
    assert scene.news == "There is an update: Wallet unavailable, and 1 more problem"
    scene.put(pages.overview(view))
    scene.put(pages.incident(view.service, entry.id, replace(shown, incident=entry)))
    scene.open(path)
    scene.poll()
    assert scene.news == ""


def test_the_page_of_what_was_closed_meanwhile_is_found_out(scene: Scene) -> None:
    entry = views.worst_hour().active[0]
    shown = replace(views.incident_view(), incident=entry)
    scene.put(pages.incident(shown.service, entry.id, shown))
    scene.open(f"/en/incidents/{entry.id}/")
    scene.poll()
    assert scene.news == "There is an update: No problem reported"


def test_it_says_when_what_it_shows_is_old_and_asks_less_and_less(scene: Scene) -> None:
    view = calm()
    scene.publish(view)
    scene.open()
    scene.poll()
    scene.stop()
    scene.poll(1)
    assert scene.old == ""
    scene.passes(1.9)
    scene.poll(0.2)
    when = checked(view)
    expected = f"Quello che vedi è delle {when} e potrebbe non essere aggiornato."
    expect(scene.page.locator("#live")).to_have_text(expected)
    for pause in (4, 8, 10, 10):
        asked = scene.asked()
        scene.passes(pause - 0.1)
        assert scene.asked() == asked
        scene.poll(0.2)
    assert scene.page.evaluate("window.said") == 1
    scene.start()
    scene.poll(10)
    assert scene.old == ""
    scene.poll(1)


def test_an_answer_that_makes_no_sense_counts_as_none(scene: Scene) -> None:
    scene.open()
    for broken in (b"<html>", b'{"version": "x"}'):
        scene.put([Document("status.json", broken)])
        scene.poll(2)
    assert "potrebbe non essere aggiornato" in scene.old


def test_a_page_that_nobody_renews_is_old_though_the_server_answers(scene: Scene) -> None:
    view = calm(timedelta(minutes=6))
    scene.publish(view)
    scene.open()
    scene.poll()
    assert scene.old.startswith(f"Quello che vedi è delle {checked(view)} e potrebbe")
    scene.put(status.home(calm()))
    scene.poll()
    assert scene.old == ""
    scene.put(status.home(now_as(views.worst_hour(), timedelta(minutes=6))))
    scene.poll()
    assert scene.news.startswith("C’è un aggiornamento")
    assert scene.old == ""


def test_a_page_that_nobody_looks_at_does_not_ask(scene: Scene) -> None:
    scene.open()
    scene.page.evaluate("look(true)")
    scene.passes(30)
    assert scene.asked() == 0
    scene.page.evaluate("look(false)")
    scene.page.evaluate("until(4)")
    assert scene.asked() == 1


def test_a_glance_elsewhere_makes_it_ask_no_sooner(scene: Scene) -> None:
    scene.open()
    scene.passes(0.5)
    for elsewhere in ("true", "false", "true", "false"):
        scene.page.evaluate(f"look({elsewhere})")
    scene.passes(0.4)
    assert scene.asked() == 0
    scene.poll(0.2)


@pytest.mark.parametrize(("chance", "minutes"), [(0, 0.75), (0.999, 1.25)])
def test_not_everybody_asks_at_the_same_time(scene: Scene, chance: float, minutes: float) -> None:
    scene.page.add_init_script(f"window.chance = {chance}")
    scene.open()
    scene.passes(minutes - 0.02)
    assert scene.asked() == 0
    scene.poll(0.04)
