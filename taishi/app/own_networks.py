"""Which networks are ours: as set, and whatever the register lists."""

from taishi.app.desk import Desk
from taishi.core.records import Asset

#: Internal, extranet and isolated networks, as `detections.networks.Networks` takes them.
OwnNetworks = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def own_networks(desk: Desk) -> OwnNetworks:
    listed = [one.value for one in desk.state.find(Asset) if one.kind in ("cidr", "address")]
    settings = desk.settings
    internal, extranet = (*settings.internal(), *sorted(listed)), (*settings.extranet(), *sorted(listed))
    return internal, extranet, settings.isolated()
