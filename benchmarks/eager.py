"""The eager engine against micrograd and PyTorch, in one run: python benchmarks/eager.py [--quick]

Peers come with the extra `peers`; one that is not installed is left out and said so. Before anything
is timed, every peer's loss and gradient is checked to be ours.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import platform
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

from measure import interleaved, table

import nn
from autograd import Value

Work = Callable[[], Any]
HAVE = {name: importlib.util.find_spec(name) is not None for name in ("micrograd", "torch", "sklearn")}


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


def agree(name: str, ours: float, theirs: float) -> None:
    """Stop unless a peer computed what we did."""
    if not math.isclose(ours, theirs, rel_tol=1e-9):
        raise SystemExit(f"{name}: the peer's result {theirs} is not ours, {ours}; nothing was timed")


# --- Work -----------------------------------------------------------------------------------------


def moons_data() -> tuple[list[list[float]], list[int]]:
    """Return the 100 points of micrograd's demo."""
    import numpy
    from sklearn.datasets import make_moons

    numpy.random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    return points.tolist(), (labels * 2 - 1).tolist()


def moons_step(model: Any, points: Any, labels: list[int]) -> tuple[float, float]:
    """Do one step of micrograd's demo: hinge loss with L2, gradient, no update."""
    scores = [model(x) for x in points]
    losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    loss.backward()
    return loss.data, model.parameters()[0].grad


