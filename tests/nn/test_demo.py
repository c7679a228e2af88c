"""The command `chainrule demo`: what it learns, prints, draws and refuses."""

import io
import re
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest

from autograd import topological
from autograd.drawing.dot import render
from nn import History, demo, optim

pytest.importorskip("sklearn")
pytest.importorskip("tqdm")
matplotlib = pytest.importorskip("matplotlib")
draws_graphs = find_spec("graphviz") is not None and next(render.programs("svg"), None) is not None


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder; return its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            code = demo.main(arguments)
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


def interrupt_at(monkeypatch, call):
    """Press Ctrl-C inside the given call of SGD's step."""
    step, calls = optim.SGD.step, []

    def stopping(self, *closure):
        calls.append(self)
        if len(calls) == call:
            signal.raise_signal(signal.SIGINT)
        return step(self, *closure)

    monkeypatch.setattr(optim.SGD, "step", stopping)


# Moons.


@pytest.fixture(scope="module")
def moons():
    return demo.moons(seed=1337, epochs=100)


def test_moons_reproduces_the_loss_trace_of_micrograd(moons):
    losses = moons.history["loss"]
    assert len(losses) == 100
    assert [losses[0], losses[1], losses[99]] == pytest.approx(
        [0.8958441028683222, 1.7235905336972022, 0.010978370135492717], rel=1e-12
    )


def test_moons_ends_with_every_point_on_its_side(moons):
    assert moons.history["accuracy"][0] == 0.5
    assert moons.history["accuracy"][99] == 1.0
    assert len(moons.model.parameters()) == 337


def test_moons_prints_its_losses_beside_those_of_micrograd_and_checks_a_gradient(run, monkeypatch):
    monkeypatch.setattr(demo, "MOONS_EPOCHS", 2)
    code, out, err = run("demo", "moons", "--epochs", "2")
    assert code == 0
    assert err == ""
    assert re.search(r"^step  0: loss 0\.89584410286832\d*, micrograd 0\.8958441028683222$", out, re.MULTILINE)
    assert re.search(r"^step  1: loss 1\.72359053369720\d*, micrograd 1\.7235905336972022$", out, re.MULTILINE)
    assert re.search(r"^accuracy 0\.\d\d0$", out, re.MULTILINE)
    assert_gradient_agrees(out)


def test_moons_with_another_seed_does_not_speak_of_micrograd(run):
    code, out, _ = run("demo", "moons", "--epochs", "1", "--seed", "7")
    assert code == 0
    assert "seed 7" in out
    assert "micrograd" not in out


# Iris.


def assert_gradient_agrees(out):
    check = r"gradient check: d loss / d (layers\.\S+)\n  backward +(\S+)\n  central difference +(\S+)\n"
    _, analytic, numeric = re.search(check, out).groups()
    assert float(analytic) != 0.0
    assert float(analytic) == pytest.approx(float(numeric), rel=1e-6, abs=1e-9)


def test_iris_is_learned_and_its_parts_are_printed(run, tmp_path):
    code, out, err = run("demo")
    assert code == 0
    assert err == ""  # no progress bar where nobody watches
    assert "iris: 100 flowers to learn from, 50 held out, seed 1337" in out
    assert "Layer(4 -> 8, relu)" in out
    assert float(re.search(r"test accuracy (\S+) ", out)[1]) >= 0.95
    assert_gradient_agrees(out)
    written = re.findall(r"chainrule-demo/(\S+\.(?:png|svg|html))", out)
    assert written == [
        "loss.png",
        "network.svg",
        *(["graph.svg", "graph.png", "backward.html"] if draws_graphs else []),
    ]
    assert all((tmp_path / "chainrule-demo" / name).stat().st_size > 5_000 for name in written)


def test_the_same_seed_gives_the_same_numbers(run):
    first, second, other = [run("demo", "iris", "--epochs", "2", "--seed", seed) for seed in ("5", "5", "6")]
    assert first == second
    assert first != other


def test_flowers_are_standardised_by_the_training_part_and_split_by_species():
    rows, test_rows = demo.flowers(seed=3)
    assert (len(rows), len(test_rows)) == (100, 50)
    for k in range(4):
        column = [x[k] for x, _ in rows]
        assert sum(column) / 100 == pytest.approx(0.0, abs=1e-12)
        assert sum(v * v for v in column) / 100 == pytest.approx(1.0)
    for part in (rows, test_rows):
        counts = [sum(species == k for _, species in part) for k in range(3)]
        assert max(counts) - min(counts) <= 1


