"""The native code that calls kernels: group after group, block after block of rows, minibatch after minibatch."""

from __future__ import annotations

from autograd.compiler.llvm import call_words
from autograd.compiler.llvm.call_words import BYTES, MINIBATCH, ROWS
from autograd.compiler.llvm.function import NativeFunction

PARAMETERS = "ptr %v, ptr %u, ptr %table, i64 %count, i64 %dst, i64 %k, ptr %call, i64 %block"  # of a kernel
GROUP = ("ptr", "ptr", "i64", "i64", "i64")  # a kernel, its table, count, dst and k
VARYING, UNIFORM, LANES, BEFORE, INSIDE, AFTER, COMMIT = 0, 1, 2, 3, 5, 7, 9  # words of a plan: see `_groups_of`
GROUPS_CALL = "call void @groups(i64 {}, ptr {}, ptr {}, ptr {}, ptr %call, i64 {})"


def driver() -> str:
    """Return the IR of `run`, one call of a plan, and of `train`, a call and an update for each minibatch."""
    written = {
        "void @groups(i64 %n, ptr %groups, ptr %v, ptr %u, ptr %call, i64 %block)": _groups(),
        "void @run(ptr %plan, ptr %call)": _run(),
        "i64 @train(ptr %plan, ptr %call, ptr %batches, i64 %n, ptr %trace, i64 %loss)": _train(),
    }
    declarations = sorted({declaration for f in written.values() for declaration in f.declarations})
    return "\n".join([*declarations, *[f.text(signature) for signature, f in written.items()]])


def _groups() -> NativeFunction:
    """Call the kernel of each group."""
    f = NativeFunction()

    def group(i: str) -> None:
        words = f.at("i64", "%groups", f.times(i, len(GROUP)))
        kernel, table, count, dst, k = [f.word(kind, words, place) for place, kind in enumerate(GROUP)]
        given = f"ptr {table}, i64 {count}, i64 {dst}, i64 {k}"
        f.do(f"call void {kernel}(ptr %v, ptr %u, {given}, ptr %call, i64 %block)")

    f.loop("%n", group)
    f.do("ret void")
    return f


def _groups_of(f: NativeFunction, place: int) -> tuple[str, str]:
    """Return how many groups a plan has at a place, and where they are."""
    return f.word("i64", "%plan", place), f.word("ptr", "%plan", place + 1)


def _run() -> NativeFunction:
    """Do the groups before the rows, those of each block of rows, and those after."""
    f = NativeFunction()
    v, u = [f.word("ptr", "%plan", place) for place in (VARYING, UNIFORM)]
    lanes = f.word("i64", "%plan", LANES)
    before, inside, after = [_groups_of(f, place) for place in (BEFORE, INSIDE, AFTER)]
    f.do(GROUPS_CALL.format(*before, u, u, 0))
    filled = f.line(f"sub i64 {f.plus(call_words.word(f, ROWS), lanes)}, 1")

    def block(b: str) -> None:
        f.do(GROUPS_CALL.format(*inside, v, u, b))

    f.loop(f.line(f"udiv i64 {filled}, {lanes}"), block)
    f.do(GROUPS_CALL.format(*after, u, u, 0))
    f.do("ret void")
    return f


def _train() -> NativeFunction:
    """Take a step for each minibatch, and return how many: fewer if a number is not finite."""
    f = NativeFunction()
    u = f.word("ptr", "%plan", UNIFORM)
    commit = _groups_of(f, COMMIT)
    loss, flag = f.at("double", u, "%loss"), call_words.flag(f)

    def minibatch(i: str) -> None:
        f.copy("%call", f.at("i64", "%batches", f.times(i, MINIBATCH)), MINIBATCH * BYTES)
        f.do("call void @run(ptr %plan, ptr %call)")
        f.write("double", f.read("double", loss), f.at("double", "%trace", i))
        f.leave(f.line(f"icmp ne i64 {f.read('i64', flag)}, 0"))
        f.do(GROUPS_CALL.format(*commit, u, u, 0))

    (done,) = f.loop("%n", minibatch)
    f.do(f"ret i64 {done}")
    return f
