"""Whether a route's events can come, by what our sensors give, or have come, by what is in sight."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec
import pyarrow as pa
import yaml

from detections.engine.route import ABSENT, Route
from taishi.core.ecs import Kind
from taishi.core.event import Batch


class Origin(NamedTuple):
    """What tells where an event came from; parts without a value are empty."""

    kind: Kind
    module: str = ABSENT
    dataset: str = ABSENT
    channel: str = ABSENT
    code: str = ABSENT


#: The parts of an origin by their column.
_PARTS = {"event.module": 1, "event.dataset": 2, "winlog.channel": 3, "event.code": 4}


class _Producer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sensor: str
    kinds: frozenset[Kind]
    where: dict[str, list[str]]

    @property
    def modules(self) -> frozenset[str]:
        return frozenset(self.where["event.module"])


def origins(batch: Batch) -> dict[Origin, int]:
    """How many events of a batch came from where."""
    present = [name for name in _PARTS if name in batch.rows.schema.names]
    rows = pa.Table.from_batches([batch.rows.select(present)])
    found: dict[Origin, int] = {}
    for row in rows.group_by(present).aggregate([([], "count_all")]).to_pylist():
        parts = {name.rpartition(".")[2]: row[name] or ABSENT for name in present}
        found[Origin(batch.kind, **parts)] = row["count_all"]
    return found


def has_source(route: Route, seen: Iterable[Origin]) -> bool:
    """Whether data in sight (a mapping of origins to counts, too) may be what the route asks for.

    What an origin does not tell (`host.os.type` …) is taken to hold.
    """
    wanted = [
        (part, frozenset(value.lower() for value in route.where[name]))
        for name, part in _PARTS.items()
        if name in route.where
    ]
    return any(
        origin.kind in route.kinds and all(str(origin[part]).lower() in values for part, values in wanted)
        for origin in seen
    )


def producers(route: Route) -> tuple[str, ...]:
    """The names of our sensors that can give a route's events; none: nothing of ours can."""
    return tuple(one.sensor for one in _producers() if _gives(one, route.kinds, route.where))


def _gives(one: _Producer, kinds: frozenset[Kind], where: Mapping[str, tuple[str, ...]]) -> bool:
    """A data set is one of the module whose name it begins with, where the sensor does not fix it."""
    if one.kinds.isdisjoint(kinds):
        return False
    for name, given in one.where.items():
        if name in where and not set(given) & {value.lower() for value in where[name]}:
            return False
    if "event.dataset" in where and "event.dataset" not in one.where:
        return any(value.lower().partition(".")[0] in one.modules for value in where["event.dataset"])
    return True


@cache
def _producers() -> tuple[_Producer, ...]:
    text = files("detections.engine").joinpath("producers.yml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[_Producer, ...])
