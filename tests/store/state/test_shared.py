"""One state for several machines: leases, and the product's own commands on PostgreSQL."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from taishi.app.nodes.leases import Leases
from taishi.store import open_state_store


def test_of_many_that_ask_at_once_one_gets_the_lease(place):
    stores = [open_state_store(place) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for turn in range(10):
            asked = pool.map(lambda one: Leases(one, "x").acquire(f"cut {turn}"), stores)  # noqa: B023
            assert sum(lease is not None for lease in asked) == 1
    for store in stores:
        store.close()


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "taishi.cli.main", *words], capture_output=True, text=True, check=False
    )


def test_two_data_directories_share_one_state(postgresql, tmp_path):
    """As two machines would: each has its own folder for events."""
    state = ("--state-store", postgresql.fresh())
    added = run("sensor", "add", "web-1", "--kind", "bulk", "--data", str(tmp_path / "one"), *state, "--json")
    assert added.returncode == 0, added.stderr
    run("sensor", "add", "web-2", "--kind", "bulk", "--data", str(tmp_path / "two"), *state)
    listed = run("sensor", "list", "--data", str(tmp_path / "two"), *state, "--json")
    assert [one["name"] for one in json.loads(listed.stdout)["sensors"]] == ["web-1", "web-2"]
    proved = run("verify", "--data", str(tmp_path / "two"), *state, "--json")
    assert json.loads(proved.stdout)["ok"] is True
    assert not (tmp_path / "one" / "state.sqlite").exists()
    refused = run("backup", str(tmp_path / "b.tar"), "--data", str(tmp_path / "one"), *state)
    assert (refused.returncode, "pg_dump" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("login", "why"), [("taishi", "refused"), ("taishi:geheim", "PGPASSFILE")])
def test_a_server_that_is_away_and_a_password_in_the_open_are_told(tmp_path, login, why):
    state = f"postgresql://{login}@127.0.0.1:1/taishi"
    done = run("sensor", "list", "--data", str(tmp_path), "--state-store", state)
    assert done.returncode == 2
    assert why in done.stderr
    assert "geheim" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
