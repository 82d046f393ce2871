"""From the change of an average day to present values, and to the years after the subsidy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from twin.appraisal import cashflow
from twin.appraisal.accounts import (
    FIGURES,
    PARTIES,
    Balance,
    Flow,
    balance,
    by_year,
    cost_flows,
    net_of_base,
)
from twin.appraisal.values import Procedure, Programme, UnitValue, Values, procedure
from twin.experiment.compare import Comparison, Row, estimate
from twin.params import ASSUMED
from twin.solution import KPI, RING, Cost

__all__ = ["AfterSubsidy", "Appraisal", "Case", "appraise"]

DAYS_PER_YEAR = 365

# What a KPI counts a day, and what a unit value is per: the factor, and whether it is per person.
CONVERSIONS: Mapping[tuple[str, str], tuple[float, bool]] = {
    ("veh-h", "person-h"): (1.0, True),
    ("veh-min", "person-h"): (1 / 60, True),
    ("person-min", "person-h"): (1 / 60, False),
}

Behind = Mapping[str, Sequence[Mapping[str, Any]]]
NOTHING_BEHIND: Behind = MappingProxyType({})


@dataclass(frozen=True)
class AfterSubsidy:
    """The years from ``from_year`` on, when no national money comes any more.

    Means a year, undiscounted, replacement included, the residual value not. ``sustained``: the
    operator does not lose, and society's benefit of those years is worth its cost.
    ``user_payments_per_year`` are the fees and fines that rise. ``break_even`` is what they would
    have to be, as a multiple, for city and operator together to lose nothing, were use and the
    owners' share the same; None where none rises, or owners get all of it.
    """

    from_year: int
    local_net_per_year: float
    operator_net_per_year: float
    user_payments_per_year: float
    benefit_per_year: float
    cost_per_year: float
    sustained: bool
    break_even: float | None


@dataclass(frozen=True)
class Case:
    """The appraisal of one alternative against the base.

    ``bc`` is benefit over all cost, the residual value and avoided costs taken off the cost (the
    Korean convention); ``bc_cost_saving_as_benefit`` books both as benefit. ``bc_noise`` is the
    interval of ``bc`` from simulation noise alone: no doubt about values, costs or behaviour is in.
    """

    flows: tuple[Flow, ...]
    rate: float
    years: int
    price_year: int
    programme: str | None
    bc: float | None
    bc_cost_saving_as_benefit: float | None
    bc_noise: tuple[float | None, float | None]
    cost_effectiveness: Mapping[str, float]
    after_subsidy: AfterSubsidy | None
    assumptions: tuple[Mapping[str, Any], ...]
    not_valued: tuple[str, ...]

    def account(self, name: str) -> Balance:
        """Return the present values of ``social``, national, local, users, owners or operator."""
        return balance(self.flows, name, self.rate)

    @property
    def benefits(self) -> dict[str, float]:
        """Present value of each benefit by its KPI, area and ring together, KRW."""
        found: dict[str, list[Flow]] = {}
        for flow in self.flows:
            if flow.kind == "benefit":
                found.setdefault(flow.item.removesuffix(RING), []).append(flow)
        return {
            item: cashflow.present_value(by_year(flows), self.rate) for item, flows in found.items()
        }

    def bc_without(self, kpi: str) -> float | None:
        """Return what ``bc`` would be were this KPI no benefit, neither here nor in the ring."""
        social = self.account("social")
        return _ratio(social.pv_benefit - self.benefits.get(kpi, 0.0), social.pv_cost)

    @property
    def npv(self) -> float:
        """Net present value for society, KRW of the price year."""
        return self.account("social").npv

    @property
    def procedure(self) -> Procedure:
        """The procedure that binds a project of this size; the method here is not it."""
        built = [f for f in self.flows if f.year == 0 and f.kind == "investment"]
        return procedure(-_sum(built), -_sum(f for f in built if f.account == "national"))

    @property
    def net(self) -> list[float]:
        """Society's net amount of each year, from 0 to the last."""
        years = by_year(flow for flow in self.flows if flow.kind != "transfer")
        return [years.get(year, 0.0) for year in range(self.years + 1)]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``."""
        social, local = self.account("social"), self.account("local")
        irr, roots = cashflow.internal_rate(self.net)
        cost = {p: _costs(self.flows, p, self.rate) for p in ("local", "social")}
        return {
            "npv": self.npv,
            "bc": self.bc,
            "bc_cost_saving_as_benefit": self.bc_cost_saving_as_benefit,
            "bc_noise": {"low": self.bc_noise[0], "high": self.bc_noise[1]},
            "irr": irr,
            "irr_roots": roots,
            "payback_year": cashflow.payback_year(self.net, self.rate),
            "eac": social.pv_cost / cashflow.annuity(self.rate, self.years),
            "cost_effectiveness": dict(self.cost_effectiveness),
            "rate": self.rate,
            "horizon": self.years,
            "price_year": self.price_year,
            "programme": self.programme,
            "procedure": self.procedure.name,
            "local_leverage": _ratio(cost["local"], cost["social"]),
            "bc_local_view_biased": _ratio(social.pv_benefit, local.pv_cost),
            "accounts": {name: self.account(name).as_dict() for name in ("social", *PARTIES)},
            "benefits": self.benefits,
            "flows": [asdict(flow) for flow in self.flows],
            "after_subsidy": None if self.after_subsidy is None else asdict(self.after_subsidy),
            "assumptions": [dict(assumption) for assumption in self.assumptions],
            "not_valued": list(self.not_valued),
        }


@dataclass(frozen=True)
class Appraisal:
    """The appraisals of all alternatives."""

    cases: Mapping[str, Case]

    def __getitem__(self, alternative: str) -> Case:
        return self.cases[alternative]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values in the shape of ``results.json``."""
        return {name: case.as_dict() for name, case in self.cases.items()}


