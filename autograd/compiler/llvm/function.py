"""The one writer of LLVM IR: the lines of a function, with its blocks, loops, whole numbers and memory."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any


class NativeFunction:
    """The lines of one function.

    `functions` are the elementary functions that the lines call, each with its number of lanes, `declarations` those of
    LLVM and of C, and `opaque` what must stay alive because the lines have its address.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.block = "entry"
        self.names = 0
        self.functions: set[tuple[str, int]] = set()
        self.declarations: set[str] = set()
        self.opaque: list[Any] = []
        self.known: dict[str, str] = {}  # what this block has computed, by its text
        self.ends: list[str] = []  # of the loops around this place

    def text(self, signature: str) -> str:
        """Return the definition of the function."""
        return "\n".join([f"define {signature} {{", "entry:", *self.lines, "}", ""])

    def name(self, stem: str = "t") -> str:
        """Return a new name."""
        self.names += 1
        return f"%{stem}{self.names}"

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

    def need(self, truth: str, otherwise: str) -> None:
        """Go on only where a truth holds, else to a block."""
        on = self.name("on")
        self.do(f"br i1 {truth}, label {on}, label %{otherwise}")
        self.start(on[1:])

    def leave(self, truth: str) -> None:
        """End the loop around this place where a truth holds."""
        on = self.name("on")
        self.do(f"br i1 {truth}, label {self.ends[-1]}, label {on}")
        self.start(on[1:])

    def only_if(self, truth: str, kind: str, otherwise: str, lines: Callable[[], object]) -> str:
        """Return what lines make where a truth holds, else `otherwise`."""
        inside, joined, before = self.name("inside"), self.name("joined"), self.block
        self.do(f"br i1 {truth}, label {inside}, label {joined}")
        self.start(inside[1:])
        made = lines()
        after = self.block
        self.do(f"br label {joined}")
        self.start(joined[1:])
        return self.line(f"phi {kind} [ {otherwise}, %{before} ], [ {made}, %{after} ]") if kind else ""

    def either_way(self, truth: str, lines: Callable[[], object], others: Callable[[], object]) -> None:
        """Do lines where a truth holds, and others where it does not."""
        holds, fails, joined = self.name("holds"), self.name("fails"), self.name("joined")
        self.do(f"br i1 {truth}, label {holds}, label {fails}")
        for label, written in ((holds, lines), (fails, others)):
            self.start(label[1:])
            written()
            self.do(f"br label {joined}")
        self.start(joined[1:])

    def loop(self, count: str, step: Callable[..., Sequence[str] | None], *state: tuple[str, str]) -> list[str]:
        """Run lines `count` times, or until they `leave`.

        Returns how often they were run, then what `step(index, *state)` made of the state: (type, first value) each.
        """
        head, inside, done, before = self.name("head"), self.name("inside"), self.name("done"), self.block
        names = [self.name("i"), *[self.name("state") for _ in state]]
        self.do(f"br label {head}")
        self.start(head[1:])
        place = len(self.lines)
        self.lines += [""] * len(names)
        more = self.line(f"icmp ult i64 {names[0]}, {count}")
        self.do(f"br i1 {more}, label {inside}, label {done}")
        self.start(inside[1:])
        self.ends.append(done)
        after = step(*names) or ()
        self.ends.pop()
        following = self.line(f"add nuw nsw i64 {names[0]}, 1")
        all_state = [("i64", "0"), *state]
        for k, (name, (kind, first), last) in enumerate(zip(names, all_state, [following, *after], strict=True)):
            self.lines[place + k] = f"  {name} = phi {kind} [ {first}, %{before} ], [ {last}, %{self.block} ]"
        self.do(f"br label {head}")
        self.start(done[1:])
        return names

    def times(self, x: str, y: str | int) -> str:
        """Return a product of whole numbers."""
        return self.line(f"mul nuw nsw i64 {x}, {y}")

    def plus(self, x: str, y: str | int) -> str:
        """Return a sum of whole numbers."""
        return self.line(f"add nsw i64 {x}, {y}")

    def at(self, kind: str, memory: str, place: str | int) -> str:
        """Return the address of an element of memory."""
        return self.line(f"getelementptr inbounds {kind}, ptr {memory}, i64 {place}")

    def read(self, kind: str, address: str) -> str:
        """Return a number or a pointer at an address."""
        return self.line(f"load {kind}, ptr {address}, align {4 if kind == 'i32' else 8}")

    def write(self, kind: str, x: str | int, address: str) -> None:
        """Write a number, a pointer or the lanes of a register to an address."""
        self.do(f"store {kind} {x}, ptr {address}, align 8")

    def word(self, kind: str, memory: str, place: str | int) -> str:
        """Return a whole number or a pointer out of a table of words."""
        return self.read(kind, self.at("i64", memory, place))

    def entry(self, table: str, place: str | int) -> str:
        """Return a number out of a table of 32-bit numbers."""
        return self.line(f"zext i32 {self.read('i32', self.at('i32', table, place))} to i64")

    def scalar(self, memory: str, place: str | int) -> str:
        """Return one double out of memory."""
        return self.read("double", self.at("double", memory, place))

    def copy(self, target: str, source: str, size: str | int) -> None:
        """Copy bytes."""
        self.declarations.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
        self.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {size}, i1 false)")


def pointer(place: int) -> str:
    """Return an address of this process as LLVM writes it."""
    return f"inttoptr (i64 {place} to ptr)"


def double_bits(x: float) -> int:
    """Return the bits of a double."""
    return int.from_bytes(struct.pack(">d", x), "big")


def literal(x: float) -> str:
    """Return a double as LLVM writes it exactly: by its bits.

    >>> literal(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{double_bits(x):016X}"


def call(kind: str, symbol: str, operands: Sequence[str]) -> str:
    """Return the call of a function whose operands and result are of one type."""
    return f"call {kind} @{symbol}({', '.join([f'{kind} {x}' for x in operands])})"


def shuffle(kind: str, x: str, y: str, places: Sequence[int]) -> str:
    """Return the vector of the lanes at these places of two vectors."""
    return f"shufflevector {kind} {x}, {kind} {y}, <{len(places)} x i32> <{', '.join([f'i32 {k}' for k in places])}>"


def type_of(lanes: int, kind: str = "double") -> str:
    """Return the type of so many numbers, as many as a vector has lanes."""
    return kind if lanes == 1 else f"<{lanes} x {kind}>"
