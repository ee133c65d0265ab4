"""How well the checks before publishing find what is wrong, on the notices of the tests' corpus,
and how long they take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from time import perf_counter
from zoneinfo import ZoneInfo

from rich.table import Table

from incidents.checks import IDS, Notice, Rules, check
from incidents.inputs import BODY_LENGTH
from incidents.view import PublicText
from tests.incidents.checks._corpus import HALVES, Sample, samples

_USUAL = (
    "Riceviamo molte più richieste del solito e il Portafoglio non risponde. "
    "Scriviamo qui entro le 22:20 di lunedì 7 dicembre 2020 (ora italiana). "
) * 3
_HOSTILE = ("AB'", "ABX ", "(1", "sarà ", "1.234.", "<", "a@b")


def measure() -> Iterator[Table]:
    """A table for each part; what counts is the one that nothing was made from. Then the time."""
    for half in HALVES:
        good = [sample for sample in samples("good") if sample.half == half]
        bad = [sample for sample in samples("bad") if sample.half == half]
        yield _table(half, good, bad)
    yield _times()


def _times() -> Table:
    table = Table("text, in Italian and English", "ms", title="all checks on one notice")
    table.add_row(f"usual ({len(_USUAL)} characters)", f"{_milliseconds(_USUAL, 20):.0f}")
    worst = max(_milliseconds(each * (BODY_LENGTH // len(each)), 1) for each in _HOSTILE)
    table.add_row(f"the slowest of {len(_HOSTILE)} hostile ones ({BODY_LENGTH:,})", f"{worst:.0f}")
    return table


def _milliseconds(body: str, times: int) -> float:
    text = PublicText("Avviso", "Avviso", body)
    notice = Notice(("it", "en"), ZoneInfo("Europe/Rome"), {"it": text, "en": text})
    rules = Rules()
    check(notice, rules)
    start = perf_counter()
    for _ in range(times):
        check(notice, rules)
    return (perf_counter() - start) / times * 1000


def _table(half: str, good: Sequence[Sample], bad: Sequence[Sample]) -> Table:
    rules = Rules()
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for sample in (*good, *bad):
        found = sample.found(rules)
        right.update(found & sample.expect)
        wrong.update(found - sample.expect)
        missed.update(sample.expect - found)
    alarms = sum(bool(sample.found(rules)) for sample in good)
    title = f"{half}: {len(bad)} bad notices; false alarms on {alarms} of {len(good)} good ones"
    table = Table("check", "found", "wrongly", "missed", "precision", "recall", title=title)
    for name in IDS:
        if right[name] or wrong[name] or missed[name]:
            table.add_row(name, *_row(right[name], wrong[name], missed[name]))
    table.add_row("all", *_row(right.total(), wrong.total(), missed.total()), style="bold")
    return table


def _row(right: int, wrong: int, missed: int) -> tuple[str, ...]:
    precision, recall = _share(right, right + wrong), _share(right, right + missed)
    return str(right), str(wrong), str(missed), precision, recall


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"
