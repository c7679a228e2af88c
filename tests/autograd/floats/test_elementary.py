"""Every function against mpmath, in ulps over the whole range of doubles, and its special values."""

import importlib.util
import inspect
import itertools
import math
import pickle
import random
from collections.abc import Callable, Iterator
from functools import wraps
from math import copysign, inf, nan
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autograd.floats import elementary

TINY, HUGE = 5e-324, 1.7976931348623157e308
EXTREMES = [0.0, TINY, 2.2250738585072014e-308, 1e-300, 0.3, 1.0, 1.5, 2.0, 3.0, 40.0, 745.2, 1e16, 1e300, HUGE, inf]
EXTREMES = [*EXTREMES, *[-x for x in EXTREMES], nan]


def mish(x: mpf) -> mpf:
    e = mp.exp(x)
    return x * (e * e + 2 * e) / (e * e + 2 * e + 2)


def gelu(x: mpf) -> mpf:
    return x * mp.erfc(min(-x / mp.sqrt(2), mpf(1e5))) / 2  # mpmath fails for larger ones


def lgamma(x: mpf) -> mpf:
    if x <= 0 and x == mp.floor(x):
        return mp.inf
    return mp.loggamma(x) if x > 0 else mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def polygamma(n: int, x: mpf) -> mpf:
    if x <= 0 and x == mp.floor(x):
        return mp.inf * (-1) ** (n + 1) if n else mp.nan
    if x > -20 or n == 0:
        return mp.psi(n, x)
    rest = x - mp.floor(x)  # far left mpmath would step from pole to pole
    return mp.psi(n, rest) + (-1) ** (n + 1) * (mp.psi(n, 1 - rest) - mp.psi(n, 1 - x))


def logsumexp(*xs: mpf) -> mpf:
    return mp.log(mp.fsum(map(mp.exp, xs)))


# The exact value of every function of one float, and the interval where it is looked at most closely.
ORACLES: dict[str, tuple[Callable[[mpf], mpf], tuple[float, float]]] = {
    "exp": (mp.exp, (-750.0, 715.0)),
    "exp2": (lambda x: mp.power(2, x), (-1080.0, 1030.0)),
    "expm1": (mp.expm1, (-40.0, 40.0)),
    "log": (mp.log, (0.0, 3.0)),
    "log2": (lambda x: mp.log(x) / mp.log(2), (0.0, 3.0)),
    "log10": (mp.log10, (0.0, 3.0)),
    "log1p": (mp.log1p, (-1.0, 3.0)),
    "sqrt": (mp.sqrt, (0.0, 3.0)),
    "sin": (mp.sin, (-10.0, 10.0)),
    "cos": (mp.cos, (-10.0, 10.0)),
    "tan": (mp.tan, (-10.0, 10.0)),
    "asin": (mp.asin, (-1.0, 1.0)),
    "acos": (mp.acos, (-1.0, 1.0)),
    "sinh": (mp.sinh, (-715.0, 715.0)),
    "cosh": (mp.cosh, (-715.0, 715.0)),
    "acosh": (mp.acosh, (1.0, 4.0)),
    "atanh": (mp.atanh, (-1.0, 1.0)),
    "floor": (mp.floor, (-4.0, 4.0)),
    "ceil": (mp.ceil, (-4.0, 4.0)),
    "sign": (mp.sign, (-4.0, 4.0)),
    "erf": (mp.erf, (-6.0, 6.0)),
    "erfc": (lambda x: mp.erfc(min(x, mpf(1e5))), (-6.0, 27.3)),
    "lgamma": (lgamma, (-8.0, 12.0)),
    "digamma": (lambda x: polygamma(0, x), (-8.0, 12.0)),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), (-750.0, 40.0)),
    "log_sigmoid": (lambda x: -mp.log1p(mp.exp(-x)), (-40.0, 750.0)),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), (-750.0, 40.0)),
    "silu": (lambda x: x / (1 + mp.exp(-x)), (-760.0, 40.0)),
    "mish": (mish, (-760.0, 40.0)),
    "gelu": (gelu, (-39.0, 9.0)),
    "selu": (lambda x: elementary.SELU_SCALE * (x if x > 0 else elementary.SELU_ALPHA * mp.expm1(x)), (-40.0, 2.0)),
}
# glibc's manual gives its erfc 5 ulp (chapter "Errors in Math Functions"); gelu adds two roundings to it.
ULPS = {"erfc": 5.0, "gelu": 6.0}

