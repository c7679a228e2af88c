"""Module: finding, naming, saving and counting parameters."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn import MLP, Module, Neuron
from nn.parts.stand_in import stand_in


class Line(Module):
    def __init__(self):
        self.slope, self.offset = Value(2.0), Value(1.0)
        self.label_parameters()


class Holder(Module):
    """A Module with the attributes it is given."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_parameters_come_in_the_order_of_the_attributes():
    line = Line()
    assert names(line) == ["slope", "offset"]
    assert line.parameters() == [2.0, 1.0]
    assert [p is q for p, q in zip(line.parameters(), [line.slope, line.offset], strict=True)] == [True, True]


def test_names_are_paths_through_attributes_and_containers():
    assert names(Holder(a=[Value(1), (Value(2), {"x": Value(3)})], b={"line": Line()}, c=4.0, d=None)) == [
        "a.0",
        "a.1.0",
        "a.1.1.x",
        "b.line.slope",
        "b.line.offset",
    ]


def test_names_in_a_network():
    found = names(MLP(2, [4, 1]))
    assert found[:3] == ["layers.0.neurons.0.weights.0", "layers.0.neurons.0.weights.1", "layers.0.neurons.0.bias"]
    assert "layers.0.neurons.3.weights.1" in found
    assert found[-1] == "layers.1.neurons.0.bias"


def test_parameters_in_numpy_object_arrays_are_found():
    numpy = pytest.importorskip("numpy")
    values = [[Value(1), Value(2)], [Value(3), Value(4)]]
    holder = Holder(W=numpy.array(values, dtype=object), data=numpy.zeros(3), scalar=numpy.float64(1.0))
    assert names(holder) == ["W.0.0", "W.0.1", "W.1.0", "W.1.1"]


def test_a_shared_parameter_counts_once_under_its_first_name():
    shared = Value(1.0)
    assert names(Holder(a=shared, b=[shared, Value(2.0)], c=shared)) == ["a", "b.1"]


def test_a_shared_module_counts_once():
    neuron = Neuron(2)
    assert len(Holder(first=neuron, second=[neuron]).parameters()) == 3


def test_equal_numbers_are_still_two_parameters():
    assert len(Holder(a=Value(1.0), b=Value(1.0)).parameters()) == 2


def test_a_computed_value_is_not_a_parameter():
    w = Value(2.0)
    assert Holder(w=w, last_output=w * 3.0).parameters() == [w]


def test_a_module_that_knows_its_parent_is_walked_once():
    parent = Holder(child=Holder(w=Value(1.0)), v=Value(2.0))
    parent.child.parent = parent
    assert names(parent) == ["child.w", "v"]
    assert names(parent.child) == ["w", "parent.v"]


def test_an_attribute_may_be_replaced_at_any_time():
    line = Line()
    line.slope = Line()
    assert names(line) == ["slope.slope", "slope.offset", "offset"]


def test_a_module_without_parameters_is_empty():
    assert Module().parameters() == []
    assert Module().state_dict() == {}


def test_a_model_is_in_training_until_eval_and_again_after_train():
    model = Holder(net=MLP(2, [3, 1]), parts=[{"line": Line()}])
    modules = [model, model.net, model.net.layers[1], model.net.layers[0].neurons[2], model.parts[0]["line"]]
    assert all(module.training for module in modules)
    assert model.eval() is model
    assert not any(module.training for module in modules)
    assert model.train() is model
    assert all(module.training for module in modules)
    model.train(False)
    assert not model.parts[0]["line"].training


def test_eval_reaches_a_module_that_knows_its_parent():
    parent = Holder(child=Holder())
    parent.child.parent = parent
    parent.child.eval()
    assert not parent.training


def test_modes_change_no_parameters_and_no_names():
    line = Line()
    assert names(line.eval()) == ["slope", "offset"]


@pytest.mark.parametrize("mode", [1, None, [[1.0, 2.0]]])
def test_a_mode_that_is_neither_true_nor_false_is_refused(mode):
    with pytest.raises(TypeError, match=r"mode must be True or False, got .* \(nn\.fit trains a model on data\)"):
        Line().train(mode)


