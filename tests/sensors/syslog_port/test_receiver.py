"""Real ports on loopback: datagrams, streams and TLS become the events that files of the same lines give."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors.syslog_port.receiver import NO_ROOM, STRANGE, SyslogReceiver
from sensors.syslog_port.streams import STRANGER
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, Event
from taishi.core.ports import LivePlace
from taishi.core.problems import Problem
from taishi.core.records import SensorEntry, TlsFiles, Transport
from tests.sensors.syslog_port.authority import Authority

HERE = "127.0.0.1"
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
FAILED = b"<38>Mar  2 11:59:58 gw sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2"
RFC5424 = b"<165>1 2026-03-02T03:00:00.003Z web1 su - ID47 - 'su root' failed for lonvick"
WORDS = "设备自检通过".encode()


class Kept:
    """A sink that keeps what it gets; `full` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.full = False
        self._lock = threading.Lock()

    def put(self, batch: Batch) -> bool:
        with self._lock:
            if not self.full:
                self.events.extend(batch.events())
            return not self.full


def entry(transport: Transport, *senders: str, tls: TlsFiles | None = None) -> SensorEntry:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    named = senders or (f"{HERE} 接入交换机",)
    return SensorEntry("s1", "logs", "syslog", f"{HERE}:0", now, 300, named, transport=transport, tls=tls)


@contextmanager
def listening(
    transport: Transport, *senders: str, tls: TlsFiles | None = None
) -> Iterator[tuple[SyslogReceiver, Kept]]:
    place = LivePlace(Path(), FixedClock(NOW))
    receiver, sink = SyslogReceiver(entry(transport, *senders, tls=tls), place), Kept()
    receiver.start(sink)
    try:
        yield receiver, sink
    finally:
        receiver.stop()


