"""The twin against a published trial: what it predicts under priors set before looking.

Each draw of the priors is one paired day, before and after, of the same people with the same luck;
so the predictive interval holds what is not known and the day's chance, and the share of the latter
is printed beside it. The same days are lived with choice switched off: what capacity alone says.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from twin.claims.claims import Agreement, compare, read_claims, show
from twin.claims.priors import Trial, centre, changed, sample
from twin.experiment.compare import Estimate
from twin.experiment.runner import Finished, Job, processes, serial
from twin.experiment.simulate import live
from twin.experiment.study import open_city, prepare
from twin.solution import Run
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import Kind
from twin.world.ground import Ground, ground
from twin.world.indicators import Counting, seen_illegally, stays, supply_and_demand

__all__ = ["Draws", "Outcome", "predict"]

BASE, TRIAL = "base", "trial"
BASE_CAPACITY, CAPACITY, IN_HOURS = "base without choice", "capacity only", "its hours only"
SHARING = "sharing alone"
PAIRS = {
    TRIAL: (BASE, TRIAL),
    SHARING: (BASE, SHARING),
    CAPACITY: (BASE_CAPACITY, CAPACITY),
    IN_HOURS: (BASE_CAPACITY, IN_HOURS),
}
MEANING = {
    TRIAL: "drivers choose, the spaces are there in their hours",
    SHARING: "drivers choose, but no bays are painted and nobody warns; an ablation",
    CAPACITY: "no choice, as many spaces open to all at all hours",
    IN_HOURS: "no choice, the spaces are there in their hours",
}
MOST = 4  # parameters that are named as those the prediction hangs on
CENTRE = "centre "
CENTRE_RUNS = 12
MS_PER_H = 3_600_000


@dataclass
class Draws:
    """Everything a worker needs to live any day of a trial: the job names variant and draw."""

    trial: Trial
    values: pd.DataFrame
    _grounds: dict[tuple[int, int], Ground] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_grounds": {}}

    def __call__(self, job: Job) -> Finished:
        """Live the day of a draw in one variant, and count."""
        run = self.run(job)
        polygon, span_ms = run.area.polygon, run.span_ms
        rounds = (self.trial.plan.rounds_h, *self.trial.plan.other_rounds_h)
        seen = seen_illegally(run.trace, polygon, span_ms=span_ms, rounds_h=rounds)
        values = dict(zip(map(_rounds, rounds), seen, strict=True))
        supply, demand = supply_and_demand(
            run.trace, polygon, span_ms=span_ms, counting=run.counting
        )
        values |= {"supply": supply, "demand": demand}
        return Finished(job, values | {"in_use": _in_use(run.trace, span_ms)})

    def run(self, job: Job) -> Run:
        """Live the day of a draw in one variant."""
        name = job.alternative.removeprefix(CENTRE)
        drawn = centre(self.trial) if job.alternative.startswith(CENTRE) else self._row(job)
        free = name in {BASE, TRIAL, SHARING}
        values = {**self.trial.fixed, **drawn, **({} if free else self.trial.no_choice)}
        if name == SHARING:
            values = {**values, **self.trial.sharing}
        here, plan = self._ground(drawn), self.trial.plan
        scenario = self.trial.scenario
        study = prepare(scenario, here.city)
        alternative = dict.fromkeys((TRIAL, SHARING, IN_HOURS), plan.alternative)
        alternative[CAPACITY] = plan.capacity
        chosen = study.alternatives[alternative.get(name, "base")]
        return live(
            here,
            tuple(changed(solution, values) for solution in chosen),
            replace(
                study.when, replication=job.replication, day_type=plan.day,
                seed=int(drawn.get("people.seed", scenario.seed)),
            ),
            area=study.area,
            behaviour=changed(Behaviour(), values),
            counting=Counting(tuple(plan.rounds_h), plan.reference_h),
        )  # fmt: skip

    def _row(self, job: Job) -> dict[str, float]:
        row = self.values.iloc[job.replication]
        return {str(name): float(value) for name, value in row.items()}

    def _ground(self, drawn: Mapping[str, float]) -> Ground:
        """Return the city of a draw; few differ, and each is made once."""
        spec = self.trial.scenario.city
        seed = int(drawn.get("people.seed", self.trial.scenario.seed))
        if spec.oldtown is not None:
            spec = replace(spec, oldtown=changed(spec.oldtown, drawn))
        residents = spec.residents if spec.oldtown is None else spec.oldtown.residents
        key = residents, seed
        if key not in self._grounds:
            self._grounds[key] = ground(open_city(spec, self.trial.scenario.folder), seed)
        return self._grounds[key]


def _rounds(rounds_h: Sequence[float]) -> str:
    return "illegal at " + ", ".join(f"{hour:g}:00" for hour in rounds_h)


def _in_use(trace: Trace, span_ms: tuple[int, int]) -> float:
    """Return the shared spaces in use, mean over the 24 hours of the day."""
    lots = trace.frame("lot")
    shared = lots.loc[lots["kind"] == Kind.SHARED, "lot"]
    used = stays(trace, span_ms[1])
    used = used[used["lot"].isin(shared)]
    return float((used["end_ms"] - used["start_ms"]).sum()) / (span_ms[1] - span_ms[0])


@dataclass(frozen=True)
class Outcome:
    """What came of the draws.

    ``draws`` has a row a draw: its parameters and, for each variant, what was counted. ``noise``
    has the counts at the middle of all priors, where days differ by chance alone.
    """

    trial: Trial
    draws: pd.DataFrame
    noise: pd.DataFrame

    def change(self, variant: str, rounds_h: Sequence[float] | None = None) -> pd.Series:
        """Return the change of cars standing illegally in each draw, in percent."""
        return _change(self.draws, variant, _rounds(rounds_h or self.trial.plan.rounds_h))

    def predicted(self, variant: str, rounds_h: Sequence[float] | None = None) -> Estimate:
        """Return mean and predictive interval of the change, in percent."""
        return _interval(self.change(variant, rounds_h), self.trial.plan.level)

    def agreement(self, variant: str) -> Agreement:
        """Return how the prediction of a variant stands to the published change."""
        return compare(read_claims()[self.trial.plan.target], self.predicted(variant))

    def counted(self, run: str, what: str | None = None) -> Estimate:
        """Return the mean and interval of a count in one kind of run."""
        column = what or _rounds(self.trial.plan.rounds_h)
        return _interval(self.draws[f"{run}: {column}"], self.trial.plan.level)

    @property
    def parameters(self) -> pd.DataFrame:
        """The drawn parameters alone."""
        return self.draws[[name for name in map(str, self.draws.columns) if ":" not in name]]

    def hangs_on(self) -> pd.Series:
        """Return the rank correlation of each parameter with the change, the strongest first."""
        strength = self.parameters.rank().corrwith(self.change(TRIAL).rank())
        return strength.sort_values(key=lambda r: -r.abs(), kind="stable")

    def fitted(self) -> int:
        """Return the draw that comes nearest to the published counts before and after."""
        claim = read_claims()[self.trial.plan.target]
        column = _rounds(self.trial.plan.rounds_h)
        off = pd.Series(0.0, index=self.draws.index)
        for run, published in ((BASE, claim.before), (TRIAL, claim.after)):
            if published:
                off += (self.draws[f"{run}: {column}"] / published - 1) ** 2
        return int(off.to_numpy().argmin())

    def __str__(self) -> str:
        return "\n".join(_text(self))


def predict(trial: Trial, *, draws: int | None = None, workers: int = 1) -> Outcome:
    """Live the days of a trial under its priors and return what they predict."""
    number = trial.plan.draws if draws is None else draws
    values = sample(trial, number)
    variants = (BASE, TRIAL, SHARING, BASE_CAPACITY, CAPACITY, IN_HOURS)
    jobs = [Job(v, trial.plan.day, draw) for draw in range(number) for v in variants]
    middle = [Job(CENTRE + v, trial.plan.day, r) for r in range(CENTRE_RUNS) for v in (BASE, TRIAL)]
    simulate = Draws(trial, values)
    wanted = [*jobs, *middle]
    run = serial if workers == 1 else partial(processes, workers=workers)
    finished = {one.job: one for one in run(simulate, wanted)}
    noise = _counts(finished[job] for job in middle).rename(columns=_without_centre)
    return Outcome(trial, values.join(_counts(finished[job] for job in jobs)), noise)


def _without_centre(column: str) -> str:
    return column.removeprefix(CENTRE)


def _counts(finished: Iterable[Finished]) -> pd.DataFrame:
    rows: dict[int, dict[str, float | None]] = {}
    for run in finished:
        row = rows.setdefault(run.job.replication, {})
        row |= {f"{run.job.alternative}: {name}": value for name, value in run.kpis.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _change(counts: pd.DataFrame, variant: str, column: str) -> pd.Series:
    before, after = (counts[f"{run}: {column}"] for run in PAIRS[variant])
    change: pd.Series = 100.0 * (after / before - 1.0)
    return change


def _interval(values: pd.Series, level: float) -> Estimate:
    """Return the mean, and the bounds that leave out equally many draws on either side."""
    low, high = values.quantile([(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def _span(e: Estimate, digits: int = 0) -> str:
    return f"{e.mean:.{digits}f} ({e.low:.{digits}f} to {e.high:.{digits}f})"


def _text(outcome: Outcome) -> list[str]:
    plan, claims = outcome.trial.plan, read_claims()
    name = outcome.trial.scenario.name
    return [
        f"{name}: {len(outcome.draws)} draws, {plan.level:.0%} predictive intervals",
        *_input(outcome),
        "",
        *_prediction(outcome),
        "",
        *_fit(outcome),
        "",
        *_effective(outcome),
        "",
        "Published, with what contradicts it:",
        *(show(c, claims) for c in (plan.target, *plan.disputed, plan.effective)),
    ]


def _input(outcome: Outcome) -> list[str]:
    """Return the check of what was put in: no prediction."""
    plan = outcome.trial.plan
    rows = ((BASE, plan.supply_before), (TRIAL, plan.supply_after))
    return [
        f"INPUT {plan.input}, at {plan.reference_h:g}:00 (no prediction):",
        *(
            f"  {run}: {_span(outcome.counted(run, 'supply'))} spaces for "
            f"{_span(outcome.counted(run, 'demand'))} cars; wanted {supply} for {plan.demand}"
            for run, supply in rows
        ),
    ]


def _prediction(outcome: Outcome) -> list[str]:
    plan = outcome.trial.plan
    claim = read_claims()[plan.target]
    column = _rounds(plan.rounds_h)
    told = f"published {claim.change:+g} %"
    lines = [f"PREDICTION {plan.target}, {column} ({plan.day_type}); {told}:"]
    for variant, (before, after) in PAIRS.items():
        cars = f"{_span(outcome.counted(before))} -> {_span(outcome.counted(after))} cars"
        change = f"{_span(outcome.predicted(variant))} %: {outcome.agreement(variant).state}"
        lines += [f"  {variant} ({MEANING[variant]}):", f"    {cars}, {change}"]
    noise = _change(outcome.noise, TRIAL, column)
    strong = outcome.hangs_on().head(MOST)
    return [
        *lines,
        f"  by the day's chance alone, at the middle of all priors: standard deviation "
        f"{noise.std():.1f} points",
        "  hangs most on (rank correlation):",
        *(f"    {name} {value:+.2f}" for name, value in strong.items()),
        "  counted otherwise:",
        *(
            f"    {_rounds(rounds)}: {_span(outcome.predicted(TRIAL, rounds))} %, "
            f"{CAPACITY} {_span(outcome.predicted(CAPACITY, rounds))} %"
            for rounds in plan.other_rounds_h
        ),
        _meaning(outcome),
    ]


def _meaning(outcome: Outcome) -> str:
    """Return what the variants together say about the published figure."""
    holds = {variant: outcome.agreement(variant).state != "disagrees" for variant in PAIRS}
    lines = []
    if not holds[TRIAL]:
        lines.append(
            "  The published change is not predicted: the twin's choices or its priors are wrong."
        )
    if holds[CAPACITY]:
        lines.append("  Capacity alone would do: the trial does not test how drivers choose.")
    else:
        lines.append("  Capacity alone is refuted.")
    if holds[IN_HOURS]:
        lines.append(
            "  Spaces that are there only in their hours would do without choice:\n"
            "  the published figure does not show that drivers choose."
        )
    if holds[TRIAL] and not holds[SHARING]:
        lines.append(
            "  Sharing alone would not do: the prediction rests on painted bays and warnings too."
        )
    return "\n".join(lines)


def _fit(outcome: Outcome) -> list[str]:
    """Return the nearest draw, marked as fitted."""
    column, best = _rounds(outcome.trial.plan.rounds_h), outcome.fitted()
    before, after = (float(outcome.draws[f"{run}: {column}"].iloc[best]) for run in (BASE, TRIAL))
    values = outcome.parameters.iloc[best]
    return [
        f"FITTED, no prediction (the draw nearest to the published counts): {before:.0f} -> "
        f"{after:.0f}, {100 * (after / before - 1):.0f} %",
        *textwrap.wrap(
            ", ".join(f"{name} {value:.4g}" for name, value in values.items()),
            100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False,
        ),
    ]  # fmt: skip


def _effective(outcome: Outcome) -> list[str]:
    claim = read_claims()[outcome.trial.plan.effective]
    used = outcome.counted(TRIAL, "in_use")
    return [
        f"{claim.name}: {claim.after:g} {claim.of} published; shared spaces in use in the twin, "
        f"mean over 24 hours: {_span(used, 1)}",
        "  How the published figure is defined is not told (spaces won by sharing a day, perhaps "
        "those of residents by day):\n  the two stand side by side and are not compared.",
    ]
