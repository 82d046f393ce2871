"""Turns and signal plans of files: phases with a letter per movement become greens per turn."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

__all__ = ["signal_tables"]

# Letters of a phase, as SUMO writes them: green, green but must yield; the others are not green.
_LEVEL = {"G": 2, "g": 1, "y": 0, "r": 0}
_PLAN = ["junction", "plan"]


def signal_tables(
    tables: dict[str, pd.DataFrame], streets: gpd.GeoDataFrame, notes: list[str]
) -> dict[str, pd.DataFrame]:
    """Return the tables with turns, plans and greens as the schema describes them.

    Rows of ``turns`` for pairs of lanes (columns from_lane and signal_index) become one row a
    pair of streets; ``signal_phases`` (plan_id, phase_no, duration_s, state) become
    ``signal_greens``. Turns that do not lead from the end of one street into another are left
    out, with their greens, and counted in the notes.

    Raises
    ------
    ValueError
        A phase has a letter that is not known, or lasts less than 0 s.
    """
    made = dict(tables)
    lanes, phases = made.get("turns"), made.pop("signal_phases", None)
    if lanes is None:
        idle = [
            name for name in ("signal_plans", "signal_greens") if made.pop(name, None) is not None
        ]
        notes += [
            f"{name}: left out, since there are no turns that they could serve" for name in idle
        ]
        return made
    if "from_lane" in lanes:
        made["turns"] = _of_lanes(lanes, streets, notes)
    if phases is not None and "signal_plans" in made:
        plans = made["signal_plans"]
        number = pd.Series(range(plans["plan_id"].nunique()), sorted(plans["plan_id"].unique()))
        made["signal_greens"] = _greens(phases, lanes, made["turns"], number, notes)
        made["signal_plans"] = _plans(plans, phases, number, notes)
    return _fitting(made, streets, notes)


def _of_lanes(lanes: pd.DataFrame, streets: gpd.GeoDataFrame, notes: list[str]) -> pd.DataFrame:
    """Return one row a pair of streets, with the range of lanes that serve it."""
    most = streets["lanes"].fillna(1).to_numpy(float)[lanes["from_street"]] - 1
    beyond = lanes["from_lane"].to_numpy() > most
    if beyond.any():
        notes.append(f"turns: {int(beyond.sum())} lanes that the street lacks, moved to its inmost")
    lit = lanes["signal_index"].notna()
    rows = lanes.assign(
        lane=np.minimum(lanes["from_lane"], most).astype("int64"),
        control=lit.map({True: "signal"}),
    )
    return rows.groupby(["from_street", "to_street"], as_index=False).agg(
        junction=("junction", "first"),
        lane_first=("lane", "min"),
        lane_last=("lane", "max"),
        control=("control", "first"),
    )


def _plans(
    plans: pd.DataFrame, phases: pd.DataFrame, number: pd.Series, notes: list[str]
) -> pd.DataFrame:
    """Return the slots with the cycle that their phases add up to."""
    total = phases.groupby(["junction", "plan_id"])["duration_s"].sum()
    keys = pd.MultiIndex.from_frame(plans[["junction", "plan_id"]])
    cycle = total.reindex(keys).to_numpy(float)
    given = plans["cycle_s"].to_numpy(float)
    wrong = (cycle > 0) & (cycle != given)
    if wrong.any():
        notes.append(
            f"signal_plans: {int(wrong.sum())} of {len(plans)} slots have a cycle that their "
            f"phases do not add up to; the sum of the phases taken"
        )
    cycle = np.where(wrong, cycle, given).astype(np.int64)
    fresh = plans.assign(cycle_s=cycle, offset_s=plans["offset_s"] % np.maximum(cycle, 1))
    fresh["plan"] = fresh["plan_id"].map(number).to_numpy()
    return fresh[["junction", "from_s", "to_s", "plan", "cycle_s", "offset_s"]]


def _greens(
    phases: pd.DataFrame,
    lanes: pd.DataFrame,
    turns: pd.DataFrame,
    number: pd.Series,
    notes: list[str],
) -> pd.DataFrame:
    """Return the greens of each turn; of a turn with several letters the best counts."""
    phases = _timed(phases, number)
    row = pd.Series(turns.index, pd.MultiIndex.from_frame(turns[["from_street", "to_street"]]))
    lit = lanes[lanes["signal_index"].notna()]
    pairs = pd.MultiIndex.from_frame(lit[["from_street", "to_street"]])
    shown = pd.DataFrame(
        {
            "junction": lit["junction"].to_numpy(),
            "turn": row.reindex(pairs).to_numpy(),
            "index": lit["signal_index"].to_numpy(np.int64),
        }
    ).merge(phases, on="junction")
    there = shown["index"] < shown["state"].str.len()
    if not there.all():
        notes.append(f"signal_phases: {int((~there).sum())} states lack the letter of a turn")
    shown = shown[there]
    letter = [state[k] for state, k in zip(shown["state"], shown["index"], strict=True)]
    key = [*_PLAN, "turn", "from_s", "to_s"]
    best = shown.assign(level=[_LEVEL[c] for c in letter]).groupby(key)["level"].max()
    return _runs(best[best > 0].reset_index())


def _timed(phases: pd.DataFrame, number: pd.Series) -> pd.DataFrame:
    """Return the phases in order, with the number of their plan, their start and their end."""
    strange = sorted(set("".join(phases["state"].astype("str"))) - set(_LEVEL))
    if strange:
        raise ValueError(
            f"signal_phases.state must be written with {', '.join(_LEVEL)}, got {strange[0]!r}"
        )
    if (phases["duration_s"] < 0).any():
        raise ValueError(
            f"signal_phases.duration_s must be at least 0 s, got {phases['duration_s'].min()}"
        )
    known = phases[phases["plan_id"].isin(number.index)]
    known = known.assign(plan=known["plan_id"].map(number).to_numpy())
    known = known.sort_values([*_PLAN, "phase_no"])
    end = known.groupby(_PLAN)["duration_s"].cumsum()
    return known.assign(from_s=end - known["duration_s"], to_s=end)[
        [*_PLAN, "from_s", "to_s", "state"]
    ]


def _runs(greens: pd.DataFrame) -> pd.DataFrame:
    """Return greens that follow each other without a change as one."""
    key = [*_PLAN, "turn", "level"]
    greens = greens.sort_values([*_PLAN, "turn", "from_s"])
    same = (greens[key] == greens[key].shift()).all(axis=1)
    run = (~(same & (greens["from_s"] == greens["to_s"].shift()))).cumsum()
    joined = greens.groupby(run.to_numpy()).agg(
        {**dict.fromkeys(key, "first"), "from_s": "first", "to_s": "last"}
    )
    joined["permissive"] = joined["level"] == 1
    columns = [*_PLAN, "turn", "from_s", "to_s", "permissive"]
    return joined[columns].reset_index(drop=True).astype({"turn": "int64"})


def _fitting(
    tables: dict[str, pd.DataFrame], streets: gpd.GeoDataFrame, notes: list[str]
) -> dict[str, pd.DataFrame]:
    """Leave out the turns that lead nowhere or stand twice, and the greens of those."""
    turns, greens = tables["turns"], tables.get("signal_greens")
    at = turns["junction"].to_numpy()
    head, tail = streets["to_junction"].to_numpy(), streets["from_junction"].to_numpy()
    fits = (head[turns["from_street"]] == at) & (tail[turns["to_street"]] == at)
    fits &= ~turns.duplicated(["from_street", "to_street"]).to_numpy()
    if not fits.all():
        notes.append(
            f"turns: {int((~fits).sum())} of {len(turns)} rows left out, since they do not lead "
            f"from one street into another at their junction, or stand twice"
        )
    tables["turns"] = turns[fits].reset_index(drop=True)
    if greens is None:
        return tables
    rows = np.append(np.where(fits, np.cumsum(fits) - 1, -1), -1)
    number = greens["turn"].to_numpy(np.int64)
    row = rows[np.where((number >= 0) & (number < len(turns)), number, len(turns))]
    if (row < 0).any():
        notes.append(
            f"signal_greens: {int((row < 0).sum())} of {len(greens)} rows left out, since their "
            f"turn is not there"
        )
    tables["signal_greens"] = greens.assign(turn=row)[row >= 0].reset_index(drop=True)
    return tables
