"""Packet captures: flows, and the protocols inside them."""

from sensors.pcap.sensor import PcapSensor

SENSOR = PcapSensor()
