"""A run of the benchmarks: what it writes, and when nothing; and that the README shows the committed results."""

import json
import math
import os
from datetime import datetime
from pathlib import Path

import machine
import pytest
import report
import run

BENCHMARKS = Path(run.__file__).parent
BROKEN = """
def rows(quick, only):
    raise {error}
"""
TIMING = {"work": str, "engine": str, "gc": bool, "seconds": float, "ratio": float | None,
          "target": str, "met": bool | None, "first": float | None}  # fmt: skip
ROWS = {
    "eager": TIMING,
    "cores": TIMING,
    "compiled": TIMING,
    "scaling": {"curve": str, "x": int, "engine": str, "gc": bool, "value": float, "unit": str, "ratio": float},
    "accuracy": {"function": str, "order": int, "engine": str, "points": int, "worst": float, "over": int, "lost": int},
    "gradcheck": {"function": str, "checker": str, "signs": str, "right": int, "cases": int,
                  "error": float | None, "calls": int},
}  # fmt: skip


def assert_shape(results, benchmarks):
    """Check the keys and the types of what a run found."""
    assert list(results) == ["date", "quick", "machine", "versions", "missing", "took", *benchmarks]
    assert datetime.fromisoformat(results["date"]).tzinfo is not None
    assert isinstance(results["quick"], bool)
    assert set(results["machine"]) == {"cpu", "cores", "system", "architecture"}
    assert set(results["versions"]) | set(results["missing"]) == {"python", "chainrule", "gcc", *machine.PACKAGES}
    assert list(results["took"]) == list(benchmarks)
    for name in benchmarks:
        assert results[name]
        for row in results[name]:
            assert list(row) == list(ROWS[name])
            assert [key for key, kind in ROWS[name].items() if not isinstance(row[key], kind)] == []
            assert all([math.isfinite(cell) for cell in row.values() if isinstance(cell, float)])


@pytest.fixture
def place(monkeypatch, tmp_path):
    """A folder with results, a README and pictures of an earlier run, instead of the real ones."""
    (tmp_path / "results.json").write_text("earlier\n")
    (tmp_path / "README.md").write_text(f"# Title\n\n{report.BEGIN}\nearlier\n{report.END}\n\nMore.\n")
    monkeypatch.setattr(run, "HERE", tmp_path)
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(run, "README", tmp_path / "README.md")
    return tmp_path


@pytest.fixture
def quick_result(monkeypatch, small):
    """What a run finds, found at once."""
    monkeypatch.setattr(run, "run", lambda quick, only: small | {"quick": quick})
    return small


