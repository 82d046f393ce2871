"""The people of a city, drawn once, and the car trips of the days they live."""

from __future__ import annotations

from gis.population.day import DayType, day
from gis.population.draws import PURPOSES, Draws, Purpose
from gis.population.people import People, people
from gis.population.totals import totals

__all__ = ["PURPOSES", "DayType", "Draws", "People", "Purpose", "day", "people", "totals"]
