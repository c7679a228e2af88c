"""The words of a native call: which rows of which arrays it runs on, and where its results go."""

from __future__ import annotations

from autograd.compiler.llvm.function import NativeFunction

# Behind these come two words for each array: where it is, and how many numbers a row of it has. The flag is odd after
# numbers that may not be, and counts by twos the ops that Python was asked for and did not do.
ROWS, INDEX, OUTPUT, FLAG, ARRAYS = range(5)
MINIBATCH = 3  # the first words, which each minibatch has for itself
BYTES = 8  # of a word


def word_of_array(array: int) -> int:
    """Return the first of the two words of an array; for as many as there are, how many words there are in all."""
    return ARRAYS + 2 * array


def word(f: NativeFunction, place: str | int) -> str:
    """Return a word of the call."""
    return f.word("i64", "%call", place)


def address(f: NativeFunction, place: str | int) -> str:
    """Return a word of the call that is an address."""
    return f.word("ptr", "%call", place)


def flag(f: NativeFunction) -> str:
    """Return where the flag is."""
    return f.at("i64", "%call", FLAG)


def array(f: NativeFunction, number: str) -> tuple[str, str]:
    """Return where an array is, and how many numbers a row of it has."""
    place = f.plus(f.times(number, 2), ARRAYS)
    return address(f, place), word(f, f.plus(place, 1))
