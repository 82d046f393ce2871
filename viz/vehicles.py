"""From a trace to places: where vehicles of fleets and buses of lines are, and where they stop."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from twin.solution import Look
from twin.trace import Trace
from viz.style import LINES

__all__ = ["stops", "vehicles"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MS_PER_S = 1_000
KMH_TO_M_MS = 1 / 3_600
LANES = 0.94
"""Share of a carriageway that its lanes take, as its markings are painted."""

KERB_M = 1.5
"""m from the kerb to the middle of a vehicle that stands there."""

CLEAR_M = 8.0
"""m from the edge of a junction to the middle of a vehicle at the stop line, a crossing between."""

GAP_M = 1.5
"""m between vehicles that stand at one berth."""

COLUMNS = ("x", "y", "heading_rad", "state", "aboard")
NO_LOOKS: Mapping[str, Look] = MappingProxyType({})


def vehicles(
    city: City, trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS
) -> pd.DataFrame:
    """Return the vehicles in the city at a moment (s since midnight of day 0).

    Columns x, y (m), heading_rad (counter-clockwise from east), state (the name of their look) and
    aboard (persons). One that drives is on its street, in the lane at the kerb; one that waits for
    green, or in a queue, is at the end of it; one that stands at a stop or waits for somebody to
    call it is at the kerb beside its berth.
    """
    moment, found = round(moment_s * MS_PER_S), [_nothing()]
    for name, look in looks.items():
        if look.thing == "vehicle" and len(trace[look.event]):
            rows = _line_buses if look in LINES.values() else _fleet
            found.append(rows(city, trace, moment, look).assign(state=name))
    return pd.concat(found, ignore_index=True)[[*COLUMNS]]


def stops(
    city: City, trace: Trace, moment_s: float, looks: Mapping[str, Look] = NO_LOOKS
) -> pd.DataFrame:
    """Return the stops of fleets at a moment, with the columns of :func:`vehicles`.

    They face their street.
    """
    berths, found = trace.frame("berth"), [_nothing()]
    for name, look in looks.items():
        named = trace.frame(look.event)
        if look.thing != "stop" or not len(named) or not len(berths):
            continue
        then = named.loc[named["time_ms"] <= round(moment_s * MS_PER_S), "berth"]
        here = berths[berths["berth"].isin(then)]
        places = here[["x", "y"]].to_numpy(float)
        heading = _beside(city, places)["heading_rad"]
        rows = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "heading_rad": heading})
        found.append(rows.assign(state=name, aboard=0))
    return pd.concat(found, ignore_index=True)[[*COLUMNS]]


def _nothing() -> pd.DataFrame:
    kinds = {"x": float, "y": float, "heading_rad": float, "state": object, "aboard": int}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _fleet(city: City, trace: Trace, moment: int, look: Look) -> pd.DataFrame:
    """Return the vehicles of a fleet, which the look's event names, at a moment (ms)."""
    mine = np.unique(trace.column(look.event, "vehicle"))
    stock = trace.frame("vehicle").set_index("vehicle").loc[mine]
    places = _whereabouts(city, trace, moment, stock)
    stands = (places["berth"] >= 0).to_numpy()
    # Who waits at one place stands in a row, the first in front.
    apart_m = look.length_m + GAP_M
    order = places.groupby(["arc", "share", "berth"]).cumcount().to_numpy(np.float64)
    behind: Floats = np.multiply(order, apart_m)
    rows = _on_street(city, places["arc"].to_numpy(), places["share"].to_numpy(), behind)
    berths = trace.frame("berth").set_index("berth")[["x", "y"]]
    beside = _beside(city, berths.loc[places["berth"][stands]].to_numpy(float))
    beside["x"] -= behind[stands] * np.cos(beside["heading_rad"])
    beside["y"] -= behind[stands] * np.sin(beside["heading_rad"])
    rows.loc[stands] = beside.to_numpy()
    return rows.assign(aboard=_aboard(trace, moment, stock.index))


