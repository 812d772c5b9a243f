"""`taishi notice delivery|deliver|link` as a person on the machine uses them."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from taishi.app.desk import open_desk
from taishi.cli.main import main
from taishi.core.clock import SystemClock
from taishi.core.notice_records import Notice
from tests.dashboards.conftest import county_data, empty_data
from tests.dashboards.portal_county import issued

__all__ = ["county_data", "empty_data"]


@pytest.fixture
def data(county_data: Path, tmp_path: Path) -> Path:
    copytree(county_data, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def notice(data: Path) -> Notice:
    desk = open_desk(data, clock=SystemClock())
    made = issued(desk)
    desk.close()
    return made


def test_a_link_and_its_picture(
    data: Path, notice: Notice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "delivery.yml"
    settings.write_text("portal: {url: 'https://wj.example.gov.cn', listen: 127.0.0.1:8421}\n")
    by = ["--as", "admin", "--why", "启用", "--data", str(data)]
    assert main(["notice", "delivery", "--set", str(settings), *by, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["url"] == "https://wj.example.gov.cn"
    picture = tmp_path / "link.svg"
    assert main(["notice", "link", notice.id, "--qr", str(picture), *by, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["address"] == f"https://wj.example.gov.cn/t/{told['code']}"
    assert "<svg" in picture.read_text()
    assert main(["notice", "link", notice.id, "--end", *by]) == 0


def test_by_hand_and_what_is_refused(
    data: Path, notice: Notice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by = ["--as", "admin", "--data", str(data)]
    assert main(["notice", "deliver", notice.id, *by]) == 1
    assert "没有启用" in capsys.readouterr().err
    assert main(["notice", "deliver", notice.id, "--by-hand", "孙某", *by, "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["deliveries"]
    assert (one["channel"], one["to"], one["state"]) == ("hand", "孙某", "handed")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("mail: {port: many}\n")
    assert main(["notice", "delivery", "--set", str(wrong), *by, "--why", "x"]) == 2
    assert "wrong.yml" in capsys.readouterr().err
    assert main(["notice", "delivery", "--data", str(data)]) == 0
    assert "portal:" in capsys.readouterr().out
