"""Legs on foot for tests: residents who walk to a place nearby and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from gis.population import Mode
from twin.luck import Luck
from twin.world.ground import Ground

__all__ = ["strolls"]

NEAREST = 30


def strolls(ground: Ground, share: float = 0.5, seed: int = 0) -> pd.DataFrame:
    """Return two legs of this share of residents: to one of the 30 nearest places, and home."""
    home = ground.people.residents["home"].to_numpy(np.int64)
    person, luck = np.arange(len(home)), Luck(seed, "strolls", 0)
    spots = np.column_stack([ground.place_x, ground.place_y])
    places = np.flatnonzero((ground.city["buildings"]["jobs"] > 0).to_numpy())
    nearest = cKDTree(spots[places]).query(spots[home], k=min(NEAREST, len(places)))[1]
    pick = np.asarray(luck.of("goal").uniform(person)) * nearest.shape[1]
    goal = places[nearest[person, pick.astype(int)]]
    goes = (np.asarray(luck.of("who").uniform(person)) < share) & (goal != home)
    who, home, goal = person[goes], home[goes], goal[goes]
    out = 3600 * (7 + 13 * np.asarray(luck.of("hour").uniform(who)))
    back = out + 3600 * 3 * np.asarray(luck.of("stay").uniform(who))
    return pd.DataFrame(
        {
            "person": who.repeat(2),
            "order": np.tile([0, 1], len(who)),
            "mode": Mode.WALK,
            "depart_s": np.column_stack([out, back]).ravel(),
            "origin": np.column_stack([home, goal]).ravel(),
            "destination": np.column_stack([goal, home]).ravel(),
            "purpose": 0,
            "planned_s": 0.0,
        }
    )
