"""Work done by several threads at once."""

import threading

import pytest


@pytest.fixture
def in_threads():
    """Return what runs functions in a thread each, until all have ended."""

    def run(*works):
        threads = [threading.Thread(target=work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run