def appraise(
    comparison: Comparison,
    costs: Mapping[str, Sequence[Cost]],
    *,
    programme: Programme | None,
    values: Values,
    base: str = "base",
    behind: Behind = NOTHING_BEHIND,
) -> Appraisal:
    """Appraise each alternative of a comparison.

    A benefit is the change of an average day x 365 x its unit value, grown by the ramp-up. Costs
    are those of all solutions of a run; what the base pays anyway is taken off.

    Parameters
    ----------
    behind
        By name of a KPI, the figures that went into it before it came here (name, value, unit,
        source, tag, price_year): listed with the assumptions of each case that counts the KPI.

    Raises
    ------
    ValueError
        If a KPI cannot be valued in its unit, or a cost makes no sense.
    """
    anyway = costs.get(base, ())
    net = {name: net_of_base(costs.get(name, ()), anyway) for name in comparison.alternatives}
    return Appraisal(
        {
            name: _case(comparison, name, items, programme, values=values, behind=behind)
            for name, items in net.items()
        }
    )


def _case(
    comparison: Comparison,
    name: str,
    costs: Sequence[Cost],
    programme: Programme | None,
    *,
    values: Values,
    behind: Behind,
) -> Case:
    rate, years = values.number("discount_rate"), int(values.number("operation_years"))
    rows = _valued(comparison)
    counted = [row for row in rows if row.alternatives[name].diff is not None]
    flows = [*cost_flows(costs, years, programme, values)]
    for row in counted:
        flows += _benefit_flows(row.kpi, row.alternatives[name].diff or 0.0, years, values)
    social = balance(flows, "social", rate)
    return Case(
        flows=tuple(flows),
        rate=rate,
        years=years,
        price_year=values.price_year,
        programme=None if programme is None else programme.name,
        bc=_ratio(social.pv_benefit, social.pv_cost),
        bc_cost_saving_as_benefit=_savings_as_benefit(flows, rate),
        bc_noise=_noise(counted, name, comparison.level, social.pv_cost, values),
        cost_effectiveness=_effectiveness(comparison, name, social.pv_cost, values),
        after_subsidy=_after(flows, years, programme, rate),
        assumptions=(
            *_value_figures([row.kpi for row in counted], values),
            *_figures_behind([row.kpi for row in counted], behind),
            *_cost_figures(costs, programme),
        ),
        not_valued=tuple(r.kpi.name for r in rows if r.alternatives[name].diff is None),
    )


def _valued(comparison: Comparison) -> list[Row]:
    """Return the rows with a price; of a group, the first in the area and the first in the ring."""
    seen: set[tuple[str, bool]] = set()
    rows = []
    for row in comparison.rows:
        group = (row.kpi.group or row.kpi.name, row.kpi.name.endswith(RING))
        if row.kpi.value is not None and group not in seen:
            seen.add(group)
            rows.append(row)
    return rows


