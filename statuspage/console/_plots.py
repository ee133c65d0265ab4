"""Durations over time as a small drawing; beside it stands a table that says the same. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

HEIGHT = 40
_WIDE = 10
"""What a step is wide, with the gap after it ..."""
_BAR = 7
"""... and its bar."""
_LEAST = 1.5
"""How high the smallest bar is: no time at all is not the same as nothing known."""


def plot(values: Sequence[float | None], said: str, limit: float | None = None) -> Markup:
    """A bar for each value, the highest as high as the drawing; none where there is no value.

    What is above `limit` is hollow, so that no colour has to say it. `said` is the whole in words.
    """
    most = max((value for value in values if value is not None), default=0.0)
    paths = Markup("").join(
        _bar(place, value, most, over=limit is not None and value > limit)
        for place, value in enumerate(values)
        if value is not None
    )
    return Markup(
        '<svg class="plot" role="img" aria-label="{}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none">{}</svg>'
    ).format(said, max(1, len(values)) * _WIDE, HEIGHT, paths)


def _bar(place: int, value: float, most: float, *, over: bool) -> Markup:
    high = max(_LEAST, (value / most if most else 0.0) * (HEIGHT - 1))
    return Markup('<path class="{}" d="M{:g} {}v-{:g}h{}v{:g}z"/>').format(
        "over" if over else "within", place * _WIDE + 1, HEIGHT, high, _BAR, high
    )
