"""Signals timed for the traffic that they have, where a city gives no plans of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gis.city import City
from gis.derive.marks import FOUND
from gis.derive.signals import complete_signals

__all__ = ["timed"]


def timed(city: City, flow: NDArray[np.float64]) -> City:
    """Return the city with its derived plans timed for a flow; plans that were given stay.

    ``flow`` is cars an hour of each turn (column) in each slot of the day (row).
    """
    plans, greens = city.tables["signal_plans"], city.tables["signal_greens"]
    made = plans[plans["origin"] != FOUND]
    if made.empty:
        return city
    kept, shown = (table[table["origin"] == FOUND] for table in (plans, greens))
    origin = str(made["origin"].iloc[0])
    signals = complete_signals(
        kept, shown, city.tables["turns"], city["streets"], origin=origin, flow=flow
    )
    tables = {"signal_plans": signals.plans, "signal_greens": signals.greens}
    return replace(city, tables={**city.tables, **tables})
