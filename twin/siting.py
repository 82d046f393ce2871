"""Where things are put: sites chosen for what they gain, for whom they reach, or by name.

Gains that add up, site by site, are chosen by the largest. Where sites share what they reach, it is
the maximal covering location problem (Church & ReVelle 1974, doi:10.1007/BF01942293), solved
exactly, or greedily, which reaches at least 1 - 1/e of the optimum (Nemhauser, Wolsey & Fisher
1978, doi:10.1007/BF01588971). Where each demand is served by the nearest site, the mean way is
least in the p-median problem (Hakimi 1964, doi:10.1287/opre.12.3.450; as an integer program:
ReVelle & Swain 1970), and its 90th percentile where nine tenths can be covered within the least.
"""

from __future__ import annotations

import numpy as np
import pyproj
from numpy.typing import NDArray

__all__ = [
    "cover_greedily", "cover_most", "covered", "gain_most", "median_sites", "named",
    "percentile_sites", "picked",
]  # fmt: skip

NAMED_WITHIN_M = 30.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Reach = NDArray[np.bool_]


def named(text: str, what: str) -> list[tuple[float, ...]]:
    """Return the sites that somebody has in mind: each a number, or a latitude and longitude.

    They are separated by semicolons: ``12; 36.3504 127.3845``.

    Raises
    ------
    ValueError
        Naming ``what`` and the part that is neither.
    """
    found = []
    for part in filter(None, map(str.strip, text.split(";"))):
        words = part.replace(",", " ").split()
        if not (_is_number(words) or _is_place(words)):
            raise ValueError(
                f"{what} must be numbers, or pairs of latitude and longitude, separated by ';', "
                f"got {part!r}"
            )
        found.append(tuple(float(word) for word in words))
    return found


def _is_number(words: list[str]) -> bool:
    return len(words) == 1 and words[0].isdecimal()


def _is_place(words: list[str]) -> bool:
    try:
        latitude, longitude = map(float, words)
    except ValueError:
        return False
    return abs(latitude) <= 90.0 and abs(longitude) <= 180.0


def picked(wanted: list[tuple[float, ...]], x: Floats, y: Floats, *, crs: str, what: str) -> Ints:
    """Return the sites (rows of x, y in ``crs``) that :func:`named` means, each once, in its order.

    Raises
    ------
    ValueError
        Naming ``what`` where a number is none of theirs, or no site is within 30 m of a place.
    """
    metric = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    rows = []
    for site in wanted:
        if len(site) == 1:
            if site[0] >= len(x):
                raise ValueError(f"{what} must be numbers from 0 to {len(x) - 1}, got {site[0]:g}")
            rows.append(int(site[0]))
            continue
        east, north = metric.transform(site[1], site[0])
        away = np.hypot(x - east, y - north)
        nearest = int(away.argmin())
        if not away[nearest] <= NAMED_WITHIN_M:
            raise ValueError(
                f"{what} must lie within {NAMED_WITHIN_M:g} m of one that there is, got "
                f"{site[0]:g} {site[1]:g}: the nearest is {away[nearest]:,.0f} m away"
            )
        rows.append(nearest)
    return np.array(list(dict.fromkeys(rows)), np.int64)


def gain_most(gain: Floats, sites: int) -> Ints:
    """Return up to this many sites (rows) by gain, the largest first; none that gains nothing."""
    _check_sites(sites)
    order = np.argsort(-np.asarray(gain, float), kind="stable")[:sites]
    return order[np.asarray(gain, float)[order] > 0.0].astype(np.int64)


def covered(reach: Reach, weight: Floats, chosen: Ints) -> float:
    """Return the weight of the demand that some chosen site reaches; ``reach`` [site, demand]."""
    return float(weight[reach[chosen].any(axis=0)].sum())


