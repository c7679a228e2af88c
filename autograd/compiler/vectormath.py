"""Elementary functions of vectors of doubles, as LLVM IR text: libm's, glibc's vector functions or plain arithmetic.

glibc's functions (libmvec, 2.35 and later) were measured to be within 3.6 ulp with AVX-512, AVX2 and SSE, special
values included, so they are called as they are; only sines and cosines, that may be above 1 by an ulp, are limited.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

from autograd.compiler.apart import apart
from autograd.compiler.portable_math import NAMES as PORTABLE
from autograd.compiler.portable_math import Vector, limited, portable_body

UNARY = (
    *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"),
)
BINARY = ("pow", "atan2", "hypot")
LIBMVEC = "libmvec.so.1"
LETTERS = {8: "e", 4: "d", 2: "b"}  # of the instruction sets in the names of the x86 vector function ABI

# The functions read and write no memory (of errno nobody asks), so equal calls are merged and unused ones dropped.
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
        return portable(name, lanes)
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


def type_of(lanes: int) -> str:
    """Return the IR type of so many doubles."""
    return "double" if lanes == 1 else f"<{lanes} x double>"


def call(symbol: str, lanes: int, operands: list[str]) -> str:
    """Return the call of a function of vectors."""
    kind = type_of(lanes)
    return f"call {kind} @{symbol}({', '.join(f'{kind} {x}' for x in operands)})"


def declaration(symbol: str, lanes: int, inputs: int) -> frozenset[str]:
    """Return the declaration of a function; nobuiltin keeps LLVM from folding libm's pow(x, 2) to x * x."""
    kind = type_of(lanes)
    return frozenset([f"declare {kind} @{symbol}({', '.join([kind] * inputs)}) nobuiltin {PURE}"])


def function(symbol: str, lanes: int, operands: list[str], body: list[str], attributes: str = PURE) -> str:
    """Return the text of a function with these lines."""
    kind = type_of(lanes)
    parameters = ", ".join(f"{kind} {x}" for x in operands)
    return "\n".join([f"define internal {kind} @{symbol}({parameters}) {attributes} {{", *body, "}", ""])


def shuffle(lanes: int, left: str, right: str, places: range) -> str:
    """Return the vector of the lanes at these places of two vectors."""
    kind, mask = type_of(lanes), ", ".join(f"i32 {i}" for i in places)
    return f"shufflevector {kind} {left}, {kind} {right}, <{len(places)} x i32> <{mask}>"


def scalar(symbol: str, name: str, lanes: int, attributes: str = PURE) -> Definition:
    """Define a function that calls libm's for each lane."""
    operands, kind = ["%x", "%y"][: arity(name)], type_of(lanes)
    body, result = [], "poison"
    for i in range(lanes):
        parts = [f"{x}{i}" for x in operands]
        body += [f"  {part} = extractelement {kind} {x}, i32 {i}" for part, x in zip(parts, operands, strict=True)]
        body.append(f"  %z{i} = {call(name, 1, parts)}")
        body.append(f"  %r{i} = insertelement {kind} {result}, double %z{i}, i32 {i}")
        result = f"%r{i}"
    if lanes == 1:
        body, result = [f"  %z = {call(name, 1, operands)}"], "%z"
    text = function(symbol, lanes, operands, [*body, f"  ret {kind} {result}"], attributes)
    return Definition(text, declaration(name, 1, len(operands)))


def vectorized(name: str, lanes: int, width: int) -> Definition:
    """Define a function that calls libmvec's for each `width` lanes and puts the results together."""
    symbol, operands = vector_symbol(name, width), ["%x", "%y"][: arity(name)]
    body, results = [], []
    for start in range(0, lanes, width):
        parts = [f"{x}{start}" for x in operands]
        places = range(start, start + width)
        body += [f"  {p} = {shuffle(lanes, x, 'poison', places)}" for p, x in zip(parts, operands, strict=True)]
        body.append(f"  %z{start} = {call(symbol, width, parts)}")
        results.append(f"%z{start}")
    declarations = declaration(symbol, width, len(operands))
    while len(results) > 1:
        pairs = list(zip(results[::2], results[1::2], strict=True))
        results = [f"{left}.{2 * width}" for left, _ in pairs]
        for joined, (left, right) in zip(results, pairs, strict=True):
            body.append(f"  {joined} = {shuffle(width, left, right, range(2 * width))}")
        width *= 2
    result = Vector(body, lanes, results[0])
    if name in ("sin", "cos"):
        result = limited(result, -1.0, 1.0)
    body.append(f"  ret {result}")
    return Definition(function(f"m{lanes}_{name}", lanes, operands, body), declarations)


def portable(name: str, lanes: int) -> Definition:
    """Define a function by arithmetic; the lanes out of its reach, if there are any, are libm's."""
    symbol, rest_symbol, kind = f"m{lanes}_{name}", f"m{lanes}_{name}_libm", type_of(lanes)
    body, result, rest = portable_body(name, lanes)
    if rest is None:
        return Definition(function(symbol, lanes, ["%x"], [*body, f"  ret {result}"]), frozenset())
    body = [
        *("entry:", *body, f"  %rest = bitcast {rest} to i{lanes}", f"  %any = icmp ne i{lanes} %rest, 0"),
        *("  br i1 %any, label %repair, label %done", "repair:", f"  %exact = {call(rest_symbol, lanes, ['%x'])}"),
        *(f"  %repaired = select {rest}, {kind} %exact, {result}", "  br label %done", "done:"),
        f"  %result = phi {kind} [{result.name}, %entry], [%repaired, %repair]",
        f"  ret {kind} %result",
    ]
    called = scalar(rest_symbol, name, lanes, f"{PURE} cold noinline")
    return Definition(function(symbol, lanes, ["%x"], body) + called.text, called.declarations)
