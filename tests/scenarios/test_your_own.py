"""The solution that a newcomer copies from the example keeps the contract as it stands."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import scenarios
from gis.newtown import newtown
from scenarios import solutions
from tests.scenarios import test_about
from tests.source import ROOT
from tests.twin import test_laws
from twin.solution import Solution
from twin.world.ground import ground

EXAMPLE = ROOT / "examples" / "03_your_own_solution.py"
CHECKS = [
    check
    for module in (test_about, test_laws)
    for name, check in vars(module).items()
    if name.startswith("test_") and "kind" in inspect.signature(check).parameters
]


def copied(example: Path) -> str:
    """Return the module that CONTRIBUTING asks for: docstring, imports, ``__all__``, the class."""
    tree = ast.parse(example.read_text(encoding="utf-8"))
    wanted = ast.Import | ast.ImportFrom | ast.ClassDef
    body = tree.body[:1] + [node for node in tree.body[1:] if isinstance(node, wanted)]
    (kind,) = (node.name for node in body if isinstance(node, ast.ClassDef))
    return "\n".join([*map(ast.unparse, body), f"__all__ = [{kind!r}]"])


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Solution]]:
    (tmp_path / "kerb_price.py").write_text(copied(EXAMPLE), encoding="utf-8")
    monkeypatch.setattr(scenarios, "__path__", [*scenarios.__path__, str(tmp_path)])
    yield solutions()["kerb_price"]
    del sys.modules["scenarios.kerb_price"]


def test_there_are_checks_to_run() -> None:
    names = {check.__name__ for check in CHECKS}
    assert "test_the_data_it_rests_on_are_layers_and_columns_of_the_schema" in names
    assert len(names) >= 6


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_the_copied_example_keeps_the_contract(
    check: Callable[..., None], kind: type[Solution]
) -> None:
    asked = inspect.signature(check).parameters
    town = ground(newtown(residents=2_000))
    place = test_laws.Place(town)
    makes = {
        "kind": lambda: kind,
        "town": lambda: town,
        "place": lambda: place,
        "base": lambda: test_laws.lived(place),
        "untouched": lambda: test_laws.lived(place).trace,
    }
    check(**{name: makes[name]() for name in asked})


def test_a_solution_without_data_is_told_what_is_missing(kind: type[Solution]) -> None:
    bare = type("Bare", (kind,), {"data": {}})
    with pytest.raises(AssertionError, match=r"Bare.data is missing: the layers and columns"):
        test_about.test_the_data_it_rests_on_are_layers_and_columns_of_the_schema(bare)
