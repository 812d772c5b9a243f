"""Batches of names, handshakes, logons and calls as rows to add up."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detections.ledger.addresses import which
from detections.ledger.flows import as_table, example, micros, number, text
from detections.ledger.tally import Layout
from detections.networks import Networks
from detections.public_suffix import split_name
from detections.services import HOME_MADE_PORT, USUAL_PORTS
from taishi.core.event import Batch

_TEXT, _NUMBER = pa.string(), pa.int64()
_OWNER = ("unit", "asset")

#: Questions: one row a name asked by one host of one server.
QUESTIONS = Layout(
    {"src": _TEXT, "server": _TEXT, "domain": _TEXT, "below": _TEXT, "rcode": _TEXT},
    ("n",),
    least=("first",),
    most=("last",),
    early=("example",),
    late=_OWNER,
)
#: TLS handshakes by server and name; `name` is empty where the client gave none.
HANDSHAKES = Layout(
    {"src": _TEXT, "dst": _TEXT, "port": _NUMBER, "name": _TEXT},
    ("n", "self_signed", "known"),
    least=("first",),
    most=("last",),
    early=("example",),
    late=_OWNER,
)
#: Which name one connection was for, from TLS or HTTP.
NAMES = Layout({"src": _TEXT, "sport": _NUMBER, "dst": _TEXT, "port": _NUMBER, "name": _TEXT})
#: Calls to the outside or through a proxy, each by itself: bytes sent, payload up and down.
CALLS = Layout(
    {"src": _TEXT, "dst": _TEXT, "port": _NUMBER, "sport": _NUMBER, "t": _NUMBER},
    ("size", "up", "down"),
    single=True,
)

#: Reverse lookups and names that never leave the link.
_LOCAL = re.compile(r"\.(in-addr\.arpa|ip6\.arpa|local|home\.arpa)$")
_LINK = pa.array(["mdns", "llmnr", "netbios"])
#: Services whose clients poll by design, known by protocol and not by address.
_POLLING = pa.array(
    "ntp dns mdns llmnr dhcp snmp syslog icmp ssdp netbios imap pop3 smtp".split()  # noqa: SIM905
)
#: Names, addresses, time, monitoring; and mail programs, which look for new mail every few minutes.
_POLLING_PORTS = np.array([53, 67, 68, 123, 137, 138, 161, 514, 1900, 5353, 25, 110, 143, 465, 587, 993, 995])
#: Where forward proxies listen (Squid, Privoxy, SOCKS and their usual alternatives).
PROXY_PORTS = (1080, 3128, 3129, 8080, 8118, 8888)


def question_rows(batch: Batch) -> pa.Table:
    names = pc.utf8_rtrim(pc.utf8_lower(text(batch, "dns.question.name")), ".")
    fit = ~np.asarray(pc.is_in(text(batch, "network.protocol"), _LINK)) & ~np.asarray(pc.equal(names, ""))
    fit &= ~np.asarray(pc.match_substring_regex(names, _LOCAL.pattern))
    split = [split_name(name) for name in names.to_pylist()]
    source = pc.if_else(
        pc.equal(text(batch, "source.ip"), ""), text(batch, "host.name"), text(batch, "source.ip")
    )
    moments = micros(batch)
    server = text(batch, "destination.ip")
    rows = as_table(
        {
            "src": source,
            "server": server,
            # A name without a top-level domain goes straight to a server that needs no delegation.
            "domain": pa.array(
                [domain or at for (_, domain), at in zip(split, server.to_pylist(), strict=True)]
            ),
            "below": pa.array([below for below, _ in split]),
            "rcode": text(batch, "dns.response_code"),
            "n": np.ones(len(batch), np.int64),
            "first": moments,
            "example": example(batch, "dns.question.type", "dns.question.name"),
            "unit": batch.rows.column("taishi.source.unit"),
            "asset": batch.rows.column("taishi.source.asset"),
            "last": moments,
        },
        QUESTIONS,
    )
    return rows.filter(pa.array(fit))


def handshake_rows(batch: Batch) -> pa.Table:
    moments, signed = micros(batch), batch.rows.column("taishi.tls.self_signed")
    return as_table(
        {
            "src": text(batch, "source.ip"),
            "dst": text(batch, "destination.ip"),
            "port": number(batch, "destination.port"),
            "name": text(batch, "tls.client.server_name"),
            "n": np.ones(len(batch), np.int64),
            "self_signed": np.asarray(pc.fill_null(signed, False)),
            "known": np.asarray(signed.is_valid()),
            "first": moments,
            "example": example(batch, "source.port", "tls.client.server_name"),
            "unit": batch.rows.column("taishi.source.unit"),
            "asset": batch.rows.column("taishi.source.asset"),
            "last": moments,
        },
        HANDSHAKES,
    )


def name_rows(batch: Batch) -> pa.Table:
    column = "tls.client.server_name" if batch.kind == "tls" else "url.domain"
    rows = as_table(
        {
            "src": text(batch, "source.ip"),
            "sport": number(batch, "source.port"),
            "dst": text(batch, "destination.ip"),
            "port": number(batch, "destination.port"),
            "name": pc.utf8_lower(text(batch, column)),
        },
        NAMES,
    )
    return rows.filter(pc.not_equal(rows.column("name"), ""))


def call_rows(batch: Batch, networks: Networks) -> pa.Table:
    """Flows of one host to one outside address, to a proxy, or far within: what may show a rhythm."""
    destination, port = text(batch, "destination.ip"), number(batch, "destination.port")
    fit = ~np.asarray(pc.is_in(text(batch, "network.protocol"), _POLLING)) & ~np.isin(port, _POLLING_PORTS)
    fit &= np.asarray(pc.is_in(text(batch, "network.transport"), pa.array(["tcp", "udp"])))
    outside = which(destination, lambda one: networks.unicast(one) and not networks.inside(one))
    fit &= outside | np.isin(port, PROXY_PORTS) | _far_within(batch, port, networks)
    fit &= which(text(batch, "source.ip"), networks.unicast)
    rows = as_table(
        {
            "src": text(batch, "source.ip"),
            "dst": destination,
            "port": port,
            "sport": number(batch, "source.port"),
            "t": micros(batch),
            "size": number(batch, "source.bytes"),
            "up": number(batch, "taishi.flow.source_payload"),
            "down": number(batch, "taishi.flow.destination_payload"),
        },
        CALLS,
    )
    return rows.filter(pa.array(fit))


def _far_within(batch: Batch, port: NDArray[np.int64], networks: Networks) -> NDArray[np.bool_]:
    """Talks on odd ports with other networks (/16) than the caller's: a control server may stand among us."""
    source, destination = (
        pc.replace_substring_regex(text(batch, f"{side}.ip"), r"\.\d+\.\d+$", "")
        for side in ("source", "destination")
    )
    usual = list(USUAL_PORTS - {HOME_MADE_PORT})
    spoken = (number(batch, "taishi.flow.source_payload") > 0) & (
        number(batch, "taishi.flow.destination_payload") > 0
    )
    within = which(text(batch, "source.ip"), networks.inside) & which(
        text(batch, "destination.ip"), networks.inside
    )
    return np.asarray(pc.not_equal(source, destination)) & ~np.isin(port, usual) & spoken & within
