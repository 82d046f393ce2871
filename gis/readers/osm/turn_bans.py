"""Rules on turning at junctions: relations of type restriction become the table ``turn_bans``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pandas as pd

from gis.readers.osm.scan import Found

__all__ = ["turn_bans"]


def turn_bans(
    found: Found, rows: pd.DataFrame, junction_of: Mapping[tuple[int, int], int]
) -> tuple[pd.DataFrame, int]:
    """Return the turns that a rule forbids, and how many rules could not be tied to streets.

    Columns from_street and to_street (rows of the layer). An ``only_`` rule allows the turns that
    it names and forbids all others from there, turning back included. Where rules contradict one
    another a turn is forbidden.

    Parameters
    ----------
    rows
        Streets with from_junction, to_junction and osm_id.
    junction_of
        The junction at each place of a node (longitude and latitude in units of 1e-7 degrees).
    """
    into, out_of = _ends(rows, "to_junction"), _ends(rows, "from_junction")
    leaving = rows.groupby("from_junction").indices
    banned: set[tuple[int, int]] = set()
    only: dict[tuple[int, int], set[int]] = defaultdict(set)
    untied = 0
    for rule in found.restrictions:
        via = junction_of.get(found.places.get(rule.via, (0, 0)), -1)
        starts = _tied(into, rule.from_ways, via)
        ends = _tied(out_of, rule.to_ways, via)
        untied += not (starts and ends)
        for start in starts if ends else ():
            if rule.kind.startswith("only_"):
                only[via, start].update(ends)
            else:
                banned.update((start, end) for end in ends)
    for (via, start), named in only.items():
        banned.update((start, int(end)) for end in leaving[via] if int(end) not in named)
    return pd.DataFrame(sorted(banned), columns=["from_street", "to_street"], dtype="int64"), untied


Ends = dict[tuple[int, int], list[int]]


def _ends(rows: pd.DataFrame, junction: str) -> Ends:
    """Return the streets of each way that end, or begin, at each junction."""
    found: Ends = defaultdict(list)
    for street, (way, at) in enumerate(zip(rows["osm_id"], rows[junction], strict=True)):
        found[int(way), int(at)].append(street)
    return found


def _tied(ends: Ends, ways: Sequence[int], via: int) -> list[int]:
    """Return the streets of these ways at a junction; none where a way goes on past it.

    A rule is mapped between ways that end at its node: of a way that goes on, nobody knows which
    half is meant.
    """
    streets = [ends.get((way, via), []) for way in ways]
    return [one[0] for one in streets] if all(len(one) == 1 for one in streets) else []
