"""The indicators of every parking solution, inside its area and in the ring around it."""

from __future__ import annotations

from typing import Any, Literal

from twin.params import ASSUMED, Spec, specs
from twin.solution import KPI, RING, Run, with_ring
from twin.world.behaviour import Behaviour
from twin.world.indicators import measure_parking

__all__ = [
    "PARKING_DATA",
    "PARKING_HEADLINE",
    "PARKING_KPIS",
    "figures_behind",
    "parking_kpis",
]

Better = Literal["more", "less"]
PARKING_HEADLINE = "parking.illegal_daily"
PARKING_DATA = {
    "streets": 1.0,
    "streets.width_m": 1.0,
    "buildings": 1.0,
    "buildings.use": 1.0,
    "buildings.dwellings": 1.0,
    "buildings.jobs": 1.0,
    "car_parks": 2.0,
    "car_parks.spaces": 2.0,
    "districts.population": 1.0,
}
"""Weights of the data that a day of parking rests on: the spaces count twice [GK]."""

# What the ease of parking adds up, by part; its won are those of the value of time.
EASE = {
    "parking.ease_time": (
        "value_of_time", "walk_weight", "walk_detour", "walk_m_per_h", "fail_krw",
    ),
    "parking.ease_choice": ("scale_krw", "aversion_krw", "aversion_cv"),
}  # fmt: skip
EASE_PRICE_YEAR = 2016

HERE = (
    KPI("parking.supply_rate", "%", "more",
        "legal spaces open to others than one building's users / cars standing in such spaces or "
        "illegally, at the reference hour of the counting protocol"),
    KPI("parking.illegal_daily", "veh/day", "less",
        "distinct cars seen standing illegally in at least one of the rounds of the counting "
        "protocol", caveat="clear_streets"),
    KPI("parking.illegal_veh_h", "veh-h/day", "less", "hours that cars stand illegally"),
    KPI("parking.search_time", "min", "less",
        "arrival on the street within 500 m of the destination to the start of parking, mean, no "
        "search longer than 30 min; who finds nothing counts with 30 min"),
    KPI("parking.search_p90", "min", "less", "the same, 90th percentile"),
    KPI("parking.walk", "m", "less", "parking place to destination, mean"),
    KPI("parking.share_util", "%", "more",
        "space-hours parked within the offered windows / offered space-hours of shared spaces; "
        "spaces held for guests who do not come are left out"),
    KPI("parking.blocked_access", "min/day", "less",
        "time with less than 3.5 m clear for a fire engine beside the cars at the kerbs, legal or "
        "not, mean over the streets where cars can stand"),
    KPI("parking.failed", "veh/day", "less", "drivers who found nothing and went away"),
    KPI("parking.search_h", "veh-h/day", "less", "the search of all, failures capped"),
    KPI("parking.walk_h", "person-h/day", "less", "walking from and to the car, one person a car"),
    KPI("parking.ease_time", "KRW/day", "more",
        "search (no longer than 30 min), walk and trips that end without a place, as drivers weigh "
        "them, below zero; KRW of 2016, as the value of time", value="krw_of_2016"),
    KPI("parking.ease_choice", "KRW/day", "more",
        "the rest of what parking was worth to its drivers besides money: taste, which grows by "
        "there being more to choose from, less the unease of standing illegally; only its change "
        "has a meaning; KRW of 2016, as the value of time", value="krw_of_2016",
        caveat="by_choice"),
    KPI("parking.fees_public", "KRW/day", "more", "fees paid on public lots and kerbs",
        value="krw", account="local", payer="users"),
    KPI("parking.fees_shared", "KRW/day", "more", "fees paid on shared spaces, to the platform",
        value="krw", account="operator", payer="users"),
    KPI("parking.fees_owners", "KRW/day", "more", "the share of those fees that the platform "
        "passes on to the owners of the spaces, residents and companies",
        value="krw", account="owners", payer="operator"),
    KPI("parking.fines", "KRW/day", "more", "fines", value="krw", account="local", payer="users"),
)  # fmt: skip


PARKING_KPIS = with_ring(HERE)


def parking_kpis(run: Run) -> dict[str, float | None]:
    """Return every parking indicator of a run, in the area and in its ring; None without a ring."""
    inside = measure_parking(
        run.trace, run.area.polygon, span_ms=run.span_ms, counting=run.counting
    )
    if run.area.ring.is_empty:
        return {**inside, **dict.fromkeys(f"{name}{RING}" for name in inside)}
    around = measure_parking(
        run.trace, run.area.ring, span_ms=run.span_ms, counting=run.counting, suffix=RING
    )
    return {**inside, **around}


def figures_behind(behaviour: Behaviour) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return by KPI the figures that its drivers weighed before any price was put on it.

    Each has name, value, unit, source, tag and price_year, as the assumptions of an appraisal.
    """
    known = {spec.name: spec for spec in specs(Behaviour)}
    behind = {
        kpi: tuple(_figure(known[name], getattr(behaviour, name)) for name in names)
        for kpi, names in EASE.items()
    }
    return {**behind, **{f"{kpi}{RING}": figures for kpi, figures in behind.items()}}


def _figure(spec: Spec, value: float) -> dict[str, Any]:
    default = value == spec.default
    return {
        "name": f"behaviour.{spec.name}",
        "value": value,
        "unit": spec.unit or "1",
        "source": spec.source if default else "set for this study",
        "tag": spec.tag if default else ASSUMED,
        "price_year": EASE_PRICE_YEAR if spec.unit.startswith("KRW") else None,
    }
