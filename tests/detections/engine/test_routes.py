"""Log sources find their events: each family with one event that a rule must see and one that it must not."""

from pathlib import Path

import pytest

from detections.engine.route import Route, aliases
from detections.engine.routes import Routes, routes
from taishi.core.ecs import Kind
from taishi.core.problems import Problem

Fields = dict[str, object]
SYSMON: Fields = {"winlog.channel": "Microsoft-Windows-Sysmon/Operational"}
SECURITY: Fields = {"winlog.channel": "Security"}
ZEEK: Fields = {"event.module": "zeek"}
SYSLOG: Fields = {"event.module": "system", "event.dataset": "system.syslog"}


def seen(logsource: str, kind: Kind, event: Fields) -> tuple[str, ...]:
    """The names of the routes of `product/category/service` that see an event, whatever fields are asked."""
    found = [route for route in routes(source(logsource)) if not route.only]
    return tuple(route.name for route in found if route.fits(kind, event.get))


def source(text: str) -> dict[str, str]:
    named = zip(("product", "category", "service"), text.split("/"), strict=True)
    return {key: value for key, value in named if value}


def value(route: Route, field: str, event: Fields) -> object:
    """What a rule's field holds in an event: the first alternative that is there."""
    return next((event[name] for name in route.event_fields(field) if name in event), None)


def one(logsource: str, name: str) -> Route:
    return next(route for route in routes(source(logsource)) if route.name == name)


