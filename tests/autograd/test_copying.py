"""Copies and pickles of graphs: their sharing, their depth, and what a failure leaves behind."""

import copy
import gc
import io
import itertools
import pickle
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Op, Value, apply, ops, topological

DEEP = 100_000


def chain(length, x=None):
    y = Value(1.0, label="x") if x is None else x
    for _ in range(length):
        y = y * 1.0
    return y


def ways_to_copy():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield pytest.param(lambda x, p=protocol: pickle.loads(pickle.dumps(x, p)), id=f"pickle{protocol}")
    yield pytest.param(copy.deepcopy, id="deepcopy")


each_copy = pytest.mark.parametrize("copied", list(ways_to_copy()))


def shape_of(root):
    """A graph without its objects: each node's op, data, label, and the places of its inputs."""
    order = topological(root)
    place = {id(node): k for k, node in enumerate(order)}
    return [
        (node.op and node.op.name, repr(node.data), repr(node.grad), node.label,
         tuple([x if isinstance(x, float) else f"node {place[id(x)]}" for x in node.inputs]))
        for node in order
    ]  # fmt: skip


@each_copy
def test_a_copy_has_the_same_shape_and_numbers(copied):
    a, b = Value(2.0, label="a"), Value(3.0)
    y = autograd.dot([a, b], [b, 2.0], a) + (a * b).tanh() ** a + autograd.max([a, b, 7.0])
    y.backward()
    again = copied(y)
    assert shape_of(again) == shape_of(y)
    assert not {id(node) for node in topological(again)} & {id(node) for node in topological(y)}


@each_copy
def test_a_copy_keeps_sharing(copied):
    a = Value(3.0)
    b = a * a
    c = copied(b + b)
    assert len(topological(c)) == 3
    assert c.inputs[0] is c.inputs[1]
    c.backward()
    assert topological(c)[0].grad == 12.0
    assert a.grad == 0.0


@each_copy
def test_roots_copied_together_share_what_they_shared(copied):
    a = Value(3.0)
    shared = a * a
    one, two = copied((shared + 1.0, shared.tanh()))
    assert one.inputs[0] is two.inputs[0]
    assert one.inputs[0].inputs[0] is topological(two)[0]


@each_copy
def test_a_leaf_copied_beside_its_graph_is_the_leaf_of_the_copy(copied):
    a = Value(3.0)
    for leaf, root in (copied([a, a * a]), reversed(copied([a * a, a]))):
        assert root.inputs[0] is leaf


@each_copy
def test_a_copy_computes_with_the_same_ops(copied):
    y = copied(Value(3.0).tanh())
    assert y.op is Value(1.0).tanh().op


@each_copy
def test_a_leaf_keeps_data_gradient_and_label(copied):
    a = Value(3.0, label="weight")
    a.grad = 2.5
    b = copied(a)
    assert b is not a
    assert repr(b) == repr(a)
    assert (b.op, b.inputs) == (None, ())


@each_copy
def test_a_neuron_and_its_shared_inputs_are_copied_with_their_sharing(copied):
    from autograd.reductions import dot_node

    weights, inputs = (Value(1.0), Value(2.0)), (Value(3.0), 4.0)
    y = dot_node(weights, inputs, Value(0.5)) * dot_node(weights, inputs, 0.25)
    again = copied(y)
    assert shape_of(again) == shape_of(y)
    again.backward()
    y.backward()
    assert shape_of(again) == shape_of(y)


def forward_of_cube(x):
    return x**3


def partials_of_cube(x, z):
    return (3.0 * x**2,)


@each_copy
def test_an_op_of_the_user_at_module_level_is_copied_too(copied):
    y = copied(apply(Op("cube", forward_of_cube, partials_of_cube), Value(2.0)) + 1.0)
    y.backward()
    assert y.data == 9.0
    assert topological(y)[0].grad == 12.0


