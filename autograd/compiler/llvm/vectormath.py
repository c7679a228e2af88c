"""Elementary functions of vectors of doubles, as LLVM IR text: libm's, glibc's vector functions or plain arithmetic.

glibc's functions (libmvec, 2.35 and later) were measured to be within 3.6 ulp with AVX-512, AVX2 and SSE, special
values included, so they are called as they are; only sines and cosines, that may be above 1 by an ulp, are limited.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

from autograd.atomic import apart
from autograd.compiler.llvm.body import Body
from autograd.compiler.llvm.function import NativeFunction, call, shuffle, type_of
from autograd.compiler.llvm.portable_math import NAMES as PORTABLE
from autograd.compiler.llvm.portable_math import Vector, limited, portable

UNARY = (
    *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"),
)
BINARY = ("pow", "atan2", "hypot")
OPERANDS = ("%x", "%y")
LIBMVEC = "libmvec.so.1"
LETTERS = {8: "e", 4: "d", 2: "b"}  # of the instruction sets in the names of the x86 vector function ABI

# The functions read and write no memory (errno is never read), so equal calls are merged and unused ones dropped.
PURE = "nounwind willreturn memory(none)"


class Definition(NamedTuple):
    """IR text of a function, and the whole `declare` lines that its module needs, once each."""

    text: str
    declarations: frozenset[str]


def native_lanes(features: Mapping[str, bool]) -> int:
    """Return how many doubles a vector register holds: 8 with AVX-512, 4 with AVX, else 2 (SSE2, NEON)."""
    return 8 if features.get("avx512f") else 4 if features.get("avx") else 2


def call_lanes(features: Mapping[str, bool]) -> int:
    """Return the width of calls into libmvec: a register's, but 2 for AVX without AVX2, which has no better there."""
    return native_lanes(features) if features.get("avx2") or features.get("avx512f") else 2


def library(features: Mapping[str, bool]) -> str:
    """Return "libmvec" if this process can load it with every function that this CPU needs, else "portable"."""
    from llvmlite import binding

    try:
        binding.load_library_permanently(LIBMVEC)
    except RuntimeError:
        return "portable"
    widths = [width for width in LETTERS if width <= call_lanes(features)]
    symbols = [vector_symbol(name, width) for name in (*UNARY, *BINARY) for width in widths]
    return "libmvec" if all(map(binding.address_of_symbol, symbols)) else "portable"


def definition(name: str, lanes: int, library: str, width: int | None = None) -> Definition:
    """Define `@m{lanes}_{name}` from vectors of doubles (from doubles, for one lane) to the same.

    `lanes` is a power of two. The library is "scalar" (libm's bits, lane by lane), "libmvec" (glibc's vector
    functions) or "portable" (arithmetic, the same bits on every machine); one lane and what has no portable form
    are scalar. Results are within 4 ulp, special values those of C. Calls into libmvec are `width` lanes wide, by
    default as wide as this machine's registers; the code must be generated for a CPU that has them.
    """
    if library == "libmvec" and lanes > 1:
        return vectorized(name, lanes, min(lanes, width or host_lanes()))
    if library == "portable" and lanes > 1 and name in PORTABLE:
        return by_arithmetic(name, lanes)
    return scalar(f"m{lanes}_{name}", name, lanes)


@functools.cache
def host_lanes() -> int:
    """Return the width of calls into libmvec on this machine."""
    from llvmlite import binding

    return call_lanes(apart(binding.get_host_cpu_features))


def vector_symbol(name: str, width: int) -> str:
    """Return the name of a function in libmvec, by the x86 vector function ABI: _ZGVeN8v_exp."""
    return f"_ZGV{LETTERS[width]}N{width}{'v' * arity(name)}_{name}"


def arity(name: str) -> int:
    """Return the number of operands of a function."""
    return 2 if name in BINARY else 1


def declaration(symbol: str, lanes: int, inputs: int) -> frozenset[str]:
    """Return the declaration of a function; nobuiltin keeps LLVM from folding libm's pow(x, 2) to x * x."""
    kind = type_of(lanes)
    return frozenset([f"declare {kind} @{symbol}({', '.join([kind] * inputs)}) nobuiltin {PURE}"])


def defined(f: NativeFunction, symbol: str, lanes: int, inputs: int, result: object, attributes: str = PURE) -> str:
    """Return the definition of a function that gives a result, with its type, that the lines of it have made."""
    kind = type_of(lanes)
    f.do(f"ret {result}")
    given = ", ".join([f"{kind} {x}" for x in OPERANDS[:inputs]])
    return f.text(f"internal {kind} @{symbol}({given}) {attributes}")


def scalar(symbol: str, name: str, lanes: int, attributes: str = PURE) -> Definition:
    """Define a function that calls libm's for each lane."""
    body, operands = Body(lanes), OPERANDS[: arity(name)]
    result = body.of_lanes(lambda k: body.line(call("double", name, [body.lane(x, k) for x in operands])))
    text = defined(body.function, symbol, lanes, len(operands), f"{body.kind} {result}", attributes)
    return Definition(text, declaration(name, 1, len(operands)))


def vectorized(name: str, lanes: int, width: int) -> Definition:
    """Define a function that calls libmvec's for each `width` lanes and puts the results together."""
    f, symbol, operands = NativeFunction(), vector_symbol(name, width), OPERANDS[: arity(name)]
    declarations = declaration(symbol, width, len(operands))
    results = []
    for start in range(0, lanes, width):
        parts = [f.line(shuffle(type_of(lanes), x, "poison", range(start, start + width))) for x in operands]
        results.append(f.line(call(type_of(width), symbol, parts)))
    while len(results) > 1:
        pairs = zip(results[::2], results[1::2], strict=True)
        results = [f.line(shuffle(type_of(width), left, right, range(2 * width))) for left, right in pairs]
        width *= 2
    result = Vector(f, lanes, results[0])
    result = limited(result, -1.0, 1.0) if name in ("sin", "cos") else result
    return Definition(defined(f, f"m{lanes}_{name}", lanes, len(operands), result), declarations)


def by_arithmetic(name: str, lanes: int) -> Definition:
    """Define a function by arithmetic; the lanes out of its reach, if there are any, are libm's."""
    f, symbol, kind = NativeFunction(), f"m{lanes}_{name}", type_of(lanes)
    result, rest = portable(f, name, lanes)
    if rest is None:
        return Definition(defined(f, symbol, lanes, 1, result), frozenset())
    libm, mask = scalar(f"{symbol}_libm", name, lanes, f"{PURE} cold noinline"), rest

    def repaired() -> str:
        exact = f.line(call(kind, f"{symbol}_libm", ["%x"]))
        return f.line(f"select {mask}, {kind} {exact}, {result}")

    some = f.line(f"icmp ne i{lanes} {f.line(f'bitcast {rest} to i{lanes}')}, 0")
    whole = f"{kind} {f.only_if(some, kind, result.name, repaired)}"
    return Definition(defined(f, symbol, lanes, 1, whole) + libm.text, libm.declarations)
