"""Numeric functions compiled once by numba and kept as machine code, so that later starts load no compiler.

Importing numba and loading a function of its own cache takes half a second of CPU; what is kept here loads in
some milliseconds by llvmlite alone. A function for it takes and gives plain numbers and pointers, allocates
nothing and raises nothing: then its code stands by itself.
"""

import ctypes
import hashlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # the library has no types
import numpy as np
from numpy.typing import NDArray

from taishi.kit.kept import Kept

if TYPE_CHECKING:
    from llvmlite.binding import TargetMachine

#: Types of arguments; a pointer is given as an address, or as the bytes that it leads to.
POINTER, INTEGER = "pointer", "integer"
_C: Final = {POINTER: ctypes.c_void_p, INTEGER: ctypes.c_int64}
#: Symbols that numba's way of telling errors names; nothing that is kept here ever calls them.
_UNUSED = ("numba_gil_ensure", "numba_gil_release")
#: Functions of the C library that the compiler puts in place of loops.
_LIBRARY = ("memset", "memcpy", "memmove", "memcmp")

Native = Callable[..., int]


def address(array: "NDArray[np.generic]") -> int:
    """Where an array's numbers begin; it must be kept while compiled code looks there."""
    found: int = array.__array_interface__["data"][0]
    return found


def native(
    kept: Kept, module: str, name: str, arguments: tuple[str, ...], made_of: tuple[str, ...] = ()
) -> Native:
    """The numba `cfunc` of this name, which gives an int64; compiled where it is not kept (seconds).

    `made_of`: other modules whose code goes into it.
    """
    told = f"{module}.{name} {' '.join(map(_code, (module, *made_of)))} {_machine()}"
    content = kept.get("native", told)
    if content is None:
        content = _compiled(module, name)
        kept.put("native", told, content)
    return _loaded(content, arguments)


def _code(module: str) -> str:
    spec = find_spec(module)
    origin = spec.origin if spec else None
    assert origin is not None  # noqa: S101
    return hashlib.blake2b(Path(origin).read_bytes()).hexdigest()


@cache
def _machine() -> str:
    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features} {_compiler()}"


def _compiler() -> str:
    """Which numba, by its file: to ask for the version of a package costs as much as to load code."""
    spec = find_spec("numba")
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018
    return Path(spec.origin).with_name("_version.py").read_text()


def _compiled(module: str, name: str) -> bytes:
    """Name and machine code of a function, for this machine."""
    found = getattr(import_module(module), name)
    code: bytes = _target().emit_object(llvm.parse_assembly(found.inspect_llvm()))
    symbol: str = found.native_name
    return symbol.encode() + b"\n" + code


def _target() -> "TargetMachine":
    """One for each use: an engine takes its own to the grave."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


@cache
def _loaded(content: bytes, arguments: tuple[str, ...]) -> Native:
    """The code in memory; it stays to the end, for nobody can say that it is no longer called."""
    nothing = ctypes.cast(_no_op, ctypes.c_void_p).value
    for unused in _UNUSED:
        llvm.add_symbol(unused, nothing)
    library = ctypes.CDLL(None)
    for used in _LIBRARY:
        llvm.add_symbol(used, ctypes.cast(getattr(library, used), ctypes.c_void_p).value)
    symbol, _, code = content.partition(b"\n")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, *[_C[one] for one in arguments])
    made = prototype(engine.get_function_address(symbol.decode()))
    made.engine = engine  # type: ignore[attr-defined]  # lives as long as the function
    return made


def _nothing(_: int) -> None:
    """Stands for what is never called."""


_no_op = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_nothing)