magnitudes = st.builds(math.ldexp, st.floats(1.0, 2.0), st.integers(-1074, 1022))
doubles = magnitudes | magnitudes.map(lambda x: -x) | st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(autouse=True, scope="module")
def sixty_digits() -> Iterator[None]:
    with mp.workdps(60):
        yield


def ulps(result: float, exact: mpf) -> float:
    """The error of a double, in units in the last place of the exact value."""
    if not mp.isfinite(exact) or math.isnan(result):
        return 0.0 if mpf(result) == exact or (mp.isnan(exact) and math.isnan(result)) else inf
    if math.isinf(result):  # right if the exact value would round beyond the largest double
        return 0.0 if result * exact > 0 and abs(exact) > mpf(HUGE) - mpf(2) ** 971 else inf
    return float(abs(mpf(result) - exact) / math.ulp(min(abs(float(exact)), HUGE)))


def check(name: str, x: float) -> None:
    if name == "digamma" and x == 0.0:
        return  # a pole with the sign of the zero, which mpmath does not have; see the special values
    exact = ORACLES[name][0](mpf(x))
    if not isinstance(exact, mpf):  # complex: outside the domain
        exact = mp.nan
    result = getattr(elementary, name)(x)
    assert ulps(result, exact) <= ULPS.get(name, 4.0), (x, result, exact)


