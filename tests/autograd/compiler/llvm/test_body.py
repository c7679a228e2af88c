"""Lines of a function: what is computed twice in a block is written once."""

import pytest

pytest.importorskip("llvmlite")

from autograd.compiler.llvm.body import Body


def test_what_a_block_has_computed_is_not_computed_again():
    body = Body(4)
    assert body.add("%x", "%y") == body.add("%x", "%y")
    assert body.add("%y", "%x") != body.add("%x", "%y")
    assert body.call("exp", "%x") == body.call("exp", "%x")
    assert body.compare("olt", "%x", "%y") != body.compare("ole", "%x", "%y")
    assert len(body.function.lines) == 5


def test_another_block_computes_it_anew_since_the_first_may_have_been_passed_by():
    body = Body(1)
    body.start("first")
    x = body.mul("%x", "%x")
    body.start("second")
    assert body.mul("%x", "%x") != x


@pytest.mark.parametrize("lanes", [2, 8])
def test_bodies_of_other_widths_share_blocks_but_no_results(lanes):
    body = Body(4)
    wide = body.of_width(lanes)
    x = body.add("%x", "%y")
    assert wide.add("%x", "%y") != x
    assert body.add("%x", "%y") == x
    wide.start("next")
    assert body.add("%x", "%y") != x


def test_the_size_of_a_number_is_that_of_its_negative():
    body = Body(1)
    assert body.intrinsic("fabs", body.neg("%x")) == body.intrinsic("fabs", "%x")


def test_what_is_read_from_memory_is_read_again():
    body = Body(1)
    assert body.load("%a") != body.load("%a")


def test_a_sigmoid_and_its_derivative_share_an_exponential():
    from autograd import compile, grad, sigmoid

    compiled = compile(lambda x: (sigmoid(x), grad(sigmoid)(x)))
    compiled(0.5)
    assert compiled.report().tier == "straight"
    assert compiled.llvm.count("call double @m1_exp") == 1
