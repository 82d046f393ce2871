"""Run every benchmark and print the table: ``python -m benchmarks [NAME...]``."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import city_day, crossing, drt, networks, one_car, parking_day, sumo
from benchmarks.table import OUT, Result, show, store

REPORTS: dict[str, Callable[[], Result | None]] = {
    "parking_day": parking_day.report,
    "sumo": sumo.report,
    "drt": drt.report,
    "one_car": one_car.report,
    "crossing": crossing.report,
    "networks": networks.report,
    "city_day": city_day.report,
}

if __name__ == "__main__":
    names = sys.argv[1:] or list(REPORTS)
    for unknown in (name for name in names if name not in REPORTS):
        sys.exit(f"no benchmark {unknown!r}; there are: {', '.join(REPORTS)}")
    found = {name: result for name in names if (result := REPORTS[name]()) is not None}
    rows = [row for result in found.values() for row in result.rows]
    show(rows)
    store(found, OUT / "results.json")
    # Everything is printed before a difference between two sides that must be alike fails.
    if not all(row.alike for row in rows):
        sys.exit(1)
