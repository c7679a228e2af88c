"""Training: `fit` moves the parameters of a model until its predictions are close to the targets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import repeat
from random import Random
from time import perf_counter
from typing import Any
from warnings import catch_warnings, simplefilter

from autograd import modes
from autograd.atomic import changing
from nn import compiled
from nn.callbacks import Callback, Training, callbacks_of
from nn.data import minibatches
from nn.history import History
from nn.init import generator
from nn.losses import LOSSES, known_loss
from nn.metrics import Metric
from nn.minibatch import Learner, Penalty, numbers
from nn.module import Module, parts, stand_in
from nn.optimizer import Optimizer, count
from nn.schedules import Schedule, Scheduler
from nn.scoring import scorers
from nn.tables import checked

LOOK_UP = 0.05  # seconds that native code runs without Python
Table = tuple[Sequence[list[float]], Sequence[Any]]  # rows and targets


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    validation: tuple[Any, Any] | float | None = None,
    metrics: str | Metric | Iterable[str | Metric] = (),
    schedule: Schedule | Scheduler | None = None,
    penalty: Penalty | None = None,
    callbacks: Callback | Iterable[Callback] = (),
    seed: int | Random | None = 0,
    compile: bool = True,
    progress: bool = True,
) -> History:
    """Train a model on rows X and targets y, and return what was measured, epoch by epoch.

    `X` and `y` are lists or NumPy arrays. `loss(prediction, target)` is the loss of one row: a name in
    `nn.losses` or a function; that of a minibatch is its mean over the rows plus
    `penalty(parameters)`. `optimizer` is built on `model.parameters()`. With a `batch_size` the rows
    are shuffled each epoch by a generator of `seed`'s own, and the last minibatch may be smaller; with
    None each epoch is one step on all rows as given. Same seed, same numbers; with `compile=False` to the last bit
    on any machine.

    With `compile`, and llvmlite installed, loss, gradient and update run as native code, recorded from the same
    model, loss and optimiser; results agree with Python's to about 1e-9. Parameters are written back after
    each epoch, or after several where nothing looks at them in between. Python takes the steps for `LBFGS`, for
    `Dropout`, and, with a warning, for a model or loss that decides by a number (see `autograd.compile`).

    `validation` is (X, y), or the share of the rows that are held out: the last ones as given, so let
    their order mean nothing. The held-out rows are judged after each epoch, without recording, with
    the model in `eval()`, and without the penalty. `metrics` are names in `nn.metrics` or functions
    of (y_true, y_pred); those of classes get the largest output, or the side of the loss's threshold.
    `schedule` is a function of (epoch, base_lr) as in `nn.schedules`, which each training begins anew, and the rate
    is base_lr again afterwards; a `Scheduler` goes on from where it is and stays where it ends. `reduce_on_plateau`
    watches `val_loss` if there is one, else `loss`.

    The history has `loss`, a mean over the minibatches as they were met, and the metrics, of the
    outputs on the way; then both again with `val_`, and the rate `lr`. `callbacks` are called with a
    `Training` after each epoch. `progress` shows a bar, with tqdm, where someone watches. Ctrl-C ends
    the training and keeps what was learned: then `history.interrupted` is true.

    Raises ValueError or TypeError for data and settings that do not fit, before anything is changed,
    and TrainingError for a loss, gradient or parameter that turns NaN or infinite, naming epoch,
    minibatch and operation; the parameters are then those from before that minibatch.

    >>> from nn import MLP
    >>> from nn.optim import SGD
    >>> model = MLP(1, [1], seed=1)
    >>> history = fit(model, [0, 1, 2], [1, 3, 5], loss="mse", optimizer=SGD(model.parameters(), lr=0.2), epochs=100)
    >>> round(model([10.0]).data, 3)
    21.0
    """
    check_optimizer(model, optimizer)
    learner = Learner(model, known_loss(loss), penalty, optimizer)
    rows, held_out = _split(checked(X, y), validation)
    epochs, random = count("epochs", epochs), generator(seed)
    batch_size = None if batch_size is None else count("batch_size", batch_size)
    training_mode, own_modes = _modes(model)
    try:
        training_mode()
        tables = [rows, held_out] if held_out else [rows]
        width = modes.within(_try_out, learner, tables, compile, recording=False)
        scores = scorers(metrics, learner.loss, [*rows[1], *(held_out[1] if held_out else ())], width)
        calls = callbacks_of(callbacks)
        scheduler = _scheduler(optimizer, schedule)
        passing = scheduler is not schedule  # it ends with this training
        training = Training(model, optimizer, History(), random, scheduler)
        try:
            native = compiled.steps_of(learner, *rows, batch_size or len(rows[0]), bool(scores)) if compile else None
            alone = not (held_out or calls or scores or scheduler)  # nobody looks at anything between epochs
            judge = _judge(learner, held_out, scores, compile) if held_out else dict
            with _bar(epochs, progress) as bar:
                while training.epoch < epochs and not training.stopped:
                    if native is not None and not native.fits():
                        native = compiled.steps_of(learner, *rows, batch_size or len(rows[0]), bool(scores))
                    before = training.epoch
                    if native is not None and alone:
                        measured = _epochs(native, learner, rows, batch_size, training, epochs)
                    else:
                        measured = _epoch(native, learner, rows, batch_size, training, scores) | judge()
                        _finish_epoch(training, measured, calls, last=passing and training.epoch + 1 == epochs)
                    if bar is not None:
                        bar.set_postfix({name: f"{x:.4g}" for name, x in measured.items()}, refresh=False)
                        bar.update(training.epoch - before)
        except KeyboardInterrupt:
            training.history.interrupted = True
        finally:
            if scheduler is not None and passing:
                optimizer.lr = scheduler.base_lr
        for finish in training.at_end:
            finish()
    finally:
        own_modes()
    return training.history


def _modes(model: Module) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return what puts every Module of a model that is not in training into it, and what undoes that."""
    modules = [x for x in [model, *[part for _, part in parts(model)]] if isinstance(x, Module) and not x.training]
    there, back = [map(setattr, modules, repeat("training"), repeat(mode)) for mode in (True, False)]
    return changing(there), changing(back)


