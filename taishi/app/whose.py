"""Whose an address is that is to be blocked."""

from datetime import datetime

from enrichment.register import AddressRegister
from taishi.app.networks import Protected, protecting, read_network
from taishi.app.refusal import Refusal
from taishi.core.ports import StateStore
from taishi.core.problems import Problem
from taishi.core.records import Asset, Unit, Verdict


def whose(
    state: StateStore, internal: tuple[str, ...], address: str, verdict: Verdict, at: datetime
) -> tuple[str, str | None]:
    """(scope, unit): `subject` the alert's own host, `unit` another host of a unit, `peer` an outsider.

    `internal` are our networks as CIDR. Raises Refusal for what lies in them, is nobody's by the register
    at that moment and is not what the alert is about.
    """
    owner = AddressRegister(state.find(Unit), state.find(Asset)).owner(address, at)
    if address == plain(verdict.subject):
        return "subject", owner.unit if owner else verdict.unit
    if owner:
        return "unit", owner.unit
    if protecting(address, (Protected(read_network(cidr), "") for cidr in internal)):
        raise Refusal(
            f"{address} 属于内部网络但未登记归属单位，请先在“资产”中登记该地址",
            f"{address} lies in our networks and has no owner; register the address first",
        )
    return "peer", None


def plain(name: str) -> str:
    """An address as blocks write it; other names as they are."""
    try:
        return str(read_network(name).network_address)
    except Problem:
        return name
