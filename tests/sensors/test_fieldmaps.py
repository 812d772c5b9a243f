"""Devices by their field maps: shipped ones, and a user's own."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.choose import sensors
from sensors.fieldmaps.model import is_column, read_map
from sensors.fieldmaps.sensor import LineReader
from sensors.fieldmaps.shelf import Shelf, shipped
from sensors.fieldmaps.splitting import pairs
from sensors.lines import Damaged
from taishi.core.problems import Problem
from taishi.core.source import Source

LATEST = datetime(2026, 12, 1, tzinfo=UTC)
ENDS = {"source.ip": "10.1.2.3", "source.port": "4711", "destination.ip": "198.51.100.7"}
#: A line of each product: kind and columns that it must give.
LINES: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "sangfor_af": (
        "<134>Nov  1 01:02:04 localhost fwlog: 日志类型:服务控制或应用控制, 用户:li, 源IP:10.1.2.3, "
        "源端口:4711, 目的IP:198.51.100.7, 目的端口:443, 应用类型:网站浏览, 系统动作:拒绝",
        "flow",
        {**ENDS, "event.action": "deny", "user.name": "li", "taishi.flow.state": "S0"},
    ),
    "sangfor_af-waf": (
        "<134>Nov  1 01:02:04 af fwlog: 日志类型:WAF应用防护日志, 策略名称:默认, 源IP:10.1.2.3, 源端口:4711, "
        "目的IP:198.51.100.7, 目的端口:80, 攻击类型:SQL注入, 动作:放行, URL:www.example.gov.cn/a.php?id=1:2",
        "alert",
        {**ENDS, "rule.name": "SQL注入", "event.action": "allow",
         "url.original": "www.example.gov.cn/a.php?id=1:2"},
    ),
    "fortigate": (
        '<189>date=2026-11-01 time=01:02:03 devname="FG 1" tz="+0800" logid="0000000013" type="traffic" '
        'subtype="forward" level="notice" srcip=10.1.2.3 srcport=4711 dstip=198.51.100.7 dstport=443 proto=6 '
        'action="deny" service="HTTPS" duration=3 sentbyte=120 rcvdbyte=40 msg="a srcip=192.0.2.1"',
        "flow",
        {**ENDS, "event.action": "deny", "network.transport": "tcp", "event.duration": "3000000000",
         "source.bytes": "120", "@timestamp": "2026-10-31 17:02:03+00:00", "event.module": "fortinet"},
    ),
    "huawei_usg": (
        "<190>2026-11-01 01:02:03 USG %%01POLICY/6/POLICYDENY(l):vsys=a, protocol=17, source-ip=10.1.2.3,"
        "source-port=4711, destination-ip=198.51.100.7, destination-port=53, time=2026/11/1 01:02:03, "
        "application-name=, rule-name=办公 上网.",
        "flow",
        {**ENDS, "event.action": "deny", "network.transport": "udp", "rule.name": "办公 上网"},
    ),
    "huawei_session": (
        "<190>Nov  1 2026 01:02:03 USG %%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=tcp,"
        "SourceIP=10.1.2.3,DestinationIP=198.51.100.7,SourcePort=4711,DestinationPort=80,BeginTime=1793466000,"
        "EndTime=1793466123,SendPkts=4,SendBytes=300,RcvPkts=3,RcvBytes=900,SourceVpnID=0.",
        "flow",
        {**ENDS, "source.bytes": "300", "destination.packets": "3",
         "@timestamp": "2026-10-31 17:02:03+00:00"},
    ),
    "huawei_threat": (
        "<188>Nov  1 2026 01:02:03 USG %%01IPS/4/DETECT(l)[2]:An intrusion was detected. (SyslogId=1, "
        'VSys="public", SrcIp=10.1.2.3, DstIp=198.51.100.7, SrcPort=4711, DstPort=80, Protocol=TCP, '
        'SignName="SQL Injection, blind", SignId=1000, Action=Block)',
        "alert",
        {**ENDS, "rule.name": "SQL Injection, blind", "event.action": "deny"},
    ),
    "h3c_secpath": (
        "<190>Nov  1 01:02:03 2026 H3C %%10FILTER/6/FILTER_ZONE_EXECUTION_IPV4: SrcZoneName(1025)=Trust;"
        "Protocol(1001)=TCP;SrcIPAddr(1003)=10.1.2.3;SrcPort(1004)=4711;DstIPAddr(1007)=198.51.100.7;"
        "DstPort(1008)=80;Action(1053)=permit;",
        "flow",
        {**ENDS, "event.action": "allow", "host.name": "H3C"},
    ),
    "hillstone": (
        "<190>Nov  1 01:02:03 1305015170011111(root) 44243607 Traffic@FLOW: SESSION: "
        "10.1.2.3:4711->198.51.100.7:80(TCP), application HTTP, interface e0/1, vr trust-vr, policy 7, "
        "user -@-, host -, send packets 5,send bytes 420,receive packets 4,receive bytes 1200,session end",
        "flow",
        {**ENDS, "rule.id": "7", "host.name": "1305015170011111(root)"},
    ),
    "topsec": (
        '<134>id=tos time="2026-11-01 01:02:03" fw=TopsecOS pri=6 type=ac src=10.1.2.3 dst=198.51.100.7 '
        'sport=4711 dport=443 proto=tcp rule=deny msg="null"',
        "flow",
        {**ENDS, "event.action": "deny"},
    ),
    "cef": (
        "Nov  1 01:02:03 gw CEF:0|Vendor|IPS|1.0|100|SQL \\| Injection|8|src=10.1.2.3 spt=4711 "
        "dst=198.51.100.7 dpt=80 act=blocked cs1Label=Policy cs1=web rule msg=a\\=b c "
        "request=http://www.example.com/a?b\\=1",
        "alert",
        {**ENDS, "rule.name": "SQL | Injection", "message": "a=b c",
         "url.original": "http://www.example.com/a?b=1", "event.action": "deny"},
    ),
    "leef": (
        "<13>Nov  1 01:02:03 gw LEEF:2.0|Vendor|FW|1.0|42|x5E|src=10.1.2.3^dst=198.51.100.7^srcPort=4711^"
        "dstPort=80^proto=TCP^action=drop^devTime=Nov 01 2026 01:02:03",
        "flow",
        {**ENDS, "event.code": "42", "event.action": "deny"},
    ),
    "snort": (
        "11/01/2026-01:02:03.100000  [**] [1:2009358:5] ET SCAN Nmap [**] [Classification: Web Application "
        "Attack] [Priority: 1] {TCP} 10.1.2.3:4711 -> 198.51.100.7:80",
        "alert",
        {**ENDS, "rule.name": "ET SCAN Nmap", "rule.id": "2009358", "event.module": "snort",
         "@timestamp": "2026-10-31 17:02:03.100000+00:00"},
    ),
    "generic": (
        "【攻击时间】2026-11-01 01:02:03【源地址】10.1.2.3【源端口】4711"
        "【目标IP】198.51.100.7【动作】放行【应用】http",
        "flow",
        {**ENDS, "event.action": "allow", "@timestamp": "2026-10-31 17:02:03+00:00"},
    ),
}  # fmt: skip
OWN = """
name: county_gate
title: {zh: 县级网闸, en: County gate}
format: csv
recognize: {keys: [来源, 去向, 处理]}
module: gate
time: {keys: [时刻], zone: Asia/Urumqi, format: "%d.%m.%Y %H:%M"}
kind: flow
set: {observer.type: gateway}
fields:
  来源: source.ip
  去向: destination.ip
  处理: {to: event.action, values: {"1": allow, "0": deny}}
  流量KB: {to: source.bytes, times: 1024}
