"""Views of one car or one person of a run: agents that are made when somebody asks, never before.

A view holds a number and reads the columns of its world as they are now. It writes nothing, so that
who looks changes nothing.
"""

from __future__ import annotations

from typing import TypeAlias, cast

import mesa
import numpy as np
import pandas as pd

from gis.population import MODES
from twin.world.columns import Phase, World
from twin.world.ground import Ground
from twin.world.rows import Rows
from twin.world.transit.columns import Riding
from twin.world.walking.columns import Pace

__all__ = ["Car", "Person"]

MS_PER_S = 1_000
Spot: TypeAlias = tuple[float, float]


def _names(codes: type) -> dict[int, str]:
    """Return the codes of a class in words: ``TO_LOT = 3`` is ``{3: "to lot"}``."""
    return {
        code: name.lower().replace("_", " ")
        for name, code in vars(codes).items()
        if isinstance(code, int)
    }


PHASES, PACES, RIDINGS = _names(Phase), _names(Pace), _names(Riding)


class View(mesa.Agent):  # type: ignore[misc]
    """What is common to views: the number of who is looked at, and the run they live in."""

    kind = "view"

    def __init__(self, model: mesa.Model, number: int) -> None:
        self.model, self.number = model, number
        if not len(self.rows):
            raise IndexError(f"this run has no {self.kind}: ask for When(everybody=True)")
        if not 0 <= number < len(self.rows):
            raise IndexError(f"{self.kind} must be in [0, {len(self.rows) - 1}], got {number}")
        super().__init__(model)

    @property
    def world(self) -> World:
        """The columns of the run."""
        return cast(World, self.model.world)

    @property
    def ground(self) -> Ground:
        """What the run stands on."""
        return cast(Ground, self.model.ground)

    @property
    def rows(self) -> Rows:
        """The table in which this one is a row."""
        raise NotImplementedError

    def _table(self, rows: Rows, names: tuple[str, ...]) -> pd.DataFrame:
        """Return columns of some rows, ``depart_s`` counted from midnight of the trace's day 0."""
        depart_s = (rows.depart_ms - self.model.span.epoch_ms) / MS_PER_S
        return pd.DataFrame({"depart_s": depart_s, **{name: rows[name] for name in names}})

    def _middle(self, street: int) -> Spot:
        """Return the middle between the ends of a street."""
        world = self.world
        ends = [world.links.tail[street], world.links.head[street]]
        return float(world.nodes.x[ends].mean()), float(world.nodes.y[ends].mean())


class Car(View):
    """A car, looked at.

    ``doing`` is its phase in words: away, parked, driving, to lot, to kerb, circling, exiting.
    """

    kind = "car"

    @property
    def rows(self) -> Rows:
        """The cars of the run; the buses stand behind them."""
        return self.world.cars[: len(self.ground.people.cars)]

    @property
    def doing(self) -> str:
        """What it does now."""
        return PHASES[int(self.rows.phase[self.number])]

    @property
    def street(self) -> int | None:
        """The row of the street it drives on, None where it stands or is away."""
        moving = self.rows.phase[self.number] > Phase.PARKED
        arc = int(self.rows.arc[self.number])
        return arc if moving and arc >= 0 else None

    @property
    def lot(self) -> int | None:
        """The lot it is parked on, None elsewhere."""
        parked = self.rows.phase[self.number] == Phase.PARKED
        lot = int(self.rows.lot[self.number])
        return lot if parked and lot >= 0 else None

    @property
    def where(self) -> Spot | None:
        """East and north (m) of its lot or of the middle of its street; None outside the city."""
        world, lot, street = self.world, self.lot, self.street
        if lot is not None:
            return float(world.lots.x[lot]), float(world.lots.y[lot])
        return None if street is None else self._middle(street)

    @property
    def trips(self) -> pd.DataFrame:
        """Its trips, one a row: depart_s, place (building row, -1 outside), gate, purpose."""
        car = self.rows[self.number]
        return self._table(self.world.trips[car.first : car.beyond], ("place", "gate", "purpose"))

    @property
    def trip(self) -> int | None:
        """The row of :attr:`trips` that it is on or made last, None before the first."""
        car = self.rows[self.number]
        return int(car.trip - car.first) if car.trip >= car.first else None