def test_a_terminal_shows_a_bar_with_loss_and_accuracy(run, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run("demo", "--epochs", "3")[0] == 0
    assert re.search(r"100%.* 3/3 .*loss 0\.\d{4}, accuracy 0\.\d{3}", terminal.getvalue())


# The picture.


def test_the_picture_goes_where_it_is_asked_for(run, tmp_path):
    code, out, _ = run("demo", "--epochs", "1", "--out", "new/folder")
    assert code == 0
    assert "loss curve: new/folder/loss.png" in out
    pixels = matplotlib.image.imread(tmp_path / "new" / "folder" / "loss.png")
    assert pixels.shape[0] >= 600
    assert pixels.shape[1] >= 800


@pytest.mark.parametrize("epochs", [0, 1, 5, 50])
def test_a_curve_is_drawn_of_any_number_of_epochs(tmp_path, epochs):
    history = History.of({"loss": [1.0 / (k + 1) for k in range(epochs)], "accuracy": [0.9] * epochs})
    demo.draw_curves(history, "title", tmp_path / "loss.png")
    assert matplotlib.image.imread(tmp_path / "loss.png").std() > 0.01


def test_a_picture_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "out" / "loss.png").mkdir(parents=True)
    code, _, err = run("demo", "--epochs", "1", "--out", "out")
    assert code == 1
    assert re.fullmatch(r"chainrule demo: cannot write out/loss\.png: .*\n", err)


def test_without_the_extra_for_graphs_the_other_pictures_are_written(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    code, out, err = run("demo", "--epochs", "1", "--out", "out")
    assert (code, err) == (0, "")
    assert "no graph.svg, graph.png, backward.html: " in out
    assert "pip install 'chainrule[draw]'" in out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["loss.png", "network.svg"]


def test_without_a_program_for_graphs_the_other_pictures_are_written(run, monkeypatch, tmp_path):
    pytest.importorskip("graphviz")
    monkeypatch.setattr(render, "programs", lambda form: iter(()))
    code, out, err = run("demo", "--epochs", "1", "--out", "out")
    assert (code, err) == (0, "")
    assert "no graph.svg, graph.png, backward.html: cannot draw SVG: no Graphviz found" in out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["loss.png", "network.svg"]


def test_the_graph_is_that_of_the_last_layer_on_one_row(moons):
    loss = demo.loss_of_last_layer(moons, *moons.rows[0])
    assert loss.label == "loss"
    labels = {node.label for node in topological(loss) if node.label}
    assert {label.split(".neurons")[0] for label in labels} == {"loss", "layers.2"}
    expected = moons.row_loss(moons.untrained(moons.rows[0][0]), moons.rows[0][1])
    assert loss.data == pytest.approx(expected.data, rel=1e-12)
    assert any(node.grad for node in topological(loss)[:-1])


# Ctrl-C.


@pytest.mark.parametrize("data", ["iris", "moons"])
def test_ctrl_c_ends_the_training_and_keeps_what_was_learned(run, monkeypatch, tmp_path, data):
    interrupt_at(monkeypatch, call=35)
    code, out, err = run("demo", data)
    assert code == 130
    assert err == ""
    assert f"stopped after {3 if data == 'iris' else 34} of" in out
    assert "accuracy" in out
    assert_gradient_agrees(out)
    assert (tmp_path / "chainrule-demo" / "loss.png").exists()


def test_ctrl_c_in_the_first_epoch_is_clean_too(run, monkeypatch):
    interrupt_at(monkeypatch, call=1)
    code, out, err = run("demo")
    assert (code, err) == (130, "")
    assert "stopped after 0 of 40 epochs" in out
    assert "test accuracy" in out


def test_ctrl_c_outside_the_training_just_stops(run, monkeypatch):
    monkeypatch.setattr(demo, "flowers", lambda seed: signal.raise_signal(signal.SIGINT))
    assert run("demo") == (130, "", "stopped\n")


# What is refused.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: command"),
        (["demo", "mnist"], "invalid choice: 'mnist'"),
        (["demo", "--epochs", "0"], "argument --epochs: expected a whole number of at least 1, got '0'"),
        (["demo", "--epochs", "-1"], "argument --epochs: expected a whole number of at least 1, got '-1'"),
        (["demo", "--epochs", "abc"], "argument --epochs: expected a whole number of at least 1, got 'abc'"),
        (["demo", "--seed", "-1"], "argument --seed: expected a whole number from 0 to 4294967295, got '-1'"),
        (["demo", "--seed", "4294967296"], "argument --seed: expected a whole number from 0 to 4294967295"),
        (["demo", "--out", "file"], "argument --out: 'file' cannot be a folder"),
        (["demo", "--out", "file/below"], "argument --out: 'file/below' cannot be a folder"),
        (["demo", "--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_bad_arguments_are_one_clear_line(run, tmp_path, arguments, message):
    (tmp_path / "file").touch()
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("package", ["sklearn", "tqdm", "matplotlib", "numpy"])
def test_a_missing_package_is_one_line_that_names_the_extra(run, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    code, out, err = run("demo")
    assert (code, out) == (1, "")
    assert package in err
    assert "pip install 'chainrule[notebook]'" in err
    assert err.count("\n") == 1


def test_help_says_what_there_is(run):
    code, out, _ = run("demo", "--help")
    assert code == 0
    for word in ("iris", "moons", "--seed", "--epochs", "--out", "Ctrl-C", "130"):
        assert word in out


def test_importing_nn_loads_nothing_but_the_standard_library():
    program = "import sys; before = set(sys.modules); import nn, nn.demo; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    packages = {name.partition(".")[0] for name in loaded.split()}
    assert packages - sys.stdlib_module_names == {"autograd", "nn"}