@pytest.mark.parametrize(
    ("logsource", "kind", "event", "expected"),
    [
        ("windows/process_creation/", "windows", {**SYSMON, "event.code": "1"}, "sysmon"),
        ("windows/process_creation/", "windows", {**SYSMON, "event.code": "3"}, None),
        ("windows/process_creation/", "windows", {**SECURITY, "event.code": "4688"}, "security-4688"),
        ("windows/process_creation/", "windows", {**SECURITY, "event.code": "1"}, None),
        ("windows/process_creation/", "process", {"host.os.type": "windows"}, "ecs-process"),
        ("windows/process_creation/", "process", {"host.os.type": "linux"}, None),
        ("windows/process_creation/", "process", {"event.type": ["end"]}, None),
        ("windows/registry_set/", "windows", {**SYSMON, "event.code": 13}, "sysmon"),
        ("windows/registry_set/", "windows", {**SYSMON, "event.code": 12}, None),
        (
            "windows/registry_set/",
            "windows",
            {**SECURITY, "event.code": "4657", "OperationType": "%%1905"},
            "security-4657",
        ),
        (
            "windows/registry_set/",
            "windows",
            {**SECURITY, "event.code": "4657", "OperationType": "%%1904"},
            None,
        ),
        (
            "windows/registry_delete/",
            "process",
            {"event.category": "registry", "event.type": "deletion"},
            "ecs-registry",
        ),
        ("windows/registry_delete/", "process", {"event.category": "registry", "event.type": "change"}, None),
        ("windows/file_event/", "file", {"event.category": "file", "event.type": ["creation"]}, "ecs-file"),
        ("windows/file_event/", "file", {"event.category": "file", "event.module": "zeek"}, None),
        ("windows/dns_query/", "dns", {"host.os.type": "windows", "event.category": "network"}, "ecs-dns"),
        ("windows/dns_query/", "dns", {**ZEEK, "event.category": "network"}, None),
        ("windows/image_load/", "process", {"event.category": ["library"]}, "ecs-library"),
        ("windows/image_load/", "process", {"event.category": ["process"]}, None),
        (
            "windows/ps_script/",
            "windows",
            {"winlog.channel": "PowerShellCore/Operational", "event.code": "4104"},
            "powershell-4104",
        ),
        (
            "windows/ps_script/",
            "windows",
            {"winlog.channel": "Windows PowerShell", "event.code": "4104"},
            None,
        ),
        ("windows//system", "windows", {"winlog.channel": "system"}, "system"),
        ("windows//system", "windows", SECURITY, None),
        (
            "windows//iis-configuration",
            "windows",
            {"winlog.channel": "Microsoft-IIS-Configuration/Operational"},
            "iis-configuration",
        ),
        ("windows//iis-configuration", "windows", SECURITY, None),
        ("windows//", "windows", SECURITY, "any-windows"),
        ("windows//", "other", SYSLOG, None),
        (
            "linux/process_creation/",
            "windows",
            {"winlog.channel": "Linux-Sysmon/Operational", "event.code": "1"},
            "sysmon-linux",
        ),
        ("linux/process_creation/", "windows", {**SYSMON, "event.code": "1"}, None),
        ("linux/process_creation/", "process", {}, "ecs-process"),
        ("linux//auditd", "other", {"event.module": "auditd"}, "auditd"),
        ("linux//auditd", "other", SYSLOG, None),
        ("linux//sshd", "logon", {**SYSLOG, "event.provider": "sshd"}, "syslog"),
        ("linux//sshd", "other", {**SYSLOG, "event.provider": "sshd-session"}, "syslog"),
        ("linux//sshd", "logon", {**SYSLOG, "event.provider": "sudo"}, None),
        ("linux//sudo", "logon", {"event.dataset": "system.auth", "process.name": "sudo"}, "filebeat-system"),
        ("linux//cron", "other", {**SYSLOG, "event.provider": "CRON"}, "syslog"),
        ("linux//", "other", {**SYSLOG, "event.provider": "kernel"}, "syslog"),
        ("linux//", "other", ZEEK, None),
        ("macos/process_creation/", "process", {"host.os.type": "macos"}, "ecs-process"),
        ("macos/process_creation/", "process", {}, None),
        ("/webserver/", "http", {"event.module": "apache"}, "http"),
        ("/webserver/", "dns", {}, None),
        ("//nginx", "other", {**SYSLOG, "event.provider": "nginx"}, "syslog"),
        ("//nginx", "other", {**SYSLOG, "event.provider": "sshd"}, None),
        ("zeek//dns", "dns", {**ZEEK, "event.dataset": "zeek.dns"}, "zeek"),
        ("zeek//dns", "dns", {"event.module": "suricata"}, "wire"),
        ("zeek//dns", "dns", {"event.module": "okta"}, None),
        ("zeek//smb_files", "file", {**ZEEK, "event.dataset": "zeek.smb_files"}, "zeek"),
        ("zeek//smb_files", "file", {**ZEEK, "event.dataset": "zeek.files"}, None),
        ("/dns/", "dns", {}, "dns"),
        ("/dns/", "flow", {}, None),
        ("/firewall/", "flow", {}, "flow"),
        ("/firewall/", "http", {}, None),
        (
            "/antivirus/",
            "windows",
            {"winlog.channel": "Microsoft-Windows-Windows Defender/Operational", "event.code": "1116"},
            "windefend",
        ),
        ("/antivirus/", "alert", {"event.category": ["malware", "intrusion_detection"]}, "ecs-malware"),
        ("/antivirus/", "alert", {"event.category": "intrusion_detection"}, None),
        ("cisco//aaa", "other", {"event.module": "cisco"}, "ios"),
        ("cisco//aaa", "other", SYSLOG, None),
        ("rpc_firewall/application/", "windows", {"winlog.channel": "RPCFW"}, "rpcfw"),
        ("rpc_firewall/application/", "windows", SECURITY, None),
        ("aws//cloudtrail", "other", {"event.module": "aws", "event.dataset": "aws.cloudtrail"}, "aws"),
        ("aws//cloudtrail", "other", {"event.module": "aws", "event.dataset": "aws.vpcflow"}, None),
        ("aws//cloudtrail", "other", {"eventType": "AwsApiCall"}, "cloudtrail-json"),
        (
            "azure//signinlogs",
            "logon",
            {"event.module": "azure", "event.dataset": "azure.signinlogs"},
            "azure",
        ),
        ("azure//signinlogs", "other", {"event.module": "azure", "event.dataset": "azure.auditlogs"}, None),
        ("okta//okta", "logon", {"event.module": "okta"}, "okta"),
        ("okta//okta", "logon", SYSLOG, None),
        ("m365//audit", "other", {"event.module": "o365"}, "o365"),
        ("m365//audit", "other", {"event.module": "azure"}, None),
        ("kubernetes//audit", "other", {"apiVersion": "audit.k8s.io/v1"}, "kubernetes-json"),
        ("kubernetes//audit", "other", {"apiVersion": "v1"}, None),
        ("jvm/application/", "other", {**SYSLOG, "event.provider": "java"}, "syslog"),
        ("jvm/application/", "other", {**SYSLOG, "event.provider": "sshd"}, None),
        ("taishi/http/", "http", {}, "http"),
        ("taishi/http/", "dns", {}, None),
        ("acme/widgets/", "other", {"event.module": "acme"}, "module"),
        ("acme/widgets/", "other", {"event.dataset": "acme.widgets"}, "dataset"),
        ("acme/widgets/", "other", {"event.module": "other"}, None),
    ],
)
def test_a_log_source_sees_its_events_and_no_others(
    logsource: str, kind: Kind, event: Fields, expected: str | None
) -> None:
    assert seen(logsource, kind, event) == ((expected,) if expected else ())


