"""Dotted paths into the objects that own fields of events hold."""

from detections.engine.values import ABSENT
from taishi.core.event import Json


def under(value: Json, path: str) -> Json:
    """What stands under a dotted path, else ABSENT; of a list of objects the values of all."""
    if isinstance(value, list):
        return [found for item in value if (found := under(item, path)) is not ABSENT] or ABSENT
    if not isinstance(value, dict):
        return ABSENT
    if path in value:
        return value[path]
    at = path.find(".")
    while at > 0:
        if path[:at] in value:
            return under(value[path[:at]], path[at + 1 :])
        at = path.find(".", at + 1)
    return ABSENT
