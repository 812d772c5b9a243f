"""`/metrics`: OpenMetrics 1.0. Without a login on this machine only; from elsewhere with one, or with the
token that the environment names.
"""

import os
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from secrets import compare_digest

from fastapi import HTTPException, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from dashboards.frame import desk_of
from dashboards.security import SESSION_COOKIE
from taishi.app.measuring import Measures, SensorFigures

#: Holds the token of whoever collects the figures from another machine.
TOKEN = "TAISHI_METRICS_TOKEN"  # noqa: S105 - the variable's name

_Value = Callable[[SensorFigures], float]
_COUNTERS: dict[str, tuple[str, _Value]] = {
    "received": ("Records that reached us.", lambda one: one.received),
    "acknowledged": (
        "Records whose fate is settled: stored, quarantined or duplicate.",
        lambda one: one.fates.acknowledged,
    ),
    "stored": ("New events that are durable.", lambda one: one.fates.stored),
    "quarantined": (
        "Records that could not be read, kept with their reasons.",
        lambda one: one.fates.quarantined,
    ),
    "duplicate": ("Events that were known already.", lambda one: one.fates.duplicate),
    "dropped": ("Events for which there was no room.", lambda one: one.dropped),
}
_GAUGES: dict[str, tuple[str, _Value]] = {
    "taishi_events_waiting": ("Received and not durable yet.", lambda one: one.waiting),
    "taishi_sensor_lag_seconds": ("How far behind what comes is.", lambda one: one.lag_s),
}


class _Measured(Collector):
    def __init__(self, measures: Measures, why: list[str]) -> None:
        self._measures, self._why = measures, why

    def collect(self) -> Iterator[Metric]:
        for name, (words, value) in _COUNTERS.items():
            counter = CounterMetricFamily(f"taishi_events_{name}", words, labels=["sensor"])
            for one in self._measures.sensors:
                counter.add_metric([one.name], value(one))
            yield counter
        for name, (words, value) in _GAUGES.items():
            gauge = GaugeMetricFamily(name, words, labels=["sensor"])
            for one in self._measures.sensors:
                gauge.add_metric([one.name], value(one))
            yield gauge
        yield GaugeMetricFamily(
            "taishi_store_damaged_stretches", "Damaged storage that was passed over.", self._measures.damaged
        )
        yield GaugeMetricFamily("taishi_healthy", "1 where /healthz says so.", 0 if self._why else 1)


def told(measures: Measures, why: list[str]) -> bytes:
    """The figures as text; `why`: what is wrong."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measured(measures, why))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


def metrics(request: Request) -> Response:
    if not _may(request):
        raise HTTPException(401)
    text = told(request.app.state.measures(), list(request.app.state.ailing()))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _may(request: Request) -> bool:
    token = os.environ.get(TOKEN, "")
    given = request.headers.get("authorization", "").partition(" ")[2].strip()
    if token and given and compare_digest(token, given):
        return True
    if desk_of(request).people.session(request.cookies.get(SESSION_COOKIE, "")):
        return True
    return request.client is not None and _is_here(request.client.host)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
