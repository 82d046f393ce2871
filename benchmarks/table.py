"""The table of all benchmarks: one row a work, and the file of results beside it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["OUT", "Result", "Row", "show", "store"]

OUT = Path("out/bench")
HEADS = ("work", "ours", "beside", "theirs", "ratio", "difference", "goal", "")
WORDS = {None: "", True: "met", False: "NOT MET"}
RIGHT = {"ours", "theirs", "ratio"}


@dataclass(frozen=True)
class Row:
    """One work: CPU seconds of ours and of who stands beside it, and how their KPIs differ.

    ``met`` tells whether the goal is reached, None where there is none. ``alike`` is False where
    two sides that must be the same are not.
    """

    work: str
    ours_s: float | None
    beside: str = ""
    theirs_s: float | None = None
    difference: str = ""
    goal: str = ""
    met: bool | None = None
    alike: bool = True

    @property
    def ratio(self) -> float | None:
        """How many times as long the other side takes."""
        return self.theirs_s / self.ours_s if self.theirs_s and self.ours_s else None

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        ratio = f"{self.ratio:,.1f}" if self.ratio else ""
        said = WORDS[self.met] if self.alike else "DIFFERENT"
        return (
            self.work, _seconds(self.ours_s), self.beside, _seconds(self.theirs_s), ratio,
            self.difference, self.goal, said,
        )  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What one benchmark found: its rows of the table, and the figures behind its plots."""

    rows: list[Row]
    figures: list[dict[str, Any]] = field(default_factory=list)


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    cells = [HEADS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADS))]
    print("\nCPU seconds without loading, both sides in one run")
    for line in (cells[0], tuple("-" * width for width in widths), *cells[1:]):
        padded = [
            cell.rjust(width) if head in RIGHT else cell.ljust(width)
            for cell, width, head in zip(line, widths, HEADS, strict=True)
        ]
        print("  ".join(padded).rstrip())


def store(results: Mapping[str, Result], path: Path) -> None:
    """Write the results as JSON; those of other benchmarks that are there already stay."""
    kept = json.loads(path.read_text())["benchmarks"] if path.exists() else {}
    kept |= {name: asdict(result) for name, result in results.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    path.write_text(json.dumps({"machine": machine, "benchmarks": kept}, indent=1) + "\n")


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.2f} s" if value >= 0.1 else f"{1000 * value:,.1f} ms"
