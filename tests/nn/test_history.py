"""History: columns of equal length, whatever happens."""

import pytest

from nn.history import History


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
