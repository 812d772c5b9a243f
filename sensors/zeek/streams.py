"""Which stream a log is, and what each stream's fields mean."""

import math
import re
from collections.abc import Callable, Mapping

from sensors.lines import Damaged, Seen
from sensors.values import Table, address, columns, filled, left, moment, port, since_epoch, word
from sensors.zeek import logons, network, windows
from sensors.zeek.mapped import Mapped
from taishi.core.event import Json, Value

_MAPPERS: dict[str, Callable[[Mapping[str, Json]], Mapped]] = {
    "conn": network.conn,
    "dns": network.dns,
    "http": network.http,
    "ssl": network.ssl,
    "files": network.files,
    "smb_files": network.smb_files,
    "smb_mapping": windows.smb_mapping,
    "dce_rpc": windows.dce_rpc,
    "ldap_search": windows.ldap_search,
    "notice": network.notice,
    "ssh": logons.ssh,
    "ftp": logons.ftp,
    "kerberos": logons.kerberos,
    "ntlm": logons.ntlm,
    "rdp": logons.rdp,
    "radius": logons.radius,
}
#: Streams without a mapping of their own, by Zeek's default names: known, so that file names tell them.
# fmt: off
_OTHER = frozenset({
    "arp", "broker", "capture_loss", "cluster", "config", "conn_long", "dhcp", "dnp3",
    "dpd", "intel", "irc", "known_certs", "known_hosts", "known_services", "ldap",
    "loaded_scripts", "modbus", "mqtt", "mysql", "ntp", "ocsp", "packet_filter", "pe", "quic",
    "reporter", "sip", "smb_cmd", "smtp", "snmp", "socks", "software", "stats",
    "syslog", "telemetry", "traceroute", "tunnel", "weird", "x509",
})
# fmt: on
_KNOWN = _OTHER | _MAPPERS.keys()
#: Fields that only one stream has.
_MARKS = (
    ("conn_state", "conn"),
    ("qtype", "dns"),
    ("query", "dns"),
    ("cipher", "ssl"),
    ("uri", "http"),
    ("user_agent", "http"),
    ("mime_type", "files"),
    ("note", "notice"),
    ("auth_success", "ssh"),
    ("request_type", "kerberos"),
)
_UNDERSCORED = {f"id_{end}_{what}": f"id.{end}_{what}" for end in ("orig", "resp") for what in "hp"}


def stream_by_name(name: str) -> str | None:
    """The stream that a file name tells: conn.log, X_conn.log, conn.10_00_00-11_00_00.log.gz …"""
    for piece in name.lower().split("."):
        words = re.split(r"[_-]+", piece)
        for start in range(len(words)):
            stream = "_".join(words[start:])
            if stream in _KNOWN:
                return stream
    return None


def stream_by_fields(record: Mapping[str, Json]) -> str:
    """The stream that the fields tell, `unknown` where they do not."""
    return next((stream for mark, stream in _MARKS if mark in record), "unknown")


def seen(stream: str, record: Mapping[str, Json], original: str) -> Seen:
    """One record as an event; raises Damaged where a field does not hold what it should."""
    record = {_UNDERSCORED.get(name, name): value for name, value in record.items()}
    mapped = _MAPPERS.get(stream, _other)(record)
    row: dict[str, Value] = {
        "@timestamp": _time(record.get("ts")),
        "event.kind": "event",
        "event.module": "zeek",
        "event.dataset": f"zeek.{stream}",
        **columns(record, _ENDS),
        **mapped.row,
    }
    used = {"ts", "@stream", "_path", *mapped.used}
    used |= {name for name, (column, _) in _ENDS.items() if column in row}
    return Seen(mapped.kind, filled(row), left(record, used - mapped.kept), original)


_ENDS: Table = {
    "id.orig_h": ("source.ip", address),
    "id.orig_p": ("source.port", port),
    "id.resp_h": ("destination.ip", address),
    "id.resp_p": ("destination.port", port),
    "proto": ("network.transport", word),
}


def _time(value: Json) -> Value:
    """Zeek writes seconds, however few, or ISO 8601."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        if abs(value) < 1e11:
            return since_epoch(value)
        raise Damaged(f"ts is no time: {value}")
    return moment(value, "ts")


def _other(record: Mapping[str, Json]) -> Mapped:
    name = record.get("name")
    return Mapped("other", {"message": name if isinstance(name, str) else None}, ())
