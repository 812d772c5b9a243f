"""Alerts for playbooks, blocks for enforcers."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from taishi.core.records import Alert, AlertState, Block, Level, Threat, Verdict
from taishi.core.text import Text

MOMENT = datetime(2026, 5, 1, 8, tzinfo=UTC)
MakeAlert = Callable[..., Alert]


@pytest.fixture
def make_alert() -> MakeAlert:
    def make(
        threat: Threat = "compromised",
        level: Level = "high",
        state: AlertState = "new",
        unit: str | None = "县教育局",
        peers: tuple[str, ...] = ("203.0.113.7",),
        attackers: tuple[str, ...] = (),
    ) -> Alert:
        verdict = Verdict(
            "10.34.2.15", "ip", threat, level, unit, None, MOMENT, MOMENT, 3, peers, attackers, ()
        )
        return Alert("alert-1", verdict, state)

    return make


@pytest.fixture
def make_block() -> Callable[[str], Block]:
    def make(address: str) -> Block:
        return Block("b1", address, "all", Text("控制端", "control server"), "a1", 3600, MOMENT)

    return make