def _whereabouts(city: City, trace: Trace, moment: int, stock: pd.DataFrame) -> pd.DataFrame:
    """Return arc, share of it and berth (-1: on the street) of vehicles, each with where it begins.

    What happened last and what comes next tell: who next comes to the end of a link is on it for
    its free-flow time, and before at the end of the last one, or still at a berth.
    """
    events = _events(trace)
    gone = events[events["time_ms"] <= moment].drop_duplicates("vehicle", keep="last")
    came = events[events["time_ms"] > moment].drop_duplicates("vehicle")
    past, coming = (part.set_index("vehicle").reindex(stock.index) for part in (gone, came))
    arc, last, berth, left = (
        part.fillna(-1).astype(int)
        for part in (coming["arc"], past["arc"], coming["berth"], past["berth"])
    )
    share = 1 - (coming["time_ms"] - moment) / _free_ms(city)[arc]
    drives = (arc >= 0) & (share >= 0)
    waits = ~drives & (berth < 0) & (last >= 0)
    begins = left.where(left >= 0, stock["berth"])
    return pd.DataFrame(
        {
            "arc": arc.where(drives, last.where(waits, 0)),
            "share": share.where(drives, np.where(waits, 1.0, 0.0)),
            "berth": berth.where(berth >= 0, begins.where(~drives & ~waits, -1)),
        }
    )


def _aboard(trace: Trace, moment: int, vehicles: pd.Index) -> Ints:
    """Return who was aboard when each vehicle left its last stop."""
    left = trace.frame("stop")
    if not len(left):
        return np.zeros(len(vehicles), np.int64)
    left = left[left["time_ms"] <= moment].drop_duplicates("vehicle", keep="last")
    aboard = left.set_index("vehicle")["aboard"].reindex(vehicles)
    return aboard.fillna(0).to_numpy(np.int64)


def _events(trace: Trace) -> pd.DataFrame:
    """Return when vehicles came to the end of a link (``arc``) or left a berth, in order."""
    driven, left = trace.frame("drive"), trace.frame("stop")
    named = [part[[n for n in ("time_ms", "vehicle", "arc", "berth") if n in part]]
             for part in (driven, left)]  # fmt: skip
    both = pd.concat(named, ignore_index=True).reindex(
        columns=["time_ms", "vehicle", "arc", "berth"]
    )
    return both.sort_values("time_ms", kind="stable")


def _free_ms(city: City) -> Floats:
    """Return the time (ms) of each street without traffic."""
    streets = city["streets"]
    speed = streets["speed_kmh"].to_numpy(float) * KMH_TO_M_MS
    return np.asarray(np.maximum(streets["length_m"].to_numpy(float) / speed, 1.0))


def _line_buses(city: City, trace: Trace, moment: int, look: Look) -> pd.DataFrame:
    """Return the buses of lines that are between their first and last call at a moment (ms)."""
    calls = trace.frame(look.event).merge(trace.frame("line_call"), on="call")
    calls = calls.sort_values(["bus", "time_ms"])
    more = calls["boarded"] - calls["alighted"]
    calls["aboard"] = more.groupby(calls["bus"]).cumsum()
    after = calls.groupby("bus")[["step", "at", "since_ms", "time_ms"]].shift(-1)
    drives = ((calls["time_ms"] <= moment) & (after["since_ms"] > moment)).to_numpy()
    stands = ((calls["since_ms"] <= moment) & (calls["time_ms"] > moment)).to_numpy()
    arc, share = _between(city, trace, (calls[drives], after[drives]), moment)
    moving = _on_street(city, arc, share).assign(aboard=calls["aboard"].to_numpy()[drives])
    here = calls[stands]
    still = _on_street(city, here["street"].to_numpy(), here["at"].to_numpy(), kerb=True)
    still = still.assign(aboard=(calls["aboard"] - more).to_numpy()[stands])
    return pd.concat([moving, still], ignore_index=True)


