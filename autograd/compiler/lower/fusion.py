"""Fuse groups of operations that follow each other: one loop instead of several, and fewer slots.

A value that only its own loop needs stays in a register. Groups fuse if they have the same length and one takes, line
by line, what the other makes or takes. The first may be sums of products: the neurons of a layer, and what is done to
each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

from autograd.compiler.lower.spelling import may_call_python
from autograd.compiler.program.schedule import OpGroup, operands_of

MEMBERS, INPUTS = 12, 4  # operations in one loop, and operands of one of them
KERNELS, GROUPS = 24, 200  # different loops of a program: each takes time to compile; groups to look at

Operands = tuple[int, ...]
FusedOp = tuple[Any, tuple[int, ...], bool]  # an op, None for the sums of products; places of operands; if it is stored


class Fused(NamedTuple):
    """Several groups as one loop.

    A place is that of a column, or behind those of an earlier member. `kinds` has "v" for a column of values that vary,
    "u" for others; `stored` are the values that the loop writes; `sums` the group of sums of products, if it has one.
    """

    groups: list[OpGroup]
    columns: list[Operands]
    kinds: str
    members: tuple[FusedOp, ...]
    stored: list[list[int]]
    sums: OpGroup | None


class _Cluster:
    """Groups that may become one loop."""

    def __init__(self, group: OpGroup, alone: bool) -> None:
        self.groups = [group]
        self.length = len(group.values)
        self.sums = group.key[0] == "dots"
        inputs = 0 if self.sums else len(group.lines[0][1])
        self.open = not alone and (self.sums or (inputs <= INPUTS and not may_call_python(group.key[0], inputs)))
        self.columns = dict.fromkeys(_columns(group)) if self.open else {}
        self.makes = {tuple(group.values)}
        self.needs = {x for line in group.lines for x in operands_of(line)}
        self.own = set(group.values)
        self.orders = {frozenset(x): x for x in (*self.makes, *self.columns) if len(set(x)) == len(x)}

    def takes(self, new: _Cluster) -> bool:
        """Return whether the operations of a new cluster could be done in the same loop, after these."""
        if not (self.open and new.open) or new.sums or self.length != new.length or len(self.groups) == MEMBERS:
            return False
        if not any([column in self.makes or column in self.columns for column in new.columns]):
            return False
        # numbers taken in another order would have to be in memory
        return all([column in self.makes or self.own.isdisjoint(column) for column in new.columns])

    def turned(self, new: _Cluster) -> _Cluster:
        """Return a new cluster with its lines in the order that this one has for the first column they share."""
        known = next((self.orders[x] for x in new.orders if x in self.orders), ())
        column = new.orders.get(frozenset(known), known)
        if column == known:
            return new
        places = {x: k for k, x in enumerate(column)}
        order = [places[x] for x in known]
        key, values, lines = new.groups[0]
        return _Cluster(OpGroup(key, [values[k] for k in order], [lines[k] for k in order]), not new.open)

    def add(self, other: _Cluster) -> None:
        """Do the groups of another cluster after those of this one."""
        self.groups += other.groups
        self.columns |= other.columns
        self.makes |= other.makes
        self.needs |= other.needs
        self.own |= other.own
        self.orders |= other.orders


def fused(
    groups: Sequence[OpGroup], varies: Sequence[bool], kept: Iterable[int], alone: Container[int] = ()
) -> list[OpGroup | Fused]:
    """Return groups in an order in which they can be done, some of them fused.

    `kept` are values that others need; a group whose first value is in `alone` is left as it is.
    """
    clusters: list[_Cluster] = []
    for group in groups:
        new = _Cluster(group, group.values[0] in alone)
        place = _place(clusters, new)
        if place is None:
            clusters.append(new)
            continue
        k, stays, turned = place
        if not stays:
            clusters.append(clusters.pop(k))
            k = -1
        clusters[k].add(turned)
    uses = Counter(kept)
    for cluster in clusters:
        uses.update(cluster.needs)
    made = [x.groups[0] if len(x.groups) == 1 else _fused(x, varies, uses) for x in clusters]
    kernels = {(x.kinds, x.members, x.sums and x.sums.key[1:4]) for x in made if isinstance(x, Fused)}
    return list(made) if len(kernels) <= KERNELS else list(groups)


def _place(clusters: Sequence[_Cluster], new: _Cluster) -> tuple[int, bool, _Cluster] | None:
    """Return a cluster that takes a new one, whether where it is, else last, and the new one in its order; or None.

    Sums of products go first, so that their results need not be stored.
    """
    found = None
    made_later: set[int] = set()
    needed_later: set[int] = set()
    for k in range(len(clusters) - 1, -1, -1):
        cluster = clusters[k]
        if (found is None or cluster.sums) and cluster.takes(turned := cluster.turned(new)):
            stays = made_later.isdisjoint(new.needs)
            if stays or needed_later.isdisjoint(cluster.own):
                found = k, stays, turned
                if cluster.sums:
                    break
        made_later |= cluster.own
        needed_later |= cluster.needs
    return found


def _fused(cluster: _Cluster, varies: Sequence[bool], uses: Counter[int]) -> Fused:
    """Return the loop of a cluster; a value is stored if more than the cluster itself needs it."""
    inside = {tuple(group.values): k for k, group in enumerate(cluster.groups)}
    columns = [column for column in cluster.columns if column not in inside]
    places = {column: k for k, column in enumerate(columns)}
    places |= {column: len(columns) + k for column, k in inside.items()}
    members: list[FusedOp] = []
    stored = []
    for group in cluster.groups:
        store = any([uses[x] > (x in cluster.needs) for x in group.values])
        op = None if group.key[0] == "dots" else group.key[0]
        members.append((op, tuple([places[column] for column in _columns(group)]), store))
        if store:
            stored.append(group.values)
    kinds = "".join(["v" if varies[column[0]] else "u" for column in columns])
    sums = cluster.groups[0] if cluster.sums else None
    return Fused(cluster.groups, columns, kinds, tuple(members), stored, sums)


def _columns(group: OpGroup) -> list[Operands]:
    """Return the operands of a group of operations, place by place; sums of products have none."""
    return [] if group.key[0] == "dots" else list(zip(*[line[1] for line in group.lines], strict=True))
