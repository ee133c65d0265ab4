"""The checks, measured on notices that were not looked at when their words were chosen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from incidents.checks import IDS, Rules
from tests.incidents.checks._corpus import HALVES, Sample, samples

FALSE_ALARMS = 0.05
"""The most of the good notices in which anything may be found."""
RECALL = {"tuning": 0.75, "held_out": 0.75, "later": 0.75, "unseen": 0.6}
"""The least share of what a reader finds in the bad ones; "unseen" is as it was found."""
FEWEST = {"tuning": 10, "held_out": 10, "later": 10, "unseen": 4}
"""Of each language, in each part."""


@pytest.mark.parametrize("half", HALVES)
def test_good_notices_raise_no_alarm(half: str) -> None:
    good = [sample for sample in samples("good") if sample.half == half]
    found = {sample.text: sample.found(Rules()) for sample in good}
    alarms = {text: sorted(ids) for text, ids in found.items() if ids}
    assert len(alarms) / len(good) < FALSE_ALARMS, alarms


@pytest.mark.parametrize("half", HALVES)
def test_bad_notices_are_caught(half: str) -> None:
    bad = [sample for sample in samples("bad") if sample.half == half]
    wanted = [(sample, name) for sample in bad for name in sample.expect]
    caught = [name in sample.found(Rules()) for sample, name in wanted]
    assert sum(caught) / len(caught) >= RECALL[half]


def test_a_reader_looks_for_what_there_are_checks_for() -> None:
    for sample in samples("bad"):
        assert sample.expect
        assert sample.expect <= set(IDS), sample.text


def test_what_was_kept_apart_was_published() -> None:
    for name in ("good", "bad"):
        assert all(s.published for s in samples(name) if s.half in ("later", "unseen"))


@pytest.mark.parametrize("name", ["good", "bad"])
def test_the_corpus_is_large_enough_and_half_of_it_was_published(name: str) -> None:
    all_of_them = samples(name)
    assert len(all_of_them) >= 60
    assert sum(sample.published for sample in all_of_them) * 2 >= len(all_of_them)
    assert len({sample.text for sample in all_of_them}) == len(all_of_them)
    _in_both_languages_and_all_parts(all_of_them)


def _in_both_languages_and_all_parts(all_of_them: Sequence[Sample]) -> None:
    for half in HALVES:
        for locale in ("it", "en"):
            some = [item for item in all_of_them if (item.half, item.locale) == (half, locale)]
            assert len(some) >= FEWEST[half], (half, locale)
