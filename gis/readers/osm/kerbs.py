"""Parking at the kerb, from the tags of streets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import shapely
from shapely.ops import substring

from gis.figures import figure
from gis.readers.osm import tags as meaning
from gis.readers.osm.links import Ways
from gis.readers.osm.scan import Tags

__all__ = ["kerbs"]


def kerbs(ways: Ways, streets: pd.DataFrame) -> pd.DataFrame:
    """Return one row of bays per street side that its tags open to parking.

    The right side belongs to the direction along the way, the left side to the direction against
    it; in a one-way street both belong to its one row.
    """
    columns = ("run", "way", "along", "length_m", "width_m", "geometry")
    rows = []
    alone = streets.groupby("way")["way"].transform("size") == 1
    for index, single, *values in zip(
        streets.index, alone, *(streets[c] for c in columns), strict=True
    ):
        tags = ways.tags[values[0]]
        if any(key.startswith("parking:") for key in tags):
            street = dict(zip(columns, values, strict=True)) | {"street": index}
            rows += _rows(tags, street, single)
    return pd.DataFrame(rows)


def _rows(tags: Tags, street: Mapping[str, Any], single: bool) -> list[dict[str, object]]:
    right, left = ("right", "left") if street["along"] else ("left", "right")
    sides = [(right, 1.0), (left, -1.0)] if single else [(right, 1.0)]
    rows = [_row(meaning.kerb(tags, side), street, turn) for side, turn in sides]
    return [row for row in rows if row]


def _row(bay: meaning.Bay | None, street: Mapping[str, Any], turn: float) -> dict[str, object]:
    """Return one row of bays, nothing where no car fits."""
    spaces = int((street["length_m"] - 2 * figure("corner_m")) / bay.length_m) if bay else 0
    if bay is None or spaces < 1:
        return {}
    return {
        "kind": bay.kind,
        "spaces": spaces,
        "price_krw_h": bay.price_krw_h,
        "open_from_h": 0.0,
        "open_to_h": 24.0,
        "name": "",
        "spaces_origin": "derived",
        "price_origin": bay.price_origin,
        "building": -1,
        "street": street["street"],
        "origin": "found",
        "geometry": _beside(
            street["geometry"], turn * (street["width_m"] - figure("parked_width_m")) / 2
        ),
    }


def _beside(line: shapely.LineString, right_m: float) -> shapely.LineString:
    """Return the line without its corners, moved to the right; unmoved where it would break."""
    middle = substring(line, figure("corner_m"), line.length - figure("corner_m"))
    moved = middle.offset_curve(-right_m)
    return moved if moved.geom_type == "LineString" and not moved.is_empty else middle
