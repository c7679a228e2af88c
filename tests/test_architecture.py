"""Imports go one way: a file imports only from files above it in these lists, and autograd never imports nn."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ORDER = {
    "autograd": """
        printing files errors ownership modes scalars elementary gamma special ops guards graph copying reverse value
        atomic reductions functions elementwise products arrays arrayfunctions containers structures recording
        transforms anomaly
        testing.graphs testing.ladders testing.slopes testing.looks testing.rounding testing.standins testing.subject
        testing.comparison
        testing.kinks testing.faults testing.reports testing.checking testing.numerical testing
        testing.domains testing.expressions testing.growth testing.strategies
        drawing.text drawing.changes drawing.symbols drawing.colors drawing.numbering drawing.parts drawing.collapse
        drawing.neurons drawing.boxes drawing.shapes drawing.dot drawing.render drawing.trace drawing.equations
        drawing.explain drawing.frames drawing.player drawing.animation drawing.picture drawing.notebook drawing
        compiler.tracing compiler.program compiler.simplify compiler.schedule compiler.replay
        compiler.callbacks compiler.ir compiler.portable_math compiler.vectormath compiler.spelling
        compiler.straight compiler.sums compiler.kernels compiler.wide compiler.matrices compiler.cache
        compiler.native compiler.fusion compiler.plan compiler.online compiler.machine compiler.objects
        compiler.entry compiler.report compiler.recorded compiler.arguments compiler.results compiler.version
        compiler.eager compiler.methods compiler.compiled compiler.stepping compiler
    """,
    "nn": """
        errors init checks.settings data.tables data.sets data checks.rows checks.outputs checks.sizes checks
        prediction module activations layers losses metrics
        optim.rules optim.state optim.optimizer optim.clipping optim.lbfgs optim.optimizers
        optim.plateau optim schedules
        files.blocks files.architecture files.plain files.storage files.content files.fitting
        files.serialization files export
        plotting.axes plotting.diagram plotting.surface plotting.curves plotting
        callbacks training.history training.scoring training.rows training.minibatch training.recording training.steps
        training.epochs
        training.progress training.fitting training training.estimator sklearn testing demo
    """,
}
MODULES = {
    package: [f"{package}.{name}" for name in names.split()] + [package]  # the package itself, its __init__, is last
    for package, names in ORDER.items()
}
LONGEST = 500  # lines


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
    """Yield the modules, and for `from package import name` the names, that run time imports."""
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


@pytest.mark.parametrize("package", ORDER)
def test_every_file_has_its_place_in_the_list(package):
    assert set(MODULES[package]) ^ set(files(package)) == set(), "ORDER lists each file once, below what it imports"


@pytest.mark.parametrize("package", ORDER)
def test_a_file_imports_only_from_above(package):
    known = {name for names in MODULES.values() for name in names}
    wrong = []
    for module, path in files(package).items():
        above = MODULES[package][: MODULES[package].index(module)]
        allowed = above + (MODULES["autograd"] if package == "nn" else [])
        for name in imported(ast.parse(path.read_text(encoding="utf-8")), known):
            if name.split(".")[0] in ORDER and name not in allowed:
                wrong.append(f"{module} imports {name}")
    assert not wrong


def test_no_file_is_long():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for package in ORDER
        for path in files(package).values()
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
