"""A schedule laid out in memory: which slot each value has, and the tables that the kernels read."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence

from autograd.compiler.lower.chunks import chunks
from autograd.compiler.lower.fusion import GROUPS, Fused, fused
from autograd.compiler.lower.plan import KernelCall, KernelKey, Plan, pattern, runs
from autograd.compiler.lower.wide_layers import WideInput
from autograd.compiler.program.program import Program
from autograd.compiler.program.schedule import NONE, Chain, OpGroup, ProgramSchedule, factors, operands_of

ALWAYS = -2  # in place of a value: true for all rows


class Slots(dict[int, int]):
    """The slot of each value in one memory."""

    size = 0

    def room(self, count: int) -> int:
        """Return the first of so many new slots."""
        first = self.size
        self.size += count
        return first

    def place(self, values: Sequence[int]) -> int:
        """Give values new slots next to each other, and return the first."""
        first = self.room(len(values))
        self.update(zip(values, range(first, self.size), strict=True))
        return first


class Layout:
    """Gives slots to values, and writes the steps."""

    def __init__(
        self, program: Program, schedule: ProgramSchedule, lanes: int, native: int, mean: bool | None, stored: int = 0
    ) -> None:
        self.stored = stored  # how many of the last outputs are kept by row even where the others are added up
        self.program, self.schedule, self.lanes, self.native, self.mean = program, schedule, lanes, native, mean
        self.uniform, self.varying = Slots(), Slots()
        self.spread_slots: dict[int, int] = {}
        self.before: list[KernelCall] = []
        self.rows: list[KernelCall] = []
        self.after: list[KernelCall] = []
        self.wide: WideInput | None = None
        self.one: int | None = None  # the slot of a number that is not 0

    def plan(self, columns: Sequence[tuple[int, int]], straight: bool = False) -> Plan:
        """Return the plan, of loops or of straight-line code; `columns` has (array, column) for each that varies."""
        program, schedule = self.program, self.schedule
        inputs = [k for k in range(len(program.names)) if schedule.varies[k]]
        shared = [k for k in range(program.first_operation) if not schedule.varies[k]]
        self.uniform.place(shared)
        self.before = self._chunks(False) if straight else [self._step(group) for group in schedule.uniform]
        if inputs:
            first = self.varying.place(inputs)
            place = dict(zip(inputs, columns, strict=True))
            wide = WideInput.find(schedule, self.uniform, place) if not straight and self.mean is not None else None
            self.wide = wide
            loaded = [k for k in inputs if wide is None or k not in wide.columns]
            for run in runs([self.varying[k] for k in loaded]):
                table = [x for slot in run for x in columns[slot - first]]
                self.rows.append(KernelCall(("load",), len(run), run[0], array("i", table)))
            if straight:
                self.rows += self._chunks(True)
            else:
                self._loops()
        results, width = self._outputs()
        constants = self.uniform.get(program.first_constant, self.uniform.size)
        return Plan(self.before, self.rows, self.after, self.uniform.size, self.varying.size, len(schedule.summed),
                    constants, results, width, self.lanes, self.one)  # fmt: skip

    def _loops(self) -> None:
        """Write the loops over the groups that vary; those of a network are fused."""
        schedule = self.schedule
        groups: Sequence[OpGroup | Fused] = schedule.varying
        if schedule.dense and len(groups) <= GROUPS:
            groups = fused(schedule.varying, schedule.varies, schedule.kept, self.wide.groups if self.wide else ())
        for group in groups:
            if isinstance(group, Fused):
                self.rows.append(self._fused(group))
            else:
                layer = self.wide is not None and group.values[0] in self.wide.groups
                self.rows.append(self._projected(group) if layer else self._step(group))

    def _fused(self, group: Fused) -> KernelCall:
        """Return the step of fused groups: a row of the table ends with the slots that their columns have there."""
        memories = [self.varying if kind == "v" else self.uniform for kind in group.kinds]
        rows = [
            [memory[x] for memory, x in zip(memories, row, strict=True)] for row in zip(*group.columns, strict=True)
        ]
        if group.sums is None:
            key: KernelKey = ("fused", group.kinds, group.members)
            table, k = [x for row in rows for x in row], 0
        else:
            dots, table, k = self._dots(group.sums, rows or [[]] * len(group.sums.values))
            key = (*dots, group.kinds, group.members)
        length = len(group.groups[0].values)
        dst = self.varying.place([x for values in group.stored for x in values])
        return KernelCall(key, length, dst, array("i", table), k)

    def _step(self, group: OpGroup) -> KernelCall:
        slots = self.varying if group.values and self.schedule.varies[group.values[0]] else self.uniform
        if group.key[0] == "dots":
            key, table, k = self._dots(group)
        else:
            key, table, k = self._operation(group, slots is self.varying)
        return KernelCall(key, len(group.values), slots.place(group.values), array("i", table), k)

    def _projected(self, group: OpGroup) -> KernelCall:
        """Return the step of a layer on a wide input."""
        wide = self.wide
        assert wide is not None
        weights = wide.groups[group.values[0]]
        starts = [line.start for line in group.lines if isinstance(line, Chain)]
        table = [*wide.place, *weights, self.varying[min(wide.columns)], int(starts[0] != NONE)]
        table += [self.uniform[x] for x in starts if x != NONE]
        dst = self.varying.place(group.values)
        return KernelCall(("project",), len(group.values), dst, array("i", table), len(wide.columns))

    def _gathered(self, places: dict[int, int]) -> set[int]:
        """Add the steps that add up the gradient of a wide layer's weights, and return the outputs they make."""
        if self.wide is None:
            return set()
        columns, slopes, count = self.wide.columns, self.wide.slopes, len(self.wide.columns)
        room = self.varying.room(len(slopes))
        outs = [places[row[0][1]] for row in slopes.values()]
        table = [*self.wide.place, outs[0], outs[1] - outs[0] if len(outs) > 1 else count,
                 self.varying[min(columns)], room]  # fmt: skip
        for a, guard in slopes:
            table += [self.varying[a], 0 if guard == NONE else 1 + self.as_varying(guard)]
        self.rows.append(KernelCall(("gather",), len(slopes), 0, array("i", table), count))
        return {k for row in slopes.values() for _, k in row}

    def _chunks(self, varying: bool) -> list[KernelCall]:
        """Return the straight-line code of the lines that vary, or of those that do not."""
        schedule = self.schedule
        lines = [(k, line) for k, line in schedule.lines if schedule.varies[k] == varying]
        kept = set(schedule.kept)
        if not varying:
            kept |= {x for k, line in schedule.lines if schedule.varies[k] for x in operands_of(line)}
        found = chunks(lines, kept, self.varying, self.uniform)
        for chunk in found:
            (self.varying if varying else self.uniform).place(sorted(chunk.stored))
        return [KernelCall(("chunk", chunk), 0, 0, array("i")) for chunk in found if chunk.lines]

    def _operation(self, group: OpGroup, varying: bool) -> tuple[KernelKey, list[int], int]:
        """Among uniform operands, tell those that lie next to each other, or are the same, from those in a table."""
        op, varies = group.key
        memories = [self.varying if kind else self.uniform for kind in varies]
        columns = [
            list(map(memory.__getitem__, column))
            for memory, column in zip(memories, zip(*[line[1] for line in group.lines], strict=True), strict=True)
        ]
        kinds = ["v" if kind else "u" for kind in varies] if varying else [pattern(column) for column in columns]
        header = [column[0] for column, kind in zip(columns, kinds, strict=True) if kind in "sc"]
        gathered = [column for column, kind in zip(columns, kinds, strict=True) if kind in "uv"]
        return ("op", op, "".join(kinds)), header + [x for row in zip(*gathered, strict=True) for x in row], 0

    def _dots(self, group: OpGroup, behind: Sequence[list[int]] = ()) -> tuple[KernelKey, list[int], int]:
        _, start, own, shared, values, guards = group.key

        def memory(kind: bool) -> Callable[[int], int]:
            return self.as_varying if kind else self.uniform.__getitem__

        varying = self.schedule.varies[group.values[0]]
        table = [memory(shared)(x) for x in values]
        if guards:
            table += [memory(varying)(x) if x != NONE else self._true(varying) for x in guards]
        for k, line in enumerate(group.lines):
            assert isinstance(line, Chain)
            table += [] if start is None else [memory(start)(line.start)]
            table += [memory(own)(x) for x in factors(line, values)]
            table += behind[k] if behind else []
        return ("dots", start, own, shared, bool(guards)), table, len(values)

    def _true(self, varying: bool) -> int:
        """Return the slot of a guard that always holds."""
        if self.one is None:
            self.one = self.uniform.room(1)
        return self.as_varying(ALWAYS) if varying else self.one

    def as_varying(self, value: int) -> int:
        """Return the slot of a value among those that vary, copied there if it does not."""
        if value in self.varying:
            return self.varying[value]
        if value not in self.spread_slots:
            self.spread_slots[value] = slot = self.varying.room(1)
            source = (self.one or 0) if value == ALWAYS else self.uniform[value]
            self.rows.append(KernelCall(("spread",), 1, slot, array("i", [source])))
        return self.spread_slots[value]

    def _outputs(self) -> tuple[list[tuple[str, int]], int]:
        """Write the steps that add up outputs or keep them by row, and return where each output is."""
        outputs = self.program.outputs
        kept = len(outputs) - self.stored if self.mean is not None else 0
        summed = self.schedule.summed
        by_row = [k for k in dict.fromkeys(outputs[kept:]) if self.schedule.varies[k] or self.stored]
        if by_row:
            table = [self.as_varying(k) for k in by_row]
            self.rows.append(KernelCall(("store",), len(by_row), 0, array("i", table), len(by_row)))
        first = self.uniform.room(len(summed) + self.native if summed else 0)  # they are written by whole registers
        places = {k: first + o for o, k in enumerate(summed)}
        if summed:
            self.before.append(KernelCall(("clear",), len(summed), first, array("i")))
        if summed and self.mean:
            self.after.append(KernelCall(("divide",), len(summed), first, array("i")))
        gathered = self._gathered(places)
        self._totals({k: slot for k, slot in places.items() if k not in gathered})
        columns = {k: ("row", column) for column, k in enumerate(by_row)}
        results = [
            ("u", places[k]) if n < kept and k in places
            else columns[k] if n >= kept and k in columns
            else ("u", self.uniform[k])
            for n, k in enumerate(outputs)
        ]  # fmt: skip
        return results, len(by_row)

    def _totals(self, places: dict[int, int]) -> None:
        """Add the steps that add up outputs over rows: products as they are computed, the rest from their slots."""
        plain: list[tuple[int, ...]] = [
            (self.varying[k], slot) for k, slot in places.items() if k not in self.schedule.sums
        ]
        self._scattered(("total", 1, False), plain)
        for guarded in (False, True):
            terms = {k: term for k, term in self.schedule.sums.items() if k in places and (term[2] != NONE) == guarded}
            common = Counter(key for a, b, guard in terms.values() for key in {(a, guard), (b, guard)})
            segments: dict[tuple[int, int], list[tuple[int, int]]] = {}
            for k, (a, b, guard) in terms.items():
                a, b = (b, a) if common[b, guard] > common[a, guard] else (a, b)
                segments.setdefault((a, guard), []).append((b, places[k]))
            self._products(segments, guarded)

    def _scattered(self, key: KernelKey, terms: list[tuple[int, ...]]) -> None:
        """Add the step for sums whose outputs lie anywhere: (factors, perhaps a guard, output) each."""
        width = min(self.lanes, self.native)
        if terms:
            spare = (*terms[0][:-1], self.uniform.room(1))  # fills up the last register
            parts = [terms[k : k + width] for k in range(0, len(terms), width)]
            parts[-1] = parts[-1] + [spare] * (width - len(parts[-1]))
            table = [x for part in parts for column in zip(*part, strict=True) for x in column]
            self.rows.append(KernelCall(key, len(parts), 0, array("i", table)))

    def _products(self, segments: dict[tuple[int, int], list[tuple[int, int]]], guarded: bool) -> None:
        """Add the steps for runs of neighbouring outputs: two at a time where they have the same other factors."""
        width = min(self.lanes, self.native)
        alike: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
        short: list[tuple[int, ...]] = []
        for (a, guard), found in segments.items():
            slots = {slot: b for b, slot in found}
            gate = (self.as_varying(guard),) if guarded else ()
            for run in runs(sorted(slots)):
                if len(run) < width:
                    short += [(self.varying[a], self.varying[slots[slot]], *gate, slot) for slot in run]
                else:
                    others = tuple([self.varying[slots[slot]] for slot in run])
                    alike.setdefault(others, []).append((self.varying[a], *(gate or (0,)), run[0]))
        self._scattered(("total", 2, guarded), short)
        for many in (2, 1):
            table, count = [], 0
            for others, keys in alike.items():
                while len(keys) >= many:
                    chosen, keys[:many] = keys[:many], []
                    count += 1
                    table += [x for key in chosen for x in key]
                    table += [len(others), *others, *[others[0]] * (-len(others) % width)]
            if count:
                self.rows.append(KernelCall(("outer", guarded, many == 2), count, 0, array("i", table)))
