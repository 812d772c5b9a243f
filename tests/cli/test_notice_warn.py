"""`taishi notice warn`: to units of the register, all or none; approved and issued as every letter."""

from collections.abc import Callable
from pathlib import Path

from taishi.app.desk import open_desk
from taishi.core.records import Person, Unit
from tests.cli.ran import Ran, assert_one_line
from tests.notices.test_warning import FACTS

Taishi = Callable[..., Ran]


def test_a_warning_goes_to_units_of_the_register(taishi: Taishi, tmp_path: Path) -> None:
    data, facts = tmp_path / "data", tmp_path / "facts.yml"
    facts.write_text(FACTS, "utf-8")
    desk = open_desk(data)
    desk.state.put(Person("p1", "张三", ("analyst",), "-"), Person("p2", "李四", ("approver",), "-"))
    desk.state.put(Unit("u1", "县教育局"), Unit("u2", "县水利局"))
    desk.close()
    act = ("--as", "张三", "--data", data)
    assert_one_line(taishi("notice", "warn", facts, "县教育局", "县某局", *act), "县某局", status=1)
    assert taishi("notice", "list", "--data", data, "--json").json["notices"] == []
    made = taishi("notice", "warn", facts, "县教育局", "县水利局", *act, "--json").json["notices"]
    assert [one["unit"] for one in made] == ["县教育局", "县水利局"]
    for name in ("approve", "issue"):
        ran = taishi("notice", name, made[0]["id"], "--as", "李四", "--data", data, "--json")
        assert ran.status == 0
    assert ran.json["number"].startswith("示数资警函〔")
    stats = taishi("notice", "list", "--overdue", "--data", data, "--json").json["notices"]
    assert stats == []
