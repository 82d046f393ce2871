"""The one seam: what a solution is, promises and costs, and the run it is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from gis.city import City
from twin.area import Area
from twin.params import validate
from twin.sim import Sim
from twin.trace import Trace
from twin.world.ground import Ground
from twin.world.indicators import Counting, Window

__all__ = ["KPI", "RING", "Cost", "Doubt", "Look", "Run", "Solution", "with_ring"]

RING = ".ring"
"""Ends the name of a KPI that is of the ring around the area."""


@dataclass(frozen=True)
class KPI:
    """A key performance indicator: a number of one day, with its definition.

    Parameters
    ----------
    name, unit, definition
        What is counted, in what, and exactly how.
    better
        Whether more or less of it is wished for.
    value
        The unit value that turns it into money (a name in ``unit_values.yaml``; ``krw`` for
        money flows), None where it has no price.
    account
        Who gains when it gets better: national, local, users, owners or operator.
    group
        Indicators of one group measure one benefit: only the first counts.
    payer
        Set for a transfer (fee, fine): the money that goes from here to ``account``.
    promise
        Set where a solution is said to be for this: the verdict says so where it is worth next to
        nothing beside the cost.
    caveat
        A sentence of the verdict (a name in ``sentences.yaml``). Of a KPI with a price it says
        what the benefit-cost ratio would be without it, where that matters; of another it is said
        where some alternative makes the KPI better beyond the noise.
    """

    name: str
    unit: str
    better: Literal["more", "less"]
    definition: str
    value: str | None = None
    account: str = "users"
    group: str | None = None
    payer: str | None = None
    caveat: str | None = None
    promise: bool = False


def with_ring(kpis: Iterable[KPI]) -> tuple[KPI, ...]:
    """Return KPIs of the area, then the same of the ring around it."""
    here = tuple(kpis)
    around = (
        replace(kpi, name=kpi.name + RING, definition=f"{kpi.definition} (ring around the area)")
        for kpi in here
    )
    return *here, *around


@dataclass(frozen=True)
class Cost:
    """A cost item: KRW of ``price_year`` once (capex) and a year (opex), lasting ``life`` years.

    ``payer`` is programme (shared with the state while the programme lasts), local, national,
    operator, owners or users; ``source`` and ``tag`` say where the figures come from, but for those
    of capex, opex and life that are named in ``assumed``.
    """

    item: str
    capex: float
    opex: float
    life: float
    price_year: int
    payer: str
    source: str
    tag: str
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """How pictures draw and count what a solution recorded an event for.

    A ``car`` is any that stands on a lot the event names (column ``lot``); a ``sign`` stands at the
    crossing it names (column ``crossing``), a ``stop`` at the berth (``berth``); a ``vehicle`` is
    that of a fleet (``vehicle``), drawn ``length_m`` long where it is, with who is aboard. A
    ``drone`` or ``robot`` is where its legs say (``machine``, and from ``from_ms`` to ``until_ms``
    from x, y, z to to_x, to_y, to_z; z in m above ground), a ``dock`` at x, y, z. The legend calls
    them ``english`` or ``korean`` and shows them in ``colour``: red, green and blue,
    0 to 255.
    """

    event: str
    english: str
    korean: str
    colour: tuple[int, int, int]
    thing: Literal["car", "sign", "vehicle", "stop", "drone", "robot", "dock"] = "car"
    length_m: float = 0.0


@dataclass(frozen=True)
class Doubt:
    """What decides whether a solution pays, and is not well known: one asks how good it must be.

    The ``parameters`` take each of the ``values`` together: recall by day, at night and in rain are
    one doubt, called ``english`` or ``korean``. ``met`` names the KPI that tells what came of it,
    where that is what the question is about: a fleet of buses makes a wait.
    """

    parameters: tuple[str, ...]
    values: tuple[float, ...]
    english: str
    korean: str
    met: str | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """One finished run, as a solution's :meth:`Solution.measure` sees it.

    ``area`` is where the study looks (its ring beside it); ``span_s`` is the time looked at, the
    warm-up left out, in seconds since midnight of the trace's day 0; ``counting`` is the protocol
    of counts. ``registered_cars`` are those of the residents; ``ground`` is what the run was lived
    on, its people among it, where it is known.
    """

    city: City
    trace: Trace
    area: Area
    span_s: tuple[float, float]
    day_type: str
    replication: int
    counting: Counting = field(default_factory=Counting)
    registered_cars: int = 0
    ground: Ground | None = field(default=None, repr=False)

    @property
    def span_ms(self) -> Window:
        """The time looked at in milliseconds, as the trace counts it."""
        start, end = self.span_s
        return round(start * 1000), round(end * 1000)


@dataclass(frozen=True)
class Solution:
    """Something a city can try; its fields are its parameters, declared with ``param``.

    A solution acts in three ways only: it sets columns of a part, it supplies a policy that a part
    asks for, or it adds agents of its own. ``headline`` is the KPI it is judged by first; ``data``
    weighs the layers (``"buildings"``) and columns (``"buildings.jobs"``) of a city that its result
    rests on; ``claims`` names what has been published about it, in the ledger of claims; ``look``
    says by a name of its own how pictures draw the cars on its lots, its signs, or its vehicles;
    ``doubts`` are what ``dongne sweep`` asks how good it must be in, to pay; ``files`` names the
    parameters that hold a file, which lies beside the scenario.
    """

    kpis: ClassVar[tuple[KPI, ...]] = ()
    needs: ClassVar[tuple[type, ...]] = ()
    nothing: ClassVar[Mapping[str, object]] = {}
    policies: ClassVar[tuple[str, ...]] = ()
    look: ClassVar[Mapping[str, Look]] = {}
    headline: ClassVar[str] = ""
    data: ClassVar[Mapping[str, float]] = {}
    claims: ClassVar[tuple[str, ...]] = ()
    doubts: ClassVar[tuple[Doubt, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ()

    area: Area | str = "city"

    def __post_init__(self) -> None:
        validate(self)

    @property
    def where(self) -> Area:
        """The area, once the city is known."""
        if isinstance(self.area, str):
            raise TypeError(f"the area {self.area!r} has not been looked up in a city yet")
        return self.area

    @property
    def idle(self) -> tuple[str, ...]:
        """What it is set to where it changes nothing, as ``name is value``; empty where it does."""
        settings = {name: getattr(self, name) for name in self.nothing}
        if settings != dict(self.nothing) or not settings:
            return ()
        return tuple(f"{type(self).__name__}.{name} is {value}" for name, value in settings.items())

    def install(self, sim: Sim) -> None:
        """Change the run before it starts, or start agents that will."""
        raise NotImplementedError

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the solution's KPIs of a run, whether it was installed in it or not.

        A study has one solution of each kind measure a run: that of the run's own alternative, as
        it is set there, else the first of its kind.
        """
        raise NotImplementedError

    def costs(self, run: Run) -> list[Cost]:
        """Return what the solution costs in this run."""
        raise NotImplementedError
