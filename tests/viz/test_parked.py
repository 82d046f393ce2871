"""Where parked cars are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.city import City
from scenarios.shared_parking import SharedParking
from viz.panels import counts
from viz.parked import lots, place
from viz.style import states

KNOWN = states(SharedParking.look)


def test_each_car_is_drawn_or_counted(city: City, after: pd.DataFrame) -> None:
    hidden = after.copy()
    middle = city["buildings"].geometry.iloc[0].centroid
    hidden.loc[:4, ["x", "y"]] = middle.x, middle.y
    parked = place(city, hidden, KNOWN)
    assert len(parked.indoors) == 5
    assert set(parked.indoors["building"]) == {0}
    assert counts(parked.all["state"], KNOWN) == counts(hidden["state"], KNOWN)


def test_more_cars_than_a_lot_has_bays_are_counted_not_drawn(city: City) -> None:
    lot = city["car_parks"].iloc[-1]
    cars = pd.DataFrame(
        {"x": lot.geometry.x, "y": lot.geometry.y, "heading_rad": 0.0, "state": ["shared"] * 47}
    )
    parked = place(city, cars, KNOWN)
    assert (len(parked.outdoors), len(parked.beyond), len(parked.all)) == (40, 7, 47)
    assert parked.outdoors[["x", "y"]].drop_duplicates().shape[0] == 40


def test_lots_keep_clear_of_buildings_and_have_a_bay_for_each_space(city: City) -> None:
    open_lots = lots(city)
    built = shapely.union_all(city["buildings"].geometry.to_numpy())
    assert len(open_lots) == 2
    for lot in open_lots:
        assert len(lot.bays) == 40
        assert shapely.area(shapely.intersection(shapely.union_all(lot.outlines), built)) == 0


def test_cars_in_a_lot_do_not_stand_in_one_another(city: City, before: pd.DataFrame) -> None:
    parked = place(city, before)
    lot = lots(city)[0]
    near = (
        np.linalg.norm(parked.outdoors[["x", "y"]].to_numpy() - lot.bays.mean(axis=0), axis=1) < 40
    )
    spots = parked.outdoors.loc[near & (parked.outdoors["state"] == "legal"), ["x", "y"]].to_numpy()
    gaps = np.linalg.norm(spots[:, None] - spots[None], axis=2) + np.eye(len(spots)) * 99
    assert gaps.min() > 2.4


def test_cars_in_garages_are_counted_not_drawn(city: City, before: pd.DataFrame) -> None:
    cars = before.assign(state=["garage"] * 9 + before["state"].tolist()[9:])
    parked = place(city, cars)
    assert len(parked.garages) == 9
    assert len(parked.all) == len(cars)
    assert "garage" not in set(parked.outdoors["state"]) | set(parked.indoors["state"])
    assert list(counts(parked.all["state"]))[-1] == "garage"
