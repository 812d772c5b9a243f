"""Devices whose lines a field map explains: `maps/*.yml`, and the user's own (`docs/field-maps.md`)."""

from sensors.fieldmaps.sensor import FieldMapMessage, FieldMapSensor

SENSOR = FieldMapSensor()
CARRIED = FieldMapMessage()
