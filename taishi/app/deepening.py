"""Captures read a second time by tshark, where a person asks for it: flows that no parser here reads."""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import pyarrow.compute as pc

from sensors.pcap.carving import Wanted
from sensors.pcap.deep import BATCHES, FLOWS, Chosen, decode, layers_of
from taishi.app.intake import Input
from taishi.core.event import Batch, Event
from taishi.core.ids import stable_id

#: Beyond what is read in any case nothing need be remembered; the rest is only counted.
_MOST = FLOWS * BATCHES + 1


def deepened(path: Path, batches: Iterator[Batch], report: Input) -> Iterator[Batch]:
    """The batches of a capture, then what tshark reads of the flows chosen; problems go to `report`."""
    chosen: list[Chosen] = []
    for batch in batches:
        if batch.kind == "flow" and report.kind == "pcap" and len(chosen) < _MOST:
            chosen += _chosen(batch)
        yield batch
    problem: list[str] = []
    for batch in decode(path, stable_id("deep", report.path), chosen, problem) if chosen else ():
        report.events += len(batch)
        yield batch
    report.reasons.update(problem)


def _chosen(batch: Batch) -> Iterator[Chosen]:
    """Flows of which a payload was seen and that tshark is to read."""
    said = pc.add(*(pc.fill_null(batch.rows.column(f"taishi.flow.{side}_payload"), 0) for side in _SIDES))
    for event in Batch(batch.kind, batch.rows.filter(pc.greater(said, 0))).events():
        ports = event.number("destination.port"), event.number("source.port")
        if layers := layers_of(event.text("network.protocol"), ports):
            yield Chosen(_wanted(event), layers)


_SIDES = ("source", "destination")


def _wanted(event: Event) -> Wanted:
    begin, end = (event.fields[f"event.{name}"] for name in ("start", "end"))
    source, destination = (ip_address(event.text(f"{side}.ip")).packed for side in _SIDES)
    moments = [round(at.timestamp() * 1_000_000) if isinstance(at, datetime) else 0 for at in (begin, end)]
    return Wanted(event.text("network.community_id"), source, destination, *moments)
