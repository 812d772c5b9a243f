"""Flow records that routers, switches and firewalls export: NetFlow v5 and v9, IPFIX, sFlow v5."""

from sensors.exports.sensor import ExportsSensor

SENSOR = ExportsSensor()


def __getattr__(name: str) -> object:
    """`LIVE` when it is asked for: who only reads files need not load what listens."""
    if name == "LIVE":
        from sensors.exports.port import ExportsPort

        return ExportsPort()
    raise AttributeError(name)
