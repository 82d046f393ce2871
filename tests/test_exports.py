"""What a module offers: ``__all__`` says it, it is there, public and documented."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest

from tests.source import Module, imports, modules, read

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Modules = Mapping[str, Module]


def exported(module: Module) -> list[str] | None:
    """Return the names in ``__all__``, None where there is none."""
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            value = getattr(node, "value", None)
            return [str(name) for name in ast.literal_eval(value)] if value else []
    return None


def bound(module: Module) -> dict[str, ast.AST]:
    """Return what each name at the top of a module is bound to, imports included."""
    found: dict[str, ast.AST] = {}
    for node in top(module.tree.body):
        if isinstance(node, Definition):
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).split(".")[0]: node for a in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n for target in targets for n in ast.walk(target)]
            found |= {n.id: node for n in names if isinstance(n, ast.Name)}
    return found


def top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those under ``if`` and ``try`` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from top([*node.body, *node.orelse])


def missing_all(found: Modules) -> Iterator[str]:
    """Yield each module that defines something and has no ``__all__``."""
    for module in found.values():
        if bound(module).keys() - {"annotations"} and exported(module) is None:
            yield f"{module.path} has no __all__"


def bad_names(found: Modules) -> Iterator[str]:
    """Yield each exported name that is absent, private or not documented."""
    for module in found.values():
        names = bound(module)
        for name in exported(module) or []:
            if name not in names:
                yield f"{module.path} exports {name}, which is not there"
            elif name.startswith("_"):
                yield f"{module.path} exports {name}, which is private"
            else:
                yield from undocumented(module, names[name])
        if ast.get_docstring(module.tree) is None:
            yield f"{module.path} has no docstring"


def undocumented(module: Module, node: ast.AST) -> Iterator[str]:
    """Yield a function or class without a docstring, and a class's public methods without.

    The members of a protocol are described by its class.
    """
    if not isinstance(node, Definition):
        return
    if ast.get_docstring(node) is None:
        yield f"{module.path}:{node.lineno} {node.name} has no docstring"
    if isinstance(node, ast.ClassDef):
        protocol = any(ast.unparse(base).startswith("Protocol") for base in node.bases)
        for part in node.body if not protocol else []:
            hidden = getattr(part, "name", "_").startswith("_")
            if isinstance(part, Definition) and not hidden and ast.get_docstring(part) is None:
                yield f"{module.path}:{part.lineno} {node.name}.{part.name} has no docstring"


def near(module: Module, other: str) -> bool:
    """Tell whether two modules share a folder below a package: one subject in several files."""
    folder = module.name.rpartition(".")[0]
    return "." in folder and folder == other.rpartition(".")[0]


def leaks(found: Modules) -> Iterator[str]:
    """Yield each private or unlisted name that a module takes from another of ours.

    Files of one folder below a package may take one another's public names unlisted.
    """
    for module in found.values():
        aliases = {}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module in found:
                offered = exported(found[node.module]) or []
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    if inner in found:
                        aliases[alias.asname or alias.name] = inner
                    elif alias.name.startswith("_") or not (
                        alias.name in offered or near(module, node.module)
                    ):
                        yield f"{module.path}:{node.lineno} takes {inner}, which is not offered"
        yield from reaches(module, aliases)


def reaches(module: Module, aliases: Mapping[str, str]) -> Iterator[str]:
    """Yield each ``other._private`` of a module of ours."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            private = node.attr.startswith("_") and not node.attr.startswith("__")
            if node.value.id in aliases and private:
                yield f"{module.path}:{node.lineno} reaches for {ast.unparse(node)}"


def toy(**sources: str) -> dict[str, Module]:
    """Return documented modules written in a test; ``a__b`` names ``a.b``."""
    named = {name.replace("__", "."): f'"""Toy."""\n{text}' for name, text in sources.items()}
    return {name: read(name, text) for name, text in named.items()}


def test_each_module_says_what_it_offers() -> None:
    assert list(missing_all(modules())) == []


def test_what_is_offered_is_there_public_and_documented() -> None:
    assert list(bad_names(modules())) == []


def test_nothing_private_is_taken_from_another_module() -> None:
    assert list(leaks(modules())) == []


def test_nobody_imports_with_a_star() -> None:
    found = modules()
    stars = [
        f"{module.path}:{node.lineno}"
        for module in found.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert stars == []
    assert any(imports(module, found) for module in found.values())


@pytest.mark.parametrize(
    ("source", "wording"),
    [
        ("__all__ = ['f']", "exports f, which is not there"),
        ("__all__ = ['_f']\ndef _f(): ...", "exports _f, which is private"),
        ("__all__ = ['f']\ndef f(): ...", "f has no docstring"),
        ("__all__ = ['C']\nclass C:\n    'A class.'\n    def m(self): ...", "C.m has no docstring"),
    ],
)
def test_a_bad_name_is_seen(source: str, wording: str) -> None:
    (text,) = bad_names(toy(gis__toy=source))
    assert wording in text


def test_a_module_without_all_is_seen() -> None:
    assert list(missing_all(toy(gis__toy="A = 1"))) == ["gis/toy.py has no __all__"]
    assert list(missing_all(toy(gis="from __future__ import annotations"))) == []


def test_a_module_without_docstring_is_seen() -> None:
    found = {"gis.toy": read("gis.toy", "__all__ = []")}
    assert list(bad_names(found)) == ["gis/toy.py has no docstring"]


@pytest.mark.parametrize(
    "taker",
    [
        "from gis.a import _hidden",
        "from gis.a import LOCAL",
        "from gis import a\na._hidden()",
        "def later():\n    from gis.a import _hidden",
    ],
)
def test_a_leak_is_seen(taker: str) -> None:
    offered = "__all__ = ['f']\nLOCAL = 1\ndef f(): 'F.'\ndef _hidden(): ..."
    assert len(list(leaks(toy(gis="", gis__a=offered, gis__b=taker)))) == 1


def test_files_of_one_folder_take_public_names_but_no_private_ones() -> None:
    offered = "__all__ = []\nLOCAL = 1\n_hidden = 2"
    sources = {"gis__town__a": offered, "gis__town__b": "from gis.town.a import LOCAL"}
    assert list(leaks(toy(**sources))) == []
    sources["gis__town__b"] = "from gis.town.a import _hidden"
    assert len(list(leaks(toy(**sources)))) == 1


def test_what_is_offered_may_be_taken() -> None:
    offered = "__all__ = ['f']\ndef f(): 'F.'"
    taker = "from gis import a\nfrom gis.a import f\na.f()\na.__name__"
    assert list(leaks(toy(gis="", gis__a=offered, gis__b=taker))) == []
