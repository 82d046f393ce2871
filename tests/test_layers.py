"""Who may import whom: one way between the packages and inside ``twin``, and no cycles."""

from __future__ import annotations

import pytest

from tests.source import Import, Module, cycles, imports, modules, read

PACKAGE_ORDER = ("gis", "twin", "scenarios", "viz")
# Inside twin a module imports its own row and the rows above it.
TWIN_ORDER = (
    ("twin.cache",),
    ("twin.kernel", "twin.shared", "twin.elementary"),
    (
        "twin.luck",
        "twin.trace",
        "twin.params",
        "twin.area",
        "twin.datafile",
        "twin.kept",
        "twin.extremes",
        "twin.siting",
        "twin.tours",
    ),
    ("twin.calendar", "twin.world", "twin.span"),
    ("twin.views", "twin.watch", "twin.memory"),
    ("twin.sim",),
    ("twin.crashes", "twin.patrol", "twin.dispatch", "twin.survey", "twin.machines", "twin.rounds"),
    ("twin.response",),
    (
        "twin.solution",
        "twin.parking_kpis",
        "twin.crossing_kpis",
        "twin.park_kpis",
        "twin.emissions",
    ),
    ("twin.scenario",),
    ("twin.experiment",),
    ("twin.appraisal",),
    ("twin.claims",),
    ("twin.results",),
    ("twin.maps",),
    ("twin.doctor",),
    ("twin.talk",),
)
TOP = "twin.cli"


def twin_row(module: str) -> int:
    """Return the row of a module of twin; the package itself stands above all."""
    if module == "twin":
        return -1
    for row, members in enumerate(TWIN_ORDER):
        if any(module == member or module.startswith(member + ".") for member in members):
            return row
    raise LookupError(f"{module} has no place in TWIN_ORDER: decide what it may import")


def fault(edge: Import) -> str | None:
    """Return why an import goes the wrong way, or None."""
    importer, imported = edge.importer.split("."), edge.imported.split(".")
    if edge.imported == TOP or edge.imported.startswith(TOP + "."):
        inside = edge.importer == TOP or edge.importer.startswith(TOP + ".")
        return None if inside else f"{edge}: nobody imports the command line"
    if edge.importer == TOP or edge.importer.startswith(TOP + "."):
        return None
    if PACKAGE_ORDER.index(imported[0]) > PACKAGE_ORDER.index(importer[0]):
        return f"{edge}: {importer[0]} may not know {imported[0]}"
    if importer[0] == imported[0] == "twin" and twin_row(edge.imported) > twin_row(edge.importer):
        return f"{edge}: inside twin it goes the other way"
    if importer[0] == imported[0] == "scenarios" and importer[1:2] != imported[1:2]:
        return f"{edge}: a solution may not know another"
    return None


def faults(found: dict[str, Module]) -> list[str]:
    """Return each import that goes the wrong way."""
    edges = [edge for module in found.values() for edge in imports(module, found)]
    return [text for text in map(fault, edges) if text]


def toy(**sources: str) -> dict[str, Module]:
    """Return modules written in a test; ``a__b`` names ``a.b``."""
    named = {name.replace("__", "."): source for name, source in sources.items()}
    return {name: read(name, source) for name, source in named.items()}


def test_imports_go_one_way() -> None:
    assert faults(modules()) == []


def test_each_module_of_twin_has_a_place() -> None:
    found = [name for name in modules(packages=["twin"]) if not f"{name}.".startswith(f"{TOP}.")]
    assert len(found) > len(TWIN_ORDER)
    assert all(twin_row(name) < len(TWIN_ORDER) for name in found)


def test_no_cycles_when_the_program_runs() -> None:
    found = modules()
    edges = [e for module in found.values() for e in imports(module, found) if not e.for_types]
    assert cycles(edges) == []


def test_no_cycles_among_types_either() -> None:
    found = modules()
    assert cycles(e for module in found.values() for e in imports(module, found)) == []


def test_all_files_are_looked_at() -> None:
    found = modules()
    assert {"gis", "gis.city", "gis.readers", "twin.world", "scenarios", "viz"} <= set(found)


@pytest.mark.parametrize(
    ("source", "wording"),
    [
        ("from twin.luck import Luck", "gis may not know twin"),
        ("import viz.scene", "gis may not know viz"),
        ("def later():\n    from twin import luck", "gis may not know twin"),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import twin.luck",
            "(for types)",
        ),
        ("import importlib\nimportlib.import_module('twin.luck')", "gis may not know twin"),
    ],
)
def test_an_upward_import_is_seen(source: str, wording: str) -> None:
    (text,) = faults(toy(gis__city=source, twin__luck="", viz__scene=""))
    assert wording in text


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("twin.world.parking", "twin.solution"),
        ("twin.world.parking", "twin.scenario"),
        ("twin.luck", "twin.calendar"),
        ("twin.sim", "twin.solution"),
        ("twin.solution", "twin.scenario"),
        ("twin.experiment.compare", "twin.appraisal.cash"),
        ("twin.scenario", "twin.experiment.runner"),
        ("twin.appraisal.cash", "viz.charts"),
        ("viz.report", "twin.cli"),
        ("scenarios.shared_parking", "scenarios.enforcement"),
        ("scenarios.shared_parking", "scenarios.enforcement.patrol"),
    ],
)
def test_the_wrong_way_is_refused(importer: str, imported: str) -> None:
    assert fault(Import(importer, imported, 1)) is not None


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("twin.calendar", "twin.world.parking"),
        ("twin.world.parking", "twin.luck"),
        ("twin.sim", "twin.calendar"),
        ("twin.appraisal.cash", "twin.experiment.compare"),
        ("scenarios.shared_parking.costs", "scenarios.shared_parking.owners"),
        ("viz.scene", "gis.city"),
        ("twin.cli", "viz.report"),
    ],
)
def test_the_right_way_is_allowed(importer: str, imported: str) -> None:
    assert fault(Import(importer, imported, 1)) is None


def test_a_module_without_a_place_is_named() -> None:
    with pytest.raises(LookupError, match=r"twin\.helpers has no place in TWIN_ORDER"):
        faults(toy(twin__helpers="import twin.luck", twin__luck=""))


def test_a_relative_import_is_refused() -> None:
    with pytest.raises(ImportError, match=r"gis/city\.py:1 imports relatively"):
        faults(toy(gis__city="from . import schema", gis__schema=""))


def test_a_cycle_is_found() -> None:
    found = toy(gis__a="import gis.b", gis__b="from gis import c", gis__c="from gis.a import x")
    edges = [e for module in found.values() for e in imports(module, found)]
    assert cycles(edges) == [["gis.a", "gis.b", "gis.c"]]


def test_a_cycle_of_types_is_told_apart() -> None:
    guarded = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gis.b import B\n"
    found = toy(gis__a=guarded, gis__b="import gis.a")
    edges = [e for module in found.values() for e in imports(module, found)]
    assert cycles(e for e in edges if not e.for_types) == []
    assert cycles(edges) == [["gis.a", "gis.b"]]
