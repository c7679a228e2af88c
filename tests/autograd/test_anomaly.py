import copy
import inspect
import pickle
import re

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, Op, Value, apply, detect_anomaly, grad, jvp, topological
from autograd.reductions import dot_node


def here():
    """Return the place of the line below the caller's, as an error would name it."""
    frame = inspect.currentframe().f_back
    return f"{__file__}:{frame.f_lineno + 1}"


# Forward.


def test_the_error_names_the_operation_its_inputs_and_the_line():
    x = Value(-2.0, label="x")
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:  # noqa: PT012
        line = here()
        x.log()
    message = str(caught.value)
    assert "log" in message
    assert "x = -2.0" in message
    assert "nan" in message
    assert line in message
    assert "x.log()" in message


@pytest.mark.parametrize(("f", "name"), [
    (lambda x: x.log(), "log"), (lambda x: autograd.log(x), "log"), (lambda x: np.log(x), "log"),
    (lambda x: 1.0 / (x + 1.0), "div"),
    (lambda x: (1000.0 * x).exp() * (-1000.0 * x).exp(), "exp"), (lambda x: x**0.5, "pow"),
    (lambda x: 2.0 ** (x * -1e4), "pow"),
    (lambda x: autograd.sum([x, x, float("inf")]), "sum"), (lambda x: autograd.dot([x], [1e308], bias=-1e308), "dot"),
    (lambda x: x * float("nan"), "mul"), (lambda x: x - float("inf"), "sub"),
    (lambda x: abs(x).sqrt() + float("inf"), "add"),
    (lambda x: dot_node((x,), (float("inf"),), 0.0), "dot"),
])  # fmt: skip
def test_every_kind_of_operation_is_checked(f, name):
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        f(Value(-1.0))
    assert re.search(rf"\b{name}", str(caught.value))
    assert f"{__file__}:" in str(caught.value)


def test_the_first_operation_is_the_one_named():
    x = Value(0.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"^log made -inf from 0\.0"):
        (x.log() * 0.0 + 1.0).exp()


def test_an_op_of_the_user_is_named():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"explode made inf from 1\.0, 2\.0"):
        apply(Op("explode", lambda x, y: float("inf"), lambda x, y, z: (0.0, 0.0)), Value(1.0), 2.0)


def test_the_line_is_the_users_own_not_the_librarys():
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:  # noqa: PT012
        line = here()
        autograd.mean([Value(1e308), Value(1e308)])
    assert line in str(caught.value)


def test_the_line_of_a_gradient_of_a_gradient_is_the_users_too():
    def f(x):
        return x.sqrt()

    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        grad(grad(f))(0.0)
    assert __file__ in str(caught.value)


def test_many_inputs_are_not_all_printed():
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        autograd.sum([*[Value(1.0)] * 1000, float("inf")])
    assert len(str(caught.value)) < 500
    assert "more" in str(caught.value)


def test_finite_results_pass_and_are_what_they_would_be():
    x = Value(0.5)
    with detect_anomaly():
        y = autograd.softmax([x, x * x, 2.0])[0] + x.tanh() ** 2
        y.backward()
    checked = x.grad
    x.grad = 0.0
    z = autograd.softmax([x, x * x, 2.0])[0] + x.tanh() ** 2
    z.backward()
    assert (y.data, checked) == (z.data, x.grad)


def test_a_leaf_may_hold_anything():
    with detect_anomaly():
        Value(float("nan"))


def test_nothing_is_checked_outside_of_the_block():
    with detect_anomaly():
        pass
    assert Value(0.0).log().data == -float("inf")


def test_the_error_is_a_floating_point_error():
    with detect_anomaly(), pytest.raises(FloatingPointError):
        Value(0.0).log()


def test_plain_floats_are_not_checked():
    with detect_anomaly():
        assert autograd.log(0.0) == -float("inf")


# Backward.


def test_a_derivative_that_turns_infinite_is_found():
    x = Value(0.0, label="x")
    with detect_anomaly():
        line = here()
        y = x.sqrt()
        with pytest.raises(AnomalyError) as caught:
            y.backward()
    message = str(caught.value)
    assert "sqrt" in message
    assert "x = 0.0" in message
    assert line in message
    assert "y = x.sqrt()" in message


def test_a_derivative_that_turns_nan_is_found():
    x = Value(0.0)
    with detect_anomaly():
        y = x.cbrt() * 0.0
        with pytest.raises(AnomalyError, match="cbrt"):
            y.backward()


def test_each_kind_of_node_is_checked_going_backward():
    x = Value(0.0)
    for f in (
        lambda: x**0.5,
        lambda: x ** Value(0.5),
        lambda: autograd.prod([x, 1e200, 1e200]) * 1.0,
        lambda: dot_node((x,), (1.0,), 0.0).sqrt(),
    ):
        with detect_anomaly():
            y = f()
            with pytest.raises(AnomalyError):
                y.backward()


def test_a_sum_of_derivatives_that_overflows_is_found():
    x = Value(0.1)
    with detect_anomaly():
        y = 1.5e308 * x + 1.5e308 * x
        with pytest.raises(AnomalyError):
            y.backward()