def test_an_op_of_lambdas_is_deep_copied_though_not_pickled():
    y = apply(Op("cube", lambda x: x**3, lambda x, z: (3.0 * x**2,)), Value(2.0))
    again = copy.deepcopy(y)
    again.backward()
    assert again.inputs[0].grad == 12.0
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(y)


def test_a_shallow_copy_shares_its_inputs():
    a = Value(3.0)
    b = a * a
    c = copy.copy(b)
    assert c is not b
    assert c.inputs[0] is a
    c.backward()
    assert a.grad == 6.0
    assert b.grad == 0.0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"])
def test_a_hundred_thousand_operations_deep_is_not_too_deep_to_copy(copied):
    x = Value(1.0, label="x")
    y = copied(chain(DEEP, x) + x)
    assert len(topological(y)) == DEEP + 2
    y.backward()
    assert topological(y)[0].grad == 2.0
    assert topological(y)[0].label == "x"


def test_two_deep_roots_pickled_together_share_their_depth():
    y = chain(20_000)
    one, two = pickle.loads(pickle.dumps((y + 1.0, y + 2.0)))
    assert one.inputs[0] is two.inputs[0]
    assert len(topological(one)) == 20_002


def test_a_deep_graph_inside_other_objects_is_copied():
    y = chain(20_000)
    again = copy.deepcopy({"loss": [y], "same": (y,)})
    assert again["loss"][0] is again["same"][0]
    assert len(topological(again["loss"][0])) == 20_001


def test_the_pure_python_pickler_takes_a_deep_graph_too():
    y = chain(5_000)
    again = pickle._loads(pickle._dumps(y))
    assert len(topological(again)) == 5_001


class Noted(Value):
    note: object


class Unpicklable:
    def __reduce_ex__(self, protocol):
        raise RuntimeError("not this one")


@pytest.mark.parametrize("copied", [pickle.dumps, pickle._dumps], ids=["pickle", "python pickle"])
def test_a_copy_that_failed_does_not_harm_the_next(copied):
    bad = Noted(1.0)
    bad.note = Unpicklable()
    with pytest.raises(RuntimeError, match="not this one") as kept:
        copied((bad * 2.0) * 3.0)
    assert len(topological(copy.deepcopy(chain(5_000)))) == 5_001
    assert len(topological(pickle.loads(pickle.dumps(chain(5_000))))) == 5_001
    assert kept.value  # and with it the traceback of the failure, alive until here


def states(length):
    """A list of nodes, each below the next, as in a recurrent network."""
    nodes = [Value(1.0)]
    for _ in range(length):
        nodes.append(nodes[-1] * 1.0)
    return nodes


@each_copy
def test_all_nodes_of_a_deep_chain_may_stand_in_a_list(copied):
    nodes = copied(states(1_500))
    assert all(node.inputs[0] is before for before, node in itertools.pairwise(nodes))
    assert len(topological(nodes[-1])) == 1_501
    outputs_first = copied(states(1_500)[::-1])
    assert all(node.inputs[0] is before for node, before in itertools.pairwise(outputs_first))
    assert len(topological(outputs_first[0])) == 1_501


def test_a_pickler_that_is_still_alive_does_not_change_the_work_of_another():
    """As with an open log: what one pickler has written is not in the stream of the other."""
    nodes = states(3_000)
    log = pickle.Pickler(io.BytesIO())
    log.dump(nodes)
    assert len(topological(pickle.loads(pickle.dumps(nodes[-1])))) == 3_001
    assert len(pickle.dumps(nodes[1])) < 1_000


def test_one_pickler_writes_a_shared_node_once():
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    a = Value(3.0)
    b = a * a
    c = b + a
    pickler.dump(b)
    pickler.dump(c)
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    again = unpickler.load()
    assert unpickler.load().inputs[0] is again


def test_graphs_are_copied_in_several_threads_at_once():
    results = {}

    def work(k):
        y = chain(3_000 + k)
        results[k] = len(topological(copy.deepcopy(y))), len(topological(pickle.loads(pickle.dumps(y))))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: (3_001 + k, 3_001 + k) for k in range(4)}


