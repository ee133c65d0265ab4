"""What Lighthouse gives the demo's pages at its worst hour, served by the real front.

It throttles network and processor by itself, as it does for a phone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.__main__ import run
from bench._figures import number, table
from bench._web import free_port, wait_for
from bench.screenshots import CRASH, WORST, chromium

TIMES = 5
PAGES = {"home": "/", "incident": CRASH, "answers": "/answers/", "one service": ""}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMINGS = {"first-contentful-paint": "FCP, ms", "largest-contentful-paint": "LCP, ms"}
MODULES = Path(__file__).parent / "node_modules"
_CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"

Report = dict[str, Any]


def measure() -> Iterator[Table]:
    """The four scores, the times on a phone, the layout's shift and the bytes, page by page."""
    scores = table("Lighthouse, mobile: median of 5 (least–most)", "page", *CATEGORIES)
    costs = table("On a phone", "page", *TIMINGS.values(), "layout shift", "bytes", "requests")
    objections: list[str] = []
    with _demo() as (address, page):
        for name, path in PAGES.items():
            place = path or f"/components/{_a_component(page)}/"
            reports = [_report(address + place) for _ in range(TIMES)]
            scores.add_row(name, *(_score(reports, category) for category in CATEGORIES))
            costs.add_row(name, *_costs(reports))
            objections += [f"{name}: {told}" for told in _objections(reports[0])]
    yield scores
    yield costs
    if objections:
        yield _list(objections)


@contextmanager
def _demo() -> Iterator[tuple[str, Path]]:
    """The demo's address and its documents; it ends with the block."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="avviso-") as folder:
        command = [sys.executable, "-m", "statuspage", "demo", "--as-of", WORST]
        env = {**os.environ, "PORT": str(port), "DATA": folder}
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
            try:
                wait_for(port, process)
                yield f"http://127.0.0.1:{port}", Path(folder) / "demo" / "page"
            finally:
                process.terminate()
                process.wait(60)


def _a_component(page: Path) -> str:
    return min(path.name for path in (page / "components").iterdir())


def _report(address: str) -> Report:
    """One run of Lighthouse in a browser of its own."""
    command = [str(_node()), str(MODULES / "lighthouse" / "cli" / "index.js"), address]
    command += ["--output=json", "--quiet", f"--chrome-flags={_CHROMIUM}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    env = {**os.environ, "CHROME_PATH": chromium()}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if said.returncode:
        raise RuntimeError(f"Lighthouse said: {said.stderr}")
    report: Report = json.loads(said.stdout)
    return report


def _node() -> Path:
    found = next(MODULES.glob("node-linux-*/bin/node"), None)
    if found is None:
        sys.exit("Lighthouse is not there: run `npm ci` in bench/lighthouse")
    return found


def _score(reports: Sequence[Report], category: str) -> str:
    found = [100 * report["categories"][category]["score"] for report in reports]
    return f"{statistics.median(found):.0f} ({min(found):.0f}–{max(found):.0f})"


def _costs(reports: Sequence[Report]) -> Iterator[str]:
    for audit in TIMINGS:
        yield number(statistics.median(_value(report, audit) for report in reports))
    yield f"{max(_value(report, 'cumulative-layout-shift') for report in reports):.3f}"
    items = reports[0]["audits"]["network-requests"]["details"]["items"]
    yield f"{sum(item['transferSize'] for item in items):,}"
    yield str(len(items))


def _value(report: Report, audit: str) -> float:
    return float(report["audits"][audit]["numericValue"])


def _objections(report: Report) -> Iterator[str]:
    """The audits that cost points, in Lighthouse's words."""
    for category in CATEGORIES:
        for part in report["categories"][category]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                yield f"{category}, {audit['title']}"


def _list(lines: Sequence[str]) -> Table:
    shown = Table("what cost points", title_justify="left")
    for line in dict.fromkeys(lines):
        shown.add_row(line)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lighthouse", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    run("lighthouse", measure, write=parser.parse_args().write)


if __name__ == "__main__":
    main()
