"""What each layer of a city must hold: columns, units, geometry, and what may be filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

__all__ = [
    "BUILDING_USES",
    "BUS_KINDS",
    "CAR_PARK_KINDS",
    "FOOTWAY_KINDS",
    "HIGHWAYS",
    "ORIGINS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "TABLES",
    "TURN_CONTROLS",
    "TURN_KINDS",
    "Column",
    "Kind",
    "Layer",
    "Layered",
    "Need",
    "references",
    "require_metric",
    "validate",
]

Need = Literal["required", "derivable", "optional"]
Kind = Literal["int", "float", "bool", "text"]

SCHEMA_VERSION = 1
ORIGINS = ("found", "derived", "synthetic")
HIGHWAYS = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "busway",
)
FOOTWAY_KINDS = ("footway", "sidewalk", "path", "crossing", "steps", "street")
BUILDING_USES = (
    "apartment",
    "villa",
    "house",
    "office",
    "shop",
    "school",
    "hospital",
    "public",
    "industry",
    "parking",
    "other",
)
TURN_KINDS = ("left", "straight", "right", "uturn")
TURN_CONTROLS = ("signal", "priority", "none")
BUS_KINDS = ("brt", "bus")
CAR_PARK_KINDS = ("public", "resident_priority", "private", "kerb_legal", "kerb_illegal")


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, and within which limits.

    ``need`` says whether a source must give it (required), whether it can be computed or filled
    (derivable), or whether it may stay away (optional). ``refers`` names the layer or table whose
    row number the column holds; -1 then means none, where ``low`` is -1.
    """

    name: str
    kind: Kind
    unit: str = ""
    need: Need = "derivable"
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    refers: str = ""


@dataclass(frozen=True)
class Layer:
    """One layer: its geometry types, its columns, and whether a city can do without it."""

    need: Need
    geometry: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Return the column of this name, None where the schema does not know it."""
        return next((c for c in self.columns if c.name == name), None)


class Layered(Protocol):
    """What a city must offer to be checked: a name, one CRS, layers and tables."""

    @property
    def name(self) -> str:
        """Name of the city."""

    @property
    def crs(self) -> str:
        """Metric coordinate system."""

    @property
    def layers(self) -> Mapping[str, gpd.GeoDataFrame]:
        """Layers by name."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Tables by name."""

    @property
    def synthetic(self) -> bool:
        """True where the whole city is made up."""


def _row(name: str, layer: str, need: Need = "derivable", low: float = 0) -> Column:
    return Column(name, "int", "", need, low, refers=layer)


def _text(name: str, allowed: tuple[str, ...] = (), need: Need = "derivable") -> Column:
    return Column(name, "text", "", need, allowed=allowed)


_ORIGIN = _text("origin", ORIGINS, "required")
_AREA = ("Polygon", "MultiPolygon")