def test_zero_grad_clears_every_gradient():
    model = MLP(2, [3, 1], activation="tanh")
    model([1.0, 2.0]).backward()
    assert any(p.grad != 0.0 for p in model.parameters())
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_a_label_is_the_name_in_the_outermost_module():
    net = MLP(2, [3, 1])
    assert net.parameters()[1].label == "layers.0.neurons.0.weights.1"
    assert [p.label for p in Neuron(1).parameters()] == ["weights.0", "bias"]

    class Pair(Module):
        def __init__(self):
            self.nets = [MLP(1, [1]), MLP(1, [1])]
            self.label_parameters()

    assert Pair().parameters()[-1].label == "nets.1.layers.0.neurons.0.bias"


def test_reading_names_changes_no_label():
    net = MLP(2, [3, 1])
    net.layers[0].named_parameters()
    assert net.parameters()[0].label == "layers.0.neurons.0.weights.0"


@given(st.lists(st.floats(), min_size=9, max_size=9))
def test_state_dict_round_trips_every_float(numbers):
    model = MLP(2, [2, 1])
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    other = MLP(2, [2, 1])
    other.load_state_dict(model.state_dict())
    assert list(map(repr, other.state_dict().items())) == list(map(repr, model.state_dict().items()))


@given(st.permutations(list(MLP(2, [2, 1], seed=1).state_dict().items())))
def test_the_order_of_a_state_does_not_matter(items):
    model = MLP(2, [2, 1], seed=2)
    model.load_state_dict(dict(items))
    assert model.state_dict() == MLP(2, [2, 1], seed=1).state_dict()


def test_state_dict_holds_floats_and_not_the_parameters_themselves():
    line = Line()
    state = line.state_dict()
    line.slope.data = 5.0
    assert state == {"slope": 2.0, "offset": 1.0}
    assert type(state["slope"]) is float


def test_loading_keeps_the_parameters_and_takes_any_number():
    numpy = pytest.importorskip("numpy")
    line = Line()
    slope = line.slope
    line.load_state_dict({"slope": 3, "offset": numpy.float32(0.5)})
    assert line.slope is slope
    assert repr(line.state_dict()) == "{'slope': 3.0, 'offset': 0.5}"


def test_loading_lists_everything_that_is_wrong_and_changes_nothing():
    model = MLP(1, [1, 1], seed=0)
    before = model.state_dict()
    state = {**before, "layers.0.neurons.0.bias": "high", "extra": 1.0}
    del state["layers.1.neurons.0.weights.0"]
    with pytest.raises(ValueError, match="nothing was loaded") as caught:
        model.load_state_dict(state)
    message = str(caught.value)
    assert "missing: layers.1.neurons.0.weights.0;" in message
    assert "unexpected: extra;" in message
    assert "not a number: layers.0.neurons.0.bias (str)" in message
    assert model.state_dict() == before


@pytest.mark.parametrize("wrong", ["1.0", None, [1.0], 1j, Value(1.0), 10**400])
def test_loading_anything_but_numbers_is_a_type_error_that_changes_nothing(wrong):
    line = Line()
    with pytest.raises(TypeError, match=r"not a number: offset"):
        line.load_state_dict({"slope": 5.0, "offset": wrong})
    assert line.state_dict() == {"slope": 2.0, "offset": 1.0}


def test_loading_from_no_mapping_is_a_type_error():
    with pytest.raises(TypeError, match="expected a dict from parameter names to numbers, got list"):
        Line().load_state_dict([2.0, 1.0])


def test_a_long_list_of_wrong_names_is_cut_short():
    with pytest.raises(ValueError, match=r"layers\.0\.neurons\.0\.weights\.0, .* and 317 more"):
        MLP(2, [16, 16, 1]).load_state_dict({})


def test_parameters_that_would_share_a_name_are_refused_by_state_dict():
    holder = Holder(a={1: Value(1.0), "1": Value(2.0)})
    with pytest.raises(ValueError, match=r"the same name, rename a dict key: a\.1"):
        holder.state_dict()


