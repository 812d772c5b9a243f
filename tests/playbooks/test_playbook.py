"""Our own playbooks and what is said of a wrong one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from playbooks.playbook import Playbook, Step, load, playbooks
from taishi.core.problems import Problem
from taishi.core.records import Alert

MakeAlert = Callable[..., Alert]


HIGH = """
name: {zh: 高危失陷主机处置, en: High compromised host}
when: {threat: compromised, min_level: high}
do:
  - action: notice.draft
    with: {type: disposal}
  - action: block.propose
    with: {address: peers}
"""
OUTSIDE = """
name: {zh: 外部攻击源封禁, en: Block of an outside attacker}
when: {threat: attempted, min_level: medium, outside: attackers}
do: [{action: block.propose, with: {address: attackers}}]
"""


@pytest.fixture
def own(tmp_path: Path) -> dict[str, Playbook]:
    """Two playbooks of a bureau, by their names."""
    for name, text in (("high", HIGH), ("outside", OUTSIDE)):
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")
    return {playbook.id: playbook for playbook in playbooks(tmp_path)}


def test_playbooks_are_found_and_named_in_both_languages(own: dict[str, Playbook]) -> None:
    assert sorted(own) == ["high", "outside"]
    assert all(playbook.name.zh and playbook.name.en for playbook in own.values())
    assert playbooks() == []  # the policy does what is to be done of every alert


def test_steps_come_in_their_order_and_a_level_is_the_least(
    own: dict[str, Playbook], make_alert: MakeAlert
) -> None:
    playbook = own["high"]
    assert playbook.steps == (
        Step("notice.draft", {"type": "disposal"}),
        Step("block.propose", {"address": "peers"}),
    )
    assert playbook.fits(make_alert())
    assert not playbook.fits(make_alert(level="medium"))
    assert not playbook.fits(make_alert(threat="attempted"))
    assert not playbook.fits(make_alert(state="dismissed"))


def test_one_for_outside_attackers_fits_where_there_is_one(
    own: dict[str, Playbook], make_alert: MakeAlert
) -> None:
    playbook = own["outside"]
    assert [step.action for step in playbook.steps] == ["block.propose"]
    for level, fits in (("high", True), ("medium", True), ("low", False)):
        assert playbook.fits(make_alert("attempted", level, attackers=("203.0.113.9",))) is fits
    assert not playbook.fits(make_alert("attempted", attackers=("10.34.9.9",)))
    assert not playbook.fits(make_alert("attempted", attackers=()))
    assert not playbook.fits(make_alert("compromised", attackers=("203.0.113.9",)))


def test_a_unit_narrows_a_playbook(tmp_path: Path, make_alert: MakeAlert) -> None:
    path = tmp_path / "one_unit.yml"
    path.write_text(
        "name: {zh: 甲, en: A}\n"
        "when: {threat: [compromised, attempted], min_level: low, unit: 县教育局}\n"
        "do: [{action: notice.draft, with: {type: disposal}}]\n",
        "utf-8",
    )
    playbook = load(path)
    assert playbook.id == "one_unit"
    assert playbook.fits(make_alert(level="low"))
    assert playbook.fits(make_alert("attempted"))
    assert not playbook.fits(make_alert(unit="县卫健局"))
    assert not playbook.fits(make_alert(unit=None))


GOOD = {
    "name": "{zh: 甲, en: A}",
    "when": "{threat: compromised, min_level: high}",
    "do": "[{action: block.propose, with: {address: peers}}]",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"whem": "{}"}, "whem: unknown key; there are name, when, do"),
        (
            {"when": "{threat: hacked, min_level: high}"},
            "when.threat: 'hacked' is no class; write one of compr",
        ),
        (
            {"when": "{threat: risk, min_level: worst}"},
            "when.min_level: 'worst' is no level; write one of high",
        ),
        ({"when": "{threat: risk}"}, "when.min_level: is missing"),
        ({"when": "{threat: risk, min_level: low, outside: x}"}, "when.outside: 'x' is no side"),
        ({"when": "[]"}, "when: must be a mapping with the keys threat"),
        ({"do": "[{action: shutdown}]"}, "do[0].action: 'shutdown' is no action; write one of notice.draft"),
        ({"do": "[{action: block.propose}]"}, "do[0].with.address: is missing"),
        (
            {"do": "[{action: block.propose, with: {address: all}}]"},
            "do[0].with.address: 'all' is no address",
        ),
        ({"do": "[{action: block.propose, with: {address: peers, ttl: 1}}]"}, "do[0].with.ttl: unknown key"),
        ({"do": "[]"}, "do: must be a list of steps"),
        ({"name": "{zh: 甲}"}, "name.en: is missing"),
        ({"name": "{zh: 甲, en: ''}"}, "name.en: must be a text that is not empty"),
        ({"name": "[unclosed"}, "is no YAML"),
    ],
)
def test_a_wrong_playbook_is_told_by_file_and_key(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in {**GOOD, **changed}.items()), "utf-8")
    with pytest.raises(Problem) as caught:
        load(path)
    assert f"{path}: {said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_error_of_a_playbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text("name: 甲\nwhen: {threat: x, min_level: y, z: 1}\n", "utf-8")
    with pytest.raises(Problem) as caught:
        load(path)
    assert len(str(caught.value).splitlines()) == 5


@pytest.mark.parametrize("content", [b"", b"- a\n", b"\xff\xfe\x00", b"3"])
def test_what_is_no_playbook_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.yml"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"wrong\.yml: "):
        load(path)
