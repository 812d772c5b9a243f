"""The behaviours there are: every module beside this one with a `BEHAVIOUR`."""

from collections.abc import Callable
from typing import cast

from detections import behaviours
from detections.networks import Networks
from taishi.core.discover import discover
from taishi.core.ports import Behaviour


def all_behaviours(networks: Networks) -> list[Behaviour]:
    """Fresh behaviours, in name order."""
    factories = discover(behaviours, "BEHAVIOUR")
    return [cast(Callable[[Networks], Behaviour], factory)(networks) for factory in factories]
