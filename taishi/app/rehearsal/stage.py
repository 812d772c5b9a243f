"""The directory of a rehearsal: its clock, its people, the story's units, one sensor that sees them all."""

from dataclasses import dataclass
from pathlib import Path

from taishi.app.desk import Desk, open_desk
from taishi.app.loop.limits import Limits
from taishi.app.rehearsal.device import NAME
from taishi.app.rehearsal.own_time import keep_time
from taishi.app.rehearsal.story import Story, policy_text
from taishi.app.sensors import Wanted
from taishi.core.clock import FixedClock
from taishi.core.ids import stable_id
from taishi.core.problems import Problem
from taishi.core.records import Asset, Person, Role, Unit
from taishi.store import open_state_store

#: The story's people. Nobody can log in as them before `taishi people reset-password`.
ADMIN, ANALYST, APPROVER = "情景管理员", "值班员", "审批人"
SENSOR = "情景传感器"
#: The quiet that closure needs in a story.
QUIET_H = 24
_WHY = "情景演练 rehearsal"
_NOBODY = "!"


@dataclass
class Stage:
    """A desk over the directory, with the clock that the story moves."""

    desk: Desk
    clock: FixedClock
    sensor: str
    units: dict[str, str]


def set_up(data: Path, story: Story) -> Stage:
    """Raises Problem where the directory holds something already or cannot be written."""
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise Problem(f"--data {data}: is not empty; a rehearsal needs a directory of its own")
    clock = FixedClock(story.start)
    desk = _own_desk(data, clock)
    try:
        return _furnished(desk, clock, story)
    except BaseException:
        desk.close()
        raise


def _own_desk(data: Path, clock: FixedClock) -> Desk:
    """What says that the directory is a rehearsal's must stand before the desk is opened."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"--data {data}: {error.strerror}; name a folder that can be written") from None
    state = open_state_store(str(data / "state.sqlite"))
    keep_time(state, clock.now())
    state.close()
    return open_desk(data, clock=clock)


def _furnished(desk: Desk, clock: FixedClock, story: Story) -> Stage:
    roles: dict[str, Role] = {ADMIN: "admin", ANALYST: "analyst", APPROVER: "approver"}
    desk.state.put(*(Person(name, name, (role,), _NOBODY) for name, role in roles.items()))
    settings = desk.settings
    settings.set_enforcer(NAME, ADMIN)
    settings.set_protected([f"{one} {_WHY}" for one in story.protected], ADMIN)
    settings.set_limits(Limits(quiet_hours=QUIET_H), ADMIN, _WHY)
    if story.policy is not None:
        settings.set_policy(policy_text(story.policy), ADMIN, _WHY)
    units = {unit.name.strip(): stable_id("story", unit.name.strip())[:8] for unit in story.units}
    records: list[Unit | Asset] = [Unit(key, name) for name, key in units.items()]
    records += [
        Asset(stable_id("story", unit.name, cidr)[:12], units[unit.name.strip()], "cidr", cidr, cidr)
        for unit in story.units
        for cidr in unit.cidr
    ]
    desk.register.commit("import", "story", ADMIN, _WHY, [(None, record) for record in records])
    entry, _ = desk.sensors.add(Wanted(SENSOR, "bulk"), ADMIN, _WHY)
    return Stage(desk, clock, entry.id, units)
