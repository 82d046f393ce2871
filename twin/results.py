"""A finished study as plain values: what is written, drawn and printed."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gis.city import City
from twin.appraisal.appraise import Appraisal
from twin.experiment.compare import Comparison

__all__ = ["Results", "study_key", "write_json"]

PACKAGES = ("numpy", "pandas", "geopandas", "shapely", "scipy", "numba", "simpy", "mesa", "pyarrow")


@dataclass(frozen=True)
class Results:
    """What a study found, and how it was made."""

    scenario: str
    city: City
    comparison: Comparison
    appraisal: Appraisal
    verdict: Sequence[str]
    claims: Sequence[Mapping[str, Any]]
    seed: int
    key: str
    command: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; None where something is undefined, never NaN."""
        return {
            "scenario": self.scenario,
            "city": self.city.name,
            "synthetic": self.city.synthetic,
            "attributions": self.city.attributions(),
            **self.comparison.as_dict(),
            "appraisal": self.appraisal.as_dict(),
            "verdict": list(self.verdict),
            "claims": [dict(claim) for claim in self.claims],
            "provenance": {
                "version": _version("dongne"),
                "python": sys.version.split()[0],
                "packages": {name: _version(name) for name in PACKAGES},
                "seed": self.seed,
                "key": self.key,
                "started_by": " ".join(self.command),
            },
        }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def write_json(values: Mapping[str, Any], path: Path) -> None:
    """Write values as JSON, whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def study_key(city: City, scenario_text: str) -> str:
    """Return the key under which the runs of a study are stored: city, scenario and program."""
    digest = hashlib.sha256(city.digest().encode())
    digest.update(scenario_text.encode())
    root = Path(__file__).parents[1]
    for package in ("gis", "twin", "scenarios"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
