"""Where compiled kernels are kept: a folder per state of the source, so that no edit is missed.

numba's own cache looks at the file of the outermost function only: an edited function that it calls
in another file goes on running as before. Here the folder is named after a hash of every file that
a kernel can reach, so another source is another folder.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

__all__ = [
    "KEPT",
    "compiled_here",
    "fingerprint",
    "folder",
    "kernel_sources",
    "prune",
    "user_cache",
]

KEPT = 8
"""Folders of compiled kernels that are kept: the states of the source used last."""

COMPILERS = ("numba", "llvmlite", "numpy")
_IMPORT = re.compile(
    r"^\s*(?:from|import)\s+((?:gis|twin)[\w.]*)(?:\s+import\s+(.+))?", re.MULTILINE
)
_KERNEL = re.compile(r"^\s*(?:from twin\.kernel import|import twin\.kernel)", re.MULTILINE)


@contextmanager
def compiled_here() -> Iterator[None]:
    """Let functions that numba decorates meanwhile keep their machine code in :func:`folder`."""
    from numba import config

    settings = vars(config)  # a module whose names are made at run time
    before = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(folder())
    try:
        yield
    finally:
        settings["CACHE_DIR"] = before


@cache
def folder() -> Path:
    """Return the folder for the source as it is now, made at the first call of a process.

    Where no folder of the user's can be written, it is one under the system's temporary folder.
    """
    name = "kernels-" + fingerprint(Path(__file__).parents[1])
    for home in (user_cache(os.environ), _shared_temporary()):
        made = _make(home, name)
        if made is not None:
            return made
    return Path(tempfile.mkdtemp(prefix="dongne-"))


def user_cache(environment: Mapping[str, str]) -> Path | None:
    """Return the project's folder in the user's cache, ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    named = environment.get("XDG_CACHE_HOME", "")
    if os.path.isabs(named):
        return Path(named) / "dongne"
    home = os.path.expanduser("~")
    return Path(home) / ".cache" / "dongne" if os.path.isabs(home) else None


def fingerprint(root: Path) -> str:
    """Return 16 hex digits that change with any source a kernel can reach, and with the compiler.

    Parameters
    ----------
    root
        The folder that holds the packages.
    """
    digest = blake2b(digest_size=8)
    digest.update(repr([sys.version_info[:3], [version(name) for name in COMPILERS]]).encode())
    for path in kernel_sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def kernel_sources(root: Path) -> list[Path]:
    """Return the files of ``twin`` that hold kernels, and all of ours they import, sorted.

    A global that a kernel reads is frozen into its code, so imports without kernels count too.
    """
    waiting = [path for path in (root / "twin").rglob("*.py") if _KERNEL.search(_text(path))]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imported(path, root))
    return sorted(found)


def prune(home: Path, kept: int = KEPT) -> None:
    """Remove all but the folders of compiled kernels used last."""
    folders = sorted(home.glob("kernels-*"), key=_used, reverse=True)
    for old in folders[kept:]:
        shutil.rmtree(old, ignore_errors=True)  # another process may be removing it too


def _make(home: Path | None, name: str) -> Path | None:
    """Return the folder, made, tried and marked as used now; None where that cannot be."""
    if home is None:
        return None
    path = home / name
    fresh = not path.exists()
    try:
        path.mkdir(parents=True, exist_ok=True)
        os.utime(path)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError:
        return None
    if fresh:
        prune(home)
    return path


def _shared_temporary() -> Path | None:
    """Return this user's folder under the temporary one, only if nobody else can write to it.

    numba unpickles what it finds, so a folder that a stranger made is never used.
    """
    if not hasattr(os, "getuid"):
        return None
    path = Path(tempfile.gettempdir()) / f"dongne-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        state = path.lstat()
    except OSError:
        return None
    private = state.st_uid == os.getuid() and state.st_mode & 0o077 == 0
    return path if private and not path.is_symlink() else None


def _imported(path: Path, root: Path) -> Iterator[Path]:
    """Yield the files of ours that a file imports."""
    for module, names in _IMPORT.findall(_text(path)):
        parts = module.split(".")
        tails = [[], *([word] for word in re.findall(r"\w+", names))]
        for tail in tails:
            base = root.joinpath(*parts, *tail)
            yield from (p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _used(path: Path) -> float:
    """Return when a folder was used last; one that is gone was never used."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
