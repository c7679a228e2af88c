"""History: columns of equal length, whatever happens."""

import pytest

from nn import losses
from nn.training.history import History


class Interrupting(list):
    """A column at which Ctrl-C comes."""

    def __iter__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("before", [{}, {"loss": [3.0], "accuracy": [0.5]}])
def test_an_interrupted_epoch_leaves_no_half_of_it(before):
    history = History()
    history.extend(before)
    with pytest.raises(KeyboardInterrupt):
        history.extend({"loss": [2.0, 1.0], "accuracy": Interrupting([0.6, 0.7])})
    assert history.to_dict() == before
    history.extend({"loss": [2.0], "accuracy": [0.75]})
    assert history.epochs == len(before.get("loss", [])) + 1


def test_the_lists_given_stay_as_they_are():
    given = [1.0]
    history = History()
    history.extend({"loss": given})
    history.append({"loss": 2.0})
    assert given == [1.0]
    assert history["loss"] == [1.0, 2.0]


def test_a_history_goes_on_as_a_copy_of_numbers():
    first = History.of({"loss": [1, 0.5], "lr": (0.1, 0.1)})
    second = History.of(first)
    second.append({"loss": 0.25, "lr": 0.1})
    assert (first.epochs, second["loss"]) == (2, [1.0, 0.5, 0.25])
    assert {type(x) for x in first["loss"]} == {float}
    assert History.of({}).epochs == 0
    with pytest.raises(TypeError, match="history must have a list of numbers by each name, got 'loss': 'abc'"):
        History.of({"loss": "abc"})


def test_the_name_of_a_column_from_a_file_cannot_steer_the_terminal():
    history = History.of({"\x1b[2Jloss": [1.0]})
    assert "\x1b" not in repr(history)
    assert "\\x1b[2Jloss" in repr(history)
    with pytest.raises(KeyError) as caught:
        history["loss"]
    assert "\x1b" not in caught.value.args[0]


def test_a_history_prints_a_summary_and_gives_a_dict_of_its_own(fitted):
    _, history = fitted(metrics="r2")
    lines = repr(history).splitlines()
    assert lines[0] == "History of 5 epochs"
    assert [line.split()[0] for line in lines[2:]] == ["loss", "r2", "lr"]
    plain = history.to_dict()
    plain["loss"].clear()
    assert len(history["loss"]) == 5
    with pytest.raises(KeyError, match="'acc' was not recorded: expected one of loss, r2, lr"):
        history["acc"]
    assert history.get("acc") is None


def test_a_history_of_nothing_prints_too(at_call, ctrl_c, fitted, line):
    def stop(training):
        raise AssertionError

    model = line()
    _, history = fitted(model, loss=at_call(losses.mse, 2, ctrl_c), callbacks=stop, compile=False)
    assert repr(history) == "History of 0 epochs, interrupted"
    assert history.to_dict() == {}


def test_a_history_plots_its_curves(fitted):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib.figure import Figure

    _, history = fitted(validation=0.3)
    ax = history.plot(ax=Figure().add_subplot())
    assert len(ax.get_lines()) == 2
