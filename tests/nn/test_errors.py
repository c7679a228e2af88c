"""The errors of nn: what catches them, what they carry, and words in them that cannot steer a terminal."""

import pickle

import pytest

from autograd.errors import AutogradError
from nn import History
from nn.errors import ModelFileError, TrainingError


@pytest.mark.parametrize(("error", "builtin"), [(ModelFileError, ValueError), (TrainingError, ArithmeticError)])
def test_an_error_is_caught_as_this_librarys_and_as_the_built_in_kind(error, builtin):
    for kind in (AutogradError, builtin):
        with pytest.raises(kind, match=r"^what is wrong$"):
            raise error("what is wrong")


def test_a_files_words_in_an_error_are_shown_as_text():
    error = ModelFileError("\x1b[2Jgone\nnew line", 3)
    assert error.args == ("\\x1b[2Jgone\\nnew line", 3)
    assert str(ModelFileError("layers.0: größer")) == "layers.0: größer"
    assert ModelFileError().args == ()


def test_an_error_of_a_training_carries_the_epochs_before_it_into_a_pickle():
    error = TrainingError("the loss is nan")
    assert error.history is None
    error.history = History()
    error.history.extend({"loss": [0.5, 0.25]})
    twin = pickle.loads(pickle.dumps(error))
    assert (str(twin), twin.history.to_dict()) == ("the loss is nan", {"loss": [0.5, 0.25]})
    assert TrainingError("another").history is None


def test_an_error_about_a_file_stays_the_same_in_a_pickle():
    error = ModelFileError("\x1b[2J, a \\ and a name")
    assert pickle.loads(pickle.dumps(error)).args == error.args
