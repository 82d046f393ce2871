"""Ways through the city against scipy, brute force and the laws of shortest paths."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra, floyd_warshall

from gis import network
from gis.city import City
from gis.network import Network

SIDE = 9


def grid(side: int = SIDE, *, flat: bool = False) -> Network:
    """Return a grid of two-way streets; costs are whole numbers, all 1 where flat."""
    node = np.arange(side * side).reshape(side, side)
    a = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    b = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    tails, heads = np.append(a, b), np.append(b, a)
    cost = np.ones(len(tails)) if flat else 1.0 + (tails * 7 + heads * 13) % 11
    y, x = np.divmod(np.arange(side * side), side)
    return Network(tails, heads, cost, x * 100.0, y * 100.0)


def matrix(net: Network) -> csr_matrix:
    size = (net.nodes, net.nodes)
    return csr_matrix((net.cost, (net.tails, net.heads)), shape=size)


def test_costs_equal_scipy() -> None:
    net = grid()
    every = np.arange(net.nodes)
    np.testing.assert_array_equal(net.many_to_many(every, every), dijkstra(matrix(net)))


def test_few_starts_cost_the_same_as_many() -> None:
    net = grid()
    every = np.arange(net.nodes)
    few = net.many_to_many([7, 40], every)
    np.testing.assert_array_equal(few, net.many_to_many(every, every)[[7, 40]])


def test_triangle_inequality() -> None:
    cost = grid().many_to_many(np.arange(81), np.arange(81))
    assert (cost[:, None, :] <= cost[:, :, None] + cost[None, :, :]).all()


def test_of_equal_ways_the_lowest_arc_is_taken() -> None:
    net = grid(flat=True)
    away = dijkstra(matrix(net))
    for node in np.delete(np.arange(net.nodes), 44):
        tight = [
            arc
            for arc in np.flatnonzero(net.tails == node)
            if net.cost[arc] + away[net.heads[arc], 44] == away[node, 44]
        ]
        assert net.route(node, 44)[0] == min(tight)


def test_a_route_leads_to_its_end_at_its_cost() -> None:
    net = grid()
    away = dijkstra(matrix(net))
    for start in range(net.nodes):
        arcs = net.route(start, 5)
        assert net.cost[arcs].sum() == away[start, 5]
        assert net.tails[arcs].tolist() == [start, *net.heads[arcs]][: len(arcs)]
        assert [start, *net.heads[arcs]][-1] == 5


def test_reach_holds_all_nodes_within_the_limit_nearest_first() -> None:
    net = grid()
    away = dijkstra(matrix(net), indices=40)
    nodes, cost = net.reach(40, 12.0)
    assert sorted(nodes) == list(np.flatnonzero(away <= 12.0))
    np.testing.assert_array_equal(cost, away[nodes])
    assert (np.diff(cost) >= 0).all()
    assert 1 < len(nodes) < net.nodes


@pytest.mark.parametrize(("stop", "limit"), [(-1, np.inf), (60, np.inf), (-1, 15.0)])
def test_compiled_and_plain_search_are_identical(
    monkeypatch: pytest.MonkeyPatch, stop: int, limit: float
) -> None:
    net = grid()
    search = network._search
    compiled = search(net._into, 3, stop, limit)
    for name in ("_sift_up", "_sift_down"):
        monkeypatch.setattr(network, name, getattr(network, name).py_func)
    plain = search.py_func(net._into, 3, stop, limit)
    np.testing.assert_array_equal(compiled[0], plain[0])
    np.testing.assert_array_equal(compiled[1], plain[1])


edges = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4)), min_size=1)


@settings(max_examples=60, deadline=None)
@given(edges)
def test_any_graph_equals_floyd_warshall(arcs: list[tuple[int, int, int]]) -> None:
    tails, heads, cost = (np.array(column) for column in zip(*arcs, strict=True))
    net = Network(tails, heads, cost, np.arange(7.0), np.zeros(7))
    dense = np.full((7, 7), np.inf)
    np.minimum.at(dense, (tails, heads), cost)
    np.fill_diagonal(dense, 0.0)
    away = floyd_warshall(dense)
    np.testing.assert_array_equal(net.many_to_many(np.arange(7), np.arange(7)), away)
    slots = net.slots_towards(np.arange(7), 100.0)
    assert ((slots == 255) == (np.isinf(away.T) | np.eye(7, dtype=bool))).all()
    mutual = np.isfinite(away) & np.isfinite(away.T)
    assert net.core.sum() == mutual.sum(axis=1).max()


def test_a_disconnected_network_keeps_its_core_and_counts_the_rest() -> None:
    # 0 <-> 1 <-> 2 is the core; 3 can only be left, 4 and 5 lie apart
    net = Network(
        np.array([0, 1, 1, 2, 3, 4, 5]),
        np.array([1, 0, 2, 1, 0, 5, 4]),
        np.ones(7),
        np.arange(6) * 10.0,
        np.zeros(6),
    )
    assert net.core.tolist() == [True, True, True, False, False, False]
    assert net.left_out == 3
    assert str(net) == "6 nodes, 7 arcs, 3 nodes left out of the core"
    assert net.nearest(50.0, 0.0).tolist() == [2]
    assert net.nearest([1.0, 12.0], [0.0, 3.0]).tolist() == [0, 1]
    assert np.isinf(net.many_to_many(0, 4)[0, 0])
    with pytest.raises(ValueError, match="no way leads from node 0 to node 3"):
        net.route(0, 3)


def test_numbers_that_no_arc_uses_are_not_counted() -> None:
    place = np.array([np.nan, 10.0, 20.0, np.nan])
    net = Network(np.array([1]), np.array([2]), np.ones(1), place, place)
    assert (net.core.sum(), net.left_out) == (1, 1)
    assert net.nearest(12.0, 12.0)[0] in {1, 2}


def street(a: int, b: int, x: tuple[float, float], kind: str = "residential") -> dict[str, object]:
    line = shapely.LineString([(x[0], 0.0), (x[1], 0.0)])
    return {
        "from_junction": a,
        "to_junction": b,
        "length_m": line.length,
        "speed_kmh": 36.0,
        "highway": kind,
        "way": min(a, b),
        "geometry": line,
    }


def city(*rows: dict[str, object], **more: gpd.GeoDataFrame) -> City:
    points = [shapely.Point(x, 0.0) for x in (0.0, 100.0, 300.0)]
    layers = {
        "streets": gpd.GeoDataFrame(list(rows), geometry="geometry", crs="EPSG:5186"),
        "junctions": gpd.GeoDataFrame(
            {"signal": False}, geometry=points, crs="EPSG:5186", index=range(3)
        ),
        **more,
    }
    return City("test", "EPSG:5186", layers)


def test_driving_costs_seconds_and_leaves_busways_alone() -> None:
    net = Network.driving(
        city(
            street(0, 1, (0, 100)),
            street(1, 2, (100, 300)),
            street(2, 1, (300, 100)),
            street(1, 0, (100, 0)),
            street(0, 2, (0, 300), "busway"),
        )
    )
    assert net.many_to_many(0, 2)[0, 0] == pytest.approx(30.0)
    assert net.route(0, 2).tolist() == [0, 1]
    assert net.left_out == 0


def test_walking_along_streets_is_symmetric_where_there_are_no_footways() -> None:
    net = Network.walking(city(street(0, 1, (0, 100)), street(1, 2, (100, 300))))
    cost = net.many_to_many(np.arange(3), np.arange(3))
    np.testing.assert_array_equal(cost, cost.T)
    assert cost[0, 2] == pytest.approx(300.0)
    assert net.x.tolist() == [0.0, 100.0, 300.0]


def test_walking_uses_footways_where_there_are_some() -> None:
    line = shapely.LineString([(0.0, 0.0), (0.0, 50.0)])
    ways = gpd.GeoDataFrame(
        {"from_node": [0], "to_node": [1], "length_m": [50.0], "kind": ["path"]},
        geometry=[line],
        crs="EPSG:5186",
    )
    net = Network.walking(city(street(0, 1, (0, 100)), footways=ways))
    assert net.nodes == 2
    assert net.route(1, 0).tolist() == [1]
    assert net.many_to_many(1, 0)[0, 0] == 50.0


@pytest.mark.parametrize(
    ("tails", "heads", "cost", "message"),
    [
        ([], [], [], "a network must have at least one arc, got none"),
        ([0, 1], [1], [1.0], "must have the same length, got 2, 1 and 1"),
        ([0], [2], [1.0], r"heads must be in \[0, 1\], got 2 at arc 0"),
        ([-1], [1], [1.0], r"tails must be in \[0, 1\], got -1 at arc 0"),
        ([0, 0], [1, 1], [1.0, 0.0], r"cost must be more than 0, got 0.0 at arc 1"),
        ([0], [1], [np.nan], r"cost must be more than 0, got nan at arc 0"),
    ],
)
def test_impossible_columns_are_refused(
    tails: list[int], heads: list[int], cost: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Network(tails, heads, cost, np.zeros(2), np.zeros(2))  # type: ignore[arg-type]


def test_a_node_that_is_not_there_is_refused() -> None:
    with pytest.raises(IndexError, match=r"node must be in \[0, 80\], got 81"):
        grid().route(0, 81)


def test_slots_lead_where_routes_do_within_the_limit() -> None:
    net, goals, limit = grid(), [0, 40, 77], 20.0
    slots, away = net.slots_towards(goals, limit), dijkstra(matrix(net))
    first, arcs = net.outgoing
    for row, goal in enumerate(goals):
        known = (away[:, goal] <= limit) & (np.arange(net.nodes) != goal)
        assert ((slots[row] != 255) == known).all()
        assert 0.1 < known.mean() < 0.9
        for node in np.flatnonzero(known):
            assert arcs[first[node] + slots[row, node]] == net.route(node, goal)[0]


def test_slots_that_would_not_fit_are_refused() -> None:
    net = grid()
    with pytest.raises(ValueError, match=r"need 162 bytes, at most 10 are allowed"):
        net.slots_towards([0, 1], 30.0, limit_bytes=10)


def test_a_node_that_too_many_arcs_leave_is_refused() -> None:
    none = np.zeros(301)
    star = Network(none[1:], np.arange(1, 301), np.ones(300), none, none)
    with pytest.raises(ValueError, match="at most 254 arcs may leave a node, got 300"):
        star.slots_towards([1], 10.0)
