"""What each solution says about itself can be followed up: KPI, data and claims."""

from __future__ import annotations

import pytest

from gis.newtown import newtown
from gis.schema import SCHEMA
from scenarios import solutions
from twin.claims.claims import read_claims
from twin.solution import Solution


@pytest.fixture(params=solutions().values(), ids=solutions().keys())
def kind(request: pytest.FixtureRequest) -> type[Solution]:
    found: type[Solution] = request.param
    return found


def test_the_headline_is_a_kpi(kind: type[Solution]) -> None:
    assert kind.headline in {kpi.name for kpi in kind.kpis}


def test_the_data_it_rests_on_are_layers_and_columns_of_the_schema(kind: type[Solution]) -> None:
    assert kind.data
    for need in kind.data:
        layer, _, column = need.partition(".")
        assert not column or column in {one.name for one in SCHEMA[layer].columns}
    (trust,) = newtown(residents=2_000).check({"it": kind.data}).solutions
    assert trust.missing == 0
    assert trust.level == "illustration only"  # a city made in code proves nothing


def test_its_claims_are_in_the_ledger(kind: type[Solution]) -> None:
    assert set(kind.claims) <= set(read_claims().entries)
