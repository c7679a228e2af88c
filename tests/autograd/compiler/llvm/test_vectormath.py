"""vectormath: every function, library and number of lanes against mpmath, in ulps, and libm's special values."""

import ctypes
import functools
import itertools
import math
import random
import subprocess
import sys
from math import inf, nan

import pytest
from mpmath import mp, mpf

from autograd.compiler.llvm import portable_math, vectormath

binding = pytest.importorskip("llvmlite.binding")

NAMES = (*vectormath.UNARY, *vectormath.BINARY)
LANES = (1, 2, 4, 8, 16, 32)
LARGEST = 1.7976931348623157e308
SPECIAL = [0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-200, 1e-9, 0.5, 1.0, 1.5, 3.0, 22.0, 27.2, 323.0, 1e300]
SPECIAL += [math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0), 708.4, 709.78, 709.79, 710.47, 710.48, 745.13, 745.14]
SPECIAL += [math.pi, math.pi / 2, 355.0, 1.6e6, 1e22, 1022.0, 1023.9, 1024.0, 1074.5, 1075.5, LARGEST, inf]
SPECIAL += [*[-x for x in SPECIAL], nan]
BENIGN = {"acosh": 1.25, "log": 1.25}  # inside the domain of the function; elsewhere:
INSIDE = 0.625
DRIVER = """
define void @run_{name}(ptr %inputs, ptr %seconds, ptr %outputs, i64 %count) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %input = getelementptr double, ptr %inputs, i64 %i
  %second = getelementptr double, ptr %seconds, i64 %i
  %output = getelementptr double, ptr %outputs, i64 %i
  %x = load {kind}, ptr %input, align 8
  %y = load {kind}, ptr %second, align 8
  %z = call {kind} @m{lanes}_{name}({operands})
  store {kind} %z, ptr %output, align 8
  %next = add i64 %i, {lanes}
  %more = icmp ult i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def host_features():
    return binding.get_host_cpu_features()


def module_text(names, lanes, library, width=None):
    definitions = [vectormath.definition(name, lanes, library, width) for name in names]
    kind = "double" if lanes == 1 else f"<{lanes} x double>"
    drivers = [
        DRIVER.format(
            name=name,
            kind=kind,
            lanes=lanes,
            operands=f"{kind} %x, {kind} %y" if name in vectormath.BINARY else f"{kind} %x",
        )
        for name in names
    ]
    declarations = frozenset().union(*[d.declarations for d in definitions])
    return "\n".join([*sorted(declarations), *[d.text for d in definitions], *drivers])


@functools.cache
def compiled(lanes, library, width=None, plain=False):
    """Return an engine with a driver of every function; for this machine's CPU, or its oldest relative if plain."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    module = binding.parse_assembly(module_text(NAMES, lanes, library, width))
    module.verify()
    cpu = {} if plain else {"cpu": binding.get_host_cpu_name(), "features": host_features().flatten()}
    machine = binding.Target.from_default_triple().create_target_machine(**cpu, opt=1, jit=True)
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


