"""Run every benchmark: ``python -m benchmarks [NAME...]``."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import one_car, parking_day, sumo

REPORTS: dict[str, Callable[[], bool | None]] = {
    "parking_day": parking_day.report,
    "one_car": one_car.report,
    "sumo": sumo.report,
}

if __name__ == "__main__":
    names = sys.argv[1:] or list(REPORTS)
    for unknown in (name for name in names if name not in REPORTS):
        sys.exit(f"no benchmark {unknown!r}; there are: {', '.join(REPORTS)}")
    # Every report is printed before a difference between two sides that must be alike fails.
    if False in [REPORTS[name]() for name in names]:
        sys.exit(1)