def around_a_root(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """The two neighbouring doubles between which the function changes its sign."""
    while math.nextafter(low, high) != high:
        middle = (low + high) / 2.0
        low, high = (middle, high) if (function(middle) > 0.0) == (function(low) > 0.0) else (low, middle)
    return low, high


def test_the_measure_sees_one_ulp_and_what_math_loses_next_to_a_root() -> None:
    assert ulps(math.nextafter(1.0, 2.0), mpf(1)) == 1.0
    assert ulps(inf, mpf(1e300)) == ulps(-inf, mpf("1e400")) == ulps(nan, mpf(1)) == ulps(1.0, mp.nan) == inf
    assert ulps(inf, mpf("1e400")) == ulps(0.0, mpf(0)) == ulps(nan, mp.nan) == 0.0
    assert ulps(math.lgamma(-2.4570247), lgamma(mpf(-2.4570247))) > 1e3


@pytest.mark.parametrize("name", ORACLES)
def test_function_is_exact_to_4_ulp_on_a_seeded_grid(name: str) -> None:
    generator = random.Random(name)
    low, high = ORACLES[name][1]
    for x in EXTREMES[:-1]:
        if abs(x) < inf:
            check(name, x)
    for _ in range(300):
        check(name, generator.choice((-1.0, 1.0)) * 10.0 ** generator.uniform(-323.0, 308.0))
        check(name, generator.choice((-1.0, 1.0)) * 10.0 ** generator.uniform(-4.0, 3.0))
        check(name, generator.uniform(low, high))


@pytest.mark.parametrize("name", ORACLES)
@given(data=st.data())
def test_function_is_exact_to_4_ulp_anywhere(name: str, data: st.DataObject) -> None:
    check(name, data.draw(doubles | st.floats(*ORACLES[name][1])))


@given(x=doubles, y=doubles)
def test_quotient_is_python_s_or_ieee_s(x: float, y: float) -> None:
    result = elementary.divide(x, y)
    if y:
        assert result == x / y
    elif x:
        assert result == math.copysign(inf, x) * math.copysign(1.0, y)
    else:
        assert math.isnan(result)


@given(x=magnitudes, exponent=st.floats(-1100.0, 1050.0))
def test_power_of_a_positive_base_is_exact_to_1_ulp(x: float, exponent: float) -> None:
    y = exponent / (math.log2(x) or 1.0)
    assert ulps(elementary.power(x, y), mp.power(x, y)) <= 1.0


@given(x=st.floats(-100.0, -0.0), n=st.integers(-200, 200))
def test_power_of_a_negative_base_has_the_sign_of_the_parity(x: float, n: int) -> None:
    assert repr(elementary.power(x, float(n))) == repr((-1.0) ** n * elementary.power(-x, float(n)))
    assert math.isnan(elementary.power(x, n + 0.5)) or x == 0.0


@given(x=st.floats(-800.0, 10.0) | doubles, alpha=st.floats(0.1, 10.0))
def test_elu_is_exact_to_4_ulp(x: float, alpha: float) -> None:
    assert ulps(elementary.elu(x, alpha), mpf(x) if x > 0.0 else mpf(alpha) * mp.expm1(x)) <= 4.0


@pytest.mark.parametrize("n", [*range(1, 9), 12, 20, 25, 60, 171])
def test_polygamma_is_exact_to_4_ulp_on_a_seeded_grid(n: int) -> None:
    generator = random.Random(n)
    for low, high in ((-1.0, 0.0), (-30.0, 0.0), (-1e6, 0.0), (0.0, 2.0), (1.0, 40.0), (30.0, 1e4)):
        for _ in range(12 if n <= 3 else 4):
            x = generator.uniform(low, high)
            assert ulps(elementary.polygamma(n, x), polygamma(n, mpf(x))) <= 4.0, x


@given(n=st.integers(0, 30), x=magnitudes)
def test_polygamma_is_exact_to_4_ulp_for_any_positive_number(n: int, x: float) -> None:
    assert ulps(elementary.polygamma(n, x), polygamma(n, mpf(x))) <= 4.0


@pytest.mark.parametrize(
    ("n", "x"), [(300, 90.0), (1000, 700.0), (10**6, 367879.9), (10**10, 3678794413.2), (10**17, 3.678794411714423e16)]
)
def test_polygamma_of_a_large_order_is_finite_where_factorial_and_power_balance(n: int, x: float) -> None:
    total = mp.fsum((1 + mpf(k) / mpf(x)) ** -(n + 1) for k in range(200))
    exact = (-1) ** (n + 1) * mp.exp(mp.loggamma(n + 1) - (n + 1) * mp.log(x)) * total
    assert ulps(elementary.polygamma(n, x), exact) <= 1.0


@pytest.mark.parametrize("pole", [0, 1, 2, 5, 10, 33, 99, 12345, 10**6 - 1, 10**9])
def test_digamma_is_exact_at_the_doubles_around_its_roots(pole: int) -> None:
    low, high = math.nextafter(-pole - 1.0, 0.0), math.nextafter(-float(pole), -inf)
    for x in around_a_root(elementary.digamma, low, high):
        assert ulps(elementary.digamma(x), mp.psi(0, x)) <= 1.0, x


def test_digamma_is_exact_at_the_doubles_around_its_positive_root() -> None:
    root = 1.4616321449683623
    near = [root + sign * 2.0**-k for k in range(3, 52) for sign in (-1.0, 1.0)]
    for x in (*around_a_root(elementary.digamma, 1.0, 2.0), *near):
        assert ulps(elementary.digamma(x), mp.psi(0, x)) <= 4.0, x


@pytest.mark.parametrize("n", [2, 4, 8])
@pytest.mark.parametrize("pole", [0, 1, 2, 15])
def test_polygamma_is_exact_at_the_doubles_around_its_roots(n: int, pole: int) -> None:
    def function(x: float) -> float:
        return elementary.polygamma(n, x)

    for x in around_a_root(function, -pole - 0.999, -pole - 0.001):
        assert ulps(function(x), polygamma(n, mpf(x))) <= 1.0, x


@pytest.mark.parametrize("pole", range(2, 26))
def test_lgamma_is_exact_at_the_doubles_around_its_negative_roots(pole: int) -> None:
    low, high = math.nextafter(-pole - 1.0, 0.0), math.nextafter(-float(pole), -inf)
    least = min((low + k / 1000.0 for k in range(1, 1000)), key=elementary.lgamma)
    for side in (low, high):
        if elementary.lgamma(side) > 0.0 > elementary.lgamma(least):  # far left the root is too close to the pole
            for x in around_a_root(elementary.lgamma, side, least):
                assert ulps(elementary.lgamma(x), lgamma(mpf(x))) <= 1.0, x


@pytest.mark.parametrize("root", [1.0, 2.0])
def test_lgamma_is_zero_at_1_and_2_and_exact_next_to_them(root: float) -> None:
    assert elementary.lgamma(root) == 0.0
    for k, sign in itertools.product(range(2, 54), (-1.0, 1.0)):
        check("lgamma", root + sign * 2.0**-k)


@pytest.mark.parametrize("function", [elementary.lgamma, elementary.digamma])
def test_gamma_functions_keep_their_recurrence(function: Callable[[float], float]) -> None:
    generator = random.Random(0)
    for _ in range(200):
        x = generator.randrange(-(2**20), 2**20) / 2.0**14 + 2.0**-16  # x + 1 is exact
        step = math.log(abs(x)) if function is elementary.lgamma else 1.0 / x
        assert math.isclose(function(x + 1.0), function(x) + step, rel_tol=2e-15, abs_tol=1e-13)


@given(xs=st.lists(st.floats(-300.0, 300.0) | st.floats(-1.0, 1.0) | st.floats(-1e-9, 1e-9), min_size=1, max_size=8))
def test_logsumexp_is_exact_to_4_ulp(xs: list[float]) -> None:
    with mp.workdps(700):
        assert ulps(elementary.logsumexp(*xs), logsumexp(*map(mpf, xs))) <= 4.0


@given(x=st.floats(-300.0, -1e-3), steps=st.integers(-3, 3))
def test_logsumexp_is_exact_where_probabilities_sum_to_almost_1(x: float, steps: int) -> None:
    xs = (math.log1p(-math.exp(x)), x + steps * math.ulp(x))
    with mp.workdps(700):
        assert ulps(elementary.logsumexp(*xs), logsumexp(*map(mpf, xs))) <= 4.0


def test_logsumexp_of_many_logarithms_is_exact_relative_to_them() -> None:
    assert abs(elementary.logsumexp(*[-math.log(1000.0)] * 1000)) < 4e-15
    assert elementary.logsumexp(*[1000.0] * 1000) == pytest.approx(1000.0 + math.log(1000.0), rel=1e-15)


# A result is compared by its repr, in which the two zeros differ and NaN equals NaN.
@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("divide", (1.0, 0.0), inf), ("divide", (1.0, -0.0), -inf), ("divide", (-1.0, 0.0), -inf),
        ("divide", (-inf, -0.0), inf), ("divide", (0.0, -0.0), nan), ("divide", (nan, 0.0), nan),
        ("divide", (inf, inf), nan), ("divide", (1e308, -1e-308), -inf), ("divide", (0.0, -5.0), -0.0),
        ("power", (0.0, -1.0), inf), ("power", (-0.0, -3.0), -inf), ("power", (-0.0, -2.0), inf),
        ("power", (-0.0, -0.5), inf), ("power", (0.0, -inf), inf), ("power", (-0.0, 3.0), -0.0),
        ("power", (-8.0, 1 / 3), nan), ("power", (-79.0, 162.5), nan), ("power", (nan, 0.0), 1.0),
        ("power", (1.0, nan), 1.0),
        ("power", (nan, 1.0), nan), ("power", (-1.0, inf), 1.0), ("power", (-1e200, 3.0), -inf),
        ("power", (-1e200, 2.0), inf), ("power", (-1e-200, -3.0), -inf), ("power", (-10.0, 1e300), inf),
        ("power", (-inf, -3.0), -0.0), ("power", (-inf, 3.0), -inf), ("power", (-inf, 0.5), inf),
        ("power", (-2.0, -1101.0), -0.0),
        ("exp", (-inf,), 0.0), ("exp", (1e9,), inf), ("expm1", (-inf,), -1.0), ("expm1", (-0.0,), -0.0),
        ("exp2", (1024.0,), inf), ("exp2", (-1074.0,), TINY),
        ("log", (0.0,), -inf), ("log", (-0.0,), -inf), ("log", (-TINY,), nan), ("log", (-inf,), nan),
        ("log2", (-0.0,), -inf), ("log2", (-1.0,), nan), ("log10", (0.0,), -inf), ("log10", (-1.0,), nan),
        ("log1p", (-1.0,), -inf), ("log1p", (-2.0,), nan), ("log1p", (-0.0,), -0.0), ("log1p", (inf,), inf),
        ("sqrt", (-0.0,), -0.0), ("sqrt", (-TINY,), nan), ("sqrt", (inf,), inf),
        ("sin", (inf,), nan), ("cos", (-inf,), nan), ("tan", (inf,), nan), ("sin", (-0.0,), -0.0),
        ("asin", (1.0000000000000002,), nan), ("acos", (-2.0,), nan), ("acos", (1.0,), 0.0),
        ("sinh", (-1e9,), -inf), ("sinh", (1e9,), inf), ("cosh", (-1e9,), inf), ("cosh", (-inf,), inf),
        ("acosh", (0.5,), nan), ("acosh", (1.0,), 0.0), ("acosh", (inf,), inf),
        ("atanh", (1.0,), inf), ("atanh", (-1.0,), -inf), ("atanh", (1.5,), nan), ("atanh", (inf,), nan),
        ("floor", (-0.5,), -1.0), ("floor", (-0.0,), -0.0), ("floor", (-inf,), -inf), ("floor", (-TINY,), -1.0),
        ("ceil", (-0.5,), -0.0), ("ceil", (0.0,), 0.0), ("ceil", (inf,), inf), ("ceil", (TINY,), 1.0),
        ("sign", (-0.0,), 0.0), ("sign", (TINY,), 1.0), ("sign", (-inf,), -1.0),
        ("erf", (-inf,), -1.0), ("erfc", (inf,), 0.0), ("erfc", (-inf,), 2.0),
        ("lgamma", (0.0,), inf), ("lgamma", (-0.0,), inf), ("lgamma", (-3.0,), inf), ("lgamma", (-1e300,), inf),
        ("lgamma", (inf,), inf), ("lgamma", (-inf,), inf), ("lgamma", (1e306,), inf),
        ("digamma", (0.0,), -inf), ("digamma", (-0.0,), inf), ("digamma", (-1.0,), nan),
        ("digamma", (-1e300,), nan), ("digamma", (inf,), inf), ("digamma", (-inf,), nan),
        ("digamma", (TINY,), -inf), ("digamma", (-TINY,), inf),
        ("polygamma", (0, 0.0), -inf), ("polygamma", (0.0, -0.0), inf), ("polygamma", (0, -1.0), nan),
        ("polygamma", (1, 0.0), inf), ("polygamma", (1, -0.0), inf), ("polygamma", (1.0, -7.0), inf),
        ("polygamma", (2, 0.0), -inf), ("polygamma", (2, -0.0), -inf), ("polygamma", (2, -7.0), -inf),
        ("polygamma", (1, inf), 0.0), ("polygamma", (2, inf), -0.0), ("polygamma", (1, -inf), inf),
        ("polygamma", (-1, 2.0), nan), ("polygamma", (0.5, 2.0), nan), ("polygamma", (inf, 2.0), nan),
        ("polygamma", (nan, 2.0), nan), ("polygamma", (3, nan), nan),
        ("polygamma", (2, -1e-200), inf), ("polygamma", (2, 1e-200), -inf), ("polygamma", (3, 1e300), 0.0),
        ("polygamma", (1e300, 2.0), -inf), ("polygamma", (1e300, 1e300), -0.0), ("polygamma", (1e300, -0.3), inf),
        ("polygamma", (1e300, -0.7), -inf), ("polygamma", (10**400 + 1, 1e300), inf),
        ("sigmoid", (-inf,), 0.0), ("sigmoid", (inf,), 1.0), ("sigmoid", (-1000.0,), 0.0), ("sigmoid", (0.0,), 0.5),
        ("log_sigmoid", (-1000.0,), -1000.0), ("log_sigmoid", (-inf,), -inf), ("log_sigmoid", (inf,), -0.0),
        ("softplus", (1000.0,), 1000.0), ("softplus", (-inf,), 0.0), ("softplus", (inf,), inf),
        ("silu", (-inf,), -0.0), ("silu", (inf,), inf), ("silu", (-1000.0,), -0.0), ("silu", (1000.0,), 1000.0),
        ("mish", (-inf,), -0.0), ("mish", (inf,), inf), ("mish", (-1000.0,), -0.0), ("mish", (-0.0,), -0.0),
        ("gelu", (-inf,), -0.0), ("gelu", (inf,), inf), ("gelu", (-1000.0,), -0.0), ("gelu", (-0.0,), -0.0),
        ("elu", (-inf, 2.0), -2.0), ("elu", (inf, 2.0), inf), ("elu", (-1000.0, 0.5), -0.5), ("elu", (nan, 1.0), nan),
        ("selu", (-inf,), -1.7580993408473766), ("selu", (inf,), inf),
        ("logsumexp", (), -inf), ("logsumexp", (3.0,), 3.0), ("logsumexp", (-inf, -inf), -inf),
        ("logsumexp", (inf, 1.0, -inf), inf), ("logsumexp", (inf, nan), nan), ("logsumexp", (nan, 1.0), nan),
        ("logsumexp", (-2.0, nan), nan), ("logsumexp", (-inf, nan), nan), ("logsumexp", (-inf, 2.0), 2.0),
        ("logsumexp", (HUGE, -HUGE), HUGE), ("logsumexp", (-1e308, -1e308), -1e308),
        ("logsumexp", (0.0, -40.0), 4.248354255291589e-18),
    ],
)  # fmt: skip
def test_special_value(name: str, inputs: tuple[float, ...], expected: float) -> None:
    assert repr(getattr(elementary, name)(*inputs)) == repr(expected)


