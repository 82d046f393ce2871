"""Published outcomes as claims: what was said, how it was measured, and what contradicts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from twin.datafile import DataFileError, DataTable, read_table
from twin.experiment.precision import Interval

__all__ = ["Agreement", "Claim", "as_dict", "compare", "read_claims", "show"]

HERE = Path(__file__).parent
GRADES = {
    "A": "controlled study",
    "B": "field measurement with stated design",
    "C": "press or agency statement",
    "X": "disputed",
}
ROUNDING = 0.75  # published changes are rounded to whole percents, of rounded counts

Unit = Literal["percent", "points"]
State = Literal["agrees", "equivalent", "disagrees", "cannot tell", "not a target"]


@dataclass(frozen=True)
class Claim:
    """A published outcome.

    ``before`` and ``after`` are in the unit ``of``; ``change`` and ``tolerance`` in percent of
    before, or in percentage points, as ``unit`` says, and so is ``error``, the standard error of
    the change where it was published. A claim of grade X is never a target.
    """

    name: str
    quantity: str
    of: str
    before: float | None
    after: float | None
    change: float | None
    unit: Unit | None
    baseline: str
    period: str
    protocol: str
    grade: Literal["A", "B", "C", "X"]
    tolerance: float | None
    source: str
    tag: str
    contradicts: list[str] = field(default_factory=list)
    note: str = ""
    error: float | None = None

    def __post_init__(self) -> None:
        if (self.change is None) != (self.unit is None):
            raise ValueError("change and unit must be given together")
        computed = self.computed
        if None in (computed, self.change) or self.grade == "X":
            return
        if abs((computed or 0.0) - (self.change or 0.0)) > ROUNDING:
            raise ValueError(
                f"change must be {computed:+.1f} {self.unit}, from before {self.before} and after "
                f"{self.after}, got {self.change:+}"
            )

    @property
    def computed(self) -> float | None:
        """The change that follows from before and after, in the unit of the claim."""
        if self.before is None or self.after is None or self.unit is None:
            return None
        change = self.after - self.before
        return change if self.unit == "points" else 100 * change / self.before


@dataclass(frozen=True)
class Agreement:
    """How a prediction stands to a claim, and the sentence that says so."""

    claim: str
    state: State
    text: str


@cache
def read_claims(path: Path = HERE / "claims.yaml") -> DataTable[Claim]:
    """Read the ledger.

    Raises
    ------
    DataFileError
        Naming the claim, also where a contradiction is told by one side only.
    """
    claims = read_table(path, "claims", Claim)
    for name, claim in claims.entries.items():
        for other in claim.contradicts:
            if other not in claims.entries:
                raise DataFileError(
                    f"{path.name}: {name}: contradicts {other!r}, which is not there"
                )
            if name not in claims.entries[other].contradicts:
                raise DataFileError(f"{path.name}: {name}: {other} does not name {name} in return")
    return claims


def show(name: str, claims: DataTable[Claim] | None = None) -> str:
    """Return a claim as text: what, how, from where, and each claim that contradicts it."""
    claims = claims or read_claims()
    claim = claims[name]
    lines = [
        _headline(claim),
        f"  grade {claim.grade} ({GRADES[claim.grade]}); baseline: {claim.baseline}",
        f"  period: {claim.period}; protocol: {claim.protocol}",
        *_sources(claim, claims),
    ]
    if claim.note:
        lines.append(f"  note: {claim.note}")
    lines += [f"  contradicts {_headline(claims[other])}" for other in claim.contradicts]
    return "\n".join(lines)


def as_dict(name: str, claims: DataTable[Claim] | None = None) -> dict[str, str]:
    """Return a claim as plain text by heading, for a report."""
    claims = claims or read_claims()
    claim = claims[name]
    return {
        "claim": _headline(claim),
        "grade": f"{claim.grade} ({GRADES[claim.grade]})",
        "baseline": claim.baseline,
        "period": claim.period,
        "protocol": claim.protocol,
        "source": "; ".join(claims.sources.get(key, key) for key in claim.source.split(", ")),
        "note": claim.note,
        "contradicts": "; ".join(_headline(claims[other]) for other in claim.contradicts),
    }


def compare(claim: Claim, prediction: Interval) -> Agreement:
    """Compare a predicted change, in the unit of the claim, with what was published.

    ``agrees``: the predictive interval holds the published change; ``equivalent``: it lies within
    the claim's tolerance as well; ``disagrees``: it does not. A disputed claim is no target.
    """
    if claim.grade == "X":
        return Agreement(claim.name, "not a target", f"{claim.name} is disputed: not a target")
    if claim.change is None or prediction.low is None or prediction.high is None:
        return Agreement(claim.name, "cannot tell", f"{claim.name} cannot be compared")
    holds = prediction.low <= claim.change <= prediction.high
    state: State = "disagrees"
    if holds:
        state = "equivalent" if _within(claim, prediction.low, prediction.high) else "agrees"
    text = (
        f"{claim.name}: predicted {prediction.low:+.1f} to {prediction.high:+.1f} {claim.unit}, "
        f"published {claim.change:+g}: {state}"
    )
    return Agreement(claim.name, state, text)


def _within(claim: Claim, low: float, high: float) -> bool:
    if claim.tolerance is None or claim.change is None:
        return False
    low_end, high_end = claim.change - claim.tolerance, claim.change + claim.tolerance
    return low_end <= low and high <= high_end


def _sources(claim: Claim, claims: DataTable[Claim]) -> list[str]:
    if claim.tag == "GK":
        return [f"  source: {claim.source}"]
    return [f"  source {key}: {claims.sources[key]}" for key in claim.source.split(", ")]


def _headline(claim: Claim) -> str:
    parts = [f"{claim.name} {claim.quantity}:"]
    if claim.before is not None:
        parts.append(f"{claim.before:g} → {claim.after:g} {claim.of}")
    elif claim.after is not None:
        parts.append(f"{claim.after:g} {claim.of}")
    if claim.change is not None:
        error = "" if claim.error is None else f", standard error {claim.error:g}"
        parts.append(f"({claim.change:+g} {_unit(claim)}{error})")
    if claim.grade == "X":
        parts.append("[disputed]")
    return " ".join(parts)


def _unit(claim: Claim) -> str:
    name = "%" if claim.unit == "percent" else "percentage points"
    computed = claim.computed
    if computed is None or abs(computed - (claim.change or 0.0)) <= ROUNDING:
        return name
    return f"{name} as told, {computed:+.0f} {name} by its own figures"
