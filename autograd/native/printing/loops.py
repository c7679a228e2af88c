"""Rules of any number of inputs as loops in C, read off what they record for a few."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd.native.printing.translation import Unprintable, literal
from autograd.ops import ADD, COMPARISONS, OPS
from autograd.value import Value

Call = Callable[[Value, Callable[[Any], str]], str]  # an operation in C, from the texts of its inputs
OF_ANY = [op for op in OPS if op.partials.__code__.co_flags & 4]  # inspect.CO_VARARGS
ARGUMENTS = "const double *x, Py_ssize_t n, double z, double *d, double *g, double *t"
UP, DOWN = "for (k = 1; k < n; k++)", "for (k = n - 1; k-- > 0;)"


class Loops:
    """The C function of a rule: it fills d with the partial derivatives, and g with 0.0 where nothing passes.

    `partials` and `guards` are those recorded for the inputs `xs` and the output `z`. What is the same operation for
    each input, on what is the same for each, is a step of a loop over k; what all share is computed once; a chain
    along the inputs is a loop of its own. Anything else is unprintable.
    """

    def __init__(self, xs: Sequence[Any], z: Any, partials: Sequence[Any], guards: Sequence[Any], call: Call) -> None:
        self.xs, self.call = xs, call
        self.names: dict[Any, str] = {(id(z),): "z"}
        self.steps: list[tuple[bool, str]] = []  # whether for each k, and what is done
        self.count = itertools.count()
        numbers = [1.0 if x is guard else x for x, guard in zip(partials, guards, strict=True)]
        found = self.each(numbers), self.each(guards)
        self.steps += [(True, f"d[k] = {found[0]};"), (True, f"g[k] = {found[1]};")]

    def written(self, name: str) -> tuple[str, int]:
        """Return the function, and how many arrays of n numbers it works with."""
        blocks = [(each, [line for _, line in steps]) for each, steps in itertools.groupby(self.steps, lambda s: s[0])]
        texts = ["\n".join(lines) for _, lines in blocks]
        kept = []
        for array in dict.fromkeys(re.findall(r"\bt\d+\b", "\n".join(texts))):
            places = [k for k, text in enumerate(texts) if re.search(rf"\b{array}\b", text)]
            if len(places) > 1 or not blocks[places[0]][0]:
                kept.append(array)
            else:  # one loop alone has to do with it: a number
                text = texts[places[0]].replace(f"{array}[k]", array)
                texts[places[0]] = re.sub(rf"^{array} = ", f"const double {array} = ", text, flags=re.MULTILINE)
        lines = [*[f"double *{array} = t + {place} * n;" for place, array in enumerate(kept)], "Py_ssize_t k;"]
        for (each, _), text in zip(blocks, texts, strict=True):
            inside = text.split("\n")
            lines += ["for (k = 0; k < n; k++) {", *[f"    {line}" for line in inside], "}"] if each else inside
        body = "\n".join([f"    {line}" for line in [*lines, "return 1;"]])
        return f"static int {name}({ARGUMENTS})\n{{\n{body}\n}}\n", len(kept)

    def each(self, es: Sequence[Any]) -> str:
        """Return what each input has one of, as a loop over k names it."""
        key = tuple([id(e) if isinstance(e, Value) else e for e in es])
        if len({*key}) == 1:
            return self.once(es[0])
        if all([e is x for e, x in zip(es, self.xs, strict=True)]):
            return "x[k]"
        if key not in self.names:
            same = {(e.op, len(e.inputs)) if isinstance(e, Value) else (None, 0) for e in es}
            if len(same) == 1 and es[0].op in OF_ANY:
                raise Unprintable(f"each input has a {es[0].op.name} of its own")
            self.names[key] = self._same(es) if len(same) == 1 and es[0].op else self._running(es)
        return self.names[key]

    def _same(self, es: Sequence[Any]) -> str:
        columns = [self.each(inputs) for inputs in zip(*[e.inputs for e in es], strict=True)]
        return self._named(self._called(es[0], columns), any(["[k]" in column for column in columns]))

    def _named(self, call: str, each: bool) -> str:
        name = f"t{next(self.count)}[k]" if each else f"s{next(self.count)}"
        self.steps.append((each, f"{'' if each else 'const double '}{name} = {call};"))
        return name

    def _called(self, node: Value, texts: Sequence[str]) -> str:
        given = itertools.chain(texts, itertools.repeat(""))
        call = self.call(node, lambda _: next(given))
        if call.startswith("by_python"):
            raise Unprintable(f"it uses {node.op.name if node.op else 'a leaf'}")
        return call

    def _running(self, es: Sequence[Any]) -> str:
        """Name what accumulates along the inputs, from the first on or from the last."""
        for chain, xs, loop, first, last in (
            (es, self.xs, UP, "0", "k - 1"),
            (es[::-1], self.xs[::-1], DOWN, "n - 1", "k + 1"),
        ):
            pairs = zip(chain, chain[1:], xs, strict=False)
            if isinstance(chain[0], Value) or not all([_follows(y, e, x, chain[1]) for y, e, x in pairs]):
                continue
            name = f"t{next(self.count)}"
            call = self._called(chain[1], [f"{name}[{last}]", f"x[{last}]"])
            self.steps.append((False, f"{name}[{first}] = {literal(chain[0])};\n{loop}\n    {name}[k] = {call};"))
            return f"{name}[k]"
        raise Unprintable("its inputs are not treated alike")

    def once(self, e: Any) -> str:
        """Return what all inputs share."""
        if not isinstance(e, Value):
            return literal(e)
        if (id(e),) not in self.names:
            if e.op in OF_ANY and len(e.inputs) == len(self.xs):
                column = self.each(e.inputs)
                if not column.endswith("[k]"):
                    raise Unprintable(f"it uses {e.op.name} of what is the same for all")
                name = self._named(self._called(e, [column[:-3], "n"]), False)
            elif e.op is ADD and (terms := self._counted(e)):
                column, name = self.each(terms), f"s{next(self.count)}"
                self.steps.insert(0, (False, f"double {name} = 0.0;"))
                self.steps.append((True, f"{name} += {column};"))
            elif e.op is None:
                raise Unprintable("it takes one input out of many")
            else:
                name = self._named(self._called(e, [self.once(x) for x in e.inputs]), False)
            self.names[id(e),] = name
        return self.names[id(e),]

    def _counted(self, e: Any) -> list[Any]:
        """Return the terms of a sum of comparisons, one for each input: in whole numbers the order does not matter."""
        terms: list[Any] = []
        while isinstance(e, Value) and e.op is ADD and len(terms) < len(self.xs):
            e, term = e.inputs
            terms.append(term)
        counted = not isinstance(e, Value) and e == 0.0 and len(terms) == len(self.xs) and all(map(_is_count, terms))
        return terms[::-1] if counted else []


def _follows(y: Any, e: Any, x: Any, first: Any) -> bool:
    """Return whether e is y, what there is so far, and the next input x, by the operation that comes first."""
    if not isinstance(e, Value) or e.op is not first.op or len(e.inputs) != 2:
        return False
    return e.inputs[1] is x and (e.inputs[0] is y or (not isinstance(y, Value) and e.inputs[0] == y))


def _is_count(e: Any) -> bool:
    return isinstance(e, Value) and (e.op in COMPARISONS or (e.op is ADD and all(map(_is_count, e.inputs))))