def check_optimizer(model: Module, optimizer: Optimizer) -> None:
    """Raise ValueError unless an optimiser is built on the parameters of a model, TypeError for neither."""
    if not isinstance(model, Module):
        raise TypeError(f"model must be a Module, got {type(model).__name__}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one of nn.optim, such as Adam(model.parameters()), got {optimizer!r:.60}")
    own, moved = [{id(p) for p in params} for params in (model.parameters(), optimizer.params)]
    if own != moved:
        raise ValueError(
            f"the optimizer moves {len(own & moved)} of the {len(own)} parameters of this model and "
            f"{len(moved - own)} others: build it on model.parameters()"
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


def _split(table: Table, validation: Any) -> tuple[Table, Table | None]:
    """Return the rows to learn from, and those held out."""
    if validation is None:
        return table, None
    if isinstance(validation, (tuple, list)):
        if len(validation) != 2:
            raise ValueError(f"validation must be (X, y) or a share of the rows, got {len(validation)} things")
        return table, checked(validation[0], validation[1], kind="validation ")
    rows, targets = table
    if isinstance(validation, bool) or not isinstance(validation, float) or not 0.0 < validation < 1.0:
        raise ValueError(f"validation must be (X, y) or a share between 0 and 1, got {validation!r:.60}")
    kept = len(rows) - round(len(rows) * validation)
    if not 0 < kept < len(rows):
        raise ValueError(
            f"validation={validation!r} of {len(rows)} row(s) leaves none to learn from, or none to judge by"
        )
    return (rows[:kept], targets[:kept]), (rows[kept:], targets[kept:])


def _try_out(learner: Learner, tables: Iterable[Table], all_targets: bool) -> int:
    """Return how many outputs the model has, once it and the loss have taken the data without complaint."""
    model = stand_in(learner.model).eval()
    prediction: Any = None
    for rows, targets in tables:
        try:
            prediction = model(rows[0])
        except ValueError as error:
            raise ValueError(f"the model does not take rows of {len(rows[0])} column(s): {error}") from None
        known = learner.loss in LOSSES.values()
        for k, target in enumerate(targets if known or all_targets else targets[:1]):
            try:
                learner.loss(prediction, target)
            except ValueError as error:
                raise ValueError(f"the loss does not take the target of row {k}: {error}") from None
    return len(numbers(prediction))


def _epoch(
    native: compiled.Steps | None,
    learner: Learner,
    table: Table,
    batch_size: int | None,
    training: Training,
    scores: Mapping[str, Metric],
) -> dict[str, float]:
    """Take a step for each minibatch, and return the mean loss, and metrics of the outputs on the way."""
    if native is not None:
        order, sizes = _shuffled(len(table[0]), batch_size, training.random)
        losses, outputs = _native_steps(native, learner, table, order, sizes, training.epoch)
        seen = [table[1][k] for k in order]
    else:
        losses, seen, outputs = [], [], []
        for k, (rows, targets) in enumerate(minibatches(*table, batch_size, training.random), start=1):
            loss, found = learner.step(rows, targets, f"epoch {training.epoch + 1}, batch {k}")
            losses.append(loss)
            seen += targets
            outputs += found
    return {"loss": sum(losses) / len(losses)} | {name: score(seen, outputs) for name, score in scores.items()}


def _epochs(
    native: compiled.Steps, learner: Learner, table: Table, batch_size: int | None, training: Training, epochs: int
) -> dict[str, float]:
    """Take the steps of as many epochs as fit into a fraction of a second, and return what the last one gave."""
    count, start = min(native.epochs_at_once, epochs - training.epoch), perf_counter()
    order, sizes = _shuffled(len(table[0]), batch_size, training.random)
    each = len(sizes)
    if batch_size is None:  # the same rows each time
        losses, _ = _native_steps(native, learner, table, order, sizes, training.epoch, count)
    else:
        for _ in range(count - 1):
            order += _shuffled(len(table[0]), batch_size, training.random)[0]
        losses, _ = _native_steps(native, learner, table, order, sizes * count, training.epoch)
    means = losses if each == 1 else [sum(losses[k : k + each]) / each for k in range(0, len(losses), each)]
    rate = {"lr": [training.optimizer.lr] * count} if "lr" in training.optimizer.settings else {}
    training.history.extend({"loss": means} | rate)
    training.epoch += count
    if perf_counter() - start < LOOK_UP:
        native.epochs_at_once = 2 * count
    return {"loss": means[-1]}


def _shuffled(rows: int, batch_size: int | None, random: Random) -> tuple[list[int], list[int]]:
    """Return the rows of an epoch as `minibatches` has them, and how many are in each minibatch."""
    order = list(range(rows))
    if batch_size is not None:
        random.shuffle(order)
    size = batch_size or rows
    return order, [min(size, rows - start) for start in range(0, rows, size)]


def _native_steps(
    native: compiled.Steps,
    learner: Learner,
    table: Table,
    order: list[int],
    sizes: list[int],
    epoch: int,
    times: int = 1,
) -> tuple[list[float], list[list[float]]]:
    """Take steps as native code, and return their losses and the outputs; Python takes one that fails, and says why."""
    losses, done, outputs = native.run(order, sizes, times)
    kept = outputs[: len(order)].tolist() if outputs.size else []
    while done < len(sizes) * times:
        k = done % len(sizes)
        start = sum(sizes[:k])
        places = order[start : start + sizes[k]]
        per_epoch = -(-len(table[0]) // max(sizes))
        where = f"epoch {epoch + 1 + done // per_epoch}, batch {1 + done % per_epoch}"
        loss, found = learner.step([table[0][k] for k in places], [table[1][k] for k in places], where)
        kept[start : start + sizes[k]] = found
        losses.append(loss)
        done += 1
    return losses, kept


def _judge(
    learner: Learner, table: Table, scores: Mapping[str, Metric], compile: bool
) -> Callable[[], dict[str, float]]:
    """Return a function that gives loss and metrics of the held-out rows."""
    native = compiled.judge(learner, *table) if compile else None

    def judged() -> dict[str, float]:
        loss, outputs = native() if native else learner.evaluate(*table)
        return {"val_loss": loss} | {f"val_{name}": score(table[1], outputs) for name, score in scores.items()}

    return judged


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


def _bar(epochs: int, progress: bool) -> AbstractContextManager[Any]:
    """Return a progress bar, or where nobody watches None: tqdm is for terminals and notebooks."""
    watched = sys.stderr is not None and (sys.stderr.isatty() or type(sys.stderr).__module__ == "ipykernel.iostream")
    if not progress or not (watched or "ipykernel" in sys.modules):
        return nullcontext()
    try:
        from tqdm import TqdmWarning
        from tqdm.asyncio import tqdm as in_text

        with catch_warnings():
            simplefilter("ignore", TqdmWarning)  # a notebook without ipywidgets has the bar of a terminal
            from tqdm.auto import tqdm
    except ImportError:
        _say_that_tqdm_is_missing()
        return nullcontext()
    bar: AbstractContextManager[Any] = tqdm(total=epochs, unit="epoch", disable=not watched and tqdm is in_text)
    return bar


@cache
def _say_that_tqdm_is_missing() -> None:
    """Print a hint, once."""
    print("nn.fit: no progress bar without tqdm: pip install 'chainrule[notebook]'", file=sys.stderr)
