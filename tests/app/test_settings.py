"""Settings: an administrator's, audited, and never in conflict with what is blocked."""

import pytest

from taishi.app.networks import protecting
from taishi.core.problems import Problem, Refused
from taishi.core.records import Bureau
from tests.app.conftest import Office, verdict


def test_defaults_say_what_is_still_to_fill_in(office: Office) -> None:
    bureau = office.settings.bureau()
    assert (bureau.name, bureau.prefix) == ("示例县数据资源管理局", "示数资函")
    assert "请在“系统”中填写" in bureau.contact
    assert "请在“系统”中填写" in bureau.phone
    assert "10.0.0.0/8" in office.settings.internal()


def test_set_by_an_administrator_with_a_line_in_the_audit(office: Office) -> None:
    bureau = Bureau("某县数据资源管理局", "某数资函", "王敏", "0000-0000000")
    office.settings.set_bureau(bureau, "admin")
    office.settings.set_internal(["192.0.2.0/24", ""], "admin")
    office.settings.set_protected(["192.0.2.1 网关", "", "2001:db8::/64"], "admin")
    assert office.settings.bureau() == bureau
    assert office.settings.internal() == ("192.0.2.0/24",)
    assert [str(entry) for entry in office.settings.protected()][-2:] == ["192.0.2.1 网关", "2001:db8::/64"]
    assert [line[:3] for line in office.audited()[-3:]] == [("admin", "set", "setting")] * 3


def test_refusals(office: Office) -> None:
    settings = office.settings
    for by in ("analyst", "approver", "auditor", "system"):
        with pytest.raises(Refused):
            settings.set_internal(["192.0.2.0/24"], by)
    with pytest.raises(Problem, match="“网关”不是IP地址或网段"):
        settings.set_protected(["网关"], "admin")
    with pytest.raises(Refused, match="请填写单位名称"):
        settings.set_bureau(Bureau(" ", "x", "", ""), "admin")


def test_what_is_blocked_now_cannot_become_protected(office: Office) -> None:
    office.alerts.record(verdict())
    block = office.blocks.propose("A-2026-000001", "203.0.113.9", "analyst")
    office.blocks.approve(block.id, "approver")
    with pytest.raises(Refused, match=r"203\.0\.113\.9 正在封禁.*请先解除封禁"):
        office.settings.set_protected(["203.0.113.0/24 合作单位"], "admin")
    office.blocks.lift(block.id, "approver", "误封")
    office.settings.set_protected(["203.0.113.0/24 合作单位"], "admin")
    assert str(protecting("203.0.113.9", office.settings.protected())) == "203.0.113.0/24 合作单位"
