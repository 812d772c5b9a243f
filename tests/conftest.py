"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import postgresql_server

#: In CI the same examples each time; `scripts/soak` looks for new ones, longer. How long one takes is not
#: asked: a busy machine would fail a good test.
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "seeded"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real traces, logs and rules: named by TAISHI_CORPUS, never part of the repository."""
    named = os.environ.get("TAISHI_CORPUS")
    if named and Path(named).is_dir():
        return Path(named)
    if os.environ.get("CI") == "true":
        pytest.fail("TAISHI_CORPUS names no folder, and CI must have the real data")
    pytest.skip("TAISHI_CORPUS names no folder: the real traces are needed for this test")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgresql_server.Server]:
    """Started for this run."""
    if postgresql_server.installed():
        with postgresql_server.running() as server:
            yield server
    elif os.environ.get("CI") == "true":
        pytest.fail("PostgreSQL is missing, and CI must test on the real one: run scripts/setup test")
    else:
        pytest.skip("the real PostgreSQL is missing: run scripts/setup test")
