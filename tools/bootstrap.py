"""Prepare a checkout: a virtual environment with the tested versions, and what pictures need.

Runs on the Python of the machine, with nothing installed: standard library only, and a syntax that
an old Python still reads, so that it can say that it is too old.

    python3 tools/bootstrap.py .venv
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from typing import NoReturn

__all__ = ["main"]

NEEDED = (3, 11)


def say(text: str) -> None:
    """Print one line at once, in step with what the programs called here print."""
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    """End with a message for the person at the keyboard."""
    sys.exit("setup: " + text)


def check_python(version: tuple[int, ...]) -> None:
    """Refuse a Python that is too old, and say which one is needed."""
    if version < NEEDED:
        stop(
            f"Python must be {dotted(NEEDED)} or newer, got {dotted(version)} ({sys.executable}); "
            "name another: make PYTHON=python3.12"
        )


def dotted(version: tuple[int, ...]) -> str:
    """Write a version as people do."""
    return ".".join(map(str, version))


def root_on_debian() -> bool:
    """Tell whether system packages can be installed here without asking anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: tuple[str, ...]) -> None:
    """Install Debian packages; a failure shows in the check that follows."""
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    say("setup: installing " + " ".join(packages))
    subprocess.call(["apt-get", "update", "-qq"], env=quiet)
    subprocess.call(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet
    )


def can_make_venv() -> bool:
    """Tell whether this Python has venv and the pip that goes into it."""
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def has_pip(python: str) -> bool:
    """Tell whether a Python is there, starts, and has pip: a folder half made has not."""
    return os.path.exists(python) and succeeds([python, "-m", "pip", "--version"])


def succeeds(command: list[str]) -> bool:
    """Run a command in silence and tell how it ended."""
    silent = subprocess.DEVNULL
    return subprocess.call(command, stdout=silent, stderr=silent) == 0


def make_venv(folder: str) -> str:
    """Create the virtual environment, or keep a working one; return its Python."""
    python = os.path.join(folder, "bin", "python")
    if has_pip(python):
        return python
    package = f"python{dotted(sys.version_info[:2])}-venv"
    if not can_make_venv() and root_on_debian():
        apt_install((package,))
    if not can_make_venv():
        stop(
            "this Python cannot make a virtual environment: it has no venv or no ensurepip.\n"
            f"  On Debian or Ubuntu: sudo apt-get install {package}"
        )
    say("setup: making " + folder)
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", folder])
    return python


def install(python: str) -> None:
    """Install the project, editable, with the tested versions of all it stands on."""
    say("setup: installing the tested versions (constraints.txt); the first time takes minutes")
    pinned = dict(os.environ, PIP_CONSTRAINT="constraints.txt", PIP_DISABLE_PIP_VERSION_CHECK="1")
    if subprocess.call([python, "-m", "pip", "install", "-q", "-e", ".[dev]"], env=pinned) != 0:
        stop("pip could not install the tested versions; its own message is above")


def enable_drawing(python: str) -> None:
    """Make sure that pictures can be drawn: install what is missing, or say what to install."""
    sys.path.insert(0, os.getcwd())
    from twin.doctor import DRAWING_PACKAGES, draws

    if draws(python):
        return
    if root_on_debian():
        apt_install(DRAWING_PACKAGES)
        if draws(python):
            return
    stop(
        "VTK cannot draw without a screen: it finds no libEGL.so.1 with a software driver.\n"
        f"  On Debian or Ubuntu: sudo apt-get install {' '.join(DRAWING_PACKAGES)}\n"
        "  On Fedora: sudo dnf install mesa-libEGL mesa-dri-drivers mesa-libGL\n"
        "  Then run make again. The numbers work without it; pictures and the demo do not."
    )


def main(folder: str) -> None:
    """Prepare the checkout that holds this file."""
    check_python(tuple(sys.version_info[:2]))
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    python = make_venv(folder)
    install(python)
    enable_drawing(python)
    say(f"setup: ready ({folder})")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".venv")
