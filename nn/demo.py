"""`chainrule demo`: train a small network on real data, watch it, check a gradient, draw pictures.

Exit codes: 0 when done, 1 where an extra is missing or a file cannot be written, 2 for bad
arguments, 130 after Ctrl-C, which ends the training and keeps what has been learned so far.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, NoReturn

from autograd.drawing import draw
from autograd.errors import RenderError, needs
from autograd.functions import mean
from autograd.modes import no_grad
from autograd.native import core
from autograd.testing import numerical_grad
from autograd.value import Value
from nn import data
from nn.callbacks import Training
from nn.layers import MLP
from nn.losses import cross_entropy_with_logits, hinge, l2
from nn.optim import SGD
from nn.plotting import draw_network, plot_history
from nn.training import fit
from nn.training.history import History

SEED = 1337
IRIS_EPOCHS, MOONS_EPOCHS = 40, 100
MICROGRAD = {0: 0.8958441028683222, 1: 1.7235905336972022, 99: 0.010978370135492717}  # loss by step

Row = tuple[list[float], int]  # four measures and the species; or a point and its side, -1 or 1


class Trained(NamedTuple):
    """What a demo leaves: the model, after and before, its loss on a row and on all, how training went, the rows."""

    model: MLP
    untrained: MLP
    row_loss: Callable[[Any, int], Value]  # of the model's outputs and the target
    loss: Callable[[], Any]
    history: History
    rows: list[Row]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `chainrule` and return its exit code."""
    try:
        return _run(_arguments(argv))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _run(arguments: argparse.Namespace) -> int:
    try:
        for name in ("numpy", "sklearn", "tqdm", "matplotlib"):
            import_module(name)
    except ImportError as error:
        print(needs("notebook", f"chainrule demo: {error}", error.name or ""), file=sys.stderr)
        return 1
    demo, epochs = DEMOS[arguments.data]
    trained = demo(arguments.seed, arguments.epochs or epochs)
    check_gradient(trained.model, trained.loss)
    title = f"chainrule demo {arguments.data}, seed {arguments.seed}"
    try:
        write_pictures(trained, title, arguments.out)
    except OSError as error:
        print(f"chainrule demo: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 130 if trained.history.interrupted else 0


def iris(seed: int, epochs: int) -> Trained:
    """Tell three species of iris apart, by minibatches of flowers; a third of each is held out as a test."""
    rows, test_rows = flowers(seed)
    random = Random(seed)
    model = MLP(4, [8, 3], seed=random)
    untrained = deepcopy(model)

    def loss() -> Any:
        return mean([cross_entropy_with_logits(model(x), species) for x, species in rows])

    print(f"iris: {len(rows)} flowers to learn from, {len(test_rows)} held out, seed {seed}\n{model.summary()}")
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    history = train(
        model, rows, epochs, loss=cross_entropy_with_logits, optimizer=optimizer, batch_size=10, seed=random
    )
    right = count_right(test_rows, lambda x: max(range(3), key=model(x).__getitem__))
    print(f"test accuracy {right / len(test_rows):.3f} ({right} of {len(test_rows)} flowers)")
    return Trained(model, untrained, cross_entropy_with_logits, loss, history, rows)


def flowers(seed: int) -> tuple[list[Row], list[Row]]:
    """Return 100 of the 150 flowers of Anderson (1935) to learn from, and 50 for a test.

    Both have the species in equal parts. The four measures are standardised by the mean and the
    standard deviation of the training part.
    """
    X, X_test, y, y_test = data.train_test_split(*data.load("iris"), seed=seed, stratify=True)
    scale = data.Standardizer(X)
    return list(zip(scale(X), y, strict=True)), list(zip(scale(X_test), y_test, strict=True))


def moons(seed: int, epochs: int) -> Trained:
    """Separate two half moons: the demo of micrograd (Karpathy, 2020), with its numbers.

    Every epoch is one step of gradient descent on all 100 points.
    """
    X, y = data.moons(100, noise=0.1, seed=seed)
    rows = [(x, 2 * side - 1) for x, side in zip(X, y, strict=True)]
    model = MLP(2, [16, 16, 1], seed=seed)
    untrained = deepcopy(model)
    penalty = partial(l2, strength=1e-4)

    def loss() -> Any:
        return hinge([model(x) for x, _ in rows], [side for _, side in rows]) + penalty(model.parameters())

    print(f"moons: {len(rows)} points, seed {seed}\n{model.summary()}")
    optimizer = SGD(model.parameters(), lr=1.0)
    falling = lambda epoch, base_lr: base_lr * (1.0 - 0.9 * epoch / epochs)  # noqa: E731
    history = train(model, rows, epochs, loss=hinge, optimizer=optimizer, penalty=penalty, schedule=falling)
    losses = history["loss"] if history.epochs else []
    for k, found in enumerate(losses):
        if k in MICROGRAD or k == len(losses) - 1:
            published = k in MICROGRAD and (seed, epochs) == (SEED, MOONS_EPOCHS)
            print(f"step {k:2}: loss {found!r}" + (f", micrograd {MICROGRAD[k]!r}" if published else ""))
    print(f"accuracy {count_right(rows, lambda x: 1 if model(x) > 0.0 else -1) / len(rows):.3f}")
    return Trained(model, untrained, hinge, loss, history, rows)


DEMOS: dict[str, tuple[Callable[[int, int], Trained], int]] = {
    "iris": (iris, IRIS_EPOCHS),
    "moons": (moons, MOONS_EPOCHS),
}


def train(model: MLP, rows: Sequence[Row], epochs: int, **options: Any) -> History:
    """Train by `nn.fit` behind a progress bar, until Ctrl-C; the options are those of `fit`."""
    from tqdm import tqdm

    def show(training: Training) -> None:
        loss, accuracy = [training.history[name][-1] for name in ("loss", "accuracy")]
        bar.set_postfix_str(f"loss {loss:.4f}, accuracy {accuracy:.3f}", refresh=False)
        bar.update()

    X, y = zip(*rows, strict=True)
    with tqdm(total=epochs, unit="epoch", disable=None) as bar:  # None: no bar unless in a terminal
        history = fit(model, X, y, epochs=epochs, metrics="accuracy", callbacks=show, progress=False, **options)
    if history.interrupted:
        print(f"stopped after {history.epochs} of {epochs} epochs")
    return history


def count_right(rows: Sequence[Row], answer: Callable[[list[float]], int]) -> int:
    """Return how many rows have the target that is answered."""
    with no_grad():
        return sum([answer(x) == target for x, target in rows])


def check_gradient(model: MLP, loss: Callable[[], Any]) -> None:
    """Print the largest gradient of the loss beside what central differences say."""
    model.zero_grad()
    loss().backward()
    name, p = max(model.named_parameters(), key=lambda named: abs(named[1].grad))
    (difference,), _ = numerical_grad(loss, [p])
    print(f"gradient check: d loss / d {name}")
    print(f"  backward            {p.grad:+.12f}")
    print(f"  central difference  {difference:+.12f}")
    print(f"  difference          {abs(p.grad - difference):.1e}")


def write_pictures(trained: Trained, title: str, out: Path) -> None:
    """Write the pictures into a folder and print where they are; say so if graphs cannot be drawn here."""
    print(f"loss curve: {draw_curves(trained.history, title, out / 'loss.png')}")
    x, target = trained.rows[0]
    print(f"network, given the first row: {draw_model(trained.model, x, out / 'network.svg')}")
    try:
        drawing = draw(loss_of_last_layer(trained, x, target))
        print(f"graph of the last layer's loss on that row, before training: {drawing.save(out / 'graph.svg')}")
        print(f"the same in pixels: {drawing.save(out / 'graph.png')}")
        print(f"its backward pass, step by step: {drawing.save(out / 'backward.html')}")
    except (ImportError, RenderError) as error:
        print(f"no graph.svg, graph.png, backward.html: {error}")


def draw_curves(history: History, title: str, path: Path) -> Path:
    """Write the curves of loss and accuracy as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 5.0), dpi=120, layout="constrained")
    figure.suptitle(title)
    columns = history.to_dict()
    plot_history({name: columns.get(name, []) for name in ("loss", "accuracy")}, ax=figure.subplots())
    figure.savefig(path)
    return path


def draw_model(model: MLP, x: Sequence[float], path: Path) -> Path:
    """Write the network and what its units give for a row as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 6.5), layout="constrained")
    draw_network(model, x, ax=figure.subplots())
    figure.savefig(path, metadata={"Date": None})
    return path