"""
TABLE = "时刻,来源,去向,处理,流量KB,备注\n01.11.2026 06:02,10.1.2.3:4711,198.51.100.7,0,1.5,甲\n"


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_each_product(name: str, read: Callable) -> None:
    line, kind, columns = LINES[name]
    made = read(f"{line}\n{line}\n", "device.log")
    assert (made.sensor, made.rejected, len(made.events)) == ("fieldmap", [], 2)
    event = made.events[0]
    assert event.kind == kind
    assert {field: event.text(field) for field in columns} == dict(columns)
    assert event.text("event.original") == line


def test_every_shipped_map_has_a_line_here() -> None:
    assert {one.name for one in shipped()} == {name.partition("-")[0] for name in LINES}


def test_shipped_maps_write_only_names_of_ecs(corpus: Path) -> None:
    ecs = set(yaml.load((corpus / "ecs/ecs_flat.yml").read_text("utf-8"), yaml.CSafeLoader))
    ecs |= {"network.application", "user.target.name"}
    for mapped in shipped():
        logs = [mapped.map, *mapped.map.logs]
        names = {name for log in logs for name in log.set}
        for target in [to for log in logs for to in log.fields.values()]:
            names |= {target} if isinstance(target, str) else set(target.names)
        assert {name for name in names if not is_column(name)} <= ecs, mapped.name


def test_devices_among_other_lines_of_syslog(read: Callable) -> None:
    words = "Nov  1 01:02:04 web-1 app: words\n"
    made = read(words * 12 + LINES["h3c_secpath"][0] + "\n" + words, "messages")
    assert made.sensor == "fieldmap"
    assert sorted(event.kind for event in made.events) == ["flow", *["other"] * 13]
    late = read(words * 40 + LINES["h3c_secpath"][0] + "\n", "messages")
    assert late.sensor == "syslog"
    assert sorted(event.kind for event in late.events) == ["flow", *["other"] * 40]


def own_reading(folder: Path, path: Path) -> tuple[str, list[object], list[str]]:
    source, reasons = Source.of(path), []
    sensor = max(sensors(folder), key=lambda one: one.recognizes(source))
    batches = list(sensor.read(source, lambda _n, why, _raw: reasons.append(why)))
    return sensor.name, [event for batch in batches for event in batch.events()], reasons


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    folder, log = tmp_path / "fieldmaps", tmp_path / "gate.csv"
    folder.mkdir()
    (folder / "county_gate.yml").write_text(OWN, "utf-8")
    log.write_bytes((TABLE + "01.11.2026 06:99,10.1.2.3,x,1,,\n1,2\n").encode("gb18030"))
    name, events, reasons = own_reading(folder, log)
    (event,) = events
    assert name == "fieldmap"
    assert (event.kind, event.text("event.action"), event.number("source.bytes")) == ("flow", "deny", 1536)
    assert (event.text("source.ip"), event.number("source.port")) == ("10.1.2.3", 4711)
    assert event.time.isoformat() == "2026-11-01T00:02:00+00:00"
    assert event.extra == {"处理": "0", "流量KB": "1.5", "备注": "甲", "observer.type": "gateway"}
    assert reasons == [
        "时刻 is no time by %d.%m.%Y %H:%M: '01.11.2026 06:99'", "2 values for 6 columns",
    ]  # fmt: skip


def test_a_map_of_ones_own_wins_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert [one.own for one in shelf.maps if one.name == "topsec"] == [False]
    path = tmp_path / "mine.yml"
    path.write_text(OWN.replace("county_gate", "topsec"), "utf-8")
    assert [one.map.module for one in shelf.maps if one.name == "topsec"] == ["gate"]
    path.write_text("name: [", "utf-8")
    os.utime(path, ns=(1, 1))
    assert [one.own for one in shelf.maps if one.name == "topsec"] == [False]
    assert "mine.yml: no YAML" in shelf.problems[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("source.ip", "source ip"), "fields.来源: 'source ip' is no ECS field name"),
        (("source.ip", "event.id"), None),
        (("source.ip", "taishi.source.unit"), "is written by the platform itself"),
        (("Asia/Urumqi", "Asia/Nowhere"), "time.zone 'Asia/Nowhere': no such zone"),
        (("format: csv", "format: xml"), "Invalid enum value 'xml'"),
        (("module: gate", "modul: gate"), "modul"),
        (("kind: flow", "kind: flows"), "Invalid enum value 'flows'"),
        (("recognize: {keys: [来源, 去向, 处理]}", "recognize: {}"), "recognize: name keys"),
        (("name: county_gate", "name: 县"), "name '县'"),
        (("set: {observer.type: gateway}", "set: &a {observer.type: x}\nlogs: [*a]"), "anchors and aliases"),
        (("format: csv", "format: pattern\npatterns: ['(']"), "no regular expression"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_is_said_in_one_line(change: tuple[str, str], why: str | None) -> None:
    assert change[0] in OWN
    text = OWN.replace(*change)
    if why is None:
        read_map(text, "x.yml")
        return
    with pytest.raises(Problem) as refused:
        read_map(text, "x.yml")
    assert str(refused.value).startswith("x.yml: ")
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_pattern_that_runs_away_is_stopped() -> None:
    text = OWN.replace("format: csv", "format: pattern\npatterns: ['(?P<a>(a|aa)+)$']").replace(
        "recognize: {keys: [来源, 去向, 处理]}", "recognize: {text: aaaa}"
    )
    reader = LineReader([read_map(text, "x.yml")], LATEST)
    with pytest.raises(Damaged, match="takes too long"):
        reader.events("a" * 5000 + "!")


def test_json_of_a_device(tmp_path: Path) -> None:
    text = OWN.replace("format: csv", "format: json").replace("来源", "who.from").replace("时刻", "at")
    (tmp_path / "x.yml").write_text(text.replace(', format: "%d.%m.%Y %H:%M"', ""), "utf-8")
    log = tmp_path / "x.json"
    record = {"at": "2026-11-01 06:02:00", "who": {"from": "10.1.2.3"}, "去向": "198.51.100.7", "处理": "1"}
    log.write_text(json.dumps(record, ensure_ascii=False) + "\n", "utf-8")
    name, (event,), reasons = own_reading(tmp_path, log)
    assert (name, event.text("source.ip"), event.text("event.action"), reasons) == (
        "fieldmap", "10.1.2.3", "allow", [],
    )  # fmt: skip


@given(st.text(max_size=120), st.sampled_from(["=", ":"]), st.sampled_from(["", ",", ";"]))
@settings(max_examples=200)
def test_pairs_of_anything(text: str, assign: str, separator: str) -> None:
    assert all(isinstance(value, str) for value in pairs(text, assign, separator).values())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_line_that_was_changed_is_events_or_damaged(data: st.DataObject) -> None:
    line = LINES[data.draw(st.sampled_from(sorted(LINES)))][0]
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, min(len(line), start + 9)))
    reader = LineReader(shipped(), LATEST)
    try:
        assert len(reader.events(line[:start] + data.draw(st.text(max_size=9)) + line[end:])) <= 1
    except Damaged as damaged:
        assert str(damaged)  # noqa: PT017


def test_a_table_without_a_map(read: Callable) -> None:
    made = read(
        "时间;源IP;目的IP;目的端口;动作\n2026-11-01 01:02:03;10.1.2.3;198.51.100.7;443;deny\n1;2\n", "x.csv"
    )
    assert made.sensor == "csv_table"
    event = made.only
    assert (event.text("source.ip"), event.number("destination.port")) == ("10.1.2.3", 443)
    assert made.reasons == ["2 values for 5 columns"]
