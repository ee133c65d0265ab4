"""The frame and the banner for other sites, read as documents and used in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, Route, expect

from incidents.view import Overview
from publishers.documents import embed, status
from publishers.documents._style import embed_style_hash
from statuspage.edge import page_policy
from tests._browser import chromium
from tests.publishers.documents import sample_views

STATUS = "https://stato.example.it"
HOST = "https://www.example.it/"
STRICT = f"default-src 'none'; script-src {STATUS}; connect-src {STATUS}"
"""What the other site allows: no inline script, no style at all."""


def bodies(view: Overview) -> dict[str, bytes]:
    return {each.path: each.body or b"" for each in embed.overview(view)}


def frame(view: Overview, path: str = "en/embed/index.html") -> Any:
    return html.document_fromstring(bodies(view)[path].decode())


class TestFrame:
    def test_there_is_one_per_locale_and_one_script(self) -> None:
        assert list(bodies(sample_views.worst_hour())) == [
            "embed/index.html",
            "en/embed/index.html",
            "embed/banner.js",
        ]

    def test_it_says_the_verdict_and_leads_to_the_page(self) -> None:
        (link,) = frame(sample_views.worst_hour()).iter("a")
        assert " ".join(link.text_content().split()) == (
            "Public services app: Wallet unavailable, and 1 more problem"
        )
        assert (link.get("href"), link.get("target"), link.get("rel")) == (
            "../../en/",
            "_top",
            "noopener",
        )
        (italian,) = frame(sample_views.all_well(), "embed/index.html").iter("a")
        assert "Nessun problema segnalato" in italian.text_content()

    def test_it_is_small_and_without_script(self) -> None:
        for path, body in bodies(sample_views.worst_hour()).items():
            if path.endswith(".html"):
                assert len(body) < 4096
                assert b"<script" not in body
                assert b"style=" not in body

    def test_it_says_its_language_and_is_not_to_be_indexed(self) -> None:
        page = frame(sample_views.all_well())
        assert page.get("lang") == "en"
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]

    def test_the_shape_goes_with_the_words(self) -> None:
        for view in (sample_views.all_well(), sample_views.worst_hour()):
            page = frame(view)
            tone = page.xpath("//p/@class")[0]
            assert page.xpath("//p//use/@href") == [f"#s-{tone}"]
            assert page.xpath(f"//symbol[@id='s-{tone}']")


def test_the_banner_is_under_two_kilobytes() -> None:
    script = bodies(sample_views.worst_hour())["embed/banner.js"].decode()
    assert len(script.encode()) < 2048
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "cookie", "Storage", "eval", "write("):
        assert word not in script


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass
class OtherSite:
    """A page of somebody else that has our script in it, and what the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def banner(self) -> Any:
        return self.page.get_by_role("status")

    def settled(self) -> None:
        """Until the script has asked and was answered: it makes its box at once, if at all."""
        self.page.wait_for_load_state("networkidle")


Answer = Callable[[Route], None]


@contextmanager
def other_site(
    browser: Browser, view: Overview, lang: str = "en", state: Answer | None = None
) -> Iterator[OtherSite]:
    script = bodies(view)["embed/banner.js"]
    (made,) = status.home(view)
    source = (
        f'<!doctype html><html lang="{lang}"><head><title>x</title>'
        f'<script async src="{STATUS}/embed/banner.js"></script></head><body><h1>Host</h1></body>'
    )

    def answer(route: Route) -> None:
        url = route.request.url
        if url == HOST:
            headers = {"Content-Security-Policy": STRICT}
            return route.fulfill(body=source, content_type="text/html", headers=headers)
        if url == f"{STATUS}/embed/banner.js":
            headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
            return route.fulfill(body=script, content_type="text/javascript", headers=headers)
        if url == f"{STATUS}/status.json" and state is None:
            headers = {"Access-Control-Allow-Origin": "*"}
            return route.fulfill(
                body=made.body or b"", content_type="application/json", headers=headers
            )
        if url == f"{STATUS}/status.json" and state is not None:
            return state(route)
        return route.fulfill(status=404)

    context = browser.new_context()
    site = OtherSite(context.new_page())
    site.page.on("console", lambda message: site.complaints.append(message.text))
    site.page.on("pageerror", lambda error: site.complaints.append(str(error)))
    site.page.on("request", lambda request: site.asked.append(request.url))
    context.route("**/*", answer)
    site.page.goto(HOST)
    yield site
    assert context.cookies() == []
    assert site.page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()