@pytest.mark.parametrize("name", ORACLES)
def test_function_of_nan_is_nan_and_nothing_raises(name: str) -> None:
    function = getattr(elementary, name)
    assert math.isnan(function(nan))
    assert {type(function(x)) for x in EXTREMES} == {float}


@pytest.mark.parametrize(
    "function", [elementary.divide, elementary.power, elementary.elu, elementary.polygamma, elementary.logsumexp]
)
def test_function_of_two_never_raises(function: Callable[[float, float], float]) -> None:
    assert {type(function(x, y)) for x, y in itertools.product(EXTREMES, repeat=2)} == {float}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 20, 1000, 10**9, 10**30, 10**40])
def test_polygamma_of_any_order_never_raises(n: int) -> None:
    for x in (*EXTREMES, n / math.e, float(n), 2.0 * n, -0.5, -n - 0.5, -1e15 - 0.5, -(2.0**51) - 0.5):
        assert type(elementary.polygamma(n, x)) is float


@pytest.fixture
def with_a_careless_library(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return `elementary` anew, made from functions that give a number, or an infinity, where they have none."""

    def careless(function: Callable[[float], float]) -> Callable[[float], float]:
        low, high = elementary.DOMAINS[function.__name__]
        return wraps(function)(lambda x: function(x) if low < x < high else copysign(inf, x) if abs(x) == 1.0 else 0.25)

    for name in elementary.DOMAINS:
        monkeypatch.setattr(math, name, careless(getattr(math, name)))
    specification = importlib.util.spec_from_file_location("elementary_anew", elementary.__file__)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", elementary.DOMAINS)
def test_outside_a_domain_the_c_library_is_not_asked(with_a_careless_library: ModuleType, name: str) -> None:
    """musl's acosh(-1e9) is a number."""
    function = getattr(with_a_careless_library, name)
    low, high = elementary.DOMAINS[name]
    inside = 2.0 if name == "acosh" else 0.5
    assert function(inside) == getattr(elementary, name)(inside)
    for x in (math.nextafter(low, -inf), low - 0.5, -1e9, -inf, math.nextafter(high, inf), 1e9, nan):
        if not low <= x <= high:
            assert math.isnan(function(x))
            assert math.isnan(getattr(elementary, name)(x))


def test_functions_made_from_math_s_have_names_and_sentences_and_pickle() -> None:
    for name in ORACLES:
        function = getattr(elementary, name)
        assert function.__name__ == name
        assert (inspect.getdoc(function) or "").split("\n")[0].endswith((".", "..."))
        assert pickle.loads(pickle.dumps(function)) is function
