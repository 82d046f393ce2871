"""What a check shows on the page: it is kept as JSON, so that workers need not meet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.source import ROOT

__all__ = ["OUT", "Page", "Panel", "parts"]

OUT = ROOT / "out" / "verify"

Curves = Mapping[str, tuple[Any, Any]]
Points = Mapping[str, Iterable[Sequence[Any]]]


@dataclass(frozen=True)
class Panel:
    """One chart or table: its section, what it shows in English and Korean, its axes, a note."""

    section: str
    title: str
    korean: str
    x: str = ""
    y: str = ""
    note: str = ""


class Page:
    """The page as one check sees it; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, test: str, where: tuple[str, int]) -> None:
        self.folder, self.test, self.where, self.shown = folder, test, where, 0

    def add(
        self,
        panel: Panel,
        *,
        curves: Curves | None = None,
        bounds: Curves | None = None,
        points: Points | None = None,
        rows: Iterable[Mapping[str, Any]] = (),
        text: str = "",
    ) -> None:
        """Show what was measured; checks that name one panel share it.

        Parameters
        ----------
        curves, bounds
            x and y by name: theory or another model, and limits. The first of a name counts.
        points
            (x, y) or (x, y, half of the interval) by name.
        rows
            Of the table: value by column.
        text
            As it is, below.
        """
        if self.folder is None:
            return
        self.shown += 1
        kept = {
            "panel": asdict(panel), "test": self.test, "where": self.where, "nth": self.shown,
            "curves": dict(curves or {}), "bounds": dict(bounds or {}), "text": text,
            "points": {name: list(each) for name, each in (points or {}).items()},
            "rows": [dict(row) for row in rows],
        }  # fmt: skip
        name = re.sub(r"\W+", "_", f"{self.test} {panel.title}")[-180:]
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(kept, default=_plain, ensure_ascii=False), encoding="utf-8")


def parts(folder: Path) -> list[dict[str, Any]]:
    """Return all that is kept in a folder, in the order of the tests' files."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(found, key=lambda part: (part["where"], part["test"], part["nth"]))


def _plain(value: Any) -> Any:
    """Return what NumPy or pandas made as JSON has it."""
    return value.tolist()
