"""Export: PyTorch and ONNX compute what the model computes."""

import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import functions
from autograd.value import Value
from nn import MLP, Layer, Module, Neuron
from nn.activations import ACTIVATIONS
from nn.export import ONNX, TORCH, from_torch, to_onnx, to_torch
from nn.layers import Dropout, Sequential

INPUTS = [[0.5, -1.0], [0.0, 0.0], [-2.0, 0.25], [3.0, 1.5]]


def plain(outputs):
    return [y.data for y in outputs] if isinstance(outputs, list) else [outputs.data]


def shared():
    layer = Layer(3, 3, activation="tanh", seed=2)
    return Sequential(Layer(2, 3, activation=None, seed=1), layer, layer)


MODELS = {
    "neuron": lambda: Neuron(2, activation="tanh", seed=1),
    "layer": lambda: Layer(2, 3, activation="softmax", seed=1),
    "without bias": lambda: MLP(2, [3, 2], bias=False, activation="silu", seed=1),
    "perceptron": lambda: MLP(2, [16, 16, 1], seed=1),
    "each its own": lambda: MLP(2, [3, 3, 3], activation=["gelu", "selu"], output="softmax", seed=1),
    "sequential": lambda: Sequential(
        "tanh", MLP(2, [4, 3], seed=1), "softplus", Dropout(0.5), "linear", Neuron(3, activation="sigmoid", seed=2)
    ),
    "softmax within": lambda: Sequential(Layer(2, 4, activation="softmax", seed=1), Layer(4, 2, seed=2), "softmax"),
    "shared": shared,
}


# PyTorch.


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def by_torch(torch, module, rows):
    with torch.no_grad():
        return module(torch.tensor(rows, dtype=torch.float64)).tolist()


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_pytorch_computes_the_same(build, torch):
    model = build().eval()
    outputs = by_torch(torch, to_torch(model), INPUTS)
    for x, y in zip(INPUTS, outputs, strict=True):
        assert y == pytest.approx(plain(model(x)), rel=1e-12, abs=1e-12)
        assert by_torch(torch, to_torch(model), x) == pytest.approx(y, rel=1e-12)


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_there_and_back_keeps_every_bit(build, torch):
    model = build()
    twin = from_torch(to_torch(model))
    assert [p.data for p in twin.parameters()] == [p.data for p in model.parameters()]
    assert [plain(twin.eval()(x)) for x in INPUTS] == [plain(model.eval()(x)) for x in INPUTS]


@pytest.mark.parametrize("name", TORCH)
def test_every_activation_of_pytorch_computes_the_same(name, torch):
    model = Layer(1, 2, activation=name, bias=False, init=1.0)
    model.neurons[1].weights[0].data = -2.0
    inputs = [[x / 4.0] for x in range(-200, 201)]
    outputs = by_torch(torch, to_torch(model), inputs)
    for x, y in zip(inputs, outputs, strict=True):
        assert y == pytest.approx(plain(model(x)), rel=1e-12, abs=1e-12), x
    assert from_torch(to_torch(model)).layers[0].activation == name


def test_gradients_agree_in_pytorch(torch):
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    module = to_torch(model)
    model(INPUTS[0]).backward()
    module(torch.tensor(INPUTS[0], dtype=torch.float64)).backward()
    for layer, linear in zip(model.layers, [module[0], module[2]], strict=True):
        assert [w.grad for n in layer.neurons for w in n.weights] == pytest.approx(
            linear.weight.grad.flatten().tolist(), rel=1e-12, abs=1e-15
        )


def test_the_module_is_a_sequential_of_linear_and_activations_in_float64(torch):
    module = to_torch(MLP(2, [3, 1], activation="tanh", output="softmax", seed=1))
    assert type(module) is torch.nn.Sequential
    assert [type(part).__name__ for part in module] == ["Linear", "Tanh", "Linear", "Softmax"]
    assert {p.dtype for p in module.parameters()} == {torch.float64}


def test_exporting_leaves_pytorchs_generator_alone(torch):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    to_torch(MLP(2, [3, 1]))
    assert torch.equal(torch.rand(3), expected)


def test_a_layer_that_comes_twice_is_one_linear_and_back_one_layer(torch):
    module = to_torch(shared())
    assert module[1] is module[3]
    twin = from_torch(module)
    assert twin[1] is twin[3]
    assert len(twin.parameters()) == 21


def test_the_mode_is_kept(torch):
    model = Sequential(Layer(2, 2), Dropout(0.5))
    assert to_torch(model).training
    assert not to_torch(model.eval()).training
    assert not from_torch(to_torch(model)).training
    assert from_torch(to_torch(model))[1].p == 0.5


def test_a_network_of_pytorch_becomes_an_mlp(torch):
    nn = torch.nn
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Linear(2, 4),
        nn.ReLU(inplace=False),
        nn.Sequential(nn.Linear(4, 3), nn.Identity(), nn.GELU()),
        nn.Linear(3, 1),
    )
    model = from_torch(module)
    assert repr(model) == "MLP of [Layer(2 -> 4, relu), Layer(4 -> 3, gelu), Layer(3 -> 1, linear)]"
    assert model.parameters()[0].label == "layers.0.neurons.0.weights.0"
    for x, y in zip(INPUTS, by_torch(torch, module.double(), INPUTS), strict=True):
        assert plain(model(x)) == pytest.approx(y, rel=1e-12)


def test_a_lone_linear_becomes_an_mlp_of_one_layer(torch):
    assert repr(from_torch(torch.nn.Linear(2, 3, bias=False))) == "MLP of [Layer(2 -> 3, linear)]"


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - set(TORCH) - {"linear"}))
def test_an_activation_that_pytorch_has_not_is_named(name, torch):
    with pytest.raises(ValueError, match=f"PyTorch has no activation for '{name}'; those with a name there are relu"):
        to_torch(Layer(1, 1, activation=name))


