"""Stores of their own on the real server."""

from collections.abc import Iterator
from uuid import uuid4

import elasticsearch_server
import pytest


@pytest.fixture
def uri(elasticsearch_url: str) -> Iterator[str]:
    """Where a store is that nobody else has."""
    prefix = f"taishi-test-own-{uuid4().hex[:12]}"
    yield f"elasticsearch+{elasticsearch_url}/{prefix}"
    elasticsearch_server.delete_streams(elasticsearch_url, f"{prefix}-*")
