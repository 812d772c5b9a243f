"""The running service: jobs on a schedule over one data directory, and what to tell who asks how it is."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal

from apscheduler.schedulers.background import BackgroundScheduler

from detections.detector import Behaviours
from detections.engine.load import RulePack
from detections.exceptions import Exceptions
from detections.intel.index import Index
from detections.networks import Networks
from detections.pack import for_correlations
from detections.rule_watch import RuleWatch
from playbooks.playbook import playbooks
from taishi.app.desk import Desk
from taishi.app.discovery import Discovery
from taishi.app.intake import Input, shown
from taishi.app.live import LiveSensors
from taishi.app.measures.weekly import gather
from taishi.app.nodes.feeding import Feeding
from taishi.app.nodes.waiting import Waiting
from taishi.app.own_networks import own_networks
from taishi.app.past_alerts import except_past
from taishi.app.pipeline import Pipeline
from taishi.app.quarantine import Quarantine
from taishi.app.reception.reception import Reception
from taishi.app.rule_costs import RuleCosts, measured, write_costs
from taishi.app.rule_loading import RuleLoading
from taishi.app.scheduled_rules.looking import Looking
from taishi.app.scheduled_rules.running import ScheduledRules
from taishi.app.scheduled_rules.split import split
from taishi.app.sigma_scan import settle
from taishi.bus.address import Properties
from taishi.core.clock import ZONE
from taishi.core.ids import stable_id
from taishi.core.ledger import INBOX
from taishi.core.problems import Problem
from taishi.core.records import RuleException
from taishi.core.searching import RuleSearch
from taishi.kit.kept import Kept, default_folder

log = logging.getLogger("taishi.service")

#: Seconds between looks at the inbox, at rule packs, at the register of sensors, at the store's upkeep, at
#: blocks whose time is over, at alerts whose packets are not kept yet, and at letters that are out.
LOOK_S, RULES_S, SENSORS_S, UPKEEP_S, EXPIRE_S, PACKETS_S, LETTERS_S = 5, 3, 2, 10, 60, 30, 60
#: Seconds between looks at which sources of intelligence are due.
INTEL_S = 15
#: Seconds between looks at letters whose mail is due.
DELIVER_S = 20
#: Seconds between looks at what is new for workers of a bus.
FEED_S = 1
#: How often the register is held against what was seen.
REGISTER_EVERY = timedelta(hours=1)
#: Of failures, that of rules that search the store.
_SEARCHES = "rules as queries"
#: What programs call files that they are still writing.
_UNFINISHED = frozenset({".part", ".partial", ".tmp", ".filepart", ".crdownload"})


class Service:
    """Sensors, detection and upkeep for one data directory. `start()`, then `stop()`."""

    def __init__(
        self,
        data: Path,
        desk: Desk,
        workers: bool = False,
        bus: Properties | None = None,
        search: RuleSearch | None = None,
    ) -> None:
        """`workers`: rules on single events are left to them (`taishi worker`), over the `bus` if there is
        one. `search`: rules that can search the store do, instead of seeing every event."""
        self._desk = desk
        self.inbox = data / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self._data = data
        self._live = LiveSensors(data, desk)
        self._quarantine = Quarantine(data / "quarantine")
        #: What senders of documents bring.
        self.reception = Reception(desk, self._quarantine)
        self._pipeline: Pipeline | None = None
        self._kept = Kept(default_folder())
        self._loading = RuleLoading(data, self._kept)
        self._exceptions = Exceptions()
        self._pack: RulePack | None = None
        self._networks: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())
        #: Rules that were loaded beside the work and take their place at the next look.
        self._coming: RulePack | None = None
        self._known = Index()
        self._rules_since = desk.clock.now()
        self._dear: set[str] = set()
        self._register_next: datetime | None = None
        self._scheduler = BackgroundScheduler(timezone=ZONE)
        self._stopping = Signal()
        self._workers = Waiting(desk, sliced=bus is None) if workers else None
        self._feeding = Feeding(desk, bus, f"service-{os.getpid()}") if workers and bus else None
        self._search = search
        self._scheduled: ScheduledRules | None = None
        self._looked: dict[Path, tuple[int, int]] = {}
        self.failing: dict[str, str] = {}

    def start(self) -> None:
        """Jobs run at once and then on their schedule; one of a kind at a time."""
        for job, seconds in (
            (self.look, LOOK_S),
            (self.rules, RULES_S),
            (self.sensors, SENSORS_S),
            (self.upkeep, UPKEEP_S),
            (self.expire, EXPIRE_S),
            (self.letters, LETTERS_S),
            (self.packets, PACKETS_S),
            (self.intel, INTEL_S),
            (self.deliver, DELIVER_S),
            *([(self.feed, FEED_S)] if self._feeding else []),
        ):
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
        if self._pipeline is not None:
            self._pipeline.close()
        if self._feeding is not None:
            self._feeding.close()
        self._live.stop()
        self.reception.tend()

    def waiting(self) -> Counter[str]:
        """What has been received and is not durable yet, by sensor."""
        return self._live.waiting() + self.reception.waiting()

    def ailing(self) -> list[str]:
        """Jobs whose last run failed, packs that cannot be loaded, subjects that cannot be judged: why."""
        stuck = self._pipeline.stuck if self._pipeline else {}
        packs = [self._loading.problem] if self._loading.problem else []
        return [
            *self.failing.values(),
            *packs,
            *self._live.ailing(),
            *(self._workers.ailing() if self._workers else ()),
            *(self._feeding.ailing() if self._feeding else ()),
            *(said.en for said in self._desk.blocks.drifting()),
            *stuck.values(),
        ]

    def look(self) -> None:
        """Takes in what lies in the inbox and in the folders that are sensors, and judges it."""
        pipeline = self._ready()
        self._renew_intel(pipeline)
        folders = {self.inbox: "", **self._live.folders()}
        for folder, path in self._waiting(folders):
            report = self._take(pipeline, path, folders[folder])
            if report is not None:
                self._note(folders[folder], path, report)
                log.info("%s: %d events, %d quarantined", report.path, report.events, report.quarantined)
            if report is not None and report.unusable:
                log.warning("%s", report.unusable)
        self._exceptions.renew(self._desk.state.find(RuleException))
        except_past(self._desk, self._exceptions)
        self._check_register(pipeline)
        if self._workers is not None:
            pipeline.owe(self._workers.take())
        self._search_by_rules(pipeline)
        if pipeline.detect():
            self._tell_costs(pipeline.rules)
        if self._workers is not None and not pipeline.owes:
            self._workers.judged(pipeline.reading.cursor)
        if self._scheduled is not None and not pipeline.owes:
            self._scheduled.judged()
        pipeline.act()
        gather(self._desk.measures)

    def _search_by_rules(self, pipeline: Pipeline) -> None:
        """What rules find in the store; where it does not answer them, the others go on."""
        if self._scheduled is None:
            return
        try:
            pipeline.owe(self._scheduled.take())
            self.failing.pop(_SEARCHES, None)
        except Problem as problem:
            self.failing[_SEARCHES] = f"rules as queries: {problem}"
            log.error("%s", self.failing[_SEARCHES])

    def _check_register(self, pipeline: Pipeline) -> None:
        """Hands over what the register itself shows, an hour after the last time."""
        now = self._desk.clock.now()
        if self._register_next is None or now >= self._register_next:
            self._register_next = now + REGISTER_EVERY
            pipeline.owe(self._desk.check.hits())

    def _renew_intel(self, pipeline: Pipeline) -> None:
        """Hands changed indicators over."""
        generation = self._desk.intel.store.generation()
        if generation != self._known.generation:
            self._known = self._desk.intel.index()
            pipeline.know(self._known)

    def intel(self) -> None:
        """Looks at the sources whose time has come."""
        for source in self._desk.intel.due():
            if self._stopping.is_set():
                return
            done = self._desk.intel.keep_up(source)
            log.info("intel %s: %d read, %d unchanged", source.name, done.fetched, done.unchanged)

    def rules(self) -> None:
        """Loads rules whose files have changed, beside the work; the next look puts them in."""
        if self._pack is None:
            return  # the first look loads them
        pack = self._loading.changed()
        if pack is not None and self._search is not None:
            # Half a minute for thousands of rules; the next look finds it kept.
            split(pack, self._search.naming, self._kept)
        if pack is not None:
            self._coming = pack

    def _take(self, pipeline: Pipeline, path: Path, sensor: str) -> Input | None:
        """One file that cannot be taken is told and tried again; the others go on. `sensor` whose folder it
        lies in, if any."""
        name = shown(path)
        try:
            report = pipeline.take(path, self._live.sees(sensor) if sensor else None, sensor or INBOX)
            self.failing.pop(name, None)
            return report
        except (Problem, OSError) as error:
            self.failing[name] = f"{name}: {error}"
            log.error("%s", self.failing[name])
            return None

    def _note(self, sensor: str, path: Path, report: Input) -> None:
        """Tells the folder's sensor what came of a file of it."""
        if sensor:
            stat = path.stat()
            waited = self._desk.clock.now() - datetime.fromtimestamp(stat.st_mtime, UTC)
            self._live.note(sensor, report, stat.st_size, waited)

    def sensors(self) -> None:
        """Starts and stops live sensors as the register says, and writes down how each is."""
        self._live.tend()
        self.reception.tend()

    def feed(self) -> None:
        """Hands new events to workers over the bus."""
        if self._feeding is not None:
            self._feeding.feed(self._stopping)

    def deliver(self) -> None:
        """Sends the letters whose mail is due."""
        self._desk.deliveries.run()

    def upkeep(self) -> None:
        self._desk.events.maintain(self._desk.clock.now())
        for kind, count in self._desk.retention.retire().items():
            log.info("retention: %d old events of the kind %s let go", count, kind)

    def expire(self) -> None:
        self._desk.blocks.expire_due()
        self._desk.blocks.reconcile()

    def letters(self) -> None:
        """Units are reminded in time; what closed letters were about is lifted."""
        self._desk.loop.resume()
        self._desk.loop.remind()

    def packets(self) -> None:
        """Keeps the packets behind new alerts before they roll off the rings."""
        self._desk.packets.keep_new()
        self._desk.packets.prune()

    def _waiting(self, folders: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
        """Files that nobody is writing, each with its folder: as large and as old as at the last look."""
        before, self._looked = self._looked, {}
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if self._stopping.is_set():
                    return
                if path.name.startswith(".") or path.suffix in _UNFINISHED or not path.is_file():
                    continue
                stat = path.stat()
                self._looked[path] = (stat.st_size, stat.st_mtime_ns)
                if before.get(path) == self._looked[path]:
                    yield folder, path

    def _ready(self) -> Pipeline:
        """The pipeline for the networks and rules as set now; other networks replay what is stored.

        Rules are compiled on the first look, so that the console answers meanwhile.
        """
        if self._pack is None:
            self._pack = self._loading.first()
        coming, self._coming = self._coming, None
        if coming is not None:
            self._pack = coming
        networks = own_networks(self._desk)
        if self._pipeline is None or self._networks != networks:
            self._networks = networks
            self._pipeline = self._made(self._pack)
            settle()
        elif coming is not None:
            self._pipeline.renew(self._watch(coming))
        return self._pipeline

    def _made(self, pack: RulePack) -> Pipeline:
        self._known = self._desk.intel.index()
        behaviours = Behaviours(Networks(*self._networks), self._known)
        told = self._told_networks()
        # Rules begin anew where workers come or go: neither side knows how far the other came.
        told = f"{told}+workers" if self._workers else f"{told}+store" if self._search else told
        memory = self._data / "behaviours.state"
        discovery = Discovery(self._desk.state, Networks(*self._networks).inside)
        return Pipeline(
            self._desk, self._watch(pack), behaviours, playbooks(), self._quarantine, told, memory, discovery
        )

    def _told_networks(self) -> str:
        return stable_id(*(one for part in self._networks for one in ("", *part)))

    def _watch(self, pack: RulePack) -> RuleWatch:
        self._rules_since = self._desk.clock.now()
        networks, find = Networks(*self._networks), self._desk.events.get
        mine = for_correlations(pack) if self._workers else pack
        if self._search is not None:
            mine = self._schedule(pack, self._search)
        return RuleWatch(mine, networks, self._kept, self._exceptions, find)

    def _schedule(self, pack: RulePack, search: RuleSearch) -> RulePack:
        """Rules that can search the store do from now on; gives the others."""
        parted, told = split(pack, search.naming, self._kept), self._told_networks()
        watch = RuleWatch(
            parted.searched, Networks(*self._networks), self._kept, self._exceptions, devices=False
        )
        looking = Looking(search, parted.queries, watch)
        if self._scheduled is not None and self._scheduled.networks == told:
            self._scheduled.renew(looking)
        else:
            self._scheduled = ScheduledRules(self._desk.state, search, looking, told)
        log.info("%d rules search the store, the engine sees to the others", len(parted.queries))
        return parted.rest

    def _tell_costs(self, rules: RuleWatch) -> None:
        """What rules have cost since they were put in; a dear one is told in the log, once."""
        engine, now = rules.engine, self._desk.clock.now()
        found, searches = [*measured(engine.rules, engine.costs)], None
        if self._scheduled is not None:
            looking = self._scheduled.looking
            found += measured(looking.watch.engine.rules, looking.watch.engine.costs)
            searches = looking.told()
        costs = RuleCosts(self._rules_since, now, tuple(found), dict(self._exceptions.counts), searches)
        write_costs(self._data, costs)
        for one in costs.dear():
            if one.rule not in self._dear:
                self._dear.add(one.rule)
                log.warning("rule %s costs too much: %.1f s for %d hits", one.rule, one.seconds, one.hits)

    def _guarded(self, name: str, job: Callable[[], None]) -> None:
        """A failing job is logged and shown by /healthz; the next round tries again."""
        try:
            job()
            self.failing.pop(name, None)
        except Exception as error:
            said = f"{name}: {type(error).__name__}: {error}"
            log.error("job %s", said, exc_info=self.failing.get(name) != said)
            self.failing[name] = said
