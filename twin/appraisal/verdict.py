"""The verdict in plain sentences, computed from comparison and appraisal, in English or Korean.

Nothing is recommended that simulation noise could explain, that does not pay for society, that
cannot go on after the subsidy, or that only moves the problem next door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twin.appraisal.appraise import AfterSubsidy, Appraisal, Case
from twin.appraisal.curve import Curve, told
from twin.appraisal.sentences import Language, say
from twin.appraisal.values import Procedure
from twin.experiment.compare import Comparison, Estimate, Row, estimate
from twin.experiment.jam import LATE_H, MOST_LATE, MOST_SQUEEZES, Jam
from twin.solution import RING

__all__ = ["Judgement", "judge", "of_curves", "verdict"]

ENOUGH = 10  # replications below which the verdict says that they are few
NOT_THERE = 0.01  # of the cost: a benefit below it is said not to be there


@dataclass(frozen=True)
class Judgement:
    """What can be said of one alternative; None where noise leaves it open or nothing is known.

    ``net`` is the change of area and ring together, where the KPI is a total of the day and has a
    ring; ``share`` is the ring's loss over the area's gain, where the ring gets worse.
    """

    name: str
    improves: bool | None
    ring_worse: bool
    net: Estimate | None
    share: float | None
    only_displaces: bool
    pays: bool | None
    lasts: bool | None

    @property
    def worth_it(self) -> bool:
        """Whether it improves, pays and lasts, all beyond the noise, and does not only displace."""
        return bool(self.improves and self.pays and self.lasts) and not self.only_displaces


def judge(comparison: Comparison, case: Case, name: str, *, headline: str) -> Judgement:
    """Judge one alternative by the headline KPI and its appraisal.

    It only displaces where the ring gets worse beyond the noise and area and ring together do not
    get better beyond it.
    """
    row = comparison[headline]
    ring = next((r for r in comparison.rows if r.kpi.name == headline + RING), None)
    improves = _improves(row, name)
    worse = ring is not None and _improves(ring, name) is False
    net = None if ring is None else _together(row, ring, name, comparison.level)
    gained = net is not None and net.low is not None and net.low > 0
    return Judgement(
        name=name,
        improves=improves,
        ring_worse=worse,
        net=net,
        share=_share(row, ring, name) if worse and improves and net is not None else None,
        only_displaces=bool(improves) and worse and net is not None and not gained,
        pays=_pays(case),
        lasts=None if case.after_subsidy is None else case.after_subsidy.sustained,
    )


def verdict(
    comparison: Comparison,
    appraisal: Appraisal,
    *,
    headline: str,
    language: Language = "en",
    labels: Mapping[str, str] | None = None,
    jam: Jam | None = None,
) -> list[str]:
    """Return the verdict: what to choose, then what each alternative does, costs and leaves.

    Of jammed streets it says that, and nothing of the alternatives. A headline that no benefit
    holds is said to be so right after the choice; then come the caveats of KPIs without a price.

    Parameters
    ----------
    headline
        The KPI that the decision is about.
    labels
        What to call KPIs, alternatives and units; their own names where not given.
    jam
        How the streets jammed at worst, if that is known.
    """
    writer = _Writer(comparison, appraisal, headline, language, dict(labels or {}))
    stuck = [] if jam is None or not jam.any else [writer.streets(jam)]
    if jam is not None and jam.jammed:
        return [writer.jammed(jam), *stuck]
    judged = [
        judge(comparison, appraisal[name], name, headline=headline)
        for name in comparison.alternatives
    ]
    sentences = [sentence for one in judged for sentence in writer.about(one)]
    choice = writer.recommendation(judged)
    return [
        choice,
        *stuck,
        *writer.unpriced(),
        *writer.unpriced_caveats(),
        *sentences,
        *writer.procedure(judged),
        *writer.caveats(),
    ]


def of_curves(
    curves: Sequence[Curve],
    comparison: Comparison,
    appraisal: Appraisal,
    *,
    headline: str,
    language: Language = "en",
    labels: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the verdict of a sweep: from where on a solution pays, and what has no price."""
    writer = _Writer(comparison, appraisal, headline, language, dict(labels or {}))
    said = [sentence for one in curves for sentence in told(one, language, labels)]
    return [*said, *writer.unpriced(), *writer.caveats()]


