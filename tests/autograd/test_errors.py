import inspect

import pytest

import autograd
from autograd import AnomalyError, AutogradError, errors

ALL = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, BaseException)]


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_has_the_one_base(error):
    assert issubclass(error, AutogradError)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_is_exported(error):
    assert getattr(autograd, error.__name__) is error
    assert error.__name__ in autograd.__all__


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_says_in_a_sentence_what_it_means(error):
    assert inspect.getdoc(error).splitlines()[0].endswith(".")


@pytest.mark.parametrize(
    "error", [error for error in ALL if error is not AutogradError], ids=lambda error: error.__name__
)
def test_a_child_is_also_a_builtin_that_a_caller_would_catch(error):
    builtins = [base for base in error.__mro__ if base.__module__ == "builtins"]
    assert len(builtins) > len(Exception.__mro__)


def test_the_base_is_not_a_builtin_error():
    assert AutogradError.__bases__ == (Exception,)


def test_an_anomaly_is_a_floating_point_error():
    assert issubclass(AnomalyError, FloatingPointError)
    assert issubclass(AnomalyError, ArithmeticError)
