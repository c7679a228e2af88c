"""Training: `fit` moves the parameters of a model until its predictions are close to the targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import repeat
from random import Random
from typing import Any

from autograd import modes
from autograd.atomic import changing, numbers_of
from autograd.errors import needs
from nn.callbacks import Callback, Training, callbacks_of
from nn.checks.settings import count
from nn.checks.words import listing
from nn.data.tables import checked
from nn.errors import TrainingError
from nn.init import generator
from nn.losses import known_loss
from nn.metrics import Metric
from nn.module import Module
from nn.optim.optimizer import Optimizer
from nn.parts.stand_in import stand_in
from nn.parts.walk import modules
from nn.schedules import Schedule, Scheduler
from nn.training.epochs import Epochs, Judge, evaluation, judge
from nn.training.history import History
from nn.training.minibatch import Penalty, Trainer
from nn.training.progress import bar
from nn.training.rows import split, weighted
from nn.training.scoring import scorers


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    sample_weight: Any = None,
    validation: tuple[Any, ...] | float | None = None,
    metrics: str | Metric | Iterable[str | Metric] = (),
    schedule: Schedule | Scheduler | None = None,
    penalty: Penalty | None = None,
    callbacks: Callback | Iterable[Callback] = (),
    history: Mapping[str, Sequence[float]] | None = None,
    seed: int | Random | None = 0,
    compile: bool = True,
    progress: bool = True,
    backend: str = "native",
    mesh: Any = None,
) -> History:
    """Train a model on rows X and targets y, and return what was measured, epoch by epoch.

    `X` and `y` are lists, arrays, frames or series. `loss(prediction, target)` is the loss of one row: a name in
    `nn.losses` or a function; that of a minibatch is its mean over the rows plus `penalty(parameters)`, which gets
    all parameters of the model. `optimizer` is built on `model.parameters()`, or on a part of them: the others stay
    as they are. With a `batch_size` the rows are shuffled each epoch by a generator of `seed`'s own, and the last
    minibatch may be smaller; with None each epoch is one step on all rows as given. Same seed, same numbers; with
    `compile=False` to the last bit on any machine.

    `sample_weight` has a weight of at least 0 for each row. The loss of a minibatch is then the weighted mean
    sum(weight * loss) / sum(weight), and so are those in the history; a row of weight 2 counts as two, one of weight
    0 is left out as if it were not there. Metrics do not look at weights.

    With `compile`, and llvmlite installed, loss, gradient and update run as native code, recorded from the same
    model, loss and optimiser; results agree with Python's to about 1e-9. Parameters are written back after
    each epoch, or after several where nothing looks at them in between. Python takes the steps for `LBFGS`, for
    `Dropout`, and, with a warning, for a model or loss that decides by a number (see `autograd.compile`).

    `backend="jax"` (extra `jax`) lets JAX take the steps, data-parallel over the devices of `mesh`, a
    `jax.sharding.Mesh` of one axis, by default all devices: each has the parameters and a share of a minibatch's
    rows. With several processes each is given the whole table. Results agree with native code's to about 1e-9.

    `validation` is (X, y), (X, y, weights), or the share of the rows that are held out: the last ones as given, so
    let their order mean nothing. The held-out rows are judged after each epoch, without recording, with
    the model in `eval()`, and without the penalty. `metrics` are names in `nn.metrics` or functions
    of (y_true, y_pred); those of classes get the largest output, or the side of the loss's threshold.
    `schedule` is a function of (epoch, base_lr) as in `nn.schedules`, which each training begins anew, and the rate
    is base_lr again afterwards; a `Scheduler` goes on from where it is and stays where it ends. `reduce_on_plateau`
    watches `val_loss` if there is one, else `loss`.

    The history has `loss`, a mean over the rows as they were met, penalty included, and the metrics, of the
    outputs on the way; then both again with `val_`, and the rate `lr` of the first group of parameters. `callbacks`
    are called with a `Training` after each epoch. `progress` shows a bar, with tqdm, where someone watches. Ctrl-C
    ends the training and keeps what was learned: then `history.interrupted` is true.

    With the `history` of an earlier training, a `History` or its `to_dict()`, this one goes on where that ended:
    `epochs` counts the epochs of both, so does all that counts epochs or remembers the best (schedules, callbacks),
    the minibatches of a whole-number `seed` are those that come next, and the history returned is of both. Model
    and optimiser are to be as they were then, as `load_checkpoint` leaves them.

    Raises ValueError or TypeError for data and settings that do not fit, before anything is changed,
    and TrainingError for a loss, gradient or parameter that turns NaN or infinite, naming epoch,
    minibatch and operation; the parameters are then those from before that minibatch, unless early stopping went
    back to the best, and the error's `history` has the epochs that were finished.

    >>> from nn import MLP
    >>> from nn.optim import SGD
    >>> model = MLP(1, [1], seed=1)
    >>> history = fit(model, [0, 1, 2], [1, 3, 5], loss="mse", optimizer=SGD(model.parameters(), lr=0.2), epochs=100)
    >>> round(model([10.0]).data, 3)
    21.0
    """
    check_optimizer(model, optimizer)
    mesh = _mesh(backend, mesh, compile)
    trainer = Trainer(model, known_loss(loss), penalty, optimizer)
    table, held_out = split(weighted(*checked(X, y), sample_weight), validation)
    epochs, random = count("epochs", epochs), generator(seed)
    batch_size = None if batch_size is None else count("batch_size", batch_size)
    training_mode, own_modes = _modes(model)
    try:
        training_mode()
        tables = [table, held_out] if held_out else [table]
        width = modes.within(trainer.tried_out, tables, compile, recording=False)
        scores = scorers(metrics, trainer.loss, [target for each in tables for target in each.targets], width)
        calls = callbacks_of(callbacks)
        past = History.of({} if history is None else history)
        _check_history(past, epochs, _columns(optimizer, scores, held_out is not None))
        scheduler = _scheduler(optimizer, schedule)
        passing = scheduler is not schedule  # it ends with this training
        evaluate = evaluation(trainer, table, scores, compile)
        training = Training(model, optimizer, past, random, scheduler, evaluate=evaluate, passing=passing)
        try:
            if scheduler is not None and passing and 0 < past.epochs < epochs:
                scheduler.go_on(past["val_loss" if held_out else "loss"])
            steps = Epochs(trainer, table, batch_size, scores, compile, mesh)
            for _ in range(0 if seed is random else past.epochs):
                steps.shuffled(random)
            judged = judge(trainer, held_out, scores, compile) if held_out else None
            with bar(past.epochs, epochs, progress) as shown:
                _run(training, steps, epochs, judged, calls, shown)
        except KeyboardInterrupt:
            training.history.interrupted = True
        except TrainingError as error:
            error.history = training.history
            raise
        finally:
            _end(training)
    finally:
        own_modes()
    return training.history


def _mesh(backend: str, mesh: Any, compile: bool) -> Any:
    """Return the mesh that JAX trains on, None for another back end."""
    if backend not in ("native", "jax"):
        raise ValueError(f"backend must be 'native' or 'jax', got {backend!r}")
    if backend == "native":
        if mesh is not None:
            raise ValueError("mesh= is for backend='jax'")
        return None
    if not compile:
        raise ValueError("backend='jax' compiles: leave out compile=False")
    if find_spec("jax") is None:
        raise needs("jax", 'nn.fit(backend="jax") needs the package jax', "jax")
    from autograd.compiler.jax.stepping import mesh_of

    return mesh_of(mesh)


def _run(
    training: Training, steps: Epochs, epochs: int, judged: Judge | None, calls: Sequence[Callback], shown: Any
) -> None:
    """Take epoch after epoch; show what was measured and call the callbacks."""
    alone = not (judged or calls or steps.scores or training.scheduler)  # nothing happens between epochs
    while training.epoch < epochs and not training.stopped:
        steps.look_again()
        before = training.epoch
        if steps.native is not None and alone:
            measured = steps.several(training, epochs)
        else:
            training.before = numbers_of(steps.trainer.parameters)
            measured = steps.one(training)
            if judged is not None:
                val_loss, metric = judged()
                measured |= {"val_loss": val_loss} | {f"val_{name}": x for name, x in metric.items()}
            _finish_epoch(training, measured, calls, last=training._passing and training.epoch + 1 == epochs)
        if shown is not None:
            shown.set_postfix({name: f"{x:.4g}" for name, x in measured.items()}, refresh=False)
            shown.update(training.epoch - before)


def _end(training: Training) -> None:
    """Call what waits for the end, each of them, whatever happens in the others."""
    with ExitStack() as last:
        for finish in reversed(training.at_end):
            last.callback(finish)
        if training.scheduler is not None and training._passing:
            last.callback(training.scheduler.reset_rates)


def _modes(model: Module) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return what puts a model into training, and what undoes that.

    Where a part overrides `train`, its own method is called, and called again with the mode that the part was in.
    """
    every, ready = modules(model), modules(stand_in(model).train())
    asked = [(x, x.training) for x in every if type(x).train is not Module.train]
    changed = [(x, new.training) for x, new in zip(every, ready, strict=True) if x.training is not new.training]
    others = [x for x, _ in changed]
    there, back = [
        changing(map(object.__setattr__, others, repeat("training"), modes))
        for modes in ([new for _, new in changed], [x.training for x in others])
    ]

    def undo() -> None:
        try:
            for part, mode in reversed(asked):
                part.train(mode)
        finally:
            back()

    return (model.train if asked else there), (undo if asked else back)


