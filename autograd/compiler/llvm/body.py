"""Arithmetic on vectors of doubles as LLVM IR, one lane per row; one lane is a plain double."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.llvm import call_words, callbacks
from autograd.compiler.llvm.function import NativeFunction, call, literal, pointer, type_of


class Body:
    """What writes into a function arithmetic on values of `lanes` doubles.

    `contract` allows a product and a sum to become one fused operation. Several bodies, of other numbers of lanes, may
    write into the same function.
    """

    def __init__(self, lanes: int, contract: bool = False, function: NativeFunction | None = None) -> None:
        self.lanes, self.contract = lanes, contract
        self.kind, self.truth = type_of(lanes), type_of(lanes, "i1")
        self.suffix = "f64" if lanes == 1 else f"v{lanes}f64"
        self.function = f = function or NativeFunction()
        self.line, self.computed, self.do, self.start, self.only_if = f.line, f.computed, f.do, f.start, f.only_if
        self.times, self.plus, self.at, self.entry, self.scalar = f.times, f.plus, f.at, f.entry, f.scalar
        self.negated: dict[str, str] = {}
        self.truths: dict[str, str] = {}  # of numbers that are 1.0 or 0.0

    def of_width(self, lanes: int) -> Body:
        """Return what writes into the same function with another number of lanes."""
        return Body(lanes, self.contract, self.function)

    def constant(self, x: float) -> str:
        """Return a constant in every lane."""
        return literal(x) if self.lanes == 1 else f"splat (double {literal(x)})"

    def splat(self, scalar: str, of: str = "double") -> str:
        """Return one number in every lane."""
        if self.lanes == 1:
            return scalar
        kind = type_of(self.lanes, of)
        one = self.line(f"insertelement {kind} poison, {of} {scalar}, i64 0")
        return self.line(f"shufflevector {kind} {one}, {kind} poison, <{self.lanes} x i32> zeroinitializer")

    def lane(self, x: str, k: int) -> str:
        """Return the double in a lane of a value."""
        return x if self.lanes == 1 else self.line(f"extractelement {self.kind} {x}, i64 {k}")

    def of_lanes(self, lane: Callable[[int], str]) -> str:
        """Return the value of what `lane(k)` writes for each lane."""
        if self.lanes == 1:
            return lane(0)
        value = "poison"
        for k in range(self.lanes):
            value = self.line(f"insertelement {self.kind} {value}, double {lane(k)}, i64 {k}")
        return value

    def _two(self, operation: str, x: str, y: str, flag: bool) -> str:
        return self.computed(f"{operation}{' contract' if flag and self.contract else ''} {self.kind} {x}, {y}")

    def add(self, x: str, y: str) -> str:
        """Return x + y."""
        return self._two("fadd", x, y, True)

    def sub(self, x: str, y: str) -> str:
        """Return x - y."""
        return self._two("fsub", x, y, True)

    def mul(self, x: str, y: str) -> str:
        """Return x * y."""
        return self._two("fmul", x, y, True)

    def div(self, x: str, y: str) -> str:
        """Return x / y."""
        return self._two("fdiv", x, y, False)

    def neg(self, x: str) -> str:
        """Return -x."""
        name = self.computed(f"fneg {self.kind} {x}")
        self.negated[name] = x
        return name

    def compare(self, how: str, x: str, y: str) -> str:
        """Return the truth of a comparison: olt, ole, oeq, une, ugt (true for NaN), uno (one is NaN)."""
        if how == "une" and x in self.truths and y == self.constant(0.0):
            return self.truths[x]
        return self.computed(f"fcmp {how} {self.kind} {x}, {y}")

    def both(self, x: str, y: str) -> str:
        """Return whether two truths hold."""
        return self.line(f"and {self.truth} {x}, {y}")

    def either(self, x: str, y: str) -> str:
        """Return whether one of two truths holds."""
        return self.line(f"or {self.truth} {x}, {y}")

    def alone(self, x: str, y: str) -> str:
        """Return whether the first of two truths holds, and not the second."""
        none = "false" if self.lanes == 1 else "zeroinitializer"
        return self.line(f"select {self.truth} {y}, {self.truth} {none}, {self.truth} {x}")

    def choose(self, truth: str, x: str, y: str) -> str:
        """Return x where a truth holds, else y."""
        return self.computed(f"select {self.truth} {truth}, {self.kind} {x}, {self.kind} {y}")

    def number(self, truth: str) -> str:
        """Return 1.0 where a truth holds, else 0.0."""
        name = self.computed(f"uitofp {self.truth} {truth} to {self.kind}")
        self.truths[name] = truth
        return name

    def intrinsic(self, name: str, *operands: str) -> str:
        """Call one of LLVM's functions, such as fabs, sqrt, floor, ceil or copysign."""
        kinds = ", ".join([self.kind] * len(operands))
        self.function.declarations.add(f"declare {self.kind} @llvm.{name}.{self.suffix}({kinds})")
        if name == "fabs":
            operands = tuple([self.negated.get(x, x) for x in operands])
        return self.computed(call(self.kind, f"llvm.{name}.{self.suffix}", operands))

    def call(self, name: str, *operands: str) -> str:
        """Call an elementary function of `vectormath`."""
        self.function.functions.add((name, self.lanes))
        return self.computed(call(self.kind, f"m{self.lanes}_{name}", operands))

    def python(self, op: Any, *operands: str) -> str:
        """Let Python compute an op, lane by lane."""
        address, keep = callbacks.pointer(op, len(operands))
        self.function.opaque.append(keep)
        flag = call_words.flag(self.function)

        def asked(lane: int) -> str:
            scalars = [self.lane(x, lane) for x in operands]
            self.function.write("i64", self.line(f"add i64 {self.function.read('i64', flag)}, 2"), flag)
            given = ", ".join([f"ptr {flag}", *[f"double {x}" for x in scalars]])
            return self.line(f"call double {pointer(address)}({given})")

        return self.of_lanes(asked)

    def loop(self, count: str, step: Callable[..., Sequence[str] | None], *initial: str) -> list[str]:
        """Run lines `count` times, and return what `step(index, *state)` made of the initial state."""
        return self.function.loop(count, step, *[(self.kind, x) for x in initial])[1:]

    def loop_by(self, many: int, several: Callable[[str], None], one: Callable[[str], None]) -> None:
        """Do `several` at each of `many` places at a time, from 0 to %count, then `one` at each place that is left."""
        parts = self.line(f"udiv i64 %count, {many}")
        self.loop(parts, lambda i: several(self.times(i, many)))
        done = self.times(parts, many)
        self.loop(self.line(f"sub nuw i64 %count, {done}"), lambda i: one(self.plus(i, done)))

    def slot(self, memory: str, place: str) -> str:
        """Return the address of the value in a slot of memory."""
        return self.at(self.kind, memory, place)

    def load(self, address: str) -> str:
        """Return the value at an address."""
        return self.line(f"load {self.kind}, ptr {address}, align {min(64, 8 * self.lanes)}")

    def store(self, x: str, address: str) -> None:
        """Write a value to an address."""
        self.do(f"store {self.kind} {x}, ptr {address}, align {min(64, 8 * self.lanes)}")

    def doubles(self, memory: str, place: str | int) -> str:
        """Return as many doubles next to each other as there are lanes."""
        return self.function.read(self.kind, self.at("double", memory, place))

    def write_doubles(self, x: str, memory: str, place: str | int) -> None:
        """Write as many doubles next to each other as there are lanes."""
        self.function.write(self.kind, x, self.at("double", memory, place))

    def rarely(self, truth: str, usual: str, otherwise: Callable[[], str]) -> str:
        """Return `usual`, and where a truth holds in some lane what `otherwise` computes, only then."""
        found = truth
        if self.lanes > 1:
            self.function.declarations.add(f"declare i1 @llvm.vector.reduce.or.v{self.lanes}i1({self.truth})")
            found = self.line(f"call i1 @llvm.vector.reduce.or.v{self.lanes}i1({self.truth} {truth})")
        return self.only_if(found, self.kind, usual, lambda: self.choose(truth, otherwise(), usual))
