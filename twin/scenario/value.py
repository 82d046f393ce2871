"""The scenario as a value: a city, its alternatives, and how the days are simulated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from twin.params import param, specs, validate
from twin.world.indicators import Counting

if TYPE_CHECKING:
    from twin.solution import Doubt

__all__ = [
    "DAY_TYPES",
    "CitySpec",
    "Dongs",
    "OldTown",
    "Scenario",
    "Solutions",
    "check_counting",
    "check_day_types",
    "check_hours",
    "check_name",
    "conflict",
    "solution_name",
]

Solutions: TypeAlias = tuple[Any, ...]  # dataclass instances: the solutions of one alternative
DAY_TYPES = ("weekday", "holiday")
NAME = re.compile(r"\w[\w-]{0,59}")


@dataclass(frozen=True)
class OldTown:
    """An old low-rise quarter made in code: a stand-in where no map of the real one is at hand."""

    residents: int = param(2_200, "residents", 500, 5_000, "size of an old quarter")
    spaces: int = param(144, "spaces", 0, 250, "37 % of 389 cars: BUC1, BUC2", tag="D")
    seed: int = param(1, "", 0, 2**32 - 1, "any number", tag="D")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Dongs:
    """Real dongs, each with a town made in code: places, distances and people are found.

    Parameters
    ----------
    file
        Their outlines and people. A file is looked for beside the scenario, then in the folder
        that the variable ``DONGNE_DATA`` names.
    names
        Which dongs of the file, by name or code.
    """

    file: str
    names: tuple[str, ...]
    schools: str = param(
        "", "", None, None, "file of schools that towns stand amid, else where dongs are widest"
    )
    residents: int = param(
        0, "residents", 0, 3_000_000, "in all, shared out as the file's are; 0: the file's", tag="D"
    )
    headway_min: float = param(30, "min", 5, 240, "between buses from town to town")
    seed: int = param(1, "", 0, 2**32 - 1, "any number", tag="D")

    def __post_init__(self) -> None:
        validate(self)
        if not self.file.strip():
            raise ValueError("Dongs.file must be the path of a file, got ''")
        if not self.names:
            raise ValueError("Dongs.names must name at least one dong, got none")


@dataclass(frozen=True)
class CitySpec:
    """Which city: a bundle's folder, or a town made in code, new by default.

    A new town is made of a number of residents and a seed, an old quarter of what ``oldtown`` says,
    towns in real dongs of what ``dongs`` says.
    """

    bundle: str | None = None
    oldtown: OldTown | None = None
    dongs: Dongs | None = None
    residents: int = param(20_000, "residents", 2_000, 400_000, "size of a planned new town")
    seed: int = param(1, "", 0, 2**32 - 1, "any number", tag="D")

    def __post_init__(self) -> None:
        validate(self)
        if self.bundle is not None and not self.bundle.strip():
            raise ValueError("CitySpec.bundle must be the path of a city, got ''")
        own = [spec.name for spec in specs(CitySpec) if getattr(self, spec.name) != spec.default]
        made = [name for name in ("oldtown", "dongs") if getattr(self, name) is not None]
        own = [*made, *own]
        if self.bundle is not None and own:
            raise ValueError(f"CitySpec must be a bundle or a new town, got a bundle and {own[0]}")
        if made and own[1:]:
            kind = "an old town" if made[0] == "oldtown" else "real dongs"
            raise ValueError(f"CitySpec must be {kind} or a new town, got {own[0]} and {own[1]}")


@dataclass(frozen=True)
class Scenario:
    """A what-if: one city, what it would do anyway, and the alternatives to compare.

    Parameters
    ----------
    name, city
        What people call it; where it happens.
    base
        The solutions the city would have anyway (do-minimum), in every alternative too.
    alternatives
        The solutions of each alternative by its name.
    start, hours, days
        Start of the day in seconds since midnight, hours simulated of a day, days in a row, which
        are whole days if they are several. A day of the same kind is lived before and forgotten.
        A part of a day is compared as the day: what happens outside is taken as the same.
    day_types
        Days of a year that each simulated day type stands for.
    replications, seed
        Independent days drawn for each alternative; the seed of all luck.
    queues
        Whether cars queue on the streets, in lanes, at signals and gaps, or flow freely.
    everybody
        Whether those without a car are about too: they walk, ride buses and meet the cars.
    programme
        Name of the funding programme, None without one.
    counting
        The hours at which parked cars are counted, None for the usual ones.
    folder
        Where relative paths in it start; not part of its value.
    doubts
        What the alternatives are the values of, where they are a sweep's; not part of its value.
    """

    name: str
    city: CitySpec
    base: Solutions
    alternatives: Mapping[str, Solutions]
    start: int = param(14_400, "s", 0, 86_399, "the quietest hour of a city, 04:00", tag="D")
    hours: float = param(24.0, "h", 0.25, 24, "a whole day", tag="D")
    days: int = param(1, "days", 1, 90, "one day", tag="D")
    day_types: Mapping[str, int] = field(default_factory=lambda: {"weekday": 250, "holiday": 115})
    replications: int = param(10, "", 1, 10_000, "see the intervals, then raise it")
    seed: int = param(1, "", 0, 2**32 - 1, "any number", tag="D")
    queues: bool = param(
        False, "", None, None, "streets flow freely; true: cars queue at lanes, signals and gaps"
    )
    everybody: bool = param(
        False, "", None, None, "cars alone; true: people walk, ride buses and meet the cars too"
    )
    programme: str | None = None
    counting: Counting | None = None
    folder: Path = field(default=Path(), compare=False, repr=False)
    doubts: tuple[Doubt, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("alternatives", "day_types"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        validate(self)
        if not self.name.strip():
            raise ValueError(f"Scenario.name must be text, got {self.name!r}")
        check_hours(self.hours, self.days)
        check_day_types(self.day_types)
        if self.counting is not None:
            check_counting(self.counting, self.start, self.hours)
        for name in self.alternatives:
            check_name(name)
        for name in ("base", *self.alternatives):
            both = conflict(self.solutions(name))
            if both:
                where = "base" if name == "base" else f"alternatives.{name}"
                raise ValueError(f"Scenario.{where}: {both}")

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy cannot be sent to a worker
        values = (getattr(self, f.name) for f in fields(self))
        return type(self), tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)

    def solutions(self, alternative: str) -> Solutions:
        """Return what stands in the city in an alternative, or in ``base``."""
        if alternative == "base":
            return self.base
        if alternative not in self.alternatives:
            known = ", ".join(("base", *self.alternatives))
            raise KeyError(f"{self.name} has no alternative {alternative!r}; it has: {known}")
        return self.base + self.alternatives[alternative]


def solution_name(cls: type) -> str:
    """Return the name of a solution in a scenario file: ``SharedParking`` is ``shared_parking``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()


