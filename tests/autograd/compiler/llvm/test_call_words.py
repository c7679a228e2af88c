"""The words of a native call: code that is given a call finds in it what was said."""

import ctypes

import pytest

from autograd.compiler.llvm import call_words
from autograd.compiler.llvm.call_words import ARRAYS, FLAG, INDEX, MINIBATCH, OUTPUT, ROWS

pytest.importorskip("llvmlite")


def test_each_array_is_found_by_its_number_with_the_length_of_its_rows(run_lines):
    arrays = [(ctypes.c_double * 2)(10.0 * k, 10.0 * k + 1.0) for k in range(3)]
    words = (ctypes.c_int64 * call_words.word_of_array(3))()
    for k, x in enumerate(arrays):
        place = call_words.word_of_array(k)
        words[place : place + 2] = [ctypes.addressof(x), 100 + k]

    def write(f):
        f.do("%call = getelementptr i64, ptr %u, i64 0")

        def one(k):
            base, stride = call_words.array(f, k)
            place = f.times(k, 2)
            f.write("double", f.scalar(base, 1), f.at("double", "%v", place))
            f.write("double", f.line(f"uitofp i64 {stride} to double"), f.at("double", "%v", f.plus(place, 1)))
            return []

        f.loop("%n", one)

    found, _ = run_lines(write, [0.0] * 6, words, 3)
    assert found == [1.0, 100.0, 11.0, 101.0, 21.0, 102.0]


def test_words_are_read_as_numbers_and_as_addresses_and_the_flag_is_written_where_it_is_read(run_lines):
    output = (ctypes.c_double * 1)(4.5)
    words = (ctypes.c_int64 * ARRAYS)()
    words[ROWS], words[OUTPUT] = 7, ctypes.addressof(output)

    def write(f):
        f.do("%call = getelementptr i64, ptr %u, i64 0")
        rows = f.line(f"uitofp i64 {call_words.word(f, ROWS)} to double")
        f.write("double", rows, "%v")
        f.write("double", f.scalar(call_words.address(f, OUTPUT), 0), f.at("double", "%v", 1))
        f.write("i64", 3, call_words.flag(f))

    found, after = run_lines(write, [0.0, 0.0], words)
    assert found == [7.0, 4.5]
    assert after == [7, 0, ctypes.addressof(output), 3]


def test_the_words_of_a_minibatch_come_first_and_leave_the_flag_and_the_arrays_alone():
    assert {ROWS, INDEX, OUTPUT} == set(range(MINIBATCH))
    assert FLAG not in range(MINIBATCH)
    assert call_words.word_of_array(0) > max(FLAG, MINIBATCH - 1)