@pytest.mark.parametrize(
    ("logsource", "route", "field", "event"),
    [
        ("windows/process_creation/", "sysmon", "Image", {"Image": "x"}),
        ("windows/process_creation/", "sysmon", "process.executable", {"Image": "x"}),
        ("windows/process_creation/", "sysmon", "process.command_line", {"CommandLine": "x"}),
        ("windows/process_creation/", "sysmon", "CommandLine", {"process.command_line": "x"}),
        ("windows/process_creation/", "sysmon", "winlog.event_data.ParentImage", {"ParentImage": "x"}),
        ("windows/process_creation/", "sysmon", "winlog.event_id", {"EventID": "x"}),
        ("windows/process_creation/", "security-4688", "Image", {"NewProcessName": "x"}),
        ("windows/process_creation/", "security-4688", "Image", {"process.executable": "x"}),
        ("windows/process_creation/", "security-4688", "process.executable", {"NewProcessName": "x"}),
        (
            "windows/process_creation/",
            "security-4688",
            "ParentProcessId",
            {"ProcessId": "x", "NewProcessId": 1},
        ),
        (
            "windows/process_creation/",
            "ecs-process",
            "ParentCommandLine",
            {"process.parent.command_line": "x"},
        ),
        ("windows/registry_set/", "security-4657", "Details", {"NewValue": "x"}),
        ("windows/image_load/", "ecs-library", "ImageLoaded", {"dll.path": "x"}),
        ("windows//windefend", "windefend", "ThreatName", {"Threat Name": "x"}),
        ("windows//windefend", "windefend", "Feature_Name", {"Feature Name": "x"}),
        ("windows//windefend", "windefend", "Threat Name", {"ThreatName": "x"}),
        ("windows//security", "security", "ComputerName", {"Computer": "x"}),
        ("linux//auditd", "auditd", "a1", {"auditd.log.a1": "x"}),
        ("linux//auditd", "auditd", "type", {"auditd.message_type": "x"}),
        ("/webserver/", "http", "cs-uri-query", {"url.query": "x", "url.original": "/a?x"}),
        ("/webserver/", "http-target", "cs-uri-query", {"url.query": "y", "url.original": "x"}),
        ("/proxy/", "http", "c-uri", {"url.full": "x", "url.original": "y"}),
        ("/antivirus/", "windefend", "Signature", {"Threat Name": "x"}),
        ("zeek//http", "zeek", "uri", {"url.original": "x"}),
        ("zeek//kerberos", "zeek", "request_type", {"zeek.kerberos.request_type": "x"}),
        ("aws//cloudtrail", "aws", "eventName", {"event.action": "x"}),
        ("aws//cloudtrail", "aws", "userIdentity.type", {"userIdentity.type": "x"}),
        ("aws//cloudtrail", "aws", "userIdentity.type", {"aws.cloudtrail.user_identity.type": "x"}),
        (
            "aws//cloudtrail",
            "aws",
            "responseElements.publiclyAccessible",
            {"aws.cloudtrail.flattened.response_elements.publiclyAccessible": "x"},
        ),
        (
            "azure//signinlogs",
            "azure",
            "AuthenticationRequirement",
            {"azure.signinlogs.properties.authentication_requirement": "x"},
        ),
        (
            "okta//okta",
            "okta",
            "debugContext.debugData.requestUri",
            {"okta.debug_context.debug_data.request_uri": "x"},
        ),
        ("m365//audit", "o365", "ObjectId", {"o365.audit.ObjectId": "x"}),
        ("gcp//gcp.audit", "gcp", "data.protoPayload.methodName", {"gcp.audit.method_name": "x"}),
        (
            "kubernetes//audit",
            "kubernetes",
            "objectRef.resource",
            {"kubernetes.audit.objectRef.resource": "x"},
        ),
    ],
)
def test_a_rules_field_is_found_under_the_events_name(
    logsource: str, route: str, field: str, event: Fields
) -> None:
    assert value(one(logsource, route), field, event) == "x"


