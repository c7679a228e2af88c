"""What is the same for every test on every machine: environment variables, Ctrl-C, the cache and random examples."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# hypothesis draws the same examples in every run, so that a newcomer's first run finds what ours found.
# `--hypothesis-profile=nightly` searches at random, and for a long time.
settings.register_profile("same", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("same")

# All other variables are removed. A test that needs one sets it.
KEPT = {"HOME", "PATH", "LANG", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "CHAINRULE_PURE"}
if os.name == "posix":  # Windows needs others to work at all
    for name in os.environ.keys() - KEPT:
        if not name.startswith("PYTEST_"):
            del os.environ[name]

# A run that a script starts in the background ignores Ctrl-C, and so would every process that it starts.
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
    """Return a function that calls another, raises KeyboardInterrupt in it after so many bytecodes of this library,
    and returns whether it came to that.

    This is finer than Ctrl-C, which takes effect only between certain bytecodes.
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