class Person(View):
    """A resident, looked at, in a run that everybody lives in.

    ``doing`` is in words: resting, walking, riding (to stop, waiting, aboard, to place), carried,
    or what their car does while they drive it.
    """

    kind = "person"

    @property
    def rows(self) -> Rows:
        """The persons of the run."""
        return self.world.walking.persons

    @property
    def resident(self) -> pd.Series:
        """Who it is: a row of :attr:`gis.population.People.residents`."""
        return self.ground.people.residents.iloc[self.number]

    @property
    def car(self) -> Car | None:
        """The car whose main driver they are."""
        drivers = self.ground.people.cars["driver"].to_numpy()
        own = np.flatnonzero(drivers == self.number)
        return cast(Car, self.model.car(int(own[0]))) if len(own) else None

    @property
    def drives(self) -> bool:
        """Whether they are on the way by their car."""
        car = self.car
        return car is not None and car.rows.phase[car.number] > Phase.PARKED

    @property
    def doing(self) -> str:
        """What they do now."""
        pace = int(self.rows.pace[self.number])
        if pace == Pace.RIDING:
            return RIDINGS[int(self.world.transit.riders.riding[self.number])]
        if pace == Pace.RESTING and (car := self.car) and self.drives:
            return car.doing
        return PACES[pace]

    @property
    def mode(self) -> str | None:
        """How they are on the way, a word of :data:`gis.population.MODES`; None at rest."""
        if self.rows.pace[self.number] != Pace.RESTING:
            return MODES[self.world.walking.legs.mode[self.rows.leg[self.number]]]
        return MODES[0] if self.drives else None

    @property
    def where(self) -> Spot | None:
        """East and north (m) of the junction, stop, street or place they are at; None outside."""
        world, person = self.world, self.rows[self.number]
        if (car := self.car) and person.pace == Pace.RESTING and self._drove_last(car):
            return car.where
        if person.pace == Pace.RIDING:
            return self._riding()
        if person.pace == Pace.WALKING:
            x, y = (getattr(self.ground.walks.network, axis)[person.node] for axis in "xy")
            return float(x), float(y)
        spot = self._spot()
        return None if spot < 0 else (float(world.places.x[spot]), float(world.places.y[spot]))

    def _drove_last(self, car: Car) -> bool:
        """Return whether they have set out by car since they did otherwise."""
        leg, own = self._last, car.rows[car.number]
        if own.trip < own.first:
            return False
        before = self.world.walking.legs.depart_ms[leg] if leg >= self._first else -np.inf
        return bool(self.world.trips.depart_ms[own.trip] > before)

    def _riding(self) -> Spot:
        """Return where a rider is: on the bus, else at the stop they go to or come from."""
        transit = self.world.transit
        rider = transit.riders[self.number]
        if rider.riding == Riding.ABOARD:
            return self._middle(int(self.world.cars.arc[transit.rules.cars[0] + rider.bus]))
        if rider.stop < 0:
            return cast(Spot, tuple(float(self.world.places[a][self._spot()]) for a in "xy"))
        return float(transit.stops.x[rider.stop]), float(transit.stops.y[rider.stop])

    def _spot(self) -> int:
        """Return the place where a trip that is on began, else where the last one led, or home."""
        legs, leg = self.world.walking.legs, self.rows.leg[self.number]
        if self.rows.pace[self.number] != Pace.RESTING:
            return int(legs.origin[leg])
        last = self._last
        return int(legs.destination[last] if last >= self._first else self.resident["home"])

    @property
    def _last(self) -> int:
        """The last leg that was made, before the first where there is none."""
        leg = int(self.rows.leg[self.number]) - 1
        while leg >= self._first and self.world.walking.legs.off[leg]:
            leg -= 1
        return leg

    @property
    def trips(self) -> pd.DataFrame:
        """Their trips without a car: depart_s, origin, destination, mode, purpose (codes)."""
        columns = ("origin", "destination", "mode", "purpose")
        return self._table(self.world.walking.legs[self._first : self._beyond], columns)

    @property
    def trip(self) -> int | None:
        """The row of :attr:`trips` that they are on or make next, None after the last."""
        leg = int(self.rows.leg[self.number])
        return leg - self._first if leg < self._beyond else None

    @property
    def _first(self) -> int:
        return int(self.rows.beyond[self.number - 1]) if self.number else 0

    @property
    def _beyond(self) -> int:
        return int(self.rows.beyond[self.number])
