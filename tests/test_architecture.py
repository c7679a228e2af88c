"""The architecture: imports go one way, files and folders stay small, and the tests mirror the sources.

A file imports only from files above it in these lists, and autograd never imports nn.
"""

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ORDER = {
    "autograd": """
        output.printing output.files output.ownership output errors modes scalars
        floats.gamma floats.elementary floats.branches floats
        ops native.loading native graph copying protocols reverse native.adoption value
        atomic reductions functions anomaly
        transforms.elementwise transforms.products transforms.arrays transforms.arrayfunctions
        transforms.containers transforms.structures transforms.guards transforms.recording
        transforms.derivatives transforms.patterns transforms.sparse transforms.statistics transforms
        testing.check.graphs testing.check.ladders testing.check.grain testing.check.slopes testing.check.rounding
        testing.check.standins testing.check.subject testing.check.comparison testing.check.kinks testing.check.faults
        testing.check.reports testing.check.checking testing.check.numerical testing.check
        testing.foreign.arrays testing.foreign.lines testing.foreign.judge testing.foreign testing.gradients testing
        testing.draw.domains testing.draw.expressions testing.draw.growth testing.draw testing.strategies
        drawing.sketch.changes drawing.sketch.numbering drawing.sketch.parts
        drawing.sketch.functions drawing.sketch.rows drawing.sketch.collapse drawing.sketch.neurons drawing.sketch
        drawing.dot.text drawing.dot.colors drawing.dot.look drawing.dot.pieces drawing.dot.boxes drawing.dot.badges
        drawing.dot.shapes drawing.dot.lines drawing.dot.source drawing.dot.theme drawing.dot.glyphs
        drawing.dot.render drawing.dot
        drawing.words.trace drawing.words.equations drawing.words.explain drawing.words
        drawing.film.frames drawing.film.player drawing.film.animation drawing.film
        drawing.picture drawing.notebook drawing
        compiler.trace.tracing compiler.trace.arguments compiler.trace.truths compiler.trace.eager
        compiler.trace.methods compiler.trace
        compiler.program.program compiler.program.simplify compiler.program.recording compiler.program.schedule
        compiler.program
        compiler.lower.spelling compiler.lower.chunks compiler.lower.fusion compiler.lower.blas
        compiler.lower.wide_layers compiler.lower.plan compiler.lower.layout compiler.lower.formulas compiler.lower
        compiler.llvm.function compiler.llvm.call_words compiler.llvm.callbacks compiler.llvm.body
        compiler.llvm.straight compiler.llvm.sums compiler.llvm.matrix_products compiler.llvm.kernels
        compiler.llvm.driver compiler.llvm.portable_math compiler.llvm.vectormath compiler.llvm.cache
        compiler.llvm.engine compiler.llvm
         compiler.run.replay compiler.run.machine compiler.run.threads compiler.run.report compiler.run.result_slots
         compiler.run.compiled_call compiler.run.specialization compiler.run.single_row compiler.run.stepping
         compiler.run
         compiler.jax.lowering compiler.jax.functions compiler.jax.call compiler.jax.stepping compiler.jax
         compiler.backends compiler.compiled compiler native.printing.translation native.printing.loops native.printing
         native.print_rules
    """,
    "nn": """
        errors init checks.settings checks.words data.tables data.sets data
        checks.rows checks.outputs checks.sizes checks parts.walk parts.stand_in parts
        prediction module activations layers losses metrics
        optim.rules optim.state optim.optimizer optim.clipping optim.lbfgs optim.optimizers
        optim.plateau optim schedules
        files.blocks files.architecture files.plain files.storage files.content files.fitting
        files.serialization files.onnx_operators files.for_jax files export
        plotting.axes plotting.diagram plotting.surface plotting.curves plotting
        callbacks training.history training.scoring training.rows training.minibatch training.chance
        training.recording training.steps training.epochs training.progress training.fitting training
        training.estimator sklearn testing demo
    """,
}
MODULES = {
    package: [f"{package}.{name}" for name in names.split()] + [package]  # the package itself, its __init__, is last
    for package, names in ORDER.items()
}
# Imports from below, on first use: the file that is imported builds on the one that imports it.
UPWARD = {
    ("autograd.protocols", "autograd.transforms.arrays"),  # NumPy asks a Value
    ("autograd.protocols", "autograd.transforms.arrayfunctions"),
    ("autograd.protocols", "autograd.transforms.statistics"),  # statistics.mean does
    ("autograd.protocols", "autograd.drawing.notebook"),  # a notebook does
    ("autograd.transforms.arrays", "autograd.transforms.arrayfunctions"),  # NumPy asks an array of Values
}
LONGEST = 300  # lines
LONGER = {"autograd/functions.py": 500}  # every function is written out
MOST_FILES = 14  # in a folder
MORE_FILES = {"autograd": 15, "nn": 16}
# A file whose behaviour shows only through another file, and the tests of that one.
TESTED_WITH = {
    "autograd/drawing/words/equations": "autograd/drawing/words/test_explain",
    "autograd/floats/gamma": "autograd/floats/test_elementary",
    "autograd/testing/check/comparison": "autograd/testing/check/test_checking",
    "autograd/testing/check/graphs": "autograd/testing/check/test_checking",
    "autograd/testing/check/ladders": "autograd/testing/check/test_slopes",
    "autograd/testing/check/reports": "autograd/testing/check/test_checking",
    "autograd/testing/check/subject": "autograd/testing/check/test_checking",
    **{f"autograd/testing/foreign/{name}": "autograd/testing/test_gradients" for name in ("arrays", "judge", "lines")},
    "autograd/testing/draw/expressions": "autograd/testing/test_strategies",
    "autograd/testing/draw/growth": "autograd/testing/test_strategies",
    "autograd/transforms/arrayfunctions": "autograd/transforms/test_arrays",
    "autograd/transforms/elementwise": "autograd/transforms/test_arrays",
    "autograd/transforms/products": "autograd/transforms/test_arrays",
    **{f"benchmarks/engines/{name}": "benchmarks/test_compiled" for name in ("ours", "peers", "symbolic")},
    **{f"benchmarks/engines/{name}": "benchmarks/test_compiled" for name in ("c", "c_lanes", "c_sources")},
    "nn/checks/words": "nn/test_module",
    "nn/files/onnx_operators": "nn/test_export",
    "nn/parts/stand_in": "nn/test_module",
    "nn/parts/walk": "nn/test_module",
    "benchmarks/engines/accuracy": "benchmarks/test_accuracy",
    "benchmarks/engines/cores": "benchmarks/test_cores",
    "benchmarks/engines/eager": "benchmarks/test_eager",
    **{
        f"benchmarks/works/{name}": f"benchmarks/test_{name}" for name in ("accuracy", "compiled", "eager", "gradcheck")
    },
    "benchmarks/works/differences": "benchmarks/test_gradcheck",
    "benchmarks/works/lineup": "benchmarks/test_compiled",
}