def check_optimizer(model: Module, optimizer: Optimizer) -> None:
    """Raise ValueError unless an optimiser moves parameters of a model alone, TypeError for neither."""
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, got {type(model).__name__}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one of nn.optim, such as Adam(model.parameters()), got {optimizer!r:.60}")
    own, moved = [{id(p) for p in params} for params in (model.parameters(), optimizer.params)]
    if not moved <= own:
        raise ValueError(
            f"the optimizer moves {len(own & moved)} of the {len(own)} parameters of this model and "
            f"{len(moved - own)} others: build it on model.parameters(), or on some of them"
        )


def _scheduler(optimizer: Optimizer, schedule: Schedule | Scheduler | None) -> Scheduler | None:
    """Return what sets the rate: the Scheduler given, or a new one for a schedule."""
    if schedule is None:
        return None
    if not isinstance(schedule, Scheduler):
        return Scheduler(optimizer, schedule)
    if schedule.optimizer is not optimizer:
        raise ValueError("the Scheduler is one of another optimizer: build it on the one given to fit")
    return schedule


def _columns(optimizer: Optimizer, scores: Iterable[str], held_out: bool) -> list[str]:
    """Return the names in the history of a training."""
    own = ["loss", *scores]
    rate = ["lr"] if "lr" in optimizer.settings else []
    return [*own, *([f"val_{name}" for name in own] if held_out else []), *rate]


def _check_history(past: History, epochs: int, columns: Sequence[str]) -> None:
    """Raise ValueError unless a training can continue a history."""
    if not past.epochs:
        return
    if set(past) != set(columns):
        raise ValueError(
            f"history has {listing([*past])}, but this training measures {listing([*columns])}: give it the same "
            f"validation, metrics and kind of optimizer as before, or no history"
        )
    if past.epochs > epochs:
        raise ValueError(
            f"epochs counts those of the history too, which has {past.epochs}: expected at least that many, got "
            f"{epochs}; epochs={past.epochs + epochs} trains for {epochs} more"
        )


def _finish_epoch(training: Training, measured: dict[str, float], calls: Iterable[Callback], last: bool) -> None:
    """Write an epoch into the history, set the rate of the next, and tell the callbacks."""
    rate = {"lr": training.optimizer.lr} if "lr" in training.optimizer.settings else {}
    training.history.append(measured | rate)
    training.epoch += 1
    if training.scheduler is not None:
        try:
            training.scheduler.step(measured.get("val_loss", measured["loss"]))
        except Exception:
            if not last:  # a schedule need not know a rate past the end
                raise
    for call in calls:
        call(training)
