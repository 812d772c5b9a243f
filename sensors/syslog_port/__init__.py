"""Syslog from the network, live: UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425)."""

from sensors.syslog_port.port import SyslogPort

LIVE = SyslogPort()
