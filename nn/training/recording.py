"""A training recorded: the loss and gradient of one row, and the rule by which a parameter moves, as programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.transforms.recording import recorded_gradient
from autograd.value import Value
from nn.module import stand_in
from nn.optim.optimizer import Optimizer
from nn.prediction import outputs_of
from nn.training.chance import unasked
from nn.training.minibatch import Trainer

Called = tuple[Any, Any, Any]  # prediction, loss and penalty; None for no penalty


class Recorded(NamedTuple):
    """One call of model, loss and penalty: what it computed, in words, and the program of what is made of it."""

    computed: str
    program: Any
    penalised: bool
    outputs: int


def recorded_row(trainer: Trainer, width: int, target: Any, keep_outputs: bool, weighted: bool) -> Any:
    """Return loss and gradient for a row of `width` numbers, and the penalty, as the program of a `Stepper`.

    `target` is like those of all rows. None where Python has to take the steps: for a loss that is not a Value, which
    is an error that Python raises, and for a model that computes something else when it is called again, such as one
    with chance of its own or that notes something down, which would be recorded once and for all.
    """
    from autograd.compiler.run.single_row import RowProgram
    from autograd.compiler.trace.tracing import unknown

    parameters = trainer.optimizer.params
    factor = [unknown("factor")] if weighted else []

    def with_gradients(called: Called) -> list[Any]:
        prediction, loss, penalty = called
        loss = loss * factor[0] if factor else loss
        found = [loss, *recorded_gradient(loss, parameters)]
        if penalty is not None:
            found += [penalty, *recorded_gradient(penalty, parameters)]
        return found + (outputs_of(prediction) if keep_outputs else [])

    model = stand_in(trainer.model).train()  # the same twice: it may note something down for the next call
    with unasked(trainer.model) as drawn:
        found = _recorded(trainer, model, width, target, parameters, factor, with_gradients)
        again = found and _recorded(trainer, model, width, target)
    if drawn or found is None or again is None or again.computed != found.computed:
        return None
    several = len(target) if isinstance(target, (list, tuple)) else 1
    columns = [(0, k) for k in range(width)] + [(1, k) for k in range(several)] + [(2, 0)] * len(factor)
    kept = found.outputs if keep_outputs else 0
    return RowProgram(found.program, len(parameters), columns, found.penalised, kept)


def recorded_rule(optimizer: Optimizer, group: dict[str, Any]) -> Any:
    """Return the optimiser's rule for one parameter of a group: (parameter, gradient, *state, rate) to the next."""
    from autograd.compiler.program.program import program_of
    from autograd.compiler.program.simplify import simplified
    from autograd.compiler.trace.tracing import traced, unknown

    parameter, gradient, rate = unknown("parameter"), unknown("gradient"), unknown("rate")
    state = [unknown(f"state{k}") for k in range(len(optimizer.start))]
    settings = optimizer._settings(group) | {"lr": rate}
    moved, new = traced(lambda: optimizer.rule(parameter, gradient, tuple(state), **settings), [])
    return simplified(program_of([moved, *new], [parameter, gradient, *state, rate]))


def _recorded(
    trainer: Trainer,
    model: Any,
    width: int,
    target: Any,
    parameters: Sequence[Value] = (),
    factor: Sequence[Value] = (),
    made_of: Callable[[Called], list[Any]] | None = None,
) -> Recorded | None:
    """Call model, loss and penalty on numbers that are not known yet; None for a loss that is not a Value."""
    from autograd.compiler.program.program import program_of
    from autograd.compiler.program.simplify import simplified
    from autograd.compiler.trace.tracing import forget, traced, unknown, without_numbers

    several = isinstance(target, (list, tuple))
    row = [unknown(f"x{k}") for k in range(width)]
    wanted = [unknown(f"y{k}") for k in range(len(target) if several else 1)]

    def called() -> Called:
        prediction = model(row)
        loss = trainer.loss(prediction, wanted if several else wanted[0])
        return prediction, loss, trainer.penalty_now()

    def outputs() -> tuple[Called, list[Any]]:
        found = without_numbers(trainer.parameters, called)
        return found, made_of(found) if made_of is not None and isinstance(found[1], Value) else []

    nodes = [*row, *wanted, *factor]
    try:
        # Not strict: a step that comes out as NaN is done again in Python.
        (prediction, *forward), found = traced(outputs, [], strict=False, nodes=nodes)
        if not isinstance(forward[0], Value):
            return None
        once = program_of([x for x in forward if x is not None], [*trainer.parameters, *row, *wanted])
        captured = [x.data for x in once.captured]
        computed = repr((once.constants, captured, [(op.name, used) for op, used in once.code], once.outputs))
        program = simplified(program_of(found, [*parameters, *row, *wanted, *factor])) if found else None
        return Recorded(computed, program, forward[1] is not None, len(outputs_of(prediction)))
    finally:
        forget(nodes)