class TestBanner:
    def test_one_line_shows_while_something_is_wrong(self, browser: Browser) -> None:
        with other_site(browser, sample_views.worst_hour()) as site:
            link = site.banner.get_by_role("link")
            expect(link).to_have_text("Wallet unavailable, and 1 more problem")
            expect(link).to_have_attribute("href", f"{STATUS}/en/")
            assert site.page.evaluate("document.body.firstElementChild.getAttribute('role')") == (
                "status"
            )
            colour = site.banner.evaluate("(box) => getComputedStyle(box).backgroundColor")
            assert colour == "rgb(140, 17, 22)"
            assert site.complaints == []

    def test_it_says_in_which_language_it_speaks(self, browser: Browser) -> None:
        with other_site(browser, sample_views.worst_hour(), "ar") as site:
            expect(site.banner).to_have_attribute("lang", "it")
            expect(site.banner).to_have_attribute("dir", "auto")

    def test_a_locale_is_found_however_it_is_written(self, browser: Browser) -> None:
        said = {"indicator": "major", "title": {"it": "Guasto", "pt-BR": "Falha"}}
        home = {"it": f"{STATUS}/", "pt-BR": f"{STATUS}/pt-BR/"}

        def state(route: Route) -> None:
            headers = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(body=json.dumps({**said, "url": home}), headers=headers)

        with other_site(browser, sample_views.worst_hour(), "PT-br", state) as site:
            expect(site.banner.get_by_role("link")).to_have_text("Falha")
            expect(site.banner).to_have_attribute("lang", "pt-BR")

    def test_it_closes(self, browser: Browser) -> None:
        with other_site(browser, sample_views.worst_hour()) as site:
            site.banner.get_by_role("button", name="Close").press("Enter")
            expect(site.banner).to_have_count(0)

    @pytest.mark.parametrize(
        ("lang", "said"),
        [
            ("it-IT", "Portafoglio non disponibile, e un altro problema"),
            ("EN-gb", "Wallet unavailable, and 1 more problem"),
            ("fr", "Portafoglio non disponibile, e un altro problema"),
            ("constructor", "Portafoglio non disponibile, e un altro problema"),
        ],
    )
    def test_it_speaks_the_language_of_its_host(
        self, browser: Browser, lang: str, said: str
    ) -> None:
        with other_site(browser, sample_views.worst_hour(), lang) as site:
            expect(site.banner.get_by_role("link")).to_have_text(said)

    @pytest.mark.parametrize("show", ["all_well", "maintenance", "empty"])
    def test_while_nothing_is_wrong_there_is_nothing(self, browser: Browser, show: str) -> None:
        with other_site(browser, getattr(sample_views, show)()) as site:
            site.settled()
            expect(site.banner).to_have_count(0)
            assert f"{STATUS}/status.json" in site.asked
            assert site.complaints == []

    def test_hostile_text_is_text(self, browser: Browser) -> None:
        with other_site(browser, sample_views.hostile()) as site:
            expect(site.banner.get_by_role("link")).to_contain_text("<script>alert(1)</script>")
            assert site.page.locator("img, script:not([src])").count() == 0

    @pytest.mark.parametrize(
        "state",
        [
            lambda route: route.abort(),
            lambda route: route.fulfill(status=503, body="away"),
            lambda route: route.fulfill(
                body=json.dumps({"indicator": "major"}),
                headers={"Access-Control-Allow-Origin": "*"},
            ),
            lambda route: route.fulfill(body="[", headers={"Access-Control-Allow-Origin": "*"}),
        ],
        ids=["no network", "server error", "other shape", "no JSON"],
    )
    def test_it_survives_every_failure_in_silence(self, browser: Browser, state: Answer) -> None:
        with other_site(browser, sample_views.worst_hour(), state=state) as site:
            site.settled()
            expect(site.banner).to_have_count(0)
            ours = [said for said in site.complaints if "Failed to load resource" not in said]
            assert [said for said in ours if "CORS" not in said] == []


def test_the_frame_looks_as_it_should_under_the_policy_it_is_sent_with(browser: Browser) -> None:
    made = bodies(sample_views.worst_hour())["en/embed/index.html"]
    headers = {"Content-Security-Policy": page_policy(embed_style_hash(), "*")}
    colours = set()

    def answer(route: Route) -> None:
        route.fulfill(body=made, content_type="text/html", headers=headers)

    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    complaints: list[str] = []
    for scheme in schemes:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        context.route("**/*", answer)
        page.goto(f"{STATUS}/en/embed/")
        colours.add(page.get_by_role("link").evaluate("(a) => getComputedStyle(a).color"))
        context.close()
    assert complaints == []
    assert len(colours) == 2