def files(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_a_run_of_one_benchmark_has_the_shape_of_results(capfd):
    results = run.run(True, "README expression", ["eager"])
    assert_shape(results, ["eager"])
    assert results["quick"]
    assert {row["work"] for row in results["eager"]} == {"README expression"}
    printed = capfd.readouterr().out
    assert "=== eager" in printed
    assert "README expression" in printed
    for name, reason in results["missing"].items():
        assert f"left out: {name}, {reason}" in printed


def test_a_run_writes_results_readme_and_pictures(place, quick_result):
    pytest.importorskip("matplotlib")
    run.main(["--quick"])
    found = files(place)
    assert set(found) == {"results.json", "README.md", "speed.svg", "scaling.svg"}
    assert json.loads(found["results.json"]) == quick_result
    assert found["README.md"] == (
        f"# Title\n\n{report.BEGIN}\n\n{report.section(quick_result)}\n\n{report.END}\n\nMore.\n"
    )
    assert "left out" not in found["results.json"]


def test_without_matplotlib_the_pictures_stay_and_a_message_says_so(place, quick_result, monkeypatch, capsys):
    monkeypatch.setattr(run, "find_spec", lambda name: None)
    run.main([])
    assert set(files(place)) == {"results.json", "README.md"}
    assert "matplotlib is not installed: the plots are as they were" in capsys.readouterr().out


def test_a_part_of_a_run_writes_nothing(place, quick_result, capsys):
    before = files(place)
    run.main(["--only", "moons"])
    assert files(place) == before
    assert "nothing was written" in capsys.readouterr().out


def test_without_its_peers_a_run_leaves_readme_and_plots_alone(place, monkeypatch, small, capsys):
    missing = small["missing"] | {"torch": "not installed", "jax": "not installed"}
    monkeypatch.setattr(run, "run", lambda quick, only: small | {"missing": missing})
    before = files(place)
    run.main(["--quick"])
    assert json.loads((place / "results.json").read_text())["missing"] == missing
    assert files(place) | {"results.json": before["results.json"]} == before
    assert "not installed: torch, jax" in capsys.readouterr().out


def test_a_word_in_no_title_is_an_error(place, quick_result, monkeypatch, capsys):
    monkeypatch.setattr(run, "run", lambda quick, only: {name: [] for name in run.BENCHMARKS})
    with pytest.raises(SystemExit):
        run.main(["--only", "mons", "--out", str(place / "mine.json")])
    assert "no work has 'mons' in its title" in capsys.readouterr().err
    assert not (place / "mine.json").exists()


def test_out_writes_one_file_and_leaves_the_others(place, quick_result):
    before = files(place)
    run.main(["--only", "moons", "--out", str(place / "mine.json")])
    found = files(place)
    assert json.loads(found.pop("mine.json")) == quick_result | {"quick": False}
    assert found == before


def test_readme_alone_measures_nothing(place, small, monkeypatch):
    pytest.importorskip("matplotlib")
    run.write(run.RESULTS, run.dumped(small))
    monkeypatch.setattr(run, "run", None)
    run.main(["--readme"])
    assert report.section(small) in run.README.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("SystemExit('work: the result of peer is not ours')", "the result of peer is not ours"),
        ("KeyboardInterrupt", "interrupted: nothing was written"),
    ],
)
def test_a_wrong_peer_or_an_interruption_leaves_all_as_it_was(error, message, place, monkeypatch, tmp_path_factory):
    modules = tmp_path_factory.mktemp("modules")  # where Python may write bytecode
    (modules / "broken.py").write_text(BROKEN.format(error=error))
    monkeypatch.syspath_prepend(modules)
    whole = run.run
    monkeypatch.setattr(run, "run", lambda quick, only: whole(quick, only, ["broken"]))
    before = files(place)
    with pytest.raises(SystemExit, match=message):
        run.main([])
    assert files(place) == before


def test_results_are_json_with_a_line_for_each_row(small):
    text = run.dumped(small)
    assert json.loads(text) == small
    assert json.dumps(small["eager"][0]) in [line.strip().rstrip(",") for line in text.splitlines()]
    assert text.endswith("}\n")


def test_a_nan_is_not_a_result(small):
    small["eager"][0]["seconds"] = math.nan
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.dumped(small)


def test_a_benchmark_without_rows_is_an_empty_list(small):
    assert json.loads(run.dumped(small | {"eager": []}))["eager"] == []


def test_a_file_that_cannot_be_written_stays_as_it_was(place, monkeypatch):
    before = files(place)

    def fail(*paths):
        raise OSError("full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="full"):
        run.write(run.RESULTS, "new")
    assert files(place) == before


def test_numbers_have_four_digits():
    assert [run.rounded(x) for x in (0.123456, 12345.6, 7, "a", None, True)] == [0.1235, 12350.0, 7, "a", None, True]


# What is committed.


@pytest.fixture(scope="module")
def committed():
    """The results that are committed."""
    return json.loads((BENCHMARKS / "results.json").read_text(encoding="utf-8"))


def test_the_committed_results_have_their_shape(committed):
    assert_shape(committed, run.BENCHMARKS)


def test_every_work_of_the_readmes_table_was_measured(committed):
    assert [line.label for line in report.lines(committed)] == list(report.SHOWN)


def test_the_readme_shows_the_committed_results(committed):
    page = run.README.read_text(encoding="utf-8")
    assert report.replaced(page, report.section(committed)) == page, "run `python benchmarks/run.py --readme`"


@pytest.mark.parametrize("name", ["speed", "scaling"])
def test_the_pictures_are_of_the_committed_results(name, committed):
    page = (BENCHMARKS / f"{name}.svg").read_text(encoding="utf-8")
    assert f"results of {committed['date']}" in page, "run `python benchmarks/run.py --readme`"
