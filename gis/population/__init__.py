"""The people of a city, drawn once, and the trips of the days they live."""

from __future__ import annotations

from gis.population.day import DayType, Lived, day, lived
from gis.population.draws import PURPOSES, Draws, Purpose
from gis.population.modes import MODES, Mode
from gis.population.people import People, people
from gis.population.totals import totals

__all__ = [
    "MODES", "PURPOSES", "DayType", "Draws", "Lived", "Mode", "People", "Purpose", "day", "lived",
    "people", "totals",
]  # fmt: skip
