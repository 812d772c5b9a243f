"""Damaged packets and torn captures: nothing raises or hangs, and every packet is accounted for."""

import os
import random
import resource
import struct
from time import monotonic

from sensors.pcap import SENSOR
from sensors.pcap.capture import opened
from sensors.pcap.meter import meter
from taishi.core.problems import Problem
from taishi.core.source import Source

SEED = 20260301
SOAK = "TAISHI_SOAK" in os.environ
#: Packets that are mutated, and places at which a trace is cut: a tenth where nobody has the time.
MUTATED, CUTS = (100_000, 200) if SOAK else (10_000, 20)
#: How much more memory it may take than before, in MiB.
GROWTH = 250


def traces(corpus):
    for path in sorted(path for path in (corpus / "network").rglob("*") if path.is_file()):
        try:
            source = Source.of(path)
        except Problem:
            continue
        if SENSOR.recognizes(source):
            yield source


def frames_of(source):
    with opened(source, lambda *_: None) as capture:
        if capture is not None and capture.link == 1:
            for chunk in capture.chunks(lambda *_: None):
                for number in range(len(chunk.meta)):
                    yield chunk.frame(number)[0]


def mutated(draw, frame):
    """One to four bytes changed, most of them in the headers; perhaps a piece lost or said twice."""
    changed = bytearray(frame)
    for _ in range(draw.randint(1, 4)):
        if changed:
            changed[min(int(draw.expovariate(1 / 40)), len(changed) - 1)] = draw.randrange(256)
    begin, end = sorted((draw.randint(0, len(changed)), draw.randint(0, len(changed))))
    what = draw.randrange(8)
    if what == 0:
        del changed[begin:end]
    elif what == 1:
        changed[begin:begin] = changed[begin:end]
    elif what == 2:
        del changed[begin:]
    return bytes(changed)


def mebibytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def accounted(path):
    """Packets, and packets that are in flows, are no IP, or are said to be undecodable."""
    metered = meter([path], lambda *_: None)
    flows = [batch.column("network.packets") for batch in metered.flows]
    return metered.packets, sum(map(sum, flows)) + metered.not_ip + metered.undecodable, metered


def test_mutated_packets(corpus, frames, tmp_path):
    draw = random.Random(SEED)
    pool = [frame for source in traces(corpus) for frame in frames_of(source)]
    before = mebibytes()
    undecodable = 0
    for part in range(0, MUTATED, 5000):
        path = tmp_path / "mutated.pcap"
        made = [mutated(draw, frame) for frame in draw.choices(pool, k=5000)]
        path.write_bytes(frames.capture([(part + at / 100, frame[:65535]) for at, frame in enumerate(made)]))
        packets, found, metered = accounted(path)
        assert packets == found == 5000
        undecodable += metered.undecodable
        refused = []
        events = sum(len(b) for b in SENSOR.read(Source.of(path), lambda *one: refused.append(one)))  # noqa: B023
        assert events
        assert len(refused) >= metered.undecodable
    assert undecodable > MUTATED / 100
    assert mebibytes() - before < GROWTH


def test_every_trace_cut(corpus, tmp_path):
    draw = random.Random(SEED)
    before = mebibytes()
    for source in traces(corpus):
        with source.open() as content:
            whole = content.read()
        for _ in range(CUTS):
            path = tmp_path / "cut.pcap"
            path.write_bytes(whole[: draw.randint(4, len(whole))])
            began = monotonic()
            refused = []
            cut = Source.of(path)
            if SENSOR.recognizes(cut):
                events = sum(len(batch) for batch in SENSOR.read(cut, lambda *one: refused.append(one)))  # noqa: B023
                assert events or refused or len(whole) < 2000
            assert monotonic() - began < 30
    assert mebibytes() - before < GROWTH


def test_a_record_that_claims_too_much(frames, tmp_path):
    """Lengths beyond the file's own limit are for libpcap to judge; what came before stays."""
    good = frames.capture([(0, frames.datagram(b"x"))] * 3)
    path = tmp_path / "lying.pcap"
    path.write_bytes(good + struct.pack("<IIII", 1_700_000_001, 0, 0x7FFFFFFF, 60) + bytes(60))
    rejects = []
    (batch,) = SENSOR.read(Source.of(path), lambda *one: rejects.append(one))
    assert batch.column("network.packets") == [3]
    assert rejects
    assert "before packet 3" in rejects[0][1]
