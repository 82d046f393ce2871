"""A finished study: the comparison, the money and the verdict, and how all of it was made."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import shapely

from gis.population import DayType, lived, totals
from twin.appraisal.appraise import Appraisal, appraise
from twin.appraisal.curve import Curve, curve
from twin.appraisal.sentences import Language
from twin.appraisal.values import Programme, programmes, read_values
from twin.appraisal.verdict import of_curves, verdict
from twin.claims.claims import as_dict as claim_as_dict
from twin.experiment.compare import Comparison, compare, mean_costs
from twin.experiment.jam import mean_jam, worst
from twin.experiment.movement import published
from twin.experiment.observed import beside
from twin.experiment.package import parts_of, together
from twin.experiment.runner import Finished, Job
from twin.experiment.simulate import Study
from twin.experiment.study import conduct, jobs, open_city, prepare
from twin.experiment.sweep import unit_of
from twin.luck import Luck
from twin.parking_kpis import figures_behind
from twin.scenario import Scenario, solution_name

__all__ = ["Results", "conclude", "part", "programme_of", "study_key", "what_if", "write_json"]

PACKAGES = ("numpy", "pandas", "geopandas", "shapely", "scipy", "numba", "simpy", "mesa", "pyarrow")

SHOWN = ("name", "value", "aim", "published", "unit", "source")


@dataclass(frozen=True, eq=False)
class Results:
    """What a study found, with the runs behind it; ``command`` is what started it."""

    scenario: Scenario
    study: Study
    finished: tuple[Finished, ...]
    comparison: Comparison
    appraisal: Appraisal
    command: Sequence[str] = ()

    @property
    def headline(self) -> str:
        """The KPI that the decision is about: the first that a solution of the study names."""
        named = (solution.headline for solution in self.study.solutions)
        return next(filter(None, named), self.comparison.rows[0].kpi.name)

    @property
    def curves(self) -> list[Curve]:
        """What a sweep's alternatives say of each doubt; empty where they are no sweep's."""
        return [
            curve(
                doubt, self.comparison, self.appraisal.cases, headline=self.headline,
                unit=unit_of(doubt, self.study.solutions),
            )
            for doubt in self.scenario.doubts
        ]  # fmt: skip

    def verdict(
        self, language: Language = "en", labels: Mapping[str, str] | None = None
    ) -> list[str]:
        """Return the verdict in sentences; ``labels`` are what to call KPIs and units."""
        said: dict[str, Any] = {
            "headline": self.headline, "language": language, "labels": labels,
        }  # fmt: skip
        if self.curves:
            return of_curves(self.curves, self.comparison, self.appraisal, **said)
        return verdict(self.comparison, self.appraisal, jam=worst(self.finished), **said)

    def streets(self) -> dict[str, Any]:
        """Return the gap of the base routes by period, and how the streets jammed, means of a run.

        The gap is the largest of the day types: what drivers could save by other ways, as a share
        of their time. A car squeezes into a full street when it has been stuck too long; some are
        not over by the end, and wait to join a street or are on one.
        """
        rows = [row for run in self.finished for row in run.tables["streets"].to_pylist()]
        gap: dict[str, float] = {}
        for row in rows:
            gap[row["period"]] = max(gap.get(row["period"], 0.0), round(row["gap"], 4))
        jam = mean_jam(self.finished)
        return {
            "base_routes_gap": gap,
            "squeezes_a_run": jam.squeezes,
            "waiting_to_join_at_the_end": jam.waiting,
            "on_the_street_at_the_end": jam.moving,
            "jammed": worst(self.finished).jammed,
        }

    def readiness(self) -> dict[str, Any]:
        """Return how far each solution can be trusted on this city, and what its files lack.

        ``solutions``: solution, level and because; ``gaps``: ``missing`` or ``made up`` by layer.
        """
        kinds = dict.fromkeys(type(one) for one in self.study.solutions)
        report = self.study.city.check({solution_name(kind): kind.data for kind in kinds})
        rows = [
            {"solution": row.solution, "level": row.level, "because": row.because}
            for row in report.solutions
        ]
        return {"solutions": rows, "gaps": report.gaps}

    def together(self) -> dict[str, list[dict[str, Any]]]:
        """Return what each package gives beside its parts, for the KPIs where that is not zero."""
        packages = parts_of(self.study.alternatives)
        return {
            name: [
                row.as_dict()
                for row in together(self.comparison, name, parts)
                if row.interaction.mean
            ]
            for name, parts in packages.items()
        }

    def claims(self) -> list[dict[str, str]]:
        """Return what has been published about the solutions, with what contradicts it."""
        names = (name for solution in self.study.solutions for name in solution.claims)
        return [claim_as_dict(name) for name in dict.fromkeys(names)]

    def observed(self) -> list[dict[str, Any]]:
        """Return the city's own counts, and what is known of others, beside the base day.

        The day is of the first day type.
        """
        return [asdict(row) for row in beside(self._of_base("observed"), self.comparison.level)]

    def _of_base(self, name: str) -> list[pa.Table]:
        """Return a table of the base days of the first day type, by replication."""
        day_type = next(iter(self.scenario.day_types))
        runs = sorted((run for run in self.finished if run.job.day_type == day_type), key=_job)
        return [run.tables[name] for run in runs if name in run.tables]

    def population(self) -> list[dict[str, Any]]:
        """Return the people and a day of theirs beside what they aim at and what is published.

        The day is the first, of the first day type; how it moved is the mean of the base days. Rows
        name, value, aim and published (None where there is none), unit, source.
        """
        day_type, people = next(iter(self.scenario.day_types)), self.study.ground.people
        luck = Luck(self.study.when.seed, "day", 0).of("trips")
        rows = totals(people, lived(people, luck, 0, cast(DayType, day_type)))
        every = [*rows.itertuples(index=False), *published(self._of_base("movement"))]
        return [{name: _known(getattr(row, name)) for name in SHOWN} for row in every]

    def as_dict(
        self, language: Language = "en", labels: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``; None where undefined, never NaN."""
        city = self.study.city
        return {
            "scenario": self.scenario.name,
            "city": city.name,
            "area": self.study.area.name,
            "ring_m": self.study.area.ring_m,
            "synthetic": city.synthetic,
            "attributions": city.attributions(),
            "headline": self.headline,
            **self.comparison.as_dict(),
            "appraisal": self.appraisal.as_dict(),
            "verdict": self.verdict(language, labels),
            "together": self.together(),
            "readiness": self.readiness(),
            "curves": [one.as_dict() for one in self.curves],
            "claims": self.claims(),
            "observed": self.observed(),
            "population": self.population(),
            "provenance": self.provenance(),
        }

    def provenance(self) -> dict[str, Any]:
        """Return what it takes to make the same results again."""
        return {
            "version": _version("dongne"),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": {name: _version(name) for name in PACKAGES},
            "seed": self.scenario.seed,
            "day_types": dict(self.scenario.day_types),
            **self.streets(),
            "city_hash": self.study.city.digest(),
            "key": study_key(self.study),
            "started_by": " ".join(self.command),
        }


