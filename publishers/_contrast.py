"""How well one colour stands out from another: WCAG 2.2, contrast ratio and relative luminance."""

from __future__ import annotations


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours such as "#0a4a9e", from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """Black or white, whichever is easier to read there: of any colour one of them is 4.5:1."""
    return max("#ffffff", "#000000", key=lambda text: contrast(text, background))


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
