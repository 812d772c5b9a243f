"""Windows events as XML, whoever forwards them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detections.engine.load import load_rules
from detections.engine.sigma import SigmaEngine
from sensors.choose import sense
from taishi.core.source import Source

SECURITY = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing'/><EventID Qualifiers=''>4625</EventID>"
    "<Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2026-01-01T00:00:00.1234567Z'/>"
    "<EventRecordID>7</EventRecordID><Channel>Security</Channel><Computer>dc-1</Computer></System>"
    "<EventData><Data Name='TargetUserName'>li</Data><Data Name='IpAddress'>192.0.2.7</Data></EventData>"
    "{}</Event>"
)
PLAIN = SECURITY.format("")
RENDERED = SECURITY.format(
    "<RenderingInfo Culture='zh-CN'><Message>帐户登录失败。&#xD;</Message></RenderingInfo>"
)
SYSMON = (
    '<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/>'
    '<EventID>1</EventID><TimeCreated SystemTime="2026-01-01T00:00:00.000000000Z"/>'
    "<Channel>Linux-Sysmon/Operational</Channel><Computer>web-1</Computer></System><EventData>"
    '<Data Name="Image">/usr/bin/base64</Data><Data Name="CommandLine">base64 -d /srv/x &amp;&amp; id</Data>'
    '<Data Name="ParentImage">/usr/bin/bash</Data><Data Name="User">root</Data></EventData></Event>'
)


def test_a_forwarded_event_is_as_its_binary_form(read: Callable) -> None:
    event = read(PLAIN + "\n").only
    assert (event.kind, event.text("event.code"), event.text("winlog.channel")) == (
        "windows", "4625", "Security",
    )  # fmt: skip
    assert (event.text("user.name"), event.text("source.ip")) == ("li", "192.0.2.7")
    assert (event.text("event.outcome"), event.extra["EventID"]) == ("failure", 4625)
    assert event.text("event.original") == PLAIN


def test_a_rendered_event_has_its_words(read: Callable) -> None:
    event = read(RENDERED + "\n").only
    assert event.text("message") == event.extra["Message"] == "帐户登录失败。"


@pytest.mark.parametrize(
    "content",
    [
        f"{PLAIN}{RENDERED}\n",
        f"<?xml version='1.0'?>\n<Events>\n{PLAIN}\n{RENDERED}\n</Events>\n",
        (PLAIN + "\n" + RENDERED).replace("><", ">\r\n  <"),
    ],
)
def test_events_however_they_are_laid_out(content: str, read: Callable) -> None:
    made = read(content)
    assert (made.sensor, len(made.events), made.rejected) == ("windows_xml", 2, [])


def test_damaged_events_are_set_aside(read: Callable) -> None:
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + PLAIN
    made = read(f"{PLAIN}\n{PLAIN.replace('</System>', '</Sys>')}\nwords\n{entity}\n{PLAIN[:300]}")
    assert len(made.events) == 2
    assert [why.partition(":")[0] for why in made.reasons] == [
        "no XML",
        "no <Event> here",
        "the <Event> does not end",
    ]


def test_sysmon_for_linux_in_syslog(read: Callable) -> None:
    event = read(f"Jan  1 08:00:00 web-1 sysmon: {SYSMON}\n", "syslog").only
    assert (event.kind, event.text("winlog.channel")) == ("windows", "Linux-Sysmon/Operational")
    assert event.extra["CommandLine"] == "base64 -d /srv/x && id"
    mixed = read(
        "Jan  1 08:00:00 web-1 app: words\n" * 9 + f"Jan  1 08:00:00 web-1 sysmon: {SYSMON}\n", "syslog"
    )
    assert [found.kind for found in mixed.events] == ["other"] * 9 + ["windows"]


def test_rules_for_processes_of_linux_hit_it(corpus: Path, tmp_path: Path) -> None:
    rules = load_rules([corpus / "sigma/rules/linux/process_creation/proc_creation_lnx_base64_decode.yml"])
    log = tmp_path / "syslog"
    log.write_text(f"Jan  1 08:00:00 web-1 sysmon: {SYSMON}\n", "utf-8")
    (batch,) = sense(Source.of(log)).read(Source.of(log), lambda *_: None)
    assert len(list(SigmaEngine(rules.plan).match(batch))) == 1
