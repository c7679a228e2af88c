"""The works of benchmarks/eager.py in micrograd, in PyTorch, and in two engines that are written in Rust.

micrograd-rust and oxigrad come as source for most systems, so installing them takes a Rust toolchain. Sigmoid is
computed from exp there (that of oxigrad 0.3.2 is the sigmoid of -x). micrograd-rust has no relu.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import random
from collections.abc import Callable
from typing import Any

from works.eager import Kind, Work, iris_data

RUST = {"micrograd-rust": "micrograd_rust", "oxigrad": "oxigrad"}
HAVE = {
    name: importlib.util.find_spec(module) is not None
    for name, module in {"micrograd": "micrograd", "torch": "torch", "sklearn": "sklearn", **RUST}.items()
}


def kinds() -> dict[str, Kind]:
    """Return the scalar engines that are installed, other than ours."""
    found = {"micrograd": Kind(micrograd_value())} if HAVE["micrograd"] else {}
    makers = {"micrograd-rust": micrograd_rust, "oxigrad": oxigrad}
    for name, make in makers.items():
        if HAVE[name]:
            found[name] = make(importlib.import_module(RUST[name]))
    return found


def micrograd_rust(module: Any) -> Kind:
    """Return micrograd-rust's Value; a constant on the right of an operator has to be a Value too."""
    value = module.Value

    def sigmoid(x: Any) -> Any:
        return value(1.0) / (value(1.0) + (-x).exp())

    return Kind(value, None, sigmoid, number=value)


def oxigrad(module: Any) -> Kind:
    """Return oxigrad's Value; its functions are not methods, and only the loss can set gradients to 0."""

    def sigmoid(x: Any) -> Any:
        return 1.0 / (1.0 + (-x).exp())

    return Kind(module.Value, module.Activation.ReLU, sigmoid, lambda parameters, loss: loss.zero_grad())


def micrograd_value() -> Any:
    """Return micrograd's Value class, given a sigmoid, an exp and a log written in its own style."""
    from micrograd.engine import Value as Peer

    def method(function: Callable[[float], float], slope: Callable[[float, float], float]) -> Callable[[Any], Any]:
        def apply(self: Any) -> Any:
            out = Peer(function(self.data), (self,), "f")

            def _backward() -> None:
                self.grad += slope(self.data, out.data) * out.grad

            out._backward = _backward
            return out

        return apply

    Peer.sigmoid = method(lambda x: 1.0 / (1.0 + math.exp(-x)), lambda x, z: z * (1.0 - z))
    Peer.exp = method(math.exp, lambda x, z: z)
    Peer.log = method(math.log, lambda x, z: 1.0 / x)
    return Peer


def torch_moons(points: list[list[float]], labels: list[int], parameters: list[float]) -> Work:
    """Return a step of micrograd's demo in PyTorch, batched, in float64."""
    import torch

    torch.set_num_threads(1)
    x, y = torch.tensor(points, dtype=torch.float64), torch.tensor(labels, dtype=torch.float64)
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)
    ).double()
    flat = iter(parameters)
    with torch.no_grad():
        for linear in net[::2]:  # ours lists a neuron's weights, then its bias
            for row, bias in zip(linear.weight, linear.bias, strict=True):
                row.copy_(torch.tensor([next(flat) for _ in row], dtype=torch.float64))
                bias.fill_(next(flat))

    def step() -> tuple[float, float]:
        net.zero_grad()
        penalty = sum((p * p).sum() for p in net.parameters())
        loss = torch.relu(1 - y * net(x).squeeze(1)).mean() + 1e-4 * penalty
        loss.backward()
        return loss.item(), net[0].weight.grad[0, 0].item()

    return step


def same_network_in_micrograd(sizes: tuple[int, ...], numbers: list[float]) -> Any:
    """Return micrograd's MLP with given parameters."""
    from micrograd.nn import MLP

    model = MLP(sizes[0], list(sizes[1:]))
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    return model


def iris_epoch_in_micrograd(numbers: list[float]) -> float:
    """Do an epoch of iris in micrograd: the same minibatches, softmax and Adam written out."""
    X, y = iris_data()
    rows = list(range(len(X)))
    random.Random(0).shuffle(rows)
    model = same_network_in_micrograd((4, 8, 3), numbers)
    parameters = model.parameters()
    first, second = [0.0] * len(parameters), [0.0] * len(parameters)
    losses = []
    for t, start in enumerate(range(0, len(rows), 16), 1):
        batch = rows[start : start + 16]
        total = 0.0
        for k in batch:
            logits = model(X[k])
            largest = max(z.data for z in logits)
            exponentials = [(z - largest).exp() for z in logits]
            total = total - (exponentials[y[k]] / sum(exponentials)).log()
        loss = total / len(batch)
        losses.append(total.data)
        model.zero_grad()
        loss.backward()
        for i, p in enumerate(parameters):
            first[i] = 0.9 * first[i] + 0.1 * p.grad
            second[i] = 0.999 * second[i] + 0.001 * p.grad * p.grad
            rate = 0.01 / (1.0 - 0.9**t)
            p.data -= rate * first[i] / (math.sqrt(second[i] / (1.0 - 0.999**t)) + 1e-8)
    return sum(losses) / len(rows)


def logistic_epoch_in_micrograd(neuron: Any, images: list[list[float]]) -> float:
    """Compute one gradient of a logistic regression on images in micrograd."""
    neuron.zero_grad()
    total = 0.0
    for k, image in enumerate(images):
        p = neuron(image).sigmoid()
        total = total - (p if k % 2 else 1.0 - p).log()
    total.backward()
    return total.data


def same_neuron_in_micrograd(inputs: int) -> Any:
    """Return a neuron of micrograd with all weights 0.001."""
    from micrograd.nn import Neuron

    neuron = Neuron(inputs, nonlin=False)
    for w in neuron.w:
        w.data = 0.001
    return neuron