def _benefit_flows(kpi: KPI, change: float, years: int, values: Values) -> list[Flow]:
    """Return the gain of each year; of a transfer, what one gets and the other pays."""
    _check_parties(kpi)
    yearly = _worth(kpi, change, values)
    flows = []
    for year in range(1, years + 1):
        amount = yearly * _grown(year, values)
        if kpi.payer is None:
            flows.append(Flow(year, kpi.account, kpi.name, amount, "benefit"))
        else:
            flows.append(Flow(year, kpi.account, kpi.name, amount, "transfer"))
            flows.append(Flow(year, kpi.payer, kpi.name, -amount, "transfer"))
    return flows


def _worth(kpi: KPI, change: float, values: Values) -> float:
    """Return what a change of the average day is worth a year once the effect has grown.

    A transfer is money that flows, whatever is wished for; else less of what is bad is a gain.
    """
    sign = -1.0 if kpi.payer is None and kpi.better == "less" else 1.0
    return sign * change * DAYS_PER_YEAR * _price(kpi, values)


def _price(kpi: KPI, values: Values) -> float:
    """Return the unit value of one unit of a KPI, in prices of the shown year."""
    unit, factor, persons = _unit(kpi, values)
    occupancy = values.number("car_occupancy") if persons else 1.0
    return values.real(unit.value, unit.price_year) * factor * occupancy


def _unit(kpi: KPI, values: Values) -> tuple[UnitValue, float, bool]:
    """Return a KPI's unit value, how much of its unit the KPI counts, and whether per person."""
    unit = values[kpi.value or ""]
    what, per_day, _ = kpi.unit.partition("/day")
    per = unit.unit.removeprefix("KRW/")
    factor, persons = CONVERSIONS.get((what, per), (1.0, False))
    if not per_day or (what != per and (what, per) not in CONVERSIONS):
        raise ValueError(
            f"KPI {kpi.name} in {kpi.unit!r} cannot be valued by {unit.name} in {unit.unit!r}: "
            f"it must be a total of the day, such as '{per}/day'"
        )
    return unit, factor, persons


def _grown(year: int, values: Values) -> float:
    tau, decay = values.number("ramp_up_tau"), values.number("novelty_decay")
    return cashflow.ramp_up(year, tau, decay)


def _check_parties(kpi: KPI) -> None:
    for role, party in (("account", kpi.account), ("payer", kpi.payer)):
        if party is not None and party not in PARTIES:
            allowed = ", ".join(PARTIES)
            raise ValueError(f"{role} of KPI {kpi.name} must be one of {allowed}, got {party!r}")


def _savings_as_benefit(flows: Iterable[Flow], rate: float) -> float | None:
    """Return B/C with residual value and avoided costs booked as benefits."""
    social = [flow for flow in flows if flow.kind != "transfer"]
    costs = [flow for flow in social if flow.kind != "benefit" and flow.amount < 0]
    gains = [flow for flow in social if flow.kind == "benefit" or flow.amount > 0]
    return _ratio(
        cashflow.present_value(by_year(gains), rate), -cashflow.present_value(by_year(costs), rate)
    )


def _noise(
    rows: Sequence[Row], name: str, level: float, pv_cost: float, values: Values
) -> tuple[float | None, float | None]:
    """Return the interval of B/C from the paired differences, priced replication by replication."""
    social = [row for row in rows if row.kpi.payer is None]
    if not social or pv_cost <= 0:
        return None, None
    columns = zip(*(row.differences[name] for row in social), strict=True)
    worth = [
        math.fsum(_worth(row.kpi, d, values) for row, d in zip(social, column, strict=True))
        for column in columns
        if None not in column
    ]
    interval = estimate(worth, level)
    rate, years = values.number("discount_rate"), int(values.number("operation_years"))
    grown = {year: _grown(year, values) for year in range(1, years + 1)}
    factor = cashflow.present_value(grown, rate) / pv_cost
    if interval.low is None or interval.high is None:
        return None, None
    return interval.low * factor, interval.high * factor


