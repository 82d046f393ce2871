"""Drawing without a screen: which window VTK opens on a machine that has no display."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes.util import find_library

__all__ = ["screenless", "window_class"]

VARIABLE = "VTK_DEFAULT_OPENGL_WINDOW"


def window_class(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Return the window that VTK is to open, or None to leave the choice to VTK.

    Left alone, VTK 9 asks for an X server first and complains on stderr where there is none. The
    choice is VTK's where there is a display, where the user has chosen, outside Linux, and where
    EGL is missing (VTK then looks for OSMesa).
    """
    if not platform.startswith("linux") or environ.get("DISPLAY") or environ.get(VARIABLE):
        return None
    return "vtkEGLRenderWindow" if find_library("EGL") else None


@contextmanager
def screenless() -> Iterator[None]:
    """Let VTK open a window without asking for a display, for as long as the block lasts."""
    wanted = window_class(os.environ)
    if wanted is None:
        yield
        return
    os.environ[VARIABLE] = wanted
    try:
        yield
    finally:
        del os.environ[VARIABLE]
