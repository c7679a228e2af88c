"""Python functions on floats as C functions with the same bits, translated from their source."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd.floats import branches, elementary

LIBRARY = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh
    erf erfc
"""
# Functions that C has too, to the same bits: those of its library, and those that node.h defines in a line.
IN_C: dict[Any, str] = {getattr(math, name): name for name in LIBRARY.split()}
IN_C |= {elementary.divide: "divide", elementary.power: "power", elementary.floor: "floor", elementary.ceil: "ceil"}
IN_C |= {branches.maximum: "maximum", branches.minimum: "minimum", max: "larger", min: "smaller", abs: "fabs"}
# Of any number of inputs: what core.c says by its name, and functions that take two at a time from the first on.
WHOLE = {"sum(xs, 0.0)": "sum_of"}
FOLDS: dict[Any, str] = {branches.maximum: "maximum", branches.minimum: "minimum"}
PRODUCT = "math.prod(xs, start=1.0)"
SIGNS: dict[Any, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
RELATIONS: dict[Any, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class Unprintable(Exception):
    """C has nothing with the same bits."""


def literal(x: float) -> str:
    """Return a number as C reads it, exactly.

    >>> literal(0.1), literal(-math.inf), literal(True)
    ('0.1', '-INFINITY', '1.0')
    """
    return "NAN" if x != x else f"{'-' if x < 0.0 else ''}INFINITY" if math.isinf(x) else repr(float(x))


class Functions:
    """C functions translated from Python ones on floats, each after those that it calls."""

    def __init__(self) -> None:
        self.names: dict[Any, str] = dict(IN_C)
        self.written: list[str] = []

    def name(self, f: Any) -> str:
        """Return the name of the C function that computes what f computes."""
        if f not in self.names:
            if not inspect.isfunction(f):
                raise Unprintable(f"C has no {getattr(f, '__name__', f)} with the same bits")
            cells = inspect.getclosurevars(f).nonlocals
            if "guarded" in cells or "otherwise" in cells:  # elementary._guarded: C gives these results anyway
                self.names[f] = self._guarded(f, cells)
            else:
                tree: Any = ast.parse(textwrap.dedent(inspect.getsource(f))).body[0]
                self.names[f] = self.define(f"of_{f.__name__}", tree.args, tree.body, f.__globals__)
        return self.names[f]

    def of_any(self, name: str, f: Any, source: ast.expr) -> str:
        """Return the name of the C function of a value of any number of inputs."""
        text = ast.unparse(source.body if isinstance(source, ast.Lambda) else source)
        if text in WHOLE:
            return WHOLE[text]
        if text == PRODUCT:
            start, step = "1.0", "z * x[k]"
        elif f in FOLDS:
            start, step = "x[0]", f"{FOLDS[f]}(z, x[k])"
        else:
            raise Unprintable(f"C has no {text} of any number of inputs with the same bits")
        heading = f"static double {name}(const double *x, Py_ssize_t n)"
        loop = ["Py_ssize_t k;", "for (k = 0; k < n; k++)", f"    z = {step};", "return z;"]
        self.written.append("\n".join([heading, "{", *[f"    {x}" for x in (f"double z = {start};", *loop)], "}", ""]))
        return name

    def _guarded(self, f: Any, cells: Mapping[str, Any]) -> str:
        if "function" in cells:
            return self.name(cells["function"])
        name, inner = f"inside_{f.__name__}", self.name(cells["guarded"])
        inside = f"{literal(cells['low'])} <= x && x <= {literal(cells['high'])}"
        self.written.append(f"static double {name}(double x)\n{{\n    return {inside} ? {inner}(x) : NAN;\n}}\n")
        return name

    def define(self, name: str, args: ast.arguments, body: Sequence[ast.stmt], scope: dict[str, Any]) -> str:
        """Write one function and return its name."""
        if args.vararg:
            raise Unprintable("it takes any number of inputs")
        names = [arg.arg for arg in args.args]
        lines = _Translation(self, names, scope).block(body, "    ")
        heading = f"static double {name}({', '.join(f'double {x}' for x in names)})"
        self.written.append("\n".join([heading, "{", *lines, "}", ""]))
        return name


class _Translation:
    """The body of a Python function on floats, in C."""

    def __init__(self, functions: Functions, local: Sequence[str], scope: dict[str, Any]) -> None:
        self.functions, self.local, self.scope = functions, set(local), scope

    def known(self, node: ast.expr) -> Any:
        """Return a constant or function that the source names."""
        if isinstance(node, ast.Name):
            return self.scope.get(node.id, getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute):
            return getattr(self.known(node.value), node.attr)
        raise Unprintable(ast.unparse(node))

    def number(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(float(x) | int(x)):
                return literal(x)
            case ast.Name(name) if name in self.local:
                return name
            case ast.Name() | ast.Attribute():
                return literal(self.known(node))
            case ast.UnaryOp(ast.USub(), x):
                return f"(-{self.number(x)})"
            case ast.BinOp(x, sign, y) if type(sign) in SIGNS:
                return f"({self.number(x)} {SIGNS[type(sign)]} {self.number(y)})"
            case ast.IfExp(test, x, y):
                return f"({self.truth(test)} ? {self.number(x)} : {self.number(y)})"
            case ast.Compare():
                return f"(double){self.truth(node)}"
            case ast.Call(ast.Name("float"), [x]):
                return self.number(x)
            case ast.Call(f, xs) if not any([isinstance(x, ast.Starred) for x in xs]):
                return f"{self.functions.name(self.known(f))}({', '.join(map(self.number, xs))})"
        raise Unprintable(ast.unparse(node))

    def truth(self, node: ast.expr) -> str:
        match node:
            case ast.Compare(x, relations, ys):
                numbers = [self.number(each) for each in (x, *ys)]
                pairs = zip(numbers, relations, numbers[1:], strict=False)
                return "(" + " && ".join([f"{a} {RELATIONS[type(how)]} {b}" for a, how, b in pairs]) + ")"
            case ast.BoolOp(how, parts):
                return "(" + (" && " if isinstance(how, ast.And) else " || ").join(map(self.truth, parts)) + ")"
        return f"({self.number(node)} != 0.0)"

    def block(self, body: Sequence[ast.stmt], indent: str) -> list[str]:
        return [line for statement in body for line in self.statement(statement, indent)]

    def statement(self, node: ast.stmt, indent: str) -> Iterator[str]:
        match node:
            case ast.Expr(ast.Constant(str())):
                return
            case ast.Return(ast.expr() as x):
                yield f"{indent}return {self.number(x)};"
            case ast.Assign([ast.Name(name)], x):
                yield f"{indent}{'' if name in self.local else 'double '}{name} = {self.number(x)};"
                self.local.add(name)
            case ast.Assign([ast.Tuple(names)], ast.Tuple(xs)):
                targets = [ast.Assign([name], x, lineno=0) for name, x in zip(names, xs, strict=True)]
                if {ast.unparse(name) for name in names} & {
                    x.id for x in ast.walk(node.value) if isinstance(x, ast.Name)
                }:
                    raise Unprintable(ast.unparse(node))
                yield from self.block(targets, indent)
            case ast.AugAssign(ast.Name(name), sign, x):
                yield f"{indent}{name} = ({name} {SIGNS[type(sign)]} {self.number(x)});"
            case ast.If(test, body, []):
                yield f"{indent}if {self.truth(test)} {{"
                yield from self.block(body, indent + "    ")
                yield f"{indent}}}"
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), bounds), body):
                first, last, step = [ast.literal_eval(x) for x in bounds]
                self.local.add(name)
                until = f"{name} {'<' if step > 0 else '>'} {literal(last)}; {name} += {literal(step)}"
                yield f"{indent}for (double {name} = {literal(first)}; {until}) {{"
                yield from self.block(body, indent + "    ")
                yield f"{indent}}}"
            case _:
                raise Unprintable(ast.unparse(node))
