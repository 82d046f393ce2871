"""What each solution says about itself can be followed up: KPI, data and claims."""

from __future__ import annotations

import pytest

from gis.newtown import newtown
from gis.schema import SCHEMA
from scenarios import solutions
from twin.claims.claims import read_claims
from twin.experiment.sweep import swept
from twin.params import specs
from twin.scenario import CitySpec, Scenario
from twin.solution import Solution


@pytest.fixture(params=solutions().values(), ids=solutions().keys())
def kind(request: pytest.FixtureRequest) -> type[Solution]:
    found: type[Solution] = request.param
    return found


def test_the_headline_is_a_kpi(kind: type[Solution]) -> None:
    known = {kpi.name for kpi in kind.kpis}
    assert kind.headline in known, f"{kind.__name__}.headline must be one of its kpis: {known}"


def test_the_data_it_rests_on_are_layers_and_columns_of_the_schema(kind: type[Solution]) -> None:
    assert kind.data, (
        f"{kind.__name__}.data is missing: the layers and columns that it rests on, with weights; "
        "for parking: data: ClassVar[dict[str, float]] = PARKING_DATA, of twin.parking_kpis"
    )
    for need in kind.data:
        layer, _, column = need.partition(".")
        assert layer in SCHEMA, f"{kind.__name__}.data: {layer!r} is no layer of gis.schema.SCHEMA"
        columns = {one.name for one in SCHEMA[layer].columns}
        assert not column or column in columns, f"{need!r} is no column; there are: {columns}"
    (trust,) = newtown(residents=2_000).check({"it": kind.data}).solutions
    assert trust.missing == 0, f"{kind.__name__}.data: a new town has not all of it: {trust}"
    assert trust.level == "illustration only"  # a city made in code proves nothing


def test_its_claims_are_in_the_ledger(kind: type[Solution]) -> None:
    unknown = set(kind.claims) - set(read_claims().entries)
    assert not unknown, f"{kind.__name__}.claims: not in twin/claims/claims.yaml: {unknown}"


def test_what_is_in_doubt_can_be_asked(kind: type[Solution]) -> None:
    """Each doubt is of parameters that take its values, and its usual value lies between them."""
    known = {spec.name: spec for spec in specs(kind)}
    for doubt in kind.doubts:
        assert doubt.english
        assert doubt.korean
        assert doubt.met is None or doubt.met in {kpi.name for kpi in kind.kpis}
        for name in doubt.parameters:
            usual = known[name].default
            assert min(doubt.values) <= usual <= max(doubt.values), f"{name}: {usual}"
    if kind.doubts:
        made = swept(Scenario("it", CitySpec(), (), {"it": (kind(),)}))
        assert len(made.alternatives) == sum(len(doubt.values) for doubt in kind.doubts)
