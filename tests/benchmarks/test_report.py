"""The README's part on speed: what it says about the results, and where it goes."""

import pytest
import report
from report import BEGIN, END

TABLE = """\
| work | chainrule | micrograd | PyTorch | JAX | C | CasADi |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| micrograd's demo, a step, eager | 10 ms | 49 | 0.10 |  |  |  |
| the same, garbage collector off | 9.8 ms | 9.0 |  |  |  |  |
| 2-16-16-1 network, gradient, batch 100 | 5.2 µs |  |  | 7.0 |  | 9.0 |
| Rosenbrock 100, Hessian | 2.0 µs |  |  |  | 0.50 | 1.5 |"""


def test_the_table_has_a_line_for_each_work_and_a_column_for_each_peer(small):
    assert report.speed_table(small) == TABLE


def test_of_a_peers_engines_the_fastest_that_does_the_whole_work_counts(small):
    (hessian,) = [line for line in report.lines(small) if "Hessian" in line.label]
    assert hessian.ratios == {"C": 0.5, "CasADi": 1.5}


@pytest.mark.parametrize(
    ("engine", "peer"),
    [
        ("jax.jit", "JAX"), ("jax, scan", "JAX"), ("torch, batched", "PyTorch"), ("micrograd", "micrograd"),
        ("micrograd-rust", "micrograd-rust"), ("C", "C"), ("C, diagonals only", None), ("chainrule, eager", None),
    ],
)  # fmt: skip
def test_an_engine_belongs_to_its_peer(engine, peer):
    assert report.peer_of(engine) == peer


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.0, "2.0 s"), (0.0123, "12 ms"), (9.96e-3, "10 ms"), (1e-6, "1.0 µs"), (2.5e-8, "25 ns"), (3e-10, "0.30 ns")],
)
def test_a_duration_has_two_digits_and_a_unit(seconds, text):
    assert report.duration(seconds) == text


def test_the_text_names_what_was_missing_and_why(small):
    text = " ".join(report.section(small).split())
    assert "Left out: micrograd-rust, oxigrad: not installed. Left out: gcc: not on the PATH." in text


def test_the_text_describes_the_run_and_its_versions(small):
    text = " ".join(report.section(small).split())
    assert "A quick run of 4 May 2026 on A Processor (2 cores, Linux x86_64), CPython 3.11.9;" in text
    assert "torch 2.0" in text


def test_the_text_gives_verdicts_and_growth(small):
    text = " ".join(report.section(small).split())
    assert "Of 5 verdicts " in text
    assert "`check_grads` 5, PyTorch's `gradcheck` 3." in text
    assert "takes 1.0 µs in a graph of 100 and 2.0 µs in one of 1,000;" in text
    assert "keeps 124 bytes after `backward()`." in text


def test_the_text_says_which_chain_is_too_deep_for_micrograd(small):
    deep = {"curve": "memory, built", "x": 10_000, "engine": "micrograd", "gc": True, "value": 700.0, "unit": "bytes"}
    small["scaling"].append(deep)
    assert "RecursionError on a chain of 10,000" in report.growth(small)


def test_a_run_without_curves_says_nothing_about_them(small):
    small["scaling"] = []
    assert report.growth(small) == ""


def test_what_is_between_the_markers_is_replaced_and_nothing_else():
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\n## More\n"
    assert report.replaced(page, "new") == f"# Title\n\n{BEGIN}\n\nnew\n\n{END}\n\n## More\n"


def test_replacing_twice_gives_the_same_as_replacing_once():
    page = f"a\n{BEGIN}\n{END}\nb\n"
    once = report.replaced(page, "new")
    assert report.replaced(once, "new") == once


@pytest.mark.parametrize("page", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN} {END} {BEGIN} {END}"])
def test_a_page_without_its_two_markers_is_refused(page):
    with pytest.raises(ValueError, match="needs one"):
        report.replaced(page, "new")


def test_the_text_says_how_fast_the_native_core_was(small):
    assert "The native core is faster than the pure one by these factors: README expression 13." in report.section(
        small
    )
    small["cores"] = []
    assert "native core" not in report.section(small)
