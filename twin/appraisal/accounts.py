"""Who pays and who gains, year by year: one ledger that all accounts are read from.

Every flow is posted to one of five parties. A transfer (fee, fine, fare) is posted twice, to payer
and receiver; the social account is all that is no transfer. So the five parties add up to society,
and the transfers to zero, by construction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from twin.appraisal.cashflow import present_value, purchase_years, residual
from twin.appraisal.values import Programme, Values

if TYPE_CHECKING:
    from twin.solution import Cost

__all__ = [
    "FIGURES",
    "PARTIES",
    "Balance",
    "Flow",
    "balance",
    "by_year",
    "cost_flows",
    "net_of_base",
]

PARTIES = ("national", "local", "users", "owners", "operator")
"""Owners are those whose spaces others use, residents or companies; the operator runs the app."""
PAYERS = ("programme", *PARTIES)
FIGURES = {"capex": "KRW", "opex": "KRW/year", "life": "year"}
"""What a cost says of itself, and in what unit."""

Kind = Literal["benefit", "investment", "operation", "residual", "transfer"]
COSTS = ("investment", "operation", "residual")


@dataclass(frozen=True)
class Flow:
    """An amount of one year in one party's account: KRW, gains above zero."""

    year: int
    account: str
    item: str
    amount: float
    kind: Kind


@dataclass(frozen=True)
class Balance:
    """Present values of one account. What an asset is still worth at the end lowers the cost."""

    pv_benefit: float
    pv_cost: float

    @property
    def npv(self) -> float:
        """Benefit less cost."""
        return self.pv_benefit - self.pv_cost

    def as_dict(self) -> dict[str, float]:
        """Return plain values."""
        return {"pv_benefit": self.pv_benefit, "pv_cost": self.pv_cost, "npv": self.npv}


def balance(flows: Iterable[Flow], account: str, rate: float) -> Balance:
    """Return the present values of ``social`` or of a party."""
    social = account == "social"
    mine = [
        flow for flow in flows if (flow.kind != "transfer" if social else flow.account == account)
    ]
    gains = [flow for flow in mine if _is_gain(flow)]
    costs = [flow for flow in mine if not _is_gain(flow)]
    return Balance(present_value(by_year(gains), rate), 0.0 - present_value(by_year(costs), rate))


def by_year(flows: Iterable[Flow]) -> dict[int, float]:
    """Return the net amount of each year that has any."""
    years: dict[int, list[float]] = {}
    for flow in flows:
        years.setdefault(flow.year, []).append(flow.amount)
    return {year: math.fsum(amounts) for year, amounts in sorted(years.items())}


def net_of_base(costs: Sequence[Cost], base: Sequence[Cost]) -> list[Cost]:
    """Return what an alternative costs beyond the base, item by item.

    What the base would have spent and the alternative does not is an avoided cost, below zero.
    That is the only one that counts: construction that nobody would have paid for saves nothing.

    Raises
    ------
    ValueError
        If a cost is below zero as declared, or its payer, life or what is assumed makes no sense.
    """
    for cost in (*costs, *base):
        _check(cost)
    total: dict[Cost, Cost] = {}
    for sign, items in ((1, costs), (-1, base)):
        for cost in items:
            key = replace(cost, capex=0.0, opex=0.0)
            old = total.get(key, key)
            capex, opex = old.capex + sign * cost.capex, old.opex + sign * cost.opex
            total[key] = replace(key, capex=capex, opex=opex)
    return [cost for cost in total.values() if cost.capex or cost.opex]


def cost_flows(
    costs: Sequence[Cost], years: int, programme: Programme | None, values: Values
) -> list[Flow]:
    """Return what it costs to build in year 0 and to run and replace for ``years`` years.

    An item is bought again at each end of its life; what is left at the end is written back. A
    ``programme`` pays its share of its items while it lasts and up to its cap; the rest, all later
    years and what is left of the assets are the city's.
    """
    spent = [(cost, *entry) for cost in costs for entry in _spending(cost, years, values)]
    share = _national_share(
        [(year, amount) for cost, year, amount, _ in spent if cost.payer == "programme"],
        programme,
        values,
    )
    flows = []
    for cost, year, amount, kind in spent:
        national = share.get(year, 0.0) if cost.payer == "programme" and kind != "residual" else 0.0
        rest = "local" if cost.payer == "programme" else cost.payer
        for account, part in (("national", national), (rest, 1 - national)):
            if part and amount:
                flows.append(Flow(year, account, cost.item, amount * part, kind))
    return flows


def _spending(cost: Cost, years: int, values: Values) -> list[tuple[int, float, Kind]]:
    """Return year, amount and kind of everything an item costs, in prices of the shown year."""
    level = values.index_ratio(cost.price_year)
    spent: list[tuple[int, float, Kind]] = []
    if cost.capex:
        buys = purchase_years(cost.life, years)
        spent += [(year, -cost.capex * level, "investment") for year in buys]
        spent.append((years, residual(cost.capex * level, cost.life, years), "residual"))
    spent += [(year, -cost.opex * level, "operation") for year in range(1, years + 1)]
    return spent


def _national_share(
    spent: Sequence[tuple[int, float]], programme: Programme | None, values: Values
) -> dict[int, float]:
    """Return the share of each year's programme cost that the state pays, its cap kept."""
    if programme is None:
        return {}
    cap = programme.national_max
    left = math.inf if cap is None else values.real(cap, programme.valid_from)
    shares = {}
    for year in range(programme.years):
        cost = -math.fsum(amount for y, amount in spent if y == year and amount < 0)
        if cost > 0:
            paid = min(programme.national_share * cost, left)
            left -= paid
            shares[year] = paid / cost
    return shares


def _is_gain(flow: Flow) -> bool:
    """Tell benefits and money received from costs; avoided costs and residuals net the costs."""
    if flow.kind in COSTS:
        return False
    return flow.kind == "benefit" or flow.amount > 0


def _check(cost: Cost) -> None:
    if cost.payer not in PAYERS:
        allowed = ", ".join(PAYERS)
        raise ValueError(
            f"payer of cost {cost.item!r} must be one of {allowed}, got {cost.payer!r}"
        )
    if cost.capex < 0 or cost.opex < 0:
        raise ValueError(
            f"cost {cost.item!r} must not be below 0, got capex {cost.capex}, opex {cost.opex}: "
            "an avoided cost is one that the base pays and the alternative does not"
        )
    for name in cost.assumed:
        if name not in FIGURES:
            raise ValueError(
                f"assumed of cost {cost.item!r} must name figures of {', '.join(FIGURES)}, "
                f"got {name!r}"
            )
    if not cost.life > 0:
        raise ValueError(f"life of cost {cost.item!r} must be above 0 years, got {cost.life}")
