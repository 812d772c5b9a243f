"""The audit log of Linux: raw, in syslog, and as JSON of laurel, go-audit and Auditbeat.

Source: audit-userspace's specs (fields, record types), the kernel's audit.h and auditsc.c. No library serves:
auparse comes with libaudit of the running system, and is GPL for its tools and bound to its headers.
"""

from sensors.auditd.sensor import Auditd, AuditMessage

SENSOR = Auditd()
CARRIED = AuditMessage()
