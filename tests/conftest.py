"""What every test meets alike, on every machine: the variables, Ctrl-C, the cache, and hypothesis's examples."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Examples are the same in every run: a newcomer's first run finds what ours found. `--hypothesis-profile=nightly`
# searches at random, and for long.
settings.register_profile("same", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("same")

# A test that needs another variable sets it.
KEPT = {"HOME", "PATH", "LANG", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "CHAINRULE_PURE"}
if os.name == "posix":  # Windows itself needs more of them
    for name in os.environ.keys() - KEPT:
        if not name.startswith("PYTEST_"):
            del os.environ[name]

# A run that a script started in the background ignores Ctrl-C, and so would all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--redraw", action="store_true", help="write the golden pictures anew instead of comparing them")


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory):
    """Keep the user's cache of object code out of the tests, and the tests out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def hasty():
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def interrupt():
    """Return a function that calls another, and raises KeyboardInterrupt after so many bytecodes of this library.

    That is finer than Ctrl-C, which comes between some bytecodes only. True comes back if the call was interrupted.
    """
    ours = tuple([f"{Path(__file__).parents[1] / package}{os.sep}" for package in ("autograd", "nn")])

    def called(f, bytecodes):
        left = bytecodes

        def trace(frame, event, _):
            nonlocal left
            if not frame.f_code.co_filename.startswith(ours):
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            f()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
        return False

    return called