def files(package):
    """Map the dotted name of each module in a package to its file."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imported(tree, known):
    """Yield the modules that are imported at run time, and for `from package import name` the name if it is one."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        nodes.extend(node.orelse if is_type_checking(node) else ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in known else node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (x.value for x in node.args if isinstance(x, ast.Constant))


@pytest.mark.parametrize("package", ORDER)
def test_every_file_has_its_place_in_the_list(package):
    assert set(MODULES[package]) ^ set(files(package)) == set(), "ORDER lists each file once, below what it imports"


@pytest.mark.parametrize("package", ORDER)
def test_a_file_imports_only_from_above(package):
    known = {name for names in MODULES.values() for name in names}
    wrong, upward = [], set()
    for module, path in files(package).items():
        above = MODULES[package][: MODULES[package].index(module)]
        allowed = above + (MODULES["autograd"] if package == "nn" else [])
        for name in imported(ast.parse(path.read_text(encoding="utf-8")), known):
            if (module, name) in UPWARD:
                upward.add((module, name))
            elif name.split(".")[0] in ORDER and name not in allowed:
                wrong.append(f"{module} imports {name}")
    assert not wrong
    assert upward == {(module, name) for module, name in UPWARD if module.split(".")[0] == package}


def test_no_file_is_long():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked()
        if path.suffix == ".py"
    }
    too_long = {name: length for name, length in lengths.items() if length > LONGER.get(name, LONGEST)}
    assert {name: length for name, length in too_long.items() if not name.startswith("tests/")} == {}
    assert lengths.keys() >= LONGER.keys()


def test_no_folder_holds_many_files():
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in tracked())
    too_many = {folder: n for folder, n in counts.items() if n > MORE_FILES.get(folder, MOST_FILES)}
    assert {folder: n for folder, n in too_many.items() if not folder.startswith("tests")} == {}


def test_no_two_classes_have_the_same_name():
    found = Counter(
        node.name
        for package in ORDER
        for path in files(package).values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in found.items() if count > 1] == []


@pytest.mark.parametrize("package", [*ORDER, "benchmarks"])
def test_tests_mirror_the_sources(package):
    """A file has its tests in the file of that name, in the folder of that name; a package's own is its `__init__`."""
    sources, tests = set(), set()
    for path in tracked():
        name = path.relative_to(ROOT).with_suffix("").as_posix()
        if path.suffix != ".py":
            continue
        if name.startswith(f"{package}/") and path.stem != "__init__":
            sources.add(name)
        elif name.startswith(f"tests/{package}/") and path.stem.startswith("test_"):
            tests.add(name.removeprefix("tests/"))
    mirrored = {source: TESTED_WITH.get(source, "/test_".join(source.rsplit("/", 1))) for source in sources}
    assert {source: test for source, test in mirrored.items() if test not in tests} == {}
    assert tests - set(mirrored.values()) == set()
    assert not [x for x in TESTED_WITH if x.startswith(f"{package}/") and x not in sources]


def tracked():
    """Yield the files that git tracks or would add; skip the test outside a checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a checkout")
    for name in filter(None, done.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            yield ROOT / name
