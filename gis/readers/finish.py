"""From the raw columns of a source to the columns of the schema, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.schema import BUILDING_USES, HIGHWAYS, SCHEMA

__all__ = ["building_use", "finish", "first_hour_price", "with_ages"]

# Words of the Building Act (건축법 시행령 별표 1) and of OpenStreetMap; the first that fits counts.
_USE_WORDS = (
    ("아파트", "apartment"), ("다세대", "villa"), ("연립", "villa"), ("다가구", "villa"),
    ("다중주택", "villa"), ("빌라", "villa"), ("단독", "house"), ("공동주택", "apartment"),
    ("기숙사", "apartment"), ("주차", "parking"), ("근린생활", "shop"), ("판매", "shop"),
    ("상업", "shop"), ("숙박", "shop"), ("위락", "shop"), ("업무", "office"), ("오피스", "office"),
    ("방송", "office"), ("병원", "hospital"), ("의료", "hospital"), ("학교", "school"),
    ("교육", "school"), ("유치원", "school"), ("어린이집", "school"), ("공장", "industry"),
    ("창고", "industry"), ("위험물", "industry"), ("발전", "industry"), ("공공", "public"),
    ("문화", "public"), ("종교", "public"), ("노유자", "public"), ("복지", "public"),
    ("운수", "public"), ("운동", "public"), ("수련", "public"), ("주택", "house"),
    ("apartments", "apartment"), ("residential", "apartment"), ("detached", "house"),
    ("retail", "shop"), ("commercial", "shop"), ("industrial", "industry"),
    ("warehouse", "industry"), ("kindergarten", "school"), ("university", "school"),
)  # fmt: skip
# Registers and networks write 0 where they do not know.
_NEVER_ZERO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "streets": ("lanes", "speed_kmh", "width_m"),
        "buildings": ("floors", "height_m", "floor_area_m2"),
    }
)
_TRUE = ("y", "yes", "true", "t", "1", "1.0", "유", "있음")

Floats = npt.NDArray[np.float64]


def finish(frame: gpd.GeoDataFrame, layer: str, notes: list[str] | None = None) -> gpd.GeoDataFrame:
    """Return the frame with columns of the schema's kinds; what is not known stays empty.

    Zeros where there can be none are taken as unknown, and counted in the notes.
    """
    frame = frame.copy()
    for column in SCHEMA[layer].columns if layer in SCHEMA else ():
        if column.name in frame and not column.refers:
            frame[column.name] = _as_kind(frame[column.name], column.kind)
    frame = _FINISH.get(layer, _same)(_without_zeros(frame, layer, [] if notes is None else notes))
    if "source_id" in frame:
        frame["source_id"] = frame["source_id"].astype("str")
    if "origin" not in frame:
        frame["origin"] = "found"
    return frame


def building_use(word: object) -> str | None:
    """Return our use for a word of a building register, None where it says nothing."""
    text = str(word).strip().lower()
    if text in BUILDING_USES:
        return text
    return next((use for part, use in _USE_WORDS if part in text), None)


def first_hour_price(frame: pd.DataFrame) -> Floats:
    """Return the price of the first hour in KRW from the base and extra fees; NaN where unknown.

    Columns: ``fee_type`` (무료 is free), ``base_minutes``, ``base_fee_krw``, ``extra_minutes``,
    ``extra_fee_krw``. Each extra unit begun is paid in full.
    """
    base, fee, unit, extra = (
        _number(frame, c)
        for c in ("base_minutes", "base_fee_krw", "extra_minutes", "extra_fee_krw")
    )
    rest = np.maximum(60.0 - np.nan_to_num(base), 0.0)
    units = np.ceil(rest / np.where(unit > 0, unit, np.nan))
    price = np.where(rest > 0, fee + units * extra, fee)
    # No extra unit: the base fee, stretched to an hour.
    alone = (rest > 0) & ~(unit > 0) & (base > 0)
    price = np.where(alone, fee * 60.0 / np.maximum(base, 1.0), price)
    kind = frame.get("fee_type", pd.Series("", index=frame.index)).astype("str")
    unknown = (kind != "무료") & ~(price > 0)
    return np.where(kind == "무료", 0.0, np.where(unknown, np.nan, price))


def with_ages(districts: gpd.GeoDataFrame, ages: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return districts with persons by five-year band, ``age_00`` to ``age_100``.

    ``ages`` has the columns dong_code, age_band ("00-04" ... "100+") and persons.
    """
    table = ages.assign(
        dong_code=ages["dong_code"].astype("str"),
        column="age_"
        + ages["age_band"].astype("str").str.extract(r"^(\d+)", expand=False).str.zfill(2),
    ).pivot_table(index="dong_code", columns="column", values="persons", aggfunc="sum")
    bands = table.reindex(districts["dong_code"].astype("str")).reset_index(drop=True)
    known = [c for c in bands.columns if SCHEMA["districts"].column(str(c))]
    return districts.assign(**{str(c): bands[c].to_numpy(float) for c in known})


