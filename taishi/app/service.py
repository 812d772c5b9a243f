"""The running service: jobs on a schedule over one data directory, and what to tell who asks how it is."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Signal

from apscheduler.schedulers.background import BackgroundScheduler

from detections.detector import Detector
from detections.engine.kept import Kept, default_folder
from detections.networks import Networks
from detections.pack import with_packs
from playbooks.playbook import playbooks
from taishi.app.desk import Desk
from taishi.app.intake import Input, shown
from taishi.app.pipeline import Pipeline
from taishi.app.rulebook import pack_paths
from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.core.records import Asset

log = logging.getLogger("taishi.service")

#: Seconds between looks at the inbox, at the store's upkeep, and at blocks whose time is over.
LOOK_S, UPKEEP_S, EXPIRE_S = 5, 30, 60
#: What programs call files that they are still writing.
_UNFINISHED = frozenset({".part", ".partial", ".tmp", ".filepart", ".crdownload"})


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
        self._looked: dict[Path, tuple[int, int]] = {}
        self._made_of: tuple[object, object] | None = None
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
        """The jobs whose last run failed and the subjects that cannot be judged, with the reason."""
        stuck = self._pipeline.stuck if self._pipeline else {}
        return [*self.failing.values(), *stuck.values()]

    def look(self) -> None:
        """Takes in what lies in the inbox and judges it."""
        pipeline = self._ready()
        for path in self._waiting():
            report = self._take(pipeline, path)
            if report is not None:
                log.info("%s: %d events, %d quarantined", report.path, report.events, report.quarantined)
            if report is not None and report.unusable:
                log.warning("%s", report.unusable)
        pipeline.detect()
        pipeline.act()

    def _take(self, pipeline: Pipeline, path: Path) -> Input | None:
        """One file that cannot be taken is told and tried again; the others go on."""
        name = shown(path)
        try:
            report = pipeline.take(path)
            self.failing.pop(name, None)
            return report
        except (Problem, OSError) as error:
            self.failing[name] = f"{name}: {error}"
            log.error("%s", self.failing[name])
            return None

    def upkeep(self) -> None:
        self._desk.events.maintain(self._desk.clock.now())

    def expire(self) -> None:
        self._desk.blocks.expire_due()
        self._desk.blocks.reconcile()

    def _waiting(self) -> Iterator[Path]:
        """Files that nobody is writing: as large and as old as they were at the last look."""
        before, self._looked = self._looked, {}
        for path in sorted(self.inbox.rglob("*")):
            if self._stopping.is_set():
                return
            if path.name.startswith(".") or path.suffix in _UNFINISHED or not path.is_file():
                continue
            stat = path.stat()
            self._looked[path] = (stat.st_size, stat.st_mtime_ns)
            if before.get(path) == self._looked[path]:
                yield path

    def _ready(self) -> Pipeline:
        """The pipeline for the networks and rules as set now; a change replays what is stored.

        Rules are compiled on the first look, so that the console answers meanwhile.
        """
        listed = [one.value for one in self._desk.state.find(Asset) if one.kind in ("cidr", "address")]
        internal = (*self._desk.settings.internal(), *sorted(listed))
        packs = tuple((path, path.stat().st_mtime_ns) for path in pack_paths(self._data))
        if self._pipeline is None or self._made_of != (internal, packs):
            quarantine = self._data / "quarantine"
            kept = Kept(default_folder())
            pack = with_packs((path for path, _ in packs), kept)
            self._pipeline = Pipeline(
                self._desk, Detector(pack, Networks(internal), kept), playbooks(), quarantine
            )
            self._made_of = (internal, packs)
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
