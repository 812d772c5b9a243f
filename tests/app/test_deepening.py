"""What tshark reads of a capture: chosen flows, within limits, and a clear word where it cannot."""

import shutil
from pathlib import Path

import pytest

from sensors.pcap import deep
from taishi.app.analysis import Analysis, Options, analyze
from taishi.core.event import Event
from taishi.core.problems import Problem
from tests.situations.benign import machines, people, web
from tests.situations.wire import Wire

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def read(folder: Path, *makers: object) -> tuple[Analysis, list[Event]]:
    """The analysis of a capture of these situations, and the events that tshark gave."""
    wire, capture, told = Wire(), folder / "made.pcap", []
    for maker in makers:
        maker(wire)  # type: ignore[operator] # a function of a Wire
    capture.write_bytes(wire.pcap())
    result = analyze([capture], Options(deep=True), lambda batch: told.extend(batch.events()))
    return result, [event for event in told if event.text("event.module") == "tshark"]


@needs_tshark
def test_protocols_without_a_parser_of_ours_are_read(tmp_path: Path) -> None:
    result, told = read(tmp_path, people.sip_call, machines.iec104, machines.enip, web.browsing)
    kinds = {event.text("event.dataset") for event in told}
    assert {"tshark.sip", "tshark.enip"} < kinds
    assert not any(kind.endswith((".http", ".tls")) for kind in kinds)
    invite = next(event for event in told if event.extra.get("sip.Method") == "INVITE")
    assert (invite.text("source.ip"), invite.number("destination.port")) == ("10.1.1.20", 5060)
    assert result.events >= len(told) > 20
    assert not result.inputs[0].reasons


@needs_tshark
def test_secrets_are_masked(tmp_path: Path) -> None:
    _, told = read(tmp_path, machines.radius)
    assert {event.extra.get("radius.authenticator") for event in told} == {"***"}


@needs_tshark
def test_what_writes_too_much_is_stopped_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "OUTPUT", 4096)
    result, told = read(tmp_path, machines.radius)
    assert len(told) < 40
    assert any("tshark ended" in reason for reason in result.inputs[0].reasons)


@needs_tshark
def test_flows_beyond_the_limit_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "FLOWS", 1)
    monkeypatch.setattr(deep, "BATCHES", 1)
    result, _ = read(tmp_path, people.sip_call, machines.iec104, machines.enip)
    assert any("beyond the limit" in reason for reason in result.inputs[0].reasons)


def test_without_tshark_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Problem, match="apt-get install tshark"):
        read(tmp_path, people.sip_call)


@pytest.mark.parametrize(
    "line", [b"", b"{", b'{"index":{}}', b'{"timestamp":"x","layers":{}}', b'{"timestamp":"1","layers":{}}']
)
def test_lines_that_are_no_packet_give_no_event(line: bytes) -> None:
    assert deep._event(line, ["sip"]) is None
