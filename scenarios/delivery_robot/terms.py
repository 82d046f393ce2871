"""The terms that a run is judged by: what people order, who delivers, what it costs.

A study judges all of its runs by one solution, so a run with robots tells its own in its trace.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from scenarios.delivery_robot.baseline import Riders, Vans
from scenarios.delivery_robot.orders import Demand
from twin.sim import Sim
from twin.trace import Trace

__all__ = ["Rates", "Terms"]

EVENT = "robot_terms"


@dataclass(frozen=True)
class Rates:
    """What is promised (s), paid (KRW an order), and what the robots cost and do.

    ``robots`` serve for ``service_h`` hours a day; a year of them costs ``year_krw`` without power,
    investments spread over their lives, and a kWh ``power_krw``. ``close_share`` of the walkers
    that robots meet come too close.
    """

    promise_s: float
    rider_krw: float
    van_krw: float
    robots: float = 0.0
    service_h: float = 0.0
    year_krw: float = 0.0
    power_krw: float = 0.0
    close_share: float = 0.0


@dataclass(frozen=True)
class Terms:
    """Everything that a run is judged by."""

    demand: Demand
    riders: Riders
    vans: Vans
    rates: Rates

    def tell(self, sim: Sim) -> None:
        """Write them to the trace of a run."""
        parts = asdict(self).items()
        flat = {f"{part}_{name}": float(v) for part, own in parts for name, v in own.items()}
        sim.record(EVENT, **flat)

    @classmethod
    def told(cls, trace: Trace) -> Terms | None:
        """Return those that a run tells, None where it has no robots."""
        if not len(trace[EVENT]):
            return None
        row = trace.frame(EVENT).iloc[0]
        kinds = {"demand": Demand, "riders": Riders, "vans": Vans, "rates": Rates}
        parts = {
            part: kind(**{f.name: float(row[f"{part}_{f.name}"]) for f in fields(kind)})
            for part, kind in kinds.items()
        }
        return cls(**parts)
