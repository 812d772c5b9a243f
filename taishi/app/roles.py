"""Who may do what. Every act asks here first."""

from taishi.app.refusal import Refusal
from taishi.core.ports import StateStore
from taishi.core.records import Person, Role
from taishi.core.text import Text

#: The actor of playbooks, detection and jobs. It may draft, propose and record verdicts, nothing else.
SYSTEM = "system"

ROLE_NAMES: dict[Role, Text] = {
    "admin": Text("管理员", "Administrator"),
    "analyst": Text("研判员", "Analyst"),
    "approver": Text("审批人", "Approver"),
    "auditor": Text("审计员", "Auditor"),
}

#: Triage, draft, propose.
TRIAGE: tuple[Role, ...] = ("analyst", "admin")
#: Approve, issue, withdraw, lift.
APPROVE: tuple[Role, ...] = ("approver", "admin")
#: People and settings.
ADMIN: tuple[Role, ...] = ("admin",)


def require(state: StateStore, by: Person | str, *roles: Role) -> Person:
    """The person as stored now, who must have one of the roles. Raises Refusal where not.

    `by` is a person or the id of one; either way roles are looked up, so one taken away counts at once.
    """
    person_id = by if isinstance(by, str) else by.id
    person = state.get(Person, person_id)
    if person is None:
        raise Refusal(
            f"“{person_id}”不是本系统的人员，不能执行此操作", f"{person_id} is nobody here who may do this"
        )
    if not set(person.roles) & set(roles):
        zh, en = (" / ".join(ROLE_NAMES[role].to(language) for role in roles) for language in ("zh", "en"))
        raise Refusal(f"{person.name} 无权执行此操作，需要角色：{zh}", f"{person.name} lacks the role: {en}")
    return person


def require_or_system(state: StateStore, by: Person | str, *roles: Role) -> str:
    """The actor's id: the system itself, or a person with one of the roles."""
    return SYSTEM if by == SYSTEM else require(state, by, *roles).id
