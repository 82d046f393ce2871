"""Emissions against figures of the published curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.emissions import CO2_KG_PER_LITRE, SPEEDS_KMH, co2_g_per_km, emissions


def test_the_curve_has_its_published_shape() -> None:
    """About 1,100 g a mile at 5 mph, least near 45 mph at about 300 g a mile, then more again."""
    assert co2_g_per_km(5 * 1.609344) * 1.609344 == pytest.approx(1_106, rel=0.01)
    speeds = np.linspace(*SPEEDS_KMH, 200)
    curve = np.array([co2_g_per_km(v) for v in speeds])
    best = speeds[curve.argmin()] / 1.609344
    assert 40 < best < 50
    assert curve.min() * 1.609344 == pytest.approx(310, rel=0.05)
    assert co2_g_per_km(0.0) == co2_g_per_km(SPEEDS_KMH[0])


def test_links_emit_by_what_was_driven_and_how_fast() -> None:
    flow = pd.DataFrame(
        {
            "link": [0, 1, 1],
            "hour": [7, 7, 8],
            "cars": [10, 20, 1],
            "spent_s": [720.0, 3_600.0, 0.0],
        }
    )
    found = emissions(flow, [1_000.0, 500.0])
    assert found["km"].tolist() == [10.0, 10.0, 0.5]
    assert found["speed_kmh"].tolist()[:2] == [50.0, 10.0]
    assert np.isnan(found["speed_kmh"][2])
    assert found["co2_kg"][0] == pytest.approx(10 * co2_g_per_km(50.0) / 1000)
    assert found["co2_kg"][1] > 2 * found["co2_kg"][0]
    assert (found["fuel_l"] * CO2_KG_PER_LITRE).tolist() == pytest.approx(found["co2_kg"].tolist())
