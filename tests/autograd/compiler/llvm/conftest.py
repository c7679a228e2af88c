"""Functions that run native code on its own: lines of a function on memory, and kernels on slots."""

import ctypes

import pytest


@pytest.fixture(scope="session")
def run_lines():
    """Return a function that runs the lines which `write` writes, on two memories, %v and %u, and a number, %n.

    The memories are ctypes arrays, or sequences that become arrays of doubles; what they hold afterwards is returned.
    """
    from autograd.compiler.llvm.engine import engine
    from autograd.compiler.llvm.function import NativeFunction

    def run(write, v, u=(), n=0):
        function = NativeFunction()
        write(function)
        function.do("ret void")
        text = function.text("void @lines(ptr %v, ptr %u, i64 %n)")
        (place,), owner = engine().compiled("\n".join([*sorted(function.declarations), text]), ["lines"])
        memories = [x if isinstance(x, ctypes.Array) else (ctypes.c_double * len(x))(*x) for x in (v, u)]
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(place)(*memories, n)
        del owner
        return [list(x) for x in memories]

    return run


@pytest.fixture(scope="session")
def run_vectors():
    """Return a function that applies one of `portable_math` to numbers, a given number of lanes at a time."""
    from autograd.compiler.llvm.engine import engine
    from autograd.compiler.llvm.function import NativeFunction, type_of
    from autograd.compiler.llvm.portable_math import Vector

    def run(write, numbers, lanes=4):
        function = NativeFunction()
        result = write(Vector(function, lanes, function.line(f"load {type_of(lanes)}, ptr %v, align 8")))
        function.do(f"store {result}, ptr %u, align 8")
        function.do("ret void")
        (place,), owner = engine().compiled(function.text("void @apply(ptr %v, ptr %u)"), ["apply"])
        apply = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(place)
        kind = (ctypes.c_int64 if result.kind == "i64" else ctypes.c_double) * lanes
        found = []
        for start in range(0, len(numbers), lanes):
            part = numbers[start : start + lanes]
            target = kind()
            apply((ctypes.c_double * lanes)(*part), target)
            found += list(target)[: len(part)]
        del owner
        return found

    return run


@pytest.fixture(scope="session")
def run_kernels():
    """Return a function that runs steps before, for and after rows, and returns uniform slots, output and flag."""
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("llvmlite")
    from autograd.compiler.llvm.call_words import FLAG
    from autograd.compiler.lower.plan import Plan
    from autograd.compiler.program.program import Program
    from autograd.compiler.run.machine import Machine, address

    def run(before=(), rows=(), after=(), *, uniform, varying=0, lanes=1, table=None, index=None, width=0):
        arrays = [] if table is None else [numpy.array(table, dtype=float)]
        count = len(index) if index is not None else len(arrays[0]) if arrays else 0
        plan = Plan(
            list(before), list(rows), list(after), len(uniform), varying, 0, len(uniform), [], width, lanes
        )  # without sums, constants and results
        machine = Machine(plan, Program((), (), (), [], ()), len(arrays), False)
        workspace = machine.workspace()
        workspace.uniform[: len(uniform)] = uniform
        padded = -(-count // lanes) * lanes
        order = numpy.array(range(count) if index is None else index, dtype=numpy.int64)
        order = numpy.concatenate([order, numpy.repeat(order[-1:], padded - count)])
        output = numpy.full((padded + 1, max(width, 1)), numpy.nan)
        words = [word for x in arrays for word in (address(x), x.size // len(x))]
        workspace.say(count, address(order), address(output), words)
        machine.run(workspace)
        return workspace.uniform[: len(uniform)].tolist(), output, int(workspace.about[FLAG])

    return run
