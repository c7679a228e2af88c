"""Networks for engines that scale: PyTorch, JAX and ONNX, each imported when one of its functions is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from autograd.output.files import write_whole
from autograd.value import Value
from nn.activations import activation_name
from nn.checks.sizes import neurons_of
from nn.files.blocks import is_plain
from nn.files.onnx_operators import ONNX
from nn.layers import MLP, Dropout, Layer, Sequential
from nn.module import Module

# By name: the PyTorch module, and the settings with which it is the function of that name.
TORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "selu": ("SELU", {}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 50.0}),  # PyTorch's own, 20, is 2e-9 off
    "sigmoid": ("Sigmoid", {}),
    "log_sigmoid": ("LogSigmoid", {}),
    "tanh": ("Tanh", {}),
    "hardtanh": ("Hardtanh", {"min_val": -1.0, "max_val": 1.0}),
    "softmax": ("Softmax", {"dim": -1}),
}
ANY_SETTING = {"threshold"}  # of Softplus: beyond it the function is a line, to 2e-9
OPSET, IR_VERSION = 20, 9  # the oldest with Gelu, so that older runtimes read the file too


class Linear(NamedTuple):
    """The weights of a layer, a row for each output, and its biases."""

    weights: list[list[float]]
    biases: list[float] | None


def to_torch(model: Module) -> Any:
    """Return a `torch.nn.Sequential` in float64 that computes what a model does.

    A layer is a Linear and the module of its activation, "softmax" is Softmax(dim=-1). A layer that
    comes twice is one Linear; parameters shared in other ways become copies. One output is a tensor
    of one element. PyTorch's generator is left alone.

    Raises ValueError for an activation that PyTorch has no module for, TypeError for a model not made
    of Neuron, Layer, MLP, Sequential and Dropout, ImportError without PyTorch.

    >>> to_torch(MLP(2, [3, 1], activation="tanh"))  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Tanh()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    """
    torch = _package("torch", "https://pytorch.org")
    parts: list[Any] = []
    linears: dict[int, Any] = {}
    for source, step in _steps(model):
        if isinstance(step, Linear):
            if id(source) not in linears:
                linears[id(source)] = _torch_linear(torch, step)
            parts.append(linears[id(source)])
        elif isinstance(step, float):
            parts.append(torch.nn.Dropout(step))
        else:
            kind, settings = _listed(step, TORCH, "PyTorch")
            parts.append(getattr(torch.nn, kind)(**settings))
    return torch.nn.Sequential(*parts).train(model.training)


def from_torch(module: Any) -> MLP | Sequential:
    """Return the model that a `torch.nn.Sequential` of Linear, Dropout and activations is, as an MLP if it is one.

    Sequentials inside are taken apart. Numbers of any precision become float64.

    Raises ValueError for a module, or settings of one, that this library has no name for; TypeError
    for anything that is not a PyTorch module; ImportError without PyTorch.

    >>> import torch  # doctest: +SKIP
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)))  # doctest: +SKIP
    MLP of [Layer(2 -> 3, relu), Layer(3 -> 1, linear)]
    """
    torch = _package("torch", "https://pytorch.org")
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"expected a torch.nn.Sequential, got {type(module).__name__}")
    sources = list(_flat(torch, module))
    layers: dict[int, Layer] = {}
    parts: list[Any] = []
    for source in sources:
        if type(source) is torch.nn.Linear:
            if id(source) not in layers:
                layers[id(source)] = _layer(source)
            parts.append(layers[id(source)])
        elif type(source) is torch.nn.Dropout:
            parts.append(Dropout(source.p))
        elif type(source) is not torch.nn.Identity:
            name = _torch_name(source)
            last = parts[-1] if parts else None
            shared = sum([layers.get(id(other)) is last for other in sources]) > 1
            if isinstance(last, Layer) and last.activation == "linear" and not shared:
                _activate(last, name)
            else:
                parts.append(name)
    model = _as_mlp(parts) or Sequential(*parts)
    model.label_parameters()
    return model.train(module.training)


def to_jax(model: Module) -> tuple[Callable[[Any, Any], Any], dict[str, dict[str, Any]]]:
    """Return `(apply, params)`: what a model predicts as a pure function for JAX, and its parameters as arrays.

    `apply(params, X)` takes a table, a row for each example, and gives a number for each row, or a row of numbers
    where the model gives a list. It computes as the model does in `eval()` mode, can be jitted, differentiated and
    sharded, and works with any Module that `compile` can record. `params` is {part: {name: array}} in float64, the
    model's own parameters in the part ''; train inside `jax.enable_x64(True)`, or make the arrays float32.
    Raises TracingError for a model that looks at its numbers, CompileError for one too large, ImportError without JAX.

    >>> to_jax(MLP(2, [3, 1], seed=0))[1]["layers.0"]["weight"].shape  # doctest: +SKIP
    (3, 2)
    """
    return _for_jax().exported(model)  # type: ignore[no-any-return]


def from_jax(model: Module, params: Any) -> Module:
    """Write parameters as `to_jax` gives them into a model, all at one moment, and return the model.

    Raises ValueError for other names, shapes or numbers that are not finite, and then changes nothing.

    >>> from_jax(model, to_jax(model)[1])  # doctest: +SKIP
    MLP of [Layer(2 -> 3, relu), Layer(3 -> 1, linear)]
    """
    return _for_jax().imported(model, params)  # type: ignore[no-any-return]


def to_onnx(model: Module, path: str | os.PathLike[str]) -> None:
    """Write a model as an ONNX file in float32: input `x`, rows x inputs; output `y`, rows x outputs.

    Dropout is left out, as in use after training. The file is there in full or not at all.

    Raises ValueError for an activation that ONNX has no operators for and for numbers too large for
    float32, TypeError for a model not made of Neuron, Layer, MLP, Sequential and Dropout,
    ImportError without the packages `onnx` and NumPy.

    >>> from tempfile import TemporaryDirectory
    >>> import onnx  # doctest: +SKIP
    >>> with TemporaryDirectory() as folder:  # doctest: +SKIP
    ...     to_onnx(MLP(2, [3, 1]), f"{folder}/model.onnx")
    ...     graph = onnx.load(f"{folder}/model.onnx").graph
    >>> [node.op_type for node in graph.node]  # doctest: +SKIP
    ['Gemm', 'Relu', 'Gemm', 'Identity']
    """
    onnx = _package("onnx", "pip install onnx")
    numpy = _package("numpy", "pip install numpy")
    make = onnx.helper
    nodes: list[Any] = []
    initial: list[Any] = []
    widths: list[int] = []
    current = "x"

    def tensor(name: str, numbers: Any) -> str:
        with numpy.errstate(over="ignore"):
            array = numpy.array(numbers, "float32")
        if numpy.isinf(array).any() and not numpy.isinf(numbers).any():
            raise ValueError(f"{name}: a number is too large for float32")
        initial.append(onnx.numpy_helper.from_array(array, name))
        return name

    def record(op: str, *inputs: str, **attributes: Any) -> str:
        nodes.append(make.make_node(op, list(inputs), [f"{op.lower()}_{len(nodes)}"], **attributes))
        return str(nodes[-1].output[0])

    for k, (_, step) in enumerate(_steps(model)):
        if isinstance(step, Linear):
            widths += [len(step.weights[0]), len(step.weights)]
            inputs = [tensor(f"weight_{k}", step.weights)]
            inputs += [tensor(f"bias_{k}", step.biases)] if step.biases else []
            current = record("Gemm", current, *inputs, transB=1)
        elif not isinstance(step, float):
            start = current
            for op, attributes in _listed(step, ONNX, "ONNX"):
                kind, *more = op.split()
                others = [start if each == "X" else tensor(f"{each}_{len(nodes)}", float(each)) for each in more]
                current = record(kind, current, *others, **attributes)
    nodes.append(make.make_node("Identity", [current], ["y"]))
    ends = {"x": widths[0], "y": widths[-1]} if widths else dict.fromkeys("xy", "columns")
    x, y = [make.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["rows", n]) for name, n in ends.items()]
    graph = make.make_graph(nodes, type(model).__name__, [x], [y], initial)
    file = make.make_model(graph, opset_imports=[make.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    file.producer_name = "chainrule"
    onnx.checker.check_model(file, full_check=True)
    write_whole(path, file.SerializeToString())


def _steps(part: Any) -> Iterator[tuple[Any, Linear | str | float]]:
    """Yield what a model does one after the other, with its source: weights, an activation, a dropout's p."""
    if type(part) in (MLP, Sequential):
        for layer in part.layers:
            yield from _steps(layer)
    elif type(part) is Dropout:
        yield part, part.p
    elif is_plain(part):
        neurons = neurons_of(part)
        biases = [neuron.bias.data for neuron in neurons if isinstance(neuron.bias, Value)]
        yield part, Linear([[w.data for w in neuron.weights] for neuron in neurons], biases or None)
        if part.activation != "linear":
            yield part.activation, part.activation
    elif isinstance(part, Module) or not (callable(part) or isinstance(part, str)):
        raise TypeError(f"only Neuron, Layer, MLP, Sequential and Dropout, as built, can be exported, got {part!r:.60}")
    elif part != "linear":
        yield part, part


