"""The terms that a run is judged by: what people order, who delivers, what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.delivery_robot.baseline import Riders, Vans
from scenarios.delivery_robot.orders import Demand

__all__ = ["Rates", "Terms"]


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
