"""sparse_hessian and sparse_jacobian: only the derivatives that can be other than 0, as sparse matrices of SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import accumulate, chain
from typing import Any

from autograd import modes
from autograd.errors import needs
from autograd.graph import ordered
from autograd.transforms.containers import Contents
from autograd.transforms.derivatives import checked, single
from autograd.transforms.patterns import hessian_rows, jacobian_rows
from autograd.transforms.recording import Recording, record
from autograd.transforms.structures import array_of

Function = Callable[..., Any]


def sparse_jacobian(f: Function) -> Function:
    """Return a function that gives the derivatives of f as a `scipy.sparse.csr_array` of shape (results, inputs).

    As `jacobian(f)`, with respect to the first argument, a list or an array; its numbers, and those in the result, are
    counted in order. The matrix has the entries that are other than 0 for some argument, whichever is given: each once,
    sorted along rows, those that happen to be 0 kept. Both sides of `where`, `maximum` and `clip` count. Only these
    entries are computed. The time and memory taken are in proportion to what the entries depend on.
    `autograd.compile` takes the function; then the entries are found once.

    Raises TypeError for arguments that hold Values, since a sparse matrix holds floats, and ImportError without SciPy.

    >>> from autograd import sin
    >>> print(sparse_jacobian(lambda v: [v[0] * v[1], sin(v[2])])([2.0, 3.0, 0.0]).toarray())
    [[3. 2. 0.]
     [0. 0. 1.]]
    """
    checked("sparse_jacobian", f)

    @wraps(f)
    def derivative(x: Any, /, *args: Any, **kwargs: Any) -> Any:
        recording = record(f, (x, *args), kwargs, [0])
        return _matrix(recording, jacobian_rows(recording), "sparse_jacobian")

    return derivative


def sparse_hessian(f: Function) -> Function:
    """Return a function that gives the second derivatives of f as a `scipy.sparse.csr_array`.

    As `hessian(f)`, with respect to the first argument, a list or an array, whose numbers are counted in order. The
    matrix has the entries that are other than 0 for some argument, as in `sparse_jacobian`; linear terms,
    and the pieces of `relu`, `abs`, `maximum` and `clip`, have none of their own. It suits
    `scipy.optimize.minimize(..., method="trust-constr", hess=...)`.

    Raises TypeError if f does not return exactly one number, and as `sparse_jacobian` does.

    >>> print(sparse_hessian(lambda v: v[0] ** 2 * v[1] + v[2])([3.0, 5.0, 7.0]).toarray())
    [[10.  6.  0.]
     [ 6.  0.  0.]
     [ 0.  0.  0.]]
    """
    checked("sparse_hessian", f)

    @wraps(f)
    def derivative(x: Any, /, *args: Any, **kwargs: Any) -> Any:
        rows: list[list[int]] = []

        def gradient(x: Any) -> Any:
            recording = single(record(f, (x, *args), kwargs, [0]), "sparse_hessian")
            rows.extend(hessian_rows(recording))
            return recording.pull([1.0])

        return _matrix(record(gradient, (x,), {}, [0]), rows, "sparse_hessian", symmetric=True)

    return derivative


def _matrix(recording: Recording, rows: list[list[int]], name: str, symmetric: bool = False) -> Any:
    """Compute the entries of a matrix of derivatives, in the columns given for each row."""
    if recording.values and not modes.tracing():
        raise TypeError(f"{name} gives floats, and here its arguments hold Values: give numbers, or use {name[7:]}")
    pattern = Pattern(rows, len(recording.inputs))
    entries = _symmetric(recording, rows) if symmetric else _by_rows(recording, rows) or _by_columns(recording, rows)
    data = array_of(list(chain(*entries)), (len(pattern.indices),))
    return Entries(pattern, data) if modes.tracing() else pattern.filled([data])


def _symmetric(recording: Recording, rows: list[list[int]]) -> list[list[Any]]:
    """Compute the rows of a symmetric matrix, what is above the diagonal from what is below."""
    lower = [[j for j in columns if j <= i] for i, columns in enumerate(rows)]
    found = _by_rows(recording, lower, limited=False)
    by_place = [dict(zip(columns, numbers, strict=True)) for columns, numbers in zip(lower, found, strict=True)]
    return [[by_place[max(i, j)][min(i, j)] for j in columns] for i, columns in enumerate(rows)]


def _by_rows(recording: Recording, rows: list[list[int]], limited: bool = True) -> list[list[Any]]:
    """Compute each row by a reverse pass over what that output depends on; [] where passes by columns take less."""
    inputs = {id(x) for x in recording.inputs}
    known = {id(node) for node in recording.operations}
    left = len(inputs) * len(known) if limited else math.inf
    found = []
    for output, columns in zip(recording.outputs, rows, strict=True):
        nodes = ordered([output] if columns else (), lambda node: id(node) not in known)
        order = [recording.inputs[j] for j in columns] + [node for node in nodes if id(node) in known]
        found.append((output, columns, order))
        left -= len(order)
        if left < 0:
            return []
    return [
        recording._replace(inputs=order[: len(columns)], outputs=[output], order=order).pull([1.0])
        for output, columns, order in found
    ]


def _by_columns(recording: Recording, rows: list[list[int]]) -> list[list[Any]]:
    """Compute each column by a forward pass."""
    places = range(len(recording.inputs))
    columns = [recording.push([1.0 if i == j else None for i in places]) for j in places]
    return [[columns[j][i] for j in row] for i, row in enumerate(rows)]


class Pattern:
    """Where a sparse matrix has entries, as SciPy keeps them: the columns of each row, one row after the other."""

    def __init__(self, rows: Sequence[Sequence[int]], width: int) -> None:
        try:
            from numpy import asarray
            from scipy.sparse import csr_array
        except ImportError:
            raise needs("sparse", "a sparse derivative needs the package scipy", "scipy") from None
        columns, ends = list(chain(*rows)), list(accumulate(map(len, rows), initial=0))
        kind = "int32" if max(width, len(columns)) < 2**31 else "int64"  # as SciPy chooses, and its solvers want
        indices, indptr = asarray(columns, kind), asarray(ends, kind)
        empty = csr_array(([0.0] * len(columns), indices, indptr), shape=(len(rows), width))
        empty.has_canonical_format = True  # sorted, each entry once: SciPy need not look
        self.kind, self.attributes, self.array = type(empty), vars(empty), type(empty.data)
        self.indices, self.indptr = empty.indices, empty.indptr

    def filled(self, items: Sequence[Any]) -> Any:
        """Return the matrix with the entries in the only array; for anything else, what stands for the matrix."""
        (data,) = items
        if type(data) is not self.array:
            return Entries(self, data)
        if data.ndim != 1:
            raise TypeError("matrices of several rows of data cannot be stacked: say reduce='sum' or reduce='mean'")
        matrix = object.__new__(self.kind)  # the constructor takes ten times as long, to check what is known
        attributes = matrix.__dict__
        attributes.update(self.attributes)
        attributes["data"], attributes["indices"], attributes["indptr"] = data, self.indices.copy(), self.indptr.copy()
        return matrix


class Entries:
    """What stands for a sparse matrix while `autograd.compile` records: its entries, as an array of Values."""

    def __init__(self, pattern: Pattern, data: Any) -> None:
        self.pattern, self.data = pattern, data

    def _contents(self) -> Contents:
        """Say what a structure needs to know; a compiled function fills the matrix with floats."""
        return Contents(["data"], [self.data], self.pattern.filled)
