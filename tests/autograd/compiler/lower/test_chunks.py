"""A program cut into chunks: all of its lines in order, and in memory what another chunk needs."""

import pytest

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import autograd  # noqa: E402
from autograd import value_and_grad  # noqa: E402
from autograd.compiler.compiled import Compiled  # noqa: E402
from autograd.compiler.lower import chunks  # noqa: E402
from autograd.compiler.program.schedule import operands_of  # noqa: E402


def deep(x):
    for _ in range(2_000):
        x = autograd.sqrt(x * x + 1.0) - x
    return x


@pytest.mark.parametrize("tier", ["", "straight", "interpreter"])
def test_a_deep_program_is_cut_into_pieces_that_fit_together(tier):
    f = Compiled(value_and_grad(deep), None, None, False, tier)
    assert repr(f(0.75)) == repr(value_and_grad(deep)(0.75))
    assert f.report().operations > 8_000


@pytest.fixture
def cut(monkeypatch):
    """Return what compiles a function in chunks of so many lines, and returns these, in order, and its program."""

    def cut(f, lines, *args):
        found, original = [], chunks.chunks
        compiled = Compiled(f, None, None, False, "straight")
        with monkeypatch.context() as patch:
            patch.setattr(chunks, "CHUNK", lines)
            patch.setattr(
                "autograd.compiler.lower.layout.chunks", lambda *given: found.extend(original(*given)) or list(found)
            )
            assert compiled(*args) == f(*args)
        return found, compiled.program

    return cut


def branching(x, y):
    """A function in which values are needed near and far from where they are made."""
    kept = [x, y]
    for k in range(12):
        kept.append(autograd.sqrt(kept[-1] * kept[k] + 1.5) - kept[k // 2])
    return kept[-1], kept[3], kept[5] * kept[13]


@pytest.mark.parametrize("lines", [1, 2, 5, 17, 1000])
def test_chunks_have_every_line_once_and_each_finds_in_memory_what_it_needs(cut, lines):
    found, program = cut(branching, lines, 0.5, 1.25)
    order = [value for chunk in found for value, _ in chunk.lines]
    assert len(order) == len(set(order))
    assert (len(found) == 1) == (lines == 1000)
    in_memory = set(range(program.first_operation))
    for chunk in found:
        known = set(in_memory)
        for value, line in chunk.lines:
            assert known.issuperset(operands_of(line))
            known.add(value)
        assert chunk.stored <= {value for value, _ in chunk.lines}
        in_memory |= chunk.stored
    assert in_memory.issuperset(program.outputs)


def test_only_what_another_chunk_or_a_result_needs_is_written_to_memory(cut):
    (whole,), program = cut(branching, 1000, 0.5, 1.25)
    assert whole.stored == set(program.outputs)
    found, program = cut(branching, 2, 0.5, 1.25)
    for k, chunk in enumerate(found):
        later = {x for other in found[k + 1 :] for _, line in other.lines for x in operands_of(line)}
        assert chunk.stored <= later | set(program.outputs)


def test_a_long_sum_counts_as_many_lines_as_it_has_products(cut):
    def f(*xs):
        first = autograd.dot(xs[:6], xs[6:])
        return autograd.sin(first) * first

    found, _ = cut(f, 6, *[1.0] * 12)
    assert [len(chunk.lines) for chunk in found] == [1, 2]


def test_a_very_long_program_is_cut_into_short_chunks(cut, monkeypatch):
    monkeypatch.setattr(chunks, "LONG", 10)
    monkeypatch.setattr(chunks, "SHORT_CHUNK", 3)
    found, _ = cut(branching, 1000, 0.5, 1.25)
    assert {len(chunk.lines) for chunk in found[:-1]} == {3}
