"""Nothing but luck is random: no other generator, no order of a set, no wall clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.source import ROOT, Module, modules, read

# Where the clock on the wall may be read, and why.
CLOCK_ALLOWED = {
    "twin/cli.py": "provenance: when a result was made",
    "twin/experiment/runner.py": "progress: how long the rest will take",
    "twin/experiment/store.py": "provenance: when a run was stored",
    "twin/talk.py": "progress: how long a stage took",
}
RANDOM_MODULES = ("random", "numpy.random", "secrets", "uuid")
RANDOM_NAMES = {"rvs", "shuffle", "shuffle_do", "default_rng", "RandomState", "urandom"}
SAMPLING = {"n", "frac", "replace", "weights", "random_state"}
CLOCK = re.compile(
    r"(^|\.)(time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime"
    r"|gmtime)|(datetime|date|Timestamp)\.(now|utcnow|today))$"
)
# They differ in the last bit between a scalar and a column; kernels take twin.elementary's.
INEXACT = re.compile(
    r"^(np|numpy)\.(exp|exp2|expm1|log|log2|log10|log1p|logaddexp|power|float_power)$"
)
# What takes an iterable and does not show its order.
BLIND = {"sorted", "set", "frozenset", "len", "any", "all", "min", "max", "update", "Counter"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
ORDERED = {"list", "tuple", "enumerate", "iter", "next", "zip", "map", "filter", "array"} | {
    "fromiter", "join", "fromkeys", "sum", "extend", "reduce",
}  # fmt: skip

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Rule = Callable[[Module], Iterator[str]]


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` of a name or attribute; an expression in front becomes ``?``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def where(module: Module, node: ast.AST, text: str) -> str:
    return f"{module.path}:{getattr(node, 'lineno', 0)} {text}"


def other_randomness(module: Module) -> Iterator[str]:
    """Yield each use of a generator that is not a Luck."""
    for node in ast.walk(module.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if any(name == m or name.startswith(m + ".") for m in RANDOM_MODULES):
                yield where(module, node, f"imports {name}")
        if isinstance(node, ast.Attribute) and node.attr in RANDOM_NAMES | {"random"}:
            yield where(module, node, f"uses {dotted(node)}")
        if isinstance(node, ast.Call) and draws_rows(node):
            yield where(module, node, f"calls {dotted(node.func)}")


def draws_rows(call: ast.Call) -> bool:
    """Tell a table's ``sample(3)`` from other things of that name."""
    counted = [isinstance(a, ast.Constant) and isinstance(a.value, int) for a in call.args]
    named = SAMPLING & {keyword.arg for keyword in call.keywords}
    return dotted(call.func).endswith(".sample") and (counted == [True] or bool(named))


