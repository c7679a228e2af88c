"""Both cores and the floor do the works of the benchmark, and a process without the native core says so."""

import shutil
import sys

import cores
import pytest
from engines import cores as engines

import autograd
import nn

needs_native = pytest.mark.skipif(autograd.core() == "pure", reason="the native core is not built for this Python")


@needs_native
def test_each_work_is_timed_on_both_cores_and_the_pure_one_is_judged(monkeypatch):
    monkeypatch.setattr(cores, "interleaved", lambda ways, *_: {name: 10.0 if name == "pure" else 1.0 for name in ways})
    timings = cores.rows(quick=True)
    works = {t.work for t in timings}
    assert {"README expression", "3-2-3-2, nn, 1 iteration", "chain of 100,000, 1 step"} <= works
    for work in works:
        engines_of = [t.engine for t in timings if t.work == work and t.gc]
        assert engines_of[:2] == ["native", "pure"]
    assert {t.met for t in timings if t.engine == "pure"} == {True}
    assert {t.met for t in timings if t.engine != "pure"} == {None}
    assert {t.work for t in cores.rows(quick=True, only="README")} == {"README expression"}


def test_the_pure_copy_leaves_the_imported_packages_alone():
    pure = engines.pure_works()
    assert sys.modules["autograd"] is autograd
    assert sys.modules["nn"] is nn
    assert pure.Value is not autograd.Value
    assert pure.worked_network(pure.OURS, 3) == cores.works.worked_network(cores.works.OURS, 3)


def test_without_the_native_core_the_benchmark_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(autograd, "core", lambda: "pure")
    assert cores.rows(quick=True) == []
    assert "not built here, so there is nothing to compare: pip install" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler here")
def test_the_floor_returns_its_operand():
    floor = engines.floor()(2.0)
    assert floor + 1.0 is floor
    assert 3.0 / floor is floor
    assert (-floor) ** 2 is floor.relu() is floor.sigmoid() is floor
    assert floor.data == 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_printed(capsys):
    cores.memory(autograd.Value, 10_000)
    assert "bytes a node after backward(); gc.collect()" in capsys.readouterr().out