def _as_kind(values: pd.Series, kind: str) -> pd.Series:
    if kind == "bool" and not pd.api.types.is_bool_dtype(values):
        return values.astype("str").str.strip().str.lower().isin(_TRUE)
    if kind == "text":
        return values.astype("str").where(values.notna(), "").str.strip()
    if kind in ("int", "float") and not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values.astype("str").str.replace(",", ""), errors="coerce")
    if kind == "int" and values.notna().all():
        return values.astype("int64") if (values % 1 == 0).all() else values
    return values


def _without_zeros(frame: gpd.GeoDataFrame, layer: str, notes: list[str]) -> gpd.GeoDataFrame:
    for column in _NEVER_ZERO.get(layer, ()):
        zero = frame[column] == 0 if column in frame else np.zeros(len(frame), dtype=bool)
        if zero.any():
            frame[column] = frame[column].where(~zero)
            notes.append(
                f"{layer}: {column} is 0 in {int(zero.sum()):,} of {len(frame):,} rows, taken as "
                f"unknown and filled in by rule"
            )
    return frame


def _number(frame: pd.DataFrame, column: str) -> Floats:
    if column not in frame:
        return np.full(len(frame), np.nan)
    text = frame[column].astype("str").str.replace(",", "")
    return pd.to_numeric(text, errors="coerce").to_numpy(float)


def _hours(values: pd.Series) -> Floats:
    parts = values.astype("str").str.extract(r"^\s*(\d{1,2}):(\d{2})").astype(float)
    return (parts[0] + parts[1] / 60.0).to_numpy(float)


def _same(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame


def _streets(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "highway" in frame:
        frame["highway"] = frame["highway"].str.removesuffix("_link")
        frame["highway"] = frame["highway"].where(frame["highway"].isin(HIGHWAYS))
    return frame


def _buildings(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "use" in frame:
        frame["use"] = [building_use(word) for word in frame["use"]]
        frame["use"] = frame["use"].astype(object)
    return frame


def _car_parks(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if {"ownership", "place_type"} <= set(frame.columns):
        frame["kind"] = _parking_kind(frame)
        frame["on_street"] = (frame["place_type"] == "노상").to_numpy()
    if "kind" not in frame:  # what a list of car parks names without more is open to all
        frame["kind"] = "public"
    if "fee_type" in frame:
        frame["price_krw_h"] = first_hour_price(frame)
    if {"open_from", "open_to"} <= set(frame.columns):
        start, end = _hours(frame["open_from"]), _hours(frame["open_to"])
        whole = (end >= 23.9) | (end <= start)  # 00:00 to 00:00 on weekdays is the whole day
        frame["open_from_h"] = np.where(np.isnan(start), 0.0, start)
        frame["open_to_h"] = np.where(np.isnan(end) | whole, 24.0, end)
    raw = ("base_minutes", "base_fee_krw", "extra_minutes", "extra_fee_krw", "open_from", "open_to")
    return frame.drop(columns=[c for c in raw if c in frame])


def _parking_kind(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the kind: attached car parks that are not public ones belong to their building."""
    words = frame["name"].astype("str") + frame["ownership"].astype("str")
    attached = (frame["ownership"] != "공영") & (frame["place_type"] == "부설")
    kind = np.where(attached, "private", "public").astype(object)
    kind[words.str.contains("거주자", na=False).to_numpy()] = "resident_priority"
    return kind


_FINISH: Mapping[str, Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]] = MappingProxyType(
    {"streets": _streets, "buildings": _buildings, "car_parks": _car_parks}
)
