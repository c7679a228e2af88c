"""Print rules.h, the table in C: `python -m autograd.native.print_rules` after a change in ops.py or floats/.

Values are translated from the source of each `forward`, expression by expression. Partial derivatives are recorded,
as `autograd.compile` does, and the recorded graph is printed. A row that cannot be printed is left to Python.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from autograd import ops
from autograd.compiler.trace.tracing import Recorded, traced, unknown
from autograd.graph import ordered
from autograd.native import digest
from autograd.native.printing.loops import Loops
from autograd.native.printing.translation import Functions, Unprintable, literal
from autograd.ops import COMPARISONS, OPS, SLOPES, Op
from autograd.transforms.guards import guard_of
from autograd.value import Value

ROWS = (*OPS, *SLOPES, *COMPARISONS)
INFIX = {ops.ADD: "+", ops.SUB: "-", ops.MUL: "*", ops.LESS: "<", ops.LESS_EQUAL: "<=", ops.EQUAL: "==",
         ops.NOT_EQUAL: "!="}  # fmt: skip

# The arguments of what is printed: inputs, how many, output, partials, guards, room to work in.
TYPES = {"x": "const double *", "n": "Py_ssize_t ", "z": "double ", "d": "double *", "g": "double *", "t": "double *"}


class Printer:
    """The table in C."""

    def __init__(self) -> None:
        self.functions = Functions()
        self.values: dict[Op, str] = {}  # the C function of each row that has one
        self.partials: dict[Op, str] = {}
        self.left: dict[str, str] = {}  # what is left to Python, and why
        self.asking: list[Op] = []  # rows with partials that take numbers from functions of Python's
        self.arrays = 0  # the most that a rule of any number of inputs works with
        tree = ast.parse(inspect.getsource(ops))
        calls = [x.value for x in tree.body if isinstance(x, ast.Assign) and isinstance(x.value, ast.Call)]
        self.sources = {x.args[0].value: x.args for x in calls if ast.unparse(x.func) == "Op"}  # type: ignore[attr-defined]

    def arity(self, op: Op) -> int:
        """Return the number of inputs of a row, 0 for any number."""
        rule: Any = self.sources[op.name][2]
        return 0 if rule.args.vararg else len(rule.args.args) - 1

    def value(self, op: Op) -> None:
        """Print the value of a row."""
        source: Any = self.sources[op.name][1]
        try:
            if not self.arity(op):
                self.values[op] = self.functions.of_any(f"value_{op.name}", op.forward, source)
            elif isinstance(source, ast.Lambda):
                body = [ast.Return(source.body)]
                self.values[op] = self.functions.define(f"value_{op.name}", source.args, body, vars(ops))
            else:
                self.values[op] = self.functions.name(op.forward)
        except Unprintable as reason:
            self.left[f"the value of {op.name}"] = str(reason)

    def rule(self, op: Op) -> None:
        """Print the partial derivatives of a row: a function that fills d and returns which of them pass, as bits."""
        blocks = []
        try:
            for inputs, answers, partials, guards in _ways(op, self.arity(op)):
                names = {id(x): f"x[{k}]" for k, x in enumerate(inputs[:-1])} | {id(inputs[-1]): "z"}
                test = " && ".join([f"{self._nested(x, names)} {'!=' if yes else '=='} 0.0" for x, yes in answers])
                lines = self._block(partials, guards, names)
                blocks += [f"if ({test}) {{", *[f"    {line}" for line in lines], "}"] if test else lines
        except Unprintable as reason:
            self.left[f"the partials of {op.name}"] = str(reason)
            return
        if blocks[-1] == "}":
            blocks.append("return 0;")
        self.partials[op] = f"partials_{op.name}"
        text = "\n".join([f"    {line}" for line in blocks])
        self.asking += [op] if "by_python" in text else []
        self.functions.written.append(
            f"static int partials_{op.name}(const double *x, double z, double *d)\n{{\n{text}\n}}\n"
        )

    def _block(self, partials: Sequence[Any], guards: Sequence[Any], names: dict[int, str]) -> list[str]:
        numbers = [1.0 if x is guard else x for x, guard in zip(partials, guards, strict=True)]
        wanted = [x for x in (*numbers, *guards) if isinstance(x, Value)]
        uses: dict[int, int] = {}
        for x in wanted:
            uses[id(x)] = uses.get(id(x), 0) + 1
        for node in ordered(wanted, lambda x: id(x) in names):
            for x in () if id(node) in names else node.inputs:
                uses[id(x)] = uses.get(id(x), 0) + 1
        lines: list[str] = []
        kept: dict[str, str] = {}  # each expression that has a name, and that name

        def text(x: Any) -> str:
            return names[id(x)] if isinstance(x, Value) else literal(x)

        for node in ordered(wanted, lambda x: id(x) in names):
            if id(node) not in names:
                call = self._call(node, text)
                if uses[id(node)] > 1 or call.startswith("by_python") or call in kept:
                    if call not in kept:
                        kept[call] = f"t{len(kept)}"
                        lines.append(f"const double {kept[call]} = {call};")
                    call = kept[call]
                names[id(node)] = call
        bits = []
        for k, (number, guard) in enumerate(zip(numbers, guards, strict=True)):
            if guard is not False:
                lines.append(f"d[{k}] = {text(number)};")
                bits.append(f"{1 << k}" if guard is True else f"({text(guard)} != 0.0 ? {1 << k} : 0)")
        return [*lines, f"return {' | '.join(bits) or 0};"]

    def _nested(self, x: Any, names: dict[int, str]) -> str:
        """Return a number as one expression."""
        if not isinstance(x, Value):
            return literal(x)
        return names.get(id(x)) or self._call(x, lambda each: self._nested(each, names))

    def _call(self, node: Value, text: Callable[[Any], str]) -> str:
        op, xs = node.op, [text(x) for x in node.inputs]
        if op in INFIX:
            return f"({xs[0]} {INFIX[op]} {xs[1]})"
        if op is ops.NEG:
            return f"(-{xs[0]})"
        if op is ops.WHERE:
            return f"({xs[0]} != 0.0 ? {xs[1]} : {xs[2]})"
        if op in self.values:
            return f"{self.values[op]}({', '.join(xs if self.arity(op) else [xs[0], 'n'])})"
        if op is not None and self.arity(op):
            given = ", ".join([*xs, *["0.0"] * (2 - len(xs))])
            return f"by_python({_row(op)}, {len(xs)}, {given})"
        raise Unprintable(f"it uses {op.name if op else 'a leaf'}")

    def pattern(self, op: Op) -> str:
        """Return a rule of any number of inputs in C: a pattern, found by trying a few, or loops."""
        for name, expected in (
            ("ONES", lambda xs: [1.0] * len(xs)),
            ("SWAPPED", lambda xs: [*xs[len(xs) // 2 : -1], *xs[: len(xs) // 2], 1.0]),
        ):
            cases = [tuple(map(float, range(2, n + 2))) for n in (1, 3, 5, 7, 9)]
            if all([list(op.partials(*xs, 0.5)) == expected(xs) for xs in cases]):
                return name
        texts = []
        for count in (4, 5):
            (inputs, _, partials, guards), *others = _ways(op, count)
            if others:
                raise Unprintable("it decides by its inputs")
            loops = Loops(inputs[:-1], inputs[-1], partials, guards, self._call)
            texts.append(loops.written(f"partials_{op.name}"))
        if texts[0] != texts[1]:
            raise Unprintable("it treats five inputs in another way than four")
        self.functions.written.append(texts[0][0])
        self.arrays = max(self.arrays, texts[0][1])
        self.partials[op] = f"partials_{op.name}"
        return "EACH"

    def print(self) -> str:
        """Return rules.h."""
        for op in ROWS:
            self.value(op)
        patterns = dict.fromkeys(ROWS, "RULE")
        for op in ROWS:
            try:
                if self.arity(op):
                    self.rule(op)
                else:
                    patterns[op] = self.pattern(op)
            except Unprintable as reason:
                self.left[f"the partials of {op.name}"] = str(reason)
        lines = ["/* Printed by print_rules.py from the table in ops.py: do not edit. */", ""]
        lines.append(f"#define RULES_DIGEST {digest()}u")
        lines += [f"#define {_row(op)} {k}" for k, op in enumerate(ROWS, 1)]
        lines += [f"#define ROWS {len(ROWS) + 1}", "", *self.functions.written]
        lines += ["static const Row rows[ROWS] = {", "    {NULL, 0, RULE, 0, 0},"]
        for op in ROWS:
            in_c = 2 if op in self.asking else int(op in self.partials or patterns[op] != "RULE")
            lines.append(f'    {{"{op.name}", {self.arity(op)}, {patterns[op]}, {int(op in self.values)}, {in_c}}},')
        lines += ["};", ""]
        for kind, arguments, names, missing in (
            ("double value_of", "x", self.values, "NAN"),
            ("double value_of_any", "x, n", self.values, "NAN"),
            ("int partials_in_c", "x, z, d", self.partials, "0"),
            ("int partials_of_any", "x, n, z, d, g, t", self.partials, "0"),
        ):
            given = ", ".join([f"{TYPES[x]}{x}" for x in arguments.split(", ")])
            lines += [f"static {kind}(int row, {given})", "{", "    switch (row) {"]
            for op, name in names.items():
                arity = self.arity(op)
                if bool(arity) == (", n" not in arguments):
                    xs = ", ".join([f"x[{k}]" for k in range(arity)]) if arguments == "x" else arguments
                    lines.append(f"    case {_row(op)}: return {name}({xs});")
            lines += [f"    default: return {missing};", "    }", "}", ""]
        lines += [f"#define MOST_ARRAYS {self.arrays}", "", *self.methods()]
        return "\n".join(lines) + "\n"

    def methods(self) -> list[str]:
        """Return the functions of one number as methods."""
        names = [op.name for op in ROWS if self.arity(op) == 1 and op.name not in ("neg", "detach")]
        lines = []
        for name in names:
            call = f"return unary(self, ROW_{name.upper()});"
            lines.append(f"static PyObject *method_{name}(PyObject *self, PyObject *none) {{ {call} }}")
        lines += ["", "static PyMethodDef row_methods[] = {"]
        lines += [f'    {{"{name}", method_{name}, METH_NOARGS, NULL}},' for name in names]
        return [*lines, "    {NULL, NULL, 0, NULL}};"]


def _row(op: Op | None) -> str:
    assert op is not None
    return f"ROW_{op.name.upper()}"


Way = tuple[list[Value], list[tuple[Value, bool]], list[Any], list[Any]]


def _ratio(x: Any, rest: Any, whole: Any) -> Any:
    """Return the number of a DIRECTION or a SHARE: what is printed is not differentiated, so `rest` is not needed."""
    return x / whole


def _ways(op: Op, arity: int) -> Iterator[Way]:
    """Yield the recorded rule of an op for each way it may branch: inputs, answers, partials, guards.

    Where it branches by a number, which is not known, it is told True at first, and False the next time.
    """
    answers: list[bool] = []
    while True:
        asked: list[Value] = []

        def answer(self: Value, asked: list[Value] = asked) -> bool:
            asked.append(self)
            if len(asked) > len(answers):
                answers.append(True)
            return answers[len(asked) - 1]

        def rule(*inputs: Value) -> tuple[list[Any], list[Any]]:
            partials = list(op.partials(*inputs))
            return partials, [guard_of(x, inputs[:-1]) for x in partials]

        inputs = [unknown(f"x{k}") for k in range(arity + 1)]
        with patch.object(Recorded, "__bool__", answer), patch.multiple(ops, DIRECTION=_ratio, SHARE=_ratio):
            partials, guards = traced(rule, inputs)
        yield inputs, list(zip(asked, answers, strict=True)), partials, guards
        while answers and not answers[-1]:
            answers.pop()
        if not answers:
            return
        answers[-1] = False


if __name__ == "__main__":
    printer = Printer()
    Path(__file__).with_name("rules.h").write_text(printer.print(), encoding="utf-8", newline="\n")
    print(f"{len(printer.values)} values and {len(printer.partials)} rules of {len(ROWS)} are in C")
    for what, reason in printer.left.items():
        print(f"Python computes {what}: {reason}")
