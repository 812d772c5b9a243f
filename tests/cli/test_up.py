"""`taishi up` as it is asked for wrongly."""

from pathlib import Path

import pytest

from taishi.cli.main import main
from tests.app.running import free_port


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sigma-on", "store"], "only an Elasticsearch store can be searched by rules; name it by --store"),
        (["--sigma-on", "store", "--workers"], "workers look at each event; leave out one of the two"),
    ],
)
def test_rules_cannot_search_every_store(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", *words, "--data", str(tmp_path / "data"), "--listen", f"127.0.0.1:{free_port()}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
