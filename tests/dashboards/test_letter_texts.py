"""系统 → 函件用语: shown to staff, previewed, set and undone by an administrator."""

from html import unescape

from taishi.app.desk import Desk
from tests.dashboards.conftest import Login

PATH = "/system/texts"
OWN = "passages:\n  farewell: 此函。\n"


def test_a_sentence_is_previewed_set_and_undone(desk: Desk, login: Login) -> None:
    visitor = login()
    assert "特此函告。" in visitor.get(PATH)
    specimens = visitor.post(f"{PATH}/preview", text=OWN)
    assert specimens.count("此函。</p>") == 5
    assert desk.letter_texts.text() == ""
    assert "已保存" in visitor.post(PATH, text=OWN.replace("\n", "\r\n"), why="局务会决定")
    assert desk.letter_texts.text() == OWN
    assert "本单位改写" in visitor.get(PATH)
    assert "局务会决定" in visitor.get("/system/audit")
    visitor.get(PATH)
    visitor.post(f"{PATH}/undo", text=OWN, why="恢复")
    assert desk.letter_texts.text() == ""


def test_what_is_wrong_comes_back_as_it_was_typed(desk: Desk, login: Login) -> None:
    visitor = login()
    visitor.get(PATH)
    for where in (PATH, f"{PATH}/preview"):
        page = visitor.post(where, text="disposal: {closing: <b>处罚}", why="理由")
        assert "disposal.closing: says 处罚" in unescape(page)
        assert "&lt;b&gt;处罚" in page
    assert desk.letter_texts.text() == ""


def test_an_analyst_reads_them_only(desk: Desk, login: Login) -> None:
    visitor = login("analyst")
    assert "<textarea" not in visitor.get(PATH)
    for where in (PATH, f"{PATH}/preview", f"{PATH}/undo"):
        visitor.post(where, 409, text=OWN, why="理由")
    assert desk.letter_texts.text() == ""
