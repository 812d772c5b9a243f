"""The desk: every service that pages and the command line work with, over one data directory."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playbooks.enforcers import enforcers
from taishi.app.alerts import Alerts
from taishi.app.blocks import Blocks
from taishi.app.delivery.carrying import Deliveries
from taishi.app.delivery.writing import Writing
from taishi.app.field_maps import FieldMaps
from taishi.app.hand_entries import HandEntries
from taishi.app.intel import Intel
from taishi.app.letter_texts import LetterTexts
from taishi.app.letters import Letters
from taishi.app.loop.acts import Acts
from taishi.app.loop.desk import Loop, open_loop
from taishi.app.loop.papers import PAPERS
from taishi.app.machine import machine_addresses
from taishi.app.measures.following import Following
from taishi.app.owning import CurrentRegister
from taishi.app.packets import Packets
from taishi.app.people import People
from taishi.app.places import Places
from taishi.app.portal.answers import Answers
from taishi.app.portal.links import Links
from taishi.app.register_check import RegisterCheck
from taishi.app.registry import Registry
from taishi.app.registry_edits import RegistryEdits
from taishi.app.rehearsal.device import rehearsal_blocks
from taishi.app.rehearsal.own_time import own_clock
from taishi.app.reports.desk import Reports
from taishi.app.retention import Retention
from taishi.app.seal import Seal, open_seal
from taishi.app.sealed_letters import SEALED, SealedLetters
from taishi.app.sensors import SensorRegister
from taishi.app.settings import DRY_RUN, Settings
from taishi.core.clock import Clock, SystemClock
from taishi.core.event import Batch
from taishi.core.ports import Enforcer, EventStore, StateStore
from taishi.core.problems import Problem
from taishi.core.records import Bureau
from taishi.store import open_event_store, open_indicator_store, open_state_store

#: Where the user's own field maps lie in the data directory.
FIELD_MAPS = "fieldmaps"
#: Where events wait while a store on a server is away.
WAITING = "waiting"
#: Whoever reads the data reads what units are accused of: no rights for group and others (umask(2)).
PRIVATE = 0o077


@dataclass(frozen=True)
class Desk:
    """Made by `open_desk`; `close()` it at the end."""

    people: People
    alerts: Alerts
    letters: Letters
    letter_texts: LetterTexts
    loop: Loop
    blocks: Blocks
    measures: Following
    packets: Packets
    register: Registry
    sensors: SensorRegister
    reports: Reports
    intel: Intel
    places: Places
    settings: Settings
    field_maps: FieldMaps
    state: StateStore
    events: EventStore
    clock: Clock
    data: Path

    @property
    def check(self) -> RegisterCheck:
        """The register against what was seen."""
        return RegisterCheck(self.state, self.clock, self.register.current)

    @property
    def edits(self) -> RegistryEdits:
        """Single acts on the register."""
        return RegistryEdits(self.register, self.check)

    @property
    def links(self) -> Links:
        """Ways for units to their letters."""
        return Links(self.state, self.clock, lambda: self.settings.delivery().grace)

    @property
    def answers(self) -> Answers:
        """What units fill in and lay ready."""
        return Answers(self.state, self.clock, self.letters, self.loop)

    @property
    def deliveries(self) -> Deliveries:
        """How letters are carried."""
        writing = Writing(self.letters, self.links, self.settings.delivery, self.settings.bureau, self.clock)
        return Deliveries(self.state, self.clock, self.settings, self.loop, writing)

    @property
    def hand_entries(self) -> HandEntries:
        """Indicators entered by hand."""
        return HandEntries(self.intel, self.state, self.clock)

    def stamping(self) -> Callable[[Batch], Batch]:
        """Stamps owners, places and exits, as they are known now."""
        owners, places, exits = self.register.current.now().enricher, self.places.now(), self.intel.exits()
        return lambda batch: exits.enrich(places.enrich(owners.enrich(batch)))

    @property
    def seal(self) -> Seal:
        """The system's seal; it is made where there is none yet."""
        return _seal(self.data, self.clock, self.settings)

    @property
    def bureau(self) -> Bureau:
        """Who signs, as set now."""
        return self.settings.bureau()

    @property
    def retention(self) -> Retention:
        """How long events are kept."""
        return Retention(self.state, self.events, self.clock)

    def close(self) -> None:
        self.events.close()
        self.intel.store.close()
        self.state.close()


def open_desk(
    data: Path,
    *,
    clock: Clock | None = None,
    store_uri: str | None = None,
    state_uri: str | None = None,
    read_only: bool = False,
) -> Desk:
    """The desk over a data directory: state in `state.sqlite`, events in `events`, or where the URIs say.

    Where it may write, this process makes files for nobody but its own account from then on. What a rehearsal
    left has its own clock and nothing but a pretended device.
    `read_only`: the directory must be there already. Raises Problem where it is not or cannot be used.
    """
    state_file = data / "state.sqlite"
    if read_only and state_uri is None and not state_file.is_file():
        raise Problem(f"{data}: holds no data of this product; check --data or run `taishi up` there first")
    if not read_only:
        os.umask(PRIVATE)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"--data {data}: {error.strerror}; name a folder that can be written") from None
    state = open_state_store(state_uri or str(state_file))
    try:
        place = store_uri or f"embedded:{data / 'events'}"
        events = open_event_store(place, read_only=read_only, waiting=data / WAITING)
    except BaseException:
        state.close()
        raise
    stands = own_clock(state)
    clock = clock or stands or SystemClock()
    settings = Settings(state, clock)
    press = SealedLetters(data / SEALED, state, clock, lambda: _seal(data, clock, settings))
    letter_texts = LetterTexts(state, clock, settings)
    letters = Letters(
        state,
        clock,
        settings.bureau,
        measures=settings.policy,
        texts=letter_texts.now,
        press=press,
    )
    alerts = Alerts(state, events, clock)
    sensors = SensorRegister(state, clock)
    if stands is None:
        blocks = Blocks(state, clock, _enforcers(clock), machine_addresses(), letters.tell_of)
    else:
        blocks = rehearsal_blocks(state, clock, letters.tell_of)
    loop = open_loop(Acts(state, clock, letters), alerts, blocks, events, settings, data / PAPERS)
    current = CurrentRegister(state)
    measures = Following(state, clock, letters, loop, blocks, current, settings.policy)
    return Desk(
        people=People(state, clock),
        alerts=alerts,
        letters=letters,
        letter_texts=letter_texts,
        loop=loop,
        blocks=blocks,
        measures=measures,
        register=Registry(state, clock, letters, current, measures.follow),
        packets=Packets(data, state, events, alerts, clock),
        sensors=sensors,
        reports=Reports(state, sensors, clock),
        intel=Intel(state, open_indicator_store(data / "intel.sqlite"), clock),
        places=Places(state, clock),
        settings=settings,
        field_maps=FieldMaps(data / FIELD_MAPS, state, clock),
        state=state,
        events=events,
        clock=clock,
        data=data,
    )


def _seal(data: Path, clock: Clock, settings: Settings) -> Seal:
    return open_seal(data, clock, lambda: settings.bureau().name)


def _enforcers(clock: Clock) -> Mapping[str, Enforcer]:
    """Every device found, by the name the settings choose: first those that only say what they would do."""
    rehearsing = enforcers(dry_run=True, clock=clock)
    return {f"{name}{DRY_RUN}": device for name, device in rehearsing.items()} | enforcers(
        dry_run=False, clock=clock
    )
