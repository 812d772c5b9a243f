"""The command line as a person runs it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from taishi.cli.main import main
from taishi.sample.week import SampleWeek, make_week
from tests.cli.ran import Ran


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled rules are kept from test to test, and not in the home of whoever runs them."""
    monkeypatch.setenv("TAISHI_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def taishi(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs `taishi …` in this process; usage errors come back as their status."""

    def run(*words: object) -> Ran:
        capfd.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        captured = capfd.readouterr()
        return Ran(status, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> SampleWeek:
    """The sample week, made once."""
    start = datetime.fromisoformat("2026-03-02T00:00+08:00")
    return make_week(tmp_path_factory.mktemp("sample") / "week", start=start)