def cover_greedily(reach: Reach, weight: Floats, sites: int) -> Ints:
    """Return up to this many sites, each the one that reaches most of what is still unreached."""
    _check_sites(sites)
    left, chosen = np.asarray(weight, float).copy(), []
    for _ in range(min(sites, len(reach))):
        gain = reach @ left
        best = int(np.argmax(gain))
        if gain[best] <= 0.0:
            break
        chosen.append(best)
        left[reach[best]] = 0.0
    return np.array(chosen, np.int64)


def cover_most(reach: Reach, weight: Floats, sites: int) -> Ints:
    """Return up to this many sites that together reach the most weight, in the order of rows.

    Raises
    ------
    RuntimeError
        Where the solver finds no solution.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack

    _check_sites(sites)
    count, demands = reach.shape
    if not count or not demands or not sites:
        return np.zeros(0, np.int64)
    cost = np.concatenate([np.zeros(count), -np.asarray(weight, float)])
    reached = hstack([csr_array(-reach.T.astype(float)), eye_array(demands)])
    number = np.concatenate([np.ones(count), np.zeros(demands)])[None, :]
    found = milp(
        cost, integrality=np.append(np.ones(count), np.zeros(demands)), bounds=Bounds(0, 1),
        constraints=[LinearConstraint(reached, ub=0.0), LinearConstraint(number, ub=sites)],
    )  # fmt: skip
    if found.x is None:
        raise RuntimeError(f"no sites were found: {found.message}")
    return np.flatnonzero(found.x[:count] > 0.5).astype(np.int64)


def median_sites(way: Floats, weight: Floats, sites: int) -> Ints:
    """Return up to this many sites with the least mean way to the nearest, in the order of rows.

    ``way`` [site, demand] is what it takes to get there, infinite where one cannot.

    Raises
    ------
    RuntimeError
        Where the solver finds no solution.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, kron

    _check_sites(sites)
    count, demands = way.shape
    if not count or not demands or not sites:
        return np.zeros(0, np.int64)
    cost = np.concatenate([np.zeros(count), (_finite(way) * np.asarray(weight, float)).ravel()])
    every = csr_array(np.ones((1, count)))
    served = hstack([csr_array((demands, count)), kron(every, eye_array(demands))])
    open_ = hstack([-kron(eye_array(count), np.ones((demands, 1))), eye_array(count * demands)])
    number = np.concatenate([np.ones(count), np.zeros(count * demands)])[None, :]
    found = milp(
        cost, integrality=np.append(np.ones(count), np.zeros(count * demands)), bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(served, lb=1.0, ub=1.0), LinearConstraint(open_, ub=0.0),
            LinearConstraint(number, ub=sites),
        ],
    )  # fmt: skip
    if found.x is None:
        raise RuntimeError(f"no sites were found: {found.message}")
    return np.flatnonzero(found.x[:count] > 0.5).astype(np.int64)


def percentile_sites(way: Floats, weight: Floats, sites: int, *, share: float = 0.9) -> Ints:
    """Return up to this many sites with the least way within which a share of the weight is.

    ``way`` as in :func:`median_sites`. The least is searched among the ways there are, each tried
    by :func:`cover_most`; of the choices that reach it one with the most weight is returned.
    """
    _check_sites(sites)
    steps = np.unique(way[np.isfinite(way)])
    wanted = share * float(np.sum(weight)) * (1.0 - 1e-9)
    best = cover_most(np.isfinite(way), weight, sites)
    low, high = 0, len(steps) - 1
    while low <= high:
        middle = (low + high) // 2
        reach = way <= steps[middle]
        chosen = cover_most(reach, weight, sites)
        if len(chosen) and covered(reach, weight, chosen) >= wanted:
            best, high = chosen, middle - 1
        else:
            low = middle + 1
    return best


def _finite(way: Floats) -> Floats:
    """Return ways of which those that there are not are longer than all others together."""
    there = np.isfinite(way)
    longest = float(way[there].max(initial=0.0))
    return np.where(there, way, (1.0 + longest) * (1 + way.shape[1]))


def _check_sites(sites: int) -> None:
    if sites < 0:
        raise ValueError(f"sites must be 0 or more, got {sites}")
