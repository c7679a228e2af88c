"""What all notebooks have in common: the order of their cells, their opening, their exercises, their size."""

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
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{k:02d}_" for k in range(1, len(NOTEBOOKS) + 1)]
    assert [f"test_{path.stem}.py" for path in NOTEBOOKS] == sorted(f.name for f in HERE.glob("test_[0-9]*.py"))


def test_it_was_run_from_top_to_bottom(cells):
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for cell in code for output in cell.outputs}
    assert "error" not in kinds
    assert [o.text for cell in code for o in cell.outputs if o.get("name") == "stderr" and "Warning" in o.text] == []


def test_it_opens_with_what_the_reader_will_be_able_to_do_and_ends_with_two_exercises(cells):
    assert re.match(r"# \d+\. \S", cells[0].source)
    assert "you will be able to" in cells[0].source
    assert cells[-1].cell_type == "markdown"
    assert cells[-1].source.startswith("## Exercises\n")
    assert re.findall(r"^\d\.", cells[-1].source, re.MULTILINE) == ["1.", "2."]


def test_it_is_small_enough_for_a_forge_page(path):
    assert path.stat().st_size < 1_500_000


def test_it_holds_no_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"/(?:home|root|tmp|work|Users)/\S*", text) == []
