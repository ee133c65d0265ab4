"""What `/metrics` tells Prometheus, read from the database when it is asked; kept nowhere.

Every name here stands in docs/monitoring.md, with what it means.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from incidents.alike import nearest_rank
from incidents.queries import Readings
from incidents.status import ChannelState, DeliveryState
from statuspage import __version__
from statuspage._health import heartbeat_age
from statuspage.settings import Settings

QUANTILES = (0.5, 0.9, 0.95, 1.0)
"""Half of the recent ones, nine of ten, nineteen of twenty, and the worst."""


class Measurements(Collector):
    """One answer to one scrape. Without readings the database is away: the rest is still told."""

    def __init__(self, settings: Settings, readings: Readings | None, now: datetime) -> None:
        self._settings = settings
        self._readings = readings
        self._now = now
        self._channels = list(settings.channel_names)

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "avviso_build_info", "1, labelled with the version.", (__version__,), "version"
        )
        yield _single("avviso_heartbeat_age_seconds", "Since the page was checked.", self._age())
        answers = 0.0 if self._readings is None else 1.0
        yield _single("avviso_database_up", "1 where the database answers.", answers)
        if self._readings is not None:
            yield from self._of_deliveries(self._readings)
            yield from self._of_publications(self._readings)
            yield from self._of_incidents(self._readings)

    def _age(self) -> float:
        # Infinite rather than absent, so that an alert on it goes off.
        age = heartbeat_age(self._settings.documents_path, self._now)
        return math.inf if age is None else max(0.0, age.total_seconds())

    def _of_deliveries(self, found: Readings) -> Iterator[Metric]:
        number = GaugeMetricFamily("avviso_deliveries", "Deliveries.", labels=("channel", "state"))
        waiting = GaugeMetricFamily(
            "avviso_oldest_waiting_delivery_seconds",
            "Since the oldest delivery that waits should have gone out; 0 where none waits.",
            labels=("channel",),
        )
        states = GaugeMetricFamily(
            "avviso_channel_state", "1 for the state of a channel.", labels=("channel", "state")
        )
        for channel in self._channels:
            for state in DeliveryState:
                number.add_metric((channel, state), found.deliveries.get((channel, state), 0))
            since = found.waiting_since.get(channel, self._now)
            waiting.add_metric((channel,), (self._now - since).total_seconds())
            is_now = found.channels.get(channel, ChannelState.ON)
            for each in ChannelState:
                states.add_metric((channel, each), float(each is is_now))
        yield from (number, waiting, states)

    def _of_publications(self, found: Readings) -> Iterator[Metric]:
        yield _quantiles(
            "avviso_recent_first_post_seconds",
            "From a publication to its first post, of the newest 50.",
            found.first_posts,
        )
        yield _quantiles(
            "avviso_recent_skew_seconds",
            "From a publication's first post to its last, of the newest 50.",
            found.skews,
        )
        yield from self._of_accounts(found)
        behind = GaugeMetricFamily(
            "avviso_target_behind_seconds",
            "Since the first event that a target does not show; 0 where it shows all.",
            labels=("target",),
        )
        for target, since in found.behind_since.items():
            late = (self._now - since).total_seconds() if since else 0.0
            behind.add_metric((target,), max(0.0, late))
        yield behind
        published = GaugeMetricFamily(
            "avviso_publish_seconds",
            "From the latest event that a target shows to the moment when it showed it.",
            labels=("target",),
        )
        for target, seconds in found.published_in.items():
            published.add_metric((target,), seconds)
        yield published

    def _of_accounts(self, found: Readings) -> Iterator[Metric]:
        took = GaugeMetricFamily(
            "avviso_recent_delivery_seconds",
            "From when a delivery should have gone out to its post, of the newest 50 publications.",
            labels=("channel", "quantile"),
        )
        behind = GaugeMetricFamily(
            "avviso_channel_behind",
            "1 where a channel has not what the page has.",
            labels=("channel",),
        )
        for channel, values in found.took.items():
            for share, value in _shares(values):
                took.add_metric((channel, share), value)
            behind.add_metric((channel,), float(channel in found.left_behind))
        yield from (took, behind)

    def _of_incidents(self, found: Readings) -> Iterator[Metric]:
        promises = CounterMetricFamily(
            "avviso_promises", "Announced next updates, by what came of them.", labels=("outcome",)
        )
        promises.add_metric(("kept",), found.promises.kept)
        promises.add_metric(("broken",), found.promises.broken)
        yield promises
        impacts = GaugeMetricFamily("avviso_incidents_open", "Open incidents.", labels=("impact",))
        for impact, number in found.open_incidents.items():
            impacts.add_metric((impact,), number)
        yield impacts
        yield _single(
            "avviso_promises_overdue", "Open entries whose next update is late.", found.overdue
        )
        since = found.unannounced_since or self._now
        yield _single(
            "avviso_unannounced_fault_seconds",
            "Since the oldest fault began that only a draft tells of; 0 where there is none.",
            max(0.0, (self._now - since).total_seconds()),
        )


def registry_of(measurements: Measurements) -> CollectorRegistry:
    """A registry of these alone: the processes that serve share nothing, so neither do scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(measurements)
    return registry


def _single(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _gauge(name: str, help_text: str, values: Sequence[str], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    family.add_metric(values, 1.0)
    return family


def _quantiles(name: str, help_text: str, values: Sequence[float]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=("quantile",))
    for share, value in _shares(values):
        family.add_metric((share,), value)
    return family


def _shares(values: Sequence[float]) -> Iterator[tuple[str, float]]:
    """Nothing at all where there is nothing to tell: 0 seconds would be a lie."""
    ranked = sorted(values)
    for share in QUANTILES if ranked else ():
        yield f"{share:g}", nearest_rank(ranked, share)
