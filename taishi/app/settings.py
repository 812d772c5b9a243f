"""What the administrator sets: who signs, what may never be blocked, what is ours, which device blocks."""

from collections.abc import Iterable

import msgspec

from notices.measures import Policy, default_text, read_policy
from taishi.app.delivery.settings import DEFAULT_TEXT, DeliverySettings, read_delivery
from taishi.app.loop.limits import Limits, checked
from taishi.app.networks import ALWAYS_PROTECTED, Protected, protecting, read_network
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import ADMIN, require
from taishi.core.clock import Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import Block, Bureau

DEFAULT_BUREAU = Bureau(
    name="示例县数据资源管理局",
    prefix="示数资函",
    contact="（联系人请在“系统”中填写）",
    phone="（电话请在“系统”中填写）",
)
#: What an enforcer that only says what it would do is called after its device.
DRY_RUN = "-dry-run"
#: No enforcer acts for real until the administrator says so.
DEFAULT_ENFORCER = f"nftables{DRY_RUN}"
#: RFC 1918, RFC 6598, RFC 4193 and link-local: ours unless said otherwise.
DEFAULT_INTERNAL = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)


class Settings:
    """Reads and writes settings in the state store; every write is an administrator's and is audited."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def bureau(self) -> Bureau:
        """Who signs the letters."""
        text = self._state.setting("bureau")
        return msgspec.json.decode(text, type=Bureau) if text else DEFAULT_BUREAU

    def set_bureau(self, bureau: Bureau, by: str) -> None:
        if not bureau.name.strip() or not bureau.prefix.strip():
            raise Refusal("请填写单位名称和发文字号前缀", "the bureau needs a name and a letter prefix")
        self._write("bureau", msgspec.json.encode(bureau).decode(), by)

    def policy_text(self) -> str:
        """The policy as YAML, word for word as it was set."""
        return self._state.setting("policy") or default_text()

    def policy(self) -> Policy:
        """What is done by class and level."""
        return read_policy(self.policy_text(), "policy")

    def set_policy(self, text: str, by: str, why: str, name: str = "policy") -> Policy:
        """From now on; deadlines of letters drawn up before stay. Raises Problem, naming `name` and the key,
        where the text is no policy."""
        policy = read_policy(text, name)
        self._write("policy", text, by, needed_reason(why))
        return policy

    def limits(self) -> Limits:
        """What the loop of letters measures by."""
        text = self._state.setting("limits")
        return msgspec.json.decode(text, type=Limits) if text else Limits()

    def set_limits(self, limits: Limits, by: str, why: str) -> None:
        """Raises Problem where one is out of bounds."""
        self._write("limits", msgspec.json.encode(checked(limits)).decode(), by, needed_reason(why))

    def delivery_text(self) -> str:
        """How letters leave, as YAML, word for word as it was set."""
        return self._state.setting("delivery") or DEFAULT_TEXT

    def delivery(self) -> DeliverySettings:
        """How letters leave the house."""
        return read_delivery(self.delivery_text(), "delivery")

    def set_delivery(self, text: str, by: str, why: str, name: str = "delivery") -> DeliverySettings:
        """From now on. Raises Problem, naming `name` and the key, where the text is none."""
        settings = read_delivery(text, name)
        self._write("delivery", text, by, needed_reason(why))
        return settings

    def protected(self) -> tuple[Protected, ...]:
        """What is never blocked: the fixed entries, then the administrator's."""
        lines = ALWAYS_PROTECTED + self._lines("protected", ())
        return tuple(Protected.read(line) for line in lines)

    def set_protected(self, lines: Iterable[str], by: str) -> None:
        """One `ADDRESS-or-CIDR what it is` a line; empty lines are passed over.

        Raises Problem on a line that is no network, Refusal where a listed address is blocked right now.
        """
        entries = [Protected.read(line) for line in lines if line.strip()]
        with self._state.transaction():
            for block in self._state.find(Block, Find(where={"state": ("approved", "applied")})):
                entry = protecting(block.address, entries)
                if entry:
                    raise Refusal(
                        f"{block.address} 正在封禁（{block.id}），与“{entry}”冲突，请先解除封禁",
                        f"{block.address} is blocked ({block.id}) and lies in {entry}; lift the block first",
                    )
            self._write("protected", msgspec.json.encode([str(entry) for entry in entries]).decode(), by)

    def internal(self) -> tuple[str, ...]:
        """The networks that are ours, as CIDR."""
        return self._lines("internal", DEFAULT_INTERNAL)

    def set_internal(self, networks: Iterable[str], by: str) -> None:
        cidrs = [read_network(text).with_prefixlen for text in networks if text.strip()]
        self._write("internal", msgspec.json.encode(cidrs).decode(), by)

    def extranet(self) -> tuple[str, ...]:
        """The networks that the administrator has said are ours: none as long as the default stands."""
        return () if self.internal() == DEFAULT_INTERNAL else self.internal()

    def isolated(self) -> tuple[str, ...]:
        """The networks from which the internet must not be reached at all, as CIDR."""
        return self._lines("isolated", ())

    def set_isolated(self, networks: Iterable[str], by: str) -> None:
        cidrs = [read_network(text).with_prefixlen for text in networks if text.strip()]
        self._write("isolated", msgspec.json.encode(cidrs).decode(), by)

    def enforcer(self) -> str:
        """The name of the enforcer that carries out new blocks."""
        return self._state.setting("enforcer") or DEFAULT_ENFORCER

    def set_enforcer(self, name: str, by: str) -> None:
        self._write("enforcer", name, by)

    def lifts_before_recheck(self) -> bool:
        """Whether staff may lift the block of a unit's host before the letter about it was rechecked."""
        return self._state.setting("lift_before_recheck") == "yes"

    def set_lifts_before_recheck(self, by: str, why: str, *, allowed: bool) -> None:
        self._write("lift_before_recheck", "yes" if allowed else "no", by, needed_reason(why))

    def _lines(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        text = self._state.setting(name)
        return default if text is None else msgspec.json.decode(text, type=tuple[str, ...])

    def _write(self, name: str, value: str, by: str, why: str = "") -> None:
        with self._state.transaction():
            person = require(self._state, by, *ADMIN)
            self._state.set_setting(name, value)
            self._state.decide(self._clock.now(), person.id, "set", "setting", name, value, why)
