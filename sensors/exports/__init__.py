"""Flow records that routers, switches and firewalls export: NetFlow v5 and v9, IPFIX, sFlow v5."""

from sensors.exports.port import ExportsPort
from sensors.exports.sensor import ExportsSensor

SENSOR = ExportsSensor()
LIVE = ExportsPort()
