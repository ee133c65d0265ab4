"""What a WSGI server runs: `app`, the edge in front of the Flask app."""

from __future__ import annotations

from wsgiref.types import WSGIApplication

from publishers.documents._render import style_hash
from statuspage.edge import Edge, LazyApp
from statuspage.logs import configure_logs
from statuspage.settings import Settings, SettingsError, load_settings


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise SystemExit(f"Avviso cannot start:\n{error}") from None


def _edge(settings: Settings) -> Edge:
    def build() -> WSGIApplication:
        # Only when first asked for, so that documents are served even if this cannot be imported.
        from statuspage.app import create_app

        return create_app(settings)

    configure_logs(settings.secret_values())
    return Edge(settings.documents_path, LazyApp(build), style_hash())


app = _edge(_settings())