class ByHand:
    """An MLP(2, [16, 16, 1]) written out as sum(w * x), one scalar operation at a time."""

    def __init__(self, source: nn.MLP) -> None:
        self.layers = [[(n.weights, n.bias) for n in layer.neurons] for layer in source.layers]
        self.parameters, self.zero_grad = source.parameters, source.zero_grad

    def __call__(self, x: Any) -> Any:
        for depth, layer in enumerate(self.layers):
            sums = [sum((w * xi for w, xi in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = sums if depth == 2 else [s.relu() for s in sums]
        return x[0]


def torch_moons(points: list[list[float]], labels: list[int], parameters: list[float]) -> Work:
    """Return the same step in PyTorch, batched, in float64."""
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


def readme_expression(kind: Any) -> float:
    """Build and differentiate the expression in micrograd's README."""
    a = kind(-4.0)
    b = kind(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return a.grad


def chain(kind: Any, steps: int) -> float:
    """Multiply by a constant again and again, then differentiate."""
    x = value = kind(1.0)
    for _ in range(steps):
        value = value * 1.0000001
    value.backward()
    return x.grad


def written_out_dot(kind: Any, products: int) -> float:
    """Add up products one at a time, then differentiate."""
    w, x = kind(0.5), kind(2.0)
    total = kind(0.0)
    for _ in range(products):
        total = total + w * x
    total.backward()
    return w.grad


WEIGHTS = [[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], [[0.2, 0.3], [0.4, 0.5], [0.6, 0.7]], [[0.3, 0.4, 0.5], [0.6, 0.7, 0.8]]]


def worked_network(kind: Any, iterations: int) -> float:
    """Train the 3-2-3-2 sigmoid network by gradient descent, alpha 0.1, scalar by scalar."""
    weights = [[[kind(w) for w in row] for row in matrix] for matrix in WEIGHTS]
    flat = [w for matrix in weights for row in matrix for w in row]
    for _ in range(iterations):
        outputs: list[Any] = [0.5, 0.3, 0.2]
        for matrix in weights:
            outputs = [sum(w * x for w, x in zip(row, outputs, strict=True)).sigmoid() for row in matrix]
        loss = sum((o - t) ** 2 for o, t in zip(outputs, (0.8, 0.6), strict=True)) * 0.5
        for w in flat:
            w.grad = 0.0
        loss.backward()
        for w in flat:
            w.data -= 0.1 * w.grad
    return float(loss.data)


def worked_network_with_dot(iterations: int) -> float:
    """Train the same network through nn: one node per neuron."""
    model = nn.MLP(3, [2, 3, 2], activation="sigmoid", output="sigmoid", bias=False)
    for layer, matrix in zip(model.layers, WEIGHTS, strict=True):
        for neuron, row in zip(layer.neurons, matrix, strict=True):
            for w, number in zip(neuron.weights, row, strict=True):
                w.data = number
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(iterations):
        loss = nn.losses.half_squared_error(model([0.5, 0.3, 0.2]), [0.8, 0.6])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.data


def iris_epoch(numbers: list[float]) -> float:
    """Train nn.MLP(4, [8, 3]) for an epoch on 100 flowers, minibatches of 16, Adam; return its loss."""
    X, y = iris_data()
    model = nn.MLP(4, [8, 3], seed=1)
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    adam = nn.optim.Adam(model.parameters(), lr=0.01)
    history = nn.fit(
        model,
        X,
        y,
        loss="cross_entropy_with_logits",
        optimizer=adam,
        epochs=1,
        batch_size=16,
        compile=False,
        progress=False,
    )
    return history["loss"][0]


def iris_data() -> tuple[list[list[float]], list[int]]:
    """Return 100 of the flowers, scaled by 1/10."""
    X, y = nn.data.load("iris")
    return [[x / 10.0 for x in row] for row in X[::3] + X[1::3]], y[::3] + y[1::3]


def iris_epoch_in_micrograd(peer: Any, numbers: list[float]) -> float:
    """Do the same in micrograd: the same minibatches, softmax and Adam written out."""
    from micrograd.nn import MLP as PeerMLP

    X, y = iris_data()
    rows = list(range(len(X)))
    random.Random(0).shuffle(rows)
    model = PeerMLP(4, [8, 3])
    parameters = model.parameters()
    for p, number in zip(parameters, numbers, strict=True):
        p.data = number
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
        losses.append(loss.data)
        model.zero_grad()
        loss.backward()
        for i, p in enumerate(parameters):
            first[i] = 0.9 * first[i] + 0.1 * p.grad
            second[i] = 0.999 * second[i] + 0.001 * p.grad * p.grad
            rate = 0.01 / (1.0 - 0.9**t)
            p.data -= rate * first[i] / (math.sqrt(second[i] / (1.0 - 0.999**t)) + 1e-8)
    return sum(losses) / len(losses)


def drawn(inputs: int, images: int) -> list[list[float]]:
    """Return images of random numbers."""
    draw = random.Random(2)
    return [[draw.random() for _ in range(inputs)] for _ in range(images)]


def logistic_epoch(neuron: nn.Neuron, images: list[list[float]]) -> float:
    """Do one gradient of a logistic regression on images through nn; return the loss."""
    neuron.zero_grad()
    total = 0.0
    for k, image in enumerate(images):
        z = neuron(image)
        total = total + nn.losses.binary_cross_entropy_with_logits(z, float(k % 2))
    total.backward()
    return total.data


def logistic_epoch_in_micrograd(neuron: Any, images: list[list[float]]) -> float:
    """Do the same in micrograd."""
    neuron.zero_grad()
    total = 0.0
    for k, image in enumerate(images):
        p = neuron(image).sigmoid()
        total = total - (p if k % 2 else 1.0 - p).log()
    total.backward()
    return total.data


def same_neuron_in_micrograd(inputs: int) -> Any:
    """Return micrograd's neuron with all weights 0.001."""
    from micrograd.nn import Neuron as PeerNeuron

    neuron = PeerNeuron(inputs, nonlin=False)
    for w in neuron.w:
        w.data = 0.001
    return neuron


def bytes_per_node(kind: Any, backward: bool, nodes: int = 50_000) -> float:
    """Return the memory that one more multiplication in a graph takes."""
    x, value = kind(1.0), kind(1.0)
    value = value * x
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(nodes if not backward else 500):
            value = value * x
        if backward:
            value.backward()
        return (tracemalloc.get_traced_memory()[0] - before) / (nodes if not backward else 500)
    finally:
        tracemalloc.stop()


# --- The table ------------------------------------------------------------------------------------


def compare(title: str, unit: float, works: dict[str, Work], rounds: int, targets: dict[bool, str]) -> list[list[str]]:
    """Check that all works give the same, then time them."""
    results = [work() for work in works.values()]
    for name, result in zip(list(works)[1:], results[1:], strict=True):
        pairs = zip(results[0], result, strict=True) if isinstance(result, tuple) else [(results[0], result)]
        for ours, theirs in pairs:
            agree(f"{title}, {name}", ours, theirs)
    return timed(title, unit, works, rounds, targets)


def timed(title: str, unit: float, works: dict[str, Work], rounds: int, targets: dict[bool, str]) -> list[list[str]]:
    """Time works[...] interleaved, with gc on and off; ratios are to the first one, ours."""
    rows = []
    for collect in (True, False):
        medians = interleaved(works, rounds, collect)
        ours = next(iter(medians.values()))
        for name, seconds in medians.items():
            times = "" if seconds is ours else f"{seconds / ours:.1f}x ours"
            target = targets.get(collect, "") if name.startswith("micrograd") else ""
            rows.append([title, "on" if collect else "off", name, f"{seconds / unit * 1e6:,.2f}", times, target])
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and shorter chains")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 9
    peer = micrograd_value() if HAVE["micrograd"] else None
    for name, found in HAVE.items():
        if not found:
            print(f"{name} is not installed: its rows are left out (pip install 'chainrule[notebook,peers]')")
    rows: list[list[str]] = []

    if HAVE["sklearn"]:
        points, labels = moons_data()
        model = nn.MLP(2, [16, 16, 1], seed=1)
        numbers = [p.data for p in model.parameters()]
        works: dict[str, Work] = {"chainrule": lambda: moons_step(model, points, labels)}
        by_hand: dict[str, Work] = {"chainrule": lambda: moons_step(ByHand(model), points, labels)}
        if peer is not None:
            from micrograd.nn import MLP as PeerMLP

            twin = PeerMLP(2, [16, 16, 1])
            for p, number in zip(twin.parameters(), numbers, strict=True):
                p.data = number
            as_values = [[peer(xi) for xi in x] for x in points]
            works["micrograd"] = by_hand["micrograd"] = lambda: moons_step(twin, as_values, labels)
        if HAVE["torch"]:
            works["torch, batched"] = torch_moons(points, labels, numbers)
        rows += compare("moons step, nn.MLP (us)", 1, works, rounds, {True: ">= 50x", False: ">= 6x"})
        rows += compare("moons step, sum(w*x) by hand (us)", 1, by_hand, rounds, {True: ">= 15x", False: ">= 3x"})

    kinds = {"chainrule": Value} | ({"micrograd": peer} if peer is not None else {})
    expression = {
        name: lambda kind=kind: [readme_expression(kind) for _ in range(200)][0] for name, kind in kinds.items()
    }
    rows += compare("README expression (us)", 200, expression, rounds, {True: ">= 4x", False: ">= 4x"})

    iterations = 100 if quick else 1000
    worked = {name: lambda kind=kind: worked_network(kind, iterations) for name, kind in kinds.items()}
    rows += compare("3-2-3-2, by hand, 1 iteration (us)", iterations, worked, rounds, {True: ">= 3x", False: ">= 3x"})
    dots = {"chainrule, nn": lambda: worked_network_with_dot(iterations), **worked}
    rows += compare("3-2-3-2, nn, 1 iteration (us)", iterations, dots, rounds, {True: ">= 3x", False: ">= 3x"})

    if HAVE["sklearn"]:
        numbers = [p.data for p in nn.MLP(4, [8, 3], seed=3).parameters()]
        iris: dict[str, Work] = {"chainrule": lambda: iris_epoch(numbers)}
        if peer is not None:
            iris["micrograd"] = lambda: iris_epoch_in_micrograd(peer, numbers)
        rows += compare("iris epoch, 4-8-3, Adam (us)", 1, iris, rounds, {True: ">= 20x"})
    count = 20 if quick else 100
    wide, narrow = drawn(12_288, count), drawn(512, count)  # micrograd's recursion ends below 1,000 weights
    neurons = {width: nn.Neuron(width, activation=None, init=0.001) for width in (512, 12_288)}
    logistic: dict[str, Work] = {"chainrule": lambda: logistic_epoch(neurons[12_288], wide) / 12_288}
    if peer is not None:
        twin = same_neuron_in_micrograd(512)
        ours, theirs = logistic_epoch(neurons[512], narrow), logistic_epoch_in_micrograd(twin, narrow)
        agree("regression, micrograd", ours, theirs)
        agree("regression, micrograd", neurons[512].weights[0].grad, twin.w[0].grad)
        many = [narrow] * 24  # 24 epochs of 512 inputs are as many numbers as one of 12,288
        logistic["micrograd, 513 parameters"] = lambda: [logistic_epoch_in_micrograd(twin, n) for n in many][0]
    title = f"12,289-parameter regression, {count} images, 1 weight and image (us)"
    rows += timed(title, 12_288 * count, logistic, 3, {True: ">= 100x"})

    steps = 100_000 if quick else 1_000_000
    rows += compare("chain of 1,000,000, 1 step (us)", steps, {"chainrule": lambda: chain(Value, steps)}, 3, {})
    dot = {"chainrule": lambda: written_out_dot(Value, 100_000)}
    rows += compare("dot of 100,000, 1 operation (us)", 200_000, dot, 3, {})
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print(table(["work", "gc", "engine", "median", "ratio", "target for micrograd"], rows))
    print("\ntargets of our own: chain and dot <= 2 us a step; memory <= 130 bytes a node")

    for name, kind in kinds.items():
        built, passed = bytes_per_node(kind, False), bytes_per_node(kind, True)
        print(f"memory, {name}: {built:.0f} bytes a node of a scalar graph, {passed:.0f} after backward()")
    if peer is not None:
        try:
            chain(peer, 1_000)
        except RecursionError:
            print("micrograd: a chain of 1,000 steps raises RecursionError")


if __name__ == "__main__":
    random.seed(1)
    main()
