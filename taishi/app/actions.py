"""What playbooks may do: each action by its name, on the services of the desk, as `system`."""

from collections.abc import Mapping
from functools import partial

from playbooks.runner import Action
from taishi.app.blocks import blocks_about
from taishi.app.desk import Desk
from taishi.core.addresses import is_address, is_outside
from taishi.core.problems import Refused
from taishi.core.records import Alert
from taishi.core.text import Text

BY = "system"


def actions(desk: Desk) -> Mapping[str, Action]:
    """The actions by name; each returns what it did, raises Refused where it may not."""

    def draft(alert: Alert, parameters: Mapping[str, str]) -> Text:
        type_ = parameters.get("type", "disposal")
        taken = desk.loop.absorb(alert.id, type_)
        if taken is not None:
            return Text(f"已追加到函 {taken.number}", f"Appended to letter {taken.number}")
        notice = desk.letters.draft([alert.id], BY, type_)
        return Text(f"已起草致{notice.unit}的函 {notice.id}", f"Letter {notice.id} to {notice.unit} drafted")

    def propose(alert: Alert, parameters: Mapping[str, str]) -> Text:
        verdict = alert.verdict
        side = verdict.attackers if parameters.get("address") == "attackers" else verdict.peers
        decided = {block.address for block in blocks_about(desk.state, [alert.id])}
        addresses = [one for one in side if is_address(one) and is_outside(one) and one not in decided]
        refused = [said for said in map(partial(_proposed, desk, alert), addresses) if said]
        listed = "、".join(addresses) or "—"
        return Text(
            "；".join([f"已提议封禁 {listed}", *refused]), "; ".join([f"Blocks proposed: {listed}", *refused])
        )

    return {"notice.draft": draft, "block.propose": propose}


def _proposed(desk: Desk, alert: Alert, address: str) -> str | None:
    """Why the address may not be blocked; None where the proposal stands. The other ones go on."""
    try:
        desk.blocks.propose(alert.id, address, BY)
    except Refused as refused:
        return f"{address}: {refused}"
    return None