def test_a_gradient_that_is_infinite_from_the_start_is_found():
    x = Value(1.0)
    with detect_anomaly():
        y = x * 2.0
        with pytest.raises(AnomalyError):
            y.backward(float("inf"))


def test_a_graph_made_before_the_block_is_checked_without_its_line():
    x = Value(0.0)
    y = x.sqrt()
    with detect_anomaly(), pytest.raises(AnomalyError, match="sqrt"):
        y.backward()


def test_a_graph_made_in_one_block_and_differentiated_in_another_has_its_line():
    x = Value(0.0)
    with detect_anomaly():
        line = here()
        y = x.sqrt()
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        y.backward()
    assert line in str(caught.value)


def test_a_graph_made_half_before_and_half_inside_is_differentiated_whole():
    x = Value(3.0)
    y = x * x
    with detect_anomaly():
        z = y * 2.0 + x
        z.backward()
    assert x.grad == 13.0
    x.grad = 0.0
    z.backward()
    assert x.grad == 13.0


def test_a_graph_made_half_inside_and_half_after_is_differentiated_whole():
    x = Value(3.0)
    with detect_anomaly():
        y = x * x
    z = y * 2.0 + x
    z.backward()
    assert x.grad == 13.0
    assert len(topological(z)) == 4


def test_a_constant_input_has_no_derivative_to_check():
    x = Value(-2.0)
    with detect_anomaly():
        (x**2).backward()
        (autograd.where(x > 0.0, x, 3.0) + x).backward()
    assert x.grad == -4.0 + 1.0


def test_a_failed_backward_leaves_a_usable_graph():
    x = Value(0.0)
    y = x.sqrt()
    with detect_anomaly(), pytest.raises(AnomalyError):
        y.backward()
    x.grad = 0.0
    y.backward()
    assert x.grad == float("inf")


# Transforms.


def test_transforms_are_checked_forward():
    with detect_anomaly():
        for transform in (autograd.grad, autograd.value_and_grad, autograd.jacobian, autograd.hessian):
            with pytest.raises(AnomalyError, match="log"):
                transform(lambda x: x.log())(0.0)


@pytest.mark.parametrize("f", [
    lambda f: grad(f)(0.0), lambda f: jvp(f, (0.0,), (1.0,)), lambda f: autograd.vjp(f, 0.0)[1](1.0),
    lambda f: autograd.jacobian(f)(0.0),
    lambda f: grad(f)(Value(0.0)),
], ids=["grad", "jvp", "vjp", "jacobian", "Value in"])  # fmt: skip
def test_transforms_are_checked_backward(f):
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"sqrt|div made inf from 0\.5, 0\.0"):
        f(lambda x: x.sqrt())  # the rule of sqrt, where derivatives are Values, is itself recorded: 0.5 / sqrt(x)


def test_transforms_give_the_same_numbers_inside():
    def f(v):
        return v[0] ** 3 * v[1].tanh()

    expected = autograd.hessian(f)([2.0, 0.5])
    with detect_anomaly():
        assert autograd.hessian(f)([2.0, 0.5]) == expected


def test_a_transform_inside_leaves_outer_values_alone():
    w = Value(2.0)
    with detect_anomaly():
        assert grad(lambda x: x * w)(3.0) == 2.0
    assert w.grad == 0.0


# What is made inside.


def test_a_result_made_inside_is_a_value_like_any_other():
    x = Value(3.0)
    with detect_anomaly():
        y = x * x
    assert isinstance(y, Value)
    assert repr(y) == "Value(data=9.0, grad=0.0)"
    assert y.op is (x * x).op
    assert all(a is x for a in y.inputs)
    assert y == 9.0
    assert len({y, y}) == 1


def test_a_result_made_inside_is_copied_and_pickled():
    x = Value(3.0)
    with detect_anomaly():
        y = (x * x).tanh()
    pickled = [pickle.loads(pickle.dumps(y, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for again in (copy.deepcopy(y), copy.copy(y), *pickled):
        assert again.data == y.data
        again.backward()


def test_a_label_given_later_does_not_hide_the_line():
    x = Value(0.0, label="x")
    with detect_anomaly():
        line = here()
        y = x.sqrt()
        y.label = "y"
        with pytest.raises(AnomalyError) as caught:
            y.backward()
    assert line in str(caught.value)


def test_the_label_of_a_result_made_inside_is_an_empty_string():
    with detect_anomaly():
        y = Value(2.0) * 3.0
    assert y.label == ""
    assert not y.label
    y.label += "y"
    assert repr(y) == "Value(data=6.0, grad=0.0, label='y')"


def test_blocks_nest():
    with detect_anomaly():
        with detect_anomaly():
            y = Value(2.0) * 3.0
            with pytest.raises(AnomalyError):
                Value(0.0).log()
        with pytest.raises(AnomalyError):
            Value(0.0).log()
        y.backward()


def test_a_deep_graph_is_checked():
    x = Value(1.0)
    y = x
    with detect_anomaly():
        for _ in range(20_000):
            y = y * 1.0
        y.backward()
    assert x.grad == 1.0
