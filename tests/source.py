"""The project's own source as data: modules, what they import, and cycles among them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PACKAGES", "ROOT", "Import", "Module", "cycles", "imports", "modules", "read"]

ROOT = Path(__file__).parents[1]
PACKAGES = ("gis", "twin", "scenarios", "viz")


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its path under the root, its syntax tree."""

    name: str
    path: str
    tree: ast.Module


@dataclass(frozen=True)
class Import:
    """One module of ours that another imports; ``for_types`` where only a type checker does."""

    importer: str
    imported: str
    line: int
    for_types: bool = False

    def __str__(self) -> str:
        """Show the import as an error does."""
        types = " (for types)" if self.for_types else ""
        return f"{self.importer}:{self.line} imports {self.imported}{types}"


def read(name: str, source: str) -> Module:
    """Parse the source of a module that lies in no file: what the checkers are tested on."""
    return Module(name, name.replace(".", "/") + ".py", ast.parse(source))


def modules(root: Path = ROOT, packages: Iterable[str] = PACKAGES) -> dict[str, Module]:
    """Return the modules of the packages by dotted name."""
    found = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            relative = path.relative_to(root)
            parts = relative.with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
            found[name] = Module(name, relative.as_posix(), tree)
    return found


def imports(module: Module, known: Iterable[str]) -> list[Import]:
    """Return what a module imports of the known ones, at its top or anywhere inside.

    ``from gis import city`` counts as ``gis.city`` where there is such a module; so does
    ``import_module("gis.city")``. A relative import is an error.
    """
    ours = set(known)
    return [
        Import(module.name, name, getattr(node, "lineno", 0), for_types)
        for node, for_types in _walk(module.tree, for_types=False)
        for name in _names(node, ours, module)
    ]


def cycles(edges: Iterable[Import]) -> list[list[str]]:
    """Return a shortest cycle through each module that lies on one, each cycle once."""
    graph: dict[str, list[str]] = {}
    for edge in edges:
        graph.setdefault(edge.importer, []).append(edge.imported)
    found: dict[frozenset[str], list[str]] = {}
    for start in sorted(graph):
        path = _back_to(start, graph)
        if path:
            found.setdefault(frozenset(path), path)
    return list(found.values())


def _walk(node: ast.AST, *, for_types: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield each node, and whether it stands under ``if TYPE_CHECKING``."""
    yield node, for_types
    guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    body = node.body if guarded and isinstance(node, ast.If) else []
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, for_types=for_types or child in body)


def _names(node: ast.AST, ours: set[str], module: Module) -> list[str]:
    """Return the modules of ours that one statement or call imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name in ours]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            raise ImportError(f"{module.path}:{node.lineno} imports relatively")
        return _from(node, ours)
    if isinstance(node, ast.Call) and "import_module" in ast.dump(node.func):
        literals = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
        return [str(name) for name in literals if name in ours]
    return []


def _from(node: ast.ImportFrom, ours: set[str]) -> list[str]:
    """Return the modules of ours that ``from package import names`` reaches."""
    base = node.module or ""
    deeper = {f"{base}.{alias.name}" for alias in node.names} & ours
    whole = base in ours and len(deeper) < len(node.names)
    return sorted(deeper) + [base] * whole


def _back_to(start: str, graph: Mapping[str, list[str]]) -> list[str]:
    """Return the shortest path from a module back to itself, or nothing."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for step in graph.get(path[-1], []):
            if step == start:
                return path
            if step not in seen:
                seen.add(step)
                paths.append([*path, step])
    return []
