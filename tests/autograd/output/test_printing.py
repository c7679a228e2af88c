"""Text from outside is one harmless line wherever it is printed."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd.errors import AutogradError
from autograd.output.printing import lines, shown

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e"


@given(ANY_TEXT)
def test_shown_text_is_one_line_that_a_terminal_does_not_obey(text):
    line = shown(text)
    assert line.replace("\u200c", "").replace("\u200d", "").isprintable()
    line.encode()
    assert shown(line) == line


@given(ANY_TEXT)
def test_shown_text_is_as_short_as_asked(text):
    assert 0 < len(shown(text, most=20)) <= 20


@given(ANY_TEXT)
def test_a_message_keeps_its_lines_and_nothing_else_that_is_not_printed(text):
    message = lines(text)
    assert message.count("\n") == text.count("\n")
    assert all([c.isprintable() or c in "\n\u200c\u200d" for c in message])


def test_an_error_of_ours_quotes_names_as_text():
    error = AutogradError(f"first {HOSTILE}\n  second", 3)
    assert error.args == (r"first \x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e" + "\n  second", 3)
    assert pickle.loads(pickle.dumps(error)).args == error.args


def hostile():
    """A Value made by an operation of the user's, both with names that would steer a terminal."""
    x = autograd.Value(1.0, label=f"x{HOSTILE}")
    op = autograd.Op(f"op{HOSTILE}\n", lambda x: x * float("inf"), lambda x, z: (1.0,))
    return x, op


def is_harmless(text):
    return "\\x1b" in text and all([c.isprintable() or c == "\n" for c in text])


def test_a_name_steers_nothing_in_explanations_pictures_and_anomalies():
    x, op = hostile()
    y = autograd.apply(op, x)
    explanation = autograd.explain(y, x)
    assert is_harmless(str(explanation))
    assert "\x1b" not in explanation.latex
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError) as caught:
        autograd.apply(op, x)
    assert is_harmless(str(caught.value))
    assert str(caught.value).startswith(r"op\x1b]0;owned")


def test_a_name_steers_nothing_in_pictures():
    pytest.importorskip("graphviz")
    x, op = hostile()
    source = autograd.draw(autograd.apply(op, x)).source
    assert all([c.isprintable() or c in "\n\t" for c in source])


def test_a_name_steers_nothing_in_the_report_of_a_wrong_derivative():
    _, op = hostile()
    wrong = op._replace(forward=lambda x: x * x)
    with pytest.raises(autograd.GradientMismatchError) as caught:
        autograd.testing.check_grads(lambda x: autograd.apply(wrong, x), (3.0,))
    assert is_harmless(str(caught.value))
    assert r"at fault: op\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e\n(" in str(caught.value)


@given(ANY_TEXT)
def test_shown_text_is_one_short_line_that_xml_can_hold(text):
    line = shown(text, most=20)
    assert 0 < len(line) <= 20
    assert not any(character in "\n\r\x00\x1b\u202e\ufffe" or 0xD800 <= ord(character) < 0xE000 for character in line)
    line.encode()


def test_invisible_characters_become_escapes():
    assert shown("a\nb\tc\x00", most=40) == "a\\nb\\tc\\x00"
    assert shown("\u202eevil", most=40) == "\\u202eevil"
    assert shown("\ud800", most=40) == "\\ud800"
    assert shown("   ", most=40) == "'   '"


def test_emoji_that_are_joined_stay_whole():
    family = "👩\u200d👩\u200d👧"
    assert shown(family, most=40) == family


def test_long_text_is_cut_with_an_ellipsis():
    assert shown("x" * 10_000, most=32) == "x" * 31 + "…"
    assert shown("x" * 32, most=32) == "x" * 32
