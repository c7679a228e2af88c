"""The page on gradients from elsewhere is true, where JAX, PyTorch and SciPy are installed."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_every_block_prints_what_the_page_shows():
    for peer in ("jax", "torch", "scipy"):
        pytest.importorskip(peer)
    run = runpy.run_path(str(ROOT / "tests" / "test_pages.py"))["test_every_block_prints_what_the_page_shows"]
    run(ROOT / "docs" / "check_any_gradient.md")
