"""Every path of the native core again and again: python .ci/leaks.py names those that keep anything.

A debug Python counts all references there are (sys.gettotalrefcount), any Python the blocks of its allocator.
"""

import contextlib
import copy
import gc
import operator
import os
import pickle
import sys
from functools import partial
from itertools import pairwise

import autograd
import nn
from autograd import OPS, Op, Value

ROUNDS = 400
references = getattr(sys, "gettotalrefcount", sys.getallocatedblocks)


class Mine(Value):
    """A subclass with attributes of its own."""


def swept(op, *inputs):
    """Apply an op, sweep the graph and order it."""
    y = autograd.apply(op, *inputs)
    y.backward()
    autograd.topological(y)


def silent(work, *args):
    """Call something that may raise."""
    with contextlib.suppress(Exception):
        work(*args)


def copied(make):
    """Copy and pickle a graph."""
    y = make()
    copy.deepcopy(y)
    pickle.loads(pickle.dumps(y))


def attributes():
    """Set, refuse and delete every attribute."""
    x, mine = Value(2.0, label="x"), Mine(3.0)
    mine.note = x
    x.data, x.label, x.grad = 1, "other", 0.5
    silent(setattr, x, "data", None)
    silent(setattr, x, "label", 3)
    silent(setattr, x, "_inputs", [1.0])
    silent(delattr, x, "_data")
    silent(getattr, x, "data")
    silent(operator.add, x, 1.0)
    x.data = 1.0
    x._inputs, x.op = (mine, 1.0), OPS[0]
    x.__init__(2.0)


def trained():
    """Train a network for a step."""
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    nn.losses.mse(model([1.0, 2.0]), 1.0).backward()
    optimizer.step()


def observed():
    """Raise in detect_anomaly, and record nothing in no_grad."""
    with autograd.detect_anomaly():
        silent(Value(0.0).log)
        silent(Value(0.0).sqrt().backward)
    with autograd.no_grad():
        _ = Value(1.0) * 2.0


def paths():
    """Yield what is done, and its name."""
    x, y, mine = Value(0.5), Value(0.25), Mine(0.75)
    for op in OPS:
        rule = op.partials.__code__
        count = 5 if rule.co_flags & 4 else rule.co_argcount - 1
        inputs = ([1.0] if op.name == "polygamma" else []) + [x, y, 0.5, mine, x]
        yield op.name, partial(swept, op, *inputs[:count])
        yield f"{op.name} of too many", partial(silent, swept, op, *inputs, y)
        yield f"{op.name} of junk", partial(silent, swept, op, "x", *inputs[: count - 1])
    for name in ("add", "sub", "mul", "truediv", "pow", "lt", "le", "eq", "ne", "gt", "ge", "mod", "matmul"):
        for other in (y, 2.0, 2, True, mine, "x", None, 10**400, 1j, [], object()):
            yield f"{name} {other!r:.20}", partial(silent, getattr(operator, name), x, other)
            yield f"{other!r:.20} {name}", partial(silent, getattr(operator, name), other, x)
    for name in ("neg", "abs", "pos"):
        yield name, partial(getattr(operator, name), x)
    for result in (None, 1.0, "x", (), (1.0,), (None,), ("x",), (1.0, 1.0), [1.0], (False,), (True,), (Value(1.0),)):
        op = Op("own", lambda x: x, lambda x, z, result=result: result)
        yield f"a rule that returns {result!r}", partial(silent, swept, op, x)
        op = Op("own", lambda x, result=result: result, lambda x, z: (1.0,))
        yield f"a value that is {result!r}", partial(silent, swept, op, x)
    op = Op("own", lambda x: x, lambda x, z: 1 / 0)
    yield "a rule that raises", partial(silent, swept, op, x * 2.0)
    op = Op("own", lambda x: 1 / 0, lambda x, z: (1.0,))
    yield "a value that raises", partial(silent, swept, op, x)
    for args in ((), (2.0,), ("x",), (1.0, 2.0), (None,)):
        yield f"backward{args}", partial(silent, (x * y).backward, *args)
        yield f"Value{args}", partial(silent, Value, *args)
        yield f"Mine{args}", partial(silent, Mine, *args)
    yield "attributes", attributes
    yield "copies", partial(copied, lambda: (x * mine + autograd.dot([x, y], [mine, 2.0])).exp())
    yield "training", trained
    yield "modes", observed
    yield "a network of dot nodes", lambda: nn.Layer(3, 2, init=0.5)([x, y, mine])[0].backward()


def grown(work):
    """Return how many references, or blocks, one round keeps."""
    counts = []
    for _ in range(4):  # the first rounds fill caches
        for _ in range(ROUNDS):
            work()
        gc.collect()
        counts.append(references())
    return min([after - before for before, after in pairwise(counts)]) / ROUNDS


def resident():
    """Return the bytes of memory in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def main():
    """Do everything, and say what keeps something."""
    assert autograd.core() == "native", "the native core is not built for this Python"
    all_paths = list(paths())
    kept = {}
    for name, work in all_paths:
        if grown(work) > 0.1 and (growth := grown(work)) > 0.1:  # twice, for caches that fill slowly
            kept[name] = growth
    before = resident()
    for _ in range(3 * ROUNDS):
        for _, work in all_paths:
            work()
    growth = resident() - before
    counted = "references" if hasattr(sys, "gettotalrefcount") else "blocks"
    print(f"{sys.version.split()[0]}: {len(all_paths)} paths, {counted} counted; memory grew by {growth:,} bytes")
    for name, number in kept.items():
        print(f"LEAK: {name} keeps {number:.2f} {counted} a round")
    if kept or growth > 4_000_000:
        sys.exit(1)


if __name__ == "__main__":
    main()