def _sign(row: Row) -> int:
    return 1 if row.kpi.better == "more" else -1


def _improves(row: Row, name: str) -> bool | None:
    """Return whether a KPI gets better; None within the noise."""
    effect = row.alternatives[name]
    return (effect.diff or 0.0) * _sign(row) > 0 if effect.clear else None


def _together(row: Row, ring: Row, name: str, level: float) -> Estimate | None:
    """Return what area and ring gain together; None where the KPI is not a total of the day."""
    if not row.kpi.unit.endswith("/day"):
        return None
    pairs = zip(row.differences[name], ring.differences[name], strict=True)
    gains = [None if a is None or b is None else _sign(row) * (a + b) for a, b in pairs]
    return estimate(gains, level)


def _share(row: Row, ring: Row | None, name: str) -> float | None:
    gain = row.alternatives[name].diff
    loss = None if ring is None else ring.alternatives[name].diff
    return -loss / gain if gain and loss else None


def _pays(case: Case) -> bool | None:
    """Return whether B/C is above 1; None where its noise interval leaves that open."""
    low, high = case.bc_noise
    if case.bc is None or low is None or high is None or low <= 1 <= high:
        return None
    return case.bc > 1


def _matters(case: Case, left: float) -> bool:
    """Tell whether a B/C is beyond the noise of a case's own, or on the other side of 1."""
    low, high = case.bc_noise
    if case.bc is None or f"{left:.2f}" == f"{case.bc:.2f}":
        return False
    within = low is not None and high is not None and low <= left <= high
    return not within or (left > 1) != (case.bc > 1)


