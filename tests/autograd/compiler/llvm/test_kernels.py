"""The loops over slots: each does what it says, for any number of places, rows and lanes."""

import operator
from functools import reduce

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from autograd import compile  # noqa: E402


def test_rows_with_many_numbers_see_those_of_their_own():
    def f(row, w):
        products = [x * y for x, y in zip(row, w, strict=True)]
        return reduce(operator.add, products), row[0] - row[-1]  # Python 3.12's sum of floats carries extra digits

    for rows in (1, 4, 17, 33):
        table = numpy.arange(rows * 5.0).reshape(rows, 5) ** 1.5
        w = [0.5, -1.0, 2.0, 0.25, 1.0]
        products, ends = compile(f, in_axes=(0, None))(table, w)
        for k, row in enumerate(table.tolist()):
            assert (products[k], ends[k]) == f(row, w)
