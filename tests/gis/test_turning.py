"""Ways that obey turns against scipy on the graph of arcs, and against the laws of trees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gis import turning
from gis.derive.turns import joined
from gis.newtown import newtown
from gis.turning import NONE, Turning

SIDE = 6


def grid(*, bans: int = 0, flat: bool = False) -> Turning:
    """Return a grid without U-turns but at its corners; every ``bans``-th turn is forbidden."""
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    b = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    tails, heads = np.append(a, b), np.append(b, a)
    source, target = joined(heads, tails)
    kept = tails[source] != heads[target]
    if bans:
        kept &= np.arange(len(source)) % bans != 0
    cost = np.ones(len(tails)) if flat else 1.0 + (tails * 7 + heads * 13) % 11
    penalty = np.zeros(kept.sum()) if flat else (source[kept] + target[kept]) % 4.0
    return Turning(tails, heads, cost, source[kept], target[kept], penalty, SIDE * SIDE)


def to_pay(net: Turning, goal: int, cost: np.ndarray | None = None) -> np.ndarray:
    """Return what scipy finds from the end of each arc to the goal."""
    cost = net.cost if cost is None else cost
    arcs = len(net.tails)
    weight = net.penalty + cost[net.target]
    back = csr_matrix((weight, (net.target, net.source)), shape=(arcs, arcs))
    return dijkstra(back, indices=np.flatnonzero(net.heads == goal), min_only=True)


@pytest.mark.parametrize("bans", [0, 3, 5])
def test_costs_equal_scipy_on_the_graph_of_arcs(bans: int) -> None:
    net = grid(bans=bans)
    trees = net.towards(np.arange(net.nodes))
    for goal in range(net.nodes):
        np.testing.assert_array_equal(trees.cost[goal], to_pay(net, goal))


def test_given_costs_replace_the_own() -> None:
    net = grid()
    loaded = net.cost * (1 + np.arange(len(net.cost)) % 3)
    np.testing.assert_array_equal(net.towards(7, loaded).cost[0], to_pay(net, 7, loaded))


@pytest.mark.parametrize("bans", [0, 4])
def test_trees_lead_to_their_goal_at_their_cost_by_turns_that_are_allowed(bans: int) -> None:
    net = grid(bans=bans)
    penalty = {(a, b): p for a, b, p in zip(net.source, net.target, net.penalty, strict=True)}
    trees = net.towards([0, 17])
    for row, goal in enumerate((0, 17)):
        for start in range(len(net.tails)):
            arc, paid = start, 0.0
            while (slot := trees.next_slot[row, arc]) != NONE:
                after = net.out_arc[net.out_first[net.heads[arc]] + slot]
                paid += penalty[arc, after] + net.cost[after]
                arc = after
            assert np.isinf(trees.cost[row, start]) or net.heads[arc] == goal
            assert paid == trees.cost[row, start] or np.isinf(trees.cost[row, start])


def test_from_rest_the_cheapest_arc_is_taken_and_of_equals_the_lowest() -> None:
    for net in (grid(), grid(flat=True)):
        trees = net.towards([14])
        for node in range(net.nodes):
            out = np.flatnonzero(net.tails == node)
            total = net.cost[out] + trees.cost[0, out]
            assert trees.first_slot[0, node] == (NONE if node == 14 else total.argmin())


def test_of_equal_turns_the_lowest_arc_is_taken() -> None:
    net = grid(flat=True)
    trees = net.towards([14])
    for arc in np.flatnonzero(trees.cost[0] > 0):
        into = net.target[net.source == arc]
        best = into[trees.cost[0, into] + 1 == trees.cost[0, arc]].min()
        assert net.slot[best] == trees.next_slot[0, arc]


def test_a_ban_makes_the_way_longer() -> None:
    # 0 -> 1 -> 2 is banned at 1: round by 3.
    tails, heads = np.array([0, 1, 1, 3]), np.array([1, 2, 3, 2])
    both = Turning(tails, heads, np.ones(4), [0, 0, 2], [1, 2, 3], np.zeros(3), 4)  # type: ignore[arg-type]
    banned = Turning(tails, heads, np.ones(4), [0, 2], [2, 3], np.zeros(2), 4)  # type: ignore[arg-type]
    assert (both.towards(2).cost[0, 0], banned.towards(2).cost[0, 0]) == (1.0, 2.0)
    assert banned.towards(2).first_slot[0].tolist() == [0, 0, NONE, 0]


ends_of = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=12, max_size=12)
turns_of = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=60)


@settings(max_examples=60, deadline=None)
@given(ends_of, turns_of, st.floats(0.01, 1e4))
def test_any_graph_equals_scipy_at_any_width_of_bucket(
    arcs: list[tuple[int, int]], wished: list[tuple[int, int]], first: float
) -> None:
    tails, heads = np.array(arcs).T
    pairs = sorted({(a, b) for a, b in wished if heads[a] == tails[b]})
    source, target = np.array(pairs, np.int64).reshape(-1, 2).T
    cost = np.arange(12) % 5 + 1.0
    cost[0] = first  # costs far apart
    net = Turning(tails, heads, cost, source, target, np.zeros(len(source)), 5)
    trees = net.towards(np.arange(5))
    for goal in range(5):
        if (heads == goal).any():
            np.testing.assert_allclose(trees.cost[goal], to_pay(net, goal), rtol=1e-6)
        else:
            assert np.isinf(trees.cost[goal]).all()


def test_compiled_and_plain_search_are_identical(monkeypatch: pytest.MonkeyPatch) -> None:
    net = grid(bans=4)
    ends = np.flatnonzero(net.heads == 9).astype(np.int32)
    search = turning._search
    compiled = search(net._graph, net.cost, ends, 2.0)
    monkeypatch.setattr(turning, "_move", turning._move.py_func)
    plain = search.py_func(net._graph, net.cost, ends, 2.0)
    np.testing.assert_array_equal(compiled[0], plain[0])
    np.testing.assert_array_equal(compiled[1], plain[1])


def test_the_core_is_where_every_arc_leads_to_every_other() -> None:
    net = grid(bans=5)
    ends = np.flatnonzero(net.core)
    pays = np.array([to_pay(net, int(net.heads[a]))[ends] for a in ends[:5]])
    assert np.isfinite(pays).all()
    # A street out of which no turn leads is not in it.
    tails, heads = np.array([0, 1, 1]), np.array([1, 0, 2])
    net = Turning(tails, heads, np.ones(3), [0, 1, 0], [1, 0, 2], np.zeros(3), 3)  # type: ignore[arg-type]
    assert net.core.tolist() == [True, True, False]
    assert net.core_nodes.tolist() == [True, True, False]


def test_a_town_is_driven_by_its_turns_and_without_its_busways() -> None:
    town = newtown(5_000)
    net = Turning.driving(town, left_s=10.0)
    assert net.core[np.isfinite(net.cost)].all()
    assert not net.core[(town["streets"]["highway"] == "busway").to_numpy()].any()
    left = town.tables["turns"]["kind"] == "left"
    assert (net.penalty == np.where(left, 10.0, 0.0)).all()
    easy = Turning.driving(town).towards([3]).cost[0]
    hard = net.towards([3]).cost[0]
    assert (hard >= easy).all()
    assert (hard[np.isfinite(hard)] > easy[np.isfinite(hard)]).any()


def test_trees_are_kept_by_what_they_are_made_of(tmp_path: Path) -> None:
    net = grid()
    made, read = net.kept(tmp_path, [1, 2]), net.kept(tmp_path, [1, 2])
    for table, again, fresh in zip(made, read, net.towards([1, 2]), strict=True):
        np.testing.assert_array_equal(table, fresh)
        np.testing.assert_array_equal(again, fresh)
    assert len(list(tmp_path.iterdir())) == 1
    net.kept(tmp_path, [1, 3])
    grid(bans=4).kept(tmp_path, [1, 2])
    assert len(list(tmp_path.iterdir())) == 3


def test_trees_that_do_not_fit_are_refused() -> None:
    wording = r"trees towards 36 goals over 120 arcs need 22896 bytes, at most 20000 are allowed"
    with pytest.raises(ValueError, match=wording):
        grid().towards(np.arange(36), limit_bytes=20_000)
    with pytest.raises(IndexError, match=r"a goal must be a node in \[0, 35\], got 36"):
        grid().towards([36])
    with pytest.raises(ValueError, match=r"cost must be more than 0, got 0.0 at arc 0"):
        grid().towards([3], costs=np.zeros(120))
    with pytest.raises(ValueError, match=r"costs must hold one value an arc \(120\), got 1"):
        grid().towards([3], costs=np.ones(1))


@pytest.mark.parametrize(
    ("source", "target", "penalty", "message"),
    [
        ([0], [0], [1.0], "a turn must lead from the end of one arc into another, got turn 0 from"),
        ([0], [1], [-1.0], r"penalty must be at least 0, got -1.0 at turn 0"),
    ],
)
def test_impossible_turns_are_refused(
    source: list[int], target: list[int], penalty: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Turning([0, 1], [1, 2], [1.0, 1.0], source, target, penalty, 3)  # type: ignore[arg-type]
