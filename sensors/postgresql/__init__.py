"""PostgreSQL's log as text, CSV and JSON, and what pgaudit writes into it."""

from sensors.postgresql.sensor import PostgreSql

SENSOR = PostgreSql()