def evaluate(engine, name, points):
    """Return a function at points, which are tuples of one or two numbers."""
    pointer = ctypes.c_void_p
    run = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, ctypes.c_int64)(engine.get_function_address(f"run_{name}"))
    array = ctypes.c_double * (-(-len(points) // 32) * 32)
    inputs, seconds, outputs = array(*[p[0] for p in points]), array(*[p[-1] for p in points]), array()
    run(inputs, seconds, outputs, len(array()))
    return list(outputs)[: len(points)]


def points(name):
    """Return points, tuples of operands: special ones, and some from all over the domain of a function."""
    draw = random.Random(name)
    dense = [draw.uniform(-scale, scale) for scale in (1.0, 2.0, 8.0, 30.0, 720.0, 1e5) for _ in range(60)]
    dense += [draw.choice((-1, 1)) * 2.0 ** draw.uniform(-1074, 1023) for _ in range(60)]
    dense += [1.0 + draw.choice((-1, 1)) * 2.0 ** draw.uniform(-52, 0) for _ in range(40)]
    dense += [draw.randrange(1, 10**6) * math.pi / 2 for _ in range(30)]
    dense += [draw.uniform(-746.0, -700.0) for _ in range(20)] + [draw.uniform(-1076.0, -1010.0) for _ in range(20)]
    dense += [draw.uniform(25.0, 28.0) for _ in range(10)] + [10.0 ** draw.uniform(5.0, 12.0) for _ in range(40)]
    if name not in vectormath.BINARY:
        return [(x,) for x in (*SPECIAL, *dense)]
    pairs = list(itertools.product([*SPECIAL[::2], inf, -inf, 0.0, -0.0, 2.0, -3.0], repeat=2))
    pairs += [(x, draw.uniform(-30.0, 30.0)) for x in dense] + [(x, float(draw.randint(-9, 9))) for x in dense]
    return pairs + [(x, x * draw.uniform(-2.0, 2.0)) for x in dense]


DOMAINS = dict.fromkeys(("log", "log2", "log10"), (0, inf))
DOMAINS |= {"log1p": (-1, inf), "acosh": (1, inf), "atanh": (-1, 1), "asin": (-1, 1), "acos": (-1, 1)}
EXACT = {
    "exp2": lambda x: mpf(2) ** x,
    "log2": lambda x: mp.log(x, 2),
    "cbrt": lambda x: mp.cbrt(abs(x)) * (-1 if x < 0 else 1),  # mpmath's own has other branches, and loses digits
    "asinh": lambda x: mp.asinh(abs(x)) * (-1 if x < 0 else 1),
    "pow": lambda x, y: None if x == 0 or (x < 0 and y != mp.floor(y)) else bounded_power(x, y),
    "atan2": lambda y, x: mp.atan2(y, x) if x and y else None,
}


def exact(name, *operands):
    """Return a function of finite numbers by mpmath; None at its poles, outside of its domain and at signed zeros."""
    x, *rest = map(mpf, operands)
    low, high = DOMAINS.get(name, (-inf, inf))
    if not low <= x <= high or (x in (low, high) and name not in ("asin", "acos", "acosh")):
        return None
    if name in ("exp", "expm1", "exp2", "sinh", "cosh", "tanh", "erf", "erfc"):
        x = max(min(x, mpf(1200)), mpf(-1200))  # nothing changes beyond, and mpmath would take its time
    return (EXACT.get(name) or getattr(mp, name))(x, *rest)


def bounded_power(x, y):
    """Return x**y, or a number out of the range of doubles on the same side."""
    exponent = max(min(y * mp.log(abs(x)), mpf(2000)), mpf(-2000))
    return mp.exp(exponent) * (-1 if x < 0 and mp.fmod(y, 2) != 0 else 1)


@functools.cache
def references(name):
    """Return points, and what is expected there: the value of C, and the distance of mpmath's from it.

    Where mpmath has no value, at infinities, poles, signed zeros and outside of the domain, that of C counts alone.
    """
    operands, expected = points(name), []
    with mp.workprec(160):
        for point, nearest in zip(operands, evaluate(compiled(1, "scalar"), name, operands), strict=True):
            value = exact(name, *point) if all(map(math.isfinite, point)) else None
            assert value is None or math.isfinite(nearest) or abs(value) >= LARGEST, (name, point)
            expected.append((nearest, float(value - nearest) if value is not None and math.isfinite(nearest) else 0.0))
    return operands, expected


def error(result, nearest, rest):
    """Return how far a result is from nearest + rest, in ulps; inf if it is special where the other is not."""
    if result == nearest == 0.0 and rest == 0.0:
        return 0.0 if math.copysign(1.0, result) == math.copysign(1.0, nearest) else inf
    if math.isnan(nearest) or math.isinf(nearest) or math.isnan(result) or math.isinf(result):
        return 0.0 if result == nearest or (math.isnan(nearest) and math.isnan(result)) else inf
    return abs((result - nearest) - rest) / math.ulp(nearest)


def largest_error(name, engine):
    operands, expected = references(name)
    results = evaluate(engine, name, operands)
    errors = [error(result, *reference) for result, reference in zip(results, expected, strict=True)]
    worst = max(range(len(errors)), key=errors.__getitem__)
    return errors[worst], operands[worst], results[worst], expected[worst]


def bits(numbers):
    """Return numbers so that == means the same bits, all NaN alike."""
    return ["nan" if x != x else x.hex() for x in numbers]


def skip_without(library, width=8):
    if library == "libmvec" and (vectormath.library(host_features()) != "libmvec" or width > vectormath.host_lanes()):
        pytest.skip("no libmvec for this machine")


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("library", ["scalar", "libmvec", "portable"])
@pytest.mark.parametrize("name", NAMES)
def test_results_are_within_4_ulp_and_special_values_those_of_libm(name, library, lanes):
    skip_without(library, 2)
    worst = largest_error(name, compiled(lanes, library))
    assert worst[0] <= 4.0, worst


@pytest.mark.parametrize("width", [2, 4, 8])
@pytest.mark.parametrize("name", NAMES)
def test_narrower_instruction_sets_are_as_exact(name, width):
    skip_without("libmvec", width)
    worst = largest_error(name, compiled(16, "libmvec", width))
    assert worst[0] <= 4.0, worst


@pytest.mark.parametrize("lanes", LANES)
def test_scalar_has_the_bits_of_python(lanes):
    for name in set(NAMES) - {"hypot"}:  # which Python computes itself
        operands = points(name)
        for point, result in zip(operands, evaluate(compiled(lanes, "scalar"), name, operands), strict=True):
            try:
                assert bits([result]) == bits([getattr(math, name)(*point)]), (name, point)
            except (ValueError, OverflowError):
                assert math.isnan(result) or math.isinf(result)


def test_one_lane_is_scalar_in_every_library():
    texts = {vectormath.definition("tanh", 1, library).text for library in ("scalar", "libmvec", "portable")}
    assert len(texts) == 1


def test_power_by_a_constant_keeps_the_bits_of_libm():
    text, declarations = vectormath.definition("pow", 1, "scalar")
    square = "define double @square(double %x) {\n  %z = call double @m1_pow(double %x, double 2.0)\n  ret double %z\n}"
    binding.initialize_native_target()
    module = binding.parse_assembly("\n".join([*declarations, text, square]))
    machine = binding.Target.from_default_triple().create_target_machine(opt=2)
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    assert "@pow(double %x, double 2.0" in str(module)
    assert "fmul" not in str(module)


@pytest.mark.parametrize("lanes", LANES[1:])
@pytest.mark.parametrize("library", ["scalar", "libmvec", "portable"])
@pytest.mark.parametrize("planted", [nan, 1e30, -inf])
def test_a_lane_leaves_the_others_alone(planted, library, lanes):
    skip_without(library, 2)
    for name in NAMES:
        xs = [BENIGN.get(name, INSIDE) + i / 128 for i in range(32)]
        engine, place = compiled(lanes, library), lanes // 2
        clean = evaluate(engine, name, [(x, x) for x in xs])
        marked = evaluate(engine, name, [(planted if i == place else x, x) for i, x in enumerate(xs)])
        assert bits(clean[:place] + clean[place + 1 :]) == bits(marked[:place] + marked[place + 1 :])
        assert not any(map(math.isnan, clean))
        assert math.isfinite(planted) or bits(marked[place : place + 1]) != bits(clean[place : place + 1])


@pytest.mark.parametrize("library", ["scalar", "libmvec", "portable"])
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sines_are_at_most_1_and_exact_next_to_their_roots(name, library):
    skip_without(library)
    multiples = range(1, 1_100_000, 37)
    xs = [math.nextafter(n * (math.pi / 2), side) for n in multiples for side in (0.0, inf)]
    results = evaluate(compiled(8, library), name, [(x,) for x in xs])
    exact_ones = evaluate(compiled(1, "scalar"), name, [(x,) for x in xs])
    assert max(map(abs, results)) == 1.0
    assert all(abs(y - z) <= 4.0 * math.ulp(z) for y, z in zip(results, exact_ones, strict=True))


@pytest.mark.parametrize("name", ["expm1", "log1p", "sin", "sinh", "tanh"])
def test_odd_functions_keep_the_smallest_numbers(name):
    xs = [(x,) for x in (5e-324, -5e-324, 1.5e-323, 1e-310, 1e-300)]
    assert evaluate(compiled(4, "portable"), name, xs) == [x for (x,) in xs]


@pytest.mark.parametrize("lanes", LANES[1:])
def test_portable_results_are_the_same_bits_with_any_registers(lanes):
    for name in portable_math.NAMES:
        first, *others = [
            bits(evaluate(engine, name, points(name)))
            for engine in (
                compiled(2, "portable"),
                compiled(lanes, "portable"),
                compiled(lanes, "portable", plain=True),
            )
        ]
        assert others == [first, first]


@pytest.mark.parametrize(
    ("features", "lanes", "call_lanes"),
    [
        ({"avx512f": True, "avx2": True, "avx": True}, 8, 8),
        ({"avx512f": False, "avx2": True, "avx": True}, 4, 4),
        ({"avx": True}, 4, 2),
        ({"sse2": True, "avx": False}, 2, 2),
        ({"neon": True}, 2, 2),
    ],
)
def test_registers_follow_the_features(features, lanes, call_lanes):
    assert vectormath.native_lanes(features) == lanes
    assert vectormath.call_lanes(features) == call_lanes


def test_calls_are_as_wide_as_asked_for():
    def called(name, lanes, width):
        (declaration,) = vectormath.definition(name, lanes, "libmvec", width).declarations
        return declaration[: declaration.index("(")]

    assert called("exp", 32, 8) == "declare <8 x double> @_ZGVeN8v_exp"
    assert called("exp", 32, 4) == "declare <4 x double> @_ZGVdN4v_exp"
    assert called("pow", 8, 2) == "declare <2 x double> @_ZGVbN2vv_pow"
    assert called("exp", 2, 8) == "declare <2 x double> @_ZGVbN2v_exp"


def test_a_machine_without_libmvec_is_portable(monkeypatch):
    monkeypatch.setattr(vectormath, "LIBMVEC", "libmvec-of-nowhere.so")
    assert vectormath.library(host_features()) == "portable"


def test_a_libmvec_that_lacks_a_function_is_not_used(monkeypatch):
    monkeypatch.setattr(vectormath, "BINARY", ("pow", "of_the_future"))
    assert vectormath.library(host_features()) == "portable"


def test_declarations_are_whole_lines_shared_by_functions():
    declarations = [vectormath.definition("sin", lanes, "portable").declarations for lanes in (2, 8, 32)]
    assert len(set(declarations)) == 1
    assert all(line.startswith("declare double @sin(double)") for line in declarations[0])


def test_import_needs_the_standard_library_alone():
    code = "import sys, autograd.compiler.llvm.vectormath; print({'llvmlite', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_error_tells_signs_and_specials_apart():
    assert error(1.0, 1.0, 0.0) == 0.0
    assert error(math.nextafter(1.0, 2.0), 1.0, 0.0) == 1.0
    assert error(-0.0, 0.0, 0.0) == error(nan, 1.0, 0.0) == error(1.0, nan, 0.0) == error(-inf, inf, 0.0) == inf