def test_an_account_is_never_looked_for_under_another_accounts_name() -> None:
    """Our Windows sensors fill user.name from whichever account an event names."""
    assert "user.name" not in one("windows//security", "security").event_fields("TargetUserName")


@pytest.mark.parametrize(
    ("logsource", "route", "field", "given", "whole", "expected"),
    [
        ("windows/process_creation/", "security-4688", "IntegrityLevel", "system", True, "S-1-16-16384"),
        ("windows/process_creation/", "sysmon", "IntegrityLevel", "System", True, "System"),
        (
            "windows/registry_set/",
            "security-4657",
            "TargetObject",
            "hklm\\System\\CurrentControlSet\\Services\\x",
            False,
            "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\x",
        ),
        (
            "windows/registry_set/",
            "security-4657",
            "TargetObject",
            "\\CurrentControlSet\\Control\\",
            False,
            "\\ControlSet001\\Control\\",
        ),
        ("windows/registry_set/", "security-4657", "Details", "DWORD (0x00000001)", True, "1"),
        (
            "windows/registry_set/",
            "security-4657",
            "Details",
            "DWORD (0x00000001)",
            False,
            "DWORD (0x00000001)",
        ),
        ("windows/network_connection/", "ecs-network", "Initiated", "true", True, "egress"),
    ],
)
def test_a_literal_is_written_as_the_source_writes_it(
    logsource: str, route: str, field: str, given: str, whole: bool, expected: str
) -> None:
    assert one(logsource, route).written(field, given, whole) == expected


def test_a_route_says_which_rules_it_cannot_decide() -> None:
    audit = one("windows/registry_event/", "security-4657")
    assert audit.carries({"TargetObject", "Details"})
    assert not audit.carries({"TargetObject", "NewName"})
    target = one("/webserver/", "http-target")
    assert target.carries({"cs-uri-query", "sc-status"})
    assert not target.carries({"sc-status"})


def test_names_with_spaces_have_aliases_both_ways() -> None:
    assert aliases("ThreatName") == ("Threat Name",)
    assert aliases("Threat Name") == ("ThreatName", "Threat_Name")
    assert aliases("process.name") == ()
    assert aliases("Image") == ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.yml").write_text(
        "sources:\n- logsource: {category: proxy}\n  also: true\n  routes:\n"
        "  - {name: squid, kinds: [other], where: {event.module: squid}, fields: {c-uri: url}}\n"
        "- logsource: {product: zeek}\n  routes: [{name: mine, kinds: [flow]}]\n",
        "utf-8",
    )
    return tmp_path


def test_a_users_entries_come_first_and_add_only_where_they_say_so(folder: Path) -> None:
    mine = Routes.load(folder)
    assert [route.name for route in mine.of({"category": "Proxy"})] == ["squid", "http", "http-target"]
    assert [route.name for route in mine.of({"product": "zeek", "service": "dns"})] == ["mine"]
    assert [route.name for route in mine.of({"category": "dns"})] == ["dns"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "sources:\n- logsource: {category: x}\n  routes: [{name: a, kinds: [proces]}]",
            "sources[0].routes[0].kinds[0]",
        ),
        ("sources:\n- logsource: {category: x}\n  routes: [{name: a, kind: [flow]}]", "unknown field `kind`"),
        ("sources:\n- logsource: {sort: x}\n  routes: []", "sources[0].logsource"),
        (
            "sources:\n- logsource: {category: x}\n  routes: [{name: a, kinds: [flow], where: [b]}]",
            "$.sources[0].routes[0].where",
        ),
        (
            "sources:\n- logsource: {category: x}\n  routes: [{name: a, kinds: [flow], fields: {a: {b: c}}}]",
            "routes[0].fields",
        ),
        ("- logsource: {category: x}", "Expected `object`"),
        ("sources: [", "not valid YAML"),
        ("\x00", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_told_with_its_key(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "own.yml").write_text(text, "utf-8")
    with pytest.raises(Problem) as problem:
        Routes.load(tmp_path)
    assert str(problem.value).startswith(str(tmp_path / "own.yml"))
    assert told in str(problem.value)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such folder"):
        Routes.load(tmp_path / "gone")