@dataclass(frozen=True)
class _Writer:
    """Fills the sentences of one language."""

    comparison: Comparison
    appraisal: Appraisal
    headline: str
    language: Language
    labels: Mapping[str, str] = field(default_factory=dict)

    def jammed(self, jam: Jam) -> str:
        """Return that nothing may be decided by these numbers, and by which rule."""
        return self._say(
            "jammed",
            name=self._label(jam.alternative),
            squeezes=f"{jam.squeezes_a_trip:.1%}",
            late=f"{jam.late_share:.1%}",
            most_squeezes=f"{MOST_SQUEEZES:.0%}",
            most_late=f"{MOST_LATE:.0%}",
            hours=f"{LATE_H:g}",
        )

    def streets(self, jam: Jam) -> str:
        """Return how often cars squeezed, and how many were not over by the end."""
        counts = ("squeezes", "waiting", "moving", "cars")
        numbers = {count: f"{getattr(jam, count):,.0f}" for count in counts}
        return self._say("streets", name=self._label(jam.alternative), **numbers)

    def about(self, one: Judgement) -> list[str]:
        """Return effect, displacement, payoff and future of one alternative."""
        case = self.appraisal[one.name]
        after = case.after_subsidy
        future = [] if after is None else [self._future(case, after, one.name)]
        money = [
            self._payoff(case, one),
            *self._priced_caveats(case, one.name),
            *self._promises(case, one.name),
            *self._per_unit(case, one.name),
        ]
        return [self._effect(one), *self._displacement(one), *money, *future]

    def _say(self, sentence: str, **gaps: object) -> str:
        return say(sentence, self.language, **gaps)

    def _label(self, name: str) -> str:
        return self.labels.get(name, name)

    def _effect(self, one: Judgement) -> str:
        row = self.comparison[self.headline]
        effect = row.alternatives[one.name]
        sentence = "effect" if effect.clear else "no_effect"
        return self._say(
            "undefined" if effect.low is None else sentence,
            name=self._label(one.name),
            kpi=self._label(self.headline),
            verb=self._say("up" if (effect.diff or 0.0) > 0 else "down"),
            base=_number(row.base.mean),
            mean=_number(effect.mean),
            n=effect.n,
            harm=self._say("harm") if one.improves is False else "",
            diff=_signed(effect.diff),
            **self._interval(effect.low, effect.high),
        )

    def _interval(self, low: float | None, high: float | None) -> dict[str, str]:
        unit = self._label(self.comparison[self.headline].kpi.unit)
        level = f"{self.comparison.level:.0%}"
        return {"unit": unit, "level": level, "low": _signed(low), "high": _signed(high)}

    def _displacement(self, one: Judgement) -> list[str]:
        name, kpi = self._label(one.name), self._label(self.headline)
        if one.only_displaces and one.net is not None:
            interval = self._interval(one.net.low, one.net.high)
            return [self._say("only_displaces", name=name, net=_signed(one.net.mean), **interval)]
        if one.share is not None:
            return [self._say("displaces", name=name, share=f"{one.share:.0%}")]
        return [self._say("ring_worse", name=name, kpi=kpi)] if one.ring_worse else []

    def _payoff(self, case: Case, one: Judgement) -> str:
        return self._say(
            {True: "pays", False: "loses", None: "open"}[one.pays],
            name=self._label(one.name),
            bc="-" if case.bc is None else f"{case.bc:.2f}",
            noise=self._noise(case),
            npv=self._npv(case),
        )

    def _noise(self, case: Case) -> str:
        low, high = case.bc_noise
        if low is None or high is None:
            return "-"
        return self._say("range", low=f"{low:.2f}", high=f"{high:.2f}")

    def unpriced(self) -> list[str]:
        """Return that the headline is in no benefit, where it has no price."""
        if self.comparison[self.headline].kpi.value is not None:
            return []
        return [self._say("unpriced", kpi=self._label(self.headline))]

    def unpriced_caveats(self) -> list[str]:
        """Return, each once, what is to be borne in mind of KPIs without a price that improve."""
        said = [
            self._say(row.kpi.caveat)
            for row in self.comparison.rows
            if row.kpi.caveat is not None
            and row.kpi.value is None
            and any(_improves(row, name) for name in self.comparison.alternatives)
        ]
        return list(dict.fromkeys(said))

    def _priced_caveats(self, case: Case, name: str) -> list[str]:
        """Return what B/C would be without a benefit of which there is doubt, where it matters."""
        kpis = (row.kpi for row in self.comparison.rows if not row.kpi.name.endswith(RING))
        doubted = ((kpi.caveat, case.bc_without(kpi.name)) for kpi in kpis if kpi.value is not None)
        return [
            self._say(caveat, name=self._label(name), bc=f"{left:.2f}")
            for caveat, left in doubted
            if caveat is not None and left is not None and _matters(case, left)
        ]

    def _promises(self, case: Case, name: str) -> list[str]:
        """Return of what changes that it is said to be for, what is worth next to nothing."""
        cost = case.account("social").pv_cost
        said = []
        for row in self.comparison.rows:
            worth = max(case.benefits.get(row.kpi.name, 0.0), 0.0)
            if row.kpi.promise and row.alternatives[name].diff and worth < NOT_THERE * cost:
                said.append(
                    self._say(
                        "not_there", name=self._label(name), kpi=self._label(row.kpi.name),
                        worth=f"{worth:,.0f}", part=f"{worth / cost:.2%}", year=case.price_year,
                    )
                )  # fmt: skip
        return said

    def _per_unit(self, case: Case, name: str) -> list[str]:
        """Return what a unit of the headline costs, where it is in no benefit."""
        kpi = self.comparison[self.headline].kpi
        price = case.cost_effectiveness.get(self.headline)
        if kpi.value is not None or price is None:
            return []
        label = {"kpi": self._label(self.headline), "name": self._label(name)}
        unit = self._label(kpi.unit).removesuffix("/day").removesuffix(self._say("a_day"))
        return [self._say("per_unit", **label, unit=unit, amount=f"{price:,.0f}")]

    def _future(self, case: Case, after: AfterSubsidy, name: str) -> str:
        helped = any(flow.account == "national" for flow in case.flows)
        return self._say(
            ("lasts" if after.sustained else "ends") + ("" if helped else "_alone"),
            name=self._label(name),
            year=after.from_year,
            why=self._say("operator_loses" if after.operator_net_per_year < 0 else "not_worth"),
            local=self._pays_or_gains(after.local_net_per_year),
            operator=self._pays_or_gains(after.operator_net_per_year),
        )

    def recommendation(self, judged: Sequence[Judgement]) -> str:
        """Return the best of those worth it, or why there is none."""
        worth = self._best_first(judged)
        kpi, count = self._label(self.headline), len(judged)
        if not worth:
            return self._say("none", all=count, kpi=kpi)
        best = self.appraisal[worth[0]]
        rivals = [name for name in worth[1:] if _overlap(best, self.appraisal[name])]
        if rivals:
            names = self._say("and").join(self._label(name) for name in (worth[0], *rivals))
            return self._say("tie", names=names)
        name = self._label(worth[0])
        return self._say("recommend", name=name, npv=self._npv(best), all=count, kpi=kpi)

    def procedure(self, judged: Sequence[Judgement]) -> list[str]:
        """Return which procedure binds what may be chosen."""
        names = self._best_first(judged)[:1]
        bound = [(name, self.appraisal[name].procedure) for name in names]
        return [
            self._say("procedure", name=self._label(name), title=self._title(one))
            for name, one in bound
        ]

    def _title(self, one: Procedure) -> str:
        return one.title_ko if self.language == "ko" else one.title

    def _best_first(self, judged: Sequence[Judgement]) -> list[str]:
        worth = [one.name for one in judged if one.worth_it]
        return sorted(worth, key=lambda name: -self.appraisal[name].npv)

    def caveats(self) -> list[str]:
        """Return what the reader must bear in mind."""
        figures = {
            (figure["name"], figure["tag"])
            for case in self.appraisal.cases.values()
            for figure in case.assumptions
        }
        assumed = sum(tag == "GK" for _, tag in figures)
        count, level = len(self.comparison.alternatives), f"{self.comparison.level:.0%}"
        sentences = [self._say("noise_only")]
        if assumed:
            sentences.append(self._say("assumed", count=assumed, all=len(figures)))
        if count > 1:
            sentences.append(self._say("family", all=count, level=level))
        if self.comparison.replications < ENOUGH:
            sentences.append(self._say("few", n=self.comparison.replications))
        return sentences

    def _npv(self, case: Case) -> str:
        return self._say("money", amount=self._amount(case.npv), year=case.price_year)

    def _pays_or_gains(self, amount: float) -> str:
        if round(amount) == 0:
            return self._say("nothing")
        return self._say("gets" if amount > 0 else "gives", amount=self._amount(abs(amount)))

    def _amount(self, krw: float) -> str:
        if self.language == "ko":
            return f"{krw / 1e8:,.1f}억 " if abs(krw) >= 1e8 else f"{krw / 1e4:,.0f}만 "
        return f"{krw / 1e9:,.2f} bn" if abs(krw) >= 1e9 else f"{krw / 1e6:,.1f} M"


def _overlap(one: Case, other: Case) -> bool:
    """Tell whether simulation noise leaves open which of two has the larger net present value."""
    first, second = _npv_interval(one), _npv_interval(other)
    return first is None or second is None or first[0] <= second[1]


def _npv_interval(case: Case) -> tuple[float, float] | None:
    low, high = case.bc_noise
    cost = case.account("social").pv_cost
    return None if low is None or high is None else ((low - 1) * cost, (high - 1) * cost)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+,.1f}"
