"""`taishi notice`: a letter's life on the command line, from issue to closure, and the loop in figures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taishi.app.desk import open_desk
from taishi.core.records import Person, Unit
from tests.app.conftest import verdict
from tests.app.loop.test_papers import scan
from tests.cli.ran import Ran, assert_one_line

Taishi = Callable[..., Ran]
ID = "N-2026-000001"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One letter that has left."""
    desk = open_desk(tmp_path / "data")
    for person, role in (("李四", "analyst"), ("张三", "approver"), ("管理员", "admin")):
        desk.state.put(Person(person, person, (role,), "-"))
    desk.state.put(Unit("u1", "县教育局", contact="王敏", email="wang@school.example.org"))
    alert = desk.alerts.record(verdict("192.0.2.5", "compromised", "high"))
    assert alert is not None
    notice = desk.letters.draft([alert.id], "李四")
    desk.letters.approve(notice.id, "张三", desk.letters.text_hash(notice.id))
    desk.letters.issue(notice.id, "张三")
    desk.close()
    return tmp_path / "data"


@pytest.fixture
def act(taishi: Taishi, data: Path) -> Taishi:
    def run(name: str, *words: object, by: str = "李四") -> Ran:
        year = open_id(data)
        return taishi("notice", name, year, *words, "--as", by, "--data", data, "--json")

    return run


def open_id(data: Path) -> str:
    desk = open_desk(data, read_only=True)
    try:
        return desk.letters.list()[-1].id
    finally:
        desk.close()


@pytest.fixture
def papers(tmp_path: Path) -> tuple[object, ...]:
    (tmp_path / "paper.pdf").write_bytes(scan())
    return ("--report", tmp_path / "paper.pdf", "--commitment", tmp_path / "paper.pdf")


def test_from_receipt_to_closure(act: Taishi, taishi: Taishi, data: Path, papers: tuple[object, ...]) -> None:
    assert act("receipt", "--why", "王敏签收").json["state"] == "received"
    assert act("start").json["state"] == "rectifying"
    back = act("answer", *papers[:2])
    assert (back.status, back.json["state"]) == (1, "rectifying")
    assert "缺承诺函" in back.err
    assert act("answer", *papers).json["state"] == "answered"
    assert_one_line(act("close", by="张三"), "状态为“已报”，须为“已复核”才能销号", status=1)
    assert_one_line(act("verify"), "静默观察未满 7 天", status=1)
    assert act("verify", "--retest", papers[1]).json["state"] == "rechecked"
    assert_one_line(act("close"), "无权执行此操作", status=1)
    assert act("close", by="张三").json["state"] == "closed"
    shown = taishi("notice", "show", open_id(data), "--data", data, "--json").json
    assert [step["move"] for step in shown["history"]][3:] == [
        "receive", "start", "return", "answer", "recheck", "close",
    ]  # fmt: skip
    assert {paper["kind"] for paper in shown["papers"]} == {
        "disposal_report", "commitment_letter", "retest",
    }  # fmt: skip
    assert "销号" in taishi("notice", "show", open_id(data), "--data", data).out
    assert taishi("verify", "--data", data).status == 0


def test_extension_objection_return_withdrawal(act: Taishi, papers: tuple[object, ...]) -> None:
    assert_one_line(act("extend", "--days", "2", by="张三"), "请填写理由", status=1)
    before = act("receipt").json["deadline"]
    assert act("extend", "--days", "2", "--why", "停机", by="张三").json["deadline"] > before
    assert act("bounce", "--why", "邮箱已满").status == 0
    assert act("object", "--why", "误报").status == 0
    assert act("settle", "--refuse", "--why", "日志确凿", by="张三").json["state"] == "received"
    assert act("answer", *papers).status == 0
    assert act("return", "--why", "印章不清").json["state"] == "rectifying"
    assert_one_line(act("reopen", "--why", "x"), "才能重开", status=1)
    assert act("withdraw", "--why", "发错", by="张三").json["state"] == "withdrawn"


def test_a_file_that_cannot_be_taken_is_named(act: Taishi, tmp_path: Path) -> None:
    assert_one_line(act("answer", "--report", tmp_path / "none.pdf"), "--report", "none.pdf", "No such file")
    (tmp_path / "run.pdf").write_bytes(b"#!/bin/sh\n")
    assert_one_line(act("answer", "--report", tmp_path / "run.pdf"), "没有接收")


def test_lists_are_filtered(taishi: Taishi, data: Path) -> None:
    def found(*words: object) -> int:
        return len(taishi("notice", "list", *words, "--data", data, "--json").json["notices"])

    assert found("--state", "issued", "--unit", "县教育局", "--class", "compromised") == 1
    assert found("--class", "risk") == found("--overdue") == found("--since", "2200-01-01") == 0


def test_what_a_unit_did_itself_is_told_by_its_name(taishi: Taishi, data: Path) -> None:
    desk = open_desk(data)
    notice = desk.loop.receive(desk.letters.list()[0].id, "unit:u1")
    desk.close()
    shown = taishi("notice", "show", notice.id, "--data", data, "--json").json
    assert (shown["received_by"], shown["history"][-1]["by"]) == ("县教育局", "县教育局")


def test_figures_of_the_loop(act: Taishi, taishi: Taishi, data: Path, papers: tuple[object, ...]) -> None:
    act("answer", *papers)
    said = taishi("notice", "stats", "--data", data, "--json").json
    assert (said["issued"], said["answered"], said["on_time"], said["open"]) == (1, 1, 1, 1)
    assert said["by_type"]["advisory"]["issued"] == 0
    assert said["by_type"]["disposal"]["by_unit"]["县教育局"]["received"] == 1
    assert "县教育局" in taishi("notice", "stats", "--data", data).out
    report = taishi("report", "--from", "2026-01-01", "--to", "2199-12-31", "--data", data, "--json").json
    assert report["notices"] == {"issued": 1, "closed": 0, "open": 1, "withdrawn": 0, "overdue": 0}


def test_limits_are_set_with_a_reason(taishi: Taishi, data: Path) -> None:
    def limits(*words: object) -> Ran:
        return taishi("notice", "limits", *words, "--data", data, "--json")

    assert limits().json == {"quiet_hours": 168, "extension_days": 10, "reopen_days": 30}
    assert_one_line(limits("--quiet-hours", 24), "--as")
    assert_one_line(limits("--quiet-hours", 24, "--as", "管理员"), "请填写理由", status=1)
    assert_one_line(limits("--quiet-hours", 0, "--as", "管理员", "--why", "x"), "quiet_hours: 0 must be")
    assert limits("--quiet-hours", 24, "--as", "管理员", "--why", "演练").json["quiet_hours"] == 24
