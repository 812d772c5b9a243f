"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real traces, logs and rules: named by TAISHI_CORPUS, never part of the repository."""
    named = os.environ.get("TAISHI_CORPUS")
    if named and Path(named).is_dir():
        return Path(named)
    if os.environ.get("CI") == "true":
        pytest.fail("TAISHI_CORPUS names no folder, and CI must have the real data")
    pytest.skip("TAISHI_CORPUS names no folder: the real traces are needed for this test")
