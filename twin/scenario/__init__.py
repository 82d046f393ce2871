"""A scenario: a what-if as a value, read from and written to YAML."""

from twin.scenario.reading import read, unknown
from twin.scenario.schema import schema
from twin.scenario.strict_yaml import ScenarioError
from twin.scenario.value import CitySpec, Dongs, OldTown, Scenario, solution_name
from twin.scenario.writing import write

__all__ = [
    "CitySpec",
    "Dongs",
    "OldTown",
    "Scenario",
    "ScenarioError",
    "read",
    "schema",
    "solution_name",
    "unknown",
    "write",
]