def hashes(module: Module) -> Iterator[str]:
    """Yield each call of ``hash``: it differs between processes."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "hash":
            yield where(module, node, "calls hash()")


def wall_clock(module: Module) -> Iterator[str]:
    """Yield each look at the wall clock outside the files that may."""
    if module.path in CLOCK_ALLOWED:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and CLOCK.search(dotted(node)):
            yield where(module, node, f"reads {dotted(node)}")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield where(module, node, "imports from time: write time.NAME, so that it shows")


def inexact_columns(module: Module) -> Iterator[str]:
    """Yield each logarithm or exponential of numpy in a file of kernels or of the world."""
    kernels = "twin.kernel" in ast.unparse(module.tree)
    if not (kernels or module.name.startswith("twin.world") or module.name == "twin.luck"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and INEXACT.match(dotted(node)):
            yield where(module, node, f"uses {dotted(node)}: take twin.elementary's")


def set_orders(module: Module) -> Iterator[str]:
    """Yield each place where the order of a set shows, as far as the text tells."""
    scopes = [n for n in ast.walk(module.tree) if isinstance(n, FUNCTIONS)]
    for scope in (*scopes, module.tree):
        yield from orders_in(module, scope, set_names(scope))


def own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, without those of the functions inside it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, FUNCTIONS):
            yield from own(child)


def set_names(scope: ast.AST) -> set[str]:
    """Return the names that hold a set everywhere they are bound in a scope."""
    bound: dict[str, list[bool]] = {}
    for node in own(scope):
        if isinstance(node, ast.arg):
            typed = node.annotation is not None and is_set_type(node.annotation)
            bound.setdefault(node.arg, []).append(typed)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            bound.setdefault(node.target.id, []).append(is_set_type(node.annotation))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append(is_set(node.value, set()))
    return {name for name, kinds in bound.items() if all(kinds)}


def is_set_type(annotation: ast.AST) -> bool:
    return re.match(r"(set|frozenset|AbstractSet|Set)\b", ast.unparse(annotation)) is not None


def is_set(node: ast.AST, names: set[str]) -> bool:
    """Tell whether an expression is a set by its form."""
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub):
        return any(is_set(side, names) or is_keys(side) for side in (node.left, node.right))
    if isinstance(node, ast.Call):
        called = dotted(node.func).split(".")[-1]
        return called in {"set", "frozenset"} or (
            called in SET_METHODS
            and isinstance(node.func, ast.Attribute)
            and is_set(node.func.value, names)
        )
    return False


def is_keys(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func).endswith(".keys")


def counts(node: ast.AST) -> bool:
    """Tell whether a generator yields conditions: their sum is a whole number in any order."""
    return isinstance(node, ast.GeneratorExp) and isinstance(node.elt, ast.Compare | ast.Constant)


def orders_in(module: Module, scope: ast.AST, names: set[str]) -> Iterator[str]:
    """Yield each loop over a set, and each call that puts one in a row."""
    blind = {
        id(arg)
        for node in own(scope)
        if isinstance(node, ast.Call)
        for arg in node.args
        if dotted(node.func).split(".")[-1] in BLIND or (dotted(node.func) == "sum" and counts(arg))
    }
    for node in own(scope):
        loops: list[ast.AST] = []
        if isinstance(node, ast.For):
            loops = [node.iter]
        elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
            loops = [g.iter for g in node.generators] if id(node) not in blind else []
        elif isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ORDERED:
            loops = list(node.args)
        elif isinstance(node, ast.Starred) and id(node) not in blind:
            loops = [node.value]
        for loop in loops:
            if is_set(loop, names):
                yield where(module, loop, f"shows the order of a set: {ast.unparse(loop)}")


def faults(rule: Rule, packages: tuple[str, ...]) -> list[str]:
    return [text for module in modules(packages=packages).values() for text in rule(module)]


SCIENCE = ("gis", "twin", "scenarios")
EVERYTHING = (*SCIENCE, "viz")
RULES = [
    (other_randomness, EVERYTHING),
    (hashes, EVERYTHING),
    (wall_clock, SCIENCE),
    (inexact_columns, SCIENCE),
    (set_orders, EVERYTHING),
]


@pytest.mark.parametrize(
    ("rule", "packages"), RULES, ids=lambda value: getattr(value, "__name__", "")
)
def test_nothing_but_luck(rule: Rule, packages: tuple[str, ...]) -> None:
    assert faults(rule, packages) == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (other_randomness, "import random"),
        (other_randomness, "from random import choice"),
        (other_randomness, "import numpy.random as r"),
        (other_randomness, "from numpy import random"),
        (other_randomness, "import numpy as np\nnp.random.uniform()"),
        (other_randomness, "def step(self):\n    self.model.random.choice([1])"),
        (other_randomness, "agents.shuffle_do('step')"),
        (other_randomness, "import scipy.stats\nscipy.stats.norm.rvs(3)"),
        (other_randomness, "frame.sample(3)"),
        (other_randomness, "frame.sample(frac=0.5, random_state=1)"),
        (other_randomness, "import uuid"),
        (other_randomness, "import os\nos.urandom(4)"),
        (hashes, "key = hash('a')"),
        (wall_clock, "import time\ntime.time()"),
        (wall_clock, "import datetime\ndatetime.datetime.now()"),
        (wall_clock, "import pandas as pd\npd.Timestamp.now()"),
        (wall_clock, "from time import perf_counter"),
        (inexact_columns, "import numpy as np\ny = np.log(3)"),
        (inexact_columns, "import numpy as np\ny = np.exp(3)"),
        (set_orders, "for x in {1, 2}:\n    pass"),
        (set_orders, "a = [x for x in set(b)]"),
        (set_orders, "names = {'a', 'b'}\nfor name in names:\n    pass"),
        (set_orders, "def f(names: set[str]):\n    return list(names)"),
        (set_orders, "def f(a, b):\n    return tuple(a.keys() & b.keys())"),
        (set_orders, "s = frozenset('ab')\n', '.join(s)"),
        (set_orders, "s = set('ab')\nrow = [*s]"),
        (set_orders, "s = set('ab')\nd = {x: 1 for x in s}"),
        (set_orders, "import numpy as np\nnp.array(list(set('ab')))"),
        (set_orders, "a = set('ab')\ntotal = sum(x for x in a)"),
        (set_orders, "for x in set('ab').union('c'):\n    pass"),
    ],
)
def test_a_fault_is_seen(rule: Rule, source: str) -> None:
    assert list(rule(read("twin.world.toy", source)))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (other_randomness, "from twin.luck import Luck\nu = luck.uniform(3)"),
        (other_randomness, "z = relief.sample(x, y)"),
        (hashes, "from hashlib import blake2b\nblake2b(b'a')"),
        (wall_clock, "def f(sim):\n    return sim.now, sim.time"),
        (
            inexact_columns,
            "import numpy as np\nfrom twin.elementary import log\ny = log(np.sqrt(2.0))",
        ),
        (set_orders, "for x in sorted({1, 2}):\n    pass"),
        (set_orders, "a = {x + 1 for x in {1, 2}}"),
        (set_orders, "ok = all(x > 0 for x in {1, 2})"),
        (set_orders, "s = set('ab')\nhere = 'a' in s and len(s) == 2"),
        (set_orders, "s = set('ab')\ns = sorted(s)\nfor x in s:\n    pass"),
        (set_orders, "many = sum(x > 0 for x in {1, 2})"),
        (set_orders, "def f():\n    a = {1}\ndef g(a):\n    return list(a)"),
        (set_orders, "for x in {'a': 1}:\n    pass"),
    ],
)
def test_what_is_allowed_passes(rule: Rule, source: str) -> None:
    assert list(rule(read("twin.world.toy", source))) == []


def test_numpy_logarithms_are_free_outside_kernels() -> None:
    assert list(inexact_columns(read("twin.appraisal.toy", "import numpy as np\nnp.log(2)"))) == []


def test_the_clock_is_read_only_where_said() -> None:
    source = "import time\ntime.time()"
    allowed = Module("twin.cli", "twin/cli.py", ast.parse(source))
    assert list(wall_clock(allowed)) == []


# The project speaks only of itself. Each pattern is written so that it does not match itself.
FOREIGN = {
    "a path of somebody's machine": r"(?<![\w.~}>])/(?:home|root|Users|work|opt)/[\w.]",
    "a file address": r"\bfile:[/]{3}",
    "the host of a registry": r"\b(?:py[p]i|files\.pythonhosted|registry\.n[p]mjs|deb\.debian"
    r"|conda\.anaconda|static\.crates)\.(?:org|com|io)\b",
    "papers that are not in the project": r"\bshared/(?:design|style|evidence|models|ecosystem"
    r"|performance|brief)\b",
    "somebody's tool": r"\b(?:Cl[a]ude|Anthr[o]pic|Open[A]I|Chat[G]PT|Co[p]ilot)\b",
}
TEXT = {
    ".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".cfg", ".j2", ".html", ".css", ".js",
    ".out", ".sh", ".csv", ".geojson", "",
}  # fmt: skip
NOT_OURS = {"out", "build", "dist", "__pycache__", "node_modules", ".coverage"}


def project_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield the text files of the project, without what tools leave in it."""
    for path in sorted(root.iterdir()):
        made = path.is_dir() and path.name.startswith(".") and path.name != ".ci"
        if made or path.name in NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from project_files(path)
        elif path.suffix in TEXT:
            yield path


def foreign(text: str) -> list[str]:
    """Return what a text says that is not of the project."""
    found = [(what, re.search(pattern, text)) for what, pattern in FOREIGN.items()]
    return [f"{what}: {match.group()}" for what, match in found if match]


def test_the_project_speaks_only_of_itself() -> None:
    files = list(project_files())
    assert ROOT / "pyproject.toml" in files
    said = {
        path.relative_to(ROOT).as_posix(): foreign(path.read_text(encoding="utf-8"))
        for path in files
    }
    assert {name: what for name, what in said.items() if what} == {}


@pytest.mark.parametrize(
    "parts",
    [
        ("open('/ho", "me/kim/city.gpkg')"),
        ("cd /wo", "rk/main"),
        ("file:", "///srv/wheels"),
        ("https://py", "pi.org/simple"),
        ("see shared/de", "sign.md"),
        ("written by Cla", "ude"),
    ],
)
def test_foreign_words_are_seen(parts: tuple[str, str]) -> None:
    assert foreign("".join(parts))


@pytest.mark.parametrize(
    "text", ["../shared/data/osm", "homework/rooted", "~/.cache/dongne", "https://example.org/home"]
)
def test_our_own_words_pass(text: str) -> None:
    assert foreign(text) == []
