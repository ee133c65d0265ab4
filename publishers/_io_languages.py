"""The IO app's languages: it knows three, and shows nothing good where one of them is empty."""

from __future__ import annotations

from collections.abc import Mapping

IO_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "it-IT": ("it", "en"),
    "en-EN": ("en", "it"),
    "de-DE": ("de", "en", "it"),
}
"""By the app's own names ("en-EN" is no slip of ours), the page's locales to take in turn."""


def in_io_languages(texts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """A text by the page's locales as (locale that it was taken from, one plain line) by the
    app's languages; empty where there is no text in any locale."""
    lines = {locale: " ".join(text.split()) for locale, text in texts.items()}
    lines = {locale: line for locale, line in lines.items() if line}
    if not lines:
        return {}
    return {
        language: next((locale, lines[locale]) for locale in (*wanted, *lines) if locale in lines)
        for language, wanted in IO_LANGUAGES.items()
    }