def test_summary_of_a_network_counts_its_layers():
    assert MLP(2, [16, 16, 1], activation="tanh").summary().splitlines() == [
        "name      part                    parameters",
        "layers.0  Layer(2 -> 16, tanh)            48",
        "layers.1  Layer(16 -> 16, tanh)          272",
        "layers.2  Layer(16 -> 1, linear)          17",
        "total                                    337",
    ]


def test_summary_counts_own_parameters_by_attribute_and_shared_ones_once():
    shared = Neuron(3, activation=None)
    holder = Holder(scale=[Value(1.0), Value(2.0)], a=shared, b={"again": shared, "line": Line()})
    rows = [line.split() for line in holder.summary().splitlines()]
    assert [(row[0], row[-1]) for row in rows[1:]] == [("scale", "2"), ("a", "4"), ("b.line", "2"), ("total", "8")]


def test_summary_counts_the_logistic_regression_of_a_picture():
    assert MLP(64 * 64 * 3, [1], output="sigmoid", init="zeros").summary().endswith(" 12289")


def test_a_copied_model_is_independent():
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
        assert twin([1.0, 2.0]).data == model([1.0, 2.0]).data
        twin.parameters()[0].data += 1.0
        assert twin.state_dict() != model.state_dict()


def test_the_repr_of_a_module_says_how_many_parameters_it_has():
    assert repr(Line()) == "Line(2 parameters)"


# A stand-in: a model that is tried out in place of another.


class Counting(Module):
    """A Module that notes things down when it is called, and refers to itself and to others in many ways."""

    def __init__(self):
        self.w = Value(2.0)
        self.parts = [Neuron(1, init=0.5), {"deep": (Line(), "text")}]
        self.array = np.array([Value(3.0), 1.0], dtype=object)
        self.calls, self.last, self.table = 0, None, [1.0]
        self.method, self.me = self.twice, self

    def twice(self, x):
        return self.w * x * 2.0

    def __call__(self, x):
        self.calls += 1
        self.last = self.method(x)
        return self.last


def test_a_stand_in_computes_the_same_on_the_same_parameters_and_leaves_the_model_alone():
    model = Counting()
    other = stand_in(model)
    assert [id(p) for p in other.parameters()] == [id(p) for p in model.parameters()]
    assert names(other) == names(model)
    assert other(3.0).data == model(3.0).data == 12.0
    model.calls, model.last = 0, None
    other(4.0)
    other.eval()
    assert (model.calls, model.last, other.calls) == (0, None, 2)
    assert all(m.training for m in (model, model.parts[0], model.parts[1]["deep"][0]))
    assert not any(m.training for m in (other, other.parts[0], other.parts[1]["deep"][0]))
    assert other.me is other
    assert other.method.__self__ is other
    assert other.array[0] is model.array[0]


def test_a_stand_in_may_have_other_parameters():
    model = Counting()
    new = {id(p): Value(p.data + 1.0) for p in model.parameters()}
    other = stand_in(model, new)
    assert [p.data for p in other.parameters()] == [p.data + 1.0 for p in model.parameters()]
    assert not {id(p) for p in other.parameters()} & {id(p) for p in model.parameters()}
    assert other(1.0).data == 6.0
    assert model(1.0).data == 4.0


def test_a_shared_part_stays_shared_in_a_stand_in():
    line = Line()
    other = stand_in(Holder(a=line, b=[line], c=(line, 1.0)))
    assert other.a is other.b[0] is other.c[0]
    assert other.a is not line


def test_a_deeply_nested_model_has_a_stand_in():
    model = Line()
    for _ in range(5_000):
        model = Holder(inside=model)
    assert len(stand_in(model).eval().parameters()) == 2
    assert model.training


