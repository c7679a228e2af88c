"""How an explanation is written, as text and as LaTeX: the same equations in two notations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import groupby
from operator import mul
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import ops
from autograd.drawing.sketch.changes import changed
from autograd.output.printing import shown

if TYPE_CHECKING:
    from autograd.drawing.words.explain import Explanation, Sum
    from autograd.value import Value

MANY = 1_000_000  # paths are counted up to here
OPERANDS = 7  # the most that is shown of one operation
SIGNS = {ops.ADD: "{} + {}", ops.SUB: "{} - {}", ops.NEG: "-{}"}  # the same as text and as LaTeX
POWERS = (ops.POW, ops.POW_CONSTANT)
FIRST_POWER = ("1", "1.0")  # exponents that are not written
WIDTH = 88  # a sum that is wider has one term a line


class Equation(NamedTuple):
    """A left side and what it is equal to: sums, each a list of terms."""

    left: str
    sums: list[list[str]]


class Notation(NamedTuple):
    """How the parts of an equation are written."""

    name: Callable[[str], str]
    number: Callable[[float], str]
    words: Callable[[str], str]
    derivative: Callable[[str, str, str], str]  # d or ∂, of what, with respect to what
    times: str
    formulas: dict[ops.Op, str]  # other operations are written as a call

    def product(self, factors: Sequence[float], first: bool) -> str:
        """Write a product; a negative number is in brackets unless it comes first in its sum."""
        numbers = [self.number(x) for x in factors]
        return self.times.join([x if first and k == 0 else bracketed(x) for k, x in enumerate(numbers)])

    def sum(self, terms: Sequence[Sequence[float]]) -> list[str]:
        """Write the terms of a sum of products."""
        return [self.product(factors, first=k == 0) for k, factors in enumerate(terms)]

    def operation(self, op: ops.Op, operands: list[str]) -> str:
        """Write an operation, as a formula if it is short."""
        if op is ops.POW_CONSTANT and operands[1] in FIRST_POWER:
            return operands[0]
        formula = list(map(bracketed, operands))
        left_out = len(operands) - OPERANDS
        if op in self.formulas:
            return self.formulas[op].format(*formula)
        if left_out > 0:
            operands = [*operands[: OPERANDS - 1], self.words(f"... {left_out + 1} more")]
        elif op is ops.SUM:
            return " + ".join(formula)
        elif op is ops.DOT:
            half = len(formula) // 2
            products = map(self.times.join, zip(formula[:half], formula[half:-1], strict=True))
            return " + ".join([*products, *([] if formula[-1] == "0.0" else formula[-1:])])
        return f"{self.words(shown(op.name))}({', '.join(operands)})"


def bracketed(number: str) -> str:
    """Put a negative number in brackets."""
    return f"({number})" if number.startswith("-") else number


# What there is to say.


def _definition(node: Value, explanation: Explanation, notation: Notation) -> Equation:
    """Write how a node was computed: in names, in numbers, and the result."""

    def number(x: Any) -> str:
        return notation.number(x if isinstance(x, float) else x.data)

    def name(x: Any) -> str:
        return notation.name(explanation.names[x]) if x in explanation.names else number(x)

    op: Any = node.op
    ways = (name, number) if len(node.inputs) <= 4 else (name,)
    sides = [[notation.operation(op, list(map(way, node.inputs)))] for way in ways]
    now = changed(node)
    if now is None:
        return Equation(name(node), _changing(sides, notation, node.data))
    recorded = f"{name(node)} = {notation.number(node.data)}"
    said = notation.words(": changed since ") + recorded + notation.words(" was recorded")
    (left, *rest) = _changing(sides, notation, now)  # of the numbers that stand there now, without the node's name
    rest[-1][0] += said
    return Equation(left[0], rest)


def _derivation(line: Sum, explanation: Explanation, notation: Notation) -> Equation:
    """Write a sum over paths: in names, in numbers, the products, and the result."""

    def derivative(d: str, y: Any, x: Any) -> str:
        return notation.derivative(d, notation.name(explanation.names[y]), notation.name(explanation.names[x]))

    root = explanation.root
    symbols = [notation.words(f"({line.left_out:,} terms left out)")] if line.left_out else []
    terms = [[line.before]] if line.left_out else []
    for path in line.paths:
        from_root = path.start is root
        start = [] if from_root else [derivative("d", root, path.start)]
        symbols.append(notation.times.join([*start, *[derivative("∂", f.output, f.input) for f in path.factors]]))
        numbers = [*([] if from_root else [path.derivative]), *[f.number for f in path.factors]]
        # Where an operation is flat, nothing goes through, not even an infinite derivative.
        terms.append(numbers if path.factors[-1].live or reduce(mul, numbers) == 0.0 else [0.0])
    products = [[reduce(mul, factors)] for factors in terms]
    if explanation.changed:
        return Equation(derivative("d", root, line.node), [symbols])
    sides = [symbols, notation.sum(terms), notation.sum(products)] if terms else []
    return Equation(derivative("d", root, line.node), _changing(sides, notation, line.derivative))


def _changing(sides: list[list[str]], notation: Notation, result: float) -> list[list[str]]:
    """Add a result, and leave out what would repeat the side before it."""
    return [side for side, _ in groupby([*sides, [notation.number(result)]])]


def _remark(explanation: Explanation, notation: Notation) -> str:
    """Say what is left out, and how many paths there are."""
    root, wrt = [notation.name(explanation.names[node]) for node in (explanation.root, explanation.wrt)]
    words = notation.words
    said = []
    if explanation.changed:
        reason = words("derivatives are not computed, since numbers on the way have changed: compute ")
        said.append(reason + root + words(" again"))
    if explanation.undefined:
        said.append(words(f"{explanation.undefined:,} operations are not written out"))
    if explanation.left_out:
        said.append(words(f"{explanation.left_out:,} sums nearer to ") + root + words(" are left out"))
    if explanation.paths > 1:
        count = f"{explanation.paths:,}" if explanation.paths <= MANY else f"more than {MANY:,}"
        said.append(words(f"{count} paths lead from ") + wrt + words(" to ") + root)
    return words("; ").join(said)


# Text.


def text(explanation: Explanation) -> str:
    """Write an explanation for a terminal, in lines of about `WIDTH`."""
    definitions = [_definition(node, explanation, TEXT) for node in explanation.defined]
    lines = [" = ".join([left, *[terms[0] for terms in sums]]) for left, sums in definitions]
    derivations = [_column(*_derivation(line, explanation, TEXT)) for line in explanation.sums]
    parts = ["\n".join(lines), *derivations, _remark(explanation, TEXT)]
    return "\n\n".join([part for part in parts if part])


def _column(left: str, sums: list[list[str]]) -> str:
    indent = " " * len(left)
    lines = []
    for terms in sums:
        line = " + ".join(terms)
        lines.append(line if len(indent + line) < WIDTH else f"\n{indent} + ".join(terms))
    return f"{left} = " + f"\n{indent} = ".join(lines)


TEXT = Notation(
    name=str,
    number=repr,
    words=str,
    derivative="{0}{1}/{0}{2}".format,
    times=" * ",
    formulas=SIGNS | {ops.MUL: "{} * {}", ops.DIV: "{} / {}", **dict.fromkeys(POWERS, "{} ** {}")},
)


# LaTeX.


def latex(explanation: Explanation) -> str:
    """Write an explanation as an `aligned` environment for math mode."""
    definitions = [_definition(node, explanation, LATEX) for node in explanation.defined]
    lines = [f"{left} &= " + " = ".join([terms[0] for terms in sums]) for left, sums in definitions]
    derivations = [_array(*_derivation(line, explanation, LATEX)) for line in explanation.sums]
    remark = _remark(explanation, LATEX)
    parts = [" \\\\\n".join(lines), *derivations, remark and f"&{remark}"]
    return "\\begin{aligned}\n" + " \\\\[2ex]\n".join([part for part in parts if part]) + "\n\\end{aligned}"


def _array(left: str, sums: list[list[str]]) -> str:
    lines = [" + ".join(terms) if len(terms) <= 4 else " \\\\\n&\\quad + ".join(terms) for terms in sums]
    return f"{left} &= " + " \\\\\n&= ".join(lines)


# In MathJax, \text runs no commands, so characters that TeX reads as one stand outside it; < and > stand apart
# from letters, so that HTML around the formula does not take them for a tag.
SPECIAL = {
    "\\": r"\backslash{}",
    "^": r"\hat{\ }",
    "~": r"{\sim}",
    "<": "{<}",
    ">": "{>}",
    "`": r"\grave{\ }",
    **{c: f"\\{c}" for c in "{}$&#%_"},
}


def _words(words: str) -> str:
    runs = groupby(words, key=lambda c: SPECIAL.get(c, ""))
    return "".join([special * len([*run]) if special else f"\\text{{{''.join(run)}}}" for special, run in runs])


def _name(name: str) -> str:
    """Write x as a variable, x1 with an index, and anything else as words."""
    variable = re.fullmatch(r"([A-Za-z])(\d*)", name)
    if variable is None:
        return f"{{{_words(name)}}}"
    letter, index = variable.groups()
    return f"{letter}_{{{index}}}" if index else letter


def _of(d: str, name: str) -> str:
    sign = r"\mathrm{d}" if d == "d" else r"\partial"
    return f"{sign}\\,{name}" if name.startswith("{") else f"{sign} {name}"


def _number(number: float) -> str:
    """Write a number as repr does, digit for digit, with its power of ten as one."""
    digits, e, exponent = repr(number).partition("e")
    if e:
        return f"{digits} \\times 10^{{{int(exponent)}}}"
    return digits.replace("inf", r"\infty").replace("nan", r"\text{nan}")


LATEX = Notation(
    name=_name,
    number=_number,
    words=_words,
    derivative=lambda d, y, x: f"\\frac{{{_of(d, y)}}}{{{_of(d, x)}}}",
    times=r" \cdot ",
    formulas=SIGNS | {ops.MUL: r"{} \cdot {}", ops.DIV: r"\frac{{{}}}{{{}}}", **dict.fromkeys(POWERS, "{{{}}}^{{{}}}")},
)
