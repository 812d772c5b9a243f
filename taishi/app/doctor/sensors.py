"""The sensors: all are heard, and lose little."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from taishi.app.doctor.finding import Finding, Grade, Ground, desk_of
from taishi.app.sensors import STATE_NAMES, SensorState, SensorStatus
from taishi.core.text import Text
from taishi.kit.certificates import end_of

_GRADES: dict[SensorState, Grade] = {
    "live": "ok",
    "waiting": "warn",
    "silent": "warn",
    "stopped": "warn",
    "failing": "fail",
}
#: Losing more than this share of what comes makes a sensor half blind.
_MOST_LOST = 0.01
#: A certificate that ends sooner is told.
SOON = timedelta(days=30)


class Sensors:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "sensors"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        known = desk_of(ground).sensors.status()
        if not known:
            yield Finding(
                self.name,
                "warn",
                Text("没有任何传感器", "there is no sensor"),
                Text("用 taishi sensor add 新增", "add one with taishi sensor add"),
                ("C2",),
            )
        for one in known:
            yield _heard(one)
            if _loses(one):
                yield _losing(one)
            if one.entry.tls is not None:
                yield _certificate(one, ground)
            elif one.entry.kind == "syslog" and not one.entry.place.startswith("127."):
                yield _plain(one)


def _heard(one: SensorStatus) -> Finding:
    state, name = STATE_NAMES[one.state], one.entry.name
    why = f"：{one.beat.problem}" if one.beat.problem else ""
    grade = _GRADES[one.state]
    remedy = Text(f"查看 taishi sensor status {name}", f"see taishi sensor status {name}")
    return Finding(
        Sensors.name,
        grade,
        Text(f"传感器“{name}”{state.zh}{why}", f"sensor {name} is {state.en}{why}"),
        None if grade == "ok" else remedy,
        ("C2",),
        {"sensor": name, "state": one.state, "last_seen": one.beat.last_seen},
    )


def _loses(one: SensorStatus) -> bool:
    lost = one.beat.dropped + one.beat.lost
    return lost > _MOST_LOST * max(1, one.beat.received + lost)


def _losing(one: SensorStatus) -> Finding:
    lost = one.beat.dropped + one.beat.lost
    return Finding(
        Sensors.name,
        "warn",
        Text(
            f"传感器“{one.entry.name}”累计丢失 {lost:,} 项",
            f"sensor {one.entry.name} has lost {lost:,} items in all",
        ),
        Text("分担流量或换更快的机器", "share its load, or give it a faster machine"),
        ("C2",),
        {"sensor": one.entry.name, "lost": lost, "received": one.beat.received},
    )


def _plain(one: SensorStatus) -> Finding:
    return Finding(
        Sensors.name,
        "warn",
        Text(f"传感器“{one.entry.name}”的日志明文传输", f"logs reach sensor {one.entry.name} unencrypted"),
        Text("改用 --transport tls，或只走管理网", "use --transport tls, or a management network of its own"),
        ("C4", "C10"),
        {"sensor": one.entry.name},
    )


def _certificate(one: SensorStatus, ground: Ground) -> Finding:
    assert one.entry.tls is not None  # noqa: S101 - asked before
    end = end_of(Path(one.entry.tls.certificate))
    grade: Grade = "fail" if end <= ground.now else "warn" if end - ground.now < SOON else "ok"
    return Finding(
        Sensors.name,
        grade,
        Text(
            f"传感器“{one.entry.name}”的证书有效至 {end:%Y-%m-%d}",
            f"the certificate of sensor {one.entry.name} ends on {end:%Y-%m-%d}",
        ),
        None if grade == "ok" else Text("换新证书后重启服务", "lay a new one there and restart the service"),
        ("C4", "C10"),
        {"sensor": one.entry.name, "end": end},
    )


CHECK = Sensors()
