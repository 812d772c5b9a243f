"""Real exporters' datagrams against what their makers' collectors read out of them.

Expected values: the specification of logstash-codec-netflow, whose samples these are (see the corpus' index),
as far as the collection holds the template that a datagram needs. Where it does not, the datagram is to be
set aside with the template's number.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sensors.choose import sense, sensors
from sensors.exports.decoder import ExportDecoder
from sensors.exports.memory import Memory
from taishi.core.event import Event, Json, Value
from taishi.core.source import Source
from tests.sensors.exports import crafted
from tests.sensors.exports.test_decoder import NOW


@dataclass(frozen=True)
class Expected:
    """What comes of the last file, when those before it were read first: how many events; of the event at a
    place some columns and some of the exporter's own fields.
    """

    files: tuple[str, ...]
    events: int
    at: int = -1
    row: dict[str, Value] = field(default_factory=dict)
    extra: dict[str, Json] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def ends(
    source: str, sport: int, destination: str, dport: int, octets: int, packets: int
) -> dict[str, Value]:
    return {
        "source.ip": source,
        "source.port": sport,
        "destination.ip": destination,
        "destination.port": dport,
        "source.bytes": octets,
        "source.packets": packets,
    }


V9, IPFIX = "netflow9_test_", "ipfix_test_"
EXPECTED = {
    "Huawei NetStream": Expected(
        (f"{V9}huawei_netstream_tpl", f"{V9}huawei_netstream_data"),
        1,
        0,
        ends("10.108.219.53", 45587, "10.111.112.204", 2598, 200, 4)
        | {"network.transport": "tcp", "network.direction": "egress"},
        {"tcp_flags": 24, "in_if": 8, "out_if": 31, "next_hop": "10.108.252.41", "exporter.sequence": 129954}
        | {"responder_octets": 0, "src_mask": 24, "dst_mask": 25},
    ),
    "softflowd IPFIX": Expected(
        ("ipfix",),
        7,
        1,
        ends("192.168.253.1", 60560, "192.168.253.128", 22, 260, 5) | {"network.transport": "tcp"},
        {"tcp_flags": 16, "first_switched": 0, "last_switched": 12726},
        ("IPFIX message ends before its datagram does",),
    ),
    "softflowd IPFIX, last": Expected(
        ("ipfix",),
        7,
        6,
        ends("192.168.253.132", 49935, "54.214.9.161", 443, 2608, 13),
        {"tcp_flags": 26},
        ("IPFIX message ends before its datagram does",),
    ),
    "Ixia": Expected(
        (f"{IPFIX}ixia_tpldata256",),
        1,
        0,
        ends("119.103.128.175", 51695, "202.170.60.247", 36197, 360, 4) | {"network.transport": "udp"},
        {
            "src_as": 4134,
            "dst_as": 24090,
            "flow_start_ms": 1540470259882,
            "e3054.187": "UNISAINS-AS-AP Universiti Sains Malaysia (USM), MY",
        },
    ),
    "Nokia BRAS": Expected(
        (f"{IPFIX}nokia_bras_tpl", f"{IPFIX}nokia_bras_data256"),
        1,
        0,
        {
            "source.ip": "10.0.1.228",
            "source.port": 5878,
            "destination.ip": "10.0.0.34",
            "destination.port": 80,
        },
        {"flow_id": 3389049088, "e637.91": 100, "e637.92": 0, "e637.93": "USER1@10.10.0.123"},
    ),
    "Juniper MX80, one of 1000": Expected(
        ("netflow5_test_juniper_mx80",),
        29,
        28,
        ends("66.249.92.75", 37387, "192.168.0.1", 80, 104_000, 2000),
        {
            "octets": 104,
            "packets": 2,
            "sampling.rate": 1000,
            "src_as": 15169,
            "dst_as": 64496,
            "tcp_flags": 16,
        },
    ),
    "v5 that tells a wrong count": Expected(
        ("netflow5_test_invalid01",),
        30,
        reasons=("NetFlow v5 header tells another number of records than there are",),
    ),
    "fields of length 0": Expected(
        (f"{V9}0length_fields_tpl_data",),
        10,
        9,
        {"source.ip": "192.168.1.33", "destination.ip": "239.255.255.250", "network.transport": "igmp"}
        | {"source.bytes": 32, "source.packets": 1},
        {"out_octets": 32, "out_packets": 1, "engine_id": 1, "exporter.sequence": 100728833},
    ),
    "Cisco NBAR applications": Expected(
        (f"{V9}cisco_nbar_opttpl260",),
        15,
        14,
        {"event.action": "exporter_options"},
        {
            "application_id": "1..13",
            "application_name": "argus",
            "application_description": "ARGUS",
            "scope_system": 168755571,
        },
    ),
    "FortiGate applications": Expected(
        (f"{V9}fortigate_fortios_542_appid_tpl258-269", f"{V9}fortigate_fortios_542_appid_data258_262"),
        17,
        0,
        ends("192.168.100.151", 45380, "182.50.136.239", 80, 748, 6),
        {"application_id": "20..12356..36660", "post_nat_src_addr": "10.0.0.250", "flow_end_reason": 3},
    ),
    "FortiGate, last": Expected(
        (f"{V9}fortigate_fortios_542_appid_tpl258-269", f"{V9}fortigate_fortios_542_appid_data258_262"),
        17,
        16,
        {},
        {"application_id": "20..12356..0"},
    ),
    "v9 that tells too little": Expected(
        (f"{V9}invalid01",),
        3,
        2,
        {"source.ip": "192.168.0.1", "destination.ip": "192.168.0.105", "source.port": 53},
        {"sampling.rate": 100, "octets": 98},
    ),
    "ipt_NETFLOW, reduced sizes": Expected(
        (f"{V9}iptnetflow_reduced_size_encoding_tpldata260",),
        12,
        11,
        ends("2.17.140.47", 443, "10.233.150.21", 38164, 187, 3)
        | {"source.mac": "90-E2-BA-23-09-FC", "destination.mac": "00-1B-21-BC-24-DD"},
        {"tcp_options": 2164260864, "in_physical_if": 7, "out_physical_if": 8, "ethertype": 2048},
        ("template 259 of domain 0 has not been sent yet", "template 262 of domain 0 has not been sent yet"),
    ),
    "MAC addresses": Expected(
        (f"{V9}macaddr_tpl", f"{V9}macaddr_data"),
        29,
        0,
        {"source.ip": "172.16.32.1", "source.port": 65058, "destination.ip": "172.16.32.201"}
        | {"source.mac": "00-50-56-C0-00-01", "destination.mac": "00-0C-29-70-86-09", "destination.port": 22},
    ),
    "nProbe's template after another exporter's": Expected(
        (f"{V9}nprobe_tpl", f"{V9}softflowd_tpl_data", f"{V9}nprobe_data"),
        1,
        0,
        ends("172.16.32.201", 22, "172.16.32.1", 65058, 200, 2),
        {"tos": 16, "tcp_flags": 24, "exporter.sequence": 1},
    ),
    "nProbe with applications": Expected(
        (f"{V9}nprobe_dpi",),
        1,
        0,
        {"source.bytes": 82, "source.packets": 1},
        {"application_id": "0..82", "ie57590": 82},
        ("NetFlow v9 record of template 256 cut",),
    ),
    "nProbe's options": Expected(
        (f"{V9}nprobe_tpl",), 1, 0, {}, {"scope_system": 0, "exported_flows": 1, "exported_packets": 0}
    ),
    "softflowd": Expected(
        (f"{V9}softflowd_tpl_data",),
        7,
        0,
        ends("172.16.32.100", 123, "172.16.32.248", 123, 76, 1) | {"network.transport": "udp"},
        {"ip_version": 4, "exporter.sequence": 1},
    ),
    "Streamcore": Expected(
        (f"{V9}streamcore_tpl_data260",),
        2,
        1,
        ends("10.27.8.20", 53483, "100.78.40.201", 8080, 3052, 11),
        {"ie8256": "live.lemde.fr", "ie8257": "/mux.json", "ie8384": 1171, "tcp_flags": 26},
    ),
    "start and end in seconds": Expected(
        (f"{V9}unknown_tpl266_292_data",),
        2,
        1,
        ends("192.168.0.4", 58130, "192.168.0.5", 6343, 232, 1),
        {"flow_start_s": 1512147869, "flow_end_s": 1512147869, "sampler_id": 1},
    ),
}
#: Templates alone: nothing yet, and nothing wrong.
TEMPLATES = (
    f"{IPFIX}juniper_mx240_junos151r6s3_opttpl512",
    f"{IPFIX}yaf_tpl45841",
    f"{V9}cisco_asa_1_tpl",
    f"{V9}cisco_asr9k_tpl260",
    f"{V9}cisco_asr9k_tpl266",
    f"{V9}cisco_nbar_tpl262",
    f"{V9}cisco_wlc_8510_tpl_262",
    f"{V9}h3c_netstream_varstring_tpl3281",
    f"{V9}paloalto_panos_tpl",
)
#: Data whose template the collection does not hold: its number and domain.
WITHOUT = {
    f"{IPFIX}barracuda_extended_uniflow_data256": (256, 0),
    f"{IPFIX}mikrotik_data258": (258, 0),
    f"{IPFIX}mikrotik_data259": (259, 0),
    f"{IPFIX}netscaler_data": (257, 0),
    f"{IPFIX}openbsd_pflow_data": (256, 42),
    f"{IPFIX}procera_data52935": (52935, 2875616939),
    f"{IPFIX}viptela_data257": (257, 2887138561),
    f"{IPFIX}vmware_vds_data266": (266, 0),
    f"{IPFIX}vmware_vds_data266_267": (267, 0),
    f"{IPFIX}yaf_data53248": (53248, 0),
    f"{V9}cisco_aci_data256": (256, 1),
    f"{V9}cisco_asa_2_data": (263, 0),
    f"{V9}cisco_asr9k_data256": (256, 2177),
    f"{V9}fortigate_fortios_521_data257": (257, 1),
    f"{V9}paloalto_81_data257_1flowset_in_large_zerofilled_packet": (257, 16777216),
    f"{V9}ubnt_edgerouter_data1024": (1024, 0),
}


def read_in_turn(paths: Sequence[Path]) -> tuple[list[Event], list[str]]:
    """Events and reasons of the last file; those before it are read first, by the same sensors."""
    known = sensors()
    events: list[Event] = []
    reasons: list[str] = []
    for path in paths:
        source = Source.of(path)
        sensor = sense(source, known)
        assert sensor.name == "exports"
        reasons.clear()
        batches = list(sensor.read(source, lambda _record, why, _raw: reasons.append(why)))
        events = [event for batch in batches for event in batch.events()]
    events.sort(key=lambda event: event.number("taishi.record"))
    return events, reasons


def files(corpus: Path, names: Sequence[str]) -> list[Path]:
    folder = corpus / "network" / "intake" / "netflow-ipfix"
    return [folder / f"codecs__{name}.dat" for name in names]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_an_exporter_meant(name: str, corpus: Path) -> None:
    expected = EXPECTED[name]
    events, reasons = read_in_turn(files(corpus, expected.files))
    assert len(events) == expected.events
    event = events[expected.at]
    assert {column: event.fields.get(column) for column in expected.row} == expected.row
    assert {key: event.extra.get(key) for key in expected.extra} == expected.extra
    assert sorted(set(reasons)) == sorted(expected.reasons)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_alone_makes_nothing(name: str, corpus: Path) -> None:
    assert read_in_turn(files(corpus, [name])) == ([], [])


@pytest.mark.parametrize("name", WITHOUT)
def test_data_without_its_template_is_told(name: str, corpus: Path) -> None:
    events, reasons = read_in_turn(files(corpus, [name]))
    assert events == []
    number, domain = WITHOUT[name]
    assert f"template {number} of domain {domain} has not been sent yet" in reasons


def test_h3c_netstream_with_a_name_of_variable_length(corpus: Path) -> None:
    """The collection has H3C's template only: a record laid out by it, with what H3C's own one held."""
    template = files(corpus, [f"{V9}h3c_netstream_varstring_tpl3281"])[0].read_bytes()
    first, last = 1000, 30_695
    record = struct.pack("!QQIIII", 9, 702, first, last, 17, 0)
    record += bytes([20, 20, 20, 20, 20, 20, 255, 255, 0, 0, 0, 0]) + struct.pack("!IIHH", 0, 0, 137, 137)
    record += bytes([4, 0, 17, 0, 32, 32, 0, 0]) + bytes(4) + struct.pack("!III", 0, 2**32 - 1, 0) + b"\0"
    decoder = ExportDecoder(Memory())
    assert list(decoder.decode(template, "203.0.113.1", NOW)) == []
    data = crafted.v9(crafted.one_set(3281, record), domain=0)
    ((kind, row, extra),) = decoder.decode(data, "203.0.113.1", NOW)
    assert (kind, decoder.tally.damaged) == ("flow", 0)
    assert {key: row[key] for key in ends("", 0, "", 0, 0, 0)} == ends(
        "20.20.20.20", 137, "20.20.255.255", 137, 702, 9
    )
    assert (extra["vrf_name"], row["network.transport"], row["network.direction"]) == ("", "udp", "ingress")
    assert row["event.duration"] == (last - first) * 1_000_000


def test_every_datagram_of_the_collection_is_looked_at(corpus: Path) -> None:
    named = {name for one in EXPECTED.values() for name in one.files} | set(TEMPLATES) | set(WITHOUT)
    folder = corpus / "network" / "intake" / "netflow-ipfix"
    assert {re.sub(r"^codecs__|\.dat$", "", path.name) for path in folder.iterdir()} == named


def test_captures_of_export_datagrams(corpus: Path) -> None:
    folder = corpus / "network" / "intake" / "flow-export"
    events, reasons = read_in_turn([folder / "pcap__sflow.pcap"])
    (flow,) = events
    assert (flow.text("source.ip"), flow.text("destination.ip")) == ("172.21.32.254", "172.21.32.241")
    assert (flow.text("network.transport"), flow.number("source.port")) == ("icmp", 8)
    assert (flow.number("source.packets"), flow.extra["sampling.rate"], reasons) == (2048, 2048, [])
    assert flow.text("network.vlan.id") == "32"
    assert read_in_turn([folder / "pcap__netflow-fritz.pcap"]) == ([], [])
    events, reasons = read_in_turn([folder / "pcap__netflowv9.pcap"])
    assert events == []
    assert len(reasons) == 23
    assert all("has not been sent yet" in why for why in reasons)


def test_a_file_of_nfdump(corpus: Path) -> None:
    """Sums as `nfdump -I` tells them."""
    source = Source.of(corpus / "network" / "intake" / "nfdump" / "dataset__test1-malicious.nfdump")
    sensor = sense(source)
    assert sensor.name == "nfdump"
    rejected: list[str] = []
    events = [
        event
        for batch in sensor.read(source, lambda _record, why, _raw: rejected.append(why))
        for event in batch.events()
    ]
    assert (len(events), rejected) == (4593, [])
    assert sum(event.number("source.packets") for event in events) == 4652
    assert sum(event.number("source.bytes") for event in events) == 241025
    assert sum(event.text("network.transport") == "tcp" for event in events) == 4576
    first = events[0]
    assert (first.text("source.ip"), first.number("destination.port")) == ("147.32.80.119", 902)
    assert first.text("taishi.flow.state") == "S0"