def _listed(activation: Any, table: dict[str, Any], target: str) -> Any:
    """Return the row for an activation."""
    if not isinstance(activation, str) or activation not in table:
        name, known = activation_name(activation), ", ".join(table)
        raise ValueError(f"{target} has no activation for {name!r}; those with a name there are {known}")
    return table[activation]


def _torch_linear(torch: Any, step: Linear) -> Any:
    shape = {"in_features": len(step.weights[0]), "out_features": len(step.weights)}
    linear = torch.nn.utils.skip_init(torch.nn.Linear, **shape, bias=step.biases is not None, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(step.weights, dtype=torch.float64))
        if step.biases:
            linear.bias.copy_(torch.tensor(step.biases, dtype=torch.float64))
    return linear


def _flat(torch: Any, module: Any) -> Iterator[Any]:
    """Yield the parts of a Sequential and of those inside it."""
    if type(module) is torch.nn.Sequential:
        for part in module:
            yield from _flat(torch, part)
    else:
        yield module


def _layer(linear: Any) -> Layer:
    """Return a Layer with the weights of a PyTorch Linear."""
    bias = linear.bias is not None
    layer = Layer(linear.in_features, linear.out_features, activation=None, bias=bias, init=0.0)
    weights = linear.weight.detach().double().cpu().tolist()
    biases = linear.bias.detach().double().cpu().tolist() if bias else []
    for k, neuron in enumerate(layer.neurons):
        for parameter, w in zip(neuron.weights, weights[k], strict=True):
            parameter.data = w
        if isinstance(neuron.bias, Value):
            neuron.bias.data = biases[k]
    return layer


