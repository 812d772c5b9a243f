"""`taishi notice evidence`, `verify FILE` and `seal`: made with the data, checked without it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.clock import FixedClock
from taishi.kit import documents
from tests.app.conftest import NOW
from tests.app.evidence_file.conftest import issued
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A letter that has left, on a machine without LibreOffice."""
    monkeypatch.setattr(documents, "office", lambda: None)
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    issued(desk)
    desk.close()
    return tmp_path / "data"


@pytest.fixture
def file(taishi: Taishi, data: Path) -> Path:
    out = data.parent / "evidence.zip"
    made = taishi(
        "notice", "evidence", "N-2026-000001", "--out", out, "--as", "某auditor", "--data", data, "--json"
    )
    assert made.status == 0
    assert made.json["bytes"] == out.stat().st_size
    assert out.stat().st_mode & 0o777 == 0o600
    return out


def test_it_is_proved_without_any_data(taishi: Taishi, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setenv("TAISHI_DATA", "nowhere")
    ran = taishi("verify", file, "--json")
    assert (ran.status, ran.json["ok"], ran.json["unit"], ran.json["problems"]) == (0, True, "县教育局", [])
    assert not Path("nowhere").exists()
    assert "the letter as PDF" in ran.json["lacking"][0]
    assert any("certificate is the bureau's" in said for said in ran.json["not_proved"])
    assert "完整 / whole" in taishi("verify", file).out


def test_with_the_bureaus_certificate_and_the_data_more_is_proved(
    taishi: Taishi, file: Path, data: Path, tmp_path: Path
) -> None:
    pem = tmp_path / "bureau.pem"
    seal = taishi("seal", "--out", pem, "--data", data, "--json").json
    ran = taishi("verify", file, "--certificate", pem, "--with-data", "--data", data, "--json")
    assert (ran.status, ran.json["certificate"]["known"]) == (0, True)
    assert ran.json["certificate"]["sha256"] == seal["sha256"]
    assert len(ran.json["not_proved"]) == 1
    other = taishi("seal", "--out", tmp_path / "other.pem", "--data", _elsewhere(tmp_path), "--json")
    assert other.json["sha256"] != seal["sha256"]
    ran = taishi("verify", file, "--certificate", tmp_path / "other.pem", "--json")
    assert (ran.status, ran.json["problems"][0]["part"]) == (1, "certificate.pem")


def _elsewhere(tmp_path: Path) -> Path:
    open_desk(tmp_path / "elsewhere").close()
    return tmp_path / "elsewhere"


def test_a_changed_byte_is_exit_1_and_named(taishi: Taishi, file: Path, data: Path) -> None:
    body = bytearray(file.read_bytes())
    body[body.index(b"idcard=")] ^= 1
    file.write_bytes(bytes(body))
    ran = taishi("verify", file, "--json")
    assert ran.status == 1
    assert {one["part"] for one in ran.json["problems"]} == {"zip", "events.jsonl"}
    with_data = taishi("verify", file, "--with-data", "--data", data, "--json").json
    assert any("audit chain" in said for said in with_data["not_proved"]), "it was not looked at"
    assert "! events.jsonl: 与清单中的散列不符" in taishi("verify", file).out


def test_what_is_no_evidence_file_is_exit_1_what_is_not_there_exit_2(taishi: Taishi, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip at all")
    assert taishi("verify", tmp_path / "x.zip").status == 1
    assert_one_line(taishi("verify", tmp_path / "y.zip"), "y.zip")
    (tmp_path / "x.pem").write_text("nonsense")
    assert_one_line(
        taishi("verify", tmp_path / "x.zip", "--certificate", tmp_path / "x.pem"), "no certificate"
    )


def test_who_may_not_and_what_is_not_there(taishi: Taishi, data: Path) -> None:
    out = data.parent / "none.zip"
    assert_one_line(taishi("notice", "evidence", "N-1", "--out", out, "--data", data), "N-1", status=1)
    assert not out.exists()
