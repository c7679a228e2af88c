"""The comparison of gradient checkers as data and as a table."""

import pytest

pytest.importorskip("mpmath")
gradcheck = pytest.importorskip("gradcheck")
central_gradient = pytest.importorskip("works.differences").central_gradient


@pytest.fixture
def alone(monkeypatch):
    """chainrule's checker, and one that lets everything pass."""

    def lenient(row, fault):
        return gradcheck.Outcome("passed", 1)

    monkeypatch.setattr(gradcheck, "CHECKERS", {"chainrule": gradcheck.by_chainrule, "math": lenient})
    monkeypatch.setitem(gradcheck.GRADIENTS, "math", central_gradient(1e-4))


def test_a_verdict_says_how_many_rules_were_judged_right(alone):
    ours, theirs = gradcheck.rows(only="exp at -20")
    assert (ours.checker, ours.signs, ours.right, ours.cases) == ("chainrule", "+++++", 5, 5)
    assert (theirs.checker, theirs.signs, theirs.right) == ("math", "+----", 1)
    assert gradcheck.right_verdicts([ours, theirs]) == (5, {"chainrule": 5, "math": 1})


def test_a_place_without_a_derivative_has_no_error(alone):
    ours, _ = gradcheck.rows(only="abs at 0")
    assert ours.error is None
    assert (ours.right, ours.cases) == (1, 1)
    assert gradcheck.cells(ours) == ("+", "", str(ours.calls))


def test_an_error_that_is_not_finite_is_shown(alone):
    verdicts = gradcheck.rows(only="log at 1e-6")
    assert [v.error is None for v in verdicts] == [False, True]
    assert gradcheck.cells(verdicts[1])[1] == "nan"
    assert "right verdicts of 5 - chainrule 5, math 1" in gradcheck.show(verdicts)


def test_a_checker_that_is_right_where_chainrule_is_not_ends_the_run(alone, monkeypatch):
    def strict(row, fault):
        return gradcheck.Outcome("rejected", 1)

    monkeypatch.setitem(gradcheck.CHECKERS, "chainrule", strict)
    with pytest.raises(SystemExit, match="another checker is right where chainrule is not: Runge, rule 0"):
        gradcheck.rows(only="Runge")


@pytest.mark.parametrize("name", ["chainrule", "check_gradient"])
def test_slight_faults_are_judged_too(name, monkeypatch):
    pytest.importorskip("numpy")
    monkeypatch.setattr(gradcheck, "CHECKERS", {name: gradcheck.CHECKERS[name]})
    assert [v.signs for v in gradcheck.rows(only="slight")] == ["++++"] * 3


def test_a_checker_left_out_is_named(monkeypatch, capsys):
    monkeypatch.setattr(gradcheck, "CHECKERS", {"chainrule": gradcheck.by_chainrule, "no_such_checker": None})
    assert gradcheck.checkers() == ["chainrule"]
    assert "no_such_checker is not installed and left out" in capsys.readouterr().out
