"""Every door of the console: who may open it, and that no other site can knock for somebody.

Walks the application's own list of addresses, so that a page that is added is looked at too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from incidents.status import ROLE_RANK, Role
from tests.console.conftest import Browser, Place

OPEN = {
    "/console/assets/<version>/<name>",
    "/console/enter/<token>",
    "/console/sign-in",
    "/console/sign-in/code",
    "/console/sign-in/oidc",
    "/console/sign-in/oidc/back",
    "/console/sign-out",
}
"""What nobody has to be signed in for. A page that is added here lets strangers in."""
ONES_OWN = "/console/account"
"""Everybody changes their own way in."""
LEAST: dict[str, Role] = {"/console/set-up": Role.ADMIN, "/console/texts": Role.APPROVER}
"""Who may send forms there; elsewhere an author."""
READS = {"/console/answering"}
"""Forms of authors that change nothing."""
PARTS: dict[str, object] = {
    "several": "groups",
    "number": 1,
    "which": 1,
    "delivery": 1,
    "ticket": 1,
}
WITH_OIDC = """
[sign_in]
oidc_issuer = "http://127.0.0.1:9"
oidc_client = "avviso"
"""


def rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console"))


def path_of(app: Flask, rule: Rule) -> str:
    """An address of a rule, with something in each variable part of it."""
    values = {name: PARTS.get(name, "x") for name in rule.arguments}
    with app.test_request_context():
        built = rule.build(values)
    assert built is not None
    return str(built[1])


def least(rule: str) -> Role:
    if rule.startswith(ONES_OWN):
        return Role.VIEWER
    return next((role for start, role in LEAST.items() if rule.startswith(start)), Role.AUTHOR)


def asked(browser: Browser, method: str, path: str) -> TestResponse:
    return browser.get(path) if method == "GET" else browser.post_form(path)


def methods(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


@pytest.fixture
def place(make_place) -> Place:  # type: ignore[no-untyped-def]
    made: Place = make_place(WITH_OIDC)
    return made


def test_a_page_is_read_or_sent_to(place: Place) -> None:
    """Other methods would need thoughts of their own on forgery."""
    assert {method for rule in rules(place.app) for method in methods(rule)} == {"GET", "POST"}


def test_nobody_gets_in_but_where_one_signs_in(place: Place) -> None:
    stranger, seen = place.client(), set()
    for rule in rules(place.app):
        if rule.rule in OPEN:
            seen.add(rule.rule)
            continue
        for method in methods(rule):
            answer = asked(stranger, method, path_of(place.app, rule))
            assert answer.status_code == 303, f"{method} {rule.rule}"
            assert answer.location.startswith("/console/sign-in?next="), f"{method} {rule.rule}"
            assert answer.cache_control.no_store, rule.rule
    assert seen == OPEN


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR, Role.APPROVER])
def test_a_form_wants_the_role_that_it_is_for(place: Place, role: Role) -> None:
    browser, refused = place.client_of(role), 0
    for rule in rules(place.app):
        if "POST" not in methods(rule) or rule.rule in OPEN:
            continue
        if ROLE_RANK[role] < ROLE_RANK[least(rule.rule)]:
            answer = browser.post_form(path_of(place.app, rule))
            assert answer.status_code == 403, f"{role} {rule.rule}"
            refused += 1
    assert refused


def test_no_form_of_another_site_is_taken(place: Place) -> None:
    browser = place.client_of(Role.ADMIN)
    for rule in rules(place.app):
        if "POST" in methods(rule):
            forged = browser.post(path_of(place.app, rule), data={"csrf_token": "x"})
            assert forged.status_code == 400, rule.rule
            assert "Questo modulo è troppo vecchio" in forged.text, rule.rule


def test_a_cookie_opens_nothing_where_forgery_is_not_looked_for(place: Place) -> None:
    """`/v1/` and `/alarms/` take no form's token, so that they must take no cookie either."""
    browser = place.client_of(Role.ADMIN)
    for rule in place.app.url_map.iter_rules():
        if not rule.rule.startswith(("/v1/", "/alarms/")):
            continue
        for method in methods(rule) - {"GET"}:
            answer = browser.open(path_of(place.app, rule), method=method, data={"a": "b"})
            assert answer.status_code in (401, 404, 405), f"{method} {rule.rule}"


def test_no_page_is_kept_by_anybody_or_framed(place: Place) -> None:
    browser = place.client_of(Role.ADMIN)
    for rule in rules(place.app):
        if "GET" not in methods(rule) or rule.rule.startswith("/console/assets"):
            continue
        answer = browser.get(path_of(place.app, rule))
        assert answer.status_code < 500, rule.rule
        assert answer.cache_control.no_store, rule.rule
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, rule.rule
        assert "unsafe" not in policy, rule.rule
        assert answer.headers["Referrer-Policy"] == "no-referrer", rule.rule


@pytest.mark.parametrize("path", ["/console", "/v1", "/console//account", "//console/"])
def test_no_host_header_says_where_to_go(place: Place, path: str) -> None:
    """A name that a client made up, and http where TLS ends before us, reach no address."""
    answer = place.client().get(path, base_url="http://evil.example")
    assert answer.status_code in (308, 404)
    assert answer.headers.get("Location", "/").startswith("/")
    assert not answer.headers.get("Location", "/").startswith("//")
