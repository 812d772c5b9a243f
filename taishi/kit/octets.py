"""Compiled: many bytes at once, by the machine's wide registers where it has them. Nothing checks bounds.

Instructions for functions that numba compiles; Python itself cannot call them.
"""

from collections.abc import Callable
from typing import Final

from llvmlite import ir  # type: ignore[import-untyped]  # the library has no types
from numba import types
from numba.extending import intrinsic

#: Bytes that are looked at or copied together.
WIDE: Final = 32
_BYTE, _WORD, _LONG, _DOUBLE = map(ir.IntType, (8, WIDE, 64, 128))
_VECTOR = ir.VectorType(_BYTE, WIDE)


def _splat(byte: int) -> "ir.Constant":
    return ir.Constant(_VECTOR, [byte] * WIDE)


def _loaded(builder: "ir.IRBuilder", pointer: "ir.Value", at: "ir.Value", what: "ir.Type") -> "ir.Value":
    place = builder.bitcast(builder.gep(pointer, [at]), what.as_pointer())
    found = builder.load(place)
    found.align = 1
    return found


def _plain(_context, pointer, at):  # type: ignore[no-untyped-def]
    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        found = _loaded(builder, arguments[0], arguments[1], _VECTOR)
        special = builder.icmp_signed("<", found, _splat(32))  # bytes beyond ASCII are negative
        for byte in (ord('"'), ord("\\")):
            special = builder.or_(special, builder.icmp_signed("==", found, _splat(byte)))
        first = builder.cttz(builder.bitcast(special, _WORD), ir.Constant(ir.IntType(1), 0))
        return builder.zext(first, _LONG)

    return types.int64(pointer, types.int64), codegen


def _copied(_context, target, to, source, at):  # type: ignore[no-untyped-def]
    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        place = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), _VECTOR.as_pointer())
        builder.store(_loaded(builder, arguments[2], arguments[3], _VECTOR), place).align = 1
        return context.get_constant(types.int64, 0)

    return types.int64(target, types.int64, source, types.int64), codegen


def _eight(_context, pointer, at):  # type: ignore[no-untyped-def]
    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _loaded(builder, arguments[0], arguments[1], _LONG)

    return types.uint64(pointer, types.int64), codegen


def _folded(_context, one, other):  # type: ignore[no-untyped-def]
    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        whole = builder.mul(*[builder.zext(argument, _DOUBLE) for argument in arguments])
        high = builder.lshr(whole, ir.Constant(_DOUBLE, 64))
        return builder.trunc(builder.xor(whole, high), _LONG)

    return types.uint64(types.uint64, types.uint64), codegen


def _both(_context, pointer, at, pairs, pair):  # type: ignore[no-untyped-def]
    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        text, at, pairs, pair = arguments
        found = None
        for step in (0, 1):
            seen = _loaded(builder, text, builder.add(at, _LONG(step)), _VECTOR)
            wanted = _loaded(builder, pairs, builder.add(pair, _LONG(step * WIDE)), _VECTOR)
            alike = builder.icmp_signed("==", builder.or_(seen, _splat(0x20)), wanted)
            found = alike if found is None else builder.and_(found, alike)
        return builder.zext(builder.bitcast(found, _WORD), _LONG)

    return types.uint64(pointer, types.int64, pairs, types.int64), codegen


#: `plain(bytes, at)`: how many of the next WIDE come before a quote, a backslash, a control, no ASCII.
plain: Callable[..., int] = intrinsic(_plain)
#: `copied(target, to, source, at)`: copies WIDE bytes.
copied: Callable[..., int] = intrinsic(_copied)
#: `both(bytes, at, pairs, pair)`: a bit for each of WIDE places where two bytes follow each other, letters in
#: either case; `pair`: where the first stands WIDE times in `pairs`, the second after it, small.
both: Callable[..., int] = intrinsic(_both)
#: `eight(bytes, at)`: eight bytes as a number.
eight: Callable[..., int] = intrinsic(_eight)
#: `folded(one, other)`: the halves of a product of 128 bits, by exclusive or (as in wyhash, Wang Yi 2019).
folded: Callable[..., int] = intrinsic(_folded)
