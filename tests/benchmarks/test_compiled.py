"""The compiled works: engines are checked before they are timed, and those that cannot run are left out and named."""

import pytest

numpy = pytest.importorskip("numpy")
compiled = pytest.importorskip("compiled")
lineup = pytest.importorskip("works.lineup")


def engine(result):
    return compiled.Engine(lambda: result, numpy.asarray)


def work(**results):
    engines = {name: lambda result=result: engine(result) for name, result in results.items()}
    return lineup.Work("work", engines, lambda: numpy.array([1.0, 2.0]), {"slow": lineup.times(0.0)})


def test_a_wrong_peer_ends_the_run():
    with pytest.raises(SystemExit, match=r"work: the result of peer is not NumPy's; nothing was timed"):
        compiled.checked(work(chainrule=[1.0, 2.0], peer=[1.0, 2.1]))


@pytest.mark.parametrize("wrong", [[1.0], [1.0, numpy.nan]])
def test_a_nan_or_another_shape_is_wrong(wrong):
    with pytest.raises(SystemExit):
        compiled.checked(work(chainrule=wrong))


def test_engines_are_timed_as_multiples_of_ours():
    ours, slow = compiled.timings_of(work(chainrule=[1.0, 2.0], slow=[1.0, 2.0]), 1)
    assert (ours.engine, ours.ratio, ours.met) == ("chainrule", 1.0, None)
    assert (slow.engine, slow.target, slow.met) == ("slow", ">= 0x", True)
    assert slow.ratio == slow.seconds / ours.seconds


def test_engines_that_are_gone_are_left_out(monkeypatch, capsys):
    monkeypatch.setattr(compiled.peers, "HAVE", {"jax": True, "torch": False, "ddx": False})
    monkeypatch.setattr(compiled.c, "missing", lambda: "gcc is not on the PATH")
    gone = compiled.missing()
    names = ["chainrule", "C", "C, ctypes", "casadi, gcc", "casadi, interpreter", "ddx-ad, LLVM", "torch", "jax.jit"]
    kept = compiled.without(gone, work(**dict.fromkeys(names, 0.0)))
    assert list(kept.engines) == ["chainrule", "casadi, interpreter", "jax.jit"]
    printed = capsys.readouterr().out
    assert "torch is not installed" in printed
    assert "gcc is not on the PATH: the rows of C and of casadi's gcc are left out" in printed


def test_no_two_works_have_the_same_title():
    works = [work for make in lineup.WORKS if make is not lineup.irregular for work in make(True)]
    titles = [work.title for work in works]
    assert len(titles) == len(set(titles))
