"""Who acts on a letter that has left: staff by their roles, the system, or the unit that it went to."""

from taishi.app.refusal import Refusal
from taishi.app.roles import require_or_system
from taishi.core.notice_records import Notice
from taishi.core.ports import StateStore
from taishi.core.records import Role, Unit

#: How a person of a unit is named, who comes by the portal and has no account: this and the unit's id.
UNIT = "unit:"


def acting(state: StateStore, notice: Notice, by: str, *roles: Role) -> str:
    """The actor's id. Raises Refusal for staff without one of the roles, and for another unit's people."""
    if not by.startswith(UNIT):
        return require_or_system(state, by, *roles)
    unit = state.get(Unit, by.removeprefix(UNIT))
    if unit is None or unit.name != notice.unit:
        raise Refusal(f"函件 {notice.id} 不是发给该单位的", f"letter {notice.id} is not to that unit")
    return by


def is_unit(by: str) -> bool:
    return by.startswith(UNIT)
