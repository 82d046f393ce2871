"""How buses stop and people ride: every number with its unit, range, source and tag."""

from __future__ import annotations

from dataclasses import dataclass

from twin.params import param

__all__ = ["Ridership"]


@dataclass(frozen=True)
class Ridership:
    """Times at a stop and what riders weigh; fixed for a city, of no solution."""

    doors_s: float = param(
        5.0, "s", 0, 30, "Levinson 1983, TRR 915: dwell = 5.0 s + 2.75 s a passenger", tag="k"
    )
    board_s: float = param(
        2.75, "s", 0.5, 10, "a boarding by the front door: Levinson 1983; a card 2.5-3.2", tag="k"
    )
    crowded_s: float = param(
        0.5, "s", 0, 5, "added to a boarding with people standing: TCQSM 2nd edition, 4-2", tag="k"
    )
    alight_s: float = param(
        2.1, "s", 0.5, 10, "an alighting by the rear door: TCQSM 2nd edition, 4-2", tag="k"
    )
    pull_s: float = param(8.0, "s", 0, 30, "lost slowing down for a stop and pulling away")
    blocks_m: float = param(
        75,
        "m",
        0,
        300,
        "before a stop line where a bus at a stop blocks the lane: 250 ft, HCM 6th ed., eq. 19-12",
        tag="k",
    )
    patience_min: float = param(60, "min", 5, 240, "wait after which a rider gives up")
    speed: float = param(
        1.34, "m/s", 0.5, 2.5, "walk that riders reckon with: Weidmann 1993, mean", tag="k"
    )
    detour: float = param(1.3, "", 1, 2, "walked way over the straight line")
    reach_m: float = param(800, "m", 100, 3_000, "walk to a stop that is thought of")
    transfer_m: float = param(250, "m", 0, 1_000, "walk between stops that is thought of")
    wait_weight: float = param(2.0, "", 1, 4, "weight of waiting on riding, 1.5-2.5")
    walk_weight: float = param(1.7, "", 1, 4, "weight of walking on riding, 1.5-2.0")
    transfer_min: float = param(5.0, "min", 0, 20, "dislike of a transfer, as minutes of riding")
    wait_share: float = param(
        0.5, "", 0.5, 1, "mean wait over the headway of all lines taken: regular 0.5, random 1"
    )
    stop_s: float = param(20, "s", 0, 90, "time at a stop that riders reckon with")
    busway_share: float = param(0.9, "", 0.1, 1, "a bus counts a busway's time as this share")
