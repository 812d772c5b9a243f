"""The running service: jobs on a schedule over one data directory, and what to tell who asks how it is."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Signal

from apscheduler.schedulers.background import BackgroundScheduler

from detections.detector import Detector
from detections.networks import Networks
from detections.pack import with_packs
from playbooks.playbook import playbooks
from taishi.app.desk import Desk
from taishi.app.pipeline import Pipeline
from taishi.app.rulebook import pack_paths
from taishi.core.clock import ZONE
from taishi.core.records import Asset

log = logging.getLogger("taishi.service")

#: Seconds between looks at the inbox, at the store's upkeep, and at blocks whose time is over.
LOOK_S, UPKEEP_S, EXPIRE_S = 5, 30, 60


class Service:
    """Inbox, detection and upkeep for one data directory. `start()`, then `stop()`."""

    def __init__(self, data: Path, desk: Desk) -> None:
        self._desk = desk
        self.inbox = data / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self._data = data
        self._pipeline: Pipeline | None = None
        self._scheduler = BackgroundScheduler(timezone=ZONE)
        self._stopping = Signal()
        self.failing: dict[str, str] = {}

    def start(self) -> None:
        """Jobs run at once and then on their schedule; one of a kind at a time."""
        for job, seconds in ((self.look, LOOK_S), (self.upkeep, UPKEEP_S), (self.expire, EXPIRE_S)):
            self._scheduler.add_job(
                self._guarded,
                "interval",
                args=[job.__name__, job],
                seconds=seconds,
                next_run_time=datetime.now(ZONE) + timedelta(milliseconds=100),
                max_instances=1,
                coalesce=True,
                id=job.__name__,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Waits for the job at work; what is acknowledged is durable already."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)

    def ailing(self) -> list[str]:
        """The jobs whose last run failed, with the reason."""
        return list(self.failing.values())

    def look(self) -> None:
        """Takes in what lies in the inbox and judges it."""
        pipeline = self._ready()
        for path in self._waiting():
            report = pipeline.take(path)
            if report is not None:
                log.info("%s: %d events, %d quarantined", path.name, report.events, report.quarantined)
            if report is not None and report.unusable:
                log.warning("%s", report.unusable)
        pipeline.act(pipeline.detect())

    def upkeep(self) -> None:
        self._desk.events.maintain(self._desk.clock.now())

    def expire(self) -> None:
        self._desk.blocks.expire_due()

    def _waiting(self) -> Iterator[Path]:
        for path in sorted(self.inbox.rglob("*")):
            if self._stopping.is_set():
                return
            if path.is_file() and not path.name.startswith("."):
                yield path

    def _ready(self) -> Pipeline:
        """Rules are compiled on the first look, so that the console answers meanwhile."""
        if self._pipeline is None:
            listed = [one.value for one in self._desk.state.find(Asset) if one.kind in ("cidr", "address")]
            networks = Networks([*self._desk.settings.internal(), *listed])
            rules = with_packs(pack_paths(self._data)).rules
            self._pipeline = Pipeline(self._desk, Detector(rules, networks), playbooks())
        return self._pipeline

    def _guarded(self, name: str, job: Callable[[], None]) -> None:
        """A failing job is logged and shown by /healthz; the next round tries again."""
        try:
            job()
            self.failing.pop(name, None)
        except Exception as error:
            said = f"{name}: {type(error).__name__}: {error}"
            log.error("job %s", said, exc_info=self.failing.get(name) != said)
            self.failing[name] = said
