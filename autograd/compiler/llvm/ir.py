"""Write LLVM IR as text: arithmetic on vectors of doubles, one lane per row (one lane is a plain double)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.llvm import callbacks
from autograd.compiler.llvm.callbacks import CALL_FLAG


def literal(x: float) -> str:
    """Return a double as LLVM writes it exactly: by its bits.

    >>> literal(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


class Body:
    """The lines of one function: arithmetic on values of `lanes` doubles.

    `contract` allows a product and a sum to become one fused operation. `functions` are the elementary
    functions that the lines call, `opaque` the ops that Python computes, `declarations` LLVM's own.
    """

    def __init__(self, lanes: int, contract: bool = False) -> None:
        self.lanes, self.contract = lanes, contract
        self.kind = "double" if lanes == 1 else f"<{lanes} x double>"
        self.truth = "i1" if lanes == 1 else f"<{lanes} x i1>"
        self.suffix = "f64" if lanes == 1 else f"v{lanes}f64"
        self.lines: list[str] = []
        self.block = "entry"
        self.count = 0
        self.functions: set[str] = set()
        self.declarations: set[str] = set()
        self.opaque: list[Any] = []  # keeps the pointers behind callbacks alive
        self.known: dict[str, str] = {}  # what this block has computed, by its text
        self.negated: dict[str, str] = {}
        self.truths: dict[str, str] = {}  # of numbers that are 1.0 or 0.0

    def name(self, stem: str = "t") -> str:
        """Return a new name."""
        self.count += 1
        return f"%{stem}{self.count}"

    def line(self, text: str) -> str:
        """Add a line that makes a new name, and return the name."""
        name = self.name()
        self.lines.append(f"  {name} = {text}")
        return name

    def computed(self, text: str) -> str:
        """Return the name of a result that depends on its operands alone: the same as before in the same block."""
        if text not in self.known:
            self.known[text] = self.line(text)
        return self.known[text]

    def do(self, text: str) -> None:
        """Add a line that makes no name."""
        self.lines.append(f"  {text}")

    def start(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.block = label
        self.known.clear()

    def constant(self, x: float) -> str:
        """Return a constant in every lane."""
        return literal(x) if self.lanes == 1 else f"splat (double {literal(x)})"

    def splat(self, scalar: str) -> str:
        """Return one double in every lane."""
        if self.lanes == 1:
            return scalar
        one = self.line(f"insertelement {self.kind} poison, double {scalar}, i64 0")
        return self.line(f"shufflevector {self.kind} {one}, {self.kind} poison, <{self.lanes} x i32> zeroinitializer")

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
        self.declarations.add(f"declare {self.kind} @llvm.{name}.{self.suffix}({kinds})")
        if name == "fabs":
            operands = tuple([self.negated.get(x, x) for x in operands])
        return self.computed(f"call {self.kind} @llvm.{name}.{self.suffix}({self._given(operands)})")

    def call(self, name: str, *operands: str) -> str:
        """Call an elementary function of `vectormath`."""
        self.functions.add(name)
        return self.computed(f"call {self.kind} @m{self.lanes}_{name}({self._given(operands)})")

    def _given(self, operands: tuple[str, ...]) -> str:
        return ", ".join([f"{self.kind} {x}" for x in operands])

    def python(self, op: Any, *operands: str) -> str:
        """Let Python compute an op, lane by lane."""
        address, keep = callbacks.pointer(op, len(operands))
        self.opaque.append(keep)
        flag = self.line(f"getelementptr inbounds i64, ptr %call, i64 {CALL_FLAG}")

        def asked(scalars: Sequence[str]) -> str:
            waiting = self.line(f"add i64 {self.line(f'load i64, ptr {flag}, align 8')}, 2")
            self.do(f"store i64 {waiting}, ptr {flag}, align 8")
            given = ", ".join([f"ptr {flag}", *[f"double {x}" for x in scalars]])
            return self.line(f"call double inttoptr (i64 {address} to ptr)({given})")

        if self.lanes == 1:
            return asked(operands)
        result = "poison"
        for lane in range(self.lanes):
            one = asked([self.line(f"extractelement {self.kind} {x}, i64 {lane}") for x in operands])
            result = self.line(f"insertelement {self.kind} {result}, double {one}, i64 {lane}")
        return result

    def loop(self, count: str, step: Callable[..., list[str]], *initial: str) -> list[str]:
        """Run lines `count` times, and return what `step(index, *state)` made of the initial state."""
        head, inside, done, before = self.name("head"), self.name("inside"), self.name("done"), self.block
        index = self.name("i")
        state = [self.name("state") for _ in initial]
        self.do(f"br label {head}")
        self.start(head[1:])
        phis = len(self.lines)
        self.lines += [""] * (1 + len(state))
        more = self.line(f"icmp ult i64 {index}, {count}")
        self.do(f"br i1 {more}, label {inside}, label {done}")
        self.start(inside[1:])
        after = step(index, *state)
        following = self.line(f"add nuw nsw i64 {index}, 1")
        self.lines[phis] = f"  {index} = phi i64 [ 0, %{before} ], [ {following}, %{self.block} ]"
        for k, (name, first, last) in enumerate(zip(state, initial, after, strict=True), start=1):
            self.lines[phis + k] = f"  {name} = phi {self.kind} [ {first}, %{before} ], [ {last}, %{self.block} ]"
        self.do(f"br label {head}")
        self.start(done[1:])
        return state

    def entry(self, table: str, place: str) -> str:
        """Return a number out of a table of 32-bit numbers."""
        there = self.line(f"getelementptr inbounds i32, ptr {table}, i64 {place}")
        return self.line(f"zext i32 {self.line(f'load i32, ptr {there}')} to i64")

    def times(self, x: str, y: str | int) -> str:
        """Return a product of whole numbers."""
        return self.line(f"mul nuw nsw i64 {x}, {y}")

    def plus(self, x: str, y: str | int) -> str:
        """Return a sum of whole numbers."""
        return self.line(f"add nsw i64 {x}, {y}")

    def slot(self, memory: str, place: str) -> str:
        """Return the address of the value in a slot of memory."""
        return self.line(f"getelementptr inbounds {self.kind}, ptr {memory}, i64 {place}")

    def load(self, address: str) -> str:
        """Return the value at an address."""
        return self.line(f"load {self.kind}, ptr {address}, align {min(64, 8 * self.lanes)}")

    def store(self, x: str, address: str) -> None:
        """Write a value to an address."""
        self.do(f"store {self.kind} {x}, ptr {address}, align {min(64, 8 * self.lanes)}")

    def scalar(self, memory: str, place: str) -> str:
        """Return one double out of memory."""
        there = self.line(f"getelementptr inbounds double, ptr {memory}, i64 {place}")
        return self.line(f"load double, ptr {there}, align 8")

    def rarely(self, truth: str, usual: str, otherwise: Callable[[], str]) -> str:
        """Return `usual`, and where a truth holds in some lane what `otherwise` computes, only then."""
        found = truth
        if self.lanes > 1:
            self.declarations.add(f"declare i1 @llvm.vector.reduce.or.v{self.lanes}i1({self.truth})")
            found = self.line(f"call i1 @llvm.vector.reduce.or.v{self.lanes}i1({self.truth} {truth})")
        rare, joined, before = self.name("rare"), self.name("joined"), self.block
        self.do(f"br i1 {found}, label {rare}, label {joined}")
        self.start(rare[1:])
        other = self.choose(truth, otherwise(), usual)
        after = self.block
        self.do(f"br label {joined}")
        self.start(joined[1:])
        return self.line(f"phi {self.kind} [ {usual}, %{before} ], [ {other}, %{after} ]")
