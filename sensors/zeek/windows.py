"""dce_rpc, smb_mapping and ldap_search: Zeek manual, "Logs". Zeek's own names stay beside the columns."""

from collections.abc import Mapping

from sensors.pcap.rpc_names import opnum
from sensors.values import count, word, words
from sensors.zeek.mapped import Mapped
from taishi.core.event import Json, Value


def dce_rpc(record: Mapping[str, Json]) -> Mapped:
    """A call; Zeek tells whether it was answered (`rtt`), not with what."""
    endpoint, operation = word(record.get("endpoint"), "endpoint"), word(record.get("operation"), "operation")
    row: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "event.action": "rpc-call",
        "network.protocol": "dcerpc",
        "network.transport": "tcp",
        "taishi.rpc.interface": endpoint,
        "taishi.rpc.operation": operation,
        "taishi.rpc.opnum": opnum(endpoint or "", operation or ""),
        "taishi.rpc.pipe": _pipe(word(record.get("named_pipe"), "named_pipe")),
        "taishi.rpc.answered": record.get("rtt") is not None,
        "taishi.rpc.calls": 1,
    }
    return Mapped("rpc", row, ())


def smb_mapping(record: Mapping[str, Json]) -> Mapped:
    """A share that was connected to."""
    path = word(record.get("path"), "path")
    row: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "event.action": "smb-connection",
        "network.protocol": "smb",
        "network.transport": "tcp",
        "taishi.smb.shares": [path] if path else None,
    }
    return Mapped("smb", row, ())


def ldap_search(record: Mapping[str, Json]) -> Mapped:
    scopes, bases = words(record.get("scope"), "scope"), words(record.get("base_object"), "base_object")
    row: dict[str, Value] = {
        "event.category": "network",
        "event.type": "protocol",
        "event.action": "ldap-search",
        "network.protocol": "ldap",
        "taishi.ldap.base": bases[0] if bases else None,
        "taishi.ldap.scope": scopes[0] if scopes else None,
        "taishi.ldap.filter": word(record.get("filter"), "filter"),
        "taishi.ldap.attributes": words(record.get("attributes"), "attributes"),
        "taishi.ldap.entries": count(record.get("result_count"), "result_count"),
    }
    return Mapped("ldap", row, ())


def _pipe(name: str | None) -> str | None:
    """`\\pipe\\svcctl` as `svcctl`; a port number stands there where the call came over TCP."""
    if name is None or name.isdecimal():
        return None
    return name.replace("/", "\\").rpartition("\\")[2].lower() or None
