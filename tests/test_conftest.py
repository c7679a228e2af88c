"""The tests run in the same surroundings, whatever is set on a machine and however a run was started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Each of these has an effect on this library or on one that the tests use.
HOSTILE = {
    "MPLBACKEND": "no such backend", "GV_FILE_PATH": "/", "CHAINRULE_CACHE": "/nowhere", "XDG_CACHE_HOME": "/nowhere",
    "COLUMNS": "20", "NO_COLOR": "1", "CI": "true", "TERM": "dumb", "OMP_NUM_THREADS": "1",
}  # fmt: skip
BEGUN = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell begins what runs in the background of a script
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="Windows needs more variables, and has other signals")
@pytest.mark.parametrize(
    "chosen", [["tests/nn/test_demo.py", "-k", "ctrl_c"], ["tests/autograd/drawing/dot/test_render.py"]], ids=str
)
def test_neither_variables_nor_an_ignored_ctrl_c_make_a_test_fail(chosen):
    command = [sys.executable, "-c", BEGUN, "-q", "-p", "no:cacheprovider", *chosen]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **HOSTILE}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ctrl_c_interrupts_a_test():
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
