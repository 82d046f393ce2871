"""The part of a run that solutions see: its lots, who may use them, what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import MultiPolygon, Polygon, contains_xy

from twin.world.behaviour import Behaviour
from twin.world.columns import ACCESS_ALL, ACCESS_PERMIT, LOT, NEAR, PLACE, Kind, Phase, World
from twin.world.ground import KEYS, Ground, apart
from twin.world.rows import Rows, table

__all__ = ["Parking"]

STOCK_COLUMNS = (
    "kind", "x", "y", "arc", "way", "width_m", "capacity", "parent", "building", "price_krw_h",
    "owner_share",
)  # fmt: skip

MS_PER_H = 3_600_000
FOREVER = 1 << 60
DAY_CAP_HOURS = 8
OFFERED, BUILT = KEYS, 2 * KEYS
"""Lots that a solution adds have keys of their own, so that they move nobody else's luck."""

NEAREST = {Kind.PUBLIC: 8, Kind.SHARED: 10, Kind.KERB_LEGAL: 4, Kind.KERB_ILLEGAL: 5}
"""How many lots of a kind a driver thinks of."""


Expected: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Lots, tickets an hour on each, and the part of each hour of the day they are given in."""


@dataclass(eq=False)
class Parking:
    """The lots of a run. Before the run they can be added to; during it their columns are set.

    ``lots`` has one row a lot: kind (code), x, y, node, arc, capacity, building, price_krw_h,
    open_from_h, open_to_h, access, parent, key, sensed, booking, gated, and owner_share, the
    share of the fee that goes to the owner of the space.
    """

    ground: Ground
    behaviour: Behaviour
    informed_share: float = 0.0
    lots: pd.DataFrame = field(init=False)
    rows: Rows = field(init=False)
    world: World | None = field(init=False, default=None)
    _expected: list[Expected] = field(init=False, default_factory=list, repr=False)
    _first: dict[int, tuple[int, int]] = field(init=False, repr=False, default_factory=dict)
    _illegal: NDArray[np.bool_] = field(init=False, repr=False)
    _arc: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lots = self.ground.lots.copy()
        rows = np.arange(len(lots))
        self.lots = lots.assign(
            parent=rows,
            key=self.ground.lot_key,
            sensed=False,
            booking=False,
            gated=False,
            owner_share=0.0,
        )

    def inside(self, area: Polygon | MultiPolygon) -> NDArray[np.bool_]:
        """Tell which lots lie in an area."""
        return np.asarray(contains_xy(area, self.lots["x"].to_numpy(), self.lots["y"].to_numpy()))

    def kind(self, *kinds: int) -> NDArray[np.bool_]:
        """Tell which lots are of these kinds (codes of :class:`Kind`)."""
        return self.lots["kind"].isin(kinds).to_numpy()

    def add(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """Add lots before the run starts and return their numbers; keys are told apart."""
        if self.world is not None:
            raise RuntimeError("lots can be added before the run starts, not during it")
        first = len(self.lots)
        added = np.arange(first, first + len(rows))
        if "parent" not in rows:
            rows = rows.assign(parent=added)
        rows = rows.assign(key=apart(rows["key"].to_numpy(), self.lots["key"].to_numpy()))
        columns = self.lots.columns
        self.lots = pd.concat([self.lots, rows[columns]], ignore_index=True).astype(
            self.lots.dtypes.to_dict()
        )
        return added

    def build(self, spaces: int, x: float, y: float, *, price_krw_h: float) -> int:
        """Add a public car park and return its number."""
        node = self.ground.nearest_goal(x, y)
        row = pd.DataFrame(
            {
                "kind": [Kind.PUBLIC], "x": [x], "y": [y], "node": [node], "arc": [-1], "way": [-1],
                "width_m": [np.nan],
                "capacity": [spaces], "building": [-1], "price_krw_h": [price_krw_h],
                "open_from_h": [0.0], "open_to_h": [24.0], "access": [ACCESS_ALL],
                "key": [BUILT + crc32(f"{x:.1f},{y:.1f}".encode()) % KEYS],
                "sensed": [False], "booking": [False], "gated": [False], "owner_share": [0.0],
            }
        )  # fmt: skip
        return int(self.add(row)[0])

    def share(
        self,
        parents: NDArray[np.int64],
        price_krw_h: float,
        *,
        gated: bool = False,
        owner_share: float = 0.0,
    ) -> NDArray[np.int64]:
        """Add a shared lot to each of these, closed until spaces are offered, and return them.

        Raises
        ------
        ValueError
            For a lot that is shared already: two owners' offers would undo one another.
        """
        self._must_be_unshared(parents)
        rows = self.lots.iloc[parents]
        rows = rows.assign(
            kind=Kind.SHARED, capacity=0, building=-1, price_krw_h=price_krw_h, open_from_h=0.0,
            open_to_h=24.0, access=ACCESS_ALL, parent=parents, sensed=True,
            key=OFFERED + rows["key"] % KEYS, booking=True, gated=gated,
            owner_share=owner_share,
        )  # fmt: skip
        return self.add(rows)

    def _must_be_unshared(self, parents: NDArray[np.int64]) -> None:
        lots = self.lots["parent"].to_numpy()[self.kind(Kind.SHARED)]
        known, times = np.unique(np.concatenate([lots, parents]), return_counts=True)
        if (times > 1).any():
            lot = int(known[times > 1][0])
            raise ValueError(f"lot {lot} must be shared once, got a second offer of its spaces")

    def reserve(self, lots: NDArray[np.int64], spaces: NDArray[np.int64]) -> None:
        """Keep kerbs for residents with a permit: so many spaces of each, the rest is cleared."""
        if self.world is not None:
            raise RuntimeError("kerbs can be reserved before the run starts, not during it")
        self.lots.loc[lots, "kind"] = Kind.RESIDENT_PRIORITY
        self.lots.loc[lots, "access"] = ACCESS_PERMIT
        self.lots.loc[lots, "capacity"] = spaces

    def start(self) -> Rows:
        """Return the lots as the rows of the run that begins."""
        lots = self.lots
        price = lots["price_krw_h"].to_numpy(float)
        same = ("x", "y", "key", "node", "capacity", "parent", "building", "kind", "access",
                "sensed", "booking", "gated", "price_krw_h")  # fmt: skip
        self.rows = table(
            LOT,
            len(lots),
            **{name: lots[name].to_numpy() for name in same},
            stock=lots["capacity"].to_numpy(),
            day_cap_krw=DAY_CAP_HOURS * price,
            paid_from_ms=lots["open_from_h"].to_numpy(float) * MS_PER_H,
            paid_to_ms=lots["open_to_h"].to_numpy(float) * MS_PER_H,
            closes_ms=FOREVER,
            link=lots["arc"].to_numpy(),
            belief=[self._beliefs()[code] for code in lots["kind"]],
        )
        for lot, (spaces, until_ms) in self._first.items():
            self._offer(lot, spaces, until_ms)
        self._illegal = self.kind(Kind.KERB_ILLEGAL)
        self._arc = lots["arc"].to_numpy(np.int64)
        return self.rows

    def _beliefs(self) -> dict[int, float]:
        b = self.behaviour
        return {
            Kind.PUBLIC: b.belief_public,
            Kind.RESIDENT_PRIORITY: b.belief_private,
            Kind.PRIVATE: b.belief_private,
            Kind.KERB_LEGAL: b.belief_kerb,
            Kind.KERB_ILLEGAL: b.belief_illegal,
            Kind.SHARED: b.belief_public,
        }

    def places(self) -> tuple[Rows, Rows]:
        """Return the destinations, and the lots a driver thinks of at each, nearest first."""
        ground = self.ground
        near = pd.concat([*(self._near(kind) for kind in NEAREST), self._own()])
        near = near.sort_values(["place", "walk_m", "lot"], kind="stable")
        bounds = np.searchsorted(near["place"].to_numpy(), np.arange(len(ground.place_x) + 1))
        places = table(
            PLACE,
            len(ground.place_x),
            x=ground.place_x,
            y=ground.place_y,
            node=ground.place_node,
            first=bounds[:-1],
            beyond=bounds[1:],
        )
        lots, walk_m = near["lot"].to_numpy(), near["walk_m"].to_numpy()
        return places, table(NEAR, len(near), lot=lots, walk_m=walk_m)

    def _near(self, kind: int) -> pd.DataFrame:
        """Return place, lot and walk_m for the nearest lots of a kind within reach."""
        b, ground = self.behaviour, self.ground
        lots = np.flatnonzero(self.kind(kind))
        if not len(lots):
            return pd.DataFrame({"place": [], "lot": [], "walk_m": []})
        limit = (b.reach_illegal_m if kind == Kind.KERB_ILLEGAL else b.reach_m) / b.walk_detour
        spots = self.lots[["x", "y"]].to_numpy(float)[lots]
        wanted = min(NEAREST[kind], len(lots))
        places = np.column_stack([ground.place_x, ground.place_y])
        away, found = cKDTree(spots).query(places, k=[*range(1, wanted + 1)])
        here, rank = np.nonzero(away <= limit)
        return pd.DataFrame(
            {
                "place": here,
                "lot": lots[found[here, rank]],
                "walk_m": away[here, rank] * b.walk_detour,
            }
        )

    def _own(self) -> pd.DataFrame:
        """Return the lots of each building for those who go there."""
        own = np.flatnonzero(self.kind(Kind.PRIVATE) & (self.lots["building"] >= 0).to_numpy())
        place = self.lots["building"].to_numpy()[own]
        ground, lots = self.ground, self.lots
        dx = lots["x"].to_numpy()[own] - ground.place_x[place]
        dy = lots["y"].to_numpy()[own] - ground.place_y[place]
        walk_m = np.minimum(np.hypot(dx, dy) * self.behaviour.walk_detour, 100.0)
        return pd.DataFrame({"place": place, "lot": own, "walk_m": walk_m})

    def illegal_by_link(self) -> dict[int, list[int]]:
        """Return the cars that stand illegally now and have no ticket yet, by their link."""
        cars = self._running().cars
        lots = np.ascontiguousarray(cars.lot)
        standing = np.flatnonzero(lots >= 0)
        standing = standing[self._illegal[lots[standing]]]
        parked = (cars.phase[standing] == Phase.PARKED) & (cars.ticketed[standing] == 0)
        found: dict[int, list[int]] = {}
        for car in standing[parked]:
            found.setdefault(int(self._arc[lots[car]]), []).append(int(car))
        return found

    def illegal_on(self, lot: int) -> list[int]:
        """Return the cars that stand illegally on a lot now and have no ticket yet."""
        cars = self._running().cars
        if not self._illegal[lot] or not self.rows.taken[lot]:
            return []
        standing = (cars.lot == lot) & (cars.phase == Phase.PARKED) & (cars.ticketed == 0)
        return [int(car) for car in np.flatnonzero(standing)]

    def inform(self, share: float, lots: NDArray[np.int64]) -> None:
        """Let this share of drivers see what is free on these lots, and book shared ones."""
        self.informed_share = max(self.informed_share, share)
        sensed = self.lots["sensed"].to_numpy(bool).copy()
        sensed[lots] = True
        self.lots["sensed"] = sensed

    def raise_ticket_rate(
        self, lots: NDArray[np.int64], rate_h: NDArray[np.float64], from_h: float, to_h: float
    ) -> None:
        """Add to the tickets an hour that a car on these lots must expect in a daily window."""
        self._expected.append((lots, rate_h, _hours_within(from_h, to_h)))

    def tickets(self) -> NDArray[np.float64]:
        """Return the tickets a car on each lot must expect from midnight to each hour of a day."""
        hourly = np.zeros((len(self.lots), 24))
        for lots, rate_h, hours in self._expected:
            hourly[lots] += rate_h[:, None] * hours
        return np.pad(hourly.cumsum(axis=1), ((0, 0), (1, 0)))

    def unused(self, lot: int) -> int:
        """Return how many spaces of a shared lot's owner stand empty now."""
        parent = int(self.rows.parent[lot])
        return int(self.rows.stock[parent] - self.rows.filled[parent])

    def offer(self, lot: int, spaces: int, *, until_ms: int) -> None:
        """Offer this many spaces of a shared lot until a time; its owner keeps the rest.

        Before the run: they are on offer when it starts, and whoever stands there then knows it.
        """
        if self.world is None:
            self._first[lot] = (spaces, until_ms)
        else:
            self._offer(lot, spaces, until_ms)

    def kept(self, lot: int, spaces: int) -> tuple[int, int]:
        """Return the owner's lot, and what is left of it while these spaces are offered."""
        parent = int(self.lots["parent"].to_numpy(np.int64)[lot])
        return parent, int(self.lots["capacity"].to_numpy(np.int64)[parent]) - spaces

    def _offer(self, lot: int, spaces: int, until_ms: int) -> None:
        rows = self.rows
        parent = int(rows.parent[lot])
        self.set_capacity(lot, spaces)
        rows.capacity[parent] = rows.stock[parent] - spaces
        rows.closes_ms[lot] = until_ms

    def ticket(self, car: int) -> int:
        """Put a ticket on a parked car and return the lot it stands on."""
        world = self._running()
        world.cars.ticketed[car] = 1
        return int(world.cars.lot[car])

    def set_capacity(self, lot: int, spaces: int) -> None:
        """Offer this many spaces of a lot from now on."""
        if not 0 <= spaces <= self.rows.stock[self.rows.parent[lot]]:
            most = self.rows.stock[self.rows.parent[lot]]
            raise ValueError(f"spaces of lot {lot} must be in [0, {most}], got {spaces}")
        self.rows.capacity[lot] = spaces

    def changed(self) -> NDArray[np.int64]:
        """Return the lots of which other spaces are on offer now than :meth:`stock` tells."""
        return np.flatnonzero(self.rows.capacity != self.lots["capacity"].to_numpy())

    def stock(self) -> pa.Table:
        """Return the lots as the trace keeps them, with how walks and time are weighed."""
        lots, b = self.lots, self.behaviour
        return pa.table(
            {
                "lot": np.arange(len(lots)),
                "walk_detour": np.full(len(lots), float(b.walk_detour)),
                "walk_m_per_h": np.full(len(lots), float(b.walk_m_per_h)),
                "value_of_time": np.full(len(lots), float(b.value_of_time)),
                "walk_weight": np.full(len(lots), float(b.walk_weight)),
                **{
                    name: pa.array(lots[name].to_numpy(), from_pandas=True)
                    for name in STOCK_COLUMNS
                },
            }
        )

    def _running(self) -> World:
        if self.world is None:
            raise RuntimeError("the run has not started")
        return self.world


def _hours_within(from_h: float, to_h: float) -> NDArray[np.float64]:
    """Return how much of each hour of a day lies in a window, which may go past midnight."""
    ends = to_h if to_h > from_h else to_h + 24
    hours = np.arange(48)
    within = np.clip(np.minimum(ends, hours + 1) - np.maximum(from_h, hours), 0, 1)
    whole: NDArray[np.float64] = within[:24] + within[24:]
    return whole
