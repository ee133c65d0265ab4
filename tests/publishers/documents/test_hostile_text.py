"""Hostile text in every field of every format: harmless, valid, and still there to be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from icalendar import Calendar
from lxml import etree, html

from incidents.view import ComponentView, IncidentView, Overview, PublicText
from publishers._kinds import kinds, load
from tests.publishers.documents import sample_follow, sample_views

ATTACKS = {
    "quotes": "\"'`><b onmouseover=alert(1)>",
    "cdata": "]]>]]&gt;<![CDATA[ <!-- --> ?>",
    "script": "</title></script><script>alert(1)</script><svg/onload=alert(2)>",
    "links": "[x](javascript:alert(1)) <a href=javascript:alert(2)>y</a> [z](data:text/html,z)",
    "control": "a\x00b\x08c\x0bd\x1be\x7ff\x85g\ud800h\ufffei\uffffj",
    "emoji": "\U0001f469\u200d\U0001f4bb \U0001f1ee\U0001f1f9 \u2764\ufe0f",
    "override": "\u202eevil\u202c \u2066x\u2069",
    "template": "{{ 7*7 }} {% raw %} ${7*7} %s {0} {service}",
    "calendar": "a;b,c\\n\nEND:VEVENT\r\nBEGIN:VALARM\r\n\u2028ATTENDEE:mailto:x@example.org",
    "entities": "&lt;b&gt; &amp;amp; &#60;i&#62; &nbsp; &undefined;",
}
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
KINDS = kinds("publishers.documents")
PLAIN = frozenset({"id", "key", "kind", "url", "component_id", "incident_id", "notice_id"})
"""Fields that nobody writes text into: ids and addresses that Avviso made."""
LATER = frozenset({"service", "theme", "contacts", "hours"})


def poisoned(value: Any, text: str) -> Any:
    """A view with every text that people can write replaced; ids and instants stay."""
    if isinstance(value, PublicText):
        return PublicText(text, text, text)
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: poisoned(getattr(value, field.name), text)
            for field in fields(value)
            if field.init and field.name not in PLAIN | LATER
        }
        return replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(poisoned(each, text) for each in value)
    if isinstance(value, Mapping):
        if all(isinstance(each, str) for each in value.values()):
            return dict.fromkeys(value, text)
        return {key: poisoned(each, text) for key, each in value.items()}
    return value


def documents(text: str) -> Iterator[tuple[str, bytes]]:
    """Everything that every kind makes of views which are full of some text."""
    view: Overview = poisoned(sample_views.worst_hour(), text)
    service = replace(view.service, name=dict.fromkeys(view.service.name, text))
    view = replace(view, service=service)
    one: IncidentView = poisoned(sample_follow.followed_view(), text)
    part: ComponentView = poisoned(sample_follow.component_view(), text)
    one, part = replace(one, service=service), replace(part, service=service)
    month = replace(poisoned(sample_views.month_view(), text), service=service)
    pieces: dict[str, tuple[Any, ...]] = {
        "home": (view,),
        "overview": (view,),
        "incident": (service, one.incident.id, one),
        "component": (service, part.component.id, part),
        "month": (service, month.month, month),
    }
    for kind in KINDS:
        module = load("publishers.documents", kind)
        for function, arguments in pieces.items():
            for document in getattr(module, function, lambda *_: ())(*arguments):
                if document.body is not None:
                    yield document.path, document.body


@pytest.fixture(scope="module", params=ATTACKS)
def attacked(request: pytest.FixtureRequest) -> tuple[str, dict[str, bytes]]:
    text = ATTACKS[request.param]
    return text, dict(documents(text))


Attacked = tuple[str, dict[str, bytes]]


def ending(made: dict[str, bytes], *endings: str) -> dict[str, bytes]:
    found = {path: body for path, body in made.items() if path.endswith(endings)}
    assert found
    return found


def clean(text: str) -> str:
    """As XML and HTML parsers give it back: without what must not reach anybody."""
    return CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def words(text: str) -> str:
    return " ".join(clean(text).split())


def test_nothing_that_breaks_parsers_or_screens_is_in_any(attacked: Attacked) -> None:
    for path, body in attacked[1].items():
        found = CONTROL.search(body.decode("utf-8"))
        assert found is None, (path, found)
        if path.endswith(".json"):
            escaped = r"\\u(?:00[01]|[dD][89a-fA-F]|202[a-eA-E])"
            assert not re.search(escaped, body.decode()), path


@pytest.mark.parametrize("name", ["feed.rss", "history.rss"])
def test_rss(attacked: Attacked, name: str) -> None:
    text, made = attacked
    for body in ending(made, name).values():
        channel = etree.fromstring(body)[0]
        assert words(text) in words(channel.findtext("title"))
        items = list(channel.iter("item"))
        assert items
        for item in items:
            assert words(text) in words(item.findtext("title"))
            assert {child.tag for child in item} <= {
                "title", "description", "pubDate", "link", "guid", "category",
                "maintenanceEndDate",
            }  # fmt: skip
            assert_harmless(item.findtext("description"))


@pytest.mark.parametrize("name", ["feed.atom", "history.atom"])
def test_atom(attacked: Attacked, name: str) -> None:
    text, made = attacked
    atom = "{http://www.w3.org/2005/Atom}"
    for body in ending(made, name).values():
        feed = etree.fromstring(body)
        assert words(text) in words(feed.findtext(f"{atom}title"))
        for entry in feed.iter(f"{atom}entry"):
            assert words(text) in words(entry.findtext(f"{atom}title"))
            assert_harmless(entry.findtext(f"{atom}content"))


def test_json_feed(attacked: Attacked) -> None:
    text, made = attacked
    for body in ending(made, "feed.json").values():
        feed = json.loads(body)
        assert words(text) in words(feed["title"])
        for item in feed["items"]:
            assert words(text) in words(item["title"])
            assert_harmless(item["content_html"])


def test_the_api(attacked: Attacked) -> None:
    text, made = attacked
    summary = json.loads(made["en/api/v2/summary.json"])
    (one,) = [body for path, body in made.items() if re.fullmatch(r"incidents/\w+\.json", path)]
    told = json.loads(one)
    assert words(summary["page"]["name"]) == words(text)
    for entry in (*summary["incidents"], *summary["scheduled_maintenances"], told):
        assert words(entry["name"]) == words(text)
        for update in entry["incident_updates"]:
            assert words(text) in words(update["body"])
    for component in summary["components"]:
        assert words(component["name"]) == words(text)


def test_the_calendar(attacked: Attacked) -> None:
    text, made = attacked
    for body in ending(made, "calendar.ics").values():
        found = Calendar.from_ical(body)
        assert {each.name for each in found.walk()} == {
            "VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT",
        }  # fmt: skip
        assert len(found.events) == 2
        assert not any("ATTENDEE" in each for each in found.walk())
        for event in found.events:
            assert words(text) in words(str(event["SUMMARY"]))
            assert words(text) in words(str(event["DESCRIPTION"]))


def test_the_sitemap(attacked: Attacked) -> None:
    for body in ending(attacked[1], "sitemap.xml").values():
        assert all(url[0].text.startswith("https://stato.") for url in etree.fromstring(body))


def test_the_badge(attacked: Attacked) -> None:
    for body in ending(attacked[1], "badge.svg").values():
        tags = {etree.QName(each).localname for each in etree.fromstring(body).iter()}
        assert tags <= {"svg", "title", "clipPath", "rect", "g", "text", "path", "circle"}
    for body in ending(attacked[1], "badge.json").values():
        assert json.loads(body)["schemaVersion"] == 1


def test_pages_and_the_frame(attacked: Attacked) -> None:
    text, made = attacked
    for path, body in ending(made, ".html").items():
        page = html.document_fromstring(body.decode())
        scripts = [script.get("src", "") for script in page.iter("script")]
        assert all(source.endswith("avviso.js") for source in scripts), path
        assert not page.xpath("//@*[starts-with(name(), 'on')]"), path
        assert not page.xpath("//img[not(contains(@src, 'logo'))]|//iframe|//b|//i"), path
        for href in page.xpath("//@href"):
            assert not re.match(r"\s*(?:javascript|data|vbscript):", href, re.IGNORECASE), path
    frame = html.document_fromstring(made["en/embed/index.html"].decode())
    assert words(text) in words(frame.xpath("//strong")[0].text_content())
    assert words(text) in words(frame.findtext(".//title"))


def test_the_state(attacked: Attacked) -> None:
    text, made = attacked
    assert words(text) in words(json.loads(made["status.json"])["title"]["en"])


def assert_harmless(source: str | None) -> None:
    """What a feed reader is given as HTML: a few tags, no way to run or fetch anything."""
    assert source
    allowed = {"div", "p", "br", "strong", "em", "ul", "ol", "li", "a", "code", "blockquote"}
    for element in html.fragment_fromstring(source, create_parent="div").iter():
        assert element.tag in {*allowed, "small", "var"}
        assert set(element.attrib) <= {"lang", "dir", "rel", "href", "data-var"}
        assert re.match(r"(?:https?|mailto):", element.get("href", "https:"))


def test_every_format_is_among_these() -> None:
    """A new kind of document is attacked as well: its endings have to be known here."""
    made = dict(documents("x"))
    known: Callable[[str], bool] = re.compile(
        r"(?:\.html|\.rss|\.atom|\.ics|\.json|/robots\.txt|^robots\.txt|sitemap\.xml|badge\.svg"
        r"|favicon\.svg|banner\.js|avviso\.js)$"
    ).search  # type: ignore[assignment]
    assert [path for path in made if not known(path)] == []
