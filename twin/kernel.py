"""The one decorator of jitted functions, typed as the function it compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from twin.cache import compiled_here

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Return the function compiled at its first call; kernels call one another freely."""
    with compiled_here():
        return cast(F, njit(cache=True)(function))