SCHEMA: Mapping[str, Layer] = MappingProxyType(
    {
        "streets": Layer(
            "required",
            ("LineString",),
            (
                _row("from_junction", "junctions", "required"),
                _row("to_junction", "junctions", "required"),
                Column("length_m", "float", "m", low=0),
                Column("lanes", "int", "lanes", low=1, high=20),
                Column("speed_kmh", "float", "km/h", low=1, high=150),
                Column("width_m", "float", "m", low=1, high=100),
                _text("highway", HIGHWAYS),
                _text("name"),
                Column("sidewalk", "bool"),
                Column("way", "int", "", low=0),
                _ORIGIN,
            ),
        ),
        "junctions": Layer(
            "required",
            ("Point",),
            (Column("signal", "bool"), Column("gate", "bool"), _ORIGIN),
        ),
        "footways": Layer(
            "derivable",
            ("LineString",),
            (
                Column("from_node", "int", "", "required", low=0),
                Column("to_node", "int", "", "required", low=0),
                Column("length_m", "float", "m", low=0),
                _text("kind", FOOTWAY_KINDS),
                _ORIGIN,
            ),
        ),
        "buildings": Layer(
            "derivable",
            ("Polygon",),
            (
                _text("use", BUILDING_USES),
                Column("height_m", "float", "m", low=0, high=1000),
                Column("floors", "int", "floors above ground", low=0, high=250),
                Column("floor_area_m2", "float", "m2", low=0),
                Column("dwellings", "int", "dwellings", low=0),
                Column("jobs", "int", "jobs", low=0),
                _text("name"),
                _ORIGIN,
            ),
        ),
        "car_parks": Layer(
            "derivable",
            ("Point", "LineString"),
            (
                _text("kind", CAR_PARK_KINDS),
                Column("spaces", "int", "spaces", low=0),
                Column("price_krw_h", "float", "KRW for the first hour", low=0),
                _row("building", "buildings", low=-1),
                _row("street", "streets", low=-1),
                Column("open_from_h", "float", "h of the day", low=0, high=24),
                Column("open_to_h", "float", "h of the day", low=0, high=48),
                _text("name"),
                _ORIGIN,
            ),
        ),
        "crossings": Layer(
            "derivable",
            ("Point",),
            (_row("street", "streets", low=-1), Column("signal", "bool"), _ORIGIN),
        ),
        "bus_stops": Layer("optional", ("Point",), (_text("name"), _ORIGIN)),
        "amenities": Layer("optional", ("Point",), (_text("kind"), _text("name"), _ORIGIN)),
        "trees": Layer("derivable", ("Point",), (_ORIGIN,)),
        "parks": Layer("optional", _AREA, (_text("name"), _ORIGIN)),
        "water": Layer("optional", _AREA, (_text("name"), _ORIGIN)),
        "districts": Layer(
            "derivable",
            _AREA,
            (
                _text("name"),
                Column("population", "int", "persons", low=0),
                Column("households", "int", "households", low=0),
                *(
                    Column(f"age_{age:02d}", "float", "persons", "optional", low=0)
                    for age in range(0, 101, 5)
                ),
                _ORIGIN,
            ),
        ),
    }
)

TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        # One row a way through a junction; a pair of streets without a row cannot be driven.
        # Lanes of from_street at its stop line that serve the turn, 0 at the kerb. A major turn
        # has priority over the others of its junction.
        "turns": (
            _row("junction", "junctions", "required"),
            _row("from_street", "streets", "required"),
            _row("to_street", "streets", "required"),
            _text("kind", TURN_KINDS),
            Column("lane_first", "int", "lanes from the kerb", low=0, high=19),
            Column("lane_last", "int", "lanes from the kerb", low=0, high=19),
            _text("control", TURN_CONTROLS),
            Column("major", "bool"),
            _text("origin", ORIGINS),
        ),
        # Turns that are forbidden by a sign: what is derived leaves them out.
        "turn_bans": (
            _row("from_street", "streets", "required"),
            _row("to_street", "streets", "required"),
        ),
        # One row a junction and slot of the day. The cycle begins at offset_s, and offset_s plus
        # each multiple of cycle_s, after midnight.
        "signal_plans": (
            _row("junction", "junctions", "required"),
            Column("from_s", "int", "s of the day", "required", low=0, high=86_400),
            Column("to_s", "int", "s of the day", "required", low=0, high=86_400),
            Column("plan", "int", "", "required", low=0),
            Column("cycle_s", "int", "s", "required", low=10, high=600),
            Column("offset_s", "int", "s", "required", low=0, high=600),
            _text("origin", ORIGINS),
        ),
        # One row a green, without the yellow after it; a green over the end of the cycle is two
        # rows. Permissive: the turn must yield while it has this green.
        "signal_greens": (
            _row("junction", "junctions", "required"),
            Column("plan", "int", "", "required", low=0),
            _row("turn", "turns", "required"),
            Column("from_s", "int", "s of the cycle", "required", low=0, high=600),
            Column("to_s", "int", "s of the cycle", "required", low=0, high=600),
            Column("permissive", "bool", "", "required"),
            _text("origin", ORIGINS),
        ),
        "bus_lines": (
            _text("name", need="required"),
            _text("kind", BUS_KINDS, "required"),
            Column("capacity", "int", "persons, standing included", "required", 1, 300),
            Column("seats", "int", "seats", "required", 0, 300),
        ),
        "bus_line_stops": (
            _row("line", "bus_lines", "required"),
            Column("order", "int", "place along the line", "required", low=0),
            _row("stop", "bus_stops", "required"),
            _row("street", "streets", "required"),
            Column("at_m", "float", "m along the street", "required", low=0),
        ),
        "bus_departures": (
            _row("line", "bus_lines", "required"),
            Column("depart_s", "float", "s since midnight at the first stop", "required", low=0),
            Column("weekday", "bool", "", "required"),
            Column("holiday", "bool", "", "required"),
        ),
        "observed": (
            _text("place", need="required"),
            Column("hour", "float", "h of the day", "required", low=0, high=48),
            _text("quantity", need="required"),
            Column("value", "float", "unit of the quantity", "required"),
        ),
        "population_by_age": (),
    }
)