def _effectiveness(
    comparison: Comparison, name: str, pv_cost: float, values: Values
) -> dict[str, float]:
    """Return KRW per unit of each daily total that got better beyond the noise."""
    years = range(1, int(values.number("operation_years")) + 1)
    days = DAYS_PER_YEAR * math.fsum(_grown(year, values) for year in years)
    found = {}
    for row in comparison.rows:
        effect, sign = row.alternatives[name], 1 if row.kpi.better == "more" else -1
        gain = sign * (effect.diff or 0.0)
        counts = row.kpi.unit.endswith("/day") and not row.kpi.unit.startswith("KRW")
        if counts and effect.clear and gain > 0:
            found[row.kpi.name] = pv_cost / (gain * days)
    return found


def _after(
    flows: Sequence[Flow], years: int, programme: Programme | None, rate: float
) -> AfterSubsidy | None:
    """Return the years without national money; None where the programme outlasts the horizon."""
    helped = any(flow.account == "national" for flow in flows)
    start = programme.years if programme is not None and helped else 1
    count = years + 1 - start
    if count < 1:
        return None
    later = [flow for flow in flows if flow.year >= start and flow.kind != "residual"]
    net = {p: _sum(flow for flow in later if flow.account == p) / count for p in PARTIES}
    paid = _rising(later, "users", -1) / count
    kept = paid - _rising(later, "owners", +1) / count
    social = balance(later, "social", rate)
    gap = -(net["local"] + net["operator"])
    return AfterSubsidy(
        from_year=start,
        local_net_per_year=net["local"],
        operator_net_per_year=net["operator"],
        user_payments_per_year=paid,
        benefit_per_year=_sum(flow for flow in later if flow.kind == "benefit") / count,
        cost_per_year=-_sum(f for f in later if f.kind in ("investment", "operation")) / count,
        sustained=net["operator"] >= -1e-6 and social.npv >= 0,
        break_even=(kept + gap) / kept if kept > 0 else None,
    )


def _rising(flows: Iterable[Flow], account: str, sign: int) -> float:
    """Return the transfers of an account that rise: what it pays (-1) or gets (+1)."""
    items: dict[str, list[float]] = {}
    for flow in flows:
        if flow.kind == "transfer" and flow.account == account:
            items.setdefault(flow.item, []).append(sign * flow.amount)
    return math.fsum(max(0.0, math.fsum(amounts)) for amounts in items.values())


def _sum(flows: Iterable[Flow]) -> float:
    return math.fsum(flow.amount for flow in flows)


def _costs(flows: Iterable[Flow], account: str, rate: float) -> float:
    """Return the present value of resource costs alone, without what is paid in fees."""
    return balance(
        (f for f in flows if f.kind not in ("benefit", "transfer")), account, rate
    ).pv_cost


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _value_figures(kpis: Sequence[KPI], values: Values) -> list[Mapping[str, Any]]:
    """Return the rules and the unit values that price these KPIs."""
    names = ["discount_rate", "operation_years", "ramp_up_tau", "novelty_decay"]
    used = [_unit(kpi, values) for kpi in kpis]
    if any(persons for _, _, persons in used):
        names.append("car_occupancy")
    names += dict.fromkeys(unit.name for unit, _, _ in used)
    return [_figure(name, values[name].value, values[name].unit, values[name]) for name in names]


def _figures_behind(kpis: Sequence[KPI], behind: Behind) -> list[Mapping[str, Any]]:
    """Return once what went into these KPIs before they came here."""
    figures = (figure for kpi in kpis for figure in behind.get(kpi.name, ()))
    return list({figure["name"]: figure for figure in figures}.values())


def _cost_figures(costs: Sequence[Cost], programme: Programme | None) -> list[Mapping[str, Any]]:
    """Return what the costs rest on, and the share of the programme where it pays any."""
    listed: list[Mapping[str, Any]] = []
    for cost in costs:
        for name, unit in FIGURES.items():
            figure = _figure(f"{cost.item}: {name}", getattr(cost, name), unit, cost)
            assumed = {"source": "assumption", "tag": ASSUMED} if name in cost.assumed else {}
            listed.append({**figure, **assumed})
    if programme is not None and any(cost.payer == "programme" for cost in costs):
        share = programme.national_share
        listed.append(_figure(f"{programme.name}: national share", share, "1", programme))
    return listed


def _figure(name: str, value: float, unit: str, entry: object) -> dict[str, Any]:
    return {
        "name": name,
        "value": value if math.isfinite(value) else None,
        "unit": unit,
        **{key: getattr(entry, key, None) for key in ("source", "tag", "price_year")},
    }
