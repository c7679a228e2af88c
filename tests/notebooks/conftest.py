"""A notebook as committed, and as it looks after a run from top to bottom; the checks of its exercises, tried out."""

import functools
import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

# For each exercise of a notebook a wrong answer, which its check must refuse.
WRONG_ANSWERS = {
    "00_build_it_yourself": (
        "gradients['a'] = 3.0",
        "multiply = lambda x, y: Value(x.data * y.data, (x, y), (x.data, y.data))",
        "tanh = lambda x: Value(math.tanh(x.data), (x,), (1.0 - x.data**2,))",
        "def sweep(root):\n    root.grad = 1.0\n    hand_down(root)",
        "slope_of_sigmoid = 0.25",
    ),
    "01_value_and_chain_rule": (
        "df_dx = 3.0",
        "nodes_visited = 30",
        "right_rule = lambda x, z: (2.0 * x**2,)",
    ),
    "02_neuron_layer_network": (
        "rate_to_the_bottom = 0.5",
        "gradients_with_relu = [1.0, 2.0, 3.0]",
        "parameters_with_biases = 35",
    ),
    "03_why_backpropagation": (
        "passes_of_central = 36",
        "def f(w):\n    return autograd.softplus(autograd.dot(w, [1.0, 2.0, -1.0]))",
        "passes_in_forward_mode = 1_000",
    ),
    "04_network_step_by_step": (
        "bias_derivatives = [-0.1179, 0.1905]",
        "new_delta3 = delta3.tolist()",
        "costs['spam'] = 'mean squared error'",
    ),
    "05_losses_and_xor": (
        "mean_absolute_error = 5.0",
        "slope_stays_from = 1.0",
        "output_unit = (1.0, 1.0, -0.5)",
        "starts_with_four = 22",
    ),
    "06_from_logistic_regression_to_networks": (
        "parameters_of_regression = 3072",
        "first_probability = 1.0",
        "derivative_of_the_weight = -1.0",
    ),
    "07_training_with_fit": (
        "steps_of_an_epoch = 34",
        "def halving(epoch, base_lr):\n    return base_lr * 0.5 ** epoch",
        "small_network = network",
        "times_as_many_mistakes = 20",
    ),
    "08_property_testing_gradients": (
        "def softplus_value(x):\n    return math.log(1.0 + math.exp(x))",
        "def swish_rule(x, z):\n    return (autograd.sigmoid(x),)",
        "power_of_the_best_step = -8",
    ),
    "09_derivatives_of_derivatives": (
        "def halley_step(f, x):\n    return x - f(x) / grad(f)(x)",
        "b_of_misra1b = np.array([238.9, 5.5e-4])",
        "entries_of_rosenbrock = 598",
    ),
    "10_compile": (
        "prediction = 50.0",
        "def leaky(x):\n    return autograd.relu(x)",
        "operations = 2",
    ),
}


class Notebook:
    """A notebook and the outputs of its cells."""

    def __init__(self, content):
        self.content = content
        self.outputs = [output for cell in self.content.cells for output in cell.get("outputs", ())]

    @property
    def printed(self):
        """Everything that the cells print or return as text, in order."""
        texts = (
            o["text"] if o.output_type == "stream" else o.get("data", {}).get("text/plain", "") for o in self.outputs
        )
        return "\n".join(text.rstrip("\n") for text in texts)

    def find(self, pattern):
        """Return the first match of a pattern in what is printed: its groups, or else all of it."""
        match = re.search(pattern, self.printed, re.MULTILINE)
        assert match, f"nothing that is printed matches {pattern!r}:\n{self.printed}"
        return match.groups() or match.group()

    def number(self, label):
        """Return the number after a label, as in `label: 0.5`, `label = 0.5` or `label 0.5`."""
        return float(
            self.find(re.escape(label) + r"[ :=]+([-+]?(?:[\d.][\d.,]*(?:e[-+]?\d+)?|inf|nan))")[0].replace(",", "")
        )

    def pictures(self, kind="image/"):
        """Return the outputs that hold a picture of a kind."""
        return [o for o in self.outputs if any(mime.startswith(kind) for mime in o.get("data", {}))]


@functools.cache
def committed(name):
    """Return a notebook with the outputs that were committed."""
    return Notebook(nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4))


def tags(cell):
    """Return the tags of a cell, of which it may have none."""
    return cell.metadata.get("tags", [])


def with_trials(cells, wrong_answers):
    """Return cells and, behind each solution, its check again: of the solution, then of a wrong answer."""
    wrong_answers, longer = iter(wrong_answers), []
    for cell in cells:
        longer.append(cell)
        if "check" in tags(cell):
            check = cell.source
        elif "solution" in tags(cell):
            wrong = next(wrong_answers, "raise LookupError('WRONG_ANSWERS has none for this exercise')")
            for trial, source in (("right", check), ("wrong", f"{wrong}\n{check}"), ("restored", cell.source)):
                metadata = {"trial": trial, "tags": ["raises-exception"]}
                longer.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    return longer


@functools.cache
def executed(name, folder):
    """Return a notebook after a run in an empty folder, and its trials; raise CellExecutionError if a cell fails."""
    content = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    content.cells = with_trials(content.cells, WRONG_ANSWERS[name])
    # Without coalescing, the text of one print may be split into two outputs.
    client = nbclient.NotebookClient(
        content,
        timeout=240,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    trials = [cell for cell in content.cells if "trial" in cell.metadata]
    content.cells = [cell for cell in content.cells if "trial" not in cell.metadata]
    return Notebook(content), trials


@pytest.fixture(params=["committed", pytest.param("executed", marks=pytest.mark.long)])
def notebook(request, tmp_path_factory):
    """The notebook that the test's module names: as committed, and after a new run."""
    name = request.module.NOTEBOOK
    if request.param == "committed":
        return committed(name)
    return executed(name, tmp_path_factory.getbasetemp())[0]


@pytest.fixture
def run_trials(tmp_path_factory):
    """A function that runs a notebook and returns the cells that tried out its exercises."""
    return lambda name: executed(name, tmp_path_factory.getbasetemp())[1]
