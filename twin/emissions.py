"""Fuel and carbon dioxide of cars, from the mean speed on each link in each hour.

The curve was fitted to trips of a fleet of light-duty vehicles in real congestion, so that it holds
the stops and starts that go with a mean speed: ln(g CO2 a mile) = b0 + b1 v + ... + b4 v^4, v in
miles an hour. Source: Barth & Boriboonsomsin 2008, Transportation Research Record 2058:163-171,
doi 10.3141/2058-20 (fleet of California; Korean cars are an assumption). Petrol burns to 2.35 kg of
CO2 a litre: US EPA 2014, 8,887 g a gallon.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.elementary import exp

__all__ = ["CO2_KG_PER_LITRE", "SPEEDS_KMH", "co2_g_per_km", "emissions"]

B = (
    7.613534994965560, -0.138565467462594, 0.003915102063854, -0.000049451361017,
    0.000000238630156,
)  # fmt: skip
KM_PER_MILE = 1.609344
CO2_KG_PER_LITRE = 8.887 / 3.785411784
SPEEDS_KMH = (8.0, 130.0)
"""Speeds of the data behind the curve, 5 to 80 miles an hour; others count as the nearest."""


def co2_g_per_km(speed_kmh: float) -> float:
    """Return the CO2 (g/km) of a car at a mean speed (km/h)."""
    v = min(max(float(speed_kmh), SPEEDS_KMH[0]), SPEEDS_KMH[1]) / KM_PER_MILE
    power = B[0] + v * (B[1] + v * (B[2] + v * (B[3] + v * B[4])))
    return float(exp(power)) / KM_PER_MILE


def emissions(flow: pd.DataFrame, length_m: Sequence[float] | NDArray[Any]) -> pd.DataFrame:
    """Return what cars drove, burnt and gave off on each link in each hour.

    Parameters
    ----------
    flow
        link, hour, cars, spent_s, as a trace keeps it.
    length_m
        Length of each link (m).

    Returns
    -------
    pandas.DataFrame
        link, hour, km (driven by all cars), speed_kmh (mean, NaN where nobody left the link),
        co2_kg, fuel_l.
    """
    km = flow["cars"].to_numpy(float) * np.asarray(length_m, float)[flow["link"]] / 1000
    hours = flow["spent_s"].to_numpy(float) / 3600
    speed = np.divide(km, hours, out=np.full(len(km), np.nan), where=hours > 0)
    each = [0.0 if np.isnan(v) else co2_g_per_km(v) for v in speed.tolist()]
    co2_kg = km * np.array(each, float) / 1000
    return pd.DataFrame(
        {
            "link": flow["link"].to_numpy(), "hour": flow["hour"].to_numpy(), "km": km,
            "speed_kmh": speed, "co2_kg": co2_kg, "fuel_l": co2_kg / CO2_KG_PER_LITRE,
        }
    )  # fmt: skip
