"""MySQL and MariaDB: general, error and audit logs."""

from sensors.mysql.sensor import MySql

SENSOR = MySql()