def validate(city: Layered, *, complete: bool = False) -> None:
    """Refuse a city that does not keep to the schema.

    Parameters
    ----------
    city
        The city; layers that the schema does not know are checked for CRS and row numbers only.
    complete
        True: the derivable columns must be there too, without empty values.

    Raises
    ------
    ValueError
        The first breach found, naming layer, column, rule, value and row.
    """
    require_metric(city.crs)
    needed = [n for n, layer in SCHEMA.items() if layer.need == "required"]
    for name in needed:
        if not len(city.layers.get(name, ())):
            raise ValueError(
                f"{city.name} has no {name}; a city needs at least the layers {', '.join(needed)}"
            )
    for name, frame in city.layers.items():
        _check_frame(name, frame, city.crs)
        if name in SCHEMA:
            _check_geometry(name, frame, SCHEMA[name].geometry)
            _check_columns(name, frame, SCHEMA[name].columns, complete)
    for name, table in city.tables.items():
        _check_columns(name, table, TABLES.get(name, ()), complete)
    _check_references(city)
    for name in ("turns", "turn_bans"):
        _check_turns(name, city)


def require_metric(crs: str) -> pyproj.CRS:
    """Return the CRS; ValueError where it is unknown or not in metres."""
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"{crs!r} is no coordinate system; give e.g. EPSG:5186") from error
    if not known.is_projected or any(a.unit_name != "metre" for a in known.axis_info[:2]):
        raise ValueError(f"a city needs a coordinate system in metres, e.g. EPSG:5186; got {crs}")
    return known


