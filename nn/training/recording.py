"""A training recorded: the loss and gradient of one row, and the rule by which a parameter moves, as programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.transforms.recording import recorded_gradient
from autograd.value import Value
from nn.losses import LOSSES
from nn.optim.optimizer import Optimizer
from nn.parts.stand_in import stand_in
from nn.prediction import form_of, outputs_of
from nn.training.chance import unasked
from nn.training.minibatch import Trainer


def recorded_row(trainer: Trainer, width: int, target: Any, keep_outputs: bool, weighted: bool) -> Any:
    """Return loss and gradient for a row of `width` numbers, and the penalty, as the program of a `Stepper`.

    `target` is like those of all rows. None where Python has to take the steps: for a loss that is not a Value, which
    Python reports, and for a model that computes something else when it is called again, because it draws random
    numbers or remembers its calls: a recording would repeat the first call for ever.
    """
    from autograd.compiler.program.program import program_of
    from autograd.compiler.program.simplify import simplified
    from autograd.compiler.run.single_row import RowProgram
    from autograd.compiler.trace.tracing import forget, traced, unknown, without_numbers

    parameters, several = trainer.optimizer.params, isinstance(target, (list, tuple))
    row = [unknown(f"x{k}") for k in range(width)]
    wanted = [unknown(f"y{k}") for k in range(len(target) if several else 1)]
    factor = [unknown("factor")] if weighted else []
    model = stand_in(trainer.model).train()  # the same twice: it may note something down for the next call

    def called() -> tuple[Any, Any, Any]:
        prediction = model(row)
        loss = trainer.loss(prediction, wanted if several else wanted[0])
        return prediction, loss, trainer.penalty_now()

    def with_gradients() -> tuple[Any, Any, Any, list[Any]]:
        prediction, loss, penalty = without_numbers(trainer.parameters, called)
        found: list[Any] = []
        for x in (loss * factor[0] if factor else loss, penalty) if isinstance(loss, Value) else ():
            found += [] if x is None else [x, *recorded_gradient(x, parameters)]
        return prediction, loss, penalty, found

    nodes = [*row, *wanted, *factor]
    try:
        with unasked(trainer.model) as drawn:
            # Not strict: a step that comes out as NaN is done again in Python.
            prediction, loss, penalty, found = traced(with_gradients, [], strict=False, nodes=nodes)
            if not isinstance(loss, Value):
                return None
            if not _repeats(trainer):
                given = [*trainer.parameters, *row, *wanted]
                _, *again = traced(without_numbers, [trainer.parameters, called], strict=False, nodes=nodes)
                if _in_words([loss, penalty], given) != _in_words(again, given):
                    return None
        outputs = outputs_of(prediction)
        kept = outputs if keep_outputs else []
        program = simplified(program_of([*found, *kept], [*parameters, *row, *wanted, *factor]))
    finally:
        forget(nodes)
    columns = [(0, k) for k in range(width)] + [(1, k) for k in range(len(wanted))] + [(2, 0)] * len(factor)
    return None if drawn else RowProgram(program, len(parameters), columns, penalty is not None, len(kept))


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


def _repeats(trainer: Trainer) -> bool:
    """Return whether model and loss are of this library alone, which compute the same whenever they are called."""
    return trainer.penalty is None and trainer.loss in LOSSES.values() and form_of(trainer.model) is not None


def _in_words(computed: Sequence[Any], given: Sequence[Value]) -> str:
    """Return what computes these numbers from what is given, to be compared."""
    from autograd.compiler.program.program import program_of

    program = program_of([x for x in computed if x is not None], given)
    captured = [x.data for x in program.captured]
    return repr((program.constants, captured, [(op.name, used) for op, used in program.code], program.outputs))
