"""What playbooks may do: each action by its name, on the services of the desk, as `system`."""

from collections.abc import Mapping
from ipaddress import ip_address

from playbooks.playbook import is_outside
from playbooks.runner import Action
from taishi.app.desk import Desk
from taishi.core.records import Alert
from taishi.core.text import Text

BY = "system"


def actions(desk: Desk) -> Mapping[str, Action]:
    """The actions by name; each returns what it did, raises Refused where it may not."""

    def draft(alert: Alert, parameters: Mapping[str, str]) -> Text:
        notice = desk.letters.draft([alert.id], BY, parameters.get("type", "disposal"))
        return Text(f"已起草致{notice.unit}的函 {notice.id}", f"Letter {notice.id} to {notice.unit} drafted")

    def propose(alert: Alert, parameters: Mapping[str, str]) -> Text:
        verdict = alert.verdict
        side = verdict.attackers if parameters.get("address") == "attackers" else verdict.peers
        addresses = [one for one in side if _is_address(one) and is_outside(one)]
        for address in addresses:
            desk.blocks.propose(alert.id, address, BY)
        listed = "、".join(addresses) or "—"
        return Text(f"已提议封禁 {listed}", f"Blocks proposed: {listed}")

    return {"notice.draft": draft, "block.propose": propose}


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