def datagrams(port: int, *messages: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for message in messages:
            sender.sendto(message, (HERE, port))


def stream(port: int, data: bytes, tls: ssl.SSLContext | None = None) -> None:
    with socket.create_connection((HERE, port)) as plain:
        if tls is None:
            plain.sendall(data)
            return
        with tls.wrap_socket(plain, server_hostname=HERE) as sender:
            sender.sendall(data)


def wait(met: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_datagram_is_the_event_that_a_file_gives() -> None:
    with listening("udp") as (receiver, sink):
        datagrams(receiver.port, FAILED, RFC5424)
        wait(lambda: len(sink.events) == 2)
        wait(lambda: receiver.counters().received == 2)
        assert receiver.counters().senders == {f"{HERE} 接入交换机": 2}
    logon = next(one for one in sink.events if one.kind == "logon")
    assert logon.fields["source.ip"] == "192.0.2.7"
    assert logon.fields["host.name"] == "gw"
    assert logon.fields["taishi.sender"] == HERE
    assert logon.fields["event.original"] == FAILED.decode()
    assert logon.time == datetime(2026, 3, 2, 3, 59, 58, tzinfo=UTC)


def test_lines_and_counted_octets_come_by_one_port_at_once() -> None:
    counted = b"".join(b"%d %s" % (len(one), one) for one in (FAILED, RFC5424))
    with listening("udp+tcp") as (receiver, sink):
        stream(receiver.port, FAILED + b"\n" + RFC5424 + b"\r\n")
        stream(receiver.port, counted)
        datagrams(receiver.port, FAILED)
        wait(lambda: len(sink.events) == 5)
    assert len({one.id for one in sink.events}) == 5, "each came once, so each is an event"


def test_a_message_that_no_sensor_knows_is_kept_as_words() -> None:
    with listening("udp") as (receiver, sink):
        datagrams(receiver.port, WORDS)
        wait(lambda: bool(sink.events))
        assert receiver.counters().damaged == 0
    (event,) = sink.events
    assert (event.kind, event.fields["message"]) == ("other", WORDS.decode())
    assert (event.fields["host.ip"], event.fields["host.name"]) == ([HERE], "接入交换机")
    assert event.time == NOW


def test_each_program_is_read_by_the_sensor_that_knows_it() -> None:
    asked = b'{"ts":"2026-03-02T03:00:00Z","src_ip":"192.0.2.9","dns_query":"a.example","dns_type":"A"}'
    with listening("tcp") as (receiver, sink):
        stream(receiver.port, b"\n".join((FAILED, RFC5424, asked, WORDS)) + b"\n")
        wait(lambda: len(sink.events) == 4)
        assert receiver.counters().damaged == 0
    kinds = {one.kind for one in sink.events}
    assert kinds == {"logon", "dns", "other"}


def test_strangers_are_refused_and_counted() -> None:
    with listening("udp+tcp", "192.0.2.1 elsewhere") as (receiver, sink):
        datagrams(receiver.port, FAILED, FAILED)
        stream(receiver.port, FAILED + b"\n")
        wait(lambda: receiver.counters().refused == 3)
        assert receiver.counters().reasons == {STRANGE: 2, STRANGER: 1}
        assert receiver.counters().senders == {f"refused: {HERE}": 2}
    assert sink.events == []


def test_a_stream_is_held_back_and_loses_nothing_where_datagrams_are_dropped() -> None:
    with listening("tcp") as (receiver, sink):
        sink.full = True
        stream(receiver.port, (FAILED + b"\n") * 500)
        time.sleep(1.5)
        assert sink.events == []
        sink.full = False
        wait(lambda: len(sink.events) == 500)
        assert receiver.counters().dropped == 0
    with listening("udp") as (receiver, sink):
        sink.full = True
        datagrams(receiver.port, FAILED)
        wait(lambda: receiver.counters().dropped == 1)
        assert receiver.counters().reasons == {NO_ROOM: 1}


def test_what_came_before_the_stop_is_handed_over() -> None:
    with listening("tcp") as (receiver, sink):
        stream(receiver.port, (FAILED + b"\n") * 3000)
        wait(lambda: receiver.counters().received > 0)
    assert len(sink.events) == 3000


def test_hostile_bytes_cost_nobody_else_anything() -> None:
    nonsense = (
        b"\xd4\xc3\xb2\xa1" + bytes(60),
        b"ElfFile\0" + bytes(80),
        b"<999>",
        b"\xff" * 300,
        b"{" * 5000,
    )
    with listening("udp+tcp") as (receiver, sink):
        datagrams(receiver.port, *nonsense, b"", b"\n")
        stream(receiver.port, b"9999999 <13>x")
        stream(receiver.port, FAILED + b"\n")
        wait(lambda: any(one.kind == "logon" for one in sink.events))


def test_tls_takes_senders_whose_certificate_is_known(tmp_path: Path) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    files = TlsFiles(*ours.issue(HERE), str(ours.certificate))
    with listening("tls", tls=files) as (receiver, sink):
        stream(receiver.port, b"%d %s" % (len(FAILED), FAILED), ours.client(ours.issue("sender")))
        wait(lambda: len(sink.events) == 1)
        for stranger in (None, others.issue("sender")):
            with pytest.raises((ssl.SSLError, OSError)):
                talk(receiver.port, ours.client(stranger))
        with pytest.raises(OSError):  # noqa: PT011 - a plain sender is cut off, however its system says so
            talk(receiver.port, None)
    assert len(sink.events) == 1


def talk(port: int, tls: ssl.SSLContext | None) -> None:
    """Sends until the other side says no."""
    plain = socket.create_connection((HERE, port), timeout=5)
    with tls.wrap_socket(plain, server_hostname=HERE) if tls else plain as sender:
        sender.sendall(FAILED + b"\n")
        if not sender.recv(1):
            raise ConnectionResetError


def test_files_that_are_no_certificate_are_named(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    for files, said in (
        (TlsFiles("/nowhere.pem", "/nowhere.key"), "/nowhere.pem"),
        (TlsFiles(*[str(nothing)] * 2), "nothing.pem"),
    ):
        with pytest.raises(Problem, match=said):
            SyslogReceiver(entry("tls", tls=files), LivePlace(Path(), FixedClock(NOW)))


def test_a_port_in_use_is_told_and_none_is_held(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HERE, 0))
        port = taken.getsockname()[1]
        one = SensorEntry("s1", "logs", "syslog", f"{HERE}:{port}", NOW, 300, (HERE,), transport="udp+tcp")
        receiver = SyslogReceiver(one, LivePlace(tmp_path, FixedClock(NOW)))
        with pytest.raises(Problem, match=f"UDP {HERE}:{port}"):
            receiver.start(Kept())
    with socket.create_server((HERE, port)):
        pass  # the TCP port was given back
