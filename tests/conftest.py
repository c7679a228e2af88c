"""The hypothesis profiles: dev on a developer's machine, ci where CI=true, nightly for a long search."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("nightly", max_examples=2_000, deadline=None, print_blob=True)

in_ci = os.environ.get("CI", "").lower() == "true"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if in_ci else "dev"))


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
