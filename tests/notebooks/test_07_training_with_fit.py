"""Training with fit: published figures of moons and spiral come out, and the digits are learned."""

import pytest

NOTEBOOK = "07_training_with_fit"
MICROGRAD = {0: 0.8958441028683222, 1: 1.7235905336972022, 99: 0.010978370135492717}  # loss by step
SCHEDULES = ("constant", "cosine", "warm-up, then cosine")


def test_the_losses_of_micrograds_demo_come_out(notebook):
    # The last digits depend on how Python adds up: from 3.12 on its sums carry more of them.
    for step, loss in MICROGRAD.items():
        assert notebook.number(f"loss at step {step}") == pytest.approx(loss, rel=1e-12)
        assert notebook.find(rf"^loss at step {step}: .*, published (\S+)$")[0] == repr(loss)
    assert notebook.number("accuracy at step 99") == 1.0
    assert notebook.find(r"^total +(\d+)$")[0] == "337"


def test_native_code_goes_the_same_way(notebook):
    assert notebook.number("largest difference between losses") <= 1e-9  # as fit promises


def test_the_linear_model_of_cs231n_ends_at_the_published_loss(notebook):
    # The loss is convex and the points are the course's, so its six digits do not depend on the start.
    assert notebook.number("linear model, loss") == pytest.approx(0.786302, abs=1.01e-6)
    assert notebook.number("linear model, accuracy") == pytest.approx(0.49, abs=0.005)


def test_the_network_of_cs231n_follows_the_spiral(notebook):
    # The course started from other weights; five seeds gave losses from 0.243 to 0.260, accuracies from 0.973 to 0.993.
    assert notebook.number("network, loss") == pytest.approx(0.245292, abs=0.02)
    assert notebook.number("network, accuracy") == pytest.approx(0.98, abs=0.015)


def test_the_rows_of_the_digits_are_parted_in_three(notebook):
    parts = [notebook.number(f"rows {what}") for what in ("to learn from", "for validation", "for the test")]
    assert parts == [1097, 300, 400]


def test_training_stops_ten_epochs_after_the_best(notebook):
    epochs, best = notebook.find(r"^epochs: (\d+), best epoch: (\d+)$")
    assert int(epochs) == int(best) + 10 < 80
    lowest, place, last = notebook.find(r"^val_loss .* (\S+) \((\d+)\) +(\S+) \(1\)$")
    assert notebook.number("best validation loss") == pytest.approx(float(lowest), abs=1e-4)
    assert int(place) == int(best)
    assert float(lowest) < float(last) / 2


def test_without_stopping_the_validation_loss_rises_while_the_loss_falls(notebook):
    last, lowest = notebook.find(r"^val_loss +\S+ +(\S+) +(\S+) \(")
    assert float(last) > 1.1 * float(lowest)
    last, lowest = notebook.find(r"^loss +\S+ +(\S+) +(\S+) \(\d+\) +0\.\d+ \(1\)$")
    assert last == lowest


def test_a_rate_that_is_too_large_needs_a_schedule(notebook):
    accuracies = [notebook.number(f"{name}, validation accuracy") for name in SCHEDULES]
    # 0.27, 0.91 and 0.98; from two other seeds 0.22, 0.90, 0.98 and 0.62, 0.94, 0.98.
    assert accuracies[0] + 0.1 < accuracies[1] < accuracies[2]
    assert accuracies[2] >= 0.95
    lines = r".*\n +hidden units that are 0 for every picture: (\d+) of 32"
    dead = [int(notebook.find(rf"^{name}{lines}")[0]) for name in SCHEDULES]
    assert dead[0] > dead[2]
    assert dead[1] > dead[2]


def test_digits_that_were_never_seen_are_read_and_all_mistakes_are_shown(notebook):
    accuracy = notebook.number("test accuracy")
    assert accuracy >= 0.94  # 0.9575 to 0.975 with two seeds and other rates
    wrong, rows = map(int, notebook.find(r"^wrong: (\d+) of (\d+)$"))
    assert wrong == round((1.0 - accuracy) * rows)
    assert notebook.number("test F1, mean over the digits") == pytest.approx(accuracy, abs=0.01)


def test_there_are_eight_pictures_and_no_noise(notebook):
    assert len(notebook.pictures("image/png")) == 8
    assert [o for o in notebook.outputs if o.get("name") == "stderr"] == []
