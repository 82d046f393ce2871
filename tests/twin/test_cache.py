"""Compiled kernels: an edit anywhere below is seen, and nothing else is compiled again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import pytest

from tests.source import ROOT
from twin import cache
from twin.luck import u01

KERNEL = """
from numba import njit
from twin.cache import compiled_here

def kernel(function):
    with compiled_here():
        return njit(function, cache=True)
"""
INNER = """
from twin.figures import STEP
from twin.kernel import kernel

@kernel
def inner(x):
    return x + STEP
"""
OUTER = """
from twin.kernel import kernel
from twin.world.inner import inner

@kernel
def outer(x):
    return 10 * inner(x)
"""
CALL = """
from twin.world.outer import outer
print(outer(4), sum(outer.stats.cache_hits.values()))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the machinery beside two kernels, one calling the other across files."""
    twin = tmp_path / "project" / "twin"
    (twin / "world").mkdir(parents=True)
    for name in ("__init__.py", "cache.py", "world/__init__.py"):
        shutil.copy(ROOT / "twin" / name, twin / name)
    (twin / "kernel.py").write_text(KERNEL)
    (twin / "figures.py").write_text("STEP = 1\n")
    (twin / "other.py").write_text("import twin.world.outer\n")
    (twin / "world" / "inner.py").write_text(INNER)
    (twin / "world" / "outer.py").write_text(OUTER)
    return twin.parent


def call(project: Path) -> tuple[int, int]:
    """Return what the outer kernel gives in a process of its own, and its hits in the cache."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(project.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", CALL],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    value, hits = done.stdout.split()
    return int(value), int(hits)


def test_a_second_process_finds_the_compiled_code(project: Path) -> None:
    assert call(project) == (50, 0)
    assert call(project) == (50, 1)


def test_an_edit_of_a_called_function_in_another_file_is_seen(project: Path) -> None:
    assert call(project) == (50, 0)
    (project / "twin/world/inner.py").write_text(INNER.replace("x + STEP", "x - STEP"))
    assert call(project) == (30, 0)


def test_an_edit_of_a_constant_in_a_file_without_kernels_is_seen(project: Path) -> None:
    assert call(project) == (50, 0)
    (project / "twin/figures.py").write_text("STEP = 2\n")
    assert call(project) == (60, 0)


def test_an_edit_of_what_no_kernel_reaches_compiles_nothing(project: Path) -> None:
    before = cache.fingerprint(project)
    (project / "twin/other.py").write_text("import twin.world.outer  # edited\n")
    assert cache.fingerprint(project) == before


def test_the_sources_are_those_that_kernels_reach(project: Path) -> None:
    names = [path.relative_to(project).as_posix() for path in cache.kernel_sources(project)]
    assert {"twin/world/inner.py", "twin/world/outer.py", "twin/figures.py"} <= set(names)
    assert "twin/other.py" not in names


def test_the_name_of_a_module_after_import_counts(project: Path) -> None:
    (project / "twin/world/inner.py").write_text(
        INNER.replace("from twin.figures import STEP", "from twin import (figures)")
    )
    assert project / "twin/figures.py" in cache.kernel_sources(project)


def test_the_real_kernels_are_found() -> None:
    names = {path.name for path in cache.kernel_sources(ROOT)}
    assert {"luck.py", "elementary.py", "kernel.py"} <= names


def test_the_real_kernels_are_kept_there() -> None:
    compiled: Any = u01
    assert Path(compiled.stats.cache_path).is_relative_to(cache.folder())


def test_the_setting_of_other_peoples_kernels_is_left_alone() -> None:
    with cache.compiled_here():
        assert vars(numba.config)["CACHE_DIR"] == str(cache.folder())
    assert vars(numba.config)["CACHE_DIR"] == os.environ.get("NUMBA_CACHE_DIR", "")


def test_old_folders_go_and_the_last_used_stay(tmp_path: Path) -> None:
    for age in range(6):
        made = tmp_path / f"kernels-{age}"
        made.mkdir()
        os.utime(made, (1e9 - age, 1e9 - age))
    (tmp_path / "elsewhere").mkdir()
    cache.prune(tmp_path, kept=2)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["elsewhere", "kernels-0", "kernels-1"]


def test_the_folder_lies_in_the_user_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = cache.folder.__wrapped__()
    assert made.parent == tmp_path / "dongne"
    assert made.is_dir()


def test_without_a_folder_to_write_it_is_a_private_temporary_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = cache.folder.__wrapped__()
    assert made.parent == tmp_path / f"dongne-{os.getuid()}"
    assert made.parent.stat().st_mode & 0o077 == 0


def test_a_temporary_folder_open_to_others_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = tmp_path / f"dongne-{os.getuid()}"
    stranger.mkdir()
    stranger.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "dongne-file"))
    (tmp_path / "dongne-file").write_text("no folder")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert stranger not in cache.folder.__wrapped__().parents


def test_a_relative_cache_home_is_not_used() -> None:
    found = cache.user_cache({"XDG_CACHE_HOME": "here"})
    assert found is None or found.is_absolute()
