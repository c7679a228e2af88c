"""Copies and pickles of graphs of any depth, without recursion and with all sharing kept."""

from __future__ import annotations

import copyreg
import threading
from itertools import chain
from operator import getitem
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from autograd import modes
from autograd.graph import ordered

if TYPE_CHECKING:
    from autograd.value import Value

# The fields of a node: data, grad, label, op, None and inputs; a subclass adds its class and attributes. In pickles of
# version 0.1 the last two of a plain node are its inputs one by one, or a tuple in which some are tuples themselves.
Fields = tuple[Any, ...]
_VALUE = -3  # where Value stands among the classes of a node, before its base and object


def fields(node: Value) -> Fields:
    """Return what a node consists of."""
    kind = type(node)
    added = () if kind is kind.__mro__[_VALUE] else (kind, _state(node, kind))
    return node.data, node.grad, node.label, node.op, None, node._inputs or None, *added


def _state(node: Value, kind: type[Value]) -> Any:
    """Return what a subclass has added to a node: what its `__getstate__` says, or else all attributes."""
    if kind.__getstate__ is not object.__getstate__:
        return node.__getstate__()
    return _attributes(node, kind)


def _attributes(node: Value, kind: type[Value]) -> dict[str, Any]:
    """Return the attributes that a subclass has given a node, in its `__dict__` or in its own slots."""
    names: list[str] = copyreg._slotnames(kind)  # type: ignore[attr-defined]
    slots = {name for name in names if name not in kind.__mro__[_VALUE].__slots__ and hasattr(node, name)}  # type: ignore[attr-defined]
    return getattr(node, "__dict__", {}) | {name: getattr(node, name) for name in slots}


def made(kind: type[Value], fields: Fields) -> Value:
    """Return a node made of these fields, of this class unless they name another."""
    data, grad, label, op, x, y, *added = fields
    if added:
        kind = added[0]
    node: Value = kind.__mro__[_VALUE].__new__(kind)  # type: ignore[call-overload]
    node._data, node._grad, node._label, node.op = data, grad, label, op
    inputs = y if type(y) is tuple else tuple([each for each in (x, y) if each is not None])
    node._inputs = tuple(chain.from_iterable([each if type(each) is tuple else (each,) for each in inputs]))
    node._born = modes.clock[0]
    if added:
        _set(node, added[1])
    return node


def _set(node: Value, state: Any) -> None:
    if hasattr(node, "__setstate__"):
        node.__setstate__(state)
        return
    for name, x in (state or {}).items():
        object.__setattr__(node, name, x)


def deep_copy(root: Value, memo: dict[int, Any]) -> Value:
    """Copy every node below a root that is not yet in `memo`, which is `copy.deepcopy`'s."""
    from copy import deepcopy

    for node in ordered([root], lambda x: id(x) in memo):
        if id(node) not in memo:
            data, grad, label, op, _, inputs, *added = fields(node)
            copies = tuple([memo.get(id(x), x) for x in inputs or ()])
            memo[id(node)] = copy = made(type(node), (data, grad, label, op, None, copies))
            if added:  # only now that the copy exists, since an attribute may refer to it
                _set(copy, deepcopy(added[1], memo))
    return memo[id(root)]  # type: ignore[no-any-return]


def reduced(root: Value) -> tuple[Any, ...]:
    """Take a Value apart for `pickle`."""
    if root.op is None:
        own, added = fields(root)[:6], fields(root)[6:]
        if added:  # set once the Value exists, since an attribute may refer to it
            return made, (type(root), own), added[1], None, None, _set
        return made, (type(root), own)
    return getitem, _Graph.place_of(root) or (_Graph(root), -1)


class _Local(threading.local):
    def __init__(self) -> None:
        self.graphs: WeakValueDictionary[int, _Graph] = WeakValueDictionary()  # by the id of a node


class _Graph:
    """The recorded nodes below a root as one object; a pickle stores this, and each root as a place in it.

    While a pickler keeps one alive, a later root that shares nodes with it refers to it.
    """

    _local = _Local()

    def __init__(self, root: Value) -> None:
        self.kind = type(root)
        graphs = self._local.graphs
        self.nodes = [node for node in ordered([root], lambda x: id(x) in graphs) if node.op is not None]
        self.earlier = [self.place_of(node) for node in self.nodes]  # where another graph holds them
        self.places = {id(node): place for place, node in enumerate(self.nodes)}
        graphs.update({key: self for key in self.places if key not in graphs})
        # Earlier graphs 1, 2, 4, 8 ... steps back. A pickler that meets the farthest first finds the
        # nearer ones written, and does not recurse along a chain of thousands of roots.
        known = [place[0] for place in self.earlier if place is not None]
        parent = max(known, key=lambda graph: graph.depth, default=None)
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.back: list[_Graph] = []
        while parent is not None:
            self.back.append(parent)
            step = len(self.back) - 1
            parent = parent.back[step] if step < len(parent.back) else None

    @classmethod
    def place_of(cls, node: Value) -> tuple[_Graph, int] | None:
        """Return the graph that already holds a node, and its place there."""
        graph = cls._local.graphs.get(id(node))
        return None if graph is None else (graph, graph.places[id(node)])

    def __reduce__(self) -> tuple[Any, ...]:
        rows = []
        for node, earlier in zip(self.nodes, self.earlier, strict=True):
            data, grad, label, op, _, inputs, *added = fields(node)
            operands = tuple([self.places.get(id(x), x) for x in inputs or ()])  # places for nodes
            rows.append(earlier or (data, grad, label, op, None, operands, *added))
        return _unpickle, (self.back[::-1], self.kind, rows)


def _unpickle(back: object, kind: type[Value], rows: list[Any]) -> list[Value]:
    nodes: list[Value] = []
    for row in rows:
        if len(row) == 2:
            nodes.append(getitem(*row))
        else:
            data, grad, label, op, x, y, *added = row
            operands = _read(x, nodes), _read(y, nodes)
            nodes.append(made(kind, (data, grad, label, op, *operands, *added)))
    return nodes


def _read(x: Any, nodes: list[Value]) -> Any:
    if type(x) is tuple:
        return tuple([_read(item, nodes) for item in x])
    return nodes[x] if type(x) is int else x
