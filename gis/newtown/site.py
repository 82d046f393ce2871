"""The site: what is decided before anything is put on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.newtown.blocks import Blocks
from gis.newtown.corners import Corners
from gis.newtown.graph import Graph
from gis.newtown.plan import Plan
from gis.newtown.sequence import Floats, Ints, spread
from gis.newtown.uses import Programme

__all__ = ["Site"]


class Site(NamedTuple):
    """Plan and needs, streets and their corners, blocks and the use of each."""

    plan: Plan
    needs: Programme
    streets: Graph
    corners: Corners
    blocks: Blocks
    use: NDArray[np.object_]

    def which(self, *uses: str) -> Ints:
        """Return the rows of the blocks for these uses."""
        return np.flatnonzero(np.isin(self.use, uses))

    def even(self, n: int, purpose: int) -> Floats:
        """Return `n` numbers spread evenly in [0, 1), the same for the same purpose."""
        return spread(n, seed=self.plan.seed, purpose=purpose)
