"""Windows events whose data came as a list, Fluent Bit's `StringInserts`: the names are the event's own."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from taishi.core.event import Json

_LIST = "StringInserts"


def named(record: Mapping[str, Json]) -> dict[str, Json]:
    """The record with its data under their names, where the event and how many there are tell them."""
    values, channel, event = record.get(_LIST), record.get("Channel"), record.get("EventID")
    if not isinstance(values, list) or not isinstance(channel, str):
        return dict(record)
    names = _names().get((channel, str(event), len(values)))
    if names is None:
        return dict(record)
    rest = {name: value for name, value in record.items() if name != _LIST}
    return {**rest, **dict(zip(names, values, strict=True))}


@cache
def _names() -> Mapping[tuple[str, str, int], tuple[str, ...]]:
    text = files("sensors").joinpath("windows_inserts.yml").read_text("utf-8")
    told: dict[str, dict[int, list[str]]] = yaml.load(text, yaml.CSafeLoader)
    versions = (
        (channel, event, tuple(names.split()))
        for channel, events in told.items()
        for event, written in events.items()
        for names in written
    )
    return {(channel, str(event), len(names)): names for channel, event, names in versions}
