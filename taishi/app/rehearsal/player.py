"""Plays a story step by step: time passes, what is due is done, and each step tells its effects."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from notices.measures import Weekly
from notices.weeks import week_of
from taishi.app.judging import Judging
from taishi.app.measures.weekly import gather
from taishi.app.rehearsal.effects import Effects, Played
from taishi.app.rehearsal.findings import KIND, events_of, hit_of
from taishi.app.rehearsal.own_time import keep_time
from taishi.app.rehearsal.staff import Staff
from taishi.app.rehearsal.stage import Stage
from taishi.app.rehearsal.story import Story, StoryEvents, StoryStep
from taishi.app.sensor_lives import SensorLives
from taishi.core.clock import ZONE
from taishi.core.problems import Problem
from taishi.core.records import Heartbeat, Hit

#: What comes `then_within_24h` comes so long after, or half way to the next step where that is nearer.
THEN = timedelta(hours=12)
SOON = timedelta(minutes=1)
#: The day's work begins and ends: then what is due is looked for, Asia/Shanghai.
LOOKS = (time(9), time(18))


class Player:
    """`play` goes through the steps; what they left behind is in the stage's directory."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self._stage, self._desk, self._story = stage, stage.desk, story
        self._judging = Judging(stage.desk, (), lambda _: True)
        self._lives = SensorLives(stage.desk.state, stage.clock)
        self._staff = Staff(stage)
        self._effects = Effects(stage.desk)

    def play(self) -> Iterator[Played]:
        self._live(self._story.start)
        steps = self._story.steps
        for number, step in enumerate(steps):
            self._pass(step.at)
            following = steps[number + 1].at if number + 1 < len(steps) else step.at + 2 * THEN
            at = self._stage.clock.now()
            self._step(step, following)
            yield self._effects.of(step.n, at, self._staff.take_refused())

    def _step(self, step: StoryStep, following: datetime) -> None:
        self._happen(step.events, f"{step.n}/events")
        if step.receive is not None:
            self._staff.receive(step.receive)
        if step.then_within_24h:
            now = self._stage.clock.now()
            self._pass(now + max(SOON, min(THEN, (following - now) / 2)))
            self._happen(step.then_within_24h, f"{step.n}/then")
        self._pass(self._stage.clock.now() + timedelta(hours=step.quiet_for_h))
        if step.attempt == "close":
            self._staff.close(step.ip, step.approver)
        elif step.attempt == "block" and step.ip is not None:
            self._staff.block(step.ip, step.approver)
        self._staff.do_all()

    def _happen(self, events: Sequence[StoryEvents], place: str) -> None:
        """Stored, judged, followed by what the policy calls for; then the people do their work."""
        now = self._stage.clock.now()
        for number, told in enumerate(events):
            self._judging.owe([self._stored(told, now, f"{place}/{number}")])
            self._staff.see(told)
        self._judging.settle(hosts=0)
        for subject, why in self._judging.stuck.items():
            self._staff.refused.append((subject, Problem(why)))
        self._judging.act()
        self._staff.do_all()

    def _stored(self, told: StoryEvents, now: datetime, place: str) -> Hit:
        enrich = self._desk.register.current.now().enricher.enrich
        batches = [enrich(batch) for batch in events_of(told, now, place)]
        self._desk.events.write(batches)
        return hit_of(told, now, place, batches[0])

    def _pass(self, until: datetime) -> None:
        """Time goes by; whatever falls due on the way is done at its moment."""
        while (now := self._stage.clock.now()) < until:
            self._live(min(until, _next_look(now, self._desk.settings.policy().weekly)))
            gather(self._desk.measures)
            self._desk.loop.remind()
            self._staff.do_all()

    def _live(self, at: datetime) -> None:
        """The clock goes to that moment, and the sensor was alive and saw every unit up to it."""
        clock, before = self._stage.clock, self._stage.clock.now()
        clock.advance(at - before)
        keep_time(self._desk.state, at)
        seen = dict.fromkeys(self._stage.units, (KIND,))
        self._lives.note(self._stage.sensor, seen, since=before)
        beat = Heartbeat(self._stage.sensor, at=at, since=self._story.start, last_seen=at)
        self._desk.state.put(beat)


def _next_look(now: datetime, weekly: Weekly) -> datetime:
    """The next moment at which something can fall due."""
    local = now.astimezone(ZONE)
    days = (local.date(), local.date() + timedelta(days=1))
    looks = [datetime.combine(day, at, ZONE) for day in days for at in LOOKS]
    return min(moment for moment in (*looks, week_of(now, weekly)[1]) if moment > now)
