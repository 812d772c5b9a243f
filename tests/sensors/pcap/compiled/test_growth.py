"""Tables grow while flows are in them, and nothing of these is lost."""

import random

import numpy as np
import pytest

from sensors.pcap.compiled import table
from sensors.pcap.compiled.layout import FLOW, HALF, HEAD_BYTES
from sensors.pcap.meter import meter


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros(3, FLOW),
        np.zeros((3, 2), HALF),
        np.zeros((3, 2), np.int32),
        np.zeros((0, HEAD_BYTES), np.uint8),
    ],
)
def test_longer_rows_begin_with_the_old_ones(rows):
    rows.reshape(-1).view(np.uint8)[:] = np.arange(rows.nbytes) % 251
    new = table._longer(rows, 10)
    assert new.shape == (10, *rows.shape[1:])
    assert new[: len(rows)].tobytes() == rows.tobytes()
    assert not any(new[len(rows) :].tobytes())


def test_growth_keeps_every_flow(frames, tmp_path, monkeypatch):
    """More flows than the tables begin with, in a seeded order."""
    monkeypatch.setattr(table, "_START", 1 << 10)
    draw = random.Random(5)
    ports = [draw.randrange(1024, 65536) for _ in range(60_000)]
    path = tmp_path / "many.pcap"
    path.write_bytes(
        frames.capture([(at / 6000, frames.datagram(b"x", sport=port)) for at, port in enumerate(ports)])
    )
    metered = meter([path], lambda *_: None)
    sent = [row for batch in metered.flows for row in batch.column("network.packets")]
    assert sum(sent) == 60_000
    assert len(sent) == len(set(ports))