def _torch_name(module: Any) -> str:
    """Return our name of a PyTorch activation."""
    for name, (kind, settings) in TORCH.items():
        if type(module).__name__ == kind and type(module).__module__.startswith("torch.nn."):
            wrong = {key: getattr(module, key) for key, x in settings.items() if getattr(module, key) != x}
            if not wrong.keys() - ANY_SETTING:
                return name
            raise ValueError(f"{module!r} is not the {name!r} of this library, which has {settings}")
    known = ", ".join(kind for kind, _ in TORCH.values())
    raise ValueError(f"this library has nothing for {module!r}; known are Linear, Dropout, Identity, {known}")


def _activate(layer: Layer, name: str) -> None:
    layer.activation = name
    for neuron in layer.neurons:
        neuron.activation = "linear" if name == "softmax" else name


def _as_mlp(parts: list[Any]) -> MLP | None:
    """Return an MLP if there are layers alone, each once, and softmax at most at the end."""
    layers = [part for part in parts if isinstance(part, Layer)]
    plain = len(layers) == len(parts) == len({id(layer) for layer in layers}) > 0
    if not plain or any([layer.activation == "softmax" for layer in layers[:-1]]):
        return None
    model = MLP(1, [1], init=0.0)
    model.layers = layers
    return model


def _for_jax() -> Any:
    _package("jax", "pip install 'chainrule[jax]'")
    return import_module("nn.files.for_jax")


def _package(name: str, source: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f"this needs {name} ({error}): {source}") from error