def _known(value: Any) -> Any:
    """Return a value, None where it is not a number."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _job(run: Finished) -> Job:
    return run.job


def what_if(scenario: Scenario, *, workers: int = 1) -> Results:
    """Answer a what-if: open its city, live its days, compare and appraise.

    Raises
    ------
    FileNotFoundError
        If its city or an area is missing.
    ValueError
        If an area is not in the city.
    """
    study = prepare(scenario, open_city(scenario.city, scenario.folder))
    return conclude(scenario, study, conduct(study, jobs(scenario), workers=workers))


def conclude(
    scenario: Scenario,
    study: Study,
    finished: Sequence[Finished],
    *,
    command: Sequence[str] = (),
) -> Results:
    """Return what the finished runs of a scenario mean: comparison and appraisal.

    Where the streets jammed nothing is appraised.

    Raises
    ------
    KeyError
        If the scenario's programme is unknown.
    """
    weights = scenario.day_types
    comparison = compare(
        finished, alternatives=list(scenario.alternatives), day_weights=weights, kpis=study.kpis
    )
    programme = programme_of(scenario)
    if worst(finished).jammed:
        return Results(scenario, study, tuple(finished), comparison, Appraisal({}), command)
    appraisal = appraise(
        comparison, mean_costs(finished, day_weights=weights), programme=programme,
        values=read_values(), behind=figures_behind(study.behaviour),
    )  # fmt: skip
    return Results(scenario, study, tuple(finished), comparison, appraisal, command)


def programme_of(scenario: Scenario) -> Programme | None:
    """Return the funding programme that a scenario names, None without one.

    Raises
    ------
    KeyError
        If there is no programme of this name; the message lists those there are.
    """
    known = programmes()
    if scenario.programme is not None and scenario.programme not in known.entries:
        names = ", ".join(known.entries)
        raise KeyError(f"there is no programme {scenario.programme!r}; there are: {names}")
    return None if scenario.programme is None else known[scenario.programme]


def study_key(study: Study) -> str:
    """Return the key under which runs are stored: whatever a run's result depends on, hashed.

    City, solutions with the shapes of their areas, hours and seed, behaviour, counting, whether
    cars queue, and the program itself; neither the number of replications nor what a day is worth
    in a year.
    """
    digest = hashlib.sha256(study.city.digest().encode())
    told = (study.alternatives, study.area, study.when, study.behaviour, study.counting)
    for value in (*told, study.queues):
        digest.update(repr(value).encode())
    areas = [study.area, *study.places, *(solution.where for solution in study.solutions)]
    for area in areas:
        digest.update(f"{area.name}\n{area.ring_m}\n".encode())
        digest.update(shapely.to_wkb(area.polygon))
    root = Path(__file__).parents[1]
    for package in ("gis", "twin", "scenarios"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def part(path: Path) -> Iterator[Path]:
    """Give a hidden path beside a file to write to; it becomes the file only when all went well."""
    hidden = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        yield hidden
        os.replace(hidden, path)
    except OSError as error:
        why = error.strerror or str(error)
        raise OSError(error.errno, f"cannot write {path}: {why}") from error
    finally:
        hidden.unlink(missing_ok=True)


def write_json(values: Mapping[str, Any], path: Path) -> None:
    """Write values as JSON, whole or not at all."""
    text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
    with part(path) as hidden:
        hidden.write_text(text + "\n", encoding="utf-8")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
