"""What all notebooks have in common: how they open, teach, check and end, the order of their cells, their size."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOTEBOOKS = sorted((HERE.parents[1] / "notebooks").glob("*.ipynb"))

nbformat = pytest.importorskip("nbformat")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return nbformat.read(path, as_version=4).cells


def test_they_are_numbered_and_each_has_a_test_file():
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{k:02d}_" for k in range(len(NOTEBOOKS))]
    assert [f"test_{path.stem}.py" for path in NOTEBOOKS] == sorted(f.name for f in HERE.glob("test_[0-9]*.py"))


def test_it_was_run_from_top_to_bottom(cells):
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for cell in code for output in cell.outputs}
    assert "error" not in kinds
    assert [o.text for cell in code for o in cell.outputs if o.get("name") == "stderr" and "Warning" in o.text] == []


def test_it_opens_with_what_the_reader_will_be_able_to_do(cells):
    assert re.match(r"# \d+\. \S", cells[0].source)
    assert "you will be able to" in cells[0].source


def test_it_ends_with_a_summary_and_sources(cells):
    assert [cell.source.split("\n")[0] for cell in cells[-2:]] == ["## Summary", "## Sources"]


def test_it_links_to_the_notebooks_before_and_after_it(path, cells):
    place = NOTEBOOKS.index(path)
    beside = [other.name for other in (NOTEBOOKS[place - 1 : place] + NOTEBOOKS[place + 1 : place + 2])]
    for cell in (cells[0], cells[-1]):
        links = cell.source.split("\n")[-1]
        assert re.findall(r"\]\(([^)]*)\)", links) == beside
        assert [word for word in ("Previous:", "Next:") if word in links] == [
            word for word, there in (("Previous:", place > 0), ("Next:", place + 1 < len(NOTEBOOKS))) if there
        ]


def test_it_sets_a_formula(cells):
    assert any(re.search(r"\$\$.+?\$\$", c.source, re.DOTALL) for c in cells if c.cell_type == "markdown")


def test_each_of_its_exercises_has_a_check_and_a_folded_solution(cells):
    exercises = [k for k, cell in enumerate(cells) if re.match(r"#+ Exercise \d+\. \S", cell.source)]
    assert len(exercises) >= 3
    numbers = [int(re.search(r"\d+", cells[k].source)[0]) for k in exercises]
    assert numbers == list(range(1, len(exercises) + 1))
    for k in exercises:
        answer, check, solution = cells[k + 1 : k + 4]
        assert {answer.cell_type, check.cell_type, solution.cell_type} == {"code"}
        assert check.metadata["tags"] == ["check"]
        assert "solution" in solution.metadata["tags"]
        assert solution.metadata["jupyter"]["source_hidden"]
        assert "no answer yet" in "".join(output.text for output in check.outputs)


def test_all_notebooks_check_answers_in_the_same_way():
    contents = [nbformat.read(path, as_version=4) for path in NOTEBOOKS]
    functions = [c.source for nb in contents for c in nb.cells if "checks" in c.metadata.get("tags", ())]
    assert len(functions) == len(NOTEBOOKS)
    assert len(set(functions)) == 1


@pytest.mark.long
def test_its_checks_accept_the_solutions_and_refuse_wrong_answers(path, cells, run_trials):
    trials = run_trials(path.stem)
    solutions = [cell for cell in cells if "solution" in cell.metadata.get("tags", ())]
    assert [cell.metadata.trial for cell in trials] == ["right", "wrong", "restored"] * len(solutions)
    for cell in trials:
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if cell.metadata.trial == "wrong":
            (error,) = errors
            assert error.ename == "AssertionError", f"{cell.source}\n{error.evalue}"
            assert re.search("expected .*, your answer gives .*", error.evalue, re.DOTALL)
        else:
            assert errors == [], cell.source
        if cell.metadata.trial == "right":
            lines = "".join(output.text for output in cell.outputs).splitlines()
            assert lines
            assert [line for line in lines if not line.endswith(": right")] == []


def test_it_is_small_enough_for_a_forge_page(path):
    assert path.stat().st_size < 1_500_000


def test_it_holds_no_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"/(?:home|root|tmp|work|Users)/\S*", text) == []