def loss_of_last_layer(trained: Trained, x: Sequence[float], target: int) -> Value:
    """Return the loss on a row as training found it, with gradients, recorded in the last layer alone.

    A graph that one can read, and gradients that are not yet 0.
    """
    *hidden, last = trained.untrained.layers
    given: Any = x
    with no_grad():
        for layer in hidden:
            given = [y.data for y in layer(given)]
    loss = trained.row_loss(last(given), target)
    loss.label = "loss"
    loss.backward()
    return loss


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="chainrule", description="Train a small network and watch the chain rule at work.")
    version = f"%(prog)s {metadata.version('chainrule')}, {core()} core"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    about = "train a network, check one gradient, draw pictures; Ctrl-C ends the training early (exit code 130)"
    demo = commands.add_parser("demo", help=about, description=about)
    demo.add_argument("data", nargs="?", choices=DEMOS, default="iris", help="flowers (default) or two half moons")
    demo.add_argument("--seed", type=_whole(0, 2**32 - 1), default=SEED, metavar="N", help="default: %(default)s")
    epochs = f"default: {IRIS_EPOCHS} for iris, {MOONS_EPOCHS} for moons"
    demo.add_argument("--epochs", type=_whole(1), metavar="N", help=epochs)
    out = "folder for the pictures (default: %(default)s)"
    demo.add_argument("--out", type=Path, default=Path("chainrule-demo"), metavar="DIR", help=out)
    arguments = parser.parse_args(argv)
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        demo.error(f"argument --out: {str(arguments.out)!r} cannot be a folder: {error.strerror}")
    return arguments


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a reader of whole numbers within bounds."""
    allowed = f"of at least {least}" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= (most or int(text)):
            raise argparse.ArgumentTypeError(f"expected a whole number {allowed}, got {text!r}")
        return int(text)

    return read


if __name__ == "__main__":
    sys.exit(main())