def _check_frame(name: str, frame: gpd.GeoDataFrame, crs: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise ValueError(f"layer {name} must be a GeoDataFrame, got {type(frame).__name__}")
    if frame.crs is None or frame.crs != pyproj.CRS.from_user_input(crs):
        got = "none" if frame.crs is None else frame.crs.to_string()
        raise ValueError(f"layer {name} must be in the city's {crs}, got {got}")
    if not frame.index.equals(pd.RangeIndex(len(frame))):
        raise ValueError(f"layer {name} must be numbered 0 to {len(frame) - 1} without gaps")


def _check_geometry(name: str, frame: gpd.GeoDataFrame, allowed: tuple[str, ...]) -> None:
    geometry = frame.geometry
    kinds = geometry.geom_type
    _refuse(geometry.isna() | geometry.is_empty, f"{name} must have a geometry in each row")
    _refuse(
        ~kinds.isin(allowed), f"{name} must be of geometry {' or '.join(allowed)}, got {{}}", kinds
    )
    bounds = shapely.bounds(geometry.to_numpy())
    _refuse(pd.Series(~np.isfinite(bounds).all(axis=1)), f"{name} must have finite coordinates")
    if "Polygon" in allowed:
        _refuse(~geometry.is_valid, f"{name} must have valid geometries, got one that is not")


def _check_columns(
    name: str, frame: pd.DataFrame, columns: tuple[Column, ...], complete: bool
) -> None:
    for column in columns:
        if column.name in frame:
            _check_values(f"{name}.{column.name}", frame[column.name], column, complete)
        elif column.need == "required" or (complete and column.need == "derivable"):
            known = ", ".join(str(c) for c in frame.columns)
            raise ValueError(f"{name} lacks the column {column.name}; its columns are: {known}")


def _check_values(where: str, values: pd.Series, column: Column, complete: bool) -> None:
    empty = values.isna()
    if column.need == "required" or (complete and column.need == "derivable"):
        _refuse(empty, f"{where} must not be empty")
    given = values[~empty]
    if len(given) and not _is_kind(given, column.kind, strict=complete):
        raise ValueError(
            f"{where} must hold {_KIND_WORDS[column.kind]}, got {given.iloc[0]!r} ({values.dtype})"
        )
    unit = f" {column.unit}" if column.unit else ""
    if column.allowed:
        rule = f"{where} must be one of {', '.join(column.allowed)}, got {{!r}}"
        _refuse(~given.isin(column.allowed), rule, given)
    if column.low is not None:
        rule = f"{where} must be at least {column.low:g}{unit}, got {{}}"
        _refuse(given < column.low, rule, given)
    if column.high is not None:
        rule = f"{where} must be at most {column.high:g}{unit}, got {{}}"
        _refuse(given > column.high, rule, given)


_KIND_WORDS = {"int": "whole numbers", "float": "numbers", "bool": "true or false", "text": "text"}


def _is_kind(values: pd.Series, kind: Kind, *, strict: bool) -> bool:
    types = pd.api.types
    if kind == "bool":
        return bool(types.is_bool_dtype(values))
    if kind == "text":
        return isinstance(values.dtype, pd.CategoricalDtype) or types.is_string_dtype(values)
    number = types.is_numeric_dtype(values) and not types.is_bool_dtype(values)
    if types.is_integer_dtype(values) or not number:
        return bool(number)
    exact = values.to_numpy(float)
    if kind == "float":
        return bool(np.isfinite(exact).all())
    # Whole numbers with gaps are stored as float until the city is complete.
    return bool(not strict and (np.mod(exact, 1) == 0).all())


def _check_references(city: Layered) -> None:
    for where, values, column in references(city):
        rows = len(city.layers.get(column.refers, city.tables.get(column.refers, ())))
        rule = f"{where} must be a row of {column.refers} (0 to {rows - 1}), got {{}}"
        _refuse(values.dropna() >= rows, rule, values.dropna())


def _check_turns(name: str, city: Layered) -> None:
    """Refuse a turn from one street into another that does not begin where the first ends."""
    table, streets = city.tables.get(name), city.layers["streets"]
    if table is None or not {"from_street", "to_street"} <= set(table):
        return
    end = streets["to_junction"].to_numpy()[table["from_street"].to_numpy(np.int64)]
    start = streets["from_junction"].to_numpy()[table["to_street"].to_numpy(np.int64)]
    rule = f"{name}.to_street must begin where from_street ends, got street {{}}"
    _refuse(pd.Series(start != end), rule, table["to_street"])


def references(city: Layered) -> Iterator[tuple[str, pd.Series, Column]]:
    """Yield name, values and column of everything that holds a row number of something else."""
    frames: dict[str, pd.DataFrame] = {**city.layers, **city.tables}
    for name, frame in frames.items():
        columns = SCHEMA[name].columns if name in SCHEMA else TABLES.get(name, ())
        for column in columns:
            if column.refers and column.name in frame:
                yield f"{name}.{column.name}", frame[column.name], column


def _refuse(wrong: pd.Series, rule: str, values: pd.Series | None = None) -> None:
    """Raise ValueError with the first wrong value, its row, and how many there are."""
    mask = wrong.to_numpy(bool)
    if not mask.any():
        return
    first = int(np.flatnonzero(mask)[0])
    row = first if values is None else values.index[first]
    shown = rule if values is None else rule.format(values.iloc[first])
    more = f" ({int(mask.sum())} rows in all)" if mask.sum() > 1 else ""
    raise ValueError(f"{shown} in row {row}{more}")
