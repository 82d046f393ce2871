"""Alternatives against the base, replication by replication, with honest intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from twin.experiment.precision import t_quantile
from twin.experiment.runner import Finished, Job

if TYPE_CHECKING:
    from twin.solution import KPI, Cost

__all__ = ["Comparison", "Effect", "Estimate", "Row", "compare", "estimate", "mean_costs"]

Values = Sequence[float | None]


@dataclass(frozen=True)
class Estimate:
    """A mean with its confidence interval from ``n`` replications; None where undefined."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Effect:
    """One alternative against the base, for one KPI.

    ``mean`` is of all its defined replications; ``diff`` with ``low`` and ``high`` is the mean of
    the ``n`` paired differences. ``variance_ratio`` is S_D^2 / (S_A^2 + S_B^2): what the same luck
    left of the noise, 0 where every pair differs by the same amount, 1 as for independent runs.
    """

    mean: float | None
    diff: float | None
    low: float | None
    high: float | None
    n: int
    variance_ratio: float | None

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Row:
    """A KPI: the base, the effect of each alternative, and the paired differences behind it."""

    kpi: KPI
    base: Estimate
    alternatives: Mapping[str, Effect]
    differences: Mapping[str, tuple[float | None, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``."""
        base = {"mean": self.base.mean, "low": self.base.low, "high": self.base.high}
        effects = {name: asdict(effect) for name, effect in self.alternatives.items()}
        kpi = {name: getattr(self.kpi, name) for name in ("name", "unit", "better", "definition")}
        return {**kpi, "base": base, "alternatives": effects}


@dataclass(frozen=True)
class Comparison:
    """All KPIs of all alternatives against the base, at one confidence level."""

    rows: tuple[Row, ...]
    alternatives: tuple[str, ...]
    replications: int
    level: float

    def __getitem__(self, kpi: str) -> Row:
        """Return the row of a KPI; an unknown name lists the KPIs there are."""
        for row in self.rows:
            if row.kpi.name == kpi:
                return row
        known = ", ".join(row.kpi.name for row in self.rows) or "none"
        raise KeyError(f"no KPI {kpi!r} was compared; there are: {known}")

    def __contains__(self, kpi: str) -> bool:
        return any(row.kpi.name == kpi for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``."""
        rows = [row.as_dict() for row in self.rows]
        return {"replications": self.replications, "level": self.level, "kpis": rows}


def compare(
    finished: Iterable[Finished],
    *,
    alternatives: Sequence[str],
    day_weights: Mapping[str, float],
    kpis: Sequence[KPI],
    level: float = 0.95,
    base: str = "base",
) -> Comparison:
    """Compare each alternative with the base, pairing the replications.

    The value of a replication is the mean of its day types, weighted by ``day_weights``; it is
    None where a day is missing or undefined. Runs are folded in replication order, so their order
    never shows.

    Raises
    ------
    ValueError
        If a run is there twice or of an unknown alternative or day type, or the level or a weight
        is out of range.
    """
    _check(level, day_weights)
    names = tuple(dict.fromkeys(name for name in alternatives if name != base))
    runs = _index(finished, (base, *names), day_weights)
    replications = sorted({job.replication for job in runs})
    rows = []
    for kpi in kpis:
        series = {
            name: tuple(_day_mean(runs, (name, r), day_weights, kpi.name) for r in replications)
            for name in (base, *names)
        }
        rows.append(_row(kpi, series, base, level))
    return Comparison(tuple(rows), names, len(replications), level)


def estimate(values: Values, level: float = 0.95) -> Estimate:
    """Return the mean of the defined values and its interval by Student's t."""
    known = [value for value in values if value is not None]
    if not known:
        return Estimate(None, None, None, 0)
    mean = _mean(known)
    variance = _variance(known)
    if variance is None:
        return Estimate(mean, None, None, len(known))
    half = t_quantile(level, len(known)) * math.sqrt(variance / len(known))
    return Estimate(mean, mean - half, mean + half, len(known))


def mean_costs(
    finished: Iterable[Finished], *, day_weights: Mapping[str, float]
) -> dict[str, tuple[Cost, ...]]:
    """Return the cost items of each alternative, averaged over its replications and day types."""
    lists: dict[str, list[tuple[Job, tuple[Cost, ...]]]] = {}
    for run in finished:
        lists.setdefault(run.job.alternative, []).append((run.job, run.costs))
    return {name: _mean_items(sorted(runs), day_weights) for name, runs in lists.items()}


def _mean_items(
    runs: list[tuple[Job, tuple[Cost, ...]]], weights: Mapping[str, float]
) -> tuple[Cost, ...]:
    total = math.fsum(weights[job.day_type] for job, _ in runs)
    amounts: dict[Cost, list[tuple[float, float]]] = {}
    for job, costs in runs:
        weight = weights[job.day_type] / total
        for cost in costs:
            item = replace(cost, capex=0.0, opex=0.0)
            amounts.setdefault(item, []).append((weight * cost.capex, weight * cost.opex))
    return tuple(
        replace(item, capex=math.fsum(c for c, _ in parts), opex=math.fsum(o for _, o in parts))
        for item, parts in amounts.items()
    )


def _row(kpi: KPI, series: Mapping[str, Values], base: str, level: float) -> Row:
    others = {name: values for name, values in series.items() if name != base}
    differences = {name: _differences(series[base], values) for name, values in others.items()}
    effects = {
        name: _effect(series[base], values, differences[name], level)
        for name, values in others.items()
    }
    return Row(kpi, estimate(series[base], level), effects, differences)


def _effect(base: Values, values: Values, differences: Values, level: float) -> Effect:
    paired = estimate(differences, level)
    ratio = _variance_ratio(base, values, differences)
    mean = estimate(values, level).mean
    return Effect(mean, paired.mean, paired.low, paired.high, paired.n, ratio)


def _differences(base: Values, values: Values) -> tuple[float | None, ...]:
    pairs = zip(base, values, strict=True)
    return tuple(None if a is None or b is None else b - a for a, b in pairs)


def _variance_ratio(base: Values, values: Values, differences: Values) -> float | None:
    pairs = [(a, b) for a, b in zip(base, values, strict=True) if a is not None and b is not None]
    spread = _variance([d for d in differences if d is not None])
    if spread is None or spread == 0:
        return spread
    apart = [_variance([pair[i] for pair in pairs]) or 0.0 for i in (0, 1)]
    return spread / sum(apart)


def _day_mean(
    runs: Mapping[Job, Finished], who: tuple[str, int], weights: Mapping[str, float], kpi: str
) -> float | None:
    """Return the mean day of one replication; None if any of its days is missing or undefined."""
    products = []
    for day_type, weight in weights.items():
        run = runs.get(Job(who[0], day_type, who[1]))
        value = None if run is None else run.kpis.get(kpi)
        if value is None:
            return None
        products.append(weight * value)
    return math.fsum(products) / math.fsum(weights.values())


def _index(
    finished: Iterable[Finished], names: Sequence[str], weights: Mapping[str, float]
) -> dict[Job, Finished]:
    runs: dict[Job, Finished] = {}
    for run in finished:
        job = run.job
        if job in runs:
            raise ValueError(f"run {job} is there twice")
        if job.alternative not in names:
            raise ValueError(f"run {job} is of no known alternative: {', '.join(names)}")
        if job.day_type not in weights:
            raise ValueError(f"run {job} is of no known day type: {', '.join(weights)}")
        runs[job] = run
    return runs


def _check(level: float, weights: Mapping[str, float]) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    for day_type, weight in weights.items():
        if not 0 < weight < math.inf:
            raise ValueError(f"the weight of day type {day_type} must be above 0, got {weight}")
    if not weights:
        raise ValueError("day_weights must name at least one day type, got none")


def _mean(values: Sequence[float]) -> float:
    # equal values have exactly that mean, which a rounded sum need not give
    return values[0] if min(values) == max(values) else math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float | None:
    """Return the sample variance, None below two values."""
    if len(values) < 2:
        return None
    mean = _mean(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