def calls_made_by(f):
    """Count Python calls, which unlike seconds are the same on every machine."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        f()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("copied", [copy.deepcopy, pickle.dumps], ids=["deepcopy", "pickle"])
def test_the_states_of_a_recurrence_are_copied_in_time_linear_in_their_number(copied):
    small, large = [calls_made_by(lambda n=n: copied(states(n))) for n in (200, 800)]
    assert large < 6 * small


@given(st.data())
def test_every_graph_survives_copy_and_pickle(programs, data):
    program = data.draw(programs)
    root = program(*[Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)])
    root.backward()
    for again in (copy.deepcopy(root), pickle.loads(pickle.dumps(root))):
        assert shape_of(again) == shape_of(root)
        again.backward(0.5)
        assert shape_of(again)[-1][:2] == shape_of(root)[-1][:2]


def test_copying_leaves_no_cycles():
    y = chain(100)
    gc.collect()
    copy.deepcopy(y)
    pickle.loads(pickle.dumps(y))
    assert gc.collect() == 0


# Subclasses.


class Parameter(Value):
    def __init__(self, data, frozen=False):
        super().__init__(data)
        self.frozen = frozen


class Slotted(Value):
    __slots__ = ("home", "unset")

    def __init__(self, data, home):
        super().__init__(data)
        self.home = home


@each_copy
def test_a_subclass_keeps_its_class_and_attributes(copied):
    p, q = Parameter(2.0, frozen=True), Slotted(3.0, home=["x"])
    p.grad, p.label = 4.0, "p"
    for new in (copied([p])[0], copied([p * 2.0])[0].inputs[0], copied([autograd.sum([p, q, 1.0])])[0].inputs[0]):
        assert (type(new), new.frozen, new.data, new.grad, new.label) == (Parameter, True, 2.0, 4.0, "p")
    new = copied([p * q])[0].inputs[1]
    assert (type(new), new.home, hasattr(new, "unset")) == (Slotted, ["x"], False)


def test_a_shallow_copy_of_a_subclass_shares_its_attributes():
    q = Slotted(3.0, home=["x"])
    new = copy.copy(q)
    assert (type(new), new.home is q.home) == (Slotted, True)


@each_copy
def test_an_attribute_may_refer_to_another_value_and_to_the_value_itself(copied):
    p = Parameter(2.0)
    p.frozen = [p, p * 3.0] if copied is copy.deepcopy else [p * 3.0]
    new = copied([p, p * 2.0])
    assert new[1].inputs[0] is new[0]
    assert new[0].frozen[-1].inputs[0] is new[0]


def test_pickles_of_plain_values_from_before_are_read():
    from autograd.copying import _unpickle, made

    leaf = made(Value, (2.0, 1.0, "x", None, None, None))
    (product,) = _unpickle([], Value, [(6.0, 0.0, "", ops.MUL, leaf, 3.0)])
    assert (product.data, product.inputs[0].label) == (6.0, "x")


class Tagged(Value):
    """A subclass that is made with arguments and refers to itself."""

    def __new__(cls, data, tag):
        return super().__new__(cls)

    def __init__(self, data, tag):
        super().__init__(data)
        self.tag, self.me = tag, self


class Stateful(Value):
    """A subclass that chooses what is copied of it."""

    def __init__(self, data):
        super().__init__(data)
        self.lock, self.steps = threading.Lock(), 3

    def __getstate__(self):
        return {"steps": self.steps}

    def __setstate__(self, state):
        self.lock, self.steps = threading.Lock(), state["steps"]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_subclass_may_be_made_with_arguments_and_refer_to_itself(copied):
    x = Tagged(2.0, "a")
    for y in (copied(x), copied(x * 2.0).inputs[0]):
        assert (type(y), y.data, y.tag) == (Tagged, 2.0, "a")
        assert y.me is y


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_subclass_may_say_what_is_copied(copied):
    x = Stateful(2.0)
    y = copied(x)
    assert (type(y), y.data, y.steps) == (Stateful, 2.0, 3)
    assert y.lock is not x.lock
