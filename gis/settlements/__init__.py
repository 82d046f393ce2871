"""Real dongs with synthetic towns: their places, people and distances found, the rest made."""

from gis.settlements.city import settlements
from gis.settlements.dongs import read_dongs, read_schools

__all__ = ["read_dongs", "read_schools", "settlements"]
