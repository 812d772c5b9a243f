"""Calls of DCE/RPC as events."""

from collections.abc import Iterator

from sensors.pcap.conversation import Found
from sensors.pcap.rpc import Association, Call
from taishi.core.event import Json, Value


def calls(association: Association) -> Iterator[Found]:
    """One event for all calls of an operation with the same arguments and result."""
    for call in association.calls():
        yield _call(call)


def _call(call: Call) -> Found:
    fault = call.result is not None and call.result.startswith("fault:")
    row: dict[str, Value] = {
        "event.action": "rpc-call",
        "event.outcome": "failure" if fault else "success" if call.result == _GOOD else None,
        "network.protocol": "dcerpc",
        "taishi.rpc.interface": call.interface,
        "taishi.rpc.opnum": call.number,
        "taishi.rpc.operation": call.operation,
        "taishi.rpc.pipe": call.pipe,
        "taishi.rpc.result": call.result,
        "taishi.rpc.argument": call.argument,
        "taishi.rpc.answered": call.answered,
        "taishi.rpc.sealed": call.sealed,
        "taishi.rpc.weak_challenge": call.weak or None,
        "taishi.rpc.calls": call.count,
    }
    extra: dict[str, Json] = {}
    return Found("rpc", call.time, call.record, row, extra)


_GOOD = "0x00000000"
