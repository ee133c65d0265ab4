"""What a WSGI server runs: `app`, the edge in front of the Flask app."""

from __future__ import annotations

from statuspage._lazy_app import edge_of
from statuspage.settings import Settings, SettingsError, load_settings


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise SystemExit(f"Avviso cannot start:\n{error}") from None


app = edge_of(_settings())