def test_classes_with_slots_and_containers_of_the_users_keep_their_kind():
    class Slotted(Module):
        __slots__ = ("hidden",)

    class Parts(list):
        pass

    model = Slotted()
    model.hidden, model.parts = 7, Parts([Line()])
    model.parts.note = "kept"
    other = stand_in(model)
    assert (other.hidden, type(other.parts), other.parts.note) == (7, Parts, "kept")
    assert other.parts[0] is not model.parts[0]


# Numbers are read and written together.


def test_load_state_dict_interrupted_anywhere_leaves_old_numbers_or_new_ones(interrupt):
    model = MLP(2, [3, 1], seed=1)
    old = model.state_dict()
    new = dict.fromkeys(old, 7.0)
    seen = []
    for bytecodes in range(1, 6_000, 29):
        model.load_state_dict(old)
        interrupt(lambda: model.load_state_dict(new), bytecodes)
        seen.append(model.state_dict())
    assert all(state in (old, new) for state in seen)
    assert old in seen
    assert new in seen


def test_train_interrupted_anywhere_leaves_all_parts_in_one_mode(interrupt):
    model = MLP(2, [3, 3, 1], seed=1)
    modules = [model, *model.layers, *[neuron for layer in model.layers for neuron in layer.neurons]]
    seen = set()
    for bytecodes in range(1, 6_000, 61):
        model.train()
        interrupt(model.eval, bytecodes)
        seen.add(tuple(module.training for module in modules))
    assert seen == {(True,) * len(modules), (False,) * len(modules)}


def test_a_name_that_would_steer_a_terminal_is_shown_as_text():
    model = Holder(**{"\x1b[31mred": Neuron(1)})
    assert "\x1b" not in model.summary()
    with pytest.raises(ValueError, match="missing") as error:
        model.load_state_dict({"a\nb": 1.0})
    assert "\x1b" not in str(error.value)
    assert "\n" not in str(error.value)


class Slotted(Module):
    """Keeps a parameter in a slot, as a class does that saves memory."""

    __slots__ = ("empty", "slope")

    def __init__(self):
        self.slope, self.offset = Value(2.0), Value(1.0)


def test_parameters_in_slots_are_found_and_stand_in():
    model = Slotted()
    assert model.state_dict() == {"offset": 1.0, "slope": 2.0}
    model.load_state_dict({"offset": 3.0, "slope": 4.0})
    assert (model.slope.data, model.offset.data) == (4.0, 3.0)
    other = Value(5.0)
    assert stand_in(model, {id(model.slope): other}).slope is other
    assert not hasattr(stand_in(model), "empty")


@pytest.mark.parametrize("kind", ["Series", "Index", "Categorical"])
def test_parameters_are_not_looked_for_in_objects_of_pandas(kind):
    pandas = pytest.importorskip("pandas")
    model = Slotted()
    model.names = getattr(pandas, kind)(["a", "b"])
    assert len(model.parameters()) == 2
    assert stand_in(model).names is model.names


def test_an_array_without_axes_holds_a_parameter():
    model = Module()
    model.scale = np.array(Value(2.0), dtype=object)
    assert model.state_dict() == {"scale.0": 2.0}
    copied = stand_in(model, {id(model.parameters()[0]): Value(3.0)})
    assert (copied.state_dict(), model.state_dict()) == ({"scale.0": 3.0}, {"scale.0": 2.0})


class Frozen(Module):
    """Stays as it is in use, however the model around it is set."""

    def __init__(self, *parts):
        self.parts = parts

    def train(self, mode=True):
        return super().train(False)


def test_a_part_with_a_train_of_its_own_has_the_last_word_on_what_is_below_it():
    inner, below, outer = Frozen(), Module(), Module()
    frozen = Frozen(inner, below)
    outer.parts = [frozen, Module()]
    outer.train()
    modes = [part.training for part in (outer, frozen, inner, below, outer.parts[1])]
    assert modes == [True, False, False, False, True]


def test_a_model_whose_attributes_cannot_be_set_has_modes():
    class Constant(Module):
        def __setattr__(self, name, value):
            raise AttributeError(f"cannot assign to field {name!r}")

    assert Constant().eval().training is False