def _policies(solution: Any) -> tuple[str, ...]:
    """Return the policies of world parts that a solution replaces: its class says so."""
    return tuple(getattr(solution, "policies", ()))


def check_day_types(day_types: Mapping[str, int]) -> None:
    """Raise ValueError unless every day type is known and they make up to a year of days."""
    unknown = [name for name in day_types if name not in DAY_TYPES]
    if unknown or not day_types:
        got = repr(unknown[0]) if unknown else "none"
        raise ValueError(f"Scenario.day_types must be among {', '.join(DAY_TYPES)}, got {got}")
    if min(day_types.values()) < 0 or not 1 <= sum(day_types.values()) <= 366:
        got = ", ".join(f"{name} {days}" for name, days in day_types.items())
        raise ValueError(f"Scenario.day_types must be 1 to 366 days a year in all, got {got}")


def check_hours(hours: float, days: int) -> None:
    """Raise ValueError unless several days in a row are whole days."""
    if days > 1 and hours != 24:
        raise ValueError(f"Scenario.hours must be 24 where days are {days} in a row, got {hours:g}")


def check_counting(counting: Counting, start_s: int, hours: float) -> None:
    """Raise ValueError unless there is a round, and every hour lies in the day that is lived."""
    if not counting.rounds_h:
        raise ValueError("Scenario.counting.rounds_h must name at least one hour, got none")
    low, high = start_s / 3_600, start_s / 3_600 + hours
    named = {"rounds_h": counting.rounds_h, "reference_h": (counting.reference_h,)}
    for name, chosen in named.items():
        for hour in chosen:
            if not low <= hour < high:
                rule = (
                    f"from {low:g} to before {high:g}, the hours lived (02:00 the next day is 26)"
                )
                raise ValueError(f"Scenario.counting.{name} must be {rule}, got {hour:g}")


def check_name(name: str) -> None:
    """Raise ValueError unless a name can name an alternative, in tables and in file names."""
    if name == "base" or not NAME.fullmatch(name):
        rule = "letters, digits, _ and - (60 at most), and not base"
        raise ValueError(f"the name of an alternative must be {rule}, got {name!r}")


def conflict(chosen: Iterable[Any]) -> str | None:
    """Return which two solutions replace the same policy, or None."""
    for one, other in combinations(chosen, 2):
        both = [policy for policy in _policies(one) if policy in _policies(other)]
        if both:
            names = f"{solution_name(type(one))} and {solution_name(type(other))}"
            rule = "one alternative may have one, what stands in the base counted in"
            return f"{names} both replace the policy {both[0]!r}; {rule}"
    return None
