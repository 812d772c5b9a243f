"""What an analysis makes of countries, and what it says where it has none."""

from contextlib import closing
from pathlib import Path

import pytest

from taishi.app.analysis import Options, analyze
from taishi.app.desk import open_desk
from taishi.core.clock import FixedClock
from tests.app.test_intel import NOW, counts, pipeline
from tests.enrichment.mmdb import write_mmdb

LINES = """\
Mar  2 08:00:01 vpn01 sshd[100]: Accepted password for wang from 36.7.0.9 port 51000 ssh2
Mar  2 08:21:01 vpn01 sshd[102]: Accepted password for wang from 177.54.0.9 port 51002 ssh2
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two logons; the product's own file of countries is away."""
    monkeypatch.setattr("enrichment.geography.FOLDER", tmp_path / "away")
    path = tmp_path / "auth.log"
    path.write_text(LINES)
    return path


def test_logons_from_two_countries(log: Path, tmp_path: Path) -> None:
    countries = {"36.7.0.0/24": {"country_code": "CN"}, "177.54.0.0/24": {"country_code": "BR"}}
    result = analyze([log], Options(geography=[write_mmdb(tmp_path / "own.mmdb", countries)]))
    (verdict,) = result.verdicts
    assert (verdict.subject, verdict.threat, verdict.level) == ("wang@vpn01", "risk", "low")
    assert "从中国（36.7.0.9）登录 21 分钟后又从巴西（177.54.0.9）登录" in verdict.because[0].summary.zh
    assert result.not_available == []


def test_without_countries_it_says_what_it_cannot_judge(log: Path) -> None:
    result = analyze([log], Options())
    assert result.verdicts == []
    (said,) = result.not_available
    assert "异地登录无法判断" in said.zh


def test_the_service_tells_them_too(log: Path, tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    countries = {"36.7.0.0/24": {"country_code": "CN"}, "177.54.0.0/24": {"country_code": "BR"}}
    desk.places.set_files([write_mmdb(tmp_path / "own.mmdb", countries)], "system")
    with closing(desk), closing(pipeline(desk, tmp_path)) as one:
        one.take(log)
        one.detect()
        assert counts(desk) == {"wang@vpn01": 2}
