"""The Flask application's own answers: errors in words, nothing kept, nothing let in."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, abort, session
from flask.testing import FlaskClient

from publishers.documents._render import words_for
from statuspage.app import _BAD_REQUEST, _EXPLANATIONS, LARGEST_REQUEST, create_app
from statuspage.settings import Settings, example_settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "avviso.toml").write_text(example_settings(), encoding="utf-8")
    return load_settings(tmp_path / "avviso.toml", {})


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("hunter2")

    @app.post("/form")
    def form() -> str:
        from flask import request

        return str(len(request.get_data()))

    @app.get("/teapot")
    def teapot() -> str:
        abort(418)

    @app.get("/remember")
    def remember() -> str:
        session["x"] = 1
        return "remembered"

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/nope", 404, "Pagina non trovata"),
        ("/en/nope", 404, "Page not found"),
        ("/fr/nope", 404, "Pagina non trovata"),
        ("/form", 405, "Qui non si può fare"),
        ("/broken", 500, "Qualcosa non ha funzionato, da parte nostra"),
        ("/teapot", 418, "Non abbiamo capito la richiesta"),
    ],
)
def test_errors_as_pages(client: FlaskClient, path: str, status: int, title: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    assert f"<title>{title}</title>" in answer.text
    assert '<section lang="it"' in answer.text
    assert '<section lang="en"' in answer.text
    assert "hunter2" not in answer.text


def test_an_error_leads_home(client: FlaskClient) -> None:
    answer = client.get("/nope", headers={"Host": "evil.example"})
    assert 'href="/"' in answer.text
    assert 'href="/en/"' in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/api/nope", "*/*"), ("/nope.json", "text/html"), ("/nope", "application/json")],
)
def test_errors_as_json(client: FlaskClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.json == {"error": "Not Found", "message": "There is nothing at this address."}


def test_a_refused_method_names_the_others(client: FlaskClient) -> None:
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


def test_requests_that_are_too_large(client: FlaskClient) -> None:
    assert client.post("/form", data=b"x" * LARGEST_REQUEST).text == str(LARGEST_REQUEST)
    assert client.post("/form", data=b"x" * (LARGEST_REQUEST + 1)).status_code == 413


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_error_of_ours_can_be_quoted(client: FlaskClient, accept: str) -> None:
    answer = client.get("/broken", headers={"Accept": accept, "X-Request-Id": "1234-abcd"})
    assert answer.headers["X-Request-Id"] == "1234-abcd"
    assert answer.text.count("1234-abcd") == (2 if accept == "text/html" else 1)
    lost = client.get("/nope", headers={"Accept": accept, "X-Request-Id": "1234-abcd"})
    assert "1234-abcd" not in lost.text


@pytest.mark.parametrize("path", ["/healthz", "/nope", "/broken"])
def test_every_answer_is_hardened_and_not_kept(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


def test_there_is_no_session(client: FlaskClient) -> None:
    assert client.get("/remember").status_code == 500


def test_the_settings_are_at_hand(app: Flask, settings: Settings) -> None:
    assert app.extensions["avviso"] is settings


def test_every_explanation_is_translated() -> None:
    words = words_for("it", ZoneInfo("Europe/Rome"))
    for phrase in {phrase for pair in (*_EXPLANATIONS.values(), _BAD_REQUEST) for phrase in pair}:
        assert words.gettext(phrase) != phrase