def _between(
    city: City, trace: Trace, legs: tuple[pd.DataFrame, pd.DataFrame], moment: int
) -> tuple[Ints, Floats]:
    """Return street and share of buses that have left a call and are on the way to the next.

    They are as far as they would be at an even speed.
    """
    one, other = legs
    way = trace.column("line_way", "street")
    length = city["streets"]["length_m"].to_numpy(float)[way]
    before = np.append(0.0, np.cumsum(length))
    step, next_step = one["step"].to_numpy(int), other["step"].to_numpy(int)
    start = before[step] + length[step] * one["at"].to_numpy(float)
    end = before[next_step] + length[next_step] * other["at"].to_numpy(float)
    took = (other["since_ms"] - one["time_ms"]).to_numpy(float)
    along = start + (end - start) * (moment - one["time_ms"].to_numpy(float)) / took
    now = np.clip(np.searchsorted(before, along, side="right") - 1, step, next_step)
    return way[now], np.asarray((along - before[now]) / length[now])


def _on_street(
    city: City, arc: Ints, share: Floats, behind_m: Floats | float = 0.0, *, kerb: bool = False
) -> pd.DataFrame:
    """Return x, y and heading_rad in the lane at the kerb, or at the kerb itself."""
    own = city["streets"].iloc[arc]
    lines, width = own.geometry.to_numpy(), own["width_m"].to_numpy(float)
    length = shapely.length(lines)
    # Nobody stands in the middle of a junction.
    wide = _widest(city)
    start, end = (
        np.minimum(wide[own[name].to_numpy()] / 2 + CLEAR_M, length / 3)
        for name in ("from_junction", "to_junction")
    )
    at = np.clip(length * np.asarray(share, dtype=float), start, length - end)
    at = np.maximum(at - behind_m, start)
    heading = _heading(lines, at)
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines, at))
    lanes = own["lanes"].to_numpy(float)
    both = own["way"].map(city["streets"]["way"].value_counts()).to_numpy() > 1
    half = np.where(both, width / 2, width)
    side = half * (1 - LANES / (2 * lanes)) - np.where(both, 0.0, width / 2)
    side = np.where(kerb, width / 2 - KERB_M, side)
    return _aside(here, heading, side)


def _widest(city: City) -> Floats:
    """Return the width (m) of the widest street at each junction."""
    streets = city["streets"]
    found = np.zeros(int(streets[["from_junction", "to_junction"]].max(axis=None)) + 1)
    for name in ("from_junction", "to_junction"):
        np.maximum.at(found, streets[name].to_numpy(), streets["width_m"].to_numpy(float))
    return found


def _beside(city: City, places: Floats) -> pd.DataFrame:
    """Return x, y and heading_rad at the kerb beside places (n, 2): they lie to its right."""
    streets = city["streets"]
    streets = streets[streets["highway"] != "busway"]
    lines = streets.geometry.to_numpy()
    nearest = shapely.STRtree(lines).nearest(shapely.points(places))
    own, width = lines[nearest], streets["width_m"].to_numpy(float)[nearest]
    at = shapely.line_locate_point(own, shapely.points(places))
    heading = _heading(own, at)
    here = shapely.get_coordinates(shapely.line_interpolate_point(own, at))
    away = places - here
    left = np.cos(heading) * away[:, 1] - np.sin(heading) * away[:, 0] > 0
    return _aside(here, heading + np.where(left, np.pi, 0.0), width / 2 - KERB_M)


def _aside(here: Floats, heading: Floats, side: Floats) -> pd.DataFrame:
    """Return places so far (m) to the right of others, and their heading."""
    x, y = here[:, 0] + side * np.sin(heading), here[:, 1] - side * np.cos(heading)
    return pd.DataFrame({"x": x, "y": y, "heading_rad": heading})


def _heading(lines: NDArray[np.object_], at: Floats) -> Floats:
    """Return the direction of lines at so many metres along them."""
    back = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at - 1, 0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, at + 1))
    way = ahead - back
    return np.asarray(np.arctan2(way[:, 1], way[:, 0]))
