"""`taishi doctor` as an operator sees it."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.ran import Ran

Taishi = Callable[..., Ran]


def test_nothing_there_is_said_and_fails(taishi: Taishi, tmp_path: Path) -> None:
    ran = taishi("doctor", "--data", tmp_path / "nowhere")
    assert ran.status == 1
    assert "✗ data:" in ran.out
    assert "Traceback" not in ran.err


def test_a_fresh_installation_in_words_and_json(taishi: Taishi, tmp_path: Path) -> None:
    taishi("sensor", "add", "siem", "--kind", "bulk", "--data", tmp_path, "--json")
    ran = taishi("doctor", "--data", tmp_path)
    assert ran.status == 0, ran.out
    assert "✓ audit: 审计链完整" in ran.out
    told = json.loads(taishi("doctor", "--data", tmp_path, "--json").out)
    assert told["ok"]
    assert told["clauses"]["C6"] == "ok"
