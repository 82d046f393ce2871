"""The decorators of jitted functions, typed as the function they compile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from twin.cache import compiled_here

__all__ = ["inner", "kernel", "loop"]

F = TypeVar("F", bound=Callable[..., Any])

UNCOUNTED: dict[str, Any] = {"cache": True, "_nrt": False}
BARE: dict[str, Any] = {**UNCOUNTED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: F) -> F:
    """Return the function compiled at its first call; kernels call one another freely."""
    with compiled_here():
        return cast(F, njit(cache=True)(function))


def loop(function: F) -> F:
    """Return a kernel that makes no array, so that references need not be counted.

    Counting them took two thirds of the time of the calendar's loop.
    """
    with compiled_here():
        return cast(F, njit(**UNCOUNTED)(function))


def inner(function: F) -> F:
    """Return a :func:`loop` that only kernels call: no door for Python, which is slow to make.

    For Python there is ``function.py_func``, the function as it is written.
    """
    with compiled_here():
        return cast(F, njit(**BARE)(function))