@pytest.mark.parametrize("model", [Layer(1, 1, activation=functions.sum), Sequential(Layer(1, 2), functions.sum)])
def test_a_function_is_named_in_the_refusal(model, torch):
    with pytest.raises(ValueError, match="PyTorch has no activation for 'sum'"):
        to_torch(model)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda nn: nn.LeakyReLU(0.2), r"LeakyReLU\(negative_slope=0\.2\) is not the 'leaky_relu' of this library"),
        (lambda nn: nn.GELU(approximate="tanh"), "is not the 'gelu'"),
        (lambda nn: nn.ELU(2.0), "is not the 'elu'"),
        (lambda nn: nn.Softplus(beta=2.0), "is not the 'softplus'"),
        (lambda nn: nn.Hardtanh(0.0, 6.0), "is not the 'hardtanh'"),
        (lambda nn: nn.Softmax(dim=0), "is not the 'softmax'"),
        (lambda nn: nn.Conv1d(1, 1, 1), "this library has nothing for Conv1d.*; known are Linear, Dropout, .*ReLU"),
        (lambda nn: nn.ReLU6(), "this library has nothing for ReLU6"),
        (lambda nn: nn.Dropout(1.0), "p, the probability of a 0"),
    ],
)
def test_what_this_library_has_not_is_named(build, message, torch):
    with pytest.raises(ValueError, match=message):
        from_torch(torch.nn.Sequential(torch.nn.Linear(1, 1), build(torch.nn)))


def test_anything_but_a_module_of_pytorch_is_refused(torch):
    with pytest.raises(TypeError, match=r"expected a torch\.nn\.Sequential, got MLP"):
        from_torch(MLP(1, [1]))


def changed():
    model = MLP(1, [2])
    model.layers[0].neurons[0].activation = "tanh"
    return model


class Line(Module):
    def __init__(self):
        self.slope = Value(2.0)


@pytest.mark.parametrize("build", [Line, changed])
def test_only_models_of_known_parts_are_exported(build, torch, tmp_path):
    pytest.importorskip("onnx")
    for export in (to_torch, lambda model: to_onnx(model, tmp_path / "model.onnx")):
        with pytest.raises(TypeError, match="only Neuron, Layer, MLP, Sequential and Dropout, as built, can be"):
            export(build())


# ONNX.


@pytest.fixture
def path(tmp_path):
    pytest.importorskip("onnx")
    return tmp_path / "model.onnx"


def by_onnx(path, rows):
    runtime = pytest.importorskip("onnxruntime")
    numpy = pytest.importorskip("numpy")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (outputs,) = session.run(["y"], {"x": numpy.array(rows, "float32")})
    assert outputs.dtype == numpy.float32
    return outputs.tolist()


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_onnxruntime_computes_the_same(build, path):
    model = build().eval()
    to_onnx(model, path)
    for x, y in zip(INPUTS, by_onnx(path, INPUTS), strict=True):
        assert y == pytest.approx(plain(model(x)), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", ONNX)
def test_every_activation_of_onnx_computes_the_same(name, path):
    model = Layer(1, 1, activation=name, bias=False, init=1.0)
    to_onnx(model, path)
    inputs = [[x / 8.0] for x in range(-40, 41)]
    for x, y in zip(inputs, by_onnx(path, inputs), strict=True):
        assert y == pytest.approx(plain(model(x)), rel=1e-6, abs=1e-6, nan_ok=True), x


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_networks_of_any_shape_agree(path, seed, widths):
    model = MLP(2, widths, activation="tanh", init="xavier_uniform", seed=seed)
    to_onnx(model, path)
    for x, y in zip(INPUTS, by_onnx(path, INPUTS), strict=True):
        assert y == pytest.approx(plain(model(x)), rel=1e-6, abs=1e-6)


def test_the_graph_names_its_input_and_output(path):
    onnx = pytest.importorskip("onnx")
    to_onnx(MLP(2, [3, 1], seed=1), path)
    graph = onnx.load(path).graph
    assert [node.op_type for node in graph.node] == ["Gemm", "Relu", "Gemm", "Identity"]
    shapes = [
        [d.dim_param or d.dim_value for d in io.type.tensor_type.shape.dim] for io in (*graph.input, *graph.output)
    ]
    assert shapes == [["rows", 2], ["rows", 1]]


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - set(ONNX) - {"linear"}))
def test_an_activation_that_onnx_has_not_is_named(name, path):
    with pytest.raises(ValueError, match=f"ONNX has no activation for '{name}'; those with a name there are"):
        to_onnx(Layer(1, 1, activation=name), path)
    assert not path.exists()


def test_numbers_beyond_float32_are_refused(path):
    with pytest.raises(ValueError, match="weight_0: a number is too large for float32"):
        to_onnx(Neuron(1, init=1e39), path)
    to_onnx(Neuron(1, init=float("inf")), path)


def test_layers_that_do_not_fit_are_refused_and_no_file_is_left(path):
    onnx = pytest.importorskip("onnx")
    model = Sequential(Layer(2, 3), Layer(3, 1))
    model.layers[1] = Layer(4, 1)
    with pytest.raises(onnx.shape_inference.InferenceError):
        to_onnx(model, path)
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize(
    ("package", "export"),
    [("torch", to_torch), ("torch", from_torch), ("onnx", lambda model: to_onnx(model, "model.onnx"))],
)
def test_without_the_package_the_error_names_it(package, export, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"this needs {package} .*(pytorch.org|pip install onnx)"):
        export(MLP(1, [1]))
